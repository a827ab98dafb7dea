"""``ownership.yaml``, as every platform has it beside its templates: what of a device is ours.

::

    router:
      "ONE": owned                                   # what is not intended is removed
      "ANOTHER": {owned-where: {name-prefix: "x"}}   # only of these
      "THIRD": settings                              # only what is named is ours

What a rule is called (a menu, the words that lines begin with), and what it covers, is the
platform's. The file's form, and its faults, are here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from sekayu_net.errors import InputError

FILE = "ownership.yaml"

Mode = Literal["owned", "owned-where", "settings"]
MODES: dict[str, Mode] = {"owned": "owned", "settings": "settings"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule as it stands in the file. ``prefix`` belongs to ``owned-where``."""

    name: str
    mode: Mode
    prefix: str
    file: Path
    line: int


def entries(folder: Path, platform: str, role: str, *, condition: str) -> Iterator[Entry]:
    """The rules of a role, from ``folder`` or its sub-folder of the platform.

    ``condition``: the one that ``owned-where`` takes. ``InputError`` with file and line for what is
    not understood.
    """
    inner = folder / platform / FILE
    file = inner if inner.exists() else folder / FILE
    roles = _roles(file)
    node = roles.get(role)
    if node is None:
        raise InputError(
            f"no ownership for role {role!r}", file=file, hint=f"roles there: {', '.join(roles)}"
        )
    if not isinstance(node, yaml.MappingNode):
        raise InputError("expected rules", file=file, line=node.start_mark.line + 1)
    for key, value in node.value:
        line = key.start_mark.line + 1
        mode, prefix = _mode(value, condition, file, line)
        yield Entry(str(key.value), mode, prefix, file, line)


def _roles(file: Path) -> dict[str, yaml.Node]:
    try:
        root = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InputError(
            f"cannot read it: {error.strerror}",
            file=file,
            hint="every role needs its ownership: see docs/new-platform.md",
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            "this is not YAML",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise InputError("expected roles", file=file, line=1)
    return {str(key.value): value for key, value in root.value}


def _mode(node: yaml.Node, condition: str, file: Path, line: int) -> tuple[Mode, str]:
    if isinstance(node, yaml.ScalarNode) and node.value in MODES:
        return MODES[node.value], ""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, where = node.value[0]
        if key.value == "owned-where" and isinstance(where, yaml.MappingNode):
            conditions = {str(k.value): v for k, v in where.value}
            prefix = conditions.get(condition)
            if len(conditions) == 1 and isinstance(prefix, yaml.ScalarNode) and prefix.value:
                return "owned-where", str(prefix.value)
    raise InputError(
        f"expected owned, settings or {{owned-where: {{{condition}: TEXT}}}}", file=file, line=line
    )
