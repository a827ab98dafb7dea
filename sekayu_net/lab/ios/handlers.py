"""The exec's commands by the names of their functions."""

from __future__ import annotations

from types import ModuleType

from sekayu_net.lab.ios import (
    exec_files,
    exec_session,
    exec_tcl,
    show_config,
    show_interfaces,
    show_routing,
    show_system,
)
from sekayu_net.lab.ios.console import Handler
from sekayu_net.lab.ios.exec_commands import names

_MODULES: tuple[ModuleType, ...] = (
    exec_session, exec_files, exec_tcl, show_config, show_system, show_interfaces, show_routing,
)  # fmt: skip


def _handler(name: str) -> Handler:
    for module in _MODULES:
        found = module.__dict__.get(name)
        if found is not None and found.__module__ == module.__name__:
            handler: Handler = found
            return handler
    raise LookupError(f"no module does {name}")


HANDLERS: dict[str, Handler] = {name: _handler(name) for name in names()}
