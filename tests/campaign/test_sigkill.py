"""Real SIGKILL over real SSH: what the campaign does in simulated time, on a sample of points."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from sekayu_net.lab.console.interpreter import Session as Console
from tests.integration.bench_scripts import INVERSE, SCRIPT, TOKEN
from tests.integration.conftest import Bench, bench

pytestmark = pytest.mark.timeout(90)
#: Seconds to confirm for a controller that is killed.
KILLED_REVERT_IN = 4
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Trial:
    """A device, its old and its new state, and how many statements a whole deployment takes."""

    site: Bench
    old: str
    new: str
    statements: int


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    for site in bench(tmp_path_factory.mktemp("sigkill")):
        old = configuration(site)
        status, statements = deployed(site, None)
        assert status == 0
        yield Trial(site, old, configuration(site), statements)


def configuration(site: Bench) -> str:
    """An export without the tool's memory of the last run, which ends it."""
    return site.export().split("/system script", maxsplit=1)[0].rstrip()


def deployed(site: Bench, kill_at: int | None) -> tuple[int, int]:
    """Let a controller deploy, killed before the device's statement of that number.

    Its exit status, and how many statements the device began meanwhile.
    """
    target = {key: value for key, value in asdict(site.target).items() if key != "password"}
    target |= {key: str(target[key]) for key in ("known_hosts", "key_file")}
    given = {
        "target": target,
        "script": SCRIPT,
        "inverse": INVERSE,
        "token": TOKEN,
        "revert_in": 60 if kill_at is None else KILLED_REVERT_IN,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.campaign.controller"],
        stdin=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    begun: list[str] = []

    def count(console: Console) -> None:
        begun.append(console.via)
        if len(begun) == kill_at:
            os.kill(process.pid, signal.SIGKILL)

    site.device.at_statement = count
    process.communicate(json.dumps(given), timeout=60)
    site.device.at_statement = lambda _: None
    return process.returncode, len(begun)


@pytest.mark.parametrize("part", [0.4, 0.6, 0.75, 0.9])
def test_a_controller_killed_at_a_statement_leaves_old_or_new_and_nothing_half(
    trial: Trial, part: float
) -> None:
    site = trial.site
    site.on_loop(lambda: site.device.import_script(INVERSE))
    assert configuration(site) == trial.old
    number = int(trial.statements * part)
    status, begun = deployed(site, number)
    assert status == -signal.SIGKILL
    assert begun >= number

    site.until(lambda: site.waits() is False or site.record().startswith("state=arming"))
    driver = site.driver()
    waiting = driver.pending()
    if waiting is not None:
        driver.revert(waiting.token)
    driver.clean()
    driver.close()
    assert site.names() == {"sekayu-confirmed"}
    assert configuration(site) in (trial.old, trial.new)
