"""Playbooks: who is rolled out, in which waves, behind which gates, with which checks.

A playbook is YAML in the project's ``playbooks/``; a fault in it is a ``PlaybookError`` with file
and line. Which devices a filter means is ``inventory.selection``'s; carrying it out is
``engine``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sekayu_net.errors import InputError, InventoryError, PlaybookError, UsageError
from sekayu_net.inventory.district import Device, District
from sekayu_net.plan import PlannedWave
from sekayu_net.rollout.checklist import from_line, from_yaml
from sekayu_net.rollout.checks import CHECKS, fault_of
from sekayu_net.yaml_lines import Source, read, validate

if TYPE_CHECKING:
    from sekayu_net.inventory.selection import Selection

#: The wave of a run without a playbook.
WHOLE = "all"


class Strict(BaseModel):
    """A part of a playbook: unknown keys are faults, values don't change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def listed(value: object) -> object:
    """One value where a list is meant is a list of one."""
    return value if isinstance(value, list) or value is None else [value]


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

    def selection(self) -> Selection:
        """The filter as the inventory's selection."""
        from sekayu_net.inventory.selection import Selection

        return Selection(**{name: tuple(getattr(self, name)) for name in Filter.model_fields})


class Wave(Strict):
    """One wave. ``offices``: only the first so many offices that the filter finds (a canary)."""

    name: str
    hosts: Filter = Filter()
    offices: Annotated[int, Field(ge=1)] | None = None


class Playbook(Strict):
    """A playbook. ``confirm_within``: seconds until a device's undo fires."""

    name: str
    description: str = ""
    hosts: Filter = Filter()
    waves: list[Wave] = []
    failure_budget: Annotated[int, Field(ge=0)] = 0
    confirm_within: Annotated[int, Field(ge=10, le=3600)] | None = None
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
        from difflib import get_close_matches

        near = get_close_matches(name, names, n=3) or names
        raise UsageError(
            f"there is no playbook {name!r}", hint=f"there are: {', '.join(near) or 'none at all'}"
        )
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
                hint=f"there are {', '.join(CHECKS)}, and the tasks {', '.join(own) or '(none)'}",
            )


def hosts_of(playbook: Playbook, district: District, path: Path) -> tuple[Device, ...]:
    """The devices that a playbook is for. ``PlaybookError`` when its filter finds none."""
    return chosen(playbook.hosts, district, path, "hosts")


def chosen(rule: Filter, district: District, path: Path, what: str) -> tuple[Device, ...]:
    """What a playbook's filter finds; a filter that finds nothing is the playbook's fault."""
    from sekayu_net.inventory.selection import select

    try:
        return tuple(select(district, rule.selection()))
    except UsageError as error:
        raise PlaybookError(f"{what}: {error.message}", file=path, hint=error.hint) from error


def waves_of(
    playbook: Playbook, district: District, path: Path, only: Iterable[str] | None = None
) -> tuple[PlannedWave, ...]:
    """The playbook's waves by host name, each host in the first wave that wants it.

    ``only`` narrows to these hosts. A host of the playbook that no wave wants is its fault.
    """
    members = [device.name for device in hosts_of(playbook, district, path)]
    left = list(members)
    waves: list[PlannedWave] = []
    for wave in playbook.waves or [Wave(name=WHOLE)]:
        found = {device.name for device in chosen(wave.hosts, district, path, f"wave {wave.name}")}
        wanted = [name for name in left if name in found]
        if wave.offices is not None:
            offices = list(dict.fromkeys(district.devices[name].office for name in wanted))
            first = set(offices[: wave.offices])
            wanted = [name for name in wanted if district.devices[name].office in first]
        left = [name for name in left if name not in wanted]
        waves.append(PlannedWave(wave.name, tuple(wanted)))
    if left:
        raise PlaybookError(
            f"in no wave: {', '.join(left[:5])}{' …' if len(left) > 5 else ''}",
            file=path,
            hint="add a wave for them, or narrow the playbook's hosts",
        )
    return narrowed(waves, only)


def narrowed(waves: Sequence[PlannedWave], only: Iterable[str] | None) -> tuple[PlannedWave, ...]:
    """The waves with these hosts only, empty ones left out."""
    if only is None:
        return tuple(wave for wave in waves if wave.hosts)
    kept = set(only)
    cut = (PlannedWave(w.name, tuple(h for h in w.hosts if h in kept)) for w in waves)
    return tuple(wave for wave in cut if wave.hosts)
