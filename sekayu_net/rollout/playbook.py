"""Playbooks: who is rolled out, in which waves, when, behind which gates, with which checks.

A playbook is YAML in the project's ``playbooks/``; a fault in it is a ``PlaybookError`` with file
and line. What its single values look like is ``playbook_values``'s, which devices a filter means
is ``inventory.selection``'s; carrying it out is ``engine``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self, get_args

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from sekayu_net.errors import InputError, InventoryError, PlaybookError, UsageError
from sekayu_net.inventory.district import Device, District, OfficeKind, Role
from sekayu_net.near import meant
from sekayu_net.plan import Pace, PlannedWave
from sekayu_net.rollout import spans
from sekayu_net.rollout.checklist import from_line, from_yaml
from sekayu_net.rollout.checks import CHECKS, fault_of
from sekayu_net.rollout.gates import BY_PLAYBOOK, Waiver
from sekayu_net.rollout.playbook_values import (
    STRICT,
    Budget,
    OnUnreachable,
    Share,
    Span,
    WaiverEntry,
    WindowEntry,
    listed,
)
from sekayu_net.yaml_lines import Source, read, validate

if TYPE_CHECKING:
    from sekayu_net.inventory.selection import Selection

#: The wave of a run without a playbook.
WHOLE = "all"


class Strict(BaseModel):
    """A part of a playbook."""

    model_config = STRICT


def check_line(entry: object) -> str:
    """A check as a plan says it, from an entry of ``checks``. ``ValueError`` for a wrong one."""
    called = from_yaml(entry)
    fault = fault_of(called) if called.name in CHECKS else None
    if fault is not None:
        raise ValueError(fault)
    return str(called)


class Filter(Strict):
    """Which devices: different keys narrow, several values of one key widen."""

    office: list[str] = []
    host: list[str] = []
    kind: list[str] = []
    role: list[str] = []
    phase: list[int] = []
    platform: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, data: object) -> object:
        if isinstance(data, dict):
            return {key: listed(value) for key, value in data.items()}
        return data

    @property
    def general(self) -> bool:
        """Whether it names nobody and says only words that some district knows."""
        known = (*get_args(OfficeKind), *get_args(Role))
        return not (self.office or self.host or self.phase or self.platform) and all(
            word in known for word in (*self.kind, *self.role)
        )

    def selection(self) -> Selection:
        """The filter as the inventory's selection."""
        from sekayu_net.inventory.selection import Selection

        return Selection(**{name: tuple(getattr(self, name)) for name in Filter.model_fields})


class Wave(Strict):
    """One wave: all devices that the filter finds and no wave before took, or a part of them.

    ``offices``: only the first so many offices (a canary is one). ``share``: so many of every
    hundred offices that the filter finds, rounded up. ``soak``: seconds of rest before the wave's
    devices are looked at again and the next wave opens (else the playbook's).
    """

    name: Annotated[str, Field(min_length=1)]
    hosts: Filter = Filter()
    offices: Annotated[int, Field(ge=1)] | None = None
    share: Share | None = None
    soak: Span | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.offices is not None and self.share is not None:
            raise ValueError("offices and share both say how many: leave one of the two")
        return self

    def size(self, offices: int) -> int:
        """How many offices the wave takes when its filter finds so many."""
        if self.share is not None:
            return spans.at_least(self.share, offices)
        return offices if self.offices is None else self.offices


