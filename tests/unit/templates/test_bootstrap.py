"""First boot on paper: the default configuration, the script, and the first plan after it."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.platform import ROUTEROS

# One device of each kind: hub, fiber, radio with offices behind, tunnel, access point.
KINDS = [
    "camat-sekayu-rtr1",
    "lurah-kayu-ara-rtr1",
    "desa-lumpatan-rtr1",
    "desa-muara-teladan-rtr1",
    "desa-lumpatan-ap1",
]


def booted(bench, device, *, times: int = 1) -> str:
    text = bench.factory(device)
    for _ in range(times):
        text = ROUTEROS.apply(text, bench.bootstrap(device))
    return text


def test_the_first_plan_changes_nothing_on_the_management_path(bench, each) -> None:
    for device in each():
        change = bench.plan(device, booted(bench, device))
        touching = [op.statement for op in change.operations if op.management or op.gap]
        assert (device.name, change.management_path, touching) == (device.name, False, [])


def test_without_it_the_first_plan_would_change_the_management_path(bench, each) -> None:
    for device in each():
        assert bench.plan(device, bench.factory(device)).management_path, device.name


def test_the_first_plan_leads_to_the_intended_state(bench, each) -> None:
    for device in each():
        running = booted(bench, device)
        change = bench.plan(device, running)
        after = ROUTEROS.apply(running, change.script)
        assert bench.plan(device, after).empty, device.name


@pytest.mark.parametrize("host", KINDS)
def test_it_can_be_run_again(bench, host) -> None:
    device = bench.device(host)
    once, twice = booted(bench, device), booted(bench, device, times=2)
    assert ROUTEROS.canonical(twice) == ROUTEROS.canonical(once)


@pytest.mark.parametrize("host", KINDS)
def test_an_interruption_anywhere_is_mended_by_running_it_again(bench, host) -> None:
    device = bench.device(host)
    script = bench.bootstrap(device)
    lines = script.splitlines(keepends=True)
    goal = ROUTEROS.canonical(booted(bench, device))
    for cut in range(0, len(lines), 3):
        half = ROUTEROS.apply(bench.factory(device), "".join(lines[:cut]))
        assert ROUTEROS.canonical(ROUTEROS.apply(half, script)) == goal, lines[cut]


@pytest.mark.parametrize("host", KINDS)
def test_it_works_without_a_default_configuration(bench, host) -> None:
    device = bench.device(host)
    bare = "".join(line for line in bench.factory(device).splitlines(True) if line.startswith("#"))
    change = bench.plan(device, ROUTEROS.apply(bare, bench.bootstrap(device)))
    assert not change.management_path


@pytest.mark.parametrize("host", KINDS)
def test_the_factory_account_goes_last(bench, host) -> None:
    lines = bench.bootstrap(bench.device(host)).splitlines()
    assert '"admin"' in lines[-1]
    assert sum('"admin"' in line for line in lines) == 1


@pytest.mark.parametrize("host", KINDS)
def test_accounts_have_passwords_from_the_store(bench, host) -> None:
    text = bench.bootstrap(bench.device(host))
    for account in ("sekayu", "rescue", "teknisi"):
        token = bench.store.seal(bench.store.get(f"user/{account}").value)
        assert f"name={account} password={token}" in text


@pytest.mark.parametrize("host", KINDS)
def test_the_rescue_account_works_on_the_rescue_port_alone(bench, host) -> None:
    network = bench.district.services.rescue.network
    (line,) = [
        line
        for line in bench.bootstrap(bench.device(host)).splitlines()
        if "/user add" in line and "name=rescue" in line
    ]
    assert f"address={network} " in line


@pytest.mark.parametrize("host", KINDS)
def test_vlan_filtering_begins_when_the_vlan_table_is_complete(bench, host) -> None:
    lines = bench.bootstrap(bench.device(host)).splitlines()
    filtering = [i for i, line in enumerate(lines) if "vlan-filtering=yes" in line]
    table = [i for i, line in enumerate(lines) if "/interface bridge vlan add" in line]
    assert len(filtering) == 1
    assert max(table) < filtering[0]


def test_a_model_that_forbids_schedulers_is_told_so(bench, each) -> None:
    for device in each():
        home = device.model.device_mode == "home"
        assert ("device-mode" in bench.bootstrap(device)) is home
