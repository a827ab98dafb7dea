"""First boot: from a device out of its box to the first deployment.

The script is the templates' ``bootstrap.j2`` with its secrets in clear: it goes to a terminal, a
file of mode 0600 or the device, and nowhere else. How a vendor's factory device is talked to is
``platforms``'; what it must turn out to be is the inventory's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net import atomic, known_hosts
from sekayu_net.errors import (
    AuthenticationError,
    DeviceError,
    IdentityError,
    ProjectError,
    RenderError,
    SecretError,
    UsageError,
)
from sekayu_net.journal import Journal
from sekayu_net.platforms.abilities import Bootable, FactoryDevice, Identity
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.registry import platform
from sekayu_net.rendering import BootstrapUsers, bootstrap_secrets, render, render_bootstrap

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project

STAGE = "first boot"


@dataclass(frozen=True, slots=True)
class Factory:
    """Where a new device is met, and as whom."""

    address: str
    port: int = 22
    username: str = "admin"
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Booted:
    """How a first boot ended. ``serial`` is what the device said; ``fingerprint`` its host key's.

    ``seen_through``: the session lived to see the script's end.
    """

    serial: str
    fingerprint: str
    seen_through: bool
    serial_written: bool


@dataclass(frozen=True, slots=True)
class FirstScript:
    """A device's first script, secrets in clear, and the secrets that stand in it."""

    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def scrub(self, words: str) -> str:
        """A message without any of them."""
        for value in sorted(self.secrets, key=len, reverse=True):
            words = words.replace(value, "<secret>")
        return words


def script(project: Project, device: Device) -> FirstScript:
    """The script for a device. Secrets that are missing are made and kept first."""
    store = project.secrets()
    users = BootstrapUsers(project.public_key(), tool=project.settings.ssh.username)
    with project.lock():
        names = bootstrap_secrets(project.district(), device, project.templates, users)
        store.generate(names)
    text = render_bootstrap(project.district(), device, store, project.templates, users)
    return FirstScript(
        platform(device.platform).reveal(text, store.unseal),
        tuple(store.get(name).value for name in names),
    )


def far_ends_missing(project: Project, device: Device) -> tuple[str, ...]:
    """The routers on the device's path that were not yet deployed as the inventory has them now.

    Until they are, the new device has nobody to talk to.
    """
    district = project.district()
    store = project.secrets()
    with Journal.open(project.journal_path) as journal:
        confirmed = journal.confirmed()
    missing = []
    for name in district.path_to(device):
        known = confirmed.get(name)
        if known is None:
            missing.append(name)
            continue
        try:
            wanted = render(district, district.devices[name], store, project.templates)
        except (RenderError, SecretError):
            wanted = ""  # what can't be rendered can't have been deployed
        if known.intended != wanted:
            missing.append(name)
    return tuple(missing)


def push(
    project: Project,
    device: Device,
    factory: Factory,
    script: FirstScript,
    *,
    operator: str,
    accept: Callable[[str], bool],
    told: Callable[[str], None] = lambda _: None,
) -> Booted:
    """Bring the script to a device at its factory address, and see that it came to its end.

    ``accept`` is asked before another serial number is written into the inventory. Raises
    ``DeviceError``; the whole may be run again after any interruption.
    """
    from sekayu_net.platforms.transport import fetch_host_key

    timeout = project.settings.ssh.timeout
    key = fetch_host_key(
        factory.address,
        factory.port,
        timeout,
        legacy_algorithms=device.legacy_algorithms,
        host=device.name,
    )
    told(f"{factory.address} shows {key.fingerprint}")
    file = project.state / f"first-boot-{device.name}.known_hosts"
    known_hosts.pin(file, device.name, key.line)
    try:
        found, target = enter(project, device, factory, file)
        told(f"logged in as {target.username}")
        try:
            identity = found.facts()
            _check(device, identity)
            written = _serial(project, device, identity, accept)
            seen = found.push(script.text)
            if seen and not found.finished():
                raise DeviceError(
                    "the script ended before its last statement",
                    host=device.name,
                    stage=STAGE,
                    hint="look at the device's log, then run bootstrap again",
                )
        except DeviceError as error:
            error.message = script.scrub(error.message)
            raise
        finally:
            found.close()
        with project.lock(), Journal.open(project.journal_path) as journal:
            known_hosts.pin(project.known_hosts, device.name, key.line)
            run = journal.begin("bootstrap", operator=operator, selection=f"--host {device.name}")
            journal.end(run, f"{device.name}: {identity.serial}, version {identity.version}")
    finally:
        file.unlink(missing_ok=True)
    return Booted(identity.serial, key.fingerprint, seen, written)


def enter(
    project: Project, device: Device, factory: Factory, file: Path
) -> tuple[FactoryDevice, Target]:
    """An open session: by the tool's own key where an earlier try got that far, else as factory."""
    ours = Target(
        host=device.name,
        address=factory.address,
        port=factory.port,
        username=project.settings.ssh.username,
        known_hosts=file,
        key_file=project.key_file,
        timeout=project.settings.ssh.timeout,
        legacy_algorithms=device.legacy_algorithms,
    )
    system = platform(device.platform)
    if not isinstance(system, Bootable):
        raise UsageError(
            f"{device.name}: a device of platform {device.platform} can't be pushed to",
            hint="print the script and paste it: leave --via away",
        )
    if ours.key_file is not None:
        again = system.factory(ours)
        try:
            again.open()
        except AuthenticationError:
            pass  # it does not know us yet: that is what we came for
        else:
            return again, ours
    new = replace(ours, username=factory.username, password=factory.password, key_file=None)
    found = system.factory(new)
    found.greet()
    found.open()
    return found, new


def _check(device: Device, found: Identity) -> None:
    pairs = (
        ("model", device.model.name, found.model),
        ("version", device.version, found.version),
    )
    for what, wanted, is_ in pairs:
        if wanted != is_:
            raise IdentityError(
                f"the inventory says {what} {wanted}, the device says {is_ or 'nothing'}",
                host=device.name,
                stage=STAGE,
                hint=f"correct {what} in inventory/offices.yaml (the script depends on it), or "
                "find out which device this is; nothing was written",
            )


def _serial(
    project: Project, device: Device, found: Identity, accept: Callable[[str], bool]
) -> bool:
    """Write the device's serial number into the inventory where another one stands."""
    if found.serial in ("", device.serial):
        return False
    if not accept(found.serial):
        raise IdentityError(
            f"the inventory says serial number {device.serial}, the device says {found.serial}",
            host=device.name,
            stage=STAGE,
            hint="is this the device for this place? Nothing was written",
        )
    with project.lock():
        write_serial(project.inventory / "offices.yaml", device.serial, found.serial)
    return True


def write_serial(file: Path, old: str, new: str) -> None:
    """Put a serial number in another's place, in an inventory file; everything else stays.

    ``ProjectError`` when the old one does not stand there exactly once.
    """
    text = file.read_text(encoding="utf-8")
    pattern = re.compile(rf"(serial:\s*[\"']?){re.escape(old)}\b")
    changed, count = pattern.subn(rf"\g<1>{new}", text)
    if count != 1:
        raise ProjectError(
            f"{file}: serial number {old} stands there {count} times",
            hint=f"write {new} in its place by hand",
        )
    atomic.write(file, changed)