class Playbook(Strict):
    """A playbook. ``confirm_within``: seconds until a device's undo fires.

    ``failure_budget``: devices that may fail before the run stops, or their share of those that
    the plan changes. ``workers``: devices at once; ``at_once_per_uplink``: of these through the
    same radio, fiber or tunnel. ``windows``: when devices may be changed, in the district's time.
    ``requires``: playbooks that must be done before, but for devices that ``waivers`` name.
    """

    name: str
    description: str = ""
    hosts: Filter = Filter()
    waves: list[Wave] = []
    failure_budget: Budget = 0
    confirm_within: Annotated[int, Field(ge=10, le=3600)] | None = None
    soak: Span = 0
    workers: Annotated[int, Field(ge=1, le=1000)] | None = None
    at_once_per_uplink: Annotated[int, Field(ge=1)] | None = None
    windows: list[WindowEntry] = []
    on_unreachable: OnUnreachable = OnUnreachable()
    waivers: list[WaiverEntry] = []
    requires: list[str] = []
    checks: list[Annotated[str, BeforeValidator(check_line)]] = []

    @model_validator(mode="after")
    def _names_differ(self) -> Playbook:
        names = [wave.name for wave in self.waves]
        if len(set(names)) != len(names):
            raise ValueError("two waves have the same name")
        return self


def playbook_path(folder: Path, name: str) -> Path:
    """The file of a playbook; ``UsageError`` with the names there are when there is none."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in names:
        raise UsageError(f"there is no playbook {name!r}", hint=meant(name, names))
    return folder / f"{name}.yaml"


def load_playbook(path: Path) -> Playbook:
    """Read and validate a playbook. ``PlaybookError`` with file and line of the first fault."""
    try:
        source = read(path)
    except InputError as error:
        raise PlaybookError(
            error.message if error.line is None else f"this is not YAML: {error.message}",
            file=path,
            line=error.line,
            column=error.column,
            hint=error.hint,
        ) from error
    if source.data is None:
        raise PlaybookError("the file is empty, a dictionary is wanted", file=path)
    try:
        playbook = validate(source, Playbook)
    except InventoryError as error:
        first = error.findings[0]
        raise PlaybookError(first.message, file=path, line=first.line, hint=first.hint) from error
    if playbook.name != path.stem:
        raise PlaybookError(
            f"the file is called {path.stem}, the playbook {playbook.name}",
            file=path,
            line=source.line("name"),
        )
    check_names(playbook, path, source)
    check_requires(playbook, path)
    return playbook


def check_names(playbook: Playbook, path: Path, source: Source) -> None:
    """Raise ``PlaybookError`` for a check that is neither ours nor a task of the project."""
    tasks = path.parent.parent / "tasks"
    for index, line in enumerate(playbook.checks):
        name = from_line(line).name
        if name not in CHECKS and not (tasks / f"{name}.py").is_file():
            own = sorted(file.stem for file in tasks.glob("*.py"))
            raise PlaybookError(
                f"there is no check {name!r}",
                file=path,
                line=source.line("checks", index),
                hint=meant(name, [*CHECKS, *own]),
            )


def check_requires(playbook: Playbook, path: Path) -> None:
    """Raise ``PlaybookError`` for a required playbook that there is none of, or that is this."""
    there = sorted(each.stem for each in path.parent.glob("*.yaml") if each != path)
    for index, name in enumerate(playbook.requires):
        if name not in there:
            raise PlaybookError(
                "it requires itself" if name == playbook.name else f"there is no playbook {name!r}",
                file=path,
                line=line_of(path, "requires", index),
                hint=meant(name, there, "there are no others"),
            )


def line_of(path: Path, *keys: str | int) -> int | None:
    """The line of a value in a playbook's file; None when the file is not there to be read."""
    try:
        return read(path).line(*keys)
    except InputError:
        return None


def hosts_of(playbook: Playbook, district: District, path: Path) -> tuple[Device, ...]:
    """The devices that a playbook is for. ``PlaybookError`` when its filter finds none."""
    return chosen(playbook.hosts, district, path, "hosts", ("hosts",))


def chosen(
    rule: Filter, district: District, path: Path, what: str, keys: tuple[str | int, ...]
) -> tuple[Device, ...]:
    """What a playbook's filter finds; a filter that finds nothing is the playbook's fault.

    ``keys``: where the filter stands in the file.
    """
    from sekayu_net.inventory.selection import select

    try:
        return tuple(select(district, rule.selection()))
    except UsageError as error:
        raise PlaybookError(
            f"{what}: {error.message}", file=path, line=line_of(path, *keys), hint=error.hint
        ) from error


