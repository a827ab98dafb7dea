"""An earlier configuration as what a device should say: where it comes from, and what it lacks.

The text is a version of the archive, an encrypted copy or a plain file. Bringing a device there is
a plan like any other, carried out by ``engine`` under the device's own undo.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sekayu_net import backups
from sekayu_net.errors import ConfigSyntaxError, InputError, SecretError, UsageError
from sekayu_net.inventory.district import Device
from sekayu_net.plan import HostPlan
from sekayu_net.rollout.site import Site

TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")


def read_text(file: Path, host: str, identities: Callable[[], Sequence[Any]]) -> str:
    """The configuration in a file, decrypted where it must be. It may hold secrets.

    ``InputError`` for a file that is none, that the key does not open, or that is another
    device's; ``UsageError`` for a binary backup, which has no guarded way.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't be read: {error.strerror}",
            file=file,
            hint="take a file, or a revision from sekayu-net history HOST",
        ) from None
    if backups.is_encrypted(data):
        data = backups.decrypt(data, identities(), file=file)
    if b"\0" in data:
        raise UsageError(
            f"{file}: a device's own binary backup can't be shown, compared or undone beforehand",
            hint="restore the .conf.age beside it; the binary one is for a person on site, who "
            "loads it into a device of the same model and lets it reboot",
        )
    try:
        text = data.decode("utf-8", "surrogateescape")
        of, config = backups.split(text)
    except UnicodeDecodeError:
        raise InputError("this is no text", file=file) from None
    if of is not None and of != host:
        raise InputError(
            f"this is a backup of {of}, not of {host}; nothing was done",
            file=file,
            hint=f"restore it there, or render what {host} should say: "
            f"sekayu-net render --host {host}",
        )
    return config


def masked(site: Site, device: Device, text: str, *, file: Path) -> str:
    """A text with tokens for its secrets, which go into the store. ``InputError`` for no text."""
    platform = site.platform(device)
    try:
        for value in platform.secrets(text):
            if not TOKEN.fullmatch(value):  # a masked text holds no value
                site.remember(value, device.name)
        return platform.canonical(platform.mask(text, site.seal))
    except ConfigSyntaxError as error:
        # Its own words may quote a line with a secret.
        raise InputError(
            f"this is no configuration of {platform.name}", file=file, line=error.line
        ) from None


def site_for(site: Site, device: Device, text: str, *, whole: bool) -> Site:
    """The site in which this device should say ``text``; with ``whole`` that and nothing else."""
    base = site.context(device)
    return replace(
        site,
        intended=lambda asked: text if asked.name == device.name else site.intended(asked),
        context=lambda asked: (
            replace(base, whole=whole) if asked.name == device.name else site.context(asked)
        ),
    )


def lacking(site: Site, plan: HostPlan) -> tuple[str, ...]:
    """The statements of a plan whose secrets are not to be had; none when all are.

    A secret that the device says now is had: it is remembered before anything is written.
    """
    there = set(TOKEN.findall(plan.running))

    def known(fingerprint: str) -> bool:
        if fingerprint in there:
            return True
        try:
            site.unseal(fingerprint)
        except SecretError:
            return False
        return True

    return tuple(
        line
        for line in plan.script.splitlines()
        if not all(known(fingerprint) for fingerprint in TOKEN.findall(line))
    )
