"""Changes on IOS: what is sent, in which order, and that it ends where it should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.editor import replay
from sekayu_net.lab.ios.tree import Tree
from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.ios.change import change
from sekayu_net.platforms.ios.masking import reveal
from sekayu_net.platforms.ios.platform import IOS

FILE = Path(__file__).parents[3] / "cases/ios/changes.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
NAMED = [pytest.param(case, id=case["name"]) for case in CASES]
PORTS = ("GigabitEthernet0/0", "GigabitEthernet0/1")
WHOLE = DiffContext(version="15.7", whole=True)
VERSIONS = ("15.7(3)M8", "17.6.5")


def judge(version: str, text: str) -> tuple[IosDevice, Tree]:
    """The lab's device, which shares no line of code with what is tried here, and a text on it."""
    device = IosDevice("judge", model="ISR", version=version, serial="FDO1", ports=PORTS)
    tree = device.factory(bare=True)
    assert replay(device, tree, shown(text), lenient=True) == []
    return device, tree


def shown(text: str) -> list[str]:
    return reveal(text, lambda fingerprint: f"geheim{fingerprint}").splitlines()


@pytest.mark.parametrize("case", NAMED)
def test_the_script_is_the_one_that_is_expected(case: dict[str, Any]) -> None:
    made = change(case["running"], case["intended"], WHOLE)
    assert made.script == case["script"]
    assert made.warnings == ()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", NAMED)
def test_a_device_takes_the_script_and_says_what_was_intended(
    case: dict[str, Any], version: str
) -> None:
    device, tree = judge(version, case["running"])
    _, wanted = judge(version, case["intended"])
    before, after = "\n".join(tree.lines()), "\n".join(wanted.lines())
    made = change(before, after, WHOLE)
    assert replay(device, tree, shown(made.script), lenient=True) == []
    assert change("\n".join(tree.lines()), after, WHOLE).script == ""
    assert replay(device, tree, shown(made.inverse), lenient=True) == []
    assert change("\n".join(tree.lines()), before, WHOLE).script == ""


@pytest.mark.parametrize("case", NAMED)
def test_the_prediction_needs_no_further_change(case: dict[str, Any]) -> None:
    made = change(case["running"], case["intended"], WHOLE)
    assert change(made.predicted, case["intended"], WHOLE).empty
    applied = IOS.apply(case["running"], made.script)
    assert change(applied, case["intended"], WHOLE).empty


@pytest.mark.parametrize("case", NAMED)
def test_a_person_reads_it_in_80_columns(case: dict[str, Any]) -> None:
    for line in change(case["running"], case["intended"], WHOLE).diff.splitlines():
        assert len(line) <= 80
        assert not line.startswith(" ") or line[2] in "+-~>! "


def test_nothing_to_do_is_empty() -> None:
    for case in CASES:
        made = change(case["intended"], case["intended"], WHOLE)
        assert (made.empty, made.script, made.inverse, made.diff) == (True, "", "", "")


def test_a_secret_that_changed_shows_without_its_fingerprint() -> None:
    line = "snmp-server community <secret:{}> RO\n"
    made = change(
        "enable secret 9 <secret:0123456789abcdef>\n",
        "enable secret 9 <secret:0123456789abcdee>\n",
        WHOLE,
    )
    assert made.diff == "enable secret\n  ~ enable secret 9 changed\n"
    assert made.differences[0].kind == "secret"
    assert change(line.format("0" * 16), line.format("0" * 16), WHOLE).empty
