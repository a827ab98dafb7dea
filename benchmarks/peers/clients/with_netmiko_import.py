"""nornir-netmiko deploying as its users do: a file by SFTP, ``/import``, a look at what is there.

Nothing is armed, nothing is compared before, and what the import says decides. The file goes over
the connection that is open already (``netmiko_file_transfer`` would open one more, for SCP).
"""

from __future__ import annotations

import logging
from typing import Any

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


def push(task: Task) -> Result:
    try:
        connection: Any = task.host.get_connection("netmiko", task.nornir.config)
        with connection.remote_conn_pre.open_sftp() as files, files.open("bench.rsc", "w") as file:
            file.write(job["script"])
        for command in job["commands"]:
            answer = task.run(netmiko_send_command, command_string=command, read_timeout=60)
        found = all(word in answer.result for word in job["expected"])
        return Result(host=task.host, result=job["least"] if found else -1)
    finally:
        task.host.close_connections()


def work() -> list[int]:
    answered: list[int] = sizes(nornir_of(job, netmiko_host(job)).run(task=push))
    return answered


measured(job, work)
