"""This project's guarded deployment: plan, then arm, apply, connect anew, read back, confirm.

``way`` of the job: ``save`` plans and saves, ``deploy`` carries out the saved plan, ``plan`` does
both at once; ``begin`` brings devices to what the project says at first. A device counts when it
was confirmed, after exactly the round's change.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def main() -> None:
    # This checkout's code, not what an editable installation points to.
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    from job import measured, read_job  # type: ignore[import-not-found]

    job = read_job()
    measured(job, deployment(job))


class Quiet:
    """Nobody watches."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def deployment(job: dict[str, Any]) -> Callable[[], list[int]]:
    from ours import targets  # type: ignore[import-not-found]

    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import Limits, Pace, Plan, PlannedWave, load, save
    from sekayu_net.project import Project
    from sekayu_net.rollout.engine import carry_out
    from sekayu_net.rollout.planning import make_plan

    project = Project.load(Path(job["project"]), lab=True)
    workers = replace_workers(project, job["workers"])
    site = site_of(workers)
    devices = site.district.devices
    wanted = {
        name: replace(
            target, serial=devices[name].serial, model=devices[name].model.name,
            version=devices[name].version,
        )
        for name, target in targets(job).items()
    }  # fmt: skip
    site = replace(site, driver=lambda device: site.platform(device).driver(wanted[device.name]))

    def planned() -> Plan:
        made = make_plan(
            site,
            [PlannedWave("all", tuple(wanted))],
            limits=Limits(1000),
            confirm_within=job["confirm_within"],
        )
        return replace(made, pace=Pace(workers=job["workers"]))

    file, way = Path(job["plan"]), job["way"]

    def saved() -> list[int]:
        save(planned(), file)
        return [job["least"]] * len(wanted)

    def work() -> list[int]:
        chosen = load(file) if way == "deploy" else planned()
        with Journal.open(project.journal_path) as journal:
            _, outcomes = carry_out(site, chosen, journal, Quiet())
        good = []
        for name in wanted:
            host, outcome = chosen.hosts[name], outcomes[name]
            exact = way == "begin" or host.summary()["operations"] == job["operations"]
            good.append(job["least"] if outcome.state == "confirmed" and exact else -1)
            if good[-1] < 0:
                sys.stderr.write(f"{name}: {host.status}, {outcome.state} {outcome.reason}\n")
        return good

    return saved if way == "save" else work


def replace_workers(project: Any, workers: int) -> Any:
    """The project with so many threads."""
    rollout = project.settings.rollout.model_copy(update={"workers": workers})
    return replace(project, settings=project.settings.model_copy(update={"rollout": rollout}))


if __name__ == "__main__":
    main()
