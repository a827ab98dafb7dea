"""One device of an audit: from what its read gave to what stays of it, so that the rest can go.

Where what stays is put, and who reads, is decided elsewhere (``taking``, ``read_runner``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sekayu_net.archive import document
from sekayu_net.audit import Finding, HostAudit, audit_host
from sekayu_net.beyond import Beyond
from sekayu_net.compliance import RuleBook, Subject
from sekayu_net.compliance import judge as judge_rules
from sekayu_net.errors import DeviceError, UnreachableError
from sekayu_net.inventory.district import Device
from sekayu_net.journal import Confirmed, Journal
from sekayu_net.plan import Running, mismatch
from sekayu_net.platforms.abilities import Doorstep
from sekayu_net.platforms.upgrading import Packaged
from sekayu_net.rollout.reading import one_at_a_time
from sekayu_net.rollout.site import Site, expected
from sekayu_net.rollout.unaccepted import base_of

#: Lines of a device's own history that a report shows at most.
HISTORY = 5


@dataclass(frozen=True, slots=True)
class State:
    """What a later audit measures from when this state is taken for good."""

    fingerprint: str
    config: str
    beyond: Beyond


@dataclass(frozen=True, slots=True)
class Judged:
    """What stays of one device.

    ``text``: what the archive keeps (None: not read). ``seen``: what beyond the configuration is
    the journal's first of a device that was deployed; ``state``: of one with drift, when asked for.
    """

    audit: HostAudit
    text: str | None = None
    seen: Beyond | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """What an audit compares a device with.

    ``runs``: those that the journal knows; ``login``: the account that deployments use on a device.
    ``try_defaults``: whether its factory login is tried, once; ``states``: whether the state of a
    device with drift is wanted.
    """

    site: Site
    journal: Journal
    rules: RuleBook
    runs: Collection[str]
    login: Callable[[Device], str]
    try_defaults: bool = False
    states: bool = False

    def __call__(self, host: str, said: Running | DeviceError) -> Judged:
        """Judge a device by its read. Only reads the journal."""
        if isinstance(said, DeviceError):
            return Judged(unread(host, said))
        device = self.site.district.devices[host]
        factory = default_login(self.site, device) if self.try_defaults else None
        base = base_of(self.journal, host)
        with one_at_a_time:
            audit = self._compared(device, said, base)
            found = broken_rules(self.site, self.rules, device, said, factory)
            audit = replace(audit.with_rules(found), history=audit.history[:HISTORY])
            wanted = self.states and audit.count("drift")
            return Judged(
                audit,
                document(said),
                said.reading.beyond if base is not None and base.beyond is None else None,
                State(said.fingerprint, said.canonical, said.reading.beyond) if wanted else None,
            )

    def _compared(self, device: Device, said: Running, base: Confirmed | None) -> HostAudit:
        wrong = mismatch(expected(device), said.reading)
        if wrong is not None:
            return HostAudit(device.name, "error", reason=wrong)
        return audit_host(
            device.name,
            said,
            self.site.intended(device),
            confirmed=base,
            platform=self.site.platform(device),
            context=self.site.context(device),
            runs=self.runs,
            own_users={self.login(device)},
        )


def unread(host: str, error: DeviceError) -> HostAudit:
    """What an audit says of a device that it could not read."""
    status: Any = "unreachable" if isinstance(error, UnreachableError) else "error"
    hint = f"; {error.hint}" if error.hint else ""
    return HostAudit(host, status, reason=f"{error.message}{hint}")


def default_login(site: Site, device: Device) -> str | None:
    """The factory login that a device still accepts: one attempt, and its log shows it.

    None for one that does not answer, or whose platform has no such login.
    """
    driver = site.driver(device)
    if isinstance(driver, Doorstep):
        with suppress(DeviceError):
            return driver.default_login()
    return None


def broken_rules(
    site: Site, rules: RuleBook, device: Device, said: Running, login: str | None
) -> list[Finding]:
    """What the project's rules say of one device."""
    subject = Subject(
        running=said,
        platform=site.platform(device),
        name=device.name,
        role=device.role,
        kind=site.district.office_of(device).kind,
        seal=site.seal,
        facts={
            **({"default-login": login} if login else {}),
            **({"behind": wanted} if (wanted := behind(site, device, said)) else {}),
        },
    )
    return judge_rules(rules, subject)


def behind(site: Site, device: Device, said: Running) -> str | None:
    """The version that a device's model should run, where it runs an older one."""
    wanted, platform = device.model.firmware, site.platform(device)
    if wanted is None or not isinstance(platform, Packaged):
        return None
    return wanted if platform.older(said.reading.version, wanted) else None
