"""What an IOS device says of itself: version, serial number, configuration, and what that hides.

Every function asks over an open session and changes nothing. What is pending is ``pending``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sekayu_net.errors import GarbledError, IdentityError
from sekayu_net.platforms.base import Event, Reading, Target
from sekayu_net.platforms.ios import record
from sekayu_net.platforms.ios.session import Session

#: Seconds for a whole configuration: slow routers build it line by line.
_CONFIG_TIMEOUT = 60.0
_CONFIG_I = re.compile(
    r"^\W*(?:\d+: )*\W*(?P<time>\S.*?): %SYS-5-CONFIG_I: Configured from (?P<from>.*?)"
    r"(?: by (?P<user>\S+))?(?: on (?P<line>\S+)(?: \((?P<source>[^)]*)\))?)?\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Who a device says it is; ``uptime`` in its own words."""

    serial: str
    model: str
    version: str
    uptime: str


def facts(session: Session, *, stage: str) -> Facts:
    """From ``show version``. ``GarbledError`` for an answer of another platform."""
    text = session.ask("show version", stage=stage)
    version = re.search(
        r"^(?:Cisco IOS Software|IOS \(tm\)).*?Version ([^,\s]+)", text, re.MULTILINE
    )
    serial = re.search(r"^Processor board ID (\S+)", text, re.MULTILINE)
    model = re.search(r"^[Cc]isco (\S+) .*(?:processor|with) .*bytes of memory", text, re.MULTILINE)
    uptime = re.search(r" uptime is (.*)$", text, re.MULTILINE)
    if version is None or serial is None or model is None:
        raise GarbledError(
            "what it says of its version is not IOS's",
            host=session.host,
            stage=stage,
            hint="is it the platform that the inventory says?",
        )
    return Facts(serial[1], model[1], version[1], uptime[1].strip() if uptime else "")


def check_identity(found: Facts, target: Target) -> None:
    """``IdentityError`` unless serial, model and version are the target's."""
    for what, wanted, is_ in (
        ("serial number", target.serial, found.serial),
        ("model", target.model, found.model),
        ("version", target.version, found.version),
    ):
        if wanted and wanted != is_:
            raise IdentityError(
                f"the inventory says {what} {wanted}, the device says {is_ or 'nothing'}",
                host=target.host,
                stage="identity",
                hint="correct the inventory, or find out which device this is",
            )


def running(session: Session, *, stage: str = "read") -> str:
    """The running configuration. ``GarbledError`` when it is not whole."""
    return _whole(session, "show running-config", stage)


def startup(session: Session, *, stage: str = "read") -> str:
    """The configuration that it boots with; empty when there is none."""
    text = session.ask("show startup-config", stage=stage, timeout=_CONFIG_TIMEOUT)
    return "" if "is not present" in text[:200] else text


def _whole(session: Session, command: str, stage: str) -> str:
    text = session.ask(command, stage=stage, timeout=_CONFIG_TIMEOUT)
    if not re.search(r"^end\s*$", text, re.MULTILINE):
        raise GarbledError(
            "its configuration has no end: the answer is cut",
            host=session.host,
            stage=stage,
            hint="try again; a session of few lines a minute loses text",
        )
    return text


def read(session: Session, known: Facts) -> Reading:
    """Everything that the device says of itself."""
    config = running(session)
    name = re.search(r"^hostname (\S+)", config, re.MULTILINE)
    log = session.ask("show logging", stage="read", timeout=_CONFIG_TIMEOUT)
    return Reading(
        config=config,
        identity=name[1] if name else "",
        serial=known.serial,
        model=known.model,
        version=known.version,
        beyond=beyond(session),
        history=tuple(words(event) for event in events_in(log)),
        confirmed=record.found(config),
    )


def beyond(session: Session) -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """What the configuration never shows: files, SNMP version 3 users, parts.

    No secret but the users' names, which ``Ios.sealed`` takes out.
    """
    files = session.ask("dir", stage="read")
    users = session.ask("show snmp user", stage="read")
    parts = session.ask("show inventory", stage="read")
    return {
        "file": tuple(_files(files)),
        "inventory": tuple(_parts(parts)),
        "snmp user": tuple(_snmp_users(users)),
    }


def _files(text: str) -> Iterator[Mapping[str, str]]:
    for match in re.finditer(r"^\s*\d+\s+([-drwx]{4})\s+(\d+)\s+.*\s(\S+)\s*$", text, re.MULTILINE):
        # What moves by itself, or is the tool's, tells nothing.
        if not match[1].startswith("d") and not _MOVING.search(match[3]):
            yield {"name": match[3], "size": match[2]}


#: Archived configurations, the tool's files, and what IOS XE writes of itself.
_MOVING = re.compile(
    r"^sekayu-|^(arsip|archive)|-\d\d-\d\d-\d\d|\.prst|^tracelogs|\.log$|^(nvram|vlan\.dat|underlying)"
)


def _parts(text: str) -> Iterator[Mapping[str, str]]:
    pattern = r'NAME: "([^"]*)".*\n\s*PID: ([^,]*?)\s*,.*SN: ?(\S*)'
    for match in re.finditer(pattern, text):
        yield {"name": match[1], "part": match[2], "serial": match[3]}


def _snmp_users(text: str) -> Iterator[Mapping[str, str]]:
    for block in re.split(r"(?m)^User name: ", text)[1:]:
        fields = dict(re.findall(r"^(\S[^:\n]*): (.*)$", block, re.MULTILINE))
        yield {
            "name": block.split()[0],
            "group": fields.get("Group-name", "").strip(),
            "authentication": fields.get("Authentication Protocol", "").strip(),
            "privacy": fields.get("Privacy Protocol", "").strip(),
        }


def events_in(log: str) -> list[Event]:
    """Who configured the device, newest first, from its log."""
    found = [
        Event(
            time=match["time"].lstrip("*. "),
            who=" ".join(part for part in (match["user"], match["source"]) if part)
            or match["from"],
            user=match["user"] or "",
            action="configured",
        )
        for match in _CONFIG_I.finditer(log)
    ]
    return found[::-1]


def words(event: Event) -> str:
    """An event in one line."""
    return f"{event.time} {event.action} by {event.who}"
