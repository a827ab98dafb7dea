"""Faults on demand: what can go wrong with a device or its link, by name.

Each kind is one row of ``KINDS``. Names that nothing has are refused with near ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import asyncssh

from sekayu_net.errors import LabError
from sekayu_net.lab.flapping import Flapping

if TYPE_CHECKING:
    from sekayu_net.lab.district import LabDistrict

#: Stands for every kind, where faults are taken back.
EVERY = "all"
#: The longest jump of a clock, in seconds: ten years.
_LONGEST_JUMP = 10 * 366 * 86400

Apply = Callable[["LabDistrict", str, Any], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. ``value`` names what it takes, ``default`` stands for a missing one.

    ``clear`` is None for what can't be taken back (a reboot).
    """

    summary: str
    apply: Apply
    clear: Apply | None = None
    value: str = ""
    default: float | int | str | None = None
    parse: Callable[[str], Any] = str


def set_fault(
    lab: LabDistrict, host: str, kind: str, value: str | None = None, *, clear: bool = False
) -> None:
    """Set a fault or take it back; ``all`` can be taken back together.

    ``LabError`` for unknown names and unfit values.
    """
    _known(host, lab.devices, "device")
    if kind == EVERY and clear:
        for each in KINDS.values():
            if each.clear is not None:
                each.clear(lab, host, None)
        return
    _known(kind, KINDS, "kind of fault")
    fault = KINDS[kind]
    if kind in getattr(lab.devices[host], "immune", ()):
        raise LabError(f"{host} has nothing that {kind} could touch", hint=fault.summary)
    if clear:
        if fault.clear is None:
            raise LabError(f"{kind} can't be taken back", hint=f"it is over: {fault.summary}")
        fault.clear(lab, host, None)
        return
    if value is not None and not fault.value:
        raise LabError(f"{kind} takes no value", hint=f"sekayu-net lab fault {host} {kind}")
    given: Any = fault.default
    if value is not None:
        try:
            given = fault.parse(value)
        except ValueError:
            raise LabError(
                f"{kind} does not take {value!r}", hint=f"it takes {fault.value}"
            ) from None
    if given is None and fault.value:
        raise LabError(
            f"{kind} needs a value",
            hint=f"sekayu-net lab fault {host} {kind} {fault.value}",
        )
    fault.apply(lab, host, given)


def near(name: str, names: Iterable[str]) -> str:
    """A hint with names close to one that is unknown, else all of them (at most ten)."""
    known = list(names)
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = " …" if len(known) > 10 else ""
    return f"there are: {', '.join(known[:10])}{more}"


def _known(name: str, names: Iterable[str], what: str) -> None:
    known = list(names)
    if name not in known:
        raise LabError(f"the lab has no {what} {name!r}", hint=near(name, known))


def _field(field: str, off: object) -> tuple[Apply, Apply]:
    """Set and reset one field of a device's ``Faults``."""

    def apply(lab: LabDistrict, host: str, value: Any) -> None:
        setattr(lab.devices[host].faults, field, True if value is None else value)

    def clear(lab: LabDistrict, host: str, _value: Any) -> None:
        setattr(lab.devices[host].faults, field, off)

    return apply, clear


def _link(lab: LabDistrict, host: str, *, up: bool) -> None:
    _steady(lab, host, None)
    lab.network.set_link(host, up=up)


def _flap(lab: LabDistrict, host: str, period: float) -> None:
    _steady(lab, host, None)
    lab.flapping[host] = Flapping(
        lab.devices[host].timers, period, lambda up: lab.network.set_link(host, up=up)
    )


def _steady(lab: LabDistrict, host: str, _value: Any) -> None:
    flapping = lab.flapping.pop(host, None)
    if flapping is not None:
        flapping.stop()


def _jump(lab: LabDistrict, host: str, seconds: float) -> None:
    lab.devices[host].clock.jump(seconds)


def _true_time(lab: LabDistrict, host: str, _value: Any) -> None:
    clock = lab.devices[host].clock
    if clock.offset:
        clock.jump(-clock.offset)


def _other_admin(lab: LabDistrict, host: str, value: tuple[int, str]) -> None:
    after, statement = value
    device = lab.devices[host]
    start = getattr(device, "statement_start", "/")
    if not statement.startswith(start):
        raise LabError(
            f"other-admin does not take {statement!r}",
            hint=f"it takes [N:]STATEMENT, which begins with {start}",
        )
    if after:
        device.faults.interference[after] = statement
    else:
        device.interfere(statement)


def _no_admin(lab: LabDistrict, host: str, _value: Any) -> None:
    lab.devices[host].faults.interference.clear()


def _power_off(lab: LabDistrict, host: str, _value: Any) -> None:
    lab.devices[host].power_off()


def _power_on(lab: LabDistrict, host: str, _value: Any) -> None:
    lab.devices[host].power_on()


def _reboot(lab: LabDistrict, host: str, _value: Any) -> None:
    lab.devices[host].reboot()


