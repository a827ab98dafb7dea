"""The commands of the guide are run, and say what the guide shows.

``make test`` follows a few chapters that together go through most of the program, for time's sake;
``SEKAYU_GUIDE=all`` (``make guide``) follows all of both languages. That both languages have the
same commands is held by ``test_languages``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.guide.__main__ import chapters
from tests.guide.chapters import Command, read
from tests.guide.runner import follow

EVERYTHING = os.environ.get("SEKAYU_GUIDE") == "all"


#: Followed each time: what breaks first when a command changes, in both languages.
SAMPLE = {("guide", "01"), ("panduan", "02"), ("panduan", "06"), ("panduan", "10"), ("guide", "11")}


def followed() -> list[Path]:
    """The chapters of this run."""
    return [
        path
        for path in chapters()
        if any(isinstance(step, Command) for step in read(path))
        and (EVERYTHING or (path.parent.name, path.name[:2]) in SAMPLE)
    ]


@pytest.mark.parametrize("path", followed(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_the_guide_shows_is_what_is_said(path: Path, tmp_path: Path) -> None:
    faults = follow(path, tmp_path / "siti").faults
    assert not faults, "\n\n".join(map(str, faults)) + "\n\npython -m tests.guide --update"
