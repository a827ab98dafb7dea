"""Who changed what: lines of logs as devices write them."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import Event
from sekayu_net.platforms.routeros.events import event_of, events

#: a line → user, who, action, menu, item; None: it tells of no change by a person
LINES = {
    # version 7, from published captures
    "filter rule added by ssh:aether@10.1.1.2 (*22 = /ip firewall filter add chain=input)":
        ("aether", "aether from 10.1.1.2 (ssh)", "added", "/ip firewall filter", ""),
    "filter rule moved by ssh:aether@10.1.1.2 ()":
        ("aether", "aether from 10.1.1.2 (ssh)", "moved", "/ip firewall filter", ""),
    "route 10.10.10.0/30 removed by ssh:lab@172.31.255.29/action:2 (/ip route remove *80000002)":
        ("lab", "lab from 172.31.255.29 (ssh)", "removed", "/ip route", "10.10.10.0/30"),
    "user ops added by ssh:-2@172.31.88.5 (*2 = /user add group=full name=ops)":
        ("-2", "-2 from 172.31.88.5 (ssh)", "added", "/user", "ops"),
    "ppp secret <skn001> changed by api:ispm-api@::/action:243 (/ppp secret set skn001 profile=P)":
        ("ispm-api", "ispm-api (api)", "changed", "/ppp secret", "skn001"),
    "log action changed by tcp-msg(winbox):admin@192.168.2.250/terminal/action:132 ()":
        ("admin", "admin from 192.168.2.250 (winbox)", "changed", "/system logging action", ""),
    "Netwatch config removed by tcp-msg(winbox):admin@54:14:A7:11:53:3C (/tool netwatch remove *1)":
        ("admin", "admin from 54:14:A7:11:53:3C (winbox)", "removed", "/tool netwatch", ""),
    "new script scheduled by api:x@:: (*4 = /system scheduler add interval=10s name=t on-event=t)":
        ("x", "x (api)", "added", "/system scheduler", ""),
    "new script added by api:x@:: (*5 = /system script add name=w source=x)":
        ("x", "x (api)", "added", "/system script", ""),
    "changed script settings by scheduler:wan/script:wan/action:3 (/system script set wan source=":
        ("", "scheduler wan", "changed", "/system script", ""),
    "add file by ssh:admin@10.0.0.9 (*0 = /file add contents=a name=sd1/t.txt)":
        ("admin", "admin from 10.0.0.9 (ssh)", "added", "/file", ""),
    "item changed by ssh:budi@10.64.0.20 (/interface wifi set *3 security.passphrase=opensesame)":
        ("budi", "budi from 10.64.0.20 (ssh)", "changed", "/interface wifi", ""),
    # version 6
    "filter rule added by budi": ("budi", "budi", "added", "/ip firewall filter", ""),
    "item changed by budi": ("budi", "budi", "changed", "", ""),
    # none
    "item added by script:sekayu-0123abcd-apply/action:9 (/ip route add gateway=10.0.0.1)": None,
    "user budi logged in from 10.0.0.9 via winbox": None,
    "ether2 link down": None,
}  # fmt: skip


@pytest.mark.parametrize(("line", "told"), LINES.items(), ids=[line[:40] for line in LINES])
def test_a_line_tells_who_did_what_where(line, told) -> None:
    found = event_of("2026-11-24 10:00:00", line)
    if told is None:
        assert found is None
    else:
        user, who, action, path, item = told
        assert found == Event("2026-11-24 10:00:00", who, user, action, path, item)


def test_no_value_of_a_command_is_kept() -> None:
    line = next(line for line in LINES if "opensesame" in line)
    assert "opensesame" not in repr(event_of("", line))


def test_the_newest_change_comes_first() -> None:
    log = [{"time": "1", "message": "nat rule added by a"}, {"time": "2", "message": "up by x"}]
    log.append({"time": "3", "message": "nat rule removed by b"})
    history = [{"time": "2", "by": "a", "action": "user changed"}]
    assert [event.time for event in events(log, history)] == ["3", "1", "2"]


def test_what_lies_before_the_tools_own_last_change_is_left_out() -> None:
    log = [{"time": str(n), "message": f"nat rule added by {who}"} for n, who in enumerate("asasb")]
    assert [event.user for event in events(log, [], own="s")] == ["b", "s"]
