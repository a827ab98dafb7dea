"""What typed configuration lines do, by cases; and that what is shown is what would be typed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.editor import replay, run_now
from sekayu_net.lab.ios.exec_files import shown_text
from tests.ios_bench import NEW, OLD, make_device

CASES = Path(__file__).parents[3] / "cases/ios"
LINES: dict[str, Any] = yaml.safe_load((CASES / "lines.yaml").read_text("utf-8"))
CORPUS = Path(os.environ.get("SEKAYU_SHARED", "../shared")) / "corpus/ios"
FILES = sorted(CORPUS.glob("*.cfg"))


def typed(device: IosDevice, *lines: str) -> str:
    console = Console(device, "teknisi", 15)
    return "".join(run_now(console.run(line)) for line in ("configure terminal", *lines))


@pytest.mark.parametrize("name", LINES)
def test_a_line_does_what_it_says(name: str) -> None:
    case = LINES[name]
    device = make_device()
    answer = typed(device, *case["type"])
    shown = shown_text(device.running_text()).splitlines()
    assert case.get("says", "") in answer
    assert "says" in case or "%" not in answer.replace("CNTL/Z", "")
    assert [line for line in case.get("shown", ()) if line not in shown] == []
    assert [line for line in case.get("gone", ()) if line in shown] == []
    places = [shown.index(line) for line in case.get("order", ())]
    assert places == sorted(places)
    for line, count in case.get("count", {}).items():
        assert shown.count(line) == count
    for pattern in case.get("matching", ()):
        assert any(re.fullmatch(pattern, line) for line in shown)


@pytest.mark.parametrize("version", [NEW, OLD])
def test_a_shown_configuration_replaces_itself_without_a_change(version: str) -> None:
    device = make_device(version)
    target = device.factory(bare=True)
    errors = replay(device, target, device.running_text().splitlines())
    assert errors == []
    assert target.lines() == device.running.lines()


@pytest.mark.parametrize(
    ("mode", "line", "column"),
    [
        ((), "hostnaam x", 0),
        (("interface gi0/0/0",), "ip adress 10.0.0.1 255.0.0.0", 3),
        (("interface gi0/0/0",), "ip address 10.0.0 255.0.0.0", 11),
    ],
)
def test_the_caret_stands_below_the_word_that_is_wrong(
    mode: tuple[str, ...], line: str, column: int
) -> None:
    device = make_device()
    console = Console(device, "teknisi", 15)
    for before in ("configure terminal", *mode):
        run_now(console.run(before))
    prompt = len(console.prompt)
    first = run_now(console.run(line)).splitlines()[0]
    assert first.index("^") == prompt + column


@pytest.mark.skipif(not FILES, reason="the corpus of IOS configurations is not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_configuration_read_twice_is_the_same(path: Path) -> None:
    """Leniently read: hardware and features are other people's."""
    device = IosDevice(
        "any", model="ISR4331/K9", version="17.6.5", serial="FDO", ports=("GigabitEthernet0/0/0",)
    )
    once = device.factory(bare=True)
    replay(device, once, path.read_text("utf-8", "replace").splitlines(), lenient=True)
    twice = device.factory(bare=True)
    replay(device, twice, once.lines(), lenient=True)
    assert twice.lines() == once.lines()
    assert len(once.lines()) > 50
