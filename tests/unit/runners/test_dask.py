"""Reading by other machines: every host once, whoever dies on the way; and nothing that writes."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.core.task import AggregatedResult, Result, Task

from sekayu_net.errors import ClusterError, UnreachableError
from sekayu_net.runners.dask import DaskRunner, connected
from tests.unit.runners.far_away import Far

distributed = pytest.importorskip("distributed", reason="pip install 'sekayu-net[cluster]'")
# Dask leaves sockets and its own deprecations behind when a machine is killed.
pytestmark = [
    pytest.mark.xdist_group("dask"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:unclosed"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HOSTS = [f"h{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two machines (processes) of region muba, each for two chunks at once."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=2,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        resources={"region-muba": 2},
    ) as cluster:
        yield cluster.scheduler_address


def read(task: Task) -> Result:
    raise AssertionError("read here")


def reboot(task: Task) -> Result:
    raise AssertionError("done here")


def nornir(names: list[str]) -> Nornir:
    hosts = Hosts({name: Host(name=name, defaults=Defaults()) for name in names})
    inventory = Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())
    return Nornir(inventory=inventory, config=Config(), data=GlobalState(), runner=None)


def run(scheduler: str, far: Far, names=HOSTS, task=read, **words) -> AggregatedResult:
    options = {"chunk": 4, "patience": 4.0} | words
    with connected(scheduler) as client:
        return nornir(names).with_runner(DaskRunner(client, far, **options)).run(task=task)


def times_read(folder) -> Counter[str]:
    return Counter({name: len((folder / name).read_text().splitlines()) for name in HOSTS})


def test_every_host_is_read_by_some_machine(scheduler, tmp_path) -> None:
    results = run(scheduler, Far(str(tmp_path)))
    assert {name: results[name][0].result[0] for name in results} == {n: n for n in HOSTS}
    assert times_read(tmp_path) == Counter(HOSTS)


def test_a_machine_killed_in_the_middle_costs_no_host_and_gives_none_twice(
    scheduler, tmp_path
) -> None:
    results = run(scheduler, Far(str(tmp_path), dies_at="h17"))
    assert (tmp_path / "fallen").exists()
    assert sorted(results) == HOSTS
    assert all(len(results[name]) == 1 for name in HOSTS)
    assert {name: results[name][0].result[0] for name in HOSTS} == {n: n for n in HOSTS}
    # It was read there before the machine died, and again elsewhere: harmless, for a read.
    assert times_read(tmp_path)["h17"] == 2


def test_devices_at_which_every_machine_dies_end_the_run_with_a_reason(scheduler, tmp_path) -> None:
    with pytest.raises(ClusterError, match="KilledWorker"):
        run(scheduler, Far(str(tmp_path), dies_at="h02", dies_always=True), HOSTS[:4], patience=60)


def test_errors_of_devices_come_back_as_they_are(scheduler, tmp_path) -> None:
    results = run(scheduler, Far(str(tmp_path)), ["h01", "silent", "broken"])
    assert not results["h01"].failed
    assert results["silent"].failed
    assert str(results["silent"][0].result) == "silent: read: no answer"
    assert isinstance(results["broken"][0].exception, UnreachableError)


def test_an_error_of_the_machine_ends_the_run(scheduler, tmp_path) -> None:
    with pytest.raises(ClusterError, match="another inventory there"):
        run(scheduler, Far(str(tmp_path), fails=True))


def test_what_is_not_known_to_be_a_read_is_refused_before_anyone_is_asked(
    scheduler, tmp_path
) -> None:
    with pytest.raises(ClusterError, match="never be made twice"):
        run(scheduler, Far(str(tmp_path)), task=reboot)
    assert list(tmp_path.iterdir()) == []


def test_a_region_is_read_by_its_own_machines(scheduler, tmp_path) -> None:
    results = run(scheduler, Far(str(tmp_path)), region=lambda _: "muba")
    assert sorted(results) == HOSTS


def test_a_region_without_machines_is_told_before_anything_is_read(scheduler, tmp_path) -> None:
    with pytest.raises(ClusterError, match="region oki") as refused:
        run(
            scheduler,
            Far(str(tmp_path)),
            region=lambda name: "oki" if name > "h30" else "muba",
            patience=0.2,
        )
    assert "--resources region-oki=4" in str(refused.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_machines_that_all_go_away_end_the_wait(tmp_path) -> None:
    with (
        distributed.LocalCluster(
            n_workers=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        connected(cluster.scheduler_address) as client,
    ):
        runner = DaskRunner(client, Far(str(tmp_path), hangs=True), patience=1.0)
        told = runner._told("read", HOSTS[:2], {})
        runner._look({None: []})
        with contextlib.closing(told):
            pending = _first(told, lambda: cluster.scale(0))
        assert pending == "no machine is there that could read"


def _first(told, meanwhile) -> str:
    import threading

    threading.Timer(0.5, meanwhile).start()
    try:
        next(told)
    except ClusterError as error:
        return str(error)
    return "something was read"


def test_a_scheduler_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        connected("tcp://127.0.0.1:1", timeout=1).__enter__()


def test_without_the_package_the_error_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError) as refused:
        connected("tcp://127.0.0.1:1", timeout=1).__enter__()
    assert "sekayu-net[cluster]" in str(refused.value.hint)
