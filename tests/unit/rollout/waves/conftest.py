"""A small district of fake devices: a hub, offices on it, one office behind another."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.plugins.runners import ThreadedRunner

from sekayu_net.inventory.district import (
    Device,
    DinkominfoLink,
    District,
    Model,
    Office,
    Services,
)
from sekayu_net.journal import Journal
from sekayu_net.platforms.base import DiffContext
from sekayu_net.rollout.site import Site


def model() -> Model:
    return Model("Model", "lines", {"wan": "uplink"})


def office(
    slug: str, number: int, *, kind: Any, upstream: str | None, access_points: int = 0
) -> Office:
    names = [(f"{slug}-rtr1", "router")] + [
        (f"{slug}-ap{n}", "access_point") for n in range(1, access_points + 1)
    ]
    devices = tuple(
        Device(
            name=name,
            office=slug,
            role=role,  # type: ignore[arg-type]
            number=1,
            model=model(),
            version="1.0",
            serial="SERIAL1",
            address=IPv4Address(f"192.0.2.{number * 10 + index}"),
            ports={"wan": "uplink"},
            attached={},
        )
        for index, (name, role) in enumerate(names)
    )
    return Office(
        code=f"16.00.{number:02}",
        name=slug,
        kind=kind,
        slug=slug,
        phase=2 if kind == "desa" else 1,
        uplink="dinkominfo" if upstream is None else "fiber",
        upstream=upstream,
        vlans={},
        devices=devices,
    )


def town() -> District:
    """A hub, two offices on it, and one behind the first of these."""
    offices = [
        office("camat-kota", 1, kind="camat", upstream=None, access_points=1),
        office("lurah-satu", 2, kind="lurah", upstream="camat-kota", access_points=2),
        office("lurah-dua", 3, kind="lurah", upstream="camat-kota"),
        office("desa-jauh", 4, kind="desa", upstream="lurah-satu"),
    ]
    network = IPv4Network("198.51.100.0/24")
    services = Services(
        controller_networks=(network,),
        controller_address=IPv4Address("198.51.100.10"),
        intranet=(),
        dns=(),
        public_dns=(),
        ntp=(),
        syslog=IPv4Address("198.51.100.11"),
        snmp_networks=(),
        iot_servers=(),
        public_ntp=(),
        timezone="Asia/Jakarta",
        domain="example.test",
        rescue=IPv4Interface("192.0.2.254/24"),
    )
    link = DinkominfoLink(network, IPv4Address("198.51.100.1"), IPv4Interface("198.51.100.2/24"))
    return District(
        code="16.00",
        name="Kota",
        hub="camat-kota-rtr1",
        offices={each.slug: each for each in offices},
        services=services,
        dinkominfo=link,
        tunnel_network=None,
        settings={},
    )


def nornir_over(hosts: Sequence[str], district: District) -> Nornir:
    inventory = Inventory(
        hosts=Hosts(
            {
                name: Host(name, data={"device": district.devices[name]}, defaults=Defaults())
                for name in hosts
            }
        ),
        groups=Groups(),
        defaults=Defaults(),
    )
    return Nornir(inventory=inventory, runner=ThreadedRunner(num_workers=4), data=GlobalState())


def project_task(name: str) -> Callable[..., Any]:
    path = Path(__file__).parents[4] / "tasks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"task_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)  # type: ignore[no-any-return]


class Town:
    """A district of fake devices, each with its own state, and one clock."""

    def __init__(self, fakes: ModuleType) -> None:
        self.fakes = fakes
        self.district = town()
        self.clock = fakes.Clock()
        self.devices = {name: fakes.FakeDevice(self.clock) for name in self.district.devices}
        self.intended = {name: fakes.PLATFORM.mask(fakes.NEW, fakes.seal) for name in self.devices}
        self.begun: list[str] = []

    def driver(self, device: Device) -> Any:
        return self.fakes.FakeDriver(self.devices[device.name])

    def site(self) -> Site:
        return Site(
            name="16.00",
            lab=True,
            revision=None,
            operator="tester",
            district=self.district,
            platform=lambda device: self.fakes.PLATFORM,
            driver=self.driver,
            context=lambda device: DiffContext("1.0"),
            intended=lambda device: self.intended[device.name],
            seal=self.fakes.seal,
            unseal=self.fakes.unseal,
            label=lambda fingerprint: f"example/{fingerprint[-1]}@1",
            remember=lambda value, origin: None,
            nornir=lambda hosts: nornir_over(hosts, self.district),
            task=project_task,
        )


@pytest.fixture
def place(fakes: ModuleType) -> Town:
    return Town(fakes)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal that does not wait for the disk: no test pulls the plug here."""
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.query("PRAGMA synchronous = OFF")
        yield journal
