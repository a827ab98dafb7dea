"""What a platform must offer, and the values that pass between it and the rest.

Nothing here knows a vendor. A platform is a module-level object that fulfils ``Platform``;
``platforms.registry`` finds it by the name that the inventory uses. The pure half (``mask`` to
``apply``) does no I/O and works on text; the other half is a ``Driver`` for one device.

Secrets: configuration text that leaves a driver goes through ``mask`` at once. From then on a
secret is a token, ``<secret:FINGERPRINT>`` (16 hexadecimal digits, keyed), and only ``reveal``,
just before a push, puts the value back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

Action = Literal["add", "set", "remove", "move"]
FindingKind = Literal[
    "changed", "missing", "extra", "order", "secret", "rule", "unmanaged", "unreadable"
]
GuardKind = Literal["job+startup", "job", "scheduler", "safe-mode", "commit-timer", "none"]


@dataclass(frozen=True, slots=True)
class Flow:
    """The traffic that management needs: the controller's to the device's SSH port.

    ``source`` is an IPv4 address or network (``10.16.0.0/24``), ``destination`` an address.
    """

    source: str
    destination: str
    port: int = 22


@dataclass(frozen=True, slots=True)
class DiffContext:
    """All that a diff needs besides the two texts.

    ``ownership`` is what the platform's ``load_ownership`` returned for the device's role (None
    with ``whole``). ``whole``: the intended text is all that the device should say.
    """

    version: str
    ownership: object | None = None
    whole: bool = False
    flows: tuple[Flow, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One statement of a script.

    ``path`` is the menu with blanks, ``item`` the natural key as a person reads it.
    ``management``: it touches what carries the management flow. ``gap``: the management flow is
    not admitted after it (the statement is marked in plan and script).
    """

    action: Action
    path: str
    item: str | None
    statement: str
    management: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a text says that a version of its platform does not know.

    ``whole``: it is the menu itself; general rules handle such a menu.
    """

    line: int
    path: str
    reason: str
    whole: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding: what differs, in the words of ``audit --json``. Secrets are tokens."""

    kind: FindingKind
    path: str
    item: str | None
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """From a running to an intended configuration.

    ``script`` and ``inverse`` hold one statement a line, secrets as tokens; ``inverse`` is right
    after every prefix of ``script``. ``diff`` is plain text of at most 80 columns, grouped by
    menu; the first character of an indented line tells what it is: ``+`` ``-`` ``~`` ``>`` (move)
    ``!`` (marked). ``predicted`` is the configuration after ``script``. ``differences`` has the
    owned differences first, then ``unmanaged`` and ``unreadable`` ones.
    """

    operations: tuple[Operation, ...]
    script: str
    inverse: str
    diff: str
    predicted: str
    differences: tuple[Difference, ...]
    management_path: bool
    warnings: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to do."""
        return not self.operations

    @property
    def removals(self) -> int:
        """How many items it removes: what the deletion brake counts."""
        return sum(operation.action == "remove" for operation in self.operations)


@dataclass(frozen=True, slots=True)
class Event:
    """One change in the device's own words, as far as it tells: it holds no value of a property.

    ``time`` is the device's clock as it writes it, ``who`` a person with the way they came,
    ``user`` the account alone. ``path`` is the menu, empty when not told; ``item`` a name, where
    told.
    """

    time: str
    who: str
    user: str
    action: str
    path: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one read of a device gave. ``config`` is raw: mask it before it goes anywhere.

    ``beyond`` is what the configuration text never shows (users, keys, packages, files …): for
    each path a tuple of rows; it holds no secret but what the platform takes out
    (``abilities.Sealing``). ``history`` are the device's own words on who changed what and when,
    newest first; ``events`` the same taken apart, from whoever is a ``Witness``. ``confirmed`` is
    what the device remembers of the last confirmed run (``run``, ``fingerprint``), None when
    nothing.
    """

    config: str
    identity: str
    serial: str
    model: str
    version: str
    beyond: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    confirmed: Mapping[str, str] | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """An undo that the device can arm, and what it survives.

    ``survives`` is a subset of ``session``, ``controller``, ``reboot``, ``clock``. ``reason`` says
    why not a better one (or, for ``none``, why none at all).
    """

    kind: GuardKind
    survives: frozenset[str]
    reason: str | None = None


