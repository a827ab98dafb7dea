"""Every folder of ``tests/cases/routeros``: the script, the inverse, and that they are circular.

``SEKAYU_WRITE_CASES=1`` writes ``script.rsc`` and ``inverse.rsc`` anew: read the difference before
you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.platforms.base import Change, DiffContext, Flow
from sekayu_net.platforms.routeros.platform import ROUTEROS

ROOT = Path(__file__).parents[4]
CASES = sorted(path.parent for path in (ROOT / "tests/cases/routeros").glob("*/running.rsc"))


class Case:
    def __init__(self, folder: Path) -> None:
        settings = folder / "case.yaml"
        self.settings: dict[str, Any] = (
            yaml.safe_load(settings.read_text()) if settings.exists() else {}
        )
        self.folder = folder
        self.running = (folder / "running.rsc").read_text("utf-8")
        self.intended = (folder / "intended.rsc").read_text("utf-8")
        role = self.settings.get("ownership")
        self.context = DiffContext(
            version=ROUTEROS.release(self.running) or "7.16",
            ownership=ROUTEROS.load_ownership(folder, role) if role else None,
            whole=self.settings.get("whole", False),
            flows=tuple(Flow(*flow) for flow in self.settings.get("flows", ())),
        )

    def change(self, running: str | None = None) -> Change:
        return ROUTEROS.diff(running or self.running, self.intended, self.context)


@pytest.fixture(params=CASES, ids=lambda folder: folder.name)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_the_script_and_its_inverse_are_the_expected_ones(case: Case) -> None:
    change = case.change()
    for name, text in (("script.rsc", change.script), ("inverse.rsc", change.inverse)):
        file = case.folder / name
        if os.environ.get("SEKAYU_WRITE_CASES"):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8"), name


def test_planning_again_after_the_script_finds_nothing(case: Case) -> None:
    after = ROUTEROS.apply(case.running, case.change().script)
    again = case.change(after)
    assert again.script == ""
    assert again.diff == ""


def test_the_prediction_is_what_the_script_does(case: Case) -> None:
    change = case.change()
    after = ROUTEROS.apply(case.running, change.script)
    assert ROUTEROS.canonical(change.predicted) == ROUTEROS.canonical(after)


def test_the_inverse_leads_back_from_every_prefix(case: Case) -> None:
    change = case.change()
    start = ROUTEROS.canonical(case.running)
    lines = change.script.splitlines()
    for count in range(len(lines) + 1):
        middle = ROUTEROS.apply(case.running, "\n".join(lines[:count]))
        back = ROUTEROS.apply(middle, change.inverse)
        assert ROUTEROS.canonical(back) == start, f"after {count} of {len(lines)} statements"


def test_the_inverse_may_run_twice(case: Case) -> None:
    change = case.change()
    after = ROUTEROS.apply(case.running, change.script)
    once = ROUTEROS.apply(after, change.inverse)
    assert ROUTEROS.canonical(ROUTEROS.apply(once, change.inverse)) == ROUTEROS.canonical(once)


def test_the_management_flow_is_admitted_after_every_statement(case: Case) -> None:
    change = case.change()
    assert [operation.statement for operation in change.operations if operation.gap] == []
    assert not any("management flow" in warning for warning in change.warnings)


def test_no_ordered_menu_is_wiped(case: Case) -> None:
    change = case.change()
    assert not any(
        operation.action == "remove"
        and "remove [find" in operation.statement
        and "=" not in operation.statement
        for operation in change.operations
    )


def test_the_diff_fits_eighty_columns(case: Case) -> None:
    assert max((len(line) for line in case.change().diff.splitlines()), default=0) <= 80
