"""Commits as NAPALM's documents describe them, for what its suites leave out.

``revert_in``, ``confirm_commit``, ``has_pending_commit``, ``rollback`` and what a merge keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from napalm.base import exceptions as napalm

from tests.conformance.napalm_street import DRIVER, SETUP, options, street
from tests.integration.conftest import Bench

pytestmark = pytest.mark.timeout(90)

MERGE = "/ip address\nadd address=10.9.9.1/24 interface=ether3\n"
LONG = 60
Open = Callable[[], Any]


@pytest.fixture(params=list(SETUP))
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from street(tmp_path, request.param)


@pytest.fixture
def connect(site: Bench) -> Iterator[Open]:
    made: list[Any] = []

    def one() -> Any:
        made.append(DRIVER("127.0.0.1", "sekayu", "", 10, options(site)))
        made[-1].open()
        return made[-1]

    yield one
    for device in made:
        device.close()


def pending(device: Any) -> Any:
    device.load_merge_candidate(config=MERGE)
    device.commit_config(revert_in=LONG)
    assert device.has_pending_commit()
    return device


def test_a_commit_to_be_confirmed_is_kept_when_it_is(site: Bench, connect: Open) -> None:
    device = pending(connect())
    device.confirm_commit()
    assert not device.has_pending_commit()
    assert "10.9.9.1/24" in site.export()
    with pytest.raises(napalm.CommitConfirmException, match="office-rtr1: confirm"):
        device.confirm_commit()


def test_a_commit_to_be_confirmed_goes_back_when_it_is_not(site: Bench, connect: Open) -> None:
    before = site.export()
    device = connect()
    device.load_merge_candidate(config=MERGE)
    device.commit_config(revert_in=2)
    assert "10.9.9.1/24" in site.export()
    site.until(lambda: not device.has_pending_commit())
    assert site.export().split("/system script")[0].rstrip() == before


def test_another_session_sees_and_confirms_what_waits(site: Bench, connect: Open) -> None:
    pending(connect()).close()
    other = connect()
    assert other.has_pending_commit()
    other.confirm_commit()
    assert not other.has_pending_commit()
    assert "10.9.9.1/24" in site.export()


def test_a_second_commit_is_refused_while_one_waits(site: Bench, connect: Open) -> None:
    pending(connect())
    other = connect()
    other.load_merge_candidate(config="/system identity set name=other\n")
    with pytest.raises(napalm.CommitConfirmException, match="office-rtr1: commit"):
        other.commit_config()
    assert "name=other" not in site.export()


@pytest.mark.parametrize("whose", ["own", "another"])
def test_rollback_undoes_a_commit_that_waits(site: Bench, connect: Open, whose: str) -> None:
    before = site.export()
    device = pending(connect())
    (device if whose == "own" else connect()).rollback()
    assert site.export() == before
    assert site.names() == set()
    assert not device.has_pending_commit()


def test_rollback_undoes_a_confirmed_commit_of_its_own(site: Bench, connect: Open) -> None:
    device = connect()
    before = device.get_config("running", sanitized=True)["running"].splitlines()[1:]
    device.load_merge_candidate(config=MERGE)
    device.commit_config(message='said "so"')
    device.rollback()
    after = device.get_config("running", sanitized=True)["running"].splitlines()[1:]
    assert [line for line in after if line in before] == before
    assert "10.9.9.1/24" not in "".join(after)


def test_rollback_without_a_commit_is_refused(connect: Open) -> None:
    with pytest.raises(napalm.CommitError, match="committed nothing"):
        connect().rollback()


def test_a_merge_keeps_what_it_does_not_name(site: Bench, connect: Open) -> None:
    device = connect()
    device.load_merge_candidate(config="/interface bridge\nadd name=bridge mtu=1400\n")
    device.load_merge_candidate(config="/interface ethernet\nset ether1 mtu=1400\n")
    assert device.compare_config() == (
        "/interface bridge\n  ~ bridge: mtu auto → 1400\n"
        "/interface ethernet\n  ~ ether1: mtu 1500 → 1400"
    )
    device.commit_config()
    assert device.compare_config() == ""
    assert 'comment="uplink; mtu=9 to the provider" mtu=1400' in site.export().replace(
        "\\\n    ", ""
    )


def test_a_merge_of_what_runs_changes_nothing(connect: Open) -> None:
    device = connect()
    running = device.get_config("running")["running"]
    device.load_merge_candidate(config=running)
    assert device.compare_config() == ""


def test_a_replacement_takes_away_what_it_does_not_name(site: Bench, connect: Open) -> None:
    device = connect()
    running = device.get_config("running")["running"]
    kept = "".join(
        line for line in running.splitlines(keepends=True) if "00:11:22:33:44:66" not in line
    )
    device.load_replace_candidate(config=kept)
    assert device.compare_config().startswith("/ip arp\n  - address=10.1.0.9")
    device.commit_config()
    assert "00:11:22:33:44:66" not in site.export()
    assert "00:11:22:33:44:55" in site.export()


@pytest.mark.parametrize(
    ("load", "error"),
    [
        ("load_merge_candidate", napalm.MergeConfigException),
        ("load_replace_candidate", napalm.ReplaceConfigException),
    ],
)
def test_a_statement_that_the_device_refuses_is_undone_and_told(
    site: Bench, connect: Open, load: str, error: type[Exception]
) -> None:
    before = site.export()
    device = connect()
    running = device.get_config("running")["running"] if "replace" in load else ""
    getattr(device, load)(config=running + "/ip address add address=10.9.9.1/24 interface=no\n")
    with pytest.raises(error, match="any value of interface") as caught:
        device.commit_config()
    assert isinstance(caught.value, napalm.CommitError)
    assert str(caught.value).startswith("office-rtr1: ")
    assert site.export() == before
    assert site.names() == set()


def test_a_sanitized_configuration_holds_no_secret(connect: Open) -> None:
    device = connect()
    device.load_merge_candidate(config="/snmp community add name=hidden-too\n")
    assert "very-secret" in device.get_config()["running"]
    assert "hidden-too" in device.get_config("candidate")["candidate"]
    shown = device.get_config(sanitized=True)
    assert "very-secret" not in shown["running"]
    assert "hidden-too" not in shown["candidate"]
    assert "very-secret" not in device.compare_config()
    assert "hidden-too" not in device.compare_config()
