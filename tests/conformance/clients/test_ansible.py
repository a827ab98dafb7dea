"""Ansible's ``community.routeros.command`` and ``facts`` over ``network_cli``.

Wants ``ansible-core``; the collections are taken from the wheel of ``ansible`` that ``make suites``
fetches (it is unpacked in part, never installed). ``make conformance`` tries more versions than
``make test``.

Left out: the facts of ``routing``. Their commands are 6.49's ``/routing bgp peer`` and its like,
which RouterOS 7 lacks and the lab does not simulate; the module fails where one is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.clients.conftest import NEW, NEWEST, OLD, PASSWORD, USER, Bench, Maker

SUITES = Path(os.environ.get("SEKAYU_SUITES", Path(sys.prefix) / "suites"))
WHEEL = next(iter(sorted(SUITES.glob("ansible-*.whl"))), None)
COLLECTIONS = tuple(
    f"ansible_collections/{name}/"
    for name in ("community/routeros", "ansible/netcommon", "ansible/utils")
)
WHOLE = pytest.mark.skipif(
    os.environ.get("SEKAYU_CONFORMANCE") != "all", reason="slow: make conformance"
)
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(find_spec("ansible") is None, reason="ansible-core is not installed"),
    pytest.mark.skipif(WHEEL is None, reason="Ansible's collections are not here: make suites"),
]


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    assert WHEEL is not None
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(folder, [n for n in wheel.namelist() if n.startswith(COLLECTIONS)])
    return folder


@pytest.fixture
def sockets() -> Iterator[str]:
    """A short path: that of a socket has about a hundred characters."""
    folder = tempfile.mkdtemp(prefix="ans")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def play(bench: Bench, collections: Path, sockets: str, tasks: list[dict[str, Any]]) -> Any:
    """What the tasks registered as ``result``."""
    answer = bench.folder / "result.json"
    tasks = [
        *tasks,
        {"ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(answer)},
         "delegate_to": "localhost"},
    ]  # fmt: skip
    host = {
        "ansible_host": "127.0.0.1", "ansible_port": bench.port, "ansible_password": PASSWORD,
        "ansible_user": f"{USER}+cet1024w", "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "community.routeros.routeros",
        "ansible_network_cli_ssh_type": "paramiko",
    }  # fmt: skip
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = bench.folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"router": host, "localhost": local}}}))
    playbook = bench.folder / "play.yml"
    playbook.write_text(
        yaml.safe_dump([{"hosts": "router", "gather_facts": False, "tasks": tasks}])
    )
    known = bench.folder / ".ssh" / "known_hosts"
    known.parent.mkdir(mode=0o700)
    known.write_text(bench.known_hosts.read_text())
    environment = bench.environment() | {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOST_KEY_CHECKING": "true",
        "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": sockets,
        "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": "20",
        "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT": "15",
        "ANSIBLE_LOCAL_TEMP": str(bench.folder / "tmp"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-vvv", "-i", str(inventory), str(playbook)],
        env=environment, cwd=bench.folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    return json.loads(answer.read_text())


@pytest.mark.parametrize(
    "version", [NEW, pytest.param(OLD, marks=WHOLE), pytest.param(NEWEST, marks=WHOLE)]
)
def test_command_gives_what_each_command_prints(
    make_bench: Maker, collections: Path, sockets: str, version: str
) -> None:
    bench = make_bench(version)
    commands = [
        "/system identity print",
        "/ip address add address=10.9.0.1/24 interface=ether2",
        "/ip address print",
    ]
    found = play(
        bench, collections, sockets,
        [{"community.routeros.command": {"commands": commands}, "register": "result"}],
    )  # fmt: skip
    assert found["stdout"][0] == "name: office-rtr1"
    assert "10.9.0.1/24" in found["stdout"][2]
    assert not any("[teknisi@" in text for text in found["stdout"])


@pytest.mark.parametrize("version", [NEW, pytest.param(OLD, marks=WHOLE)])
def test_facts_are_the_devices(
    make_bench: Maker, collections: Path, sockets: str, version: str
) -> None:
    bench = make_bench(version)
    task = {"community.routeros.facts": {"gather_subset": ["all", "!routing"]}}
    result = play(bench, collections, sockets, [task | {"register": "result"}])
    found = result["ansible_facts"]
    assert found["ansible_net_hostname"] == "office-rtr1"
    assert found["ansible_net_version"].partition(" ")[0] == version
    assert found["ansible_net_model"] == "RB5009UG+S+IN"
    assert found["ansible_net_serialnum"] == "HMM0BDDPJAM"
    assert found["ansible_net_memtotal_mb"] == 1024.0
    assert found["ansible_net_arch"] == "arm64"
    assert set(found["ansible_net_interfaces"]) >= {"ether1", "ether2", "bridge1", "vlan10"}
    assert set(found["ansible_net_all_ipv4_addresses"]) == {"10.0.0.1", "10.0.1.1"}
    assert "/ip address" in found["ansible_net_config"]


def test_a_command_that_fails_fails_the_task(bench: Bench, collections: Path, sockets: str) -> None:
    found = play(
        bench, collections, sockets,
        [{"community.routeros.command": {"commands": ["/nonsense"]}, "register": "result",
          "ignore_errors": True}],
    )  # fmt: skip
    assert found["failed"]
    assert "bad command name" in found["msg"]
