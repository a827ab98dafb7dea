"""Plan a device: read it, render it, compare. Changes nothing."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.plan import Limits
from sekayu_net.rollout.planning import plan_device
from sekayu_net.rollout.site import Site


def plan(task: Task, *, site: Site, limits: Limits) -> Result:
    """Result: a ``HostPlan``; a device that can't be read has one that says why."""
    return Result(host=task.host, result=plan_device(site, task.host["device"], limits))
