"""A controller that dies at any of its steps, and what ``resume`` makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import ApprovalError, PlanFileError
from sekayu_net.journal import DONE, FINAL, Journal
from sekayu_net.journal_schema import migrate
from sekayu_net.journal_server import Server
from sekayu_net.plan import Limits, Plan, PlannedWave
from sekayu_net.platforms.base import Pending
from sekayu_net.rollout.device import CheckResult
from sekayu_net.rollout.engine import carry_out, token_of
from sekayu_net.rollout.jobs import Behind
from sekayu_net.rollout.kept import answered_behind, kept_plan, waves_of
from sekayu_net.rollout.planning import make_plan
from sekayu_net.rollout.reading import read_device
from sekayu_net.rollout.resume import Resumed, resume_run, still_to_come

WAVES = (
    PlannedWave("first", ("lurah-dua-rtr1",)),
    PlannedWave("second", ("camat-kota-rtr1", "lurah-satu-rtr1")),
)
HOSTS = tuple(host for wave in WAVES for host in wave.hosts)


class Killed(BaseException):
    """The controller is no more: nothing of it runs from here on."""


class Steps:
    """Counts what a controller does; it dies before step number ``last``."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0
        self._lock = threading.Lock()

    def step(self) -> None:
        with self._lock:
            self.count += 1
            if self.count >= self.last:
                raise Killed


@pytest.fixture(autouse=True)
def unsynced(monkeypatch) -> None:
    """Nobody cuts the power here: the many journals of these tests need not wait for the disk."""

    def unsynced(path: Path, connection: Any) -> None:
        migrate(path, connection)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")

    monkeypatch.setattr("sekayu_net.journal_database.migrate", unsynced)


class MortalJournal(Journal):
    """Every transaction is a step."""

    steps: Steps

    @contextmanager
    def _write(self) -> Iterator[Any]:
        self.steps.step()
        with super()._write() as db:
            yield db


class MortalDriver:
    """Every call to the device is a step."""

    def __init__(self, driver: Any, steps: Steps) -> None:
        self._driver = driver
        self._steps = steps

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._driver, name)

        def stepping(*args: Any, **named: Any) -> Any:
            self._steps.step()
            return call(*args, **named)

        return stepping


class Silent:
    """A progress that shows nothing but which waves open."""

    def __init__(self) -> None:
        self.waves: list[str] = []

    def wave(self, name, hosts) -> None:
        self.waves.append(name)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def planned(place) -> Plan:
    return make_plan(place.site(), WAVES, limits=Limits(100), confirm_within=60)


def killed_at(place, path, plan: Plan, last: int) -> bool:
    """Carry a plan out by a controller that dies before that step; whether it came so far."""
    steps = Steps(last)
    site = replace(place.site(), driver=lambda device: MortalDriver(place.driver(device), steps))
    journal = MortalJournal.open(path)
    journal.steps = steps
    try:
        carry_out(site, plan, journal, Silent())
    except Killed:
        return True
    finally:
        Journal.close(journal)
    return False


def resumed(place, journal: Journal, **changed: Any) -> list[Resumed]:
    arguments: dict[str, Any] = {
        "usable": lambda plan: None,
        "clock": place.clock,
        "wait": place.clock.wait,
    } | changed
    site = arguments.pop("site", None) or place.site()
    progress = arguments.pop("progress", None) or Silent()
    return [
        resume_run(site, journal, run, progress, **arguments)
        for run in reversed(journal.unfinished())
    ]


def canonical(place, host: str) -> str:
    text: str = place.fakes.PLATFORM.canonical(place.devices[host].text)
    return text


@pytest.mark.parametrize("late", [False, True], ids=["at once", "after the undo"])
def test_a_run_killed_at_any_step_and_resumed_leaves_no_device_half(
    place, fakes, tmp_path, late
) -> None:
    old = fakes.PLATFORM.canonical(fakes.OLD)
    new = fakes.PLATFORM.canonical(fakes.NEW)
    ends: set[tuple[str, ...]] = set()
    last, killed = 1, True
    while killed:
        place = type(place)(fakes)
        path = tmp_path / f"{late}-{last}.db"
        killed = killed_at(place, path, planned(place), last)
        if late:
            place.clock.wait(100)
        with Journal.open(path) as journal:
            resumed(place, journal)
            assert journal.unfinished() == (), last
            states = {record.host: record.state for record in journal.latest().values()}
        for host in HOSTS:
            told = new if states.get(host) in DONE else old
            assert canonical(place, host) == told, (last, host, states)
            assert place.devices[host].token is None, (last, host)
        ends.add(tuple(sorted(set(states.values()))))
        last += 1
    assert ends >= {("confirmed",), ("confirmed", "reverted"), ("reverted",)}
    assert last > 30


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("last", range(8, 40, 6))
def test_a_run_that_died_on_one_laptop_is_resumed_from_another(
    place, fakes, new_server, last
) -> None:
    server = new_server()
    assert killed_at(place, server, planned(place), last)
    other = Server(server._url)
    with other.held("budi"), Journal.open(other) as journal:
        resumed(place, journal)
        assert journal.unfinished() == ()
        ended = states(journal)
    for host in HOSTS:
        done = ended.get(host) in DONE
        assert canonical(place, host) == fakes.PLATFORM.canonical(fakes.NEW if done else fakes.OLD)
        assert place.devices[host].token is None


