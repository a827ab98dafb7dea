"""One simulated IOS device: configurations, files, clock, power. No I/O of its own.

What is typed is the business of ``editor`` (configuration) and ``exec``; archive and
timed rollback are ``rollback``'s. The device offers what the lab asks of any device: ``up``,
``faults``, ``timers``, ``clock``, ``connections``, ``changed``, power.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sekayu_net.errors import LabError
from sekayu_net.lab.clock import Clock
from sekayu_net.lab.conditions import Faults
from sekayu_net.lab.files import DiskFullError, Files
from sekayu_net.lab.ios import passwords
from sekayu_net.lab.ios.surroundings import Alone, Surroundings
from sekayu_net.lab.ios.tree import Line, Tree
from sekayu_net.lab.log import Log
from sekayu_net.lab.node import Node
from sekayu_net.lab.timers import Handle, LoopTimers, Timers

_NTP_ANSWER, _NTP_RETRY = 1.0, 10.0
#: Bytes of the configuration memory of an ISR.
_NVRAM = 262_136


class Connection(Protocol):
    """A login, as the device sees it. ``drop`` ends it at once."""

    user: str
    source: str
    since: str
    #: The number of its vty.
    vty: int

    def drop(self) -> None:
        """Cut it."""


class StoppedError(Exception):
    """The device lost its power under a command."""


class IosDevice:
    """A device that stands somewhere. ``changed`` is called after every change of its state.

    ``ports`` are full names of interfaces in panel order. ``version``: ``15.7(3)M8``, ``17.6.5``.
    ``host_key`` is an asyncssh private key.
    """

    #: Faults of the lab that mean nothing here, and how a statement of another one begins.
    immune = frozenset({"scheduler-forbidden", "flagged"})
    statement_start = ""

    def __init__(
        self,
        name: str,
        *,
        model: str,
        version: str,
        serial: str,
        ports: Sequence[str],
        host_key: object | None = None,
        flash_bytes: int = 256 * 1024 * 1024,
        surroundings: Surroundings | None = None,
        timers: Timers | None = None,
        boot_seconds: float = 2.0,
    ) -> None:
        self.name = name
        self.model = model
        self.version = version
        self._serial = serial
        self.ports = tuple(ports)
        self.host_key = host_key
        self.surroundings: Surroundings = surroundings or Alone()
        self.timers: Timers = timers or LoopTimers()
        self.boot_seconds = boot_seconds
        self.faults = Faults()
        self.changed: Callable[[], None] = lambda: None
        #: Called before every configuration command: where a test lets the world fail.
        self.at_statement: Callable[[str], None] = lambda text: None  # noqa: ARG005
        self.up = True
        self.clock = Clock(self._zone, self.timers.wall)
        self.files = Files(
            flash_folder=False,
            capacity=flash_bytes,
            now=self.clock.now,
            full=lambda: self.faults.flash_full,
        )
        self.log = Log(self.clock.now)
        self.connections: list[Connection] = []
        self.startup: str = ""
        self.snmp_users: dict[str, str] = {}
        self.last_change: tuple[datetime, str] | None = None
        self.last_saved: tuple[datetime, str] | None = None
        self.archive_count = 0
        self._booted = self.timers.now()
        self._boot_handle: Handle | None = None
        self._reload_handle: Handle | None = None
        self._reload_due: float | None = None
        self._ntp_handle: Handle | None = None
        from sekayu_net.lab.ios.rollback import Rollback

        self.rollback = Rollback(self)
        self.running = Tree()
        self.blank()

    # -- the hardware --------------------------------------------------------------------------

    @property
    def modern(self) -> bool:
        """IOS XE 16 and later."""
        return int(self.version.split(".")[0]) >= 16

    @property
    def serial(self) -> str:
        """The board's serial number, or the one that a fault shows."""
        return self.faults.serial or self._serial

    @property
    def flash(self) -> str:
        """The name of the first file system."""
        return "bootflash:" if self.modern else "flash0:"

    def mac(self, port: str) -> str:
        """The burned-in address, ``aabb.cc00.0100``."""
        digest = hashlib.sha256(self._serial.encode()).digest()
        place = self.ports.index(port) if port in self.ports else len(self.ports)
        last = (int.from_bytes(digest[:3], "big") + place) & 0xFFFFFF
        text = (b"\x00\x1e\xbd" + last.to_bytes(3, "big")).hex()
        return ".".join(text[n : n + 4] for n in (0, 4, 8))

    def blank(self) -> None:
        """The configuration of a device that nobody configured."""
        self.running.root = self.factory().root
        self.snmp_users.clear()

    def factory(self, *, bare: bool = False) -> Tree:
        """What a configuration is built from: the hardware's lines and the defaults shown.

        ``bare``: what a configuration file is read into; ports are not shut down there, and what
        a file does not say is not set.
        """
        from sekayu_net.lab.ios.editor import replay

        tree = Tree()
        text = ["hostname Router", "no service password-encryption", "no aaa new-model",
                "ip cef", "no ipv6 cef", "ip forward-protocol nd", "redundancy",
                "no ip http server", "no ip http secure-server", "control-plane",
                "line con 0", "line aux 0", "line vty 0 4"]  # fmt: skip
        text += [] if bare else ["login", "transport input none"]
        for port in self.ports:
            text += [f"interface {port}"]
            if not bare:
                text += ["shutdown"]
                text += ["negotiation auto"] if self.modern else ["duplex auto", "speed auto"]
        replay(self, tree, text)
        return tree

    # -- looking -------------------------------------------------------------------------------

    @property
    def hostname(self) -> str:
        """The name that it calls itself."""
        return self.running.value("hostname", "Router")

    @property
    def uptime(self) -> float:
        """Seconds since it booted."""
        return self.timers.now() - self._booted

    def running_text(self) -> str:
        """The running configuration as a file holds it (from ``version`` to ``end``)."""
        lines = ["!", *self._stamps(), "!", f"version {self.short_version}"]
        lines += [*self.running.lines(), "end", ""]
        return "\n".join(lines)

    @property
    def short_version(self) -> str:
        """``15.7``, ``17.6``: what ``version`` says in a configuration."""
        return ".".join(self.version.split("(")[0].split(".")[:2])

    def _stamps(self) -> list[str]:
        stamps = []
        if self.last_change is not None:
            when, who = self.last_change
            by = f" by {who}" if who else ""
            stamps.append(f"! Last configuration change at {stamp(when)}{by}")
        if self.last_saved is not None:
            when, who = self.last_saved
            by = f" by {who}" if who else ""
            stamps.append(f"! NVRAM config last updated at {stamp(when)}{by}")
        return stamps

    def time(self) -> str:
        """``show clock``'s line without the mark of a clock that nobody set."""
        now = self.clock.now()
        millis = f"{now.microsecond // 1000:03d}"
        return f"{now:%H:%M:%S}.{millis} {self.zone_name} {now:%a %b} {now.day} {now:%Y}"

    @property
    def zone_name(self) -> str:
        """The name that the configuration gives the time zone."""
        words = self.running.value("clock timezone").split()
        return words[0] if words else "UTC"

    def _zone(self) -> str:
        words = self.running.value("clock timezone").split() if hasattr(self, "running") else []
        hours = int(words[1]) if len(words) > 1 and words[1].lstrip("-").isdigit() else 0
        return f"Etc/GMT{-hours:+d}" if hours else "UTC"

    # -- users ---------------------------------------------------------------------------------

    def user(self, name: str) -> dict[str, str] | None:
        """A local user: ``privilege`` and, where set, ``form`` and ``kept``; None for no one."""
        line = self.running.get(f"username {name}")
        return None if line is None else user_fields(line.text)

    def check_password(self, name: str, password: str) -> bool:
        """Whether a local user has this password."""
        user = self.user(name)
        return (
            user is not None
            and "kept" in user
            and passwords.matches(password, user["form"], user["kept"])
        )

    def check_enable(self, password: str) -> bool | None:
        """Whether this is the enable secret (or password); None when none is configured."""
        line = self.running.get("enable secret") or self.running.get("enable password")
        if line is None:
            return None
        words = line.text.split()[2:]
        form, kept = (words[0], words[1]) if len(words) > 1 else ("0", words[0])
        return passwords.matches(password, form, kept)

    # -- changing ------------------------------------------------------------------------------

    def edited(self, who: str) -> None:
        """The configuration may be another now."""
        self.last_change = (self.clock.now(), who)
        self._watch_ntp()
        self.changed()

    def before_statement(self, text: str) -> None:
        """Faults of the middle of a change; ``StoppedError`` when the power went."""
        self.at_statement(text)
        faults = self.faults
        if faults.power_off_at_statement is not None:
            faults.power_off_at_statement -= 1
            if faults.power_off_at_statement <= 0:
                faults.power_off_at_statement = None
                self.power_off()
        if faults.reboot_at_statement is not None:
            faults.reboot_at_statement -= 1
            if faults.reboot_at_statement <= 0:
                faults.reboot_at_statement = None
                self.reboot()
        if not self.up:
            raise StoppedError(text)

    @property
    def unsaved(self) -> bool:
        """Whether the running configuration is another than the one saved."""
        return _plain(self.running_text()) != _plain(self.startup)

    @property
    def reload_scheduled(self) -> float | None:
        """Seconds until a scheduled reload."""
        return None if self._reload_due is None else self._reload_due - self.timers.now()

    def save(self, who: str) -> None:
        """Running to startup configuration."""
        self.last_saved = (self.clock.now(), who)
        self.startup = self.running_text()
        if self.running.get("archive") is not None:
            archive = self.running.get("archive")
            if archive is not None and archive.has("write-memory"):
                self.rollback.archive()

    def import_script(self, text: str) -> None:
        """Configure and save; ``LabError`` with the device's words at a line that it refuses."""
        from sekayu_net.lab.ios.editor import replay

        errors = replay(self, self.running, text.splitlines())
        if errors:
            raise LabError(f"{self.name} refuses {errors[0][0]!r}: {errors[0][1].strip()}")
        self.edited("")
        self.save("")

    def interfere(self, command: str) -> None:
        """Another administrator configures lines, apart by ``;``."""
        from sekayu_net.lab.ios.editor import replay

        replay(self, self.running, [part.strip() for part in command.split(";")])
        self.edited("other")

    # -- power ---------------------------------------------------------------------------------

    def reboot(self) -> None:
        """Down now, up after ``boot_seconds`` with the startup configuration."""
        for connection in list(self.connections):
            connection.drop()
        self.power_off()
        self.power_on()

    def reload_in(self, seconds: float | None) -> None:
        """Schedule a reload; None takes it back."""
        if self._reload_handle is not None:
            self._reload_handle.cancel()
        self._reload_handle = self._reload_due = None
        if seconds is not None:
            self._reload_due = self.timers.now() + seconds
            self._reload_handle = self.timers.call_later(seconds, self.reboot)

    def power_off(self) -> None:
        """Dark at once: what was not saved is gone, timers with it."""
        self.up = False
        self.rollback.lose()
        for handle in (self._boot_handle, self._ntp_handle, self._reload_handle):
            if handle is not None:
                handle.cancel()
        self._boot_handle = self._ntp_handle = self._reload_handle = self._reload_due = None
        self.changed()

    def power_on(self) -> None:
        """Booting; up after ``boot_seconds``."""
        if self.up or self._boot_handle is not None:
            return
        self._boot_handle = self.timers.call_later(self.boot_seconds, self._boot)

    def _boot(self) -> None:
        from sekayu_net.lab.ios.editor import replay

        self._boot_handle = None
        for connection in list(self.connections):
            connection.drop()
        self.running.root = self.factory(bare=bool(self.startup)).root
        replay(self, self.running, self.startup.splitlines())
        self.up = True
        self.last_change = None
        self._booted = self.timers.now()
        self.clock.synchronised = False
        self.log.clear()
        self.log.add(("SYS", "5"), "%SYS-5-RESTART: System restarted --")
        self._watch_ntp()
        self.changed()

    # -- time ----------------------------------------------------------------------------------

    def _watch_ntp(self) -> None:
        if self._ntp_handle is None and self.up and self.running.all("ntp server"):
            self._ntp_handle = self.timers.call_later(_NTP_ANSWER, self._ask_ntp)

    def _ask_ntp(self) -> None:
        self._ntp_handle = None
        servers = [line.text.split()[2] for line in self.running.all("ntp server")]
        if any(self.surroundings.ping(self, server) for server in servers):
            self.clock.synchronise()
        elif servers:
            self._ntp_handle = self.timers.call_later(_NTP_RETRY, self._ask_ntp)

    # -- what the lab's network asks -----------------------------------------------------------

    def items(self, menu: str) -> Sequence[Any]:  # noqa: ARG002 - a menu of another platform
        """No menus here."""
        return ()

    def settings(self, menu: str) -> Mapping[str, str]:
        """The name, for whoever asks for an identity."""
        return {"name": self.hostname} if menu == "/system identity" else {}

    def compiled(self) -> Node:
        """The device as the network moves packets through it."""
        from sekayu_net.lab.ios.node import compile_ios

        return compile_ios(self)

    @property
    def nvram_bytes(self) -> int:
        """Room for the startup configuration."""
        return _NVRAM


def stamp(when: datetime) -> str:
    """``11:54:34 UTC Thu Aug 29 2024``."""
    zone = when.tzname() or "UTC"
    return f"{when:%H:%M:%S} {zone} {when:%a %b} {when.day} {when:%Y}"


def _plain(text: str) -> list[str]:
    """A configuration without its time stamps."""
    return [line for line in text.splitlines() if not line.startswith("!")]


def user_fields(text: str) -> dict[str, str]:
    """The parts of a ``username`` line: ``privilege``, ``form`` and ``kept``, ``rest``."""
    words = text.split()[2:]
    found = {"privilege": "1"}
    position = 0
    while position < len(words):
        word = words[position]
        if word == "privilege" and position + 1 < len(words):
            found["privilege"] = words[position + 1]
            position += 2
        elif word in ("secret", "password") and position + 1 < len(words):
            rest = words[position + 1 :]
            form, kept = (rest[0], rest[1]) if len(rest) > 1 else ("0", rest[0])
            found |= {"form": form, "kept": kept, "verb": word}
            break
        else:
            position += 1
    return found


__all__ = ["Connection", "DiskFullError", "IosDevice", "Line", "StoppedError", "stamp"]