def members(wave: Wave, index: int, district: District, path: Path) -> tuple[Device, ...]:
    """The devices that a wave is for. A district need not have every kind of office or role."""
    try:
        return chosen(wave.hosts, district, path, f"wave {wave.name}", ("waves", index, "hosts"))
    except PlaybookError:
        if wave.hosts.general:
            return ()
        raise


def waves_of(
    playbook: Playbook, district: District, path: Path, only: Iterable[str] | None = None
) -> tuple[PlannedWave, ...]:
    """The playbook's waves by host name, each host in the first wave that wants it.

    ``only`` narrows to these hosts. A host of the playbook that no wave wants is its fault.
    """
    offices = {device.name: device.office for device in hosts_of(playbook, district, path)}
    left = list(offices)
    waves: list[PlannedWave] = []
    for index, wave in enumerate(playbook.waves or [Wave(name=WHOLE)]):
        found = {device.name for device in members(wave, index, district, path)}
        size = wave.size(len({offices[name] for name in offices if name in found}))
        free = [name for name in left if name in found]
        first = list(dict.fromkeys(offices[name] for name in free))[:size]
        wanted = [name for name in free if offices[name] in first]
        left = [name for name in left if name not in wanted]
        soak = playbook.soak if wave.soak is None else wave.soak
        waves.append(PlannedWave(wave.name, tuple(wanted), soak))
    if left:
        raise PlaybookError(
            f"in no wave: {', '.join(left[:5])}{' …' if len(left) > 5 else ''}",
            file=path,
            line=line_of(path, "waves"),
            hint="add a wave for them, or narrow the playbook's hosts",
        )
    return narrowed(waves, only)


def narrowed(waves: Sequence[PlannedWave], only: Iterable[str] | None) -> tuple[PlannedWave, ...]:
    """The waves with these hosts only, empty ones left out."""
    if only is None:
        return tuple(wave for wave in waves if wave.hosts)
    kept = set(only)
    cut = (replace(wave, hosts=tuple(h for h in wave.hosts if h in kept)) for wave in waves)
    return tuple(wave for wave in cut if wave.hosts)


def pace_of(playbook: Playbook | None, workers: int, windows: tuple[str, ...] = ()) -> Pace:
    """When and how fast a run goes.

    ``workers`` and ``windows``: the project's, where a playbook says nothing.
    """
    if playbook is None:
        return Pace(workers=workers, windows=windows)
    return Pace(
        workers=playbook.workers or workers,
        at_once_per_uplink=playbook.at_once_per_uplink,
        windows=tuple(str(window.value()) for window in playbook.windows) or windows,
        catch_up=playbook.on_unreachable.catch_up,
    )


def budget_of(playbook: Playbook | None, changing: int) -> int:
    """How many devices may fail in a run that changes so many; a share is rounded down."""
    budget = playbook.failure_budget if playbook else 0
    return budget if isinstance(budget, int) else spans.at_most(spans.percent(budget), changing)


def waivers_of(playbook: Playbook, district: District, path: Path) -> tuple[Waiver, ...]:
    """Whom the playbook waives. ``PlaybookError`` when the inventory has no such device."""
    for index, entry in enumerate(playbook.waivers):
        if entry.host not in district.devices:
            raise PlaybookError(
                f"waivers: there is no device {entry.host}",
                file=path,
                line=line_of(path, "waivers", index, "host"),
                hint=meant(entry.host, district.devices),
            )
    by = f"{BY_PLAYBOOK}{playbook.name}"
    return tuple(Waiver(e.host, e.reason, e.until.isoformat(), by) for e in playbook.waivers)