def killed_while_waiting(place, plan: Plan, folder: Path) -> Path:
    """Let a controller die when the first device was changed and waits; its journal."""
    device = place.devices[plan.waves[0].hosts[0]]
    before = device.text
    for last in range(1, 60):
        path = folder / f"{last}.db"
        assert killed_at(place, path, plan, last)
        if device.token is not None and device.text != before:
            return path
        device.token = device.undo_at = None  # armed and not changed: an earlier trial
    raise AssertionError("the device was never changed")


@pytest.fixture
def crashed(place, tmp_path) -> Iterator[Journal]:
    """The journal of a run whose first device was being changed when its controller died.

    The device waits for its confirmation, the second wave was not opened.
    """
    with Journal.open(killed_while_waiting(place, planned(place), tmp_path)) as journal:
        yield journal


def states(journal: Journal) -> dict[str, str]:
    return {record.host: record.state for record in journal.latest().values()}


def test_resume_confirms_what_waits_and_opens_the_other_waves(place, crashed) -> None:
    progress = Silent()
    (ended,) = resumed(place, crashed, progress=progress)
    assert progress.waves[1:] == ["second"]
    assert {host: outcome.state for host, outcome in ended.outcomes.items()} == dict.fromkeys(
        HOSTS, "confirmed"
    )
    assert ended.left is None
    run = crashed.runs("deploy")[0]
    assert [wave.name for wave in waves_of(crashed, run.id)] == ["first", "second"]
    assert run.result == "3 confirmed"


def test_resume_goes_on_under_the_same_plan(place, crashed) -> None:
    place.intended["lurah-satu-rtr1"] += "\nzeta"
    resumed(place, crashed)
    assert "zeta" not in place.devices["lurah-satu-rtr1"].text
    assert kept_plan(crashed, crashed.runs("deploy")[0].plan_id) is not None


def test_a_device_changed_by_hand_meanwhile_is_stale_and_left_alone(place, crashed) -> None:
    place.devices["lurah-satu-rtr1"].text += "\nby hand"
    resumed(place, crashed)
    assert states(crashed)["lurah-satu-rtr1"] == "stale"
    assert place.devices["lurah-satu-rtr1"].scripts == []


def test_a_device_that_does_not_answer_is_asked_again_and_keeps_waves_shut(place, crashed) -> None:
    device = place.devices["lurah-dua-rtr1"]
    device.silent_until = float("inf")
    (ended,) = resumed(place, crashed)
    assert "lurah-dua-rtr1" in (ended.left or "")
    assert states(crashed) == {HOSTS[0]: "unknown", HOSTS[1]: "planned", HOSTS[2]: "planned"}
    device.silent_until = 0.0
    (ended,) = resumed(place, crashed)
    assert ended.left is None
    assert set(states(crashed).values()) == {"confirmed"}


@pytest.fixture
def moved_on(place, crashed) -> str:
    """The device in doubt went back and was then changed in another way."""
    place.clock.wait(100)
    device = place.devices["lurah-dua-rtr1"]
    device.text += "\nanother"
    return "lurah-dua-rtr1"


def test_a_device_neither_old_nor_new_stays_in_doubt(place, crashed, moved_on) -> None:
    resumed(place, crashed)
    assert states(crashed)[moved_on] == "unknown"
    assert len(crashed.unfinished()) == 1


def test_a_device_that_another_laptops_run_brought_on_is_in_no_doubt(
    place, crashed, moved_on
) -> None:
    running = read_device(place.site(), place.district.devices[moved_on])
    place.devices[moved_on].confirmed = {"run": "r9", "fingerprint": running.fingerprint}
    resumed(place, crashed)
    assert crashed.unfinished() == ()
    (record,) = (r for r in crashed.hosts(crashed.runs()[0].id) if r.host == moved_on)
    assert (record.state, record.reason) == ("stale", "run r9 left it as it is now")


def test_a_device_that_a_later_run_brought_on_is_in_no_doubt(place, crashed, moved_on) -> None:
    old = crashed.runs()[0].id
    newer = crashed.begin("deploy", operator="tester")
    crashed.enter(newer, moved_on, wave="w")
    crashed.state(newer, moved_on, "confirmed")
    crashed.end(newer, "1 confirmed")
    resumed(place, crashed)
    (record,) = (r for r in crashed.hosts(old) if r.host == moved_on)
    assert (record.state, newer in (record.reason or "")) == ("stale", True)


