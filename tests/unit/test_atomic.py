"""Files replaced in one step."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from sekayu_net import atomic


def test_a_file_takes_anothers_place_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    for text in ("old\n", "né\n"):
        atomic.write(file, text)
        assert file.read_bytes().decode("utf-8") == text.replace("\n", os.linesep)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("left", [False, True])
def test_a_private_file_is_for_nobody_else(tmp_path: Path, left: bool) -> None:
    file = tmp_path / "file.txt"
    if left:  # by a run that was killed
        (tmp_path / "file.txt.part").write_text("half")
    atomic.write(file, "x", private=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (other := tmp_path / "other").write_text("other")
    (tmp_path / "file.txt.part").symlink_to(other)
    atomic.write(tmp_path / "file.txt", "x")
    assert other.read_text() == "other"


def test_what_can_not_be_written_stays_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("old")
    (tmp_path / "file.txt.part").mkdir()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is the system's
        atomic.write(file, "new")
    assert caught.value.filename == str(file)
    assert file.read_text() == "old"


def test_a_full_disk_is_told_with_the_file_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sekayu_net.atomic.os.fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        atomic.write(tmp_path / "x.plan", "{}")
    assert caught.value.filename == str(tmp_path / "x.plan")
    assert list(tmp_path.iterdir()) == []
