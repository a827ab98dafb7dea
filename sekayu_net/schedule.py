"""Audits on a schedule: the systemd units, or the crontab line, that start them.

Pure: what to write and what to say. Writing units and asking systemd is the command's part; what a
scheduled run does is ``cli.schedule``'s ``run``. No unit holds a secret: they name files at most.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.errors import UsageError

#: Exit codes of a run that did its work: drift was found, a device did not answer.
DONE_WITH_FINDINGS = (3, 4)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = {"min": _MINUTE, "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": 7 * _DAY}
#: What divides an hour or a day without a rest: anything else would not be evenly spaced.
MINUTES = (5, 10, 12, 15, 20, 30)
HOURS = (1, 2, 3, 4, 6, 8, 12)

#: For every unit: needs neither privileges nor name spaces of the service manager.
_EVERYWHERE = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
KeyringMode=private
"""
#: Only the system's manager can give these to a service.
_SYSTEM = """\
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
CapabilityBoundingSet=
AmbientCapabilities=
"""


@dataclass(frozen=True, slots=True)
class When:
    """A rhythm. ``calendar`` as systemd writes it, ``cron`` as cron does (None: cron can't)."""

    calendar: str
    cron: str | None
    seconds: int | None

    @property
    def delay(self) -> int:
        """Seconds over which starts are spread: a tenth of the rhythm, at most ten minutes."""
        return min((self.seconds or _HOUR) // 10, 600)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run for one project. ``arguments`` follow ``sekayu-net --project ROOT``.

    ``user``: the account of a system unit; None for a unit of one's own manager.
    """

    root: Path
    title: str
    python: Path
    arguments: tuple[str, ...]
    when: When
    user: str | None = None
    environment_file: Path | None = None

    @property
    def name(self) -> str:
        """The units' name."""
        return name_of(self.root)

    @property
    def command(self) -> tuple[str, ...]:
        """The command line. Nothing of PATH is relied on: managers and cron have another."""
        return (str(self.python), "-m", "sekayu_net", "--project", str(self.root), *self.arguments)


def name_of(root: Path) -> str:
    """The name of a project's units: ``sekayu-net-audit-FOLDER-ab12cd``."""
    mark = hashlib.sha256(str(root).encode()).hexdigest()[:6]
    folder = re.sub(r"[^A-Za-z0-9]+", "-", root.name).strip("-").lower()[:40]
    return f"sekayu-net-audit-{folder or 'project'}-{mark}"


def every(text: str) -> When:
    """``15min``, ``6h``, ``1d``, ``1w`` as an even rhythm of the clock.

    A rhythm that does not divide the day is wrong usage: a missed run could not be made up for.
    """
    match = re.fullmatch(r"(\d+)\s*(min|m|h|d|w)", text.strip())
    seconds = int(match.group(1)) * _UNITS[match.group(2)] if match else 0
    if seconds and seconds < _HOUR and seconds // _MINUTE in MINUTES:
        step = seconds // _MINUTE
        return When(f"*-*-* *:00/{step}:00", f"*/{step} * * * *", seconds)
    if seconds % _HOUR == 0 and seconds // _HOUR in HOURS:
        step = seconds // _HOUR
        hours = "*" if step == 1 else f"00/{step}"
        return When(f"*-*-* {hours}:00:00", f"0 {'*' if step == 1 else f'*/{step}'} * * *", seconds)
    if seconds == _DAY:
        return When("*-*-* 03:00:00", "0 3 * * *", seconds)
    if seconds == 7 * _DAY:
        return When("Sun *-*-* 03:00:00", "0 3 * * 0", seconds)
    raise UsageError(
        f"every {text!r} is no even rhythm",
        hint=f"minutes: {', '.join(map(str, MINUTES))}; hours: {', '.join(map(str, HOURS))}; "
        "1d or 1w; anything else with --on-calendar",
    )


def on_calendar(text: str) -> When:
    """A calendar expression of systemd, as it is: ``Mon..Fri 06:30``. systemd judges it."""
    if not text.strip() or any(ord(c) < 32 for c in text):
        raise UsageError(
            f"{text!r} is no calendar expression", hint="for example: --on-calendar 'Mon 06:30'"
        )
    return When(text.strip(), None, None)


def quoted(word: str) -> str:
    r"""A word of ``ExecStart=``: nothing in it is expanded or split.

    systemd.service(5), "Command lines": ``%`` and ``$`` are doubled, ``\`` and ``"`` escaped.
    """
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{printable(plain, word)}"'


def setting(text: str) -> str:
    """The value of any other setting, where only ``%`` means something."""
    return printable(text.replace("%", "%%"), text)


def path_setting(path: Path) -> str:
    """A path in a setting that takes a list of them: quoted, for the sake of blanks."""
    plain = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{printable(plain, str(path))}"'


def printable(text: str, named: str) -> str:
    """``text``, unless it would break the line: no unit and no crontab can hold that."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise UsageError(
            f"{named!r} has a line end or another control character in it",
            hint="give the project's folder another name",
        )
    return text


def service(job: Job) -> str:
    """The service unit."""
    system = job.user is not None
    network = "Wants=network-online.target\nAfter=network-online.target\n" if system else ""
    lines = [
        "# Written by sekayu-net schedule install; sekayu-net schedule remove takes it away.",
        "[Unit]",
        f"Description=sekayu-net: audit of {setting(job.title)}",
        f"{network}",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(quoted(word) for word in job.command)}",
        # Its leading "-" and quotes are not for this one: it takes a path as it stands.
        f"WorkingDirectory={setting(str(job.root))}",
        *([f"User={setting(job.user)}"] if job.user is not None else []),
        *(
            [f"EnvironmentFile={setting(str(job.environment_file))}"]
            if job.environment_file
            else []
        ),
        f"SuccessExitStatus={' '.join(map(str, DONE_WITH_FINDINGS))}",
        # A run that hangs must not keep all later ones from starting.
        "TimeoutStartSec=2h",
        "Nice=10",
        "",
        "# What the run may do: read its project, write its own state, talk to the network.",
        _EVERYWHERE.rstrip(),
    ]
    if system:
        lines += [_SYSTEM.rstrip(), f"ReadWritePaths={path_setting(job.root / '.sekayu')}"]
    return "\n".join(lines) + "\n"


def timer(job: Job) -> str:
    """The timer unit. A run that was missed (power off) is made up for at the next start."""
    return "\n".join(
        [
            "# Written by sekayu-net schedule install; sekayu-net schedule remove takes it away.",
            "[Unit]",
            f"Description=sekayu-net: when {setting(job.title)} is audited",
            "",
            "[Timer]",
            f"OnCalendar={setting(job.when.calendar)}",
            "Persistent=true",
            f"RandomizedDelaySec={job.when.delay}",
            "AccuracySec=1min",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ]
    )


def crontab(job: Job) -> str:
    """The line for ``crontab -e``, where there is no systemd. ``%`` means a line end to cron."""
    if job.when.cron is None:
        raise UsageError(
            "cron knows no such calendar expression", hint="say --every 15min, 6h, 1d or 1w"
        )
    words = printable(shlex.join(job.command), str(job.root))
    return f"{job.when.cron} {words}".replace("%", "\\%")


def units(job: Job) -> dict[str, str]:
    """Both units: file name → text."""
    return {f"{job.name}.service": service(job), f"{job.name}.timer": timer(job)}


def arguments(words: Sequence[str], *, lab: bool = False) -> tuple[str, ...]:
    """What the units run: a scheduled audit of the devices that ``words`` name."""
    return (*(["--lab"] if lab else []), "schedule", "run", *words)
