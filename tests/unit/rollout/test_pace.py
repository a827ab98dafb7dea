"""How many are read at once, and what happens to those that are turned away."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.core.task import Result, Task

from sekayu_net.errors import UnreachableError
from sekayu_net.rollout.pace import LEAST, Pace, pause, spread
from sekayu_net.rollout.read_runner import TRIES, ReadRunner

HOSTS = [f"{line}{number}" for line in "ab" for number in range(40)]


def way(host: str) -> Sequence[str]:
    return ("hub", host[0])


def pace(hosts: Sequence[str] = HOSTS, *, most: int = 100, uplink: int = 4) -> Pace:
    return Pace(hosts, way, most=most, uplink=(uplink, 2 * uplink))


def begun(paced: Pace) -> list[str]:
    found = []
    while (host := paced.next()) is not None:
        found.append(host)
    return found


def test_no_uplink_carries_more_than_its_limit() -> None:
    assert Counter(host[0] for host in begun(pace(uplink=4))) == {"a": 4, "b": 4}


def test_the_hub_carries_no_more_than_may_be_done_at_once() -> None:
    assert len(begun(pace(most=5))) == 5


def test_a_line_that_is_full_keeps_nobody_behind_another_line_back() -> None:
    paced = pace()
    first = begun(paced)
    paced.ended(next(host for host in first if host[0] == "b"), came=False)
    assert [host[0] for host in begun(paced)] == ["b"]


def test_one_that_was_turned_away_halves_its_own_line_alone() -> None:
    paced = pace(uplink=8)
    first = begun(paced)
    paced.ended(first[0], came=False, turned_away=True)
    nearest = first[0][0]
    other = "b" if nearest == "a" else "a"
    assert (paced.limit(nearest), paced.limit(other), paced.limit("hub")) == (4, 8, 100)


def test_a_line_is_never_shut() -> None:
    paced = pace(uplink=8)
    for _ in range(20):
        host = paced.next()
        assert host is not None
        paced.ended(host, came=False, turned_away=True)
    assert paced.limit("a") == paced.limit("b") == LEAST


def test_answers_widen_a_line_again_up_to_its_most() -> None:
    hosts = [f"a{number}" for number in range(400)]
    paced = pace(hosts, most=500, uplink=4)
    limits = []
    while (host := paced.next()) is not None:
        paced.ended(host, came=True)
        limits.append(paced.limit("a"))
    assert limits[0] == 4
    assert limits == sorted(limits)
    assert limits[-1] == 8


def test_silence_neither_narrows_nor_widens_a_line() -> None:
    paced = pace(uplink=4)
    for host in begun(paced):
        paced.ended(host, came=False)
    assert paced.limit("a") == 4


def test_every_host_begins_once() -> None:
    paced = pace()
    seen = []
    while paced.waiting:
        for host in begun(paced):
            seen.append(host)
            paced.ended(host, came=True)
    assert sorted(seen) == sorted(HOSTS)


@pytest.mark.parametrize(("tries", "ceiling"), [(1, 0.5), (2, 1.0), (3, 2.0), (9, 8.0)])
def test_pauses_grow_up_to_a_ceiling_and_are_spread(tries: int, ceiling: float) -> None:
    assert pause(tries, 0.0) == 0.0
    assert pause(tries, 1.0) == ceiling


def test_shares_are_of_like_size_and_keep_a_line_together() -> None:
    shares = spread(HOSTS, 2, lambda host: host[0])
    assert [{host[0] for host in share} for share in shares] == [{"a"}, {"b"}]
    assert sorted(host for share in spread(HOSTS, 3, lambda _: "") for host in share) == sorted(
        HOSTS
    )
    assert {len(share) for share in spread(HOSTS, 3, lambda _: "")} <= {26, 27}
    assert spread(["a"], 4, lambda host: host) == [["a"]]


def nornir(hosts: Sequence[str], runner: ReadRunner) -> Nornir:
    return Nornir(
        inventory=Inventory(
            hosts=Hosts({name: Host(name=name) for name in hosts}),
            groups=Groups(),
            defaults=Defaults(),
        ),
        config=Config(),
        data=GlobalState(),
        runner=runner,
    )


def run(hosts: Sequence[str], ask: Callable[[Task], Result], *, most: int = 8, **more: Any) -> Any:
    return nornir(hosts, ReadRunner(pace(hosts, most=most), most, **more)).run(task=ask)


def busy(host: str) -> UnreachableError:
    error = UnreachableError("refused", host=host, stage="connect")
    error.busy = True
    return error


def test_no_more_run_at_once_than_allowed_and_so_many_do() -> None:
    lock, now, most = threading.Lock(), 0, 0
    full = threading.Event()

    def ask(task: Task) -> Result:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == 6:
                full.set()
        assert full.wait(10)
        with lock:
            now -= 1
        return Result(host=task.host)

    hosts = HOSTS[:9] + HOSTS[-9:]
    results = run(hosts, ask, most=6)
    assert [results[host][0].exception for host in hosts] == [None] * 18
    assert most == 6


def test_what_was_turned_away_is_tried_again_after_a_pause() -> None:
    tries: Counter[str] = Counter()

    def ask(task: Task) -> Result:
        tries[task.host.name] += 1
        if tries[task.host.name] < TRIES:
            return Result(host=task.host, result=busy(task.host.name), failed=True)
        return Result(host=task.host, result="read")

    results = run(HOSTS[:4], ask, roll=lambda: 0.01)
    assert {results[host][0].result for host in HOSTS[:4]} == {"read"}
    assert set(tries.values()) == {TRIES}


def test_what_is_turned_away_each_time_ends_with_its_error() -> None:
    tries: Counter[str] = Counter()

    def ask(task: Task) -> Result:
        tries[task.host.name] += 1
        return Result(host=task.host, result=busy(task.host.name), failed=True)

    results = run(["a1"], ask, roll=lambda: 0.0)
    assert isinstance(results["a1"][0].result, UnreachableError)
    assert tries == {"a1": TRIES}


def test_silence_is_not_tried_again() -> None:
    asked = []

    def ask(task: Task) -> Result:
        asked.append(task.host.name)
        error = UnreachableError("no answer", host=task.host.name, stage="connect")
        return Result(host=task.host, result=error, failed=True)

    run(["a1", "b1"], ask)
    assert sorted(asked) == ["a1", "b1"]


def test_only_what_was_made_of_a_result_is_kept() -> None:
    def ask(task: Task) -> Result:
        return Result(host=task.host, result="x" * 100)

    results = run(["a1"], ask, settle=lambda host, value: (host, len(value)))
    assert results["a1"][0].result == ("a1", 100)


def test_a_fault_in_what_is_made_of_a_result_ends_the_run() -> None:
    def ask(task: Task) -> Result:
        return Result(host=task.host, result="x")

    def settle(host: str, value: object) -> object:
        raise LookupError(host)

    with pytest.raises(LookupError):
        run(["a1"], ask, settle=settle)


def test_a_task_can_say_beside_its_result_that_it_was_turned_away() -> None:
    tries: Counter[str] = Counter()

    def ask(task: Task) -> Result:
        tries[task.host.name] += 1
        return Result(host=task.host, result="unplanned", failed=True, met=busy(task.host.name))

    results = run(["a1"], ask, roll=lambda: 0.0)
    assert results["a1"][0].result == "unplanned"
    assert tries == {"a1": TRIES}


@given(
    most=st.integers(1, 40),
    uplink=st.integers(1, 8),
    fates=st.lists(st.sampled_from(["came", "away", "silent", "gate"]), min_size=1, max_size=120),
)
def test_whatever_happens_nobody_is_forgotten_and_no_line_is_overrun(
    most: int, uplink: int, fates: list[str]
) -> None:
    """On virtual time: the fates of devices, in the order in which they end."""
    hosts = [f"{'abc'[n % 3]}{n}" for n in range(len(fates))]
    paced = pace(hosts, most=most, uplink=uplink)
    flying: list[str] = []
    ended: list[str] = []
    for fate in fates:
        while len(flying) < most and (host := paced.next()) is not None:
            flying.append(host)
            assert len(flying) <= most
            assert all(paced.limit(line) >= LEAST for line in ("hub", flying[-1][0]))
            behind = sum(other[0] == host[0] for other in flying)
            assert behind <= max(paced.limit(host[0]), 1)
        assert flying, "some host may always begin"
        host = flying.pop(0)
        ended.append(host)
        away = fate in {"away", "gate"}
        paced.ended(host, came=fate == "came", turned_away=away, at_gate=fate == "gate")
    assert sorted(ended) == sorted(hosts)
    assert not paced.waiting


def test_a_gate_that_turns_away_narrows_the_whole_hub() -> None:
    paced = pace(most=100)
    paced.ended(begun(paced)[0], came=False, turned_away=True, at_gate=True)
    assert paced.limit("hub") == 50


def test_an_exception_of_a_task_is_kept_as_nornir_keeps_it() -> None:
    def ask(task: Task) -> Result:
        raise LookupError(task.host.name)

    assert isinstance(run(["a1"], ask)["a1"][0].exception, LookupError)
