"""nornir-scrapli with scrapli-community's driver for RouterOS; the transport is the job's.

scrapli's ``send_commands`` takes a repainted prompt of RouterOS for the end, so the commands go
one by one. It logs in with the password: with paramiko it takes RSA keys alone.
"""

from __future__ import annotations

import logging
from typing import Any

from job import measured, read_job  # type: ignore[import-not-found]
from nornir.core.inventory import ConnectionOptions, Host
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir_scrapli.connection import ScrapliCore
from nornir_scrapli.tasks import send_command
from with_nornir import nornir_of, sizes  # type: ignore[import-not-found]

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
    answered: list[int] = sizes(nornir_of(job, host).run(task=read))
    return answered


measured(job, work)
