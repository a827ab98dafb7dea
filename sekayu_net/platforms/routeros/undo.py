"""The texts that make a change on a RouterOS device undo itself.

Names of what the tool puts on a device, the state record, and the scripts that arm, apply and
undo. Pure: nothing here talks to a device (``guard`` does).

What is on a device while a change is pending (``T`` is the change's token):

=====================================  ===========================================================
``/system script`` ``sekayu-pending``  the lock and the record; its comment holds state and token
``/system script`` ``sekayu-T-apply``  imports the script, writes the result into the record
``/system script`` ``sekayu-T-undo``   imports the inverse; second stage: the binary backup
``/system script`` ``sekayu-T-timer``  waits, then runs the undo; a background job runs it
``/system scheduler`` ``sekayu-T``     runs the undo after a reboot
files ``sekayu-T*``                    script, inverse, arming script, backup, output of the apply
``/system script`` ``sekayu-confirmed``  the last confirmed run: a comment, never run
=====================================  ===========================================================

States: ``arming`` → ``armed`` → ``applied`` or ``failed`` → ``confirmed``, or ``reverting1`` →
``reverting2`` → ``stage-two``; ``reverted`` at the end of a complete inverse. A confirm is the one
write that sets ``confirmed``: an undo that finds it does nothing.

The undo stops the apply first and logs. The entry that runs it after a reboot goes *last*, when
the inverse is complete: a power cut in the middle of an undo must not leave half a configuration,
and the inverse may run twice. An inverse that brings the device down twice is not tried again:
then the backup is loaded, once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sekayu_net.platforms.base import GuardKind
from sekayu_net.platforms.routeros.session import literal, version_tuple

State = Literal[
    "arming",
    "armed",
    "applied",
    "failed",
    "reverting1",
    "reverting2",
    "stage-two",
    "reverted",
    "confirmed",
]
#: The lock: the name is fixed, so that a second ``add`` fails on the device itself.
RECORD = "sekayu-pending"
CONFIRMED = "sekayu-confirmed"
#: What the scripts may do: import, reload a backup, write users, secrets and scripts.
POLICIES = ("ftp", "reboot", "read", "write", "policy", "test", "sensitive")
#: Seconds from the start of the scheduler after a boot to the undo: interfaces may come late.
BOOT_DELAY = 5
#: ``:onerror`` gives the words of an error; in every release from 7.13.5 on.
ONERROR_VERSION = (7, 14)

_TOKEN = re.compile(r"[A-Za-z0-9]{4,40}")
_RECORD = f'[find where name="{RECORD}"]'


@dataclass(frozen=True, slots=True)
class Names:
    """The names that one change uses. ``folder``: ``flash/`` where only that outlives a reboot."""

    token: str
    folder: str = ""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("a token is 4 to 40 letters and digits")

    @property
    def stem(self) -> str:
        """Scheduler entries are named so, everything else begins so."""
        return f"sekayu-{self.token}"

    @property
    def file(self) -> str:
        """The script."""
        return f"{self.folder}{self.stem}.rsc"

    @property
    def undo_file(self) -> str:
        """The inverse."""
        return f"{self.folder}{self.stem}-undo.rsc"

    @property
    def arm_file(self) -> str:
        """The arming script."""
        return f"{self.folder}{self.stem}-arm.rsc"

    @property
    def backup(self) -> str:
        """The binary backup."""
        return f"{self.folder}{self.stem}.backup"

    @property
    def output(self) -> str:
        """What the apply printed (``:execute file=`` adds ``.txt``)."""
        return f"{self.folder}{self.stem}.txt"

    @property
    def timer(self) -> str:
        """The script that waits."""
        return f"{self.stem}-timer"

    @property
    def undo(self) -> str:
        """The script that undoes."""
        return f"{self.stem}-undo"

    @property
    def apply(self) -> str:
        """The script that applies."""
        return f"{self.stem}-apply"


@dataclass(frozen=True, slots=True)
class Record:
    """The state record of the change that is pending on a device."""

    state: State
    token: str
    kind: GuardKind
    words: str = ""
    run: str = ""
    fingerprint: str = ""

    @property
    def comment(self) -> str:
        """The record as it stands in the comment of ``sekayu-pending``."""
        parts = [f"state={self.state}", f"token={self.token}", f"kind={self.kind}"]
        if self.run or self.fingerprint:
            parts += [f"run={self.run}", f"fingerprint={self.fingerprint}"]
        if self.words:
            parts.append(f"words={self.words}")
        return " ".join(parts)

    def having(self, state: State) -> Record:
        """The same change in another state."""
        return Record(state, self.token, self.kind)


_STATES = frozenset(State.__args__)  # type: ignore[attr-defined]
_KINDS = frozenset(GuardKind.__args__)  # type: ignore[attr-defined]


def parse_record(comment: str) -> Record | None:
    """The record in a comment; None when it is not one."""
    head, _, words = comment.partition(" words=")
    fields = dict(part.split("=", 1) for part in head.split() if "=" in part)
    state, token, kind = fields.get("state"), fields.get("token"), fields.get("kind")
    if state not in _STATES or not token or not _TOKEN.fullmatch(token) or kind not in _KINDS:
        return None
    return Record(
        state,  # type: ignore[arg-type]
        token,
        kind,  # type: ignore[arg-type]
        words,
        fields.get("run", ""),
        fields.get("fingerprint", ""),
    )


def parse_confirmed(source: str) -> dict[str, str] | None:
    """``run`` and ``fingerprint`` of the source of ``sekayu-confirmed``; None when not its form."""
    fields = dict(part.split("=", 1) for part in source.lstrip("# ").split() if "=" in part)
    if {"run", "fingerprint"} <= fields.keys():
        return {"run": fields["run"], "fingerprint": fields["fingerprint"]}
    return None


def confirmed_source(run: str, fingerprint: str) -> str:
    """The source of ``sekayu-confirmed``: a comment only, so that running it does nothing."""
    if re.search(r"\s", run + fingerprint) or not run or not fingerprint:
        raise ValueError("run and fingerprint are words")
    return f"# run={run} fingerprint={fingerprint}"


def set_record(record: Record) -> str:
    """The statement that writes a record."""
    return f"/system script set {_RECORD} comment={literal(record.comment)}"


def for_each(menu: str, where: str, body: str) -> str:
    """``body`` (with ``$i``) for every item, none included.

    What an empty ``[find]`` makes of ``remove`` and ``set`` differs by version (reference 4.1).
    """
    return f":foreach i in=[{menu} find where {where}] do={{{body}}}"


def remove(menu: str, where: str) -> str:
    """Remove every item that fits, none included."""
    return for_each(menu, where, f"{menu} remove $i")


def inverse_file(inverse: str, record: Record) -> str:
    """The inverse with its completion marker: the record set to ``reverted``."""
    body = inverse.rstrip("\n")
    marker = set_record(record.having("reverted"))
    return f"{body}\n{marker}\n" if body else f"{marker}\n"


def apply_source(names: Names, record: Record, version: str) -> str:
    """The script that imports the change and writes ``applied`` or ``failed`` into the record."""
    failed = record.having("failed")
    importing = f"/import file-name={literal(names.file)}"
    if version_tuple(version) >= ONERROR_VERSION:
        comment = literal(f"{failed.comment} words=")
        guarded = (
            f":onerror e in={{ {importing} }} do={{ :put $e; "
            f"/system script set {_RECORD} comment=({comment} . [:pick $e 0 300]); "
            ':error "stopped" }'
        )
    else:
        guarded = f':do {{ {importing} }} on-error={{ {set_record(failed)}; :error "stopped" }}'
    return f"{guarded}\n{set_record(record.having('applied'))}"


def undo_source(names: Names, record: Record) -> str:
    """The script that undoes; see the module's docstring for its order."""
    reload = f'/system backup load name={literal(names.backup)} password=""'
    disarm = remove("/system scheduler", f'name~"^{names.stem}"')
    return "\n".join(
        (
            f":local s [/system script get {_RECORD} comment]",
            (
                f':if ($s ~ "^state=confirmed") do={{ :log info "{names.stem}: confirmed"; '
                ':error "confirmed" }'
            ),
            f':log warning "{names.stem}: going back to the state before"',
            for_each(
                "/system script job",
                f'script="{names.apply}"',
                " :do { /system script job remove $i } on-error={} ",
            ),
            remove("/system scheduler", f'name="{names.stem}-at"'),
            ":local n 0",
            ':if ($s ~ "^state=reverting1") do={ :set n 1 }',
            ':if ($s ~ "^state=reverting2") do={ :set n 2 }',
            ':if ($s ~ "^state=stage-two") do={ :set n 2 }',
            f":if ($n = 0) do={{ {set_record(record.having('reverting1'))} }}",
            f":if ($n = 1) do={{ {set_record(record.having('reverting2'))} }}",
            (
                f":if ($n < 2) do={{ :do {{ /import file-name={literal(names.undo_file)} }} "
                f'on-error={{ :log error "{names.stem}: the way back stopped" }} }}'
            ),
            f":set s [/system script get {_RECORD} comment]",
            (
                f':if ($s ~ "^state=reverted") do={{ {disarm}; '
                f':log warning "{names.stem}: back in the state before" }} '
                f"else={{ {set_record(record.having('stage-two'))}; "
                f"{disarm}; "
                f':log error "{names.stem}: loading the backup"; :delay 1s; {reload} }}'
            ),
        )
    )


