"""``adopt``: what is wrong usage."""

from __future__ import annotations

from pathlib import Path


def test_without_a_device_or_folder_it_is_wrong_usage(desk) -> None:
    assert desk.run("adopt").code == 2


def test_a_folder_without_a_host_of_ours_is_wrong_usage(desk, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    answer = desk.run("adopt", "--from", str(exports))
    assert answer.code == 2
    assert "named after it" in answer.err
