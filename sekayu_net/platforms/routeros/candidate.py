"""NAPALM's candidate: from a text that someone loads to the change that it means here.

Pure but for reading the file that ``load_*_candidate`` names.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.syntax import Statement, format_statement, parse


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
    wanted = ROUTEROS.mask(candidate.text, vault.seal)
    if not candidate.whole:
        wanted = ROUTEROS.apply(running, one_a_line(wanted))
    return ROUTEROS.diff(running, wanted, DiffContext(version=version, whole=True))


def one_a_line(text: str) -> str:
    """An export's menu blocks as statements that stand alone."""
    return "\n".join(
        format_statement(part, menu=True)
        for part in parse(text).body
        if isinstance(part, Statement)
    )
