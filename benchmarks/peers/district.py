"""A district for comparisons of deployments: a project with so many devices, and its devices.

The project is what ``init --from-csv`` makes: an office for every two devices, a router and an
access point. Its devices are the lab's, with all their state. Processes that serve them are
``stateful``'s.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

#: The port of the first device: below every port that a client gets.
FIRST_PORT = 10000
#: Where a round's entries are put, for routers and access points alike.
PARTIAL = Path("templates") / "routeros" / "snmp.j2"
LIST = "bench"


@dataclass(frozen=True, slots=True)
class Town:
    """``order`` is the file from which a process builds all devices; ``names`` are theirs."""

    project: Path
    order: Path
    names: tuple[str, ...]
    user: str
    key_file: Path
    known_hosts: Path

    @property
    def ports(self) -> dict[str, int]:
        """Where each device listens."""
        return {name: FIRST_PORT + n for n, name in enumerate(self.names)}


def make_town(root: Path, folder: Path, devices: int) -> Town:
    """Make the project of so many devices (an even number) and render what its lab begins with."""
    from sekayu_net.cli.demo import copy_project
    from sekayu_net.cli.lab import make_order
    from sekayu_net.inventory.scaffold import OfficeRow, write_inventory
    from sekayu_net.lab.keys import host_keys, public_line
    from sekayu_net.lab.schema import at_least
    from sekayu_net.project import Project

    copy_project(root, folder)
    code, name = "16.06.01", "Sekayu"
    rows = [OfficeRow(code, "camat", name, code, name)] + [
        OfficeRow(f"{code}.{n + 2000}", "desa", f"Desa {n}", code, name)
        for n in range(1, devices // 2)
    ]
    write_inventory(folder / "inventory", rows, source="benchmarks.peers")
    project = Project.load(folder, lab=True)
    project.state.mkdir(parents=True)
    order = make_order(project)
    every = order.district.devices
    old = {d.name for d in every.values() if d.platform == "ios" or not at_least(d.version, "7")}
    keys = host_keys(order.keys, every, old=old)
    project.known_hosts.write_text("".join(f"{n} {public_line(k)}\n" for n, k in keys.items()))
    saved = folder / ".sekayu" / "order"
    saved.write_bytes(pickle.dumps((order, old)))
    saved.chmod(0o600)
    return Town(
        project=folder,
        order=saved,
        names=tuple(every),
        user=order.username,
        key_file=project.root / order.key_file,
        known_hosts=project.known_hosts,
    )


def change(number: int) -> str:
    """What a round changes, as a person would import it: two entries and a setting."""
    return "\n".join((*entries(number), f"/snmp set contact=round-{number}")) + "\n"


def entries(number: int) -> tuple[str, str]:
    """The two entries of a round."""
    first, second = (f"198.18.{number}.{n}" for n in (1, 2))
    return (
        f"/ip firewall address-list add address={first} list={LIST}",
        f"/ip firewall address-list add address={second} list={LIST}",
    )


def intend(project: Path, original: str, number: int) -> None:
    """Let the templates of the project say what is so after this round; ``original``: without."""
    added = [line for each in range(1, number + 1) for line in entries(each)]
    text = original.replace("contact=Dinkominfo", f"contact=round-{number}") if number else original
    (project / PARTIAL).write_text("\n".join((text.rstrip("\n"), *added)) + "\n")
