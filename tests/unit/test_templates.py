"""The reference templates: every device, every supported version, and back through the differ."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district
from sekayu_net.platforms.base import DiffContext, Flow
from sekayu_net.platforms.registry import platform
from sekayu_net.platforms.routeros.syntax import parse
from sekayu_net.rendering import render
from sekayu_net.secrets import SecretStore

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
DISTRICT = load_district(ROOT / "inventory")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> SecretStore:
    store = SecretStore.open(tmp_path_factory.mktemp("state") / "secrets.yaml", {})
    routers = [name for name, device in DISTRICT.devices.items() if device.role == "router"]
    names = ["ospf/sekayu", "snmp/community", "snmp/authentication", "snmp/encryption"]
    names += [f"wifi/{slug}/office" for slug in DISTRICT.offices]
    names += [f"wireguard/{router}" for router in routers]
    store.generate(names)
    return store


def of_version(district: District, name: str, version: str) -> District:
    """The district with one device on another version."""
    office = district.office_of(district.devices[name])
    devices = tuple(
        dataclasses.replace(device, version=version) if device.name == name else device
        for device in office.devices
    )
    offices = {**district.offices, office.slug: dataclasses.replace(office, devices=devices)}
    return dataclasses.replace(district, offices=offices)


@pytest.mark.parametrize("version", ["7.16", "7.20", "7.24"])
@pytest.mark.parametrize("name", DISTRICT.devices)
def test_what_renders_for_a_version_exists_in_it(
    name: str, version: str, secrets: SecretStore
) -> None:
    district = of_version(DISTRICT, name, version)
    device = district.devices[name]
    text = render(district, device, secrets, TEMPLATES)
    assert platform(device.platform).check(text, version) == ()


@pytest.mark.parametrize("name", DISTRICT.devices)
def test_a_device_that_says_what_is_intended_needs_no_change(
    name: str, secrets: SecretStore
) -> None:
    device = DISTRICT.devices[name]
    system = platform(device.platform)
    text = render(DISTRICT, device, secrets, TEMPLATES)
    context = DiffContext(
        version=device.version,
        ownership=system.load_ownership(TEMPLATES / device.platform, device.role),
        flows=(Flow("10.16.0.0/24", str(device.address)),),
    )
    change = system.diff("", text, context)
    assert not change.empty
    assert system.diff(change.predicted, text, context).script == ""


@pytest.mark.parametrize("name", DISTRICT.devices)
def test_no_secret_stands_in_an_intended_configuration(name: str, secrets: SecretStore) -> None:
    text = render(DISTRICT, DISTRICT.devices[name], secrets, TEMPLATES)
    assert not [known for known in secrets.names() if secrets.get(known).value in text]


@pytest.mark.parametrize(
    "name", [name for name, device in DISTRICT.devices.items() if device.platform == "routeros"]
)
def test_every_filter_chain_ends_in_an_explicit_drop(name: str, secrets: SecretStore) -> None:
    text = render(DISTRICT, DISTRICT.devices[name], secrets, TEMPLATES)
    last: dict[str | None, str | None] = {}
    for statement in parse(text).statements:
        if statement.menu == "/ip firewall filter":
            values = {argument.key: argument.value for argument in statement.arguments}
            last[values["chain"]] = values["action"]
    assert last
    assert {chain: last[chain] for chain in ("input", "forward")} == {
        "input": "drop",
        "forward": "drop",
    }
