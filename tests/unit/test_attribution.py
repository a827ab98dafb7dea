"""Who is named for a finding."""

from __future__ import annotations

import pytest

from sekayu_net.attribution import culprit
from sekayu_net.platforms.base import Event

FILTER = "/ip firewall filter"


def did(user: str, action: str, path: str = FILTER, item: str = "", time: str = "t") -> Event:
    return Event(time, user, user, action, path, item)


#: the finding, the device's events (newest first) → who
CASES = {
    "the one who did it": (("extra", FILTER, "x"), [did("budi", "added")], "budi"),
    "nobody told": (("extra", FILTER, "x"), [], None),
    "another menu": (("extra", FILTER, "x"), [did("budi", "added", "/ip route")], None),
    "the deed tells two people apart": (
        ("missing", FILTER, "x"), [did("ani", "added"), did("budi", "removed")], "budi",
    ),
    "two did the same": (
        ("extra", FILTER, "x"), [did("ani", "added"), did("budi", "added")], "ani, budi",
    ),
    "by the name of the item": (
        ("extra", "/user", "ops"),
        [did("ani", "added", "/user", "other"), did("budi", "added", "/user", "ops")],
        "budi",
    ),
    "a menu above": (
        ("changed", "/interface wifi", "wifi1"), [did("budi", "changed", "/interface")], "budi",
    ),
    "an old version calls it an item": (
        ("changed", "/ip pool", "p"), [did("budi", "changed", "")], "budi",
    ),
    "before the tool's last deed": (
        ("extra", FILTER, "x"), [did("sekayu", "changed"), did("budi", "added")], None,
    ),
    "after the tool's last deed": (
        ("extra", FILTER, "x"), [did("budi", "added"), did("sekayu", "changed")], "budi",
    ),
    "a file tells no author": (("extra", "/file", "x.rsc"), [
        Event("t", "", "", "written", "/file", "x.rsc")], ""),
}  # fmt: skip


@pytest.mark.parametrize(("found", "events", "who"), CASES.values(), ids=CASES)
def test_the_device_is_believed_as_far_as_it_tells(found, events, who) -> None:
    told = culprit(*found, events, own_users=("sekayu",))
    assert (told.who if told else None) == who
