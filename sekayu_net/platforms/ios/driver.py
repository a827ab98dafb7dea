"""The driver that the rollout uses, on NAPALM's ``ios``. It only ties together.

``session`` logs in, ``reader`` reads, ``guard`` changes, ``vitals`` answers the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.base import (
    AddressPool,
    DefaultRoute,
    Event,
    Guard,
    Load,
    OspfNeighbor,
    Pending,
    PingResult,
    Radio,
    Reading,
    Target,
    TimeSource,
)
from sekayu_net.platforms.ios import guard, reader, vitals
from sekayu_net.platforms.ios.reader import Facts
from sekayu_net.platforms.ios.session import Session, connect

_commit, _survey, _preflight = guard.commit, guard.survey, guard.preflight
_pending, _confirm, _revert, _clean = guard.pending, guard.confirm, guard.revert, guard.clean


class IosDriver:
    """One device. Every method raises ``errors.DeviceError``."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._session: Session | None = None
        self._facts: Facts | None = None

    @property
    def session(self) -> Session:
        """The open session; ``RuntimeError`` before ``open``."""
        if self._session is None:
            raise RuntimeError("the driver is not open")
        return self._session

    def open(self) -> None:
        """Log in."""
        if self._session is None:
            self._session = connect(self.target)

    def close(self) -> None:
        """Let go."""
        session, self._session, self._facts = self._session, None, None
        if session is not None:
            session.close()

    def _known(self, stage: str) -> Facts:
        if self._facts is None:
            self._facts = reader.facts(self.session, stage=stage)
        return self._facts

    def read(self) -> Reading:
        """Everything that the device says of itself."""
        return reader.read(self.session, self._known("read"))

    def events(self) -> tuple[Event, ...]:
        """Who configured it, by its own log, newest first."""
        return tuple(reader.events_in(self.session.ask("show logging", stage="read")))

    def check_identity(self) -> None:
        """``IdentityError`` unless serial, model and version are the target's."""
        self._facts = None
        reader.check_identity(self._known("identity"), self.target)

    def guard(self) -> Guard:
        """The undo that the device can arm now."""
        return _survey(self.session)

    def preflight(self, script: str) -> None:
        """Say what the device lacks: ``GuardError``."""
        _preflight(self.session, script)

    def pending(self) -> Pending | None:
        """The change that waits for its confirmation, whoever armed it."""
        return _pending(self.session)

    def commit_change(
        self,
        script: str,
        inverse: str,  # noqa: ARG002 - the device's own undo needs none
        *,
        token: str,
        revert_in: int,
        guard: Guard,
        on_armed: Callable[[], None],
    ) -> None:
        """See ``base.Driver``. The device rounds ``revert_in`` up to whole minutes."""
        _commit(
            self.session,
            script,
            token=token,
            revert_in=revert_in,
            guard=guard,
            on_armed=on_armed,
        )

    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        """Keep the change, remember the run, save, remove the tool's files."""
        _confirm(self.session, token, run=run, fingerprint=fingerprint)

    def revert(self, token: str) -> None:
        """Go back now."""
        _revert(self.session, token)

    def clean(self) -> tuple[str, ...]:
        """Remove leftovers of changes that have ended; what was removed."""
        return _clean(self.session)

    def echo(self, address: str, *, count: int = 3) -> PingResult:
        """Echo requests sent by the device."""
        return vitals.echo(self.session, address, count)

    def get_facts(self) -> Mapping[str, Any]:
        """NAPALM's."""
        with self.session.errors("read"):
            found: Any = self.session.napalm.get_facts()
        if not isinstance(found, dict):
            raise GarbledError("NAPALM has no facts of it", host=self.target.host, stage="read")
        return found

    # -- base.Observer

    def default_routes(self) -> tuple[DefaultRoute, ...]:
        """Default routes of IPv4."""
        return vitals.default_routes(self.session)

    def ospf_neighbors(self) -> tuple[OspfNeighbor, ...]:
        """Neighbours of every OSPF process."""
        return vitals.ospf_neighbors(self.session)

    def resolve(self, name: str) -> str:
        """The address that the device's resolver gives; empty when it gives none."""
        return vitals.resolve(self.session, name)

    def address_pools(self) -> tuple[AddressPool, ...]:
        """The pools of its DHCP server."""
        return vitals.address_pools(self.session)

    def radios(self) -> tuple[Radio, ...]:
        """A router has none."""
        return ()

    def time_source(self) -> TimeSource:
        """What the clock follows."""
        return vitals.time_source(self.session)

    def load(self) -> Load:
        """Processor and memory, now."""
        return vitals.load(self.session)