def test_a_device_that_went_back_spends_the_budget_and_stops_the_run(place, crashed) -> None:
    place.clock.wait(100)
    resumed(place, crashed)
    assert states(crashed) == {HOSTS[0]: "reverted"}
    assert {record.state for record in crashed.hosts(crashed.runs()[0].id)} <= FINAL
    assert place.devices["camat-kota-rtr1"].scripts == []


def refuse_as_old(plan: Plan) -> None:
    raise PlanFileError("the plan is 9 h old")


def refuse_as_unapproved(plan: Plan) -> tuple[str, ...]:
    raise ApprovalError("needs 2 approvals and has 1")


SHUT = {
    "a plan that is too old": ({"usable": refuse_as_old}, {}, "9 h old"),
    "approvals that are gone": ({}, {"permit": refuse_as_unapproved}, "needs 2 approvals"),
    "an operator who says so": ({"going_on": False}, {}, "no further wave"),
}


@pytest.mark.parametrize(("arguments", "site", "words"), SHUT.values(), ids=SHUT)
def test_what_keeps_further_waves_shut_lets_the_device_in_doubt_be_finished(
    place, crashed, arguments, site, words
) -> None:
    (ended,) = resumed(place, crashed, site=replace(place.site(), **site), **arguments)
    assert words in (ended.left or "")
    assert states(crashed) == {HOSTS[0]: "confirmed"}
    assert {record.state for record in crashed.hosts(crashed.runs()[0].id)} <= FINAL
    assert place.devices["camat-kota-rtr1"].scripts == []


def test_a_check_that_failed_before_the_change_is_not_blamed_by_resume(
    place, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(
        "sekayu_net.rollout.jobs.run_checks", lambda *_: (CheckResult("dns", False),)
    )
    path = killed_while_waiting(place, planned(place), tmp_path)
    with Journal.open(path) as journal:
        resumed(place, journal)
        assert set(states(journal).values()) == {"confirmed"}


def test_who_answered_before_must_answer_again_before_resume_confirms(place, tmp_path) -> None:
    router, behind = "lurah-satu-rtr1", "lurah-satu-ap1"
    plan = replace(planned(place), waves=(PlannedWave("one", (router,)),))
    plan = replace(plan, hosts={router: plan.hosts[router]})
    path = killed_while_waiting(place, plan, tmp_path)
    place.devices[behind].silent_until = float("inf")
    with Journal.open(path) as journal:
        assert behind in answered_behind(journal, journal.runs()[0].id, router)
        resumed(place, journal)
        (record,) = journal.hosts(journal.runs()[0].id)
    assert record.state == "reverted"
    assert behind in (record.reason or "")


def test_a_run_of_an_older_journal_is_finished_without_its_plan(place, crashed) -> None:
    with crashed.transaction() as db:
        db.execute("DELETE FROM plans")
    (ended,) = resumed(place, crashed)
    assert "not its whole plan" in (ended.left or "")
    assert states(crashed) == {HOSTS[0]: "confirmed"}


def test_a_device_whose_linked_one_was_begun_is_not_begun_anew(place, tmp_path) -> None:
    with Journal.open(tmp_path / "j.db") as journal:
        run = journal.begin("deploy", operator="tester")
        journal.enter(run, "a", wave="w", linked=("a", "b"))
        journal.enter(run, "b", wave="w", linked=("a", "b"))
        journal.enter(run, "c", wave="w")
        assert still_to_come(journal.hosts(run)) == {"a", "b", "c"}
        journal.state(run, "a", "applied")
        assert still_to_come(journal.hosts(run)) == {"c"}


def test_a_token_tells_the_run_that_it_is_of() -> None:
    token = token_of("20260301-080000-ab12")
    assert Pending(token, "job+startup").run == "20260301-080000-ab12"
    assert token != token_of("20260301-080000-ab12")


@pytest.mark.parametrize("token", ["0badcafe", "f" * 40])
def test_a_token_of_another_make_tells_no_run(token) -> None:
    assert Pending(token, "job").run is None


def test_behind_waits_for_those_that_answered_before(place) -> None:
    place.devices["lurah-satu-ap1"].silent_until = float("inf")
    behind = Behind(place.site(), ("lurah-satu-ap1", "lurah-satu-ap2"))
    assert behind.silent() == ("lurah-satu-ap1",)


def test_a_device_says_which_run_left_it_as_it_is(place) -> None:
    host = "lurah-dua-rtr1"
    device, fake = place.district.devices[host], place.devices[host]
    fake.confirmed = {
        "run": "r7",
        "fingerprint": read_device(place.site(), device).fingerprint,
    }
    assert read_device(place.site(), device).left_by == "r7"
    fake.text += "\nby hand"
    assert read_device(place.site(), device).left_by is None
