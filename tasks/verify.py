"""Run checks from a device. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from nornir.core.task import Result, Task

from sekayu_net.errors import DeviceError
from sekayu_net.rollout.checks import USUAL, run_checks
from sekayu_net.rollout.own_checks import run_own
from sekayu_net.rollout.reading import connected
from sekayu_net.rollout.site import Site


def verify(task: Task, *, site: Site, checks: Sequence[str] = USUAL) -> Result:
    """Result: what each check said, or the ``DeviceError`` that met it.

    ``checks`` as lines: ``("ospf", "cpu max=80")``; without any, all that need no threshold.
    """
    device = task.host["device"]
    try:
        with connected(lambda: site.driver(device)) as driver:
            said = run_checks(
                checks, driver, site.district, device, lambda own: run_own(site, device, own)
            )
    except DeviceError as error:
        return Result(host=task.host, result=error, failed=True)
    return Result(host=task.host, result=said, failed=not all(check.passed for check in said))
