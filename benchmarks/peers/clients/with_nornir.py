"""What the clients that go through Nornir share: the inventory, the run, the answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.core.task import AggregatedResult
from nornir.plugins.runners import ThreadedRunner


def nornir_of(job: dict[str, Any], host: Callable[[dict[str, Any]], Host]) -> Nornir:
    """Nornir over the job's devices, with its threads."""
    inventory = Inventory(
        hosts=Hosts({device["name"]: host(device) for device in job["devices"]}),
        groups=Groups(),
        defaults=Defaults(),
    )
    return Nornir(
        inventory=inventory,
        config=Config(),
        data=GlobalState(),
        runner=ThreadedRunner(num_workers=job["workers"]),
    )


def sizes(found: AggregatedResult) -> list[int]:
    """How many characters each device answered; -1 for one that failed, which is told."""
    for result in found.values():
        if result[0].failed:
            sys.stderr.write(f"{result[0].host}: {result[-1].exception!r}\n")
    return [-1 if result[0].failed else int(result[0].result) for result in found.values()]


def netmiko_host(job: dict[str, Any]) -> Callable[[dict[str, Any]], Host]:
    """A host of the inventory as nornir-netmiko's users write it, with the job's key."""
    extras = {"use_keys": True, "key_file": job["key_file"], "conn_timeout": 60,
              "banner_timeout": 60, "auth_timeout": 60}  # fmt: skip

    def host(device: dict[str, Any]) -> Host:
        return Host(
            name=device["name"],
            hostname=device["address"],
            port=device["port"],
            username=job["user"],
            platform="mikrotik_routeros",
            connection_options={"netmiko": ConnectionOptions(extras=extras)},
        )

    return host