def _other_key(lab: LabDistrict, host: str, _value: Any) -> None:
    lab.devices[host].faults.host_key = asyncssh.generate_private_key("ssh-ed25519")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise ValueError(text)
    return value


def _period(text: str) -> float:
    value = _seconds(text)
    if value < 0.1:
        raise ValueError(text)
    return value


def _jump_seconds(text: str) -> float:
    value = float(text)
    if not -_LONGEST_JUMP <= value <= _LONGEST_JUMP:
        raise ValueError(text)
    return value


def _statement(text: str) -> tuple[int, str]:
    """``/system note set note=x`` for now, ``2:/system note …`` for after two of an import."""
    number, colon, rest = text.partition(":")
    if not (colon and number.isdigit()):
        number, rest = "0", text
    if not rest.strip():
        raise ValueError(text)
    return int(number), rest.strip()


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _percent(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return value


KINDS = {
    "link-down": Kind(
        "cut the link that the device hangs on",
        lambda lab, host, _: _link(lab, host, up=False),
        lambda lab, host, _: _link(lab, host, up=True),
    ),
    "flapping": Kind(
        "let that link come and go, half a period each",
        _flap,
        _steady,
        value="SECONDS",
        default=2.0,
        parse=_period,
    ),
    "link-up": Kind("mend that link", lambda lab, host, _: _link(lab, host, up=True)),
    "power-off": Kind("take its power", _power_off, _power_on),
    "power-on": Kind("give its power back", _power_on),
    "reboot": Kind("reboot it once", _reboot),
    "latency": Kind(
        "delay every packet, each way",
        *_field("latency", 0.0),
        value="SECONDS",
        default=0.3,
        parse=_seconds,
    ),
    "bandwidth": Kind(
        "carry no more than so many bytes a second, each way",
        *_field("bandwidth", None),
        value="BYTES",
        default=2000,
        parse=_count,
    ),
    "slow-statements": Kind(
        "take so long for each statement",
        *_field("slow_statement", 0.0),
        value="SECONDS",
        default=0.5,
        parse=_seconds,
    ),
    "slow": Kind(
        "think before each answer",
        *_field("slow", 0.0),
        value="SECONDS",
        default=2.0,
        parse=_seconds,
    ),
    "garbage": Kind("answer noise", *_field("garbage", off=False)),
    "session-loss": Kind(
        "lose the session after so many bytes that it sends",
        *_field("session_loss_after", None),
        value="BYTES",
        default=1000,
        parse=_count,
    ),
    "upload-loss": Kind(
        "lose the session after so many bytes that it is sent",
        *_field("upload_loss_after", None),
        value="BYTES",
        default=3000,
        parse=_count,
    ),
    "turn-away": Kind(
        "turn the next connections away before the login, as a busy server does",
        *_field("turn_away", 0),
        value="COUNT",
        default=1,
        parse=_count,
    ),
    "power-off-at-statement": Kind(
        "lose its power in the middle of an import",
        *_field("power_off_at_statement", None),
        value="STATEMENT",
        default=2,
        parse=_count,
    ),
    "reboot-at-statement": Kind(
        "reboot in the middle of an import",
        *_field("reboot_at_statement", None),
        value="STATEMENT",
        default=2,
        parse=_count,
    ),
    "flash-full": Kind("have no room for files", *_field("flash_full", off=False)),
    "scheduler-forbidden": Kind(
        "forbid the scheduler (device-mode)", *_field("scheduler_forbidden", off=False)
    ),
    "flagged": Kind(
        "be flagged: refuse new scheduler entries (device-mode)", *_field("flagged", off=False)
    ),
    "clock-jump": Kind(
        "move its clock, from now on",
        _jump,
        _true_time,
        value="SECONDS",
        default=-3600.0,
        parse=_jump_seconds,
    ),
    "other-admin": Kind(
        "let someone else give a command, now or after N statements of the next import",
        _other_admin,
        _no_admin,
        value="[N:]STATEMENT",
        parse=_statement,
    ),
    "host-key": Kind("present another host key", _other_key, _field("host_key", None)[1]),
    "serial": Kind(
        "show another serial number",
        *_field("serial", None),
        value="SERIAL",
        default="HEX00000000",
    ),
    "cpu": Kind(
        "be as busy as that",
        *_field("cpu_load", None),
        value="PERCENT",
        default=100,
        parse=_percent,
    ),
    "memory": Kind(
        "have so much of its memory in use",
        *_field("memory_used", None),
        value="PERCENT",
        default=99,
        parse=_percent,
    ),
    "pools": Kind(
        "have given away so much of each address pool",
        *_field("pools_used", None),
        value="PERCENT",
        default=100,
        parse=_percent,
    ),
    "no-time": Kind("hear no time server", *_field("no_time", off=False)),
    "radios-off": Kind("keep its radios off the air", *_field("radios_off", off=False)),
    "reject": Kind(
        "refuse statements that hold a text", *_field("reject_statement", None), value="TEXT"
    ),
}
