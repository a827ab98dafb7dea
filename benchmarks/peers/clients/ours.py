"""This project, in two ways: ``commands`` sends the job's lines, ``audit`` does an audit's read.

``commands`` is what compares with others: our connection and our Nornir, no word of what came
understood. ``audit`` is the project's own task ``read``, with all that an audit makes of it:
identity compared, rows parsed, secrets masked, configuration made canonical.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def main() -> None:
    # This checkout's code, not what an editable installation points to.
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    from job import measured, read_job  # type: ignore[import-not-found]

    job = read_job()
    work = audit(job) if job["way"] == "audit" else commands(job)
    measured(job, work)


def targets(job: dict[str, Any]) -> dict[str, Any]:
    from sekayu_net.platforms.base import Target

    return {
        device["name"]: Target(
            host=device["name"],
            address=device["address"],
            port=device["port"],
            username=job["user"],
            known_hosts=Path(job["known_hosts"]),
            key_file=Path(job["key_file"]),
            serial=job.get("serial"),
            model=job.get("model"),
            version=job.get("version"),
            timeout=60,
        )
        for device in job["devices"]
    }


def commands(job: dict[str, Any]) -> Callable[[], list[int]]:
    from nornir.core.task import Result, Task

    from sekayu_net.errors import DeviceError
    from sekayu_net.platforms import transport

    wanted = targets(job)
    nornir = nornir_over(job)

    def read(task: Task) -> Result:
        try:
            connection = transport.connect(wanted[task.host.name])
            try:
                size = sum(len(connection.run(line)) for line in job["commands"])
            finally:
                connection.close()
        except DeviceError as error:
            sys.stderr.write(f"{error}\n")
            return Result(host=task.host, result=-1, failed=True)
        return Result(host=task.host, result=size)

    def work() -> list[int]:
        return [result[0].result for result in nornir(list(wanted)).run(task=read).values()]

    return work


def audit(job: dict[str, Any]) -> Callable[[], list[int]]:
    from sekayu_net.cli.site import site_of
    from sekayu_net.plan import Running
    from sekayu_net.platforms.registry import platform
    from sekayu_net.platforms.routeros import driver as _driver  # noqa: F401 - before the time runs
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import run_task

    wanted = targets(job)
    project = Project.load(Path(job["project"]))
    site = site_of(project)
    district, nornir = district_of(job), nornir_over(job)
    site = replace(
        site,
        district=district,
        driver=lambda device: platform("routeros").driver(wanted[device.name]),
        nornir=nornir,
    )

    def work() -> list[int]:
        found = run_task(site, "read", list(wanted), site=site)
        sizes = []
        for said in found.values():
            if isinstance(said, Running):
                # Times and the like are not kept of what was read: every command's answer counts.
                whole = said.reading.config and said.reading.beyond and said.reading.history
                sizes.append(job["least"] if whole and said.canonical else 0)
            else:
                sys.stderr.write(f"{said}\n")
                sizes.append(-1)
        return sizes

    return work


def district_of(job: dict[str, Any]) -> Any:
    """The reference district with one office that holds the job's devices, all of them routers."""
    from sekayu_net.project import Project

    district = Project.load(Path(job["project"])).district()
    device = next(d for d in district.devices.values() if d.platform == "routeros")
    office = district.office_of(device)
    clones = tuple(replace(device, name=each["name"]) for each in job["devices"])
    many = replace(office, devices=clones)
    return replace(district, offices={office.slug: many})


def nornir_over(job: dict[str, Any]) -> Callable[[Sequence[str]], Any]:
    from sekayu_net.inventory.nornir_plugin import nornir_of

    district = district_of(job)
    return lambda hosts: nornir_of(district, hosts, workers=job["workers"])


if __name__ == "__main__":
    main()
