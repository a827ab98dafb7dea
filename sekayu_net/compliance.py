"""Rules on what any configuration must or must not say, whoever owns it. YAML in, findings out.

A rule looks at the rows of one menu (or ``device``: facts, or a menu that no export shows), takes
those that fit ``where``, and wants each to be as ``must`` says, or so many of them (``at-least``,
``at-most``). ``when`` and ``unless`` look at other menus first. ``lines`` does the same with the
lines of a text, on platforms without menus. Deviations from what was deployed are ``audit``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sekayu_net.audit import Finding, Severity
from sekayu_net.plan import Running
from sekayu_net.platforms.abilities import Inspected, Inspector
from sekayu_net.platforms.base import Platform
from sekayu_net.yaml_lines import read, validate

FILE = "rules.yaml"
#: The path of what is known of the device itself.
DEVICE = "device"
Menus = Callable[[str], tuple[Inspected, ...] | None]


class Strict(BaseModel):
    """A part of a rule: unknown keys are faults, values don't change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.rstrip("_").replace("_", "-")
    )


def plain(value: object) -> object:
    """YAML's ``yes`` and numbers are words here."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


def words(value: object) -> object:
    """One word where several may stand."""
    return [plain(each) for each in (value if isinstance(value, list) else [value])]


Words = Annotated[tuple[str, ...], BeforeValidator(words)]


class Condition(Strict):
    """What one property must be: all that is given must hold.

    ``is``: one of these. ``not``: none of these. ``in`` and ``not-in``: the same with a list of the
    file. ``set``: has a value. ``matches``: a regular expression somewhere in it. ``at-least`` and
    ``below``: as a version.
    """

    is_: Words | None = None
    not_: Words | None = None
    in_: str | None = None
    not_in: str | None = None
    set_: bool | None = None
    matches: str | None = None
    at_least: str | None = None
    below: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_word_is_meant(cls, data: object) -> object:
        return data if isinstance(data, dict | Condition) else {"is": data}

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("a condition must say something")
        if self.matches is not None:
            try:
                re.compile(self.matches)
            except re.error as error:
                raise ValueError(f"matches: {error}") from None
        return self


Conditions = dict[str, Condition]


class Look(Strict):
    """Whether a menu has a row like this."""

    path: str
    where: Conditions = {}


def several(value: object) -> object:
    """``must`` may list alternatives."""
    return [value] if isinstance(value, dict) else value


class Rule(Strict):
    """One rule. ``must``: alternatives, one of which each row must be like."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    severity: Severity
    platform: Words = ()
    role: Words = ()
    kind: Words = ()
    path: str | None = None
    lines: str | None = None
    when: tuple[Look, ...] = ()
    unless: tuple[Look, ...] = ()
    where: Conditions = {}
    must: Annotated[tuple[Conditions, ...], BeforeValidator(several)] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    message: str
    fix: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Rule:
        if (self.path is None) == (self.lines is None):
            raise ValueError("a rule looks at a path, or at lines")
        wants = [self.must is not None, self.at_least is not None, self.at_most is not None]
        if sum(wants) != 1:
            raise ValueError("a rule says one of must, at-least, at-most")
        if self.lines is not None and (self.must or self.where):
            raise ValueError("lines are counted: at-least or at-most, without where and must")
        return self


class RuleBook(Strict):
    """The file. ``lists`` are named lists of words for ``in`` and ``not-in``."""

    lists: dict[str, Words] = {}
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> RuleBook:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules have the same name: {', '.join(twice)}")
        for rule in self.rules:
            for test in tests_of(rule):
                for name in (test.in_, test.not_in):
                    if name is not None and name not in self.lists:
                        raise ValueError(f"{rule.name}: there is no list {name!r}")
        return self


def tests_of(rule: Rule) -> Iterator[Condition]:
    """Every condition in a rule."""
    groups = [rule.where, *(rule.must or ()), *(look.where for look in (*rule.when, *rule.unless))]
    for group in groups:
        yield from group.values()


NONE = RuleBook()


def load_rules(folder: Path) -> RuleBook:
    """Read ``rules.yaml``; no rules where it is not there.

    ``InventoryError`` names file and line of each fault.
    """
    file = folder / FILE
    return validate(read(file), RuleBook) if file.exists() else NONE


@dataclass(frozen=True, slots=True)
class Subject:
    """A device under judgement. ``facts``: what is known of it besides its configuration."""

    running: Running
    platform: Platform
    name: str
    role: str
    kind: str
    seal: Callable[[str], str]
    facts: Mapping[str, str] = field(default_factory=dict)


def judge(book: RuleBook, subject: Subject) -> list[Finding]:
    """The findings of every rule that is about this device."""
    menus = menus_of(subject)
    found: list[Finding] = []
    for rule in book.rules:
        if not about(rule, subject):
            continue
        if rule.lines is not None:
            found.extend(judge_lines(rule, subject.running.canonical))
        elif menus is not None:
            found.extend(judge_rows(rule, menus, Judge(book, subject.seal)))
    return found


def about(rule: Rule, subject: Subject) -> bool:
    """Whether a rule is for this kind of device."""
    return (
        (not rule.platform or subject.platform.name in rule.platform)
        and (not rule.role or subject.role in rule.role)
        and (not rule.kind or subject.kind in rule.kind)
    )


