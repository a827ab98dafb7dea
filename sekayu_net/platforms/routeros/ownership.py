"""Which menus of a device are the project's: data beside the templates, by role.

``ownership.yaml``::

    router:
      "/ip firewall filter": owned             # what is not intended is removed
      "/ip firewall address-list": {owned-where: {comment-prefix: "sekayu:"}}
      "/ip service": settings                  # only what is named is owned

A menu that is not named is unmanaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from sekayu_net.errors import InputError
from sekayu_net.platforms.routeros.tree import Row, Tree

FILE = "ownership.yaml"


@dataclass(frozen=True, slots=True)
class Rule:
    """How much of one menu is owned. ``comment_prefix`` belongs to ``owned-where``."""

    mode: Literal["owned", "owned-where", "settings"]
    comment_prefix: str = ""

    def covers(self, row: Row) -> bool:
        """Whether a running row may be removed when it is not intended."""
        if self.mode == "owned":
            return True
        if self.mode == "settings":
            return False
        return (row.values.get("comment") or "").startswith(self.comment_prefix)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Rules by menu path for one role."""

    role: str
    rules: Mapping[str, Rule]

    def rule(self, path: str) -> Rule | None:
        """The rule of a menu; None: unmanaged."""
        return self.rules.get(path)


def load(folder: Path, role: str) -> Ownership:
    """Read ``ownership.yaml`` from ``folder`` or its sub-folder ``routeros``.

    Raises ``InputError`` with file and line for what is not understood.
    """
    file = folder / FILE
    if not file.exists():
        file = folder / "routeros" / FILE
    try:
        root = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InputError(
            f"cannot read it: {error.strerror}",
            file=file,
            hint="every role needs its ownership: see docs/architecture.md",
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
    roles = {key.value: value for key, value in root.value}
    node = roles.get(role)
    if node is None:
        raise InputError(
            f"no ownership for role {role!r}", file=file, hint=f"roles there: {', '.join(roles)}"
        )
    if not isinstance(node, yaml.MappingNode):
        raise InputError("expected menus", file=file, line=node.start_mark.line + 1)
    rules: dict[str, Rule] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        path = str(key.value)
        if not path.startswith("/") or "/" in path[1:]:
            raise InputError(
                f"{path!r} is not a menu", file=file, line=line, hint="write it as /ip address"
            )
        if path in rules:
            raise InputError(f"{path} stands twice", file=file, line=line)
        rules[path] = _rule(value, file, line)
    return Ownership(role, rules)


def owned_part(tree: Tree, ownership: object | None) -> Tree:
    """The tree without what is not ours; changes it."""
    if not isinstance(ownership, Ownership):
        return tree
    for path in list(tree.menus):
        rule = ownership.rule(path)
        if rule is None:
            del tree.menus[path]
        elif rule.mode == "owned-where":
            tree.menus[path] = [row for row in tree.menus[path] if rule.covers(row)]
    return tree


def _rule(node: yaml.Node, file: Path, line: int) -> Rule:
    if isinstance(node, yaml.ScalarNode) and node.value in ("owned", "settings"):
        return Rule("owned" if node.value == "owned" else "settings")
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, where = node.value[0]
        if key.value == "owned-where" and isinstance(where, yaml.MappingNode):
            conditions = {str(k.value): v for k, v in where.value}
            prefix = conditions.get("comment-prefix")
            if len(conditions) == 1 and isinstance(prefix, yaml.ScalarNode) and prefix.value:
                return Rule("owned-where", str(prefix.value))
    raise InputError(
        "expected owned, settings or {owned-where: {comment-prefix: TEXT}}", file=file, line=line
    )
