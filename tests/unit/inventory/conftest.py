"""A small district of invented offices: a hub, fiber, radio, one behind another, and a tunnel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CASES = Path(__file__).parents[2] / "cases" / "inventory"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the base inventory that a test may spoil; messages are relative to its parent."""
    copy = tmp_path / "inventory"
    shutil.copytree(CASES / "base", copy)
    monkeypatch.chdir(tmp_path)
    return copy
