from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import InputError
from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS

OWNERSHIP = """\
router:
  "/ip address": owned
  "/ip firewall address-list": {owned-where: {comment-prefix: "ours:"}}
  "/ip firewall nat": owned
  "/ip dns": settings
  "/ip service": settings
"""


def diff(tmp_path: Path, running: str, intended: str) -> Change:
    (tmp_path / "ownership.yaml").write_text(OWNERSHIP)
    ownership = ROUTEROS.load_ownership(tmp_path, "router")
    return ROUTEROS.diff(running, intended, DiffContext(version="7.20", ownership=ownership))


def test_an_owned_menu_that_nobody_mentions_is_emptied(tmp_path: Path) -> None:
    running = "/ip firewall nat\nadd action=masquerade chain=srcnat\n"
    change = diff(tmp_path, running, "")
    assert change.removals == 1
    assert [difference.kind for difference in change.differences] == ["extra"]


def test_a_row_without_the_prefix_stays(tmp_path: Path) -> None:
    running = (
        "/ip firewall address-list\nadd address=10.0.0.1 comment=theirs list=l\n"
        'add address=10.0.0.2 comment="ours: x" list=l\n'
    )
    change = diff(tmp_path, running, "")
    assert [operation.item for operation in change.operations] == ["address=10.0.0.2 list=l"]


def test_a_setting_that_nobody_names_stays(tmp_path: Path) -> None:
    change = diff(
        tmp_path,
        "/ip dns\nset cache-size=4096KiB servers=1.1.1.1\n",
        "/ip dns\nset servers=10.0.0.1\n",
    )
    assert change.script == "/ip dns set servers=10.0.0.1\n"


def test_a_property_that_an_owned_item_does_not_name_goes_to_its_default(tmp_path: Path) -> None:
    running = "/ip address\nadd address=10.0.0.1/24 comment=x disabled=yes interface=ether1\n"
    intended = "/ip address\nadd address=10.0.0.1/24 interface=ether1\n"
    change = diff(tmp_path, running, intended)
    assert change.script.endswith('comment="" disabled=no\n')


def test_an_unmanaged_menu_is_reported_and_left(tmp_path: Path) -> None:
    change = diff(tmp_path, "/queue simple\nadd name=q target=10.0.0.1/32\n", "")
    assert change.empty
    assert [(d.kind, d.path) for d in change.differences] == [("unmanaged", "/queue simple")]


def test_a_menu_that_the_device_failed_to_export_is_left(tmp_path: Path) -> None:
    running = '#error exporting "/ip/address" (timeout)\n/ip dns\nset servers=10.0.0.1\n'
    change = diff(tmp_path, running, "/ip address\nadd address=10.0.0.1/24 interface=ether1\n")
    assert change.empty
    assert [(d.kind, d.path) for d in change.differences] == [("unreadable", "/ip address")]
    assert "/ip address" in change.warnings[0]


def test_a_template_that_writes_to_a_menu_nobody_owns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="/queue simple"):
        diff(tmp_path, "", "/queue simple\nadd name=q\n")


def test_the_tools_own_entries_are_invisible(tmp_path: Path) -> None:
    own = (
        "/system scheduler\nadd name=sekayu-a1b2c3d4 on-event=x\n"
        "/system script\nadd name=sekayu-a1b2c3d4-undo source=y\n"
    )
    change = ROUTEROS.diff(own, "", DiffContext(version="7.20", whole=True))
    assert change.empty
    assert ROUTEROS.canonical(own) == ""


BROKEN = {
    "not YAML": ("router: [", 1),
    "an unknown word": ('router:\n  "/ip address": mine\n', 2),
    "no menu": ('router:\n  "/ip/address": owned\n', 2),
    "a menu twice": ('router:\n  "/ip address": owned\n  "/ip address": owned\n', 3),
    "an unknown condition": ('router:\n  "/ip pool": {owned-where: {name: x}}\n', 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    text, line = BROKEN[name]
    (tmp_path / "ownership.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        ROUTEROS.load_ownership(tmp_path, "router")
    assert caught.value.line is not None
    assert caught.value.line >= line
