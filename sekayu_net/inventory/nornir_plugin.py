"""The district as a Nornir inventory, for our own runs and for anyone's plain Nornir script.

``host["device"]`` is the ``Device``, ``host["office"]`` the ``Office``; groups are the kind of
office, the role, the phase (``phase-1``) and the platform. No credentials are in it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import (
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)
from nornir.core.state import GlobalState
from nornir.plugins.runners import ThreadedRunner

from sekayu_net.collection import no_collection
from sekayu_net.inventory.district import Device, District
from sekayu_net.inventory.offices import Files, build, checked_files


def groups_of(district: District, device: Device) -> tuple[str, ...]:
    """The names of a device's groups: kind of office, role, phase, platform."""
    office = district.office_of(device)
    return (office.kind, device.role, f"phase-{office.phase}", device.platform)


def inventory_of(
    district: District, names: Sequence[str] | None = None, *, files: Files | None = None
) -> Inventory:
    """The hosts of these names (all without), with their groups.

    ``files`` adds what ``defaults.yaml`` and ``groups.yaml`` say.
    """
    defaults = Defaults(**files.defaults.model_dump()) if files else Defaults()
    said: dict[str, dict[str, Any]] = files.groups.model_dump() if files else {}
    groups = Groups(
        {name: Group(name=name, defaults=defaults, **own) for name, own in said.items()}
    )
    hosts = Hosts()
    wanted = None if names is None else set(names)
    for device in district.devices.values():
        if wanted is not None and device.name not in wanted:
            continue
        own = groups_of(district, device)
        for name in own:
            if name not in groups:
                groups[name] = Group(name=name, defaults=defaults)
        hosts[device.name] = Host(
            name=device.name,
            hostname=str(device.address),
            platform=device.platform,
            groups=ParentGroups(groups[name] for name in own),
            data={"device": device, "office": district.office_of(device)},
            defaults=defaults,
        )
    return Inventory(hosts=hosts, groups=groups, defaults=defaults)


class SekayuInventory:
    """The plugin ``SekayuInventory``; option ``folder``: the inventory folder."""

    def __init__(self, folder: str = "inventory") -> None:
        self.folder = Path(folder).expanduser()

    @no_collection()
    def load(self) -> Inventory:
        """Read the inventory folder. ``InventoryError`` with every fault found."""
        files = checked_files(self.folder)
        return inventory_of(build(files), files=files)


def simple_files(folder: Path) -> dict[str, str]:
    """The files of the equivalent Nornir SimpleInventory, by name: what plain Nornir needs.

    Only plain data: a host has its official code, model, version and serial number.
    """
    files = checked_files(folder)
    inventory = inventory_of(build(files), files=files)
    hosts = {
        name: {
            "hostname": host.hostname,
            "platform": host.platform,
            "groups": [group.name for group in host.groups],
            "data": {
                "office": host["office"].code,
                "model": host["device"].model.name,
                "version": host["device"].version,
                "serial": host["device"].serial,
            },
        }
        for name, host in inventory.hosts.items()
    }
    said = {name: own.model_dump(exclude_unset=True) for name, own in files.groups.root.items()}
    documents = {
        "hosts.yaml": hosts,
        "groups.yaml": {name: said.get(name, {}) for name in inventory.groups},
        "defaults.yaml": files.defaults.model_dump(exclude_unset=True),
    }
    return {name: yaml.safe_dump(data, sort_keys=False) for name, data in documents.items()}


def nornir_of(district: District, names: Sequence[str], *, workers: int) -> Nornir:
    """Nornir over these hosts, with threads, put together by hand.

    ``InitNornir`` would search every installed package for plugins, which takes half a second.
    """
    # Nornir logs the traceback of a failed task, and a program without handlers shows it. The
    # error itself is in the task's result; whoever started the run says it in words.
    log = logging.getLogger("nornir")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return Nornir(
        inventory=inventory_of(district, names),
        config=Config(),
        data=GlobalState(),
        runner=ThreadedRunner(num_workers=workers),
    )
