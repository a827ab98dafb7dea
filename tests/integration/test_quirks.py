"""The driver where nobody knows how the real device behaves: either way, never half."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import ApplyError
from sekayu_net.lab.conditions import Quirks
from tests.integration.bench_scripts import SCRIPT, TOKEN
from tests.integration.conftest import bench

pytestmark = [
    pytest.mark.timeout(90),
    pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields"),
]

Bench = Any  # conftest's
QUIRKS = {
    "nothing is parsed before an import": Quirks(import_parses_first=False),
    "an empty find is an error": Quirks(empty_find_fails=True),
    "failures show in the exit status": Quirks(exec_error_status=1),
    "an empty list prints nothing": Quirks(empty_list="nothing"),
    "a load without a password waits": Quirks(backup_load_asks=True),
}
VERSIONS = {"7": "7.20.1", "6": "6.49.17"}


@pytest.fixture(params=QUIRKS.values(), ids=QUIRKS)
def quirks(request: pytest.FixtureRequest) -> Quirks:
    found: Quirks = request.param
    return found


@pytest.fixture(params=VERSIONS.values(), ids=VERSIONS)
def odd_site(request: pytest.FixtureRequest, tmp_path: Path, quirks: Quirks) -> Iterator[Bench]:
    yield from bench(tmp_path, version=request.param, quirks=quirks)


def test_a_change_goes_back_is_refused_whole_and_is_confirmed(odd_site: Bench) -> None:
    before = odd_site.export()
    driver = odd_site.driver()
    assert odd_site.commit(driver).kind == "job+startup"
    driver.revert(TOKEN)
    assert odd_site.export() == before
    assert odd_site.names() == set()
    with pytest.raises(ApplyError):
        odd_site.commit(driver, SCRIPT + "/ip address add nonsense=1\n")
    assert odd_site.export() == before
    assert odd_site.names() == set()
    odd_site.commit(driver)
    driver.confirm(TOKEN, run="run7", fingerprint="f00")
    assert "10.9.9.1/24" in odd_site.export()
    assert odd_site.names() == {"sekayu-confirmed"}


def test_a_home_device_that_inactivates_entries_gets_a_job(tmp_path: Path) -> None:
    for site in bench(tmp_path, device_mode="home", quirks=Quirks(mode_inactivates=True)):
        before = site.export()
        driver = site.driver()
        assert site.commit(driver).kind == "job"
        driver.revert(TOKEN)
        assert site.export() == before


def test_a_home_device_that_starts_no_jobs_has_no_undo(tmp_path: Path) -> None:
    for site in bench(tmp_path, device_mode="home", quirks=Quirks(execute_needs_mode=True)):
        guard = site.driver().guard()
        assert guard.kind == "none"
        assert "no background jobs" in (guard.reason or "")
