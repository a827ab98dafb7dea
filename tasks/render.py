"""Render what a device should say. Touches nothing."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.rollout.site import Site


def render(task: Task, *, site: Site) -> Result:
    """Result: the intended configuration, secrets as tokens."""
    return Result(host=task.host, result=site.intended(task.host["device"]))
