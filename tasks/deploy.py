"""Push a device's planned change, by the guarded way only: the engine arms, checks and confirms."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.rollout.engine import Rollout
from sekayu_net.rollout.resume import Resumption


def deploy(task: Task, *, rollout: Rollout | Resumption) -> Result:
    """Result: the device's ``Outcome``; ``changed`` when the device was confirmed."""
    outcome = rollout.device(task.host.name)
    return Result(host=task.host, result=outcome, changed=outcome.state == "confirmed")
