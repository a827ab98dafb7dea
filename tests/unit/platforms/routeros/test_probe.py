"""The change by which the undo is tried: harmless, and refused where it is meant to be."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import DiffContext, Flow
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.probe import LIST

RUNNING = {
    "nothing": "",
    "no list": "/ip address\nadd address=10.0.0.1/24 interface=ether1\n",
    "other lists": "/ip firewall address-list\nadd address=192.0.2.1 list=mine\n",
}
LEFT = f"/ip firewall address-list\nadd address=192.0.2.1 disabled=yes list={LIST}\n"
FLOWS = (Flow("10.16.0.0/24", "10.0.0.1"),)


@pytest.mark.parametrize("version", ["6.49.17", "7.20.1"])
@pytest.mark.parametrize("running", RUNNING.values(), ids=RUNNING.keys())
def test_the_probe_is_two_items_that_no_rule_uses(running: str, version: str) -> None:
    probe = ROUTEROS.probe(running)
    there = ROUTEROS.diff(probe.clean, probe.changed, DiffContext(version, whole=True, flows=FLOWS))
    assert [operation.action for operation in there.operations] == ["add", "add"]
    assert not there.management_path
    assert all("disabled=yes" in operation.statement for operation in there.operations)
    assert ROUTEROS.canonical(probe.clean) == ROUTEROS.canonical(running)


def test_the_failing_statement_is_the_first_item_again() -> None:
    probe = ROUTEROS.probe("")
    there = ROUTEROS.diff(probe.clean, probe.changed, DiffContext("7.20.1", whole=True))
    assert probe.failing == there.operations[0].statement


@pytest.mark.parametrize("running", RUNNING.values(), ids=RUNNING.keys())
def test_what_an_earlier_probe_left_is_not_part_of_the_clean_text(running: str) -> None:
    probe = ROUTEROS.probe(running + LEFT)
    assert ROUTEROS.canonical(probe.clean) == ROUTEROS.canonical(running)
    assert ROUTEROS.canonical(probe.changed) == ROUTEROS.canonical(ROUTEROS.probe(running).changed)
