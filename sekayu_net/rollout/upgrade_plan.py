"""The plan of an upgrade: which device gets which packages, from which state; saved and signed.

As with a plan of changes its id is the SHA-256 of what it says, a device is bound to the state that
was looked at, and packages to their sums: what was signed is what goes in. Looking at devices and
carrying it out are ``upgrade``'s and ``upgrading``'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sekayu_net import atomic
from sekayu_net.errors import PlanFileError
from sekayu_net.packages import PackageFolder
from sekayu_net.rollout.approval import signatures_of
from sekayu_net.rollout.upgrade import Step
from sekayu_net.saved import id_of

KIND = "upgrade"
#: The form of the file; another number is another program's plan.
FORMAT = 1
#: Of a step, what the file writes as lists.
_LISTS = ("files", "lost")


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What will be done to whom. ``sums``: SHA-256 by package; ``patience`` in seconds.

    ``windows``: when a device may be begun (``rollout.windows``), by the playbook or the project;
    ``narrowed``: what the operator said besides, both must be open. ``back``: an older version is
    meant.
    """

    created: str
    author: str
    project: str
    lab: bool
    revision: str | None
    playbook: str | None
    selection: str
    steps: tuple[Step, ...] = ()
    sums: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    patience: int = 900
    back: bool = False
    reason: str = ""
    signatures: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def plan_id(self) -> str:
        """SHA-256 of the canonical content."""
        return id_of(content(self))

    @property
    def hosts(self) -> Mapping[str, Step]:
        """The steps by host."""
        return {step.host: step for step in self.steps}


def sums_of(steps: Sequence[Step], folder: PackageFolder) -> dict[str, str]:
    """The sums of what these steps send."""
    names = {name for step in steps if step.due for name in step.files}
    return {name: folder.sums[name] for name in sorted(names)}


def content(plan: UpgradePlan) -> dict[str, Any]:
    """The plan as plain data, as the file says it, without its id."""
    plain = asdict(plan)
    del plain["signatures"]
    plain["steps"] = [
        {key: list(value) if key in _LISTS else value for key, value in step.items()}
        for step in plain["steps"]
    ]
    for name in ("checks", "windows", "narrowed"):
        plain[name] = list(plain[name])
    return {"kind": KIND, "format": FORMAT, **plain}


def save(plan: UpgradePlan, path: Path) -> None:
    """Write the plan (mode 0600), whole or not at all."""
    document = {"plan_id": plan.plan_id, **content(plan)}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text + "\n", private=True)


def is_upgrade(path: Path) -> bool:
    """Whether a file says that it is the plan of an upgrade. What is no plan at all is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return False
    return isinstance(document, dict) and document.get("kind") == KIND


def load_signed(path: Path) -> UpgradePlan:
    """A saved plan with the signatures that lie next to it.

    ``PlanFileError`` when it is none, or was edited after it was made.
    """
    if not is_upgrade(path):
        raise PlanFileError(
            "this is not the plan of an upgrade",
            file=path,
            hint="make one: sekayu-net upgrade … --out FILE",
        )
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != FORMAT:
        raise PlanFileError(
            "this is not a plan that this version can read", file=path, hint="plan again"
        )
    stated = document.pop("plan_id", None)
    try:
        plan = from_content(document)
        whole = stated == plan.plan_id and content(plan) == document
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise PlanFileError(
            "the plan was edited after it was made; nothing was done",
            file=path,
            hint="make it again: sekayu-net upgrade … --out FILE",
        )
    return replace(plan, signatures=signatures_of(path))


def from_content(document: Mapping[str, Any]) -> UpgradePlan:
    """The plan that ``content`` wrote. ``KeyError``, ``TypeError`` … for anything else."""
    plain = {key: value for key, value in document.items() if key not in ("kind", "format")}
    plain["steps"] = tuple(map(_step, plain["steps"]))
    for name in ("checks", "windows", "narrowed"):
        plain[name] = tuple(plain[name])
    return UpgradePlan(**plain)


def _step(written: Mapping[str, Any]) -> Step:
    values: dict[str, Any] = dict(written)
    for key in _LISTS:
        values[key] = tuple(values[key])
    return Step(**values)


def check_packages(plan: UpgradePlan, folder: PackageFolder) -> None:
    """``PlanFileError`` when the folder has other packages than those that were planned."""
    for name, planned in plan.sums.items():
        found = folder.sums.get(name)
        if found != planned:
            told = "another one" if found else "not"
            raise PlanFileError(
                f"{name} is {told} in {folder.folder}, by its sums; nothing was done",
                hint="use the folder that the plan was made with (--packages), or plan again",
            )


def settled(plan: UpgradePlan, found: Sequence[Step]) -> tuple[Step, ...]:
    """What the plan does now: a device that is not as it was then is left alone and stale.

    Who has the planned version already (an earlier run was broken off) is seen through.
    """
    return tuple(_settled(plan.hosts[step.host], step) for step in found)


def _settled(planned: Step, found: Step) -> Step:
    if not planned.due:
        if not found.due:
            return found
        why = planned.refusal or "there was nothing to do"
        return replace(found, refusal=f"the plan leaves it alone ({why}): plan it again")
    if found.refusal or found.unreachable or found.before == planned.after:
        return found
    if found == planned:
        return found
    return replace(found, stale=True, refusal=f"{_moved(planned, found)}: plan it again")


def _moved(planned: Step, found: Step) -> str:
    """What is not as it was when the plan was made."""
    if found.before != planned.before:
        return f"it ran {planned.before} when the plan was made, now {found.before}"
    if found.fingerprint != planned.fingerprint:
        return "its configuration changed since the plan was made"
    if found.files != planned.files:
        return "it has other packages than when the plan was made"
    return "it is not as it was when the plan was made"
