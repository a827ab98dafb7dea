"""Read a device and keep it: its history, and an encrypted copy that could be put back.

Changes nothing on the device, but for the file of its own backup, which is removed again.
"""

from __future__ import annotations

from collections.abc import Callable

from nornir.core.task import Result, Task

from sekayu_net.archive import Archive, Origin, document
from sekayu_net.backups import Vault
from sekayu_net.errors import DeviceError
from sekayu_net.rollout.copying import copy_device
from sekayu_net.rollout.reading import read_device
from sekayu_net.rollout.site import Site


def backup(
    task: Task,
    *,
    site: Site,
    archive: Archive | None = None,
    vault: Vault | None = None,
    password: Callable[[str], str] | None = None,
    again: bool = False,
) -> Result:
    """Result: with ``vault`` a ``Copied``; else whether the configuration is new to ``archive``.

    ``password`` gives what locks the own backup of a device (by name), None: that is not wanted;
    ``again``: copy what the newest copy says already. A ``DeviceError`` is the result of a device
    that could not be read.
    """
    device = task.host["device"]
    try:
        if vault is not None:
            copied = copy_device(site, device, vault, password=password, again=again)
            return Result(host=task.host, result=copied, changed=bool(copied.files))
        running = read_device(site, device)
    except DeviceError as error:
        return Result(host=task.host, result=error, failed=True)
    name = device.name
    new: tuple[str, ...] = ()
    if archive is not None:
        origin = Origin("", "backup", site.operator)
        new = archive.store({name: document(running)}, f"{name}: read by hand", origin=origin)
    return Result(host=task.host, result="new version" if new else "as before", changed=bool(new))
