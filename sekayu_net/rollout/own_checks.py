"""Checks of a project's own: ``tasks/NAME.py`` as a check called ``NAME``.

The task is a Nornir task like any other. Its Result's result says how it went: an object or a
mapping with ``passed`` (true or false) and ``detail`` (text), as ``device.CheckResult`` has. The
thresholds of the playbook are its arguments; it is given ``site`` when it asks for it. A task that
fails or raises is a failed check: the undo of the device is armed while it runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from sekayu_net.errors import DeviceError, SekayuError
from sekayu_net.inventory.district import Device
from sekayu_net.rollout.checklist import Called
from sekayu_net.rollout.device import CheckResult
from sekayu_net.rollout.site import Site


def run_own(site: Site, device: Device, called: Called) -> CheckResult:
    """Run the project's task of that name on one device."""
    name = str(called)
    try:
        task = site.task(called.name)
    except SekayuError as error:
        return CheckResult(name, False, error.message)
    arguments: dict[str, Any] = dict(called.values)
    if "site" in inspect.signature(task).parameters:
        arguments["site"] = site
    result = site.nornir((device.name,)).run(task=task, **arguments)[device.name][0]
    broken = result.exception
    if broken is not None:
        # Its words may hold anything: only an error of ours is known to hold no secret.
        told = broken.message if isinstance(broken, SekayuError) else type(broken).__name__
        return CheckResult(name, False, f"the task broke off: {told}")
    return verdict(name, result.result, failed=result.failed)


def verdict(name: str, said: Any, *, failed: bool) -> CheckResult:
    """A task's result as a check's."""
    if isinstance(said, DeviceError):
        return CheckResult(name, False, said.message)
    passed, detail = (
        said.get(key) if isinstance(said, Mapping) else getattr(said, key, None)
        for key in ("passed", "detail")
    )
    if not isinstance(passed, bool):
        return CheckResult(name, False, "its task does not say whether it passed (passed, detail)")
    return CheckResult(name, passed and not failed, "" if detail is None else str(detail))
