"""One simulated RouterOS device: state, clock, files, jobs, power. No I/O of its own.

The console's commands act on it (``console``), ``ssh`` lets people in, and the network that it
stands in is its ``environment``. What values mean for other devices is not known here.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from sekayu_net.errors import LabError
from sekayu_net.lab.clock import Clock
from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError, Returned
from sekayu_net.lab.console.interpreter import Frame, Session, run_block
from sekayu_net.lab.console.parser import parse
from sekayu_net.lab.console.programs import Programs
from sekayu_net.lab.console.values import Value
from sekayu_net.lab.defconf import default_configuration
from sekayu_net.lab.environment import Environment, Isolated
from sekayu_net.lab.files import Files
from sekayu_net.lab.live import device_mode
from sekayu_net.lab.log import Log
from sekayu_net.lab.scheduler import Scheduler
from sekayu_net.lab.schema import Menu, at_least, load
from sekayu_net.lab.state import Item, State
from sekayu_net.lab.timers import Handle, LoopTimers, Pause, Timers, run_now

ALL_POLICIES = frozenset(
    {"local", "telnet", "ssh", "ftp", "reboot", "read", "write", "policy", "test", "winbox",
     "password", "web", "sniff", "sensitive", "api", "romon", "rest-api"}
)  # fmt: skip
#: Seconds until NTP has an answer, and until it asks again.
_NTP_ANSWER, _NTP_RETRY = 1.0, 10.0
_HISTORY = 100
#: The order of ``/ip service`` in newer exports (seen in 7.23).
_SERVICES_REORDERED = "7.22"
_SERVICES = ("ftp", "ssh", "telnet", "www", "www-ssl", "winbox", "api", "api-ssl")


@dataclass
class Faults:
    """Faults of one device; set the fields at any time.

    ``latency`` seconds each way; ``slow`` seconds before an exec answers; ``session_loss_after``
    bytes that the device sends before its connection dies (once); ``reboot_at_statement`` of an
    import, from 1 (once); ``host_key`` an asyncssh private key shown instead of the real one.
    """

    latency: float = 0.0
    slow: float = 0.0
    garbage: bool = False
    session_loss_after: int | None = None
    reboot_at_statement: int | None = None
    flash_full: bool = False
    scheduler_forbidden: bool = False
    host_key: object | None = None
    serial: str | None = None
    reject_statement: str | None = None


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where sources on the real device disagree: both ways can be had.

    ``import_parses_first``: an import with a syntax error does nothing at all.
    ``empty_find_fails``: ``set [find …]`` that finds nothing is ``expected item id``.
    ``exec_error_status``: exit status of an exec that failed.
    """

    import_parses_first: bool = True
    empty_find_fails: bool = False
    exec_error_status: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A line of ``/system history``."""

    action: str
    by: str
    time: str


class Connection(Protocol):
    """A login, as the device sees it. ``drop`` ends it at once."""

    user: str
    source: str
    group: str
    since: str

    def drop(self) -> None:
        """Cut it."""


class LabDevice:
    """A device that stands somewhere. ``changed`` is called after every change of its state.

    ``ports`` are the default names of Ethernet ports in panel order, ``radios`` pairs of default
    name and band. ``host_key`` is an asyncssh private key.
    """

    def __init__(
        self,
        name: str,
        *,
        model: str,
        version: str,
        serial: str,
        ports: Sequence[str],
        radios: Sequence[tuple[str, str]] = (),
        software_id: str = "ABCD-1234",
        host_key: object | None = None,
        flash_folder: bool = False,
        flash_bytes: int = 128 * 1024 * 1024,
        device_mode: str = "advanced",
        architecture: str = "arm64",
        wifi_package: str | None = None,
        environment: Environment | None = None,
        timers: Timers | None = None,
        quirks: Quirks | None = None,
        boot_seconds: float = 2.0,
    ) -> None:
        self.name = name
        self.model = model
        self.version = version
        self.serial = serial
        self.ports = tuple(ports)
        self.radios = tuple(radios)
        self.software_id = software_id
        self.host_key = host_key
        self.device_mode = device_mode
        self.architecture = architecture
        self.wifi_package = wifi_package
        self.environment: Environment = environment or Isolated()
        self.timers: Timers = timers or LoopTimers()
        self.quirks = quirks or Quirks()
        self.boot_seconds = boot_seconds
        self.faults = Faults()
        self.changed: Callable[[], None] = lambda: None
        #: Called before every statement of every program: where a test lets the world fail.
        self.at_statement: Callable[[Session], None] = lambda session: None  # noqa: ARG005
        self.up = True
        self.schema = load(version)
        self.state = State(self.schema, self._builtins)
        self.clock = Clock(self._zone, self.timers.wall)
        self.clock.moved = self._clock_moved
        self.files = Files(
            flash_folder=flash_folder,
            capacity=flash_bytes,
            now=self.clock.now,
            full=lambda: self.faults.flash_full,
        )
        self.log = Log(self.clock.now)
        self.globals: dict[str, Value] = {}
        self.history: deque[HistoryEntry] = deque(maxlen=_HISTORY)
        self.connections: list[Connection] = []
        self.script_runs: dict[str, int] = {}
        self.last_logins: dict[str, str] = {}
        self.safe_mode_owner: object | None = None
        self.programs = Programs(self)
        self.scheduler = Scheduler(self)
        self._booted = self.timers.now()
        self._boot_handle: Handle | None = None
        self._ntp_handle: Handle | None = None

    # -- looking ---------------------------------------------------------------------------

    def items(self, menu: str) -> Sequence[Item]:
        """Configured rows of a menu in order, without dynamic ones; none for an unknown menu.

        ``/interface`` is the union of all interface menus: each item then answers ``get("type")``
        (``ether``, ``bridge``, ``vlan``, ``wg``, ``wifi``, ``loopback`` …), and ``item.menu.path``
        is the menu it lives in.
        """
        if menu == "/interface":
            return list(self.state.interfaces())
        known = self.schema.menus.get(menu)
        if known is None or known.kind == "settings":
            return []
        return self.state.rows(menu)

    def settings(self, menu: str) -> Mapping[str, str]:
        """A settings menu with defaults filled in; empty for an unknown menu."""
        known = self.schema.menus.get(menu)
        if known is None or known.kind != "settings":
            return MappingProxyType({})
        item = self.state.single(menu)
        return {name: item.get(name) for name in known.properties}

    @property
    def identity(self) -> str:
        """The name that it calls itself."""
        return self.state.single("/system identity").get("name")

    @property
    def uptime(self) -> float:
        """Seconds since it booted."""
        return self.timers.now() - self._booted

    @property
    def scheduler_allowed(self) -> bool:
        """What device-mode says."""
        return device_mode(self)["scheduler"] is True

    def export_header(self) -> tuple[str, ...]:
        """The comment lines that an export begins with."""
        now = self.clock.now()
        date = now.strftime("%Y-%m-%d" if at_least(self.version, "7.10") else "%b/%d/%Y").lower()
        lines = [
            f"# {date} {now:%H:%M:%S} by RouterOS {self.version}",
            f"# software id = {self.software_id}",
            "#",
        ]
        if self.model != "CHR":
            lines += [f"# model = {self.model}", f"# serial number = {self.serial}"]
        return tuple(lines)

    # -- commands --------------------------------------------------------------------------

    def session(self, user: str, source: str, write: Callable[[str], None], via: str) -> Session:
        """A session with the rights of a user (none for an unknown one)."""
        return Session(
            self,
            user=user,
            source=source,
            policies=self.policies(user),
            write=write,
            via=via,
        )

    def policies(self, user: str) -> frozenset[str]:
        """What the user's group may do."""
        item = self.state.named("/user", user)
        group = self.state.named("/user group", item.get("group")) if item else None
        if group is None:
            return frozenset()
        return frozenset(p for p in group.get("policy").split(",") if not p.startswith("!"))

    def import_script(self, text: str) -> None:
        """As ``/import`` by someone with all rights.

        ``LabError`` with the device's words when a statement fails; what came before stays done.
        """
        session = Session(self, user="*sys", policies=ALL_POLICIES, via="import")
        try:
            run_now(self.programs.run_import(text, session))
        except ConsoleError as error:
            raise LabError(
                f"{self.name}: script stopped: {error}",
                hint="the lines before the one named were done",
            ) from None

    def execute(self, command: str, *, user: str = "admin", source: str = "") -> str:
        """As an exec request whose waits are over at once; what it prints, with CRLF line ends."""
        output: list[str] = []
        session = self.session(user, source, output.append, "exec")
        run_now(self.console_line(command, session))
        return "".join(output).replace("\n", "\r\n")

    async def _console(self, text: str, session: Session) -> None:
        menu = session.menu
        try:
            await run_block(parse(text, self.version, menu), Frame(session))
        except Returned:
            pass
        except InterruptedRunError:
            session.failed = True
        except ConsoleError as error:
            session.failed = True
            session.write(f"{error.text}\n")

    def console_line(self, text: str, session: Session) -> Coroutine[Pause, None, None]:
        """The program for one line that someone gave; errors are printed."""
        session.failed = False
        session.statements = 0
        return self._console(text, session)

    # -- what the console tells us ---------------------------------------------------------

    def allow_add(self, menu: str) -> None:
        """``ConsoleError`` where device-mode forbids new entries."""
        if menu == "/system scheduler" and not self.scheduler_allowed:
            raise ConsoleError("failure: not allowed by device-mode")

    def added(self, item: Item, session: Session) -> None:
        """An item was added: the device fills in what only it knows."""
        path = item.menu.path
        if path == "/system scheduler":
            item.base["owner"] = session.user
            now = self.clock.now()
            if "start-time" not in item.values:
                item.values["start-time"] = now.strftime("%H:%M:%S")
            if item.values["start-time"] != "startup":
                item.values.setdefault("start-date", now.strftime("%Y-%m-%d"))
        elif path == "/system script":
            item.values.setdefault("owner", session.user)
        self.edited(path, session, "added")

    def edited(
        self, menu: str, session: Session, what: str, properties: Sequence[str] = ()
    ) -> None:
        """Something changed."""
        noun = menu.rpartition(" ")[2].removeprefix("/")
        when = self.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        self.history.append(HistoryEntry(f"{noun} {what}", session.user, when))
        if menu in ("/system scheduler", "/system clock"):
            self.scheduler.refresh()
        if menu == "/system clock" and "time-zone-name" in properties:
            self._clock_moved()
        self._watch_ntp()
        self.changed()

    def take_settings(self, menu: str, values: dict[str, str]) -> dict[str, str]:
        """Do what ``set`` of a settings menu does at once; the rest is to be stored."""
        if menu == "/system clock" and ("date" in values or "time" in values):
            try:
                self.clock.set_local(values.pop("date", None), values.pop("time", None))
            except ValueError:
                raise ConsoleError("invalid value for argument time") from None
        if menu == "/system ntp client" and "servers" in values:
            from sekayu_net.lab import edit

            rows = self.state.rows("/system ntp client servers")
            rows.clear()
            for address in filter(None, values.pop("servers").split(",")):
                edit.add(self.state, "/system ntp client servers", {"address": address})
            self.changed()
        return values

    # -- power -----------------------------------------------------------------------------

    def reboot(self) -> None:
        """Down now, up after ``boot_seconds``: sessions end, files in RAM and jobs are gone."""
        for connection in list(self.connections):
            connection.drop()
        self.power_off()
        self.power_on()

    def power_off(self) -> None:
        """Dark at once: silence, also for open sessions."""
        self.up = False
        self.scheduler.halt()
        self.programs.stop_all()
        self.files.lose_ram()
        self.globals.clear()
        self.script_runs.clear()
        for handle in (self._boot_handle, self._ntp_handle):
            if handle is not None:
                handle.cancel()
        self._boot_handle = self._ntp_handle = None
        self.changed()

    def power_on(self) -> None:
        """Booting; up after ``boot_seconds``."""
        if self.up or self._boot_handle is not None:
            return
        self._boot_handle = self.timers.call_later(self.boot_seconds, self._boot)

    def _boot(self) -> None:
        self._boot_handle = None
        # Whoever was connected before the dark is unknown now.
        for connection in list(self.connections):
            connection.drop()
        self.up = True
        self._booted = self.timers.now()
        self.clock.synchronised = False
        self.log.clear()
        self.log.add(("system", "info"), "router rebooted")
        self.scheduler.boot()
        self._watch_ntp()
        self.changed()

    def reset(self, *, keep_users: bool, no_defaults: bool, run_after: str | None) -> None:
        """``/system reset-configuration``: factory state, a script after the boot, a reboot."""
        kept = {
            path: [(dict(item.values), dict(item.base)) for item in self.state.rows(path)]
            for path in ("/user group", "/user", "/user ssh-keys")
        }
        self.state = State(self.schema, self._builtins)
        if keep_users:
            for path, rows in kept.items():
                menu = self.schema.menus[path]
                self.state.rows(path)[:] = [
                    Item(menu, self.state.new_id(menu), values, base=base, builtin=bool(base))
                    for values, base in rows
                ]
        if not no_defaults:
            self.import_script(default_configuration(self.ports, self.radios, serial=self.serial))
        self.reboot()
        if run_after is not None:
            script = run_after

            def after_boot() -> None:
                self.import_script(script)

            self.timers.call_later(self.boot_seconds + 0.01, after_boot)

    # -- time ------------------------------------------------------------------------------

    def _zone(self) -> str:
        return self.state.single("/system clock").get("time-zone-name")

    def _clock_moved(self) -> None:
        self.scheduler.refresh()
        self.changed()

    def _watch_ntp(self) -> None:
        """Ask for the time, while the client is on and has no answer yet."""
        client = self.state.single("/system ntp client")
        if client.get("enabled") != "yes":
            self.clock.synchronised = False
        elif not self.clock.synchronised and self._ntp_handle is None and self.up:
            self._ntp_handle = self.timers.call_later(_NTP_ANSWER, self._ask_time)

    def _ask_time(self) -> None:
        self._ntp_handle = None
        if not self.up or self.state.single("/system ntp client").get("enabled") != "yes":
            return
        for server in self.state.rows("/system ntp client servers"):
            name = server.get("address")
            address = name if _is_address(name) else self.environment.resolves(self, name)
            if not server.disabled and address and self.environment.ping(self, address):
                self.clock.synchronise()
                return
        self._ntp_handle = self.timers.call_later(_NTP_RETRY, self._ask_time)

    # -- what it was born with -------------------------------------------------------------

    def mac(self, number: int) -> str:
        """The MAC address of a port by its number, from 0."""
        digest = hashlib.sha256(self.serial.encode()).digest()
        last = (int.from_bytes(digest[:3], "big") + number) & 0xFFFFFF
        return ":".join(f"{byte:02X}" for byte in b"\x48\xa9\x8a" + last.to_bytes(3, "big"))

    def _builtins(self, menu: Menu) -> Iterable[Mapping[str, str]]:
        path = menu.path
        if path == "/interface ethernet":
            for number, port in enumerate(self.ports):
                yield {"default-name": port, "name": port, "mac-address": self.mac(number)}
        elif path in ("/interface wifi", "/interface wireless"):
            for number, (radio, _) in enumerate(self.radios):
                # The older package calls its radios wlan1, wlan2.
                if radio.startswith("wlan") != (path == "/interface wireless"):
                    continue
                mac = self.mac(len(self.ports) + number)
                row = {"default-name": radio, "name": radio, "mac-address": mac}
                yield (
                    row if path.endswith("wifi") else row | {"mode": "station", "ssid": "MikroTik"}
                )
        elif path == "/queue interface":
            for port in self.ports:
                yield {"interface": port, "queue": "only-hardware-queue"}
        elif path == "/ip service" and at_least(self.version, _SERVICES_REORDERED):
            yield from sorted(menu.builtin, key=lambda row: _SERVICES.index(row["name"]))
        else:
            yield from menu.builtin


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


__all__ = ["Faults", "Item", "LabDevice", "Quirks", "default_configuration"]
