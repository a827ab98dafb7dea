"""A Nornir runner that lets other machines read, through Dask; for reads and nothing else.

Dask runs the work of a lost machine again on another. Reading twice is harmless, changing twice is
not: whatever is not known to be a read is refused. Only names of hosts travel there, in chunks, and
what was read (masked) comes back. What a machine does with a chunk is the caller's function; Dask
is imported when a scheduler is asked for (``sekayu-net[cluster]``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sekayu_net.errors import ClusterError, SekayuError
from sekayu_net.rollout.read_runner import as_it_is
from sekayu_net.rollout.site import Settle, Site

if TYPE_CHECKING:
    from distributed import Client, Future, Security
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, Task

#: The project's tasks that change nothing, whatever becomes of the machine that runs them.
READS = frozenset(("read", "plan"))
#: Hosts that travel together: as many as one machine reads at once by default.
CHUNK = 20
#: Seconds that work waits for a machine that could do it.
PATIENCE = 60.0
#: How often a share of the devices is read again when its machine died with the answer.
AGAIN = 3
#: What Dask says of work whose answer nobody has any more.
LET_GO = ("cancelled", "lost")
#: Seconds between two looks at who is there, while nothing comes back.
LOOK = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a machine says of one host: what the task returned, or the error that it ended with."""

    result: Any = None
    failed: bool = False
    error: SekayuError | None = None


#: (task, hosts, arguments but for the site) → what is said of each host. Imported there by name.
Work = Callable[[str, tuple[str, ...], Mapping[str, Any]], Mapping[str, Told]]


@contextmanager
def connected(
    scheduler: str, *, tls: tuple[Path, Path, Path] | None = None, timeout: float = 10.0
) -> Iterator[Client]:
    """A client of this scheduler (``tcp://…``, ``tls://…``). ``ClusterError`` when none is there.

    ``timeout``: seconds that it may take to answer. ``tls``: PEM files of the authority, of our
    certificate and of its key; nothing is said in clear then. Without, Dask's own configuration
    (``distributed.comm.tls``) counts.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError(
            f"reading from other machines needs a package that is not installed: {error.name}",
            hint="pip install 'sekayu-net[cluster]'",
        ) from error
    # Its own words on lost connections come late and in a traceback; what counts is said here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    security = None if tls is None else _security(scheduler, *tls)
    try:
        client = Client(
            scheduler, timeout=timeout, set_as_default=False, name="sekayu-net", security=security
        )
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {scheduler} ({type(error).__name__})",
            hint="start one: dask scheduler --host ADDRESS; with TLS its certificate and ours must "
            "be of one authority: docs/scale.md",
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=5)


def _security(scheduler: str, authority: Path, certificate: Path, key: Path) -> Security:
    """What Dask needs for TLS. ``ClusterError`` for an address without, and for unusable files."""
    from distributed import Security

    if not scheduler.startswith("tls://"):
        raise ClusterError(
            f"[cluster] of sekayu.toml has a certificate, but {scheduler} is not encrypted",
            hint="--scheduler tls://HOST:8786",
        )
    security = Security(
        require_encryption=True,
        tls_ca_file=str(authority),
        tls_client_cert=str(certificate),
        tls_client_key=str(key),
    )
    try:
        security.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one, and names no file
        raise ClusterError(
            f"the certificate for the cluster can't be used ({error.strerror or error}): "
            f"{authority}, {certificate}, {key}",
            hint="[cluster] of sekayu.toml names PEM files: the authority's certificate, ours, and "
            "its key without a passphrase",
        ) from error
    return security


def resource(region: str) -> str:
    """What a machine of this region offers, by Dask's name for it."""
    return f"region-{region}"


