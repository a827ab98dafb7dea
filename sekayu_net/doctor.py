"""What must be in order on this computer before anything can work: each point, and what to do.

Looks only. Faults of the inventory are ``inventory.checks``'; here they are counted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sekayu_net import known_hosts, run_lock, system
from sekayu_net.errors import DeviceError, SekayuError
from sekayu_net.languages import said
from sekayu_net.platforms.abilities import Clocked
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project

#: Bytes below which the journal may soon not be written.
LITTLE_SPACE = 200 * 1024 * 1024
#: Seconds that a hub has to answer: somebody waits.
PATIENCE = 5.0
#: Seconds that a hub's clock may be off: more than a slow answer takes.
APART = 60

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
    yield _folder(here)
    yield from _lock(here)
    yield from _journal(here)
    inventory = _inventory(here)
    yield inventory
    yield _key(here)
    yield from _signing(here)
    if inventory.verdict == "ok":
        yield _secrets(here)
        district = here.district()
        yield from _hub(here, district.devices[district.hub])
        if district.second_hub is not None:
            yield from _hub(here, district.second_hub)


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


def _folder(project: Project) -> Finding:
    state = project.state
    place = state if state.exists() else project.root
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Finding("state", "fix", f"{place} can't be written", "give yourself the right to")
    if free < LITTLE_SPACE:
        few = said(f"{free // 1024 // 1024} MB free")
        return Finding("state", "fix", few, "make room on the disk")
    short = place.relative_to(project.root) if place != project.root else place
    return Finding("state", "ok", said(f"{short}, {free // 1024**3} GB free"))


def _lock(project: Project) -> Iterator[Finding]:
    """Only what is worth a line: the kernel frees a lock, so one that is held is at work."""
    holder = run_lock.holder(project.state / "lock")
    if holder is not None:
        yield Finding("lock", "note", f"held by {holder}", "wait for its end: sekayu-net runs")


def _journal(project: Project) -> Iterator[Finding]:
    from sekayu_net.journal import Journal

    place = project.journal_path
    if not place.exists():
        yield Finding("journal", "ok", "none yet: the first run makes it")
        return
    if isinstance(place, Path):
        if not os.access(place, os.R_OK | os.W_OK):
            found = f"{place} can't be read and written"
            yield Finding("journal", "fix", found, f"whose is it? sudo chown $USER {place}")
            return
        if system.open_to_others(place):
            yield Finding("journal", "fix", f"others may read {place}", f"chmod 600 {place}")
            return
    try:
        with Journal.open(place, read_only=True) as journal:
            begun = journal.unfinished()
    except SekayuError as error:
        yield Finding("journal", "fix", error.message, error.hint or "")
        return
    yield Finding("journal", "ok", str(place))
    for run in begun:
        found = f"run {run.id} of {run.operator} never ended"
        yield Finding("journal", "note", found, f"sekayu-net resume {run.id}")


def _inventory(project: Project) -> Finding:
    from sekayu_net.inventory.checks import check

    faults = check(project.inventory)
    if faults:
        return Finding(
            "inventory",
            "fix",
            counted(len(faults), "fault"),
            "sekayu-net inventory check",
        )
    district = project.district()
    count = len(district.devices)
    return Finding("inventory", "ok", f"{len(district.offices)} offices, {count} devices")


def _key(project: Project) -> Finding:
    file = project.key_file
    if file is None:
        return _agent()
    if not file.is_file():
        advice = "sekayu-net lab up makes it" if project.lab else f"ssh-keygen -t ed25519 -f {file}"
        return Finding("key", "fix", f"{file} is not there", advice)
    if system.open_to_others(file):
        return Finding("key", "fix", f"others may read {file}", f"chmod 600 {file}")
    try:
        project.public_key()
    except SekayuError as error:
        return Finding("key", "note", error.message, error.hint or "")
    return Finding("key", "ok", str(file))


def _agent() -> Finding:
    """Whether the agent is there, and has a key to offer."""
    from sekayu_net.rollout.approval import agent_keys

    if system.agent(os.environ) is None:
        advice = "name one in sekayu.toml: [ssh] key_file"
        return Finding("key", "fix", "no key file and no agent", advice)
    keys = agent_keys()
    if not keys:
        return Finding("key", "fix", "the SSH agent has no key", "give it one: ssh-add")
    return Finding("key", "ok", f"from the SSH agent, which has {counted(len(keys), 'key')}")


def _signing(project: Project) -> Iterator[Finding]:
    """Where plans need signatures: whether who sits here could give one."""
    from sekayu_net.rollout.approval import usual_keys

    if not project.settings.approvals:
        return
    if shutil.which("ssh-keygen") is None:
        yield Finding("signing", "fix", "no ssh-keygen on PATH", "install OpenSSH's client")
        return
    try:
        keys = usual_keys(project.signers, Path.home())
    except SekayuError as error:
        yield Finding("signing", "fix", error.message, error.hint or "")
        return
    if not keys:
        found = "no key of yours may approve plans"
        advice = f"have its public line put into {project.signers}, or give the agent that key"
        yield Finding("signing", "note", found, advice)
        return
    yield Finding("signing", "ok", f"plans need {project.settings.approvals}; you can give one")


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


def _hub(project: Project, hub: Device) -> Iterator[Finding]:
    """Whether a hub answers, is the one that was pinned, lets us in, and has our time."""
    from sekayu_net.platforms.registry import platform
    from sekayu_net.platforms.transport import fetch_host_key

    name = hub.name
    pinned = known_hosts.pinned(project.known_hosts, name)
    try:
        target = project.target(hub)
        target = replace(target, timeout=min(target.timeout, PATIENCE))
        shown = fetch_host_key(
            target.address,
            target.port,
            target.timeout,
            legacy_algorithms=target.legacy_algorithms,
            host=name,
            jump=target.jump,
        )
    except DeviceError as error:
        if pinned is None:
            found = f"{name} does not answer, and never did: not yet"
            yield Finding("hub", "note", found, f"first boot: sekayu-net bootstrap {name}")
            return
        yield Finding("hub", "fix", f"{name}: {error.message}", error.hint or "is the link up?")
        return
    except SekayuError as error:
        yield Finding("hub", "fix", error.message, error.hint or "")
        return
    if pinned is None:
        advice = f"sekayu-net inventory trust --host {name}"
        yield Finding("hub", "note", f"{name} answers, its key is not pinned", advice)
        return
    if pinned != shown.line:
        found = f"{name} shows another key than the pinned one"
        advice = f"somebody in between? If it was exchanged: sekayu-net replace {name}"
        yield Finding("hub", "fix", found, advice)
        return
    driver = platform(hub.platform).driver(target)
    try:
        driver.open()
        theirs = driver.clock() if isinstance(driver, Clocked) else None
    except DeviceError as error:
        found = f"{name} answers, but: {error.message}"
        yield Finding("hub", "fix", found, error.hint or "does it know this key?")
        return
    finally:
        driver.close()
    yield Finding("hub", "ok", f"{name} answers and lets us in")
    if theirs is not None:
        yield _compared(name, (theirs - datetime.now(UTC)).total_seconds())


def _compared(hub: str, ahead: float) -> Finding:
    """Two clocks that differ: plans expire and records are dated by this one."""
    if abs(ahead) <= APART:
        return Finding("hub clock", "ok", f"{hub} has the time of this computer")
    shown = timedelta(seconds=round(abs(ahead)))
    found = f"{hub} is {shown} {'ahead of' if ahead > 0 else 'behind'} this computer"
    return Finding("hub clock", "fix", found, "see which is right; both follow a time server")
