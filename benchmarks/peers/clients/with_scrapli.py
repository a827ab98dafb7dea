"""nornir-scrapli with scrapli-community's driver for RouterOS; the transport is the job's.

scrapli's ``send_commands`` takes a repainted prompt of RouterOS for the end, so the commands go
one by one. It logs in with the password: with paramiko it takes RSA keys alone.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from job import measured, read_job  # type: ignore[import-not-found]
from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.state import GlobalState
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner
from nornir_scrapli.connection import ScrapliCore
from nornir_scrapli.tasks import send_command

job = read_job()
for noisy in ("nornir", "scrapli", "paramiko"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)
ConnectionPluginRegister.register("scrapli", ScrapliCore)


def host(device: dict[str, Any]) -> Host:
    extras = {
        "auth_strict_key": False, "ssh_config_file": False,
        "transport": job.get("transport", "paramiko"),
        "timeout_socket": 60, "timeout_transport": 60, "timeout_ops": 60,
    }  # fmt: skip
    return Host(
        name=device["name"],
        hostname=device["address"],
        port=device["port"],
        username=job["user"],
        password=job["password"],
        platform="mikrotik_routeros",
        connection_options={"scrapli": ConnectionOptions(extras=extras)},
    )


def read(task: Task) -> Result:
    try:
        task.host.get_connection("scrapli", task.nornir.config)
        size = 0
        for command in job["commands"]:
            size += len(task.run(send_command, command=command).result)
        return Result(host=task.host, result=size)
    finally:
        task.host.close_connections()


def work() -> list[int]:
    inventory = Inventory(
        hosts=Hosts({device["name"]: host(device) for device in job["devices"]}),
        groups=Groups(),
        defaults=Defaults(),
    )
    nornir = Nornir(
        inventory=inventory,
        config=Config(),
        data=GlobalState(),
        runner=ThreadedRunner(num_workers=job["workers"]),
    )
    found = nornir.run(task=read)
    for result in found.values():
        if result[0].failed:
            sys.stderr.write(f"{result[0].host}: {result[-1].exception!r}\n")
    return [-1 if result[0].failed else int(result[0].result) for result in found.values()]


measured(job, work)
