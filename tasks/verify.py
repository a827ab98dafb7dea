"""Run checks from a device. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from nornir.core.task import Result, Task

from sekayu_net.errors import DeviceError
from sekayu_net.rollout.checks import run_checks
from sekayu_net.rollout.reading import connected
from sekayu_net.rollout.site import Site


def verify(task: Task, *, site: Site, checks: Sequence[str] = ("hub",)) -> Result:
    """Result: what each check said, or the ``DeviceError`` that met it."""
    device = task.host["device"]
    try:
        with connected(lambda: site.driver(device)) as driver:
            said = run_checks(checks, driver, site.district, device)
    except DeviceError as error:
        return Result(host=task.host, result=error, failed=True)
    return Result(host=task.host, result=said, failed=not all(check.passed for check in said))
