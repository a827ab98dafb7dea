"""One simulated RouterOS device: state, clock, files, jobs, power. No I/O of its own.

The console's commands act on it (``console``), ``ssh`` lets people in, and the network that it
stands in is its ``environment``. What values mean for other devices is not known here.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol

from sekayu_net.errors import LabError
from sekayu_net.lab import changes, firmware
from sekayu_net.lab.birth import builtins, given
from sekayu_net.lab.clock import Clock
from sekayu_net.lab.conditions import Faults, Quirks
from sekayu_net.lab.console.errors import (
    ConsoleError,
    InterruptedRunError,
    ParseError,
    Returned,
)
from sekayu_net.lab.console.interpreter import Frame, Session, run_block
from sekayu_net.lab.console.parser import parse
from sekayu_net.lab.console.programs import Programs
from sekayu_net.lab.console.values import Value
from sekayu_net.lab.dates import Dates
from sekayu_net.lab.defconf import default_configuration
from sekayu_net.lab.environment import Environment, Isolated
from sekayu_net.lab.files import Files
from sekayu_net.lab.live import device_mode
from sekayu_net.lab.log import Log
from sekayu_net.lab.safe_mode import SafeMode
from sekayu_net.lab.scheduler import Scheduler
from sekayu_net.lab.schema import Schema, at_least, load
from sekayu_net.lab.sensors import Sensors
from sekayu_net.lab.state import Item, State
from sekayu_net.lab.timers import Handle, LoopTimers, Pause, Timers, run_now

ALL_POLICIES = frozenset(
    {"local", "telnet", "ssh", "ftp", "reboot", "read", "write", "policy", "test", "winbox",
     "password", "web", "sniff", "sensitive", "api", "romon", "rest-api"}
)  # fmt: skip
#: Seconds until NTP has an answer, and until it asks again.
_NTP_ANSWER, _NTP_RETRY = 1.0, 10.0
_HISTORY = 100
_FLAGGED = (
    "failure: configuration flagged, check all router configuration for unauthorized changes and "
    "update device-mode"
)


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
    name and band. ``host_key`` is an asyncssh private key. ``schema``: other menus than those that
    the version is known to have.
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
        schema: Schema | None = None,
    ) -> None:
        self.name = name
        self.model = model
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
        self.sensors = Sensors()
        self.changed: Callable[[], None] = lambda: None
        #: Called before every statement of every program: where a test lets the world fail.
        self.at_statement: Callable[[Session], None] = lambda session: None  # noqa: ARG005
        self.up = True
        self.firmware = firmware.Firmware()
        self.become(version, schema)
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
        self.last_logins: dict[str, datetime] = {}
        self.safe_mode = SafeMode(self)
        #: The next login on a terminal is asked about the licence.
        self.license_unread = False
        self.programs = Programs(self)
        self.scheduler = Scheduler(self)
        self._booted = self.timers.now()
        self._boot_handle: Handle | None = None
        self._ntp_handle: Handle | None = None

    def become(self, version: str, schema: Schema | None = None) -> None:
        """Run this version from now on, with nothing configured."""
        self.version = version
        self.schema = schema or load(version)
        self.dates = Dates(version)
        self.state = State(self.schema, partial(builtins, self), partial(given, self))

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
        lines = [
            f"# {self.dates.stamp(self.clock.now())} by RouterOS {self.version}",
            f"# software id = {self.software_id}",
            "#",
        ]
        if self.model != "CHR":
            lines += [f"# model = {self.model}", f"# serial number = {self.serial}"]
        elif not at_least(self.version, "7"):
            lines += ["#", "#"]
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

    def interfere(self, command: str) -> None:
        """Another administrator, with all rights, says something; the log keeps what came of it."""
        output: list[str] = []
        session = Session(
            self, user="other", policies=ALL_POLICIES, write=output.append, via="exec"
        )
        run_now(self.console_line(command, session))
        words = " ".join(output).strip()
        self.log.add(("system", "info"), f"other: {command}{f' -> {words}' if words else ''}")

    async def _console(self, text: str, session: Session) -> None:
        menu = session.menu
        try:
            await run_block(parse(text, self.schema, menu), Frame(session))
        except Returned:
            pass
        except InterruptedRunError:
            session.failed = True
        except ConsoleError as error:
            session.failed, session.misread = True, isinstance(error, ParseError)
            session.write(f"{error.text}\n")

    def console_line(self, text: str, session: Session) -> Coroutine[Pause, None, None]:
        """The program for one line that someone gave; errors are printed."""
        session.failed = session.misread = False
        session.statements = 0
        return self._console(text, session)

    # -- what the console tells us ---------------------------------------------------------

    def allow_add(self, menu: str) -> None:
        """``ConsoleError`` where device-mode forbids new entries."""
        if menu != "/system scheduler":
            return
        if self.faults.flagged:
            raise ConsoleError(_FLAGGED)
        if not self.scheduler_allowed and not self.quirks.mode_inactivates:
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
                item.values.setdefault("start-date", self.dates.date(now))
        elif path == "/system script":
            item.values.setdefault("owner", session.user)
        self.edited(path, session, "added", item=item.id)

    def edited(
        self,
        menu: str,
        session: Session,
        what: str,
        properties: Sequence[str] = (),
        *,
        item: str = "",
    ) -> None:
        """Something changed. ``item``: the id of what was added."""
        when = self.dates.stamp(self.clock.now())
        self.history.append(HistoryEntry(changes.subject(menu, what), session.user, when))
        if not session.user.startswith("*"):
            words = changes.message(
                self.version, menu, what, user=session.user, source=session.source, item=item
            )
            self.log.add(("system", "info"), words)
        self.safe_mode.count()
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
                date = values.pop("date", None)
                day = None if date is None else self.dates.read(date)
                self.clock.set_local(day, values.pop("time", None))
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

    def reboot(self, *, older: bool = False) -> None:
        """Down now, up after ``boot_seconds``: sessions end, files in RAM and jobs are gone.

        Packages that lie ready go in meanwhile; ``older`` ones too.
        """
        for connection in list(self.connections):
            connection.drop()
        waiting = firmware.prepare(self, older=older)
        self.power_off()
        self.firmware.waiting = waiting
        self.power_on()

    def power_off(self) -> None:
        """Dark at once: silence, also for open sessions."""
        self.up = False
        self.firmware.waiting = None
        self.safe_mode.power_lost()
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
        firmware.finish(self)
        self.scheduler.boot()
        self._watch_ntp()
        self.changed()

    def reset(
        self, *, keep_users: bool, no_defaults: bool, run_after: str | None, first: str = ""
    ) -> None:
        """``/system reset-configuration``: factory state, a script after the boot, a reboot.

        ``first``: a script that somebody puts in before it is carried elsewhere.
        """
        kept = {
            path: [(dict(item.values), dict(item.base)) for item in self.state.rows(path)]
            for path in ("/user group", "/user", "/user ssh-keys")
        }
        self.state = State(self.schema, partial(builtins, self), partial(given, self))
        self.license_unread = True
        if keep_users:
            for path, rows in kept.items():
                menu = self.schema.menus[path]
                self.state.rows(path)[:] = [
                    Item(menu, self.state.new_id(menu), values, base=base, builtin=bool(base))
                    for values, base in rows
                ]
        if not no_defaults:
            self.import_script(
                default_configuration(
                    self.ports, self.radios, serial=self.serial, version=self.version
                )
            )
        self.import_script(first)
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
        for name in self.time_servers():
            address = name if _is_address(name) else self.environment.resolves(self, name)
            if address and self.environment.ping(self, address):
                self.clock.synchronise()
                return
        self._ntp_handle = self.timers.call_later(_NTP_RETRY, self._ask_time)

    def time_servers(self) -> list[str]:
        """The servers that the time client asks, in order."""
        if at_least(self.version, "7"):
            rows = self.state.rows("/system ntp client servers")
            return [row.get("address") for row in rows if not row.disabled]
        client = self.state.single("/system ntp client")
        given = [client.get("primary-ntp"), client.get("secondary-ntp")]
        return [
            name
            for name in [*given, *client.get("server-dns-names").split(",")]
            if name not in ("", "0.0.0.0")  # noqa: S104 - no address to listen on
        ]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


__all__ = ["Faults", "Item", "LabDevice", "Quirks", "default_configuration"]
