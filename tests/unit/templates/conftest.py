"""The reference project's templates, rendered for its district with secrets made for the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sekayu_net.inventory.district import Device, District
from sekayu_net.inventory.offices import load_district
from sekayu_net.platforms.base import Change, DiffContext, Flow
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.syntax import Statement, parse
from sekayu_net.rendering import BootstrapUsers, render, render_bootstrap, required_secrets
from sekayu_net.secrets import SecretStore

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
DEFCONF = ROOT / "tests" / "cases" / "templates" / "defconf.rsc"
USERS = BootstrapUsers("ssh-ed25519 AAAAC3Nza/x+y= the tool", local=("teknisi",))


@dataclass(frozen=True)
class Bench:
    """A district whose devices can be rendered, booted and planned, all on paper."""

    district: District
    store: SecretStore

    def device(self, host: str, version: str | None = None) -> Device:
        device = self.district.devices[host]
        return replace(device, version=version) if version else device

    def text(self, device: Device) -> str:
        return render(self.district, device, self.store, TEMPLATES)

    def statements(self, device: Device, menu: str | None = None) -> list[Statement]:
        return [s for s in parse(self.text(device)).statements if menu in (None, s.menu)]

    def rows(self, device: Device, menu: str) -> list[dict[str, str | None]]:
        return [values(s) for s in self.statements(device, menu)]

    def bootstrap(self, device: Device) -> str:
        return render_bootstrap(self.district, device, self.store, TEMPLATES, USERS)

    def factory(self, device: Device) -> str:
        """MikroTik's default configuration of a device's model, as an export."""
        ports = [p for p in device.ports if p != "ether1"]
        radios = [radio.name for radio in device.model.radios]
        members = [
            f"add bridge=bridge comment=defconf interface={port}" for port in [*ports, *radios]
        ]
        wifi = [
            f"set [ find default-name={name} ] configuration.mode=ap .ssid=MikroTik disabled=no"
            for name in radios
        ]
        return (
            DEFCONF.read_text()
            .replace("@VERSION@", device.version)
            .replace("@MODEL@", device.model.name)
            .replace("@PORTS@", "\n".join(members))
            .replace("@RADIOS@", "\n".join(["/interface wifi", *wifi] if wifi else []))
        )

    def plan(self, device: Device, running: str) -> Change:
        flows = tuple(
            Flow(str(network), str(device.address))
            for network in self.district.services.controller_networks
        )
        context = DiffContext(
            device.version,
            ROUTEROS.load_ownership(TEMPLATES / "routeros", device.role),
            flows=flows,
        )
        return ROUTEROS.diff(running, self.text(device), context)


def values(statement: Statement) -> dict[str, str | None]:
    """A statement's arguments; a bare flag is None."""
    return {argument.key: argument.value for argument in statement.arguments}


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    district = load_district(ROOT / "inventory")
    store = SecretStore.open(tmp_path_factory.mktemp("secrets") / "secrets.yaml", {})
    store.generate(required_secrets(district, TEMPLATES, users=USERS))
    return Bench(district, store)


@pytest.fixture(scope="session")
def each(bench: Bench) -> Callable[..., list[Device]]:
    """The devices of the first platform, of a role, or with an uplink of a kind."""

    def devices(role: str | None = None, *uplinks: str) -> list[Device]:
        found = [
            device
            for device in bench.district.devices.values()
            if device.platform == "routeros"
            and role in (None, device.role)
            and (not uplinks or bench.district.office_of(device).uplink in uplinks)
        ]
        assert found
        return found

    return devices
