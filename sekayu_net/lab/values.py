"""What a property's value may be, and the one form in which the device keeps it.

Kinds (the words of ``data/values.yaml``): ``bool``, ``flag`` (bare or yes/no), ``int MIN..MAX``,
``time [MIN..MAX] [or WORD|…]``, ``ip``, ``mac``, ``key`` (32 bytes in base64), ``prefix``,
``interface-address``, ``prefixes``, ``addresses``, ``ports``, ``vlans``, ``names``, ``zone``,
``enum A|B``, ``set A|B``, ``text [MAXLENGTH]``.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_TIME = re.compile(
    r"(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+):(\d+)(?::(\d+)(?:\.(\d+))?)?)?"
    r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?"
)


class ValueRefusedError(ValueError):
    """The console's words for a value that it does not take."""


def parse_time(text: str) -> float | None:
    """``1d2h``, ``00:05:00``, ``1w3d00:00:00``, ``300``, ``100ms`` in seconds; None for others."""
    if text.isdigit():
        return float(text)
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    week, day, hour, minute, second, fraction, h, m, s, ms, us = match.groups()
    total = int(week or 0) * 604800 + int(day or 0) * 86400
    total += int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
    total += int(h or 0) * 3600 + int(m or 0) * 60 + int(s or 0)
    return total + float(f"0.{fraction or 0}") + int(ms or 0) / 1000 + int(us or 0) / 1e6


def format_time(seconds: float) -> str:
    """As an export writes it: ``1d2h``, ``31s250ms``, ``0s``."""
    millis = round(seconds * 1000)
    whole, millis = divmod(millis, 1000)
    parts = []
    for unit, size in _UNITS:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    if millis:
        parts.append(f"{millis}ms")
    return "".join(parts) or "0s"


def format_clock_time(seconds: float) -> str:
    """As ``:put`` and ``as-value`` write it: ``00:00:15``, ``1w00:00:00``, ``00:00:00.100``."""
    millis = round(abs(seconds) * 1000)
    whole, millis = divmod(millis, 1000)
    weeks, whole = divmod(whole, 604800)
    days, whole = divmod(whole, 86400)
    hours, whole = divmod(whole, 3600)
    text = f"{hours:02}:{whole // 60:02}:{whole % 60:02}"
    if millis:
        text += f".{millis:03}"
    text = f"{days}d{text}" if days else text
    return f"{'-' if seconds < 0 else ''}{f'{weeks}w' if weeks else ''}{text}"


def _argument(name: str) -> ValueRefusedError:
    return ValueRefusedError(f"invalid value for argument {name}")


def _choice(name: str) -> ValueRefusedError:
    return ValueRefusedError(f"input does not match any value of {name}")


def _bool(text: str, _: str, name: str) -> str:
    if text in ("yes", "true"):
        return "yes"
    if text in ("no", "false"):
        return "no"
    raise _choice(name)


def _bounds(detail: str) -> tuple[str, str] | None:
    match = re.match(r"(\S+?)\.\.(\S+)", detail)
    return (match[1], match[2]) if match else None


def _int(text: str, detail: str, name: str) -> str:
    try:
        number = int(text, 0) if text.lower().startswith("0x") else int(text)
    except ValueError:
        if re.match(r"\d", text):
            raise ValueRefusedError(
                f"value of {name} contains invalid trailing characters"
            ) from None
        raise _argument(name) from None
    bounds = _bounds(detail)
    if bounds and not int(bounds[0]) <= number <= int(bounds[1]):
        raise ValueRefusedError(f"value of {name} out of range ({bounds[0]}..{bounds[1]})")
    return str(number)


def _time(text: str, detail: str, name: str) -> str:
    span, _, words = detail.partition("or ")
    if words and text in words.split("|"):
        return text
    seconds = parse_time(text)
    if seconds is None:
        raise _argument(name)
    bounds = _bounds(span)
    if bounds:
        low, high = parse_time(bounds[0]), parse_time(bounds[1])
        if low is not None and high is not None and not low <= seconds <= high:
            raise ValueRefusedError(f"value of {name} out of range ({bounds[0]}..{bounds[1]})")
    return format_time(seconds)