#: A run's id without its dashes (date, time, four digits), at the beginning of a token.
_RUN = re.compile(r"(20\d{6})(\d{6})([0-9a-f]{4})[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that waits on a device for its confirmation.

    ``holder``: who armed it and where (``budi@laptop``); ``within``: seconds from arming until it
    goes back by itself. Empty and 0 where the device was not told.
    """

    token: str
    kind: GuardKind
    holder: str = ""
    within: int = 0

    @property
    def run(self) -> str | None:
        """The run that armed it; None when the token does not tell."""
        found = _RUN.fullmatch(self.token)
        return "-".join(found.groups()) if found else None

    def __str__(self) -> str:
        who = f" of {self.holder}" if self.holder else ""
        when = f"; unconfirmed it goes back {self.within} s after it began" if self.within else ""
        named = f"run {self.run}" if self.run else self.token
        return f"another change{who} ({named}) waits there for its confirmation{when}"


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One end of a link, as the inventory knows it.

    ``upstream``: the end towards the hub. ``port`` is what the link's VLAN is to be on, empty for a
    tunnel; where ``vlan`` is on another port, the link is on another medium (yet).
    """

    upstream: bool
    port: str = ""
    vlan: int | None = None


#: All that the two ends of a link must say alike, as ``(what, value)`` pairs in a fixed order.
Terms = tuple[tuple[str, str], ...]
#: The terms of every link that a text offers at an end.
TermsAt = Callable[[LinkEnd], frozenset[Terms]]


@dataclass(frozen=True, slots=True)
class Installation:
    """What a configuration says is there, for people: no secret is in it.

    ``addresses``: (interface, address with prefix length, what it is for). ``networks``: the names
    of the wireless networks. Both in the text's order, without what is switched off.
    """

    addresses: tuple[tuple[str, str, str], ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Which device wrote a text, as far as the text says so; empty what it does not say."""

    identity: str = ""
    serial: str = ""
    model: str = ""
    version: str = ""


@runtime_checkable
class Describing(Protocol):
    """A platform that can tell people what a text has installed."""

    def installed(self, text: str) -> Installation:
        """Addresses and wireless networks of a text."""


@dataclass(frozen=True, slots=True)
class Follow:
    """How one end of a linked change follows the end that decides.

    ``anchor`` is an address of the deciding device, the same before and after, reached by the link
    alone. Times in seconds: ``delay`` until the change is applied, ``patience`` until the link
    must have come up, ``window`` until the device asks whether the other kept the change.
    """

    anchor: str
    delay: int
    patience: int
    window: int


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one device, and who it must turn out to be.

    Addresses are text, ``port`` a TCP port, ``timeout`` seconds for one answer. ``known_hosts`` is
    an OpenSSH known_hosts file in which the device stands under ``host`` (its inventory name).
    ``holder``: who is at work and where, for others who meet a change of ours on the device.
    ``legacy_algorithms`` admits SHA-1 key exchange and ``ssh-rsa`` for this device alone.
    ``passphrase`` unlocks ``key_file``. ``jump``: the way leads through that machine.
    """

    host: str
    address: str
    port: int
    username: str
    known_hosts: Path
    key_file: Path | None = None
    password: str | None = field(default=None, repr=False)
    serial: str | None = None
    model: str | None = None
    version: str | None = None
    timeout: float = 15.0
    legacy_algorithms: bool = False
    holder: str = ""
    passphrase: str | None = field(default=None, repr=False)
    jump: Target | None = None


@dataclass(frozen=True, slots=True)
class PingResult:
    """Sent and received echo requests, from the device."""

    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A default route of the main table. ``active``: it is the one that packets take."""

    gateway: str
    distance: int
    active: bool


@dataclass(frozen=True, slots=True)
class OspfNeighbor:
    """A neighbour as the device sees it. ``state`` in RFC 2328's words, as ``Full``."""

    router_id: str
    address: str
    state: str


@dataclass(frozen=True, slots=True)
class AddressPool:
    """Addresses that a DHCP server of the device gives out: how many there are, and are taken."""

    name: str
    size: int
    used: int


@dataclass(frozen=True, slots=True)
class Radio:
    """A radio that is switched on. ``state`` in the platform's words; ``clients`` registered."""

    name: str
    on_air: bool
    state: str
    clients: int = 0


@dataclass(frozen=True, slots=True)
class TimeSource:
    """Whether the clock follows a time server, and which; ``state`` in the platform's words."""

    synchronised: bool
    server: str
    state: str


@dataclass(frozen=True, slots=True)
class Load:
    """Processor load in percent, memory in bytes."""

    cpu: int
    memory_total: int
    memory_free: int


@runtime_checkable
class Observer(Protocol):
    """What a driver tells of a device's services, for the checks. Changes nothing.

    A part of its own until every platform has it. Every method raises ``errors.DeviceError``; what
    the device does not have (radios, OSPF) is an empty tuple and no error.
    """

    def default_routes(self) -> tuple[DefaultRoute, ...]:
        """Default routes of IPv4, active or not."""

    def ospf_neighbors(self) -> tuple[OspfNeighbor, ...]:
        """Neighbours of every OSPF version 2 instance."""

    def resolve(self, name: str) -> str:
        """The IPv4 address that the device's own resolver gives; empty when it gives none."""

    def address_pools(self) -> tuple[AddressPool, ...]:
        """The pools behind enabled DHCP servers."""

    def radios(self) -> tuple[Radio, ...]:
        """Radios that are switched on."""

    def time_source(self) -> TimeSource:
        """What the clock follows."""

    def load(self) -> Load:
        """Processor and memory, now."""


class Driver(Protocol):
    """One device over one connection. NAPALM's verbs where NAPALM has one.

    Every method raises ``errors.DeviceError`` (its leaf says what) naming host and stage.
    """

    def open(self) -> None:
        """Connect; host key and credentials are checked here."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""

    def read(self) -> Reading:
        """Read everything. Changes nothing."""

    def check_identity(self) -> None:
        """Raise ``IdentityError`` unless serial, model and version are the target's."""

    def guard(self) -> Guard:
        """Ask the device which undo it can arm. Changes nothing."""

    def preflight(self, script: str) -> None:
        """Let the device judge the script without doing it, where it can; raises ``ApplyError``."""

    def pending(self) -> Pending | None:
        """The change that waits for its confirmation, whoever armed it."""

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
        """Arm the undo, verify that it is armed, call ``on_armed``, then apply ``script``.

        The undo fires after ``revert_in`` seconds; the script runs detached from this session.
        ``PendingError`` when another change waits; ``GuardError`` before anything is written when
        the undo can't be armed; ``ApplyError`` after a statement failed (the undo has then been
        run at once); ``UnreachableError`` when the session was lost: the undo will fire.
        """

    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        """Disarm, remove the tool's files, remember the run on the device; verify all three."""

    def revert(self, token: str) -> None:
        """Run the undo now, wait for its end, remove leftovers."""

    def clean(self) -> tuple[str, ...]:
        """Remove leftovers of confirmed or dead changes; returns what was removed."""

    def echo(self, address: str, *, count: int = 3) -> PingResult:
        """Echo requests sent by the device (``ping`` is NAPALM's, of another shape)."""

    def get_facts(self) -> Mapping[str, Any]:
        """NAPALM's."""


class Platform(Protocol):
    """A vendor's operating system. The pure half takes and gives text."""

    @property
    def name(self) -> str:
        """The inventory's word for it."""

    @property
    def guards(self) -> tuple[GuardKind, ...]:
        """The undo kinds it knows, best first."""

    def load_ownership(self, folder: Path, role: str) -> object:
        """Read what is owned on devices of ``role`` from the template folder (data)."""

    def mask(self, text: str, seal: Callable[[str], str]) -> str:
        """Replace every secret value by the token that ``seal`` gives for it. Idempotent."""

    def secrets(self, text: str) -> tuple[str, ...]:
        """The secret values that stand in an unmasked text."""

    def reveal(self, text: str, unseal: Callable[[str], str]) -> str:
        """Put values back: ``unseal`` takes a fingerprint. Quotes as the platform needs."""

    def canonical(self, text: str) -> str:
        """The same configuration in one form: what fingerprints and the archive are made of.

        Without time stamps, comments of the device and the tool's own entries. Idempotent.
        """

    def check(self, text: str, version: str) -> tuple[Unknown, ...]:
        """What in this text does not exist in that version of the platform (empty: all does)."""

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        """The change from one masked text to the other. ``ConfigSyntaxError`` for broken text."""

    def apply(self, text: str, script: str) -> str:
        """The configuration after a script."""

    def driver(self, target: Target) -> Driver:
        """A driver for one device, not yet open."""
