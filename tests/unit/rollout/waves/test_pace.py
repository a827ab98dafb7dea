"""Soaks, windows, going on after a break: when a wave may open, over a small district of fakes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekayu_net.plan import Pace
from sekayu_net.rollout.device import CheckResult, Outcome
from tests.unit.rollout.waves.deployment import WAVES, Deployment

SOAKING = (replace(WAVES[0], soak=600), *WAVES[1:])


def when_it_soaks(deployment, act) -> None:
    """Do something to the district as soon as a wave rests."""
    soaking = deployment.watcher.soaking

    def heard(name, seconds) -> None:
        soaking(name, seconds)
        act()

    deployment.watcher.soaking = heard


def test_a_wave_rests_before_the_next_one_opens(place, journal) -> None:
    deployment = Deployment(place, journal, waves=SOAKING)
    began = place.clock.now
    assert set(deployment.run().values()) == {"confirmed"}
    assert deployment.watcher.soaks == [("lurah", 600)]
    assert place.clock.now - began >= 600


def test_a_wave_of_unchanged_devices_does_not_rest(place, journal) -> None:
    Deployment(place, journal).run()
    again = Deployment(place, journal, waves=SOAKING)
    again.run()
    assert again.watcher.soaks == []


def test_a_device_that_changed_while_it_soaked_stops_the_run(place, journal) -> None:
    deployment = Deployment(place, journal, waves=SOAKING)
    device = place.devices["lurah-dua-rtr1"]
    when_it_soaks(deployment, lambda: setattr(device, "text", device.text + "\nsomeone"))
    states = deployment.run()
    assert states["lurah-dua-rtr1"] == "failed"
    assert states["lurah-satu-rtr1"] == "confirmed"
    assert {states[h] for wave in WAVES[1:] for h in wave.hosts} == {"skipped"}
    reason = deployment.outcomes["lurah-dua-rtr1"].reason
    assert "after 10 min of soak" in reason
    assert f"rollback {deployment.id} --host lurah-dua-rtr1" in reason
    record = next(r for r in journal.hosts(deployment.id) if r.host == "lurah-dua-rtr1")
    assert (record.state, record.reason) == ("failed", reason)


def test_a_device_that_fell_silent_while_it_soaked_is_lost(place, journal) -> None:
    deployment = Deployment(place, journal, waves=SOAKING, failure_budget=5)
    device = place.devices["lurah-dua-rtr1"]
    when_it_soaks(deployment, lambda: device.faults.add("open"))
    states = deployment.run()
    assert states["lurah-dua-rtr1"] == "unknown"
    assert states["camat-kota-rtr1"] == "skipped"


def test_one_lost_answer_after_the_soak_is_no_outage(place, journal) -> None:
    deployment = Deployment(place, journal, waves=SOAKING)
    device = place.devices["lurah-dua-rtr1"]

    def silent_for_a_moment() -> None:
        device.silent_until = place.clock.now + 601

    when_it_soaks(deployment, silent_for_a_moment)
    assert set(deployment.run().values()) == {"confirmed"}


@pytest.mark.parametrize(("known", "state"), [(True, "confirmed"), (False, "failed")])
def test_after_the_soak_a_check_counts_unless_it_failed_before_the_change(
    place, journal, monkeypatch, known, state
) -> None:
    soaked: list[bool] = []

    def checks(names, driver, *_) -> tuple[CheckResult, ...]:
        bad = driver.device is place.devices["lurah-dua-rtr1"] and (known or soaked)
        return (CheckResult("hub", not bad, "no answer"),)

    monkeypatch.setattr("sekayu_net.rollout.jobs.run_checks", checks)
    deployment = Deployment(place, journal, waves=SOAKING)
    when_it_soaks(deployment, lambda: soaked.append(True))
    assert deployment.run()["lurah-dua-rtr1"] == state


def test_stopping_while_a_wave_rests_begins_nothing_more(place, journal) -> None:
    deployment = Deployment(place, journal, waves=SOAKING)
    deployment.stop = lambda: bool(deployment.watcher.soaks)
    began = place.clock.now
    states = deployment.run()
    assert states["lurah-dua-rtr1"] == "confirmed"
    assert states["camat-kota-rtr1"] == "skipped"
    assert place.clock.now - began < 600


# The run begins on Monday 2 March 2026 at 22:00 in Jakarta. Phase by phase: the first wave's
# routers wait for those behind them, so it needs two times 60 s; the others one or two.
WINDOWS = {
    "open for long": ("mon 21:00-05:00", ["lurah", "camat", "desa"]),
    "shut": ("tue 21:00-05:00", []),
    "too short for the first wave": ("mon 21:00-22:01", []),
    "too short once the first wave has soaked": ("mon 21:00-22:11", ["lurah"]),
}


@pytest.mark.parametrize(("window", "opened"), WINDOWS.values(), ids=WINDOWS)
def test_a_wave_opens_only_where_it_can_end_within_the_window(
    place, journal, window, opened
) -> None:
    deployment = Deployment(place, journal, waves=SOAKING, pace=Pace(windows=(window,)))
    states = deployment.run()
    assert deployment.watcher.waves == opened
    skipped = {host for wave in WAVES if wave.name not in opened for host in wave.hosts}
    assert {host for host, state in states.items() if state == "skipped"} == skipped
    if skipped:
        assert deployment.watcher.reasons == [
            deployment.outcomes[host].reason for host in sorted(skipped)[:1]
        ]
        assert "then deploy again" in deployment.watcher.reasons[0]


def test_no_more_pushes_than_allowed_are_at_work_at_once(place, journal) -> None:
    deployment = Deployment(place, journal, pace=Pace(workers=1))
    busy: set[str] = set()
    most: list[int] = []
    stage, ended = deployment.watcher.stage, deployment.watcher.ended

    def begun(host, state) -> None:
        stage(host, state)
        busy.add(host)
        most.append(len(busy))

    def over(outcome) -> None:
        ended(outcome)
        busy.discard(outcome.host)

    deployment.watcher.stage, deployment.watcher.ended = begun, over
    deployment.run()
    assert set(most) == {1}


def broken_off(place, journal, **changes) -> tuple[Deployment, dict[str, Outcome]]:
    """A run whose first wave is done, as ``resume`` would find it."""
    whole = Deployment(place, journal, **changes)
    whole.stop = lambda: "lurah-satu-rtr1" in whole.watcher.ends
    whole.run()
    done = {h: o for h, o in whole.outcomes.items() if o.state != "skipped"}
    assert set(done) == set(WAVES[0].hosts)
    for host in whole.plan.hosts:
        if host not in done:
            journal.state(whole.id, host, "planned")
    whole.stop = lambda: False
    whole.watcher.waves.clear()
    whole.watcher.reasons.clear()
    return whole, done


def test_going_on_opens_the_waves_that_were_left(place, journal) -> None:
    run, done = broken_off(place, journal)
    pushes = {host: len(device.scripts) for host, device in place.devices.items()}
    outcomes = run.rollout().continue_(done)
    assert {o.state for o in outcomes.values()} == {"confirmed"}
    assert list(outcomes) == list(run.plan.hosts)
    assert run.watcher.waves == ["camat", "desa"]
    assert all(len(place.devices[host].scripts) == pushes[host] for host in done)
    assert {r.state for r in journal.hosts(run.id)} == {"confirmed"}


def test_going_on_soaks_a_wave_again_whose_rest_was_cut_off(place, journal) -> None:
    run, done = broken_off(place, journal, waves=SOAKING)
    run.rollout().continue_(done)
    assert run.watcher.soaks == [("lurah", 600)]


def test_going_on_counts_what_was_spent_of_the_budget(place, journal) -> None:
    run, done = broken_off(place, journal)
    done["lurah-dua-rtr1"] = replace(done["lurah-dua-rtr1"], state="reverted")
    outcomes = run.rollout().continue_(done)
    assert outcomes["camat-kota-rtr1"].state == "skipped"
    assert "lurah-dua-rtr1" in run.watcher.reasons[0]


def test_going_on_knows_whose_path_was_changed_before(place, journal) -> None:
    run, done = broken_off(place, journal)
    place.devices["desa-jauh-rtr1"].faults.add("open")
    assert run.rollout().continue_(done)["desa-jauh-rtr1"].state == "failed"
