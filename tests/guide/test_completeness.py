"""Nothing that the program says of a device or a command is left unexplained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from sekayu_net import adopt, audit, doctor, journal, plan
from sekayu_net.cli.output import ExitCode
from sekayu_net.platforms import base
from sekayu_net.report import status
from tests.guide.runner import ROOT

PAGES = [min((ROOT / "docs" / folder).glob("07-*.md")) for folder in ("guide", "panduan")]
#: Which table of the page explains what: the number of the ``##`` section, from 1.
SECTIONS: dict[int, tuple[str, ...]] = {
    1: (*(str(int(code)) for code in ExitCode), "130"),
    2: get_args(journal.State),
    3: get_args(plan.HostStatus),
    4: (*get_args(audit.Status), *get_args(base.FindingKind)),
    5: get_args(status.OfficeState),
    6: get_args(adopt.Fate),
    7: get_args(base.GuardKind),
    8: get_args(doctor.Verdict),
}


def explained(page: Path, section: int) -> dict[str, list[str]]:
    """The rows of a section's tables: the word in the first column, and what stands behind it."""
    text = page.read_text(encoding="utf-8").split("\n## ")[section]
    rows = re.findall(r"^\| `([^`]+)` \|(.+)\|$", text, flags=re.MULTILINE)
    return {word.lower(): [cell.strip() for cell in rest.split("|")] for word, rest in rows}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_is_explained_with_what_to_do(page: Path, section: int) -> None:
    rows = explained(page, section)
    assert set(rows) == set(SECTIONS[section])
    assert all(cell for cells in rows.values() for cell in cells)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_every_severity_is_explained(page: Path) -> None:
    section: Any = page.read_text(encoding="utf-8").split("\n## ")[4]
    assert [each for each in get_args(audit.Severity) if f"`{each}`" not in section] == []
