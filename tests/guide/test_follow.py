"""Every command of the guide is run, and says what the guide shows.

Both languages have the same commands (``test_languages``): one after another, each chapter is
followed in one of them. ``SEKAYU_GUIDE=all`` follows all of both, as ``make guide`` does.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.guide.__main__ import chapters
from tests.guide.chapters import Command, read
from tests.guide.runner import follow

EVERYTHING = os.environ.get("SEKAYU_GUIDE") == "all"


def followed() -> list[Path]:
    """The chapters of this run: odd ones in English, even ones in Indonesian, or all."""
    return [
        path
        for path in chapters()
        if any(isinstance(step, Command) for step in read(path))
        and (EVERYTHING or (int(path.name[:2]) % 2 == 1) == (path.parent.name == "guide"))
    ]


@pytest.mark.parametrize("path", followed(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_the_guide_shows_is_what_is_said(path: Path, tmp_path: Path) -> None:
    faults = follow(path, tmp_path / "siti").faults
    assert not faults, "\n\n".join(map(str, faults)) + "\n\npython -m tests.guide --update"
