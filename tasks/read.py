"""Read a device. Changes nothing."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.errors import DeviceError
from sekayu_net.rollout.reading import read_device
from sekayu_net.rollout.site import Site


def read(task: Task, *, site: Site) -> Result:
    """Result: the device's masked state (``Running``), or the ``DeviceError`` that met it."""
    try:
        return Result(host=task.host, result=read_device(site, task.host["device"]))
    except DeviceError as error:
        return Result(host=task.host, result=error, failed=True)
