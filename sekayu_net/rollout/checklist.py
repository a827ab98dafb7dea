"""How a check is named: in a playbook (YAML), and in plan and journal (one line).

``ospf`` and ``cpu: {max: 90}`` in a playbook are the lines ``ospf`` and ``cpu max=90``. The line is
what a plan's id is made of, so a threshold can't change unseen. What checks there are, and which
thresholds each takes, is ``checks``' business. Here too: how the record names checks that failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PAIR = re.compile(r'\s+([a-z][a-z0-9_]*)=("(?:[^"\\]|\\.)*"|[^\s"]+)')


@dataclass(frozen=True, slots=True)
class Called:
    """A check by its name, with the values that were given for its thresholds."""

    name: str
    values: Mapping[str, Scalar] = field(default_factory=dict)

    def __str__(self) -> str:
        """The line, in one form: names ascending, values as JSON."""
        pairs = (f"{key}={json.dumps(self.values[key])}" for key in sorted(self.values))
        return " ".join((self.name, *pairs))


def from_line(line: str) -> Called:
    """The check that a line names. ``ValueError`` for another text."""
    name, _, _ = line.partition(" ")
    rest = line[len(name) :]
    pairs = _PAIR.findall(rest)
    if not _NAME.fullmatch(name) or _PAIR.sub("", rest).strip():
        raise ValueError(f"{line!r} names no check")
    return Called(name, {key: _scalar(json.loads(value), key) for key, value in pairs})


def from_yaml(entry: object) -> Called:
    """The check that an entry of a playbook names: a word, or one word with its thresholds.

    ``ValueError`` says what is wrong with it.
    """
    if isinstance(entry, str):
        name, values = entry, None
    elif isinstance(entry, Mapping) and len(entry) == 1:
        ((name, values),) = entry.items()
    else:
        raise ValueError("a check is its name, or its name with thresholds: cpu: {max: 90}")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a check: small letters, digits and _")
    if values is None:
        return Called(name)
    if not isinstance(values, Mapping):
        raise ValueError(f"{name}: its thresholds are a table: {name}: {{max: 90}}")
    return Called(name, {str(key): _scalar(value, str(key)) for key, value in values.items()})


def _scalar(value: object, key: str) -> Scalar:
    if not isinstance(value, Scalar):
        raise ValueError(f"{key}: one value is wanted, a text, a number, yes or no")
    return value


#: What the record says of checks that failed: when a device is armed, and when it is confirmed.
_BEFORE = "failed before the change already: "
_STILL = "not passed yet, as before the change: "


def failed_before(checks: Collection[str]) -> str | None:
    """What is recorded of checks that failed before the change: it is not to be blamed for them."""
    return f"{_BEFORE}{', '.join(sorted(checks))}" if checks else None


def still_failing(checks: Collection[str]) -> str | None:
    """What is said of those that failed before the change and fail after it."""
    return f"{_STILL}{', '.join(sorted(checks))}" if checks else None


def failing_of(reason: str | None) -> frozenset[str]:
    """The checks that one of the two named: the journal keeps them for whoever resumes."""
    for words in (_BEFORE, _STILL):
        if reason is not None and reason.startswith(words):
            return frozenset(reason.removeprefix(words).split(", "))
    return frozenset()