class DaskRunner:
    """Hosts go to the machines of their region, a chunk at a time; each is in the result once.

    What is said of a host is handed to ``settle`` as it comes, and what that returns is kept.
    """

    def __init__(
        self,
        client: Client,
        work: Work,
        settle: Settle = as_it_is,
        *,
        region: Callable[[str], str | None] = lambda _: None,
        chunk: int = CHUNK,
        patience: float = PATIENCE,
    ) -> None:
        self._client = client
        self._work = work
        self._settle = settle
        self._region = region
        self._chunk = chunk
        self._patience = patience

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a read on every host. ``ClusterError`` for anything else, or when nobody can."""
        from nornir.core.task import AggregatedResult, MultiResult, Result

        if task.name not in READS:
            raise ClusterError(
                f"{task.name} is not run on other machines: Dask runs the work of a lost machine "
                "again, and a change must never be made twice",
                hint="leave --runner dask: one machine writes",
            )
        arguments = {k: v for k, v in task.params.items() if not isinstance(v, Site)}
        result = AggregatedResult(task.name)
        by_name = {host.name: host for host in hosts}
        for told in self._told(task.name, list(by_name), arguments):
            for name, said in told.items():
                if name in by_name and name not in result:
                    kept = said.result if said.error else self._settle(name, said.result)
                    result[name] = MultiResult(task.name)
                    result[name].append(
                        Result(
                            host=by_name[name],
                            result=kept,
                            failed=said.failed or said.error is not None,
                            exception=said.error,
                            name=task.name,
                        )
                    )
        missing = by_name.keys() - result.keys()
        if missing:
            raise ClusterError(f"nothing was said of {', '.join(sorted(missing)[:5])}")
        return result

    def _told(
        self, task: str, hosts: Sequence[str], arguments: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Told]]:
        """What is said of each chunk, as it comes in."""
        regions: dict[str | None, list[str]] = {}
        for host in hosts:
            regions.setdefault(self._region(host), []).append(host)
        self._await(regions)
        ready: Queue[Future] = Queue()
        waiting: dict[Future, tuple[str | None, tuple[str, ...], int]] = {}

        def ask(region: str | None, share: tuple[str, ...], again: int) -> None:
            future = self._client.submit(
                self._work,
                task,
                share,
                arguments,
                pure=False,
                resources={resource(region): 1} if region else None,
            )
            waiting[future] = region, share, again
            future.add_done_callback(ready.put)

        try:
            for region, there in regions.items():
                for begin in range(0, len(there), self._chunk):
                    ask(region, tuple(there[begin : begin + self._chunk]), AGAIN)
            silent = 0.0
            while waiting:
                try:
                    future = ready.get(timeout=LOOK)
                except Empty:
                    silent = silent + LOOK if self._nobody(regions) else 0.0
                    if silent >= self._patience:
                        self._look(regions)
                        raise self._gone() from None
                    continue
                silent = 0.0
                if future not in waiting:
                    continue
                region, share, again = waiting.pop(future)
                if future.status in LET_GO and again:
                    # Its machine died with the answer, and the scheduler gave the work up.
                    ask(region, share, again - 1)
                    continue
                yield self._said(future)
                future.release()
        finally:
            if waiting:
                self._client.cancel(list(waiting), force=True)

    def _said(self, future: Future) -> Mapping[str, Told]:
        if future.status == "finished":
            said: Mapping[str, Told] = future.result(timeout=60)
            return said
        if future.status == "error":
            error = future.exception(timeout=60)
            if isinstance(error, SekayuError):
                raise error
            raise ClusterError(
                f"a machine that read for us failed: {type(error).__name__}",
                hint="its own log says why; one that dies again and again at the same devices is "
                "given no more of them",
            )
        raise self._gone()

    def _gone(self) -> ClusterError:
        return ClusterError(
            f"the scheduler at {self._client.scheduler.addr} let go of the work, or is gone",
            hint="is it up? Then run it again: nothing was changed anywhere",
        )

    def _offers(self) -> list[Mapping[str, float]]:
        """What each machine offers; none when the scheduler does not say."""
        try:
            known = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, TimeoutError, KeyError):
            return []
        return [each["resources"] for each in known.values()]

    def _lacking(self, regions: Mapping[str | None, object]) -> list[str | None]:
        offers = self._offers()
        return [
            region
            for region in regions
            if not any(region is None or resource(region) in offer for offer in offers)
        ]

    def _nobody(self, regions: Mapping[str | None, object]) -> bool:
        return bool(self._lacking(regions)) or self._client.status != "running"

    def _await(self, regions: Mapping[str | None, object]) -> None:
        """Give machines that are just being started their time. ``ClusterError`` after it."""
        until = monotonic() + self._patience
        while self._lacking(regions) and monotonic() < until:
            sleep(min(0.2, self._patience))
        self._look(regions)

    def _look(self, regions: Mapping[str | None, object]) -> None:
        """``ClusterError`` unless every region has a machine."""
        for region in self._lacking(regions):
            offer = f" --resources {resource(region)}=4" if region else ""
            raise ClusterError(
                f"no machine is there that could read{f' region {region}' if region else ''}",
                hint=f"start one there: dask worker {self._client.scheduler.addr}{offer}",
            )
