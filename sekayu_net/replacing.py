"""Another device in the place of a dead one: who it is goes into the inventory, the rest stays.

Name, addresses, secrets and history belong to the place; serial number, host key, model and
version to the device. The first script and its way are ``bootstrap``'s; the whole configuration is
an ordinary plan afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekayu_net import atomic, known_hosts
from sekayu_net.bootstrap import Factory, enter
from sekayu_net.errors import InventoryError, ProjectError
from sekayu_net.inventory.editing import FILE, set_device
from sekayu_net.inventory.offices import load_district
from sekayu_net.languages import said
from sekayu_net.platforms.abilities import Identity

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.journal import Journal
    from sekayu_net.project import Project

KIND = "replace"


@dataclass(frozen=True, slots=True)
class Unit:
    """What tells one device from another of the same place."""

    serial: str
    model: str
    version: str

    @classmethod
    def of(cls, device: Device) -> Unit:
        """What the inventory has."""
        return cls(device.serial, device.model.name, device.version)

    def __str__(self) -> str:
        return said(f"{self.model} {self.serial} with {self.version}")


def meet(project: Project, device: Device, factory: Factory) -> Unit:
    """Ask a device at its factory address who it is. Changes nothing but its licence question."""
    from sekayu_net.platforms.transport import fetch_host_key

    key = fetch_host_key(
        factory.address,
        factory.port,
        project.settings.ssh.timeout,
        legacy_algorithms=device.legacy_algorithms,
        host=device.name,
    )
    file = project.state / f"replace-{device.name}.known_hosts"
    known_hosts.pin(file, device.name, key.line)
    try:
        found, _ = enter(project, device, factory, file)
        try:
            said: Identity = found.facts()
            return Unit(said.serial, said.model, said.version)
        finally:
            found.close()
    finally:
        file.unlink(missing_ok=True)


def put_in_place(project: Project, device: Device, unit: Unit) -> None:
    """Write who stands there now into the inventory. The caller holds the project's lock.

    ``ProjectError`` when the inventory does not hold with it (a model that it does not know, ports
    that it lacks, a version that the templates were not checked for): then it stays as it was.
    """
    file = project.inventory / FILE
    before = file.read_text(encoding="utf-8")
    changes = {
        key: new
        for key in ("serial", "model", "version")
        if (new := getattr(unit, key)) and new != getattr(Unit.of(device), key)
    }
    if not changes:
        return
    set_device(project.inventory, device.name, **changes)
    try:
        load_district(project.inventory)
    except InventoryError as error:
        atomic.write(file, before)
        faults = "; ".join(str(each) for each in error.findings[:3])
        raise ProjectError(
            f"{device.name}: {unit} does not fit the inventory, which stays as it was: {faults}",
            hint="a new model or version is added in inventory/models.yaml, other ports in the "
            "device's own entry; a version that is too old or new is changed with upgrade",
        ) from None


def record(journal: Journal, device: Device, before: Unit, after: Unit, operator: str) -> str:
    """Keep the exchange for the hand-over; the run's id.

    Accounts, keys and files of the old device vouch for none of the new one.
    """
    run = journal.begin(KIND, operator=operator, selection=f"--host {device.name}")
    journal.enter(run, device.name, wave=KIND)
    with journal.transaction() as db:
        db.execute("UPDATE confirmed SET beyond = NULL WHERE host = ?", (device.name,))
    journal.state(run, device.name, "confirmed", reason=f"{before} made way for {after}")
    journal.end(run, f"{device.name}: {before} made way for {after}")
    return run


def forget_key(project: Project, host: str) -> bool:
    """Let go of the old device's host key; whether there was one. The caller holds the lock."""
    return known_hosts.forget(project.known_hosts, host)
