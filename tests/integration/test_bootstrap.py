"""First boot over real SSH: a factory-new device, pushed to at its factory address."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sekayu_net import bootstrap, known_hosts
from sekayu_net.bootstrap import Factory
from sekayu_net.errors import (
    ApplyError,
    AuthenticationError,
    DeviceError,
    IdentityError,
    ProjectError,
)
from sekayu_net.inventory.district import Device
from sekayu_net.journal import Journal
from sekayu_net.lab.defconf import default_configuration
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import serve
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from sekayu_net.platforms.routeros.factory import FactoryDevice
from sekayu_net.project import Project
from tests.loop_thread import loop_thread

ROOT = Path(__file__).parents[2]
HOSTS = ("desa-sukarami-rtr1", "desa-muara-teladan-rtr1", "lurah-kayu-ara-ap1")
SERIAL = "HFF0A1B2C3D"


@dataclass
class Site:
    """A device out of its box on a bench, and the project that it is for."""

    project: Project
    device: Device
    lab: LabDevice
    factory: Factory
    loop: asyncio.AbstractEventLoop

    def push(self, accept: Callable[[str], bool] = lambda _: True) -> bootstrap.Booted:
        project = Project.load(self.project.root)  # a serial number may have been written
        device = project.district().devices[self.device.name]
        script = bootstrap.script(project, device)
        return bootstrap.push(project, device, self.factory, script, operator="siti", accept=accept)

    def push_lines(self, lines: Sequence[str]) -> None:
        """These lines in place of the script."""
        script = bootstrap.script(self.project, self.device)
        other = replace(script, text="\n".join(lines) + "\n")
        bootstrap.push(
            self.project, self.device, self.factory, other, operator="siti", accept=lambda _: True
        )

    def on_loop(self, work: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def driver(self) -> RouterOSDriver:
        """As the first deployment logs in."""
        return RouterOSDriver.for_target(
            Target(
                host=self.device.name,
                address=self.factory.address,
                port=self.factory.port,
                username="sekayu",
                known_hosts=self.project.known_hosts,
                key_file=self.project.key_file,
                serial=SERIAL,
                model=self.device.model.name,
                version=self.device.version,
                timeout=5,
            )
        )

    @property
    def leftovers(self) -> list[str]:
        listing = self.on_loop(lambda: [file.name for file in self.lab.files.listing()])
        return [name for name in listing if "sekayu" in name]


def project_in(folder: Path) -> Project:
    for name in ("inventory", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "sekayu.toml").write_text('[ssh]\nkey_file = "key"\ntimeout = 5\n')
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "key"))
    (folder / "key").chmod(0o600)
    key.write_public_key(str(folder / "key.pub"))
    return Project.load(folder)


@contextmanager
def out_of_its_box(
    folder: Path, host: str, *, defaults: bool = True, **made: Any
) -> Iterator[Site]:
    project = project_in(folder)
    device = project.district().devices[host]
    model = device.model
    radios = tuple((radio.name, radio.band) for radio in model.radios)
    ports = made.get("ports", tuple(device.ports))
    with loop_thread() as loop:

        async def start() -> Any:
            lab = LabDevice(
                "MikroTik",
                model=made.get("model", model.name),
                version=made.get("version", device.version),
                serial=SERIAL,
                ports=ports,
                radios=radios,
                host_key=asyncssh.generate_private_key("ssh-ed25519"),
                flash_folder=model.flash_folder,
                device_mode=model.device_mode,
                architecture=model.architecture,
                wifi_package=model.wifi_package,
            )
            if defaults:
                lab.import_script(
                    default_configuration(ports, radios, serial=SERIAL, version=device.version)
                )
            lab.license_unread = True
            return lab, await serve(lab, lambda: lab.up)

        lab, listener = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        factory = Factory("127.0.0.1", listener.port)
        yield Site(project, device, lab, factory, loop)
        asyncio.run_coroutine_threadsafe(listener.close(), loop).result(20)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with out_of_its_box(tmp_path, HOSTS[0]) as made:
        yield made


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("defaults", [True, False], ids=["defaults", "nothing"])
def test_a_new_device_lets_the_tool_in_and_the_factory_account_out(
    tmp_path: Path, host: str, defaults: bool
) -> None:
    with out_of_its_box(tmp_path, host, defaults=defaults) as site:
        done = site.push()
        assert done.seen_through
        driver = site.driver()
        driver.open()
        driver.check_identity()
        driver.close()
        with pytest.raises(DeviceError):
            as_factory(site).greet()
        assert site.leftovers == []


def as_factory(site: Site) -> FactoryDevice:
    return FactoryDevice(
        Target(
            host=site.device.name,
            address=site.factory.address,
            port=site.factory.port,
            username="admin",
            password="",
            known_hosts=site.project.known_hosts,
            timeout=5,
        )
    )


def test_host_key_and_serial_number_are_kept(site: Site) -> None:
    old = site.device.serial
    done = site.push()
    assert (done.serial, done.serial_written) == (SERIAL, True)
    with Journal.open(site.project.journal_path) as journal:
        assert [(r.kind, r.operator, r.result) for r in journal.runs()] == [
            ("bootstrap", "siti", f"{site.device.name}: {SERIAL}, version {site.device.version}")
        ]
    text = (site.project.inventory / "offices.yaml").read_text()
    assert SERIAL in text
    assert old not in text
    assert known_hosts.pinned(site.project.known_hosts, site.device.name)


def test_another_serial_number_that_is_not_accepted_ends_it_before_a_write(site: Site) -> None:
    before = site.on_loop(lambda: site.lab.execute("/export", user="admin"))
    with pytest.raises(IdentityError, match="serial number"):
        site.push(accept=lambda _: False)
    after = site.on_loop(lambda: site.lab.execute("/export", user="admin"))
    assert after.splitlines()[1:] == before.splitlines()[1:]
    assert site.leftovers == []


@pytest.mark.parametrize(("what", "value"), [("model", "RB5009UG+S+"), ("version", "7.16.2")])
def test_another_device_than_the_inventory_has_is_refused(
    tmp_path: Path, what: str, value: str
) -> None:
    with out_of_its_box(tmp_path, HOSTS[0], **{what: value}) as site:
        with pytest.raises(IdentityError, match=what):
            site.push()
        assert site.leftovers == []


def test_it_can_be_run_again_after_it_was_done(site: Site) -> None:
    site.push()
    done = site.push()
    assert done.seen_through
    assert site.leftovers == []


def test_a_statement_that_fails_is_named_and_the_next_try_succeeds(
    site: Site,
) -> None:
    lines = bootstrap.script(site.project, site.device).text.splitlines()
    middle = len(lines) // 2
    broken = [*lines[:middle], "/ip address add address=nonsense interface=ether1"]
    with pytest.raises(ApplyError, match=f"line {middle + 1}"):
        site.push_lines(broken)
    assert site.leftovers == []
    assert site.push().seen_through


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_it_can_be_run_again_after_a_power_cut_at_any_statement(site: Site, share: float) -> None:
    lines = bootstrap.script(site.project, site.device).text.splitlines()
    cut = "\n".join(lines[: int(len(lines) * share)])
    site.on_loop(lambda: site.lab.import_script(cut))
    assert site.push().seen_through


def test_a_wrong_factory_password_is_told(site: Site) -> None:
    site.on_loop(lambda: site.lab.execute('/user set admin password="on the label"', user="admin"))
    wrong = replace(site, factory=replace(site.factory, password="guess"))
    with pytest.raises(AuthenticationError) as caught:
        wrong.push()
    assert "label" in str(caught.value.hint)
    right = replace(site, factory=replace(site.factory, password="on the label"))
    assert right.push().seen_through


def test_no_secret_of_the_script_is_in_a_message(site: Site) -> None:
    lines = bootstrap.script(site.project, site.device).text.splitlines()
    user = next(line for line in lines if "/user add" in line)
    password = user.rpartition("password=")[2].split()[0].strip('"')
    with pytest.raises(ApplyError) as caught:
        site.push_lines([f'/user add name=other group="{password}"'])
    assert password not in str(caught.value)


def test_a_serial_number_that_stands_nowhere_is_told(tmp_path: Path) -> None:
    file = tmp_path / "offices.yaml"
    file.write_text("serial: AAAAAAAA\n")
    with pytest.raises(ProjectError, match="0 times"):
        bootstrap.write_serial(file, "BBBBBBBB", "CCCCCCCC")
    assert file.read_text() == "serial: AAAAAAAA\n"
