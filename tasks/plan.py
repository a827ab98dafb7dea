"""Plan a device: read it, render it, compare. Changes nothing."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.errors import DeviceError
from sekayu_net.plan import Limits, unplanned
from sekayu_net.rollout.planning import plan_device
from sekayu_net.rollout.site import Site, expected


def plan(task: Task, *, site: Site, limits: Limits) -> Result:
    """Result: a ``HostPlan``; a device that can't be read has one that says why."""
    device = task.host["device"]
    try:
        return Result(host=task.host, result=plan_device(site, device, limits))
    except DeviceError as error:
        # ``met``: what it was, for whoever may try again.
        nothing = unplanned(expected(device), error)
        return Result(host=task.host, result=nothing, failed=True, met=error)
