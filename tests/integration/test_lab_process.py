"""The lab as a process: up, asked, cut, down; what it leaves and what it never shows."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sekayu_net.lab import process

ROOT = Path(__file__).parents[2]
DEVICE = "lurah-kayu-ara-rtr1"
HUB = "camat-sekayu-rtr1"
pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("lab-process")]


class Lab:
    """A project of its own, and the command line in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".sekayu" / "lab"
        for name in ("inventory", "templates", "playbooks", "tasks"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "sekayu.toml", root)

    def ask(self, *words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "sekayu_net", "--project", str(self.root), "lab", *words],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def json(self, *words: str) -> Any:
        code, out, err = self.ask(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    @property
    def state(self) -> Any:
        return json.loads((self.folder / "lab.json").read_text())

    def stop(self) -> None:
        if process.running(self.folder):
            process.down(self.folder)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab") / "project with a blank")
    try:
        code, out, err = made.ask("up")
        assert code == 0, err
        assert "devices accept SSH" in out
        yield made
    finally:
        made.stop()


def login(lab: Lab, host: str, *, site: str = "controller") -> dict[str, Any]:
    """Options of a connection, as the tool's or as the technician's on site."""
    state = lab.state
    entry = state["devices"][host]
    options: dict[str, Any] = {
        "host": entry["address"],
        "config": None,
        "agent_path": None,
        "known_hosts": asyncssh.import_known_hosts(
            "".join(
                line.replace(host, entry["address"], 1) + "\n"
                for line in (lab.folder / "known_hosts").read_text().splitlines()
                if line.split()[0] == host
            )
        ),
        "login_timeout": 20,
    }
    if site == "controller":
        key = str(lab.root / state["key_file"])
        return options | {
            "port": entry["port"],
            "username": state["username"],
            "client_keys": [key],
        }
    return options | {
        "port": entry["onsite_port"],
        "username": state["onsite_username"],
        "password": state["onsite_password"],
        "client_keys": None,
    }


def run(lab: Lab, host: str, command: str, *, site: str = "controller") -> str:
    async def work() -> str:
        async with asyncssh.connect(**login(lab, host, site=site)) as connection:
            done = await connection.run(command, check=False, timeout=20)
            return str(done.stdout).strip()

    return asyncio.run(asyncio.wait_for(work(), 40))


def banner(port: int, seconds: float = 10.0) -> bytes:
    """The first bytes of the server; empty when it stays silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            return connection.recv(64)
        except TimeoutError:
            return b""


def test_every_device_greets_on_both_its_ports(lab: Lab) -> None:
    devices = lab.state["devices"]
    assert len(devices) >= 30
    for entry in devices.values():
        assert banner(entry["port"]).startswith(b"SSH-2.0-")
        assert banner(entry["onsite_port"]).startswith(b"SSH-2.0-")


def test_the_tool_gets_in_with_its_key_and_the_pinned_host_key(lab: Lab) -> None:
    assert run(lab, DEVICE, ":put [/system identity get name]") == DEVICE


def test_a_technician_on_site_gets_in_with_a_password(lab: Lab) -> None:
    entry = lab.json("list")[DEVICE]
    assert set(entry) == {"host", "port", "username", "password", "platform", "up"}
    assert entry["up"] is True
    assert run(lab, DEVICE, ":put [/system identity get name]", site="onsite") == DEVICE


def test_a_second_lab_is_refused(lab: Lab) -> None:
    code, _, err = lab.ask("up")
    assert code == 1
    assert "runs already" in err


def test_status_reaches_every_device(lab: Lab) -> None:
    rows = lab.json("status")
    assert {host: row["reason"] for host, row in rows.items() if not row["controller"]} == {}
    assert {host: row["reason"] for host, row in rows.items() if not row["onsite"]} == {}


def test_tables_fit_80_columns(lab: Lab) -> None:
    for words in (("status",), ("list",), ("fault",)):
        code, out, _ = lab.ask(*words)
        assert code == 0
        assert max(len(line) for line in out.splitlines()) <= 80


def test_files_with_secrets_are_closed_to_others_and_the_log_has_none(lab: Lab) -> None:
    for name in ("lab.json", "known_hosts", "secrets.yaml", "id_ed25519"):
        assert stat.S_IMODE((lab.folder / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(lab.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(lab.state["control"]).stat().st_mode) == 0o600
    password = lab.state["onsite_password"]
    assert password not in (lab.folder / "lab.log").read_text()
    _, out, err = lab.ask("list")
    assert password not in out + err


def test_a_cut_link_is_silence_until_it_is_mended(lab: Lab) -> None:
    port = lab.state["devices"][DEVICE]["port"]
    code, out, _ = lab.ask("fault", DEVICE, "link-down")
    assert code == 0
    assert DEVICE in out
    assert banner(port, 0.5) == b""
    assert run(lab, DEVICE, ":put here", site="onsite") == "here"
    lab.ask("fault", DEVICE, "link-down", "--clear")
    assert banner(port).startswith(b"SSH-2.0-")


def test_a_bad_change_on_the_hub_cuts_off_what_only_hangs_on_it(lab: Lab) -> None:
    run(lab, HUB, "/interface wireguard disable [find name=tunnels]", site="onsite")
    rows = lab.json("status")
    cut = {host for host, row in rows.items() if not row["controller"]}
    places = ("desa-muara-teladan", "desa-sungai-batang", "desa-bailangu-timur-")
    assert cut == {host for host in rows if host.startswith(places)}
    run(lab, HUB, "/interface wireguard enable [find name=tunnels]", site="onsite")
    assert all(row["controller"] for row in lab.json("status").values())


def test_unknown_names_of_faults_are_refused_with_near_ones(lab: Lab) -> None:
    code, _, err = lab.ask("fault", DEVICE, "link-dwn")
    assert code == 1
    assert "link-down" in err
    code, _, err = lab.ask("fault", "lurah-kayu-ara-rtr", "slow")
    assert code == 1
    assert DEVICE in err


def test_the_lab_is_small(lab: Lab) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    text = Path(f"/proc/{lab.state['pid']}/status").read_text()
    resident = next(line for line in text.splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) < 300_000  # kB


def test_the_lab_left_its_streams_and_its_session(lab: Lab) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    pid = lab.state["pid"]
    assert os.getsid(pid) == pid
    for number in (0, 1, 2):
        assert Path(f"/proc/{pid}/fd/{number}").readlink() == Path("/dev/null")


def test_a_killed_lab_is_noticed_and_a_fresh_one_starts_with_nothing_of_it(
    tmp_path: Path,
) -> None:
    lab = Lab(tmp_path / "project")
    try:
        assert lab.ask("up")[0] == 0
        first = lab.state
        (lab.folder / "journal.sqlite").write_text("old")
        os.kill(first["pid"], signal.SIGKILL)
        assert process._ended(lab.folder, 10)
        assert lab.ask("status")[0] == 1
        assert lab.ask("down")[0] == 1
        code, _, err = lab.ask("up")
        assert code == 0, err
        assert lab.state["pid"] != first["pid"]
        assert not (lab.folder / "journal.sqlite").exists()
        assert not Path(first["control"]).parent.exists()
        assert lab.state["onsite_password"] != first["onsite_password"]
        assert lab.ask("down")[0] == 0
        assert not process.running(lab.folder)
        assert not (lab.folder / "lab.json").exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", first["devices"][DEVICE]["port"]), timeout=5)
    finally:
        lab.stop()


def test_a_lab_that_cannot_come_up_says_why_and_leaves_none(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "project")
    bootstrap = lab.root / "templates" / "routeros" / "bootstrap.j2"
    bootstrap.write_text("/interface nonsense\nadd name=x\n")
    code, _, err = lab.ask("up")
    assert code == 1
    assert "refuses its bootstrap" in err
    assert not process.running(lab.folder)


def test_a_clock_is_moved_back_and_set_right_again(lab: Lab) -> None:
    assert lab.ask("fault", DEVICE, "clock-jump", "-60")[0] == 0
    assert lab.ask("fault", DEVICE, "clock-jump", "--clear")[0] == 0
    assert lab.ask("fault", DEVICE, "all", "--clear")[0] == 0


def test_a_misspelt_option_is_no_value(lab: Lab) -> None:
    code, _, err = lab.ask("fault", DEVICE, "clock-jump", "--claer")
    assert code == 2
    assert "--claer" in err
