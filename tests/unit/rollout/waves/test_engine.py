"""Waves, order, budget and stopping: a plan carried out over a small district of fakes."""

from __future__ import annotations

import pytest

from sekayu_net.errors import JournalError
from sekayu_net.plan import Limits, Pace
from sekayu_net.rollout.engine import Rollout, carry_out
from sekayu_net.rollout.planning import make_plan
from sekayu_net.rollout.resume import Resumption
from sekayu_net.rollout.waves import batches
from tests.unit.rollout.waves.deployment import WAVES, Deployment, Watcher


def test_every_device_of_every_wave_is_confirmed(place, journal) -> None:
    deployment = Deployment(place, journal)
    states = deployment.run()
    assert set(states.values()) == {"confirmed"}
    assert set(states) == set(place.devices)
    assert deployment.watcher.waves == ["lurah", "camat", "desa"]
    assert {r.state for r in journal.hosts(deployment.id)} == {"confirmed"}
    assert set(journal.confirmed()) == set(place.devices)


def test_a_plan_after_a_rollout_has_nothing_to_do(place, journal) -> None:
    Deployment(place, journal).run()
    again = Deployment(place, journal)
    assert {host.status for host in again.plan.hosts.values()} == {"unchanged"}
    assert set(again.run().values()) == {"unchanged"}


def test_the_deepest_devices_of_a_wave_come_first(place, journal) -> None:
    deployment = Deployment(place, journal)
    deployment.run()
    armed = deployment.watcher.armed
    assert armed.index("lurah-satu-rtr1") > armed.index("lurah-satu-ap1")
    assert armed.index("lurah-satu-rtr1") > armed.index("lurah-satu-ap2")
    assert armed.index("camat-kota-rtr1") > armed.index("camat-kota-ap1")


def test_no_batch_holds_two_devices_one_on_the_path_of_the_other(place) -> None:
    district = place.district
    groups = batches(district, place.devices)
    assert sorted(host for group in groups for host in group) == sorted(place.devices)
    for group in groups:
        for host in group:
            assert not set(district.path_to(district.devices[host])) & set(group)


def test_a_failure_over_the_budget_stops_the_run_and_skips_the_rest(place, journal) -> None:
    deployment = Deployment(place, journal, pace=Pace(workers=1))
    place.devices["lurah-satu-ap2"].faults.add("statement")
    states = deployment.run()
    assert states.pop("lurah-satu-ap1") == "confirmed"
    assert states.pop("lurah-satu-ap2") == "reverted"
    assert set(states.values()) == {"skipped"}
    assert deployment.watcher.waves == ["lurah"]
    assert len(deployment.watcher.reasons) == 1
    assert "lurah-satu-ap2" in deployment.watcher.reasons[0]


def test_a_failure_within_the_budget_does_not_stop_the_run(place, journal) -> None:
    deployment = Deployment(place, journal, failure_budget=1)
    place.devices["lurah-satu-ap1"].faults.add("statement")
    states = deployment.run()
    assert states.pop("lurah-satu-ap1") == "reverted"
    assert set(states.values()) == {"confirmed"}


def test_a_lost_device_stops_the_run_whatever_the_budget(place, journal) -> None:
    deployment = Deployment(place, journal, failure_budget=5)
    lost = place.devices["lurah-satu-ap1"]
    lost.faults.update({"cut", "undo-broken"})
    lost.go_back = lambda: None
    states = deployment.run()
    assert states["lurah-satu-ap1"] == "unknown"
    assert states["camat-kota-rtr1"] == "skipped"


def test_a_device_that_was_offline_at_planning_is_not_touched_and_costs_nothing(
    place, journal
) -> None:
    place.devices["lurah-satu-ap1"].faults.add("open")
    deployment = Deployment(place, journal)
    place.devices["lurah-satu-ap1"].faults.clear()
    states = deployment.run()
    assert states.pop("lurah-satu-ap1") == "unreachable"
    assert set(states.values()) == {"confirmed"}
    assert place.devices["lurah-satu-ap1"].scripts == []


def test_a_stale_device_costs_nothing(place, journal) -> None:
    deployment = Deployment(place, journal)
    place.devices["lurah-satu-ap1"].text += "\nsomeone"
    states = deployment.run()
    assert states.pop("lurah-satu-ap1") == "stale"
    assert set(states.values()) == {"confirmed"}


