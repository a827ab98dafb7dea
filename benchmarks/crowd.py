"""Thousands of devices that answer an audit over real SSH, and a project of them.

``crowd(folder, devices)`` makes the project and starts a process that is all of them, each at an
address of the loopback of its own (``127.x.y.z``): what it prints is written down once from the
lab's device, its export is what its templates intend (so an audit finds them clean but for what no
template names). For the project it is a running lab. Linux only.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.inventory import write as write_inventory
from benchmarks.nation import COMMON, ROOT
from benchmarks.peers.ssh_server import Device as Answering
from benchmarks.peers.ssh_server import Served, Server
from benchmarks.peers.transcript import MODEL, SERIAL, Answers, record
from sekayu_net.cli.lab import make_order
from sekayu_net.cli.site import site_of
from sekayu_net.inventory.district import Device
from sekayu_net.lab.district import made_device
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from sekayu_net.project import Project

USER, PASSWORD = "sekayu", "not-a-secret"
#: The device that is met once: others of its kind say the same, but for who they are.
NAME = "office-rtr1"
FIRST = IPv4Address("127.16.0.1")


@dataclass(frozen=True, slots=True)
class Crowd:
    """A project and the process that is its devices."""

    root: Path
    process: subprocess.Popen[str]

    @property
    def cpu(self) -> float:
        """Seconds of processor time of the devices so far."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def crowd(
    folder: Path, devices: int, *, delay: float = 0.0, fresh: bool = False
) -> Iterator[Crowd]:
    """A project of so many devices, each of which takes ``delay`` seconds for a command.

    ``fresh``: desa offices' devices say what they say after first boot, before any deployment.
    """
    root = folder / "project"
    make_project(root, devices)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crowd", str(root), str(delay), str(fresh)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        tell(root, port, process.pid)
        yield Crowd(root, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def make_project(root: Path, devices: int) -> None:
    """Inventory, secrets and keys; without its devices yet."""
    root.mkdir(parents=True)
    write_inventory(root / "inventory", devices)
    for name in COMMON:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    state = root / ".sekayu" / "lab"
    state.mkdir(parents=True, mode=0o700)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(state / "id_ed25519"))
    key.write_public_key(str(state / "id_ed25519.pub"))
    (state / "id_ed25519").chmod(0o600)
    words = [sys.executable, "-m", "sekayu_net", "--lab", "--project", str(root)]
    done = subprocess.run(
        [*words, "secrets", "generate"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]


def host_key() -> Ed25519PrivateKey:
    """All have the same one: what checking it costs is the same."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def tell(root: Path, port: int, pid: int) -> None:
    """What a running lab would have written down."""
    state = root / ".sekayu" / "lab"
    public = host_key().public_key().public_bytes_raw()
    line = base64.b64encode(packed(b"ssh-ed25519") + packed(public)).decode()
    names = list(Project.load(root, lab=True).district().devices)
    (state / "known_hosts").write_text("".join(f"{name} ssh-ed25519 {line}\n" for name in names))
    document = {
        "pid": pid,
        "username": USER,
        "key_file": str(state / "id_ed25519"),
        "devices": {
            name: {"address": str(FIRST + number), "port": port}
            for number, name in enumerate(names)
        },
    }
    (state / "lab.json").write_text(json.dumps(document))


def packed(data: bytes) -> bytes:
    """An SSH string."""
    return len(data).to_bytes(4, "big") + data


def ask(driver: RouterOSDriver) -> None:
    """Everything that an audit and a plan ask."""
    driver.read_at_once()
    driver.look_at_once()
    driver.guard()


def met() -> tuple[tuple[str, str], ...]:
    """What one device of the lab answers to all of that."""
    recording = record(USER, PASSWORD, ask)
    return recording.pairs[: len(recording.exec)]


class Many(Server):
    """One connection to one of the devices: which one tells the address that it came to."""

    def __init__(self, devices: Callable[[IPv4Address], Answering], served: Served) -> None:
        self._devices = devices
        super().__init__(devices(FIRST), served)

    def connection_made(self, found: asyncio.BaseTransport) -> None:
        """Find out who we are."""
        address, *_ = found.get_extra_info("sockname")
        self._device = self._devices(IPv4Address(address))
        super().connection_made(found)


def after_first_boot(project: Project, devices: Iterable[Device]) -> dict[str, str]:
    """What the lab's devices export when their bootstrap script has run."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    scripts = make_order(project).bootstrap
    return {
        device.name: made_device(device, scripts[device.name], key)
        .execute("/export show-sensitive")
        .replace("\r\n", "\n")
        for device in devices
    }


async def serve(root: Path, delay: float, *, fresh: bool) -> None:
    """Be the devices until standard input ends; prints the port."""
    project = Project.load(root, lab=True)
    devices: tuple[Device, ...] = tuple(project.district().devices.values())
    desa = [each for each in devices if project.district().office_of(each).kind == "desa"]
    booted = after_first_boot(project, desa) if fresh else {}
    site = site_of(project)
    recorded = await asyncio.to_thread(met)
    answers = Answers.of(recorded)
    user_key = base64.b64decode(
        (root / ".sekayu" / "lab" / "id_ed25519.pub").read_text().split()[1]
    )
    nobody = Answering(host_key(), USER, user_key, "", f"[{USER}@{NAME}] > ", lambda _: None, delay)

    @cache
    def text(number: int) -> str:
        device = devices[number]
        if device.name in booted:
            return booted[device.name]
        intended = site.platform(device).reveal(site.intended(device), site.unseal)
        return f"# 2026-11-24 20:00:00 by RouterOS {device.version}\n{intended}"

    def answering(address: IPv4Address) -> Answering:
        number = int(address) - int(FIRST)
        device = devices[number]

        def answer(line: str) -> str | None:
            if line.startswith("/export"):
                sentinel = line.rpartition('"')[0].rpartition('"')[2]
                return f"{text(number)}{sentinel}\n"
            said = answers.answer(line)
            return said and (
                said.replace(SERIAL, device.serial)
                .replace(MODEL, device.model.name)
                .replace(NAME, device.name)
            )

        return replace(nobody, answer=answer)

    listening = socket.create_server(("", 0), backlog=4096)
    # All addresses of the loopback, and no other interface.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    server = await asyncio.get_running_loop().create_server(
        lambda: Many(answering, Served()), sock=listening, backlog=4096
    )
    gc.freeze()
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]), fresh=sys.argv[3] == "True"))
