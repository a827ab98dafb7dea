"""What was tried of the undo, per version and model: ``inventory/qualified.yaml``.

The file is written by ``sekayu-net qualify`` and meant to be shared: it holds no host name, no
serial number, no address and no words of a device. Trying is ``rollout.qualify``'s, what follows
for a plan ``rollout.canary``'s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field

from sekayu_net import atomic
from sekayu_net.errors import InputError
from sekayu_net.inventory.district import Make
from sekayu_net.platforms.base import GuardKind
from sekayu_net.yaml_lines import read, validate

FILE = "qualified.yaml"
#: ``failure``: an import that fails in its middle. ``fire``: nobody confirms. ``confirm``: the
#: change stays. ``reboot``: the device reboots while its change waits. ``leftovers``: none.
Trial = Literal["failure", "fire", "confirm", "reboot", "leftovers"]
TRIALS: tuple[Trial, ...] = get_args(Trial)
#: ``not claimed``: the undo is said not to survive that, so it was not tried.
Verdict = Literal["passed", "failed", "not tried", "not claimed"]

HEADER = """\
# What was tried of the undo, per version and model. Written by `sekayu-net qualify HOST`; meant to
# be committed and shared. `lab: true` is the simulated district: it proves nothing about hardware.
"""


class Strict(BaseModel):
    """A part of the file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tried(Strict):
    """How one trial ended, and when it was tried last (None: never)."""

    result: Verdict
    date: dt.date | None = None


class Qualification(Strict):
    """What was tried on one version and model. ``undo`` is the kind that was armed there."""

    platform: str
    version: str
    model: str
    lab: bool = False
    undo: GuardKind
    trials: Annotated[Mapping[Trial, Tried], Field(min_length=1)]

    @property
    def make(self) -> Make:
        """What it is about."""
        return Make(self.platform, self.version, self.model)

    def result(self, trial: Trial) -> Verdict:
        """How a trial ended; ``not tried`` when the file says nothing of it."""
        tried = self.trials.get(trial)
        return "not tried" if tried is None else tried.result

    @property
    def open(self) -> tuple[str, ...]:
        """What still speaks against it: ``reboot not tried``; empty when it is qualified."""
        return tuple(
            f"{trial} {self.result(trial)}"
            for trial in TRIALS
            if self.result(trial) not in ("passed", "not claimed")
        )


class _File(Strict):
    qualified: list[Qualification] = []


def load(file: Path) -> tuple[Qualification, ...]:
    """What the file says; nothing when there is none. ``InputError`` with the line of a fault."""
    if not file.exists():
        return ()
    return tuple(validate(read(file), _File).qualified)


def merged(known: Iterable[Qualification], fresh: Qualification) -> tuple[Qualification, ...]:
    """``known`` with ``fresh`` in the place of what was known of its version and model.

    A trial that ``fresh`` did not try keeps its older result, if the same kind of undo was armed.
    """
    others, before = [], None
    for each in known:
        if (each.make, each.lab) == (fresh.make, fresh.lab):
            before = each
        else:
            others.append(each)
    if before is not None and before.undo == fresh.undo:
        kept = {
            trial: old for trial, old in before.trials.items() if fresh.result(trial) == "not tried"
        }
        fresh = fresh.model_copy(update={"trials": {**fresh.trials, **kept}})
    return tuple(sorted((*others, fresh), key=lambda each: (each.make, each.lab)))


def find(known: Iterable[Qualification], make: Make, *, lab: bool) -> Qualification | None:
    """What is known of a version and model; what the lab showed counts for the lab alone."""
    return next((each for each in known if (each.make, each.lab) == (make, lab)), None)


def save(file: Path, qualified: Iterable[Qualification]) -> None:
    """Replace the file in one step. ``InputError`` when it can't be written."""
    entries = []
    for each in qualified:
        plain = each.model_dump(mode="json", exclude_none=True)
        plain["trials"] = {
            trial: plain["trials"][trial] for trial in TRIALS if trial in each.trials
        }
        entries.append(plain)
    try:
        atomic.write(file, HEADER + yaml.safe_dump({"qualified": entries}, sort_keys=False))
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}",
            file=file,
            hint="the result is in the journal; make room or check who owns the folder",
        ) from None
