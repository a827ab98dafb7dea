"""What moves by itself on a device makes no version; what a person does makes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sekayu_net.archive import Archive, document
from sekayu_net.plan import Running
from sekayu_net.platforms.registry import platform
from sekayu_net.secrets import SecretStore

pytestmark = pytest.mark.timeout(90)

NOISE = {
    "reboot": lambda device: device.reboot(),
    "clock": lambda device: device.clock.jump(86_400 * 40),
    "another login": lambda device: device.execute(":put 1", user="admin"),
    "the tool's own file": lambda device: device.files.write("sekayu-0badcafe.rsc", b"x"),
}
DEEDS = {
    "a line": lambda device: device.interfere("/ip dns static add name=x.lan address=10.9.9.9"),
    "a user": lambda device: device.interfere("/user add name=tamu group=read password=abcd1234"),
    "a group": lambda device: device.interfere("/user group set read policy=read,write,ssh"),
    "a file": lambda device: device.files.write("evil.rsc", b"/quit"),
    "a passphrase": lambda device: device.interfere(
        "/interface wireguard add name=wg9 private-key="
        '"yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="'
    ),
}


@pytest.fixture
def shelf(site: Any, tmp_path: Path) -> Any:
    """Read the device and keep it: whether that made a version."""
    archive = Archive(tmp_path / "archive")
    store = SecretStore.open(tmp_path / "secrets.yaml", {})
    routeros = platform("routeros")

    def keep() -> bool:
        site.until(lambda: site.device.up)
        reading = site.driver().read()
        running = Running.of(reading, routeros.mask(reading.config, store.seal), routeros)
        return bool(archive.store({"office-rtr1": document(running)}, "read"))

    assert keep()
    keep.folder = archive.folder  # type: ignore[attr-defined]
    return keep


@pytest.mark.parametrize("noise", NOISE)
def test_noise_makes_no_version(site: Any, shelf: Any, noise: str) -> None:
    site.on_loop(lambda: NOISE[noise](site.device))
    assert shelf() is False


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_makes_one_version_and_no_second(site: Any, shelf: Any, deed: str) -> None:
    site.on_loop(lambda: DEEDS[deed](site.device))
    assert (shelf(), shelf()) == (True, False)


def test_the_archive_holds_no_secret(site: Any, shelf: Any) -> None:
    site.on_loop(lambda: DEEDS["a passphrase"](site.device))
    shelf()
    text = (shelf.folder / "office-rtr1.conf").read_text()
    assert "wg9" in text
    assert "yAnz5TF" not in text