def menus_of(subject: Subject) -> Menus | None:
    """All that can be asked of a device, by path; None on a platform without menus."""
    if not isinstance(subject.platform, Inspector):
        return None
    reading = subject.running.reading
    said = subject.platform.menus(subject.running.canonical, reading.version)
    facts = {
        "identity": reading.identity,
        "serial": reading.serial,
        "model": reading.model,
        "version": reading.version,
        **subject.facts,
    }

    @cache
    def menu(path: str) -> tuple[Inspected, ...] | None:
        if path == DEVICE:
            return (Inspected("", facts),)
        if path in reading.beyond:
            return tuple(beyond(row) for row in reading.beyond[path])
        return said(path)

    return menu


def beyond(row: Mapping[str, str]) -> Inspected:
    """A row of a menu that no export shows, its flags in the export's words."""
    flags = {"true": "yes", "false": "no"}
    values = {key: flags.get(value, value) for key, value in row.items()}
    label = row.get("name") or " ".join(f"{key}={values[key]}" for key in sorted(values))
    return Inspected(label, values)


@dataclass(frozen=True, slots=True)
class Judge:
    """Whether rows fit conditions. A word also fits its own token: rules may name a secret."""

    book: RuleBook
    seal: Callable[[str], str]

    def fits(self, row: Inspected, conditions: Conditions) -> bool:
        """Whether a row is like all of this."""
        return all(self.holds(test, row.values.get(key, "")) for key, test in conditions.items())

    def holds(self, test: Condition, value: str) -> bool:
        """Whether a value is as a test wants it."""
        return all(self._parts(test, value))

    def _parts(self, test: Condition, value: str) -> Iterator[bool]:
        if test.is_ is not None:
            yield self._among(value, test.is_)
        if test.not_ is not None:
            yield not self._among(value, test.not_)
        if test.in_ is not None:
            yield self._among(value, self.book.lists[test.in_])
        if test.not_in is not None:
            yield not self._among(value, self.book.lists[test.not_in])
        if test.set_ is not None:
            yield bool(value) == test.set_
        if test.matches is not None:
            yield re.search(test.matches, value) is not None
        if test.at_least is not None:
            yield numbers(value) >= numbers(test.at_least)
        if test.below is not None:
            yield numbers(value) < numbers(test.below)

    def _among(self, value: str, these: Iterable[str]) -> bool:
        masked = value.startswith("<secret:")
        return any(value == each or (masked and value == self.seal(each)) for each in these)


def numbers(version: str) -> tuple[int, ...]:
    """``7.16.2 (stable)`` as ``(7, 16, 2)``; what has no number is below everything."""
    found = re.match(r"\s*(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()


def judge_rows(rule: Rule, menus: Menus, judge: Judge) -> Iterator[Finding]:
    """The rows that break a rule; nothing of a menu that could not be read."""

    def sees(look: Look) -> bool:
        return any(judge.fits(row, look.where) for row in menus(look.path) or ())

    path = rule.path or ""
    rows = menus(path)
    if rows is None or not all(map(sees, rule.when)) or any(map(sees, rule.unless)):
        return
    fitting = [row for row in rows if judge.fits(row, rule.where)]
    if rule.must is not None:
        for row in fitting:
            if not any(judge.fits(row, way) for way in rule.must):
                keys = dict.fromkeys(key for way in rule.must for key in way)
                yield broken(rule, path, row.label, wish(rule.must), shown(row, keys))
    elif rule.at_most is not None and len(fitting) > rule.at_most:
        for row in fitting:
            yield broken(rule, path, row.label, most(rule.at_most), shown(row, rule.where))
    elif rule.at_least is not None and len(fitting) < rule.at_least:
        wanted = f"at least {rule.at_least}: {wish((rule.where,))}"
        yield broken(rule, path, "", wanted, f"{len(fitting)} such")


def judge_lines(rule: Rule, text: str) -> Iterator[Finding]:
    """The lines that break a rule."""
    fitting = [line.strip() for line in text.splitlines() if re.search(rule.lines or "", line)]
    if rule.at_most is not None and len(fitting) > rule.at_most:
        for line in fitting:
            yield broken(rule, "", line, most(rule.at_most), line)
    elif rule.at_least is not None and len(fitting) < rule.at_least:
        yield broken(
            rule, "", "", f"at least {rule.at_least}: {rule.lines}", f"{len(fitting)} such"
        )


def broken(rule: Rule, path: str, item: str, expected: str, actual: str) -> Finding:
    """A finding of kind ``rule``: no cause, its own severity."""
    return Finding(
        kind="rule",
        path=path,
        item=item or None,
        expected=expected,
        actual=actual,
        cause=None,
        severity=rule.severity,
        rule=rule.name,
        message=rule.message,
        fix=rule.fix or None,
    )


def most(count: int) -> str:
    """``at-most`` in words."""
    return f"at most {count}" if count else "none"


def shown(row: Inspected, keys: Iterable[str]) -> str:
    """What a row says of these properties."""
    return " ".join(f"{key}={row.values.get(key, '')}" for key in keys)


def wish(ways: Iterable[Mapping[str, Condition]]) -> str:
    """Conditions in words, alternatives joined by ``or``."""
    return " or ".join(
        " and ".join(f"{key} {said(test)}" for key, test in way.items()) for way in ways
    )


def said(test: Condition) -> str:
    """A condition in words."""
    parts: dict[str, Any] = {}
    for name in type(test).model_fields:
        value = getattr(test, name)
        if value is not None:
            parts[name.rstrip("_").replace("_", "-")] = value
    if set(parts) == {"set"}:
        return "is set" if parts["set"] else "is not set"
    return " ".join(
        f"{word} {'|'.join(value) if isinstance(value, tuple) else value}"
        for word, value in parts.items()
    )
