"""What must be in order on this computer before anything can work: each point, and what to do.

Looks only. Faults of the inventory are ``inventory.checks``'; here they are counted.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sekayu_net import known_hosts
from sekayu_net.errors import DeviceError, SekayuError

if TYPE_CHECKING:
    from sekayu_net.project import Project

#: Bytes below which the journal may soon not be written.
LITTLE_SPACE = 200 * 1024 * 1024

Verdict = Literal["ok", "note", "fix"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One point. ``note`` is worth knowing, ``fix`` stands in the way.

    ``advice`` says what to do.
    """

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(project: Callable[[], Project]) -> Iterator[Finding]:
    """Every point, one after another; ``project`` is asked only when its turn comes."""
    yield _python()
    yield _git()
    yield _clock()
    try:
        here = project()
    except SekayuError as error:
        yield Finding("project", "fix", error.message, error.hint or "")
        return
    yield Finding("project", "ok", str(here.root))
    yield from _folder(here)
    inventory = _inventory(here)
    yield inventory
    yield from _key(here)
    if inventory.verdict == "ok":
        yield _secrets(here)
        yield _hub(here)


def _python() -> Finding:
    return Finding("Python", "ok", ".".join(map(str, sys.version_info[:3])))


def _git() -> Finding:
    found = shutil.which("git")
    if found is None:
        return Finding("git", "fix", "not on PATH", "the archive needs it: install git")
    return Finding("git", "ok", found)


def _clock() -> Finding:
    """Whether something keeps this clock right: plans expire and records are dated by it."""
    command = shutil.which("timedatectl")
    if command is None:
        return Finding("clock", "note", "can't be judged here", "see that its time is right")
    try:
        done = subprocess.run(
            [command, "show", "-p", "NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Finding("clock", "note", "can't be judged here", "see that its time is right")
    said = done.stdout.strip()
    if said == "yes":
        return Finding("clock", "ok", "synchronised")
    if said == "no":
        return Finding("clock", "fix", "not synchronised", "timedatectl set-ntp true")
    return Finding("clock", "note", "can't be judged here", "see that its time is right")


def _folder(project: Project) -> Iterator[Finding]:
    state = project.state
    place = state if state.exists() else project.root
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        yield Finding("state", "fix", f"{place} can't be written", "give yourself the right to")
    elif free < LITTLE_SPACE:
        yield Finding("state", "fix", f"{free // 1024 // 1024} MB free", "make room on the disk")
    else:
        yield Finding("state", "ok", f"{place}, {free // 1024**3} GB free")


def _inventory(project: Project) -> Finding:
    from sekayu_net.inventory.checks import check

    faults = check(project.inventory)
    if faults:
        return Finding(
            "inventory",
            "fix",
            f"{len(faults)} fault{'s' if len(faults) > 1 else ''}",
            "sekayu-net inventory check",
        )
    district = project.district()
    count = len(district.devices)
    return Finding("inventory", "ok", f"{len(district.offices)} offices, {count} devices")


def _key(project: Project) -> Iterator[Finding]:
    file = project.key_file
    if file is None:
        if os.environ.get("SSH_AUTH_SOCK"):
            yield Finding("key", "ok", "from the SSH agent")
        else:
            yield Finding(
                "key", "fix", "no key file and no agent", "name one in sekayu.toml: [ssh] key_file"
            )
        return
    if not file.is_file():
        advice = "sekayu-net lab up makes it" if project.lab else f"ssh-keygen -t ed25519 -f {file}"
        yield Finding("key", "fix", f"{file} is not there", advice)
        return
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield Finding("key", "fix", f"others may read {file}", f"chmod 600 {file}")
        return
    try:
        project.public_key()
    except SekayuError as error:
        yield Finding("key", "note", error.message, error.hint or "")
    else:
        yield Finding("key", "ok", str(file))


def _secrets(project: Project) -> Finding:
    from sekayu_net.errors import SecretError
    from sekayu_net.rendering import required_secrets

    try:
        store = project.secrets()
        names = required_secrets(project.district(), project.templates)
        missing = []
        for name in names:
            try:
                store.get(name)
            except SecretError:
                missing.append(name)
    except SekayuError as error:
        return Finding("secrets", "fix", error.message, error.hint or "")
    if missing:
        shown = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        found = f"{len(missing)} of {len(names)} missing: {shown}"
        return Finding(
            "secrets",
            "fix",
            found,
            "sekayu-net secrets set NAME for what others know, sekayu-net secrets generate then",
        )
    return Finding("secrets", "ok", f"all {len(names)} are there")


def _hub(project: Project) -> Finding:
    from sekayu_net.platforms.transport import fetch_host_key

    district = project.district()
    name = district.hub
    try:
        target = project.target(district.devices[name])
        shown = fetch_host_key(
            target.address, target.port, min(target.timeout, 5.0), host=name, jump=target.jump
        )
    except DeviceError as error:
        return Finding("hub", "fix", f"{name}: {error.message}", error.hint or "is the link up?")
    except SekayuError as error:
        return Finding("hub", "fix", error.message, error.hint or "")
    pinned = known_hosts.pinned(project.known_hosts, name)
    if pinned is None:
        advice = f"sekayu-net inventory trust --host {name}"
        return Finding("hub", "note", f"{name} answers, its key is not pinned", advice)
    if pinned != shown.line:
        return Finding("hub", "fix", f"{name} shows another key than the pinned one", "")
    return Finding("hub", "ok", f"{name} answers")
