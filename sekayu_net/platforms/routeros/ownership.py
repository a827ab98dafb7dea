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

from sekayu_net.errors import InputError
from sekayu_net.platforms.ownership import Mode, entries
from sekayu_net.platforms.routeros.tree import Row, Tree


@dataclass(frozen=True, slots=True)
class Rule:
    """How much of one menu is owned. ``comment_prefix`` belongs to ``owned-where``."""

    mode: Mode
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
    """A role's rules. ``InputError`` with file and line for what is not understood."""
    rules: dict[str, Rule] = {}
    for entry in entries(folder, "routeros", role, condition="comment-prefix"):
        path = entry.name
        if not path.startswith("/") or "/" in path[1:]:
            raise InputError(
                f"{path!r} is not a menu",
                file=entry.file,
                line=entry.line,
                hint="write it as /ip address",
            )
        if path in rules:
            raise InputError(f"{path} stands twice", file=entry.file, line=entry.line)
        rules[path] = Rule(entry.mode, entry.prefix)
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
