"""NAPALM's candidate: from a text that someone loads to the change that it means here.

Pure but for reading the file that ``load_*_candidate`` names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sekayu_net.errors import ConfigSyntaxError, InputError
from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.routeros import interpreter
from sekayu_net.platforms.routeros.change import result
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.schema import schema
from sekayu_net.platforms.routeros.syntax import Statement, format_statement, parse
from sekayu_net.platforms.routeros.tree import Row, Tree, canonical_values, read


class Vault:
    """The secrets of one driver's own diffs, behind tokens that mean nothing elsewhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._values: dict[str, str] = {}

    def seal(self, value: str) -> str:
        """A token for a value."""
        data = value.encode("utf-8", "surrogateescape")
        mark = hmac.new(self._key, data, hashlib.sha256).hexdigest()[:16]
        self._values[mark] = value
        return f"<secret:{mark}>"

    def unseal(self, mark: str) -> str:
        """The value behind a token's fingerprint."""
        return self._values[mark]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loaded text. ``whole``: it replaces the configuration, else its statements are added."""

    text: str
    whole: bool


def loaded(filename: str | None, config: str | list[str] | None, wrong: type[Exception]) -> str:
    """The text of a file or of lines; ``wrong`` when there is none."""
    if filename is not None:
        try:
            return Path(filename).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise wrong(f"can't read {filename}: {error}") from error
    if config is None:
        raise wrong("neither a file nor a configuration was given")
    return "\n".join(config) if isinstance(config, list) else config


def change(running: str, candidate: Candidate, version: str, vault: Vault) -> Change:
    """What a candidate changes in a masked running configuration; ``ConfigSyntaxError``."""
    _refuse_commands(candidate.text, version)
    wanted = ROUTEROS.mask(candidate.text, vault.seal)
    if not candidate.whole:
        wanted = merged(running, wanted, version)
    return ROUTEROS.diff(running, wanted, DiffContext(version=version, whole=True))


def _refuse_commands(text: str, version: str) -> None:
    """``/system reboot`` reads as the name of a menu that says nothing: it must not pass unseen."""
    statements = [node.line for node in parse(text, file="candidate").statements]
    # a wrapped line goes on after blanks, and says no menu
    lines = re.sub(r"\\\r?\n", "\\\n ~", text).split("\n")
    lines = [line.strip() for line in lines]
    menus = [
        number
        for number, line in enumerate(lines, start=1)
        if line.startswith("/") and number not in statements
    ]
    within = [line for line in statements if not lines[line - 1].startswith("/")]
    for number, following in pairwise([*menus, len(lines) + 1]):
        path = "/" + " ".join(lines[number - 1].replace("/", " ").split())
        if any(number < line < following for line in within) or schema(version).exists(path):
            continue
        raise ConfigSyntaxError(
            f"{path} is no menu that is known, and nothing stands in it",
            file="candidate",
            line=number,
            column=1,
            hint="a candidate holds add, set, remove and move; run commands with cli",
        )


def merged(running: str, added: str, version: str) -> str:
    """What runs after a merge: what ``added`` does not name stays as it is.

    ``add`` of what is there already gives it the properties that are named, as a merge does
    elsewhere; a device would refuse it, or make it twice.
    """
    tree = read(running, version, file="running")
    for node in parse(added, file="candidate").statements:
        there = _there(tree, node) if node.verb == "add" else None
        if there is not None:
            there.update((a.key, a.value, a.unset) for a in node.arguments)
            continue
        try:
            interpreter.run(tree, format_statement(node, menu=True))
        except InputError as error:
            raise ConfigSyntaxError(error.message, file="candidate", line=node.line) from error
    return result(tree, running)


def _there(tree: Tree, node: Statement) -> Row | None:
    """The item that ``add`` speaks of: with the same key, or, without a key, the same in all."""
    menu = tree.menu(node.menu)
    values = {a.key: a.value for a in node.arguments if not a.unset and a.key != "place-before"}
    said = canonical_values(menu, values, None)
    by_key = [name for name in menu.key if name in said] if not menu.ordered else []
    for row in tree.rows(node.menu):
        if row.entry is not None:
            continue
        found = row.canonical(menu)
        if by_key and all(found.get(name) == said.get(name) for name in menu.key):
            return row
        if not by_key and found == said:
            return row
    return None