def arm_file(names: Names, record: Record, *, revert_in: int, version: str) -> str:
    """The arming script: one statement a line; any failure leaves the configuration untouched.

    The backup comes first, so that loading it brings back a device without our entries. The lock
    is next: it fails when another change is pending. ``revert_in`` is in seconds.
    """
    policy = ",".join(POLICIES)

    def script(name: str, source: str) -> str:
        return f'/system script add name="{name}" policy={policy} source={literal(source)}'

    run_undo = f'/system script run "{names.undo}"'
    arming = record.having("arming")
    lines = [
        (
            f"/system backup save name={literal(names.backup.removesuffix('.backup'))} "
            "dont-encrypt=yes"
        ),
        (
            f'/system script add name="{RECORD}" comment={literal(arming.comment)} policy=read '
            'source="#"'
        ),
        script(names.undo, undo_source(names, record)),
        script(names.apply, apply_source(names, record, version)),
    ]
    if record.kind in ("job+startup", "scheduler"):
        lines.append(
            f'/system scheduler add name="{names.stem}" start-time=startup interval=0s '
            f"policy={policy} on-event={literal(f':delay {BOOT_DELAY}s; {run_undo}')}"
        )
    if record.kind == "scheduler":
        lines.append(
            f'/system scheduler add name="{names.stem}-at" interval={revert_in}s '
            f"policy={policy} on-event={literal(run_undo)}"
        )
    timed = record.kind in ("job+startup", "job")
    if timed:
        lines.append(script(names.timer, f":delay {revert_in}s\n{run_undo}"))
    lines.append(set_record(record.having("armed")))
    if timed:
        # Last: nothing may overwrite the record once the undo can begin.
        run_timer = f'/system script run "{names.timer}"'
        lines.append(f":execute script={literal(run_timer)}")
    return "\n".join(lines) + "\n"
