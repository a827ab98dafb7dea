"""Read a device and keep its configuration in the archive. Changes nothing on the device."""

from __future__ import annotations

from nornir.core.task import Result, Task

from sekayu_net.archive import Archive
from sekayu_net.errors import DeviceError
from sekayu_net.rollout.reading import read_device
from sekayu_net.rollout.site import Site


def backup(task: Task, *, site: Site, archive: Archive) -> Result:
    """Result: whether the configuration is new, or the ``DeviceError`` that met it."""
    name = task.host.name
    try:
        running = read_device(site, task.host["device"])
    except DeviceError as error:
        return Result(host=task.host, result=error, failed=True)
    new = archive.store({name: running.canonical}, f"{name}: backup by {site.operator}")
    return Result(host=task.host, result="new version" if new else "as before", changed=bool(new))
