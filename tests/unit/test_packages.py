"""A folder of packages and the sums that prove them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import InputError
from sekayu_net.lab.firmware import write_folder
from sekayu_net.packages import PackageFolder

NAME = "routeros-7.24.1-arm64.npk"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path, ["7.24.1"], ["arm64"], ["wifi-qcom"])
    return tmp_path


def test_what_its_sum_proves_is_given(folder: Path) -> None:
    found = PackageFolder.open(folder)
    assert found.load([NAME]) == {NAME: (folder / NAME).read_bytes()}
    assert found.size([NAME]) == (folder / NAME).stat().st_size


def test_a_folder_without_sums_is_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(InputError, match="without checksums"):
        PackageFolder.open(folder)


def test_a_line_that_is_no_sum_is_named(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(f"# from the download page\nabc  {NAME}\n")
    with pytest.raises(InputError) as caught:
        PackageFolder.open(folder)
    assert caught.value.line == 2


@pytest.mark.parametrize("spoil", ["file", "sum"])
def test_a_package_without_file_or_sum_is_missing(folder: Path, spoil: str) -> None:
    if spoil == "file":
        (folder / NAME).unlink()
    else:
        (folder / "SHA256SUMS").write_text("")
    assert PackageFolder.open(folder).missing([NAME]) == (NAME,)


def test_a_package_that_is_another_is_refused(folder: Path) -> None:
    (folder / NAME).write_bytes(b"something else")
    with pytest.raises(InputError, match="is not what SHA256SUMS says"):
        PackageFolder.open(folder).load([NAME])
