"""The driver that the rollout uses: NAPALM's verbs and those of ``platforms.base.Driver``.

It only ties together: ``guard`` (arm, apply, confirm, revert), ``facts`` (reading), ``pending``,
``vitals`` (what checks ask).
NAPALM's half is ``napalm_driver``'s: NAPALM itself must not see further verbs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sekayu_net.errors import GarbledError
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import (
    AddressPool,
    DefaultRoute,
    Event,
    Follow,
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
from sekayu_net.platforms.routeros import (
    binary,
    facts,
    firmware,
    getters,
    guard,
    pending,
    vitals,
    whole,
)
from sekayu_net.platforms.routeros.napalm_driver import RouterOSNapalmDriver
from sekayu_net.platforms.routeros.napalm_errors import as_napalm
from sekayu_net.platforms.upgrading import Installed


class RouterOSDriver(RouterOSNapalmDriver):
    """One device. Every method raises ``errors.DeviceError``, which is NAPALM's own as well."""

    @classmethod
    def for_target(cls, target: Target) -> RouterOSDriver:
        """A driver for a device of the inventory, not yet open."""
        driver = cls.__new__(cls)
        driver._set_up(target)  # noqa: SLF001 - its own class
        return driver

    @as_napalm
    def read(self) -> Reading:
        """Everything that the device says of itself. Changes nothing."""
        # Whoever it is: that is compared where somebody asks for it (``check_identity``).
        version = self._known("read").version
        anyone = replace(self.target, serial=None, model=None, version=version)
        return whole.read_whole(self.session, anyone, events=False).reading

    @as_napalm
    def read_at_once(self) -> Reading:
        """``abilities.AtOnce``."""
        found = whole.read_whole(self.session, self.target)
        self._facts = found.facts
        return found.reading

    @as_napalm
    def look_at_once(self) -> tuple[Pending | None, Reading]:
        """``abilities.AtOnce``."""
        found = whole.read_whole(self.session, self.target, events=False, record=True)
        self._facts = found.facts
        return pending.waiting(found.record), found.reading

    @as_napalm
    def events(self) -> tuple[Event, ...]:
        """Who changed what, by the device's own log and history, newest first."""
        return facts.read_events(self.session, self._known("read"))

    @as_napalm
    def default_login(self) -> str | None:
        """Whether ``admin`` still gets in without a password, as devices leave the factory."""
        found = transport.accepts(self.target, "admin", "")
        return "admin without a password" if found else None

    @as_napalm
    def check_identity(self) -> None:
        """``IdentityError`` unless serial, model and version are the target's."""
        self._facts = None
        facts.check_identity(self._known("identity"), self.target)

    @as_napalm
    def guard(self) -> Guard:
        """The best undo that the device can arm now."""
        return self._chosen_guard()

    @as_napalm
    def preflight(self, script: str) -> None:
        """``/import dry-run`` from 7.16 on; ``ApplyError`` for a script it refuses."""
        guard.preflight(self.session, script, nonce=secrets.token_hex(4))

    @as_napalm
    def pending(self) -> Pending | None:
        """The change that waits for its confirmation, whoever armed it."""
        return pending.pending(self.session)

    @as_napalm
    def commit_change(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        revert_in: int,
        guard: Guard,
        on_armed: Callable[[], None],
    ) -> None:
        """See ``base.Driver``. ``revert_in`` in seconds. With a guard of kind ``none`` there is no
        trigger on the device: the caller answers for it.
        """  # noqa: D205
        _commit(
            self.session,
            script,
            inverse,
            token=token,
            revert_in=revert_in,
            guard=guard,
            on_armed=on_armed,
            holder=self.target.holder,
        )

    @as_napalm
    def commit_following(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        guard: Guard,
        follow: Follow,
        on_armed: Callable[[], None],
    ) -> None:
        """See ``base.FollowingDriver``."""
        _commit(
            self.session,
            script,
            inverse,
            token=token,
            revert_in=follow.window,
            guard=guard,
            on_armed=on_armed,
            follow=follow,
        )

    @as_napalm
    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        """Keep the change, remove the tool's files, remember the run on the device."""
        guard.confirm(self.session, token, run=run, fingerprint=fingerprint)

    @as_napalm
    def revert(self, token: str) -> None:
        """Run the undo now, wait for its end, remove leftovers."""
        guard.revert(self.session, token)

    @as_napalm
    def clean(self) -> tuple[str, ...]:
        """Remove leftovers of changes that have ended; what was removed."""
        return pending.clean(self.session)

    @as_napalm
    def reboot(self) -> None:
        """Reboot, and let go of the connection: ``platforms.trial.Rebooting``."""
        guard.reboot(self.session)
        self.close()

    @as_napalm
    def snapshot(self, password: str) -> bytes:
        """The device's own backup, locked with ``password``."""
        return binary.snapshot(self.session, password)

    @as_napalm
    def echo(self, address: str, *, count: int = 3) -> PingResult:
        """Echo requests sent by the device."""
        result = getters.ping_result(self._ping(address, count))
        if result is None:
            raise GarbledError("its ping has no statistics", host=self.target.host, stage="check")
        return result

    # -- upgrading.Upgradable

    @as_napalm
    def installed(self) -> Installed:
        """Version, packages, boot loader, room."""
        return firmware.installed(self.session)

    @as_napalm
    def stage(
        self, files: Mapping[str, bytes], *, told: Callable[[str], None] = lambda _: None
    ) -> None:
        """Packages into the root folder, and nothing else of the kind."""
        firmware.stage(self.session, files, told)

    @as_napalm
    def unstage(self) -> None:
        """Packages out of the root folder."""
        firmware.unstage(self.session)

    @as_napalm
    def install(self, *, older: bool) -> None:
        """Restart into the packages that lie there."""
        firmware.install(self.session, older=older)
        self.close()

    @as_napalm
    def upgrade_boot(self) -> None:
        """Replace the boot loader, restart."""
        firmware.upgrade_boot(self.session)
        self.close()

    @as_napalm
    def complaints(self) -> tuple[str, ...]:
        """What it says of packages that it did not take."""
        return firmware.complaints(self.session)

    # -- base.Observer

    @as_napalm
    def default_routes(self) -> tuple[DefaultRoute, ...]:
        """Default routes of IPv4, active or not."""
        return vitals.default_routes(self.session)

    @as_napalm
    def ospf_neighbors(self) -> tuple[OspfNeighbor, ...]:
        """Neighbours of every OSPF instance."""
        return vitals.ospf_neighbors(self.session)

    @as_napalm
    def resolve(self, name: str) -> str:
        """The address that the device's resolver gives; empty when it gives none."""
        return vitals.resolve(self.session, name)

    @as_napalm
    def address_pools(self) -> tuple[AddressPool, ...]:
        """The pools behind enabled DHCP servers."""
        return vitals.address_pools(self.session)

    @as_napalm
    def radios(self) -> tuple[Radio, ...]:
        """Radios that are switched on."""
        return vitals.radios(self.session)

    @as_napalm
    def time_source(self) -> TimeSource:
        """What the clock follows."""
        return vitals.time_source(self.session)

    @as_napalm
    def clock(self) -> datetime | None:
        """Its date and time with their offset from UTC; None when it does not say them so."""
        return vitals.clock(self.session)

    @as_napalm
    def load(self) -> Load:
        """Processor and memory, now."""
        return vitals.load(self.session)


#: Within the class ``guard`` is a method and an argument: this is the function.
_commit = guard.commit
