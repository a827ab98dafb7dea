"""The platform object of IOS: what ``platforms.base.Platform`` asks for.

Nothing is decided here: each verb calls the module that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.platforms.base import (
    Author,
    Change,
    DiffContext,
    Driver,
    GuardKind,
    Installation,
    Target,
    TermsAt,
    Unknown,
)
from sekayu_net.platforms.ios import installation, interpreter, masking, ownership
from sekayu_net.platforms.ios import layout as layouts
from sekayu_net.platforms.ios import tree as trees
from sekayu_net.platforms.ios.author import author_of


@dataclass(frozen=True, slots=True)
class Ios:
    """Cisco's IOS 15 and IOS XE 16 and 17."""

    @property
    def name(self) -> str:
        """The inventory's word for it."""
        return "ios"

    @property
    def guards(self) -> tuple[GuardKind, ...]:
        """The undo kinds, best first."""
        return ("commit-timer", "none")

    def load_ownership(self, folder: Path, role: str) -> object:
        """Read ``ownership.yaml``."""
        return ownership.load(folder, role)

    def mask(self, text: str, seal: Callable[[str], str]) -> str:
        """Secrets out."""
        return masking.mask(text, seal)

    def secrets(self, text: str) -> tuple[str, ...]:
        """The secrets of an unmasked text."""
        return masking.secrets(text)

    def reveal(self, text: str, unseal: Callable[[str], str]) -> str:
        """Secrets in."""
        return masking.reveal(text, unseal)

    def canonical(self, text: str) -> str:
        """One form for all texts that mean the same."""
        return trees.to_text(trees.read(text))

    def sealed(
        self, beyond: Mapping[str, tuple[Mapping[str, str], ...]], seal: Callable[[str], str]
    ) -> Mapping[str, tuple[Mapping[str, str], ...]]:
        """A user of SNMP is called what a community is: ``abilities.Sealing``."""
        users = tuple({**row, "name": seal(row["name"])} for row in beyond.get("snmp user", ()))
        return {**beyond, "snmp user": users} if users else beyond

    def owned_part(self, text: str, owned: object | None) -> str:
        """What it says of sections that are ours."""
        return trees.to_text(ownership.owned_part(trees.read(text), owned))

    def layout(self, text: str, *, width: int, file: str) -> str:
        """The text in the form a device writes it, which wraps nothing."""
        del width
        return layouts.layout(text, file=file)

    def release(self, text: str) -> str | None:
        """The version that a configuration says it comes from."""
        return trees.version_of(text)

    def author(self, text: str) -> Author:
        """Which device wrote a text."""
        return author_of(text)

    def check(self, text: str, version: str) -> tuple[Unknown, ...]:
        """What no device would take."""
        return layouts.check(text, version)

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        """The change from one text to the other."""
        from sekayu_net.platforms.ios.change import change  # hier_config takes a while to load

        return change(running, intended, context)

    def apply(self, text: str, script: str) -> str:
        """The configuration after a script."""
        tree = trees.read(text)
        interpreter.run(tree, script, file="script")
        return trees.to_text(tree)

    def installed(self, text: str) -> Installation:
        """What the text has installed, for people."""
        return installation.installed(text)

    @property
    def default_release(self) -> str:
        """The version to assume of a text that names none."""
        return layouts.DEFAULT_VERSION

    def link_terms(self, text: str, public_key: Callable[[str], str | None]) -> TermsAt:
        """What the text says of the links at each end."""
        from sekayu_net.platforms.ios.links import link_terms

        return link_terms(text, public_key)

    def driver(self, target: Target) -> Driver:
        """A driver for one device, not yet open."""
        from sekayu_net.platforms.ios.driver import IosDriver

        driver: Driver = IosDriver(target)
        return driver


IOS = Ios()
