"""The texts by which a RouterOS device follows another one through a linked change.

The device applies the change by its own timer, for its link is cut while only one end has it. It
has no say in the end: the other end decides, and *the link itself tells the decision*. When the
window is over, the other has either kept the change (then it answers over the link in its new
form) or gone back (then it can't). So this end keeps what answers and undoes what is silent, with
no controller:

* the change failed, or the link did not come up in time: undo at once;
* the link came up: wait until the window is over, then look again. Silent: undo. Answers: keep,
  and take the triggers away, for a reboot must not undo what the other end has kept. The record
  stays until somebody confirms;
* a reboot before that starts the wait anew, which is later still than the other's decision.

Pure: nothing here talks to a device (``guard`` does). The rest of the texts is ``undo``'s.
"""

from __future__ import annotations

from sekayu_net.platforms.base import Follow
from sekayu_net.platforms.routeros.record import ADDRESS, RECORD, Names, Record
from sekayu_net.platforms.routeros.session import literal
from sekayu_net.platforms.routeros.undo import BOOT_DELAY, Triggers, anchored, remove, start

#: Seconds of one look for the link: two echo requests, and the pause after them.
LOOK_SECONDS = 4
_COMMENT = f'[/system script get [find where name="{RECORD}"] comment]'


def triggers(names: Names, record: Record, follow: Follow) -> Triggers:
    """What runs on a device that follows. ``ValueError`` for an anchor that is no address."""
    return Triggers(
        timer_source(names, record, follow),
        boot_event(names, follow),
        ((names.follow, follow_source(names, record, follow)),),
    )


def timer_source(names: Names, record: Record, follow: Follow) -> str:
    """The script that waits, has the change applied, waits for the link, then for the window."""
    anchor = checked(follow)
    looks = max(2, follow.patience // LOOK_SECONDS)
    ping = f":if ([/ping {anchor} count=2] > 0) do={{ :set up 1 }}"
    run_undo = f'/system script run "{names.undo}"'
    return "\n".join(
        (
            f":delay {follow.delay}s",
            start(names, names.apply, record.kind, names.output.removesuffix(".txt")),
            ":local up 0",
            ':local s ""',
            ":local k 0",
            (
                f":while (($up = 0) && ($k < {looks})) do={{ :delay 1s; :set s {_COMMENT}; "
                ':if ($s ~ "^state=(armed|applied) ") do={ '
                f':if ($s ~ "^state=applied ") do={{ :do {{ {ping} }} on-error={{}} }}; '
                f":if ($up = 0) do={{ :delay 1s }}; :set k ($k + 1) }} else={{ :set k {looks} }} }}"
            ),
            (
                f':if ($up = 0) do={{ :log warning "{names.stem}: the link did not come up"; '
                f"{run_undo} }} else={{ :delay {follow.window}s; "
                f'/system script run "{names.follow}" }}'
            ),
        )
    )


def follow_source(names: Names, record: Record, follow: Follow) -> str:
    """The script that asks whether the other end kept the change, and does the same here."""
    entries = remove("/system scheduler", f"name~{literal(names.pattern)}")
    applied = literal(f"^state=applied token={record.token} ")
    return "\n".join(
        (
            f":local s {_COMMENT}",
            ":local up 0",
            f":if ($s ~ {applied}) do={{ {anchored(checked(follow))} }}",
            (
                f":if ($up = 1) do={{ {entries}; "
                f':log info "{names.stem}: kept, {follow.anchor} answers" }} '
                f'else={{ :log warning "{names.stem}: {follow.anchor} is silent"; '
                f'/system script run "{names.undo}" }}'
            ),
        )
    )


def boot_event(names: Names, follow: Follow) -> str:
    """What runs after a reboot: an applied change waits for the window again."""
    return (
        f':delay {BOOT_DELAY}s; :if ({_COMMENT} ~ "^state=applied ") do='
        f'{{ :delay {follow.window}s }}; /system script run "{names.follow}"'
    )


def checked(follow: Follow) -> str:
    """The anchor; ``ValueError`` for what is no address, for it becomes part of a script."""
    if not ADDRESS.fullmatch(follow.anchor):
        raise ValueError(f"{follow.anchor!r} is no address to follow")
    return follow.anchor
