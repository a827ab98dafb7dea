"""The inventory as plain Nornir sees it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from nornir import InitNornir
from nornir.core.filter import F
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.plugins.inventory import InventoryPluginRegister
from nornir.core.task import Result, Task

from sekayu_net.inventory.nornir_plugin import SekayuInventory, nornir_of
from sekayu_net.inventory.offices import load_district


@pytest.fixture
def registered() -> Iterator[None]:
    InventoryPluginRegister.register("SekayuInventory", SekayuInventory)
    yield
    InventoryPluginRegister.deregister("SekayuInventory")


def greet(task: Task) -> Result:
    return Result(host=task.host, result=f"{task.host['office'].name}: {task.host['device'].role}")


def test_a_plain_nornir_script_can_use_it(folder: Path, registered: None) -> None:
    nornir = InitNornir(
        inventory={"plugin": "SekayuInventory", "options": {"folder": str(folder)}},
        runner={"plugin": "threaded", "options": {"num_workers": 2}},
        logging={"enabled": False},
    )
    lurahs = nornir.filter(F(groups__contains="lurah") & F(groups__contains="router"))
    assert {name: r[0].result for name, r in lurahs.run(task=greet).items()} == {
        "lurah-satu-rtr1": "Satu: router"
    }


def test_a_host_has_its_address_platform_and_groups(folder: Path) -> None:
    host = SekayuInventory(str(folder)).load().hosts["lurah-satu-ap1"]
    assert (host.hostname, host.platform) == ("10.64.7.203", "routeros")
    assert [group.name for group in host.groups] == ["lurah", "access_point", "phase-1", "routeros"]


def test_defaults_and_groups_are_nornirs_own(folder: Path) -> None:
    (folder / "defaults.yaml").write_text("username: tool\ndata: {winbox: true}\n")
    (folder / "groups.yaml").write_text("desa: {port: 2222, data: {slow: true}}\n")
    inventory = SekayuInventory(str(folder)).load()
    desa, lurah = inventory.hosts["desa-dua-rtr1"], inventory.hosts["lurah-satu-rtr1"]
    assert (desa.port, desa["slow"], desa["winbox"], desa.username) == (2222, True, True, "tool")
    assert lurah.port is None
    assert load_district(folder).settings == {"winbox": True}


def test_it_runs_over_the_chosen_hosts_only(folder: Path) -> None:
    nornir = nornir_of(load_district(folder), ["desa-dua-rtr1"], workers=2)
    assert {name: r[0].result for name, r in nornir.run(task=greet).items()} == {
        "desa-dua-rtr1": "Dua: router"
    }


def test_it_leaves_the_plugins_of_others_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ConnectionPluginRegister.available, "theirs", object)  # type: ignore[arg-type]
    nornir_of(load_district(folder), ["desa-dua-rtr1"], workers=1)
    assert "theirs" in ConnectionPluginRegister.available


def test_the_entry_point_names_the_plugin() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    named = project["project"]["entry-points"]["nornir.plugins.inventory"]["SekayuInventory"]
    module, attribute = named.split(":")
    assert getattr(import_module(module), attribute) is SekayuInventory


def test_a_failing_task_shows_nobody_a_traceback(folder: Path) -> None:
    program = f"""
from pathlib import Path
from sekayu_net.inventory.nornir_plugin import nornir_of
from sekayu_net.inventory.offices import load_district

def fail(task):
    raise ValueError(task.host.name)

nornir = nornir_of(load_district(Path({str(folder)!r})), ["desa-dua-rtr1"], workers=1)
print(nornir.run(task=fail)["desa-dua-rtr1"].exception)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "desa-dua-rtr1\n"
    assert done.stderr == ""
