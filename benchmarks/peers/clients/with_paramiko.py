"""Plain paramiko: a thread pool, one connection a device, one exec a command line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paramiko
from job import measured, read_job  # type: ignore[import-not-found]

job = read_job()


def read(device: dict[str, Any]) -> int:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507 - as people run it
    try:
        client.connect(
            device["address"],
            device["port"],
            username=job["user"],
            key_filename=job["key_file"],
            allow_agent=False,
            look_for_keys=False,
            timeout=60,
            banner_timeout=60,
            auth_timeout=60,
        )
        size = 0
        for command in job["commands"]:
            _, answer, _ = client.exec_command(command, timeout=60)
            size += len(answer.read())
        return size
    except (OSError, EOFError, paramiko.SSHException):
        return -1
    finally:
        client.close()


def work() -> list[int]:
    with ThreadPoolExecutor(job["workers"]) as pool:
        return list(pool.map(read, job["devices"]))


measured(job, work)