def test_a_refused_device_is_skipped_with_its_reason(place, journal) -> None:
    place.devices["lurah-satu-ap1"].serial = "OTHER"
    deployment = Deployment(place, journal)
    deployment.run()
    record = next(r for r in journal.hosts(deployment.id) if r.host == "lurah-satu-ap1")
    assert record.state == "skipped"
    assert "OTHER" in record.reason


def test_a_router_that_cuts_off_those_behind_it_is_reverted(place, journal) -> None:
    deployment = Deployment(place, journal)
    far, router = place.devices["desa-jauh-rtr1"], place.devices["lurah-satu-rtr1"]
    driver = place.driver

    def driver_over_the_path(device):
        if device.name == "desa-jauh-rtr1" and "delta" in router.text:
            far.faults.add("open")
        elif device.name == "desa-jauh-rtr1":
            far.faults.discard("open")
        return driver(device)

    place.driver = driver_over_the_path
    deployment.site = place.site()
    states = deployment.run()
    assert states["lurah-satu-rtr1"] == "reverted"
    record = next(r for r in journal.hosts(deployment.id) if r.host == "lurah-satu-rtr1")
    assert "desa-jauh-rtr1" in record.reason


def test_a_device_behind_that_was_silent_before_does_not_hold_its_router(place, journal) -> None:
    deployment = Deployment(place, journal)
    place.devices["desa-jauh-rtr1"].faults.add("open")
    states = deployment.run()
    assert states["lurah-satu-rtr1"] == "confirmed"


def test_silence_after_its_path_was_changed_is_a_failure(place, journal) -> None:
    deployment = Deployment(place, journal)
    place.devices["desa-jauh-rtr1"].faults.add("open")
    assert deployment.run()["desa-jauh-rtr1"] == "failed"


def test_stopping_finishes_what_is_in_flight_and_begins_nothing_more(place, journal) -> None:
    deployment = Deployment(place, journal)
    deployment.stop = lambda: "lurah-satu-ap1" in deployment.watcher.ends
    states = deployment.run()
    assert states["lurah-satu-ap1"] == "confirmed"
    assert states["lurah-satu-rtr1"] == "skipped"
    assert "operator" in deployment.watcher.reasons[0]


def test_a_journal_that_can_not_be_written_ends_the_run(place, journal, monkeypatch) -> None:
    deployment = Deployment(place, journal)
    written = journal.state

    def full(run, host, state, **more) -> None:
        if state == "armed":
            raise JournalError("the disk is full")
        written(run, host, state, **more)

    monkeypatch.setattr(journal, "state", full)
    with pytest.raises(JournalError):
        deployment.run()
    assert all(device.scripts == [] for device in place.devices.values())


def test_a_run_has_its_end_in_the_journal(place, journal) -> None:
    site = place.site()
    plan = make_plan(site, WAVES, limits=Limits(100), confirm_within=60)
    run, _ = carry_out(site, plan, journal, Watcher())
    assert journal.run(run).result == "7 confirmed"
    assert journal.run(run).plan_id == plan.plan_id


def test_a_plan_names_the_secrets_behind_its_tokens(place) -> None:
    plan = make_plan(place.site(), WAVES, limits=Limits(100), confirm_within=60)
    assert plan.labels == {
        "0000000000000001": "example/1@1",
        "0000000000000002": "example/2@1",
    }


def test_resume_ends_what_a_crash_left(place, journal) -> None:
    deployment = Deployment(place, journal)
    deployment.id = journal.begin("deploy", operator="tester", confirm_within=60)
    waiting, went_back, untouched = (
        "lurah-satu-ap1",
        "lurah-satu-ap2",
        "lurah-satu-rtr1",
    )
    rollout = Rollout(deployment.site, deployment.plan, journal, deployment.id, Watcher())
    for host in (waiting, went_back, untouched):
        rollout._enter(deployment.plan.hosts[host])
    for host in (waiting, went_back):
        journal.state(deployment.id, host, "applied")
    device = place.devices[waiting]
    token = next(r.token for r in journal.hosts(deployment.id) if r.host == waiting)
    device.before, device.token, device.undo_at = device.text, token, place.clock() + 50
    device.text = "alpha\ndelta\ngamma\npath secret=correct-horse"
    outcomes = Resumption(deployment.site, journal, journal.unfinished()[0], Watcher()).execute()
    assert {host: outcome.state for host, outcome in outcomes.items()} == {
        waiting: "confirmed",
        went_back: "reverted",
        untouched: "skipped",
    }
    assert journal.unfinished() == ()
