"""The platform object of RouterOS: what ``platforms.base.Platform`` asks for.

Nothing is decided here: each verb calls the module that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.platforms.abilities import FactoryDevice, Inspected
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
from sekayu_net.platforms.routeros import (
    change,
    inspection,
    installation,
    interpreter,
    links,
    masking,
    ownership,
)
from sekayu_net.platforms.routeros.author import author_of
from sekayu_net.platforms.routeros.check import check
from sekayu_net.platforms.routeros.layout import layout
from sekayu_net.platforms.routeros.probe import probe
from sekayu_net.platforms.routeros.schema import parse_version
from sekayu_net.platforms.routeros.tree import DEFAULT_VERSION, canonical_text, read, version_of
from sekayu_net.platforms.trial import Probe
from sekayu_net.platforms.upgrading import Installed


@dataclass(frozen=True, slots=True)
class RouterOS:
    """MikroTik's RouterOS, 6.28 to 7.24."""

    @property
    def name(self) -> str:
        """The inventory's word for it."""
        return "routeros"

    @property
    def guards(self) -> tuple[GuardKind, ...]:
        """The undo kinds, best first."""
        return ("job+startup", "job", "scheduler", "none")

    def load_ownership(self, folder: Path, role: str) -> object:
        """Read ``ownership.yaml``."""
        return ownership.load(folder, role)

    def mask(self, text: str, seal: Callable[[str], str]) -> str:
        """Secrets out."""
        return masking.mask(text, seal)

    def cleaned(self, text: str, seal: Callable[[str], str]) -> tuple[str, str]:
        """Secrets out, and the one form of that: ``abilities.Cleaning``."""
        return masking.cleaned(text, seal)

    def secrets(self, text: str) -> tuple[str, ...]:
        """The secrets of an unmasked text."""
        return masking.secrets(text)

    def reveal(self, text: str, unseal: Callable[[str], str]) -> str:
        """Secrets in."""
        return masking.reveal(text, unseal)

    def canonical(self, text: str) -> str:
        """One form for all texts that mean the same."""
        return canonical_text(read(text))

    def owned_part(self, text: str, owned: object | None) -> str:
        """What it says of menus that are ours."""
        return canonical_text(ownership.owned_part(read(text), owned))

    def layout(self, text: str, *, width: int, file: str) -> str:
        """The text in the form a device writes it."""
        return layout(text, width=width, file=file)

    def release(self, text: str) -> str | None:
        """The version that an export says it comes from."""
        return version_of(text)

    def author(self, text: str) -> Author:
        """Which device wrote a text."""
        return author_of(text)

    def check(self, text: str, version: str) -> tuple[Unknown, ...]:
        """What doesn't exist in that version."""
        return check(text, version)

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        """The change from one text to the other."""
        return change.change(running, intended, context)

    def link_terms(self, text: str, public_key: Callable[[str], str | None]) -> TermsAt:
        """What the text says of the links at each end."""
        return links.link_terms(text, public_key)

    def installed(self, text: str) -> Installation:
        """What the text has installed, for people."""
        return installation.installed(text)

    def menus(self, text: str, version: str) -> Callable[[str], tuple[Inspected, ...] | None]:
        """What a text says, menu by menu, defaults filled in."""
        return inspection.menus(text, version)

    def apply(self, text: str, script: str) -> str:
        """The configuration after a script."""
        tree = read(text)
        interpreter.run(tree, script, file="script")
        return change.result(tree, text)

    def probe(self, running: str) -> Probe:
        """A harmless change to try the undo with: ``platforms.trial.Probing``."""
        return probe(running)

    @property
    def package_rows(self) -> str:
        """The menu of packages."""
        return "/system package"

    def older(self, version: str, than: str) -> bool:
        """Whether one version comes before another."""
        return parse_version(version) < parse_version(than)

    def package_files(self, installed: Installed, version: str) -> tuple[str, ...]:
        """The packages of a version for a device: ``platforms.upgrading.Packaged``."""
        from sekayu_net.platforms.routeros import firmware

        return firmware.package_files(installed, version)

    def room_refusal(self, installed: Installed, size: int) -> str | None:
        """Why packages have no room."""
        from sekayu_net.platforms.routeros import firmware

        return firmware.room_refusal(installed, size)

    def migrated(self, text: str, before: str, after: str) -> tuple[str, tuple[str, ...]]:
        """A text of one version in another's words."""
        from sekayu_net.platforms.routeros import firmware

        return firmware.migrated(text, before, after)

    @property
    def default_release(self) -> str:
        """The version to assume of a text that names none."""
        return DEFAULT_VERSION

    def driver(self, target: Target) -> Driver:
        """A driver for one device, not yet open."""
        from sekayu_net.platforms.routeros.driver import RouterOSDriver

        driver: Driver = RouterOSDriver.for_target(target)
        return driver

    def factory(self, target: Target) -> FactoryDevice:
        """A device before its first script, not yet open."""
        from sekayu_net.platforms.routeros import factory

        return factory.FactoryDevice(target)


ROUTEROS = RouterOS()
