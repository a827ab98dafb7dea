"""nornir-netmiko as its documentation has it: an inventory, ``netmiko_send_command`` a command.

``close`` in the job: each host's connection is closed when its commands are done, which Nornir
by itself does only at the end of all.
"""

from __future__ import annotations

import logging

from job import measured, read_job  # type: ignore[import-not-found]
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir_netmiko.connections import Netmiko
from nornir_netmiko.tasks import netmiko_send_command
from with_nornir import netmiko_host, nornir_of, sizes  # type: ignore[import-not-found]

job = read_job()
logging.getLogger("nornir").setLevel(logging.CRITICAL)
logging.getLogger("paramiko").setLevel(logging.CRITICAL)
ConnectionPluginRegister.register("netmiko", Netmiko)


def read(task: Task) -> Result:
    try:
        task.host.get_connection("netmiko", task.nornir.config)
        size = 0
        for command in job["commands"]:
            done = task.run(
                netmiko_send_command, command_string=command, read_timeout=60, severity_level=10
            )
            size += len(done.result)
        return Result(host=task.host, result=size)
    finally:
        if job.get("close", True):
            task.host.close_connections()


def work() -> list[int]:
    nornir = nornir_of(job, netmiko_host(job))
    found = nornir.run(task=read)
    nornir.close_connections(on_good=True, on_failed=True)
    answered: list[int] = sizes(found)
    return answered


measured(job, work)
