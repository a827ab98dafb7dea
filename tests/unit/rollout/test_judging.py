"""One device of an audit: what is said of it, and what stays of its read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sekayu_net.compliance import RuleBook
from sekayu_net.errors import GarbledError, UnreachableError
from sekayu_net.journal import Journal
from sekayu_net.rollout.judging import Judge, default_login
from sekayu_net.rollout.read_runner import read_all
from sekayu_net.rollout.reading import read_device
from sekayu_net.rollout.taking import LOT, Taking
from tests.unit.rollout.test_reading import HOST, site_of, town

__all__ = ["town"]


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.query("PRAGMA synchronous = OFF")
        yield journal


def judge_of(site: Any, journal: Journal, **more: Any) -> Judge:
    return Judge(site, journal, RuleBook(), runs=set(), login=lambda device: "tool", **more)


def confirmed_as(journal: Journal, town: Any, text: str) -> None:
    run = journal.begin("deploy", operator="tester")
    journal.remember(run, HOST, fingerprint="then", config=text, intended=town.intended[HOST])


def test_a_factory_login_that_a_device_still_accepts_is_told(town, fakes) -> None:
    def knock(self):
        if "silent" in self.device.faults:
            raise GarbledError("no answer", host=HOST, stage="connect")
        return "admin without a password" if "open door" in self.device.faults else None

    site = site_of(town, fakes, default_login=knock)
    open_one, silent, shut = sorted(town.devices)[:3]
    town.devices[open_one].faults.add("open door")
    town.devices[silent].faults.add("silent")
    devices = site.district.devices
    said = [default_login(site, devices[host]) for host in (open_one, silent, shut)]
    assert said == ["admin without a password", None, None]


def test_of_a_device_without_drift_only_its_text_and_findings_stay(town, journal) -> None:
    site = town.site()
    said = read_device(site, site.district.devices[HOST])
    judged = judge_of(site, journal, states=True)(HOST, said)
    assert judged.audit.host == HOST
    assert judged.text is not None
    assert (judged.seen, judged.state) == (None, None)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_state_of_a_device_with_drift_stays_where_it_is_wanted(town, journal, wanted) -> None:
    site = town.site()
    confirmed_as(journal, town, "something else")
    said = read_device(site, site.district.devices[HOST])
    judged = judge_of(site, journal, states=wanted)(HOST, said)
    assert judged.audit.count("drift")
    assert (judged.state is not None) is wanted
    if judged.state is not None:
        assert judged.state.fingerprint == said.fingerprint


def test_what_is_first_seen_beyond_the_configuration_stays(town, journal) -> None:
    site = town.site()
    confirmed_as(journal, town, "x")
    said = read_device(site, site.district.devices[HOST])
    assert judge_of(site, journal)(HOST, said).seen == said.reading.beyond


def test_a_device_that_was_not_read_is_said_why(town, journal) -> None:
    error = UnreachableError("no answer", host=HOST, stage="connect", hint="is it up?")
    judged = judge_of(town.site(), journal)(HOST, error)
    assert (judged.audit.status, judged.audit.reason) == ("unreachable", "no answer; is it up?")
    assert judged.text is None


def test_an_audit_holds_what_stays_in_the_order_of_its_hosts(town, journal, tmp_path) -> None:
    site = town.site()
    town.devices[HOST].faults.add("open")
    hosts = sorted(town.devices, reverse=True)
    judge = judge_of(site, journal)
    run = journal.begin("audit", operator="tester")
    with Taking(journal, run, hosts, tmp_path) as taking:
        kept = read_all(
            site,
            "read",
            hosts,
            lambda host, said: taking.take(host, judge(host, said)),
            site=replace(site, readers=3),
        )
        taking.close()
        assert set(kept.values()) == {None}
        assert list(taking.audits) == hosts
        assert list(taking.texts) == [host for host in hosts if host != HOST]
        assert set(journal.last_audits()) == set(hosts)
        assert taking.audits[HOST].status == "unreachable"
    assert [each.name for each in tmp_path.iterdir() if "spool" in each.name] == []


def test_findings_are_recorded_while_an_audit_goes_on(town, journal, tmp_path) -> None:
    hosts = [f"host-{number}" for number in range(LOT + 1)]
    judge = judge_of(town.site(), journal)
    run = journal.begin("audit", operator="tester")
    with Taking(journal, run, hosts, tmp_path) as taking:
        for host in hosts:
            error = UnreachableError("no answer", host=host, stage="connect")
            taking.take(host, judge(host, error))
        assert len(journal.last_audits()) == LOT
        taking.close()
    assert len(journal.last_audits()) == LOT + 1
