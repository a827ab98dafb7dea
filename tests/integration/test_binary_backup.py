"""The device's own backup over real SSH: locked, whole, and gone from the device afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import DeviceError
from sekayu_net.lab.backup import BackupError, unpack
from sekayu_net.lab.files import DiskFullError
from sekayu_net.platforms.abilities import Snapshots

pytestmark = pytest.mark.timeout(60)

PASSWORD = 'a "quoted" $word'


def backups(site: Any) -> list[str]:
    return [file.name for file in site.device.files.listing() if file.name.endswith(".backup")]


def test_a_snapshot_opens_with_its_password_alone_and_leaves_no_file(site: Any) -> None:
    driver = site.driver()
    assert isinstance(driver, Snapshots)
    data = driver.snapshot(PASSWORD)
    assert set(unpack(data, PASSWORD)) == {"state"}
    with pytest.raises(BackupError):
        unpack(data, "another")
    assert backups(site) == []


def test_a_device_that_can_not_save_gives_its_words_and_never_the_password(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(site.device.files, "write", full)
    with pytest.raises(DeviceError) as caught:
        site.driver().snapshot("hunter22-password")
    assert "disk space" in caught.value.message
    assert "hunter22" not in f"{caught.value} {caught.value.hint}"
