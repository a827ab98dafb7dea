"""The district as a Nornir inventory, for our own runs and for anyone's plain Nornir script.

``host["device"]`` is the ``Device``, ``host["office"]`` the ``Office``; groups are the kind of
office, the role, the phase (``phase-1``) and the platform. No credentials are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.state import GlobalState
from nornir.plugins.runners import ThreadedRunner

from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district


def inventory_of(district: District, names: Sequence[str] | None = None) -> Inventory:
    """The hosts of these names (all without), with their groups."""
    groups, hosts, defaults = Groups(), Hosts(), Defaults()
    for device in district.devices.values():
        if names is not None and device.name not in names:
            continue
        office = district.office_of(device)
        own = (office.kind, device.role, f"phase-{office.phase}", device.platform)
        for name in own:
            groups.setdefault(name, Group(name=name, defaults=defaults))
        hosts[device.name] = Host(
            name=device.name,
            hostname=str(device.address),
            platform=device.platform,
            groups=ParentGroups(groups[name] for name in own),
            data={"device": device, "office": office},
            defaults=defaults,
        )
    return Inventory(hosts=hosts, groups=groups, defaults=defaults)


class SekayuInventory:
    """The plugin ``SekayuInventory``: ``options: {folder: inventory}``."""

    def __init__(self, folder: str = "inventory") -> None:
        self.folder = Path(folder)

    def load(self) -> Inventory:
        """Read the inventory folder. ``InventoryError`` with every fault found."""
        return inventory_of(load_district(self.folder))


def nornir_of(district: District, names: Sequence[str], *, workers: int) -> Nornir:
    """Nornir over these hosts, with threads. No plugin is searched for."""
    ConnectionPluginRegister.available = {}
    return Nornir(
        inventory=inventory_of(district, names),
        config=Config(),
        data=GlobalState(),
        runner=ThreadedRunner(num_workers=workers),
    )