def _ip(text: str, _: str, name: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise _argument(name) from None


def _mac(text: str, _: str, name: str) -> str:
    digits = re.sub(r"[:.-]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]{12}", digits):
        raise _argument(name)
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def _key(text: str, _: str, name: str) -> str:
    if text in ("none", "auto"):
        return text
    try:
        if len(base64.b64decode(text, validate=True)) == 32:
            return text
    except (binascii.Error, ValueError):
        pass
    raise _argument(name)


def _prefix(text: str, _: str, name: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise _argument(name) from None


def _interface_address(text: str, _: str, name: str) -> str:
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError:
        raise _argument(name) from None


def _each(one: Callable[[str, str, str], str]) -> Callable[[str, str, str], str]:
    def every(text: str, detail: str, name: str) -> str:
        return ",".join(one(part, detail, name) for part in text.split(",")) if text else ""

    return every


def _port(text: str, _: str, name: str) -> str:
    if not re.fullmatch(r"!?\d+(-\d+)?", text):
        raise _argument(name)
    if any(int(part) > 65535 for part in text.lstrip("!").split("-")):
        raise ValueRefusedError(f"value of {name} out of range (0..65535)")
    return text


def _vlan(text: str, _: str, name: str) -> str:
    if not re.fullmatch(r"\d+(-\d+)?", text) or any(
        not 1 <= int(part) <= 4094 for part in text.split("-")
    ):
        raise ValueRefusedError(f"value of {name} out of range (1..4094)")
    return text


def _enum(text: str, detail: str, name: str) -> str:
    negated, word = text.startswith("!"), text.removeprefix("!")
    words = detail.split("|")
    if word in words or word.partition(":")[0] in words or word.isdigit():
        return text
    matches = [w for w in words if w.startswith(word)] if word else []
    if len(matches) == 1:
        return f"{'!' if negated else ''}{matches[0]}"
    if len(matches) > 1:
        raise ValueRefusedError(
            f"ambiguous value of {name}, more than one possible value matches input"
        )
    raise _choice(name)


def _set(text: str, detail: str, name: str) -> str:
    if not text:
        return ""
    words = set(detail.split("|"))
    for part in text.removeprefix("!").split(","):
        word = part.removeprefix("!")
        if word not in words and word.split(":")[0] not in words:
            raise _choice(name)
    return text


def _text(text: str, detail: str, name: str) -> str:
    if detail.isdigit() and len(text) > int(detail):
        raise ValueRefusedError(f"value of {name} should not be longer than {detail}")
    return text


def _names(text: str, _: str, name: str) -> str:  # noqa: ARG001 - one signature for all kinds
    return ",".join(part.strip() for part in text.split(","))


_KINDS: dict[str, Callable[[str, str, str], str]] = {
    "bool": _bool,
    "flag": _bool,
    "int": _int,
    "time": _time,
    "ip": _ip,
    "mac": _mac,
    "key": _key,
    "prefix": _prefix,
    "interface-address": _interface_address,
    "prefixes": _each(_prefix),
    "addresses": _each(_ip),
    "ports": _each(_port),
    "vlans": _each(_vlan),
    "names": _names,
    "zone": _text,
    "enum": _enum,
    "set": _set,
    "text": _text,
}
#: An empty text clears these or stands for nothing; the others refuse it.
_EMPTY_ALLOWED = frozenset({"text", "names", "set", "prefixes", "addresses", "time", "ip", "key"})


def normalise(kind: str, text: str, name: str) -> str:
    """The stored form of ``text`` for property ``name``.

    ``ValueRefusedError`` with the console's words.
    """
    word, _, detail = kind.partition(" ")
    if text == "":
        if word in _EMPTY_ALLOWED or word in ("ports", "prefix", "mac"):
            return ""
        if word == "enum":
            raise ValueRefusedError(
                f"ambiguous value of {name}, more than one possible value matches input"
            )
    return _KINDS[word](text, detail, name)
