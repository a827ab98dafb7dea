"""What a merge makes of a running configuration."""

from __future__ import annotations

import pytest

from sekayu_net.errors import InputError
from sekayu_net.platforms.routeros.candidate import Candidate, Vault, change, merged

RUNNING = """\
# 2026-08-20 15:46:08 by RouterOS 7.20.1
/interface bridge
add comment=keep name=bridge
/interface ethernet
set [ find default-name=ether1 ] comment=uplink mtu=1400
/ip address
add address=10.0.0.1/24 interface=bridge network=10.0.0.0
/ip firewall filter
add action=accept chain=input protocol=icmp
add action=drop chain=input
/system identity
set name=r1
"""


@pytest.mark.parametrize(
    ("added", "diff"),
    [
        (RUNNING, ""),
        ("/interface bridge\nadd name=bridge\n", ""),
        ("/interface bridge add name=bridge mtu=1400", "~ bridge: mtu auto → 1400"),
        ("/interface ethernet set ether1 comment=new", "~ ether1: comment uplink → new"),
        ("/ip address add address=10.0.0.1/24 interface=bridge", ""),
        ("/ip address add address=10.0.0.2/24 interface=bridge", "+ address=10.0.0.2/24"),
        ("/ip firewall filter add chain=input protocol=icmp", ""),
        ("/ip firewall filter add chain=input action=drop", ""),
        ("/ip firewall filter add chain=forward action=drop", "+ chain=forward"),
        ("/system identity\nset name=\\\n    /x/y", "~ name r1 → /x/y"),
        ("/system identity set name=r2", "~ name r1 → r2"),
        ('/ip address remove [find address="10.0.0.1/24"]', "- address=10.0.0.1/24"),
    ],
)
def test_a_merge_changes_what_it_names_and_nothing_else(added: str, diff: str) -> None:
    found = change(RUNNING, Candidate(added, whole=False), "7.20.1", Vault()).diff
    lines = [line.strip() for line in found.splitlines() if line.startswith(" ")]
    assert len(lines) == bool(diff)
    assert all(line.startswith(diff) for line in lines)


def test_a_merge_keeps_the_header_so_that_the_version_is_known() -> None:
    assert merged(RUNNING, "/system identity set name=r2", "7.20.1").startswith(RUNNING[:20])


@pytest.mark.parametrize(
    "added",
    [
        "/ip address add ;",
        "/ip address add address=1 [",
        '/interface bridge set [find name="no"] mtu=1',
    ],
)
def test_a_merge_that_means_nothing_is_told_with_its_line(added: str) -> None:
    with pytest.raises(InputError) as caught:
        merged(RUNNING, f"\n{added}", "7.20.1")
    assert caught.value.line == 2


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("command", ["/system reboot", "  /ip address nonsense", "/ip/adress"])
def test_a_command_is_not_taken_for_an_empty_menu(command: str, whole: bool) -> None:
    text = f"/ip address\n{command}\n/system identity\nset name=r1\n"
    with pytest.raises(InputError, match="is no menu") as caught:
        change(RUNNING, Candidate(text, whole=whole), "7.20.1", Vault())
    assert caught.value.line == 2


def test_a_merged_secret_is_a_token_in_the_diff() -> None:
    added = "/snmp community add name=hidden"
    found = change(RUNNING, Candidate(added, whole=False), "7.20.1", Vault())
    assert "hidden" not in found.diff + found.script
