"""The house rules that a machine can hold: names, sizes, words."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sekayu_net"
VENDORS = re.compile(r"mikrotik|routeros|routerboard|cisco|\bios\b|juniper|winbox", re.IGNORECASE)
VENDOR_ROOMS = ("platforms", "lab")


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if path.is_file()
    )


def test_no_vendor_is_named_outside_its_rooms() -> None:
    named = []
    for path in python_files("sekayu_net", "tasks"):
        if path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] in VENDOR_ROOMS:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if VENDORS.search(line):
                named.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert named == []


@pytest.mark.parametrize(
    "path",
    python_files("sekayu_net", "tasks", "tests", "benchmarks"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_file_ends_at_500_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


def test_nothing_is_called_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [p for p in python_files("sekayu_net", "tasks", "tests") if p.stem in vague] == []


def test_every_decision_is_numbered_once() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_no_index_host_is_named() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    hosts = "py" + "pi.org|python" + "hosted.org|deb." + "debian.org|npm" + "js.org"
    found = subprocess.run(
        ["git", "grep", "-nE", hosts], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.stdout == ""
