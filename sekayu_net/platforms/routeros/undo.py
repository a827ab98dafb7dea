"""The texts that make a change on a RouterOS device undo itself.

The scripts that arm, apply and undo. Pure: nothing here talks to a device (``guard`` does); how
things are called there and what the record says is ``record``'s.

What is on a device while a change is pending (``T`` is the change's token):

=====================================  ===========================================================
``/system script`` ``sekayu-pending``  the lock and the record; its comment holds state and token
``/system script`` ``sekayu-T-apply``  imports the script, writes the result into the record
``/system script`` ``sekayu-T-undo``   imports the inverse; second stage: the binary backup
``/system script`` ``sekayu-T-timer``  waits, then runs the undo; a background job runs it
``/system script`` ``sekayu-T-follow`` a linked change: asks what the other end did
``/system script`` ``sekayu-T-end``    who came first, a confirm or the undo: its comment tells
``/system scheduler`` ``sekayu-T``     runs the undo after a reboot
``/system scheduler`` ``sekayu-T-at``  runs the undo in time, where there are no background jobs
``/system scheduler`` ``sekayu-T-now`` starts a script where there are no background jobs
files ``sekayu-T*``                    script, inverse, arming script, backup, output of the apply
``/system script`` ``sekayu-confirmed``  the last confirmed run: a comment, never run
=====================================  ===========================================================

States: ``arming`` → ``armed`` → ``applied`` or ``failed`` → ``confirmed``, or ``reverting1`` →
``reverting2`` → ``stage-two``; ``reverted`` at the end of a complete inverse.

A confirm and the undo may come in the same moment. Both begin by adding ``sekayu-T-end``: the
device lets one of them have that name, the other finds it and does nothing.

The undo stops the apply first and logs. The entry that runs it after a reboot goes *last*, when
the inverse is complete: a power cut in the middle of an undo must not leave half a configuration,
and the inverse may run twice. An inverse that brings the device down twice is not tried again.

The second stage loads the binary backup, which reboots. It comes only when the inverse did not
reach its end, or when the device reached its ``anchor`` at arming and does not any more. A load
that works takes record and triggers away, so it happens once; one that a power cut prevented is
tried a second and last time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sekayu_net.platforms.base import GuardKind
from sekayu_net.platforms.routeros.record import RECORD, Names, Record
from sekayu_net.platforms.routeros.session import literal, version_tuple

#: What the scripts may do: import, reload a backup, write users, secrets and scripts.
POLICIES = ("ftp", "reboot", "read", "write", "policy", "test", "sensitive")
#: Seconds from the start of the scheduler after a boot to the undo: interfaces may come late.
BOOT_DELAY = 5
#: ``:onerror`` gives the words of an error; in every release from 7.13.5 on.
ONERROR_VERSION = (7, 14)
#: How often the undo looks for its anchor, and how long it waits between (a look of three echo
#: requests takes three seconds): a bridge port may learn for 30 seconds before it forwards.
ANCHOR_LOOKS, ANCHOR_PAUSE = 8, 5

_RECORD = f'[find where name="{RECORD}"]'


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


def gives_words(version: str) -> bool:
    """Whether the device can write the words of an error into the record itself."""
    return version_tuple(version) >= ONERROR_VERSION


def traced(script: str, record: Record) -> str:
    """The script for a device that has no ``:onerror``: each line tells the record when it fails.

    ``:do … on-error`` is in every release (reference 6.4) but knows no words: the record gets the
    number of the line, ``guard`` asks for the words. The import stops there all the same.
    """

    def line(number: int, text: str) -> str:
        if not text.strip() or text.lstrip().startswith("#"):
            return text
        told = set_record(replace(record.having("failed"), words=f"line {number}"))
        return f':do {{ {text} }} on-error={{ {told}; :error "line {number}" }}'

    return "\n".join(line(n, text) for n, text in enumerate(script.rstrip("\n").split("\n"), 1))


def apply_source(names: Names, record: Record, version: str) -> str:
    """The script that imports the change and writes ``applied`` or ``failed`` into the record.

    It does nothing once the undo has begun: the request to start it may arrive when the link is
    back and the device has gone back already. (The undo begins first and then stops this script,
    this script runs first and then looks: one of them sees the other.)
    """
    late = ':error "too late"'
    in_time = (
        f':if ([:len [/system script find where name="{names.end}"]] > 0) do={{ {late} }}\n'
        f':if (!([/system script get {_RECORD} comment] ~ "^state=armed token={names.token} ")) '
        f"do={{ {late} }}"
    )
    failed = record.having("failed")
    importing = f"/import file-name={literal(names.file)}"
    if gives_words(version):
        comment = literal(f"{failed.comment} words=")
        guarded = (
            f":onerror e in={{ {importing} }} do={{ :put $e; "
            f"/system script set {_RECORD} comment=({comment} . [:pick $e 0 300]); "
            ':error "stopped" }'
        )
    else:
        # The line that failed has told the record, unless the device refused the file as a whole.
        unless = f'!([/system script get {_RECORD} comment] ~ "^state=failed ")'
        told = f":if ({unless}) do={{ {set_record(failed)} }}"
        guarded = f':do {{ {importing} }} on-error={{ {told}; :error "stopped" }}'
    return f"{in_time}\n{guarded}\n{set_record(record.having('applied'))}"


def claim(names: Names, record: Record) -> str:
    """Add ``sekayu-T-end`` with a record, unless it is there: the first one has it."""
    return (
        f':do {{ /system script add name="{names.end}" comment={literal(record.comment)} '
        'policy=read source="#" } on-error={}'
    )


def start(names: Names, script: str, kind: GuardKind, file: str | None = None) -> str:
    """The statement that starts a script detached from whoever says it.

    Where the device starts no background jobs an entry does it within a second; what the script
    prints then goes nowhere, ``file`` (without ``.txt``) or not.
    """
    running = f'/system script run "{script}"'
    if kind != "scheduler":
        output = "" if file is None else f" file={literal(file)}"
        return f":execute script={literal(running)}{output}"
    own = remove("/system scheduler", f'name="{names.now}"')
    return (
        f'{own}; /system scheduler add name="{names.now}" interval=1s '
        f"policy={','.join(POLICIES)} on-event={literal(f'{own}; {running}')}"
    )


def anchored(anchor: str) -> str:
    """Statements that set ``$up`` to 0 when the anchor stays silent."""
    look = f":if ([/ping {anchor} count=3] > 0) do={{ :set up 1 }}"
    return (
        ":set up 0; :local k 0; "
        f":while (($up = 0) && ($k < {ANCHOR_LOOKS})) do={{ "
        f":do {{ {look} }} on-error={{}}; "
        f":if ($up = 0) do={{ :delay {ANCHOR_PAUSE}s }}; :set k ($k + 1) }}; "
    )


def undo_source(names: Names, record: Record) -> str:
    """The script that undoes; see the module's docstring for its order."""
    reload = f'/system backup load name={literal(names.backup)} password=""'
    entries = remove("/system scheduler", f"name~{literal(names.pattern)}")
    timed = remove("/system scheduler", f'name="{names.at}" or name="{names.now}"')
    reverting = record.having("reverting1")
    return "\n".join(
        (
            f":local s [/system script get {_RECORD} comment]",
            (
                f':if (!($s ~ " token={names.token} ")) do={{ '
                f':log error "{names.stem}: the change that waits is another"; :error "another" }}'
            ),
            claim(names, reverting),
            ':local e ""',
            (
                f':do {{ :set e [/system script get [find where name="{names.end}"] comment] }} '
                "on-error={}"
            ),
            (
                f':if ($e ~ "^state=confirmed") do={{ :log info "{names.stem}: confirmed"; '
                ':error "confirmed" }'
            ),
            for_each(
                "/system script job",
                f'script="{names.apply}"',
                " :do { /system script job remove $i } on-error={} ",
            ),
            f":set s [/system script get {_RECORD} comment]",
            ":local n 0",
            ':if ($s ~ "^state=reverting1") do={ :set n 1 }',
            ':if ($s ~ "^state=reverting2") do={ :set n 2 }',
            ':if ($s ~ "^state=stage-two") do={ :set n 3 }',
            f":if ($n = 0) do={{ {set_record(reverting)} }}",
            f":if ($n = 1) do={{ {set_record(record.having('reverting2'))} }}",
            f':log warning "{names.stem}: going back to the state before"',
            timed,
            (
                f":if ($n < 2) do={{ :do {{ /import file-name={literal(names.undo_file)} }} "
                f'on-error={{ :log error "{names.stem}: the way back stopped" }} }}'
            ),
            f":set s [/system script get {_RECORD} comment]",
            ":local up 1",
            (
                f':if ($s ~ "^state=reverted") do={{ '
                f"{anchored(record.anchor) if record.anchor else ''}"
                f":if ($up = 1) do={{ {entries}; "
                f':log warning "{names.stem}: back in the state before" }} '
                f'else={{ :log error "{names.stem}: {record.anchor} is silent now" }} }} '
                "else={ :set up 0 }"
            ),
            (
                f":if ($up = 0) do={{ :if ($n = 3) do={{ {entries} }}; "
                f"{set_record(record.having('stage-two'))}; "
                f':log error "{names.stem}: loading the backup"; :delay 1s; '
                f":do {{ {reload} }} on-error={{ :log error "
                f'"{names.stem}: the backup can not be loaded" }}; {entries} }}'
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Triggers:
    """What may run the undo: a script that waits, what runs after a reboot, further scripts."""

    timer: str
    boot: str
    scripts: tuple[tuple[str, str], ...] = ()


def timed(names: Names, revert_in: int) -> Triggers:
    """The undo after so many seconds, or after a reboot."""
    run_undo = f'/system script run "{names.undo}"'
    return Triggers(f":delay {revert_in}s\n{run_undo}", f":delay {BOOT_DELAY}s; {run_undo}")


def arm_file(
    names: Names,
    record: Record,
    *,
    revert_in: int,
    version: str,
    triggers: Triggers | None = None,
) -> str:
    """The arming script: one statement a line; any failure leaves the configuration untouched.

    The backup comes first, so that loading it brings back a device without our entries. The lock
    is next: it fails when another change is pending. ``revert_in`` is in seconds.
    """
    policy = ",".join(POLICIES)

    def script(name: str, source: str) -> str:
        return f'/system script add name="{name}" policy={policy} source={literal(source)}'

    run_undo = f'/system script run "{names.undo}"'
    triggers = triggers or timed(names, revert_in)
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
        *(script(name, source) for name, source in triggers.scripts),
    ]
    if record.kind in ("job+startup", "scheduler"):
        lines.append(
            f'/system scheduler add name="{names.stem}" start-time=startup interval=0s '
            f"policy={policy} on-event={literal(triggers.boot)}"
        )
    if record.kind == "scheduler":
        lines.append(
            f'/system scheduler add name="{names.at}" interval={revert_in}s '
            f"policy={policy} on-event={literal(run_undo)}"
        )
    job = record.kind in ("job+startup", "job")
    if job:
        lines.append(script(names.timer, triggers.timer))
    lines.append(set_record(record.having("armed")))
    if job:
        # Last: nothing may overwrite the record once the undo can begin.
        run_timer = f'/system script run "{names.timer}"'
        lines.append(f":execute script={literal(run_timer)}")
    return "\n".join(lines) + "\n"
