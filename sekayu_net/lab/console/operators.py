"""What operators make of values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from sekayu_net.lab.console.errors import ConsoleError
from sekayu_net.lab.console.values import Prefix, Time, Value, to_bool, to_number, to_text


def equal(left: Value, right: Value) -> bool:
    """``=``: numbers as numbers, yes and true alike, anything else as text."""
    if isinstance(right, Prefix) and not isinstance(left, Prefix):
        # Unquoted prefixes in a `where` match nothing: properties are text.
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return to_bool(left) is not None and to_bool(left) == to_bool(right)
    if isinstance(left, Time) or isinstance(right, Time):
        left_seconds = left.seconds if isinstance(left, Time) else to_number(left)
        right_seconds = right.seconds if isinstance(right, Time) else to_number(right)
        return left_seconds == right_seconds
    if isinstance(left, (list, dict)) != isinstance(right, (list, dict)):
        left, right = _comma(left), _comma(right)
    a, b = to_text(left), to_text(right)
    # An address and the prefix of it alone are one value.
    return a == b or (a.removesuffix("/32") == b.removesuffix("/32") and "." in a)


def _comma(value: Value) -> str:
    return to_text(value).replace(";", ",")


def matches(left: Value, right: Value) -> bool:
    """``~``: an extended regular expression, anywhere in the text."""
    pattern = to_text(right)
    try:
        return re.search(pattern, to_text(left)) is not None
    except re.error:
        raise ConsoleError("invalid regular expression") from None


def _less(left: Value, right: Value) -> bool:
    if isinstance(left, Time) and isinstance(right, Time):
        return left.seconds < right.seconds
    a, b = to_number(left), to_number(right)
    if a is not None and b is not None:
        return a < b
    return to_text(left) < to_text(right)


def _number(value: Value) -> int:
    number = to_number(value)
    if number is None:
        raise ConsoleError("cannot convert to number")
    return number


def _arithmetic(function: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, Time) or isinstance(right, Time):
            a = left.seconds if isinstance(left, Time) else _number(left)
            b = right.seconds if isinstance(right, Time) else _number(right)
            return Time(function(a, b))  # type: ignore[arg-type]
        return function(_number(left), _number(right))

    return apply


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ConsoleError("division by zero")
    return int(left / right)


def _modulo(left: int, right: int) -> int:
    if right == 0:
        raise ConsoleError("division by zero")
    return left % right


def _concat_text(left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [f"{to_text(part)}{to_text(right)}" for part in left]
    if isinstance(right, list):
        return [f"{to_text(left)}{to_text(part)}" for part in right]
    return to_text(left) + to_text(right)


def _concat(left: Value, right: Value) -> Value:
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}

    def parts(value: Value) -> list[Value]:
        return value if isinstance(value, list) else [] if value is None else [value]

    return [*parts(left), *parts(right)]


def _contains(left: Value, right: Value) -> bool:
    if isinstance(right, (list, dict)):
        return any(equal(left, part) for part in right)
    return to_text(left) in to_text(right)


def index(value: Value, key: Value) -> Value:
    """``value->key``; None without it."""
    if isinstance(value, dict):
        return value.get(to_text(key))
    number = to_number(key)
    if isinstance(value, list) and number is not None and 0 <= number < len(value):
        return value[number]
    return None


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "~": matches,
    "<": _less,
    ">": lambda left, right: _less(right, left),
    "<=": lambda left, right: not _less(right, left),
    ">=": lambda left, right: not _less(left, right),
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_modulo),
    "|": _arithmetic(operator.or_),
    "&": _arithmetic(operator.and_),
    "^": _arithmetic(operator.xor),
    "<<": _arithmetic(operator.lshift),
    ">>": _arithmetic(operator.rshift),
    ".": _concat_text,
    ",": _concat,
    "in": _contains,
    "->": index,
}


def negate(sign: str, value: Value) -> Value:
    """``!x``, ``-x``, ``~x``."""
    if sign == "!":
        truth = to_bool(value)
        if truth is None:
            return value is None or value == "" or value == []
        return not truth
    if isinstance(value, Time):
        return Time(-value.seconds)
    return -_number(value) if sign == "-" else ~_number(value)
