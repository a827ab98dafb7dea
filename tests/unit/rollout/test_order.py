"""Who may begin while others are at work: over random districts, and by Nornir's threads."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nornir.core import Nornir
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.core.task import Result

from sekayu_net.inventory.offices import load_district
from sekayu_net.rollout.order import Order, order_of, rounds
from sekayu_net.rollout.runner import OrderedRunner

ROOT = Path(__file__).parents[3]


@st.composite
def orders(draw) -> Order:
    """Routers in trees below several hubs, some in parallel on one uplink; leaves below them."""
    paths: dict[str, frozenset[str]] = {}
    uplinks: dict[str, frozenset[str]] = {}
    for number in range(draw(st.integers(1, 14))):
        name = f"host{number}"
        parents = [None, *paths]
        parent = draw(st.sampled_from(parents))
        port = draw(st.integers(1, 2))
        paths[name] = frozenset() if parent is None else paths[parent] | {parent}
        above = frozenset() if parent is None else uplinks[parent] | {f"{parent} {port}"}
        uplinks[name] = above
    return Order(paths, uplinks, draw(st.none() | st.integers(1, 3)))


@given(order=orders(), workers=st.integers(1, 5), data=st.data())
def test_any_way_a_wave_goes_it_ends_and_never_breaks_a_rule(order, workers, data) -> None:
    waiting = data.draw(st.permutations(list(order.paths)))
    flying: list[str] = []
    ended: list[str] = []
    while waiting or flying:
        while len(flying) < workers and (chosen := order.next(waiting, flying)) is not None:
            behind = {host for host, path in order.paths.items() if chosen in path}
            assert behind <= set(ended), "it begins before those behind it"
            assert not order.paths[chosen] & set(flying), "its path is being changed"
            waiting.remove(chosen)
            flying.append(chosen)
            loads = [line for host in flying for line in order.uplinks[host]]
            assert order.at_once is None or all(loads.count(u) <= order.at_once for u in loads)
        assert flying, "nothing may begin, and nothing is at work"
        ended.append(flying.pop(data.draw(st.integers(0, len(flying) - 1))))
    assert sorted(ended) == sorted(order.paths)


@given(order=orders(), workers=st.integers(1, 5))
def test_the_rounds_of_a_wave_are_bounded_by_its_devices_and_its_depth(order, workers) -> None:
    count = rounds(order, order.paths, workers)
    depth = max(len(path) for path in order.paths.values()) + 1
    assert max(depth, -(-len(order.paths) // workers)) <= count <= len(order.paths)


SITE = {"hub": (), "near": ("hub",), "far": ("hub", "near"), "other": ("hub",)}
SITES = Order({h: frozenset(p) for h, p in SITE.items()}, {h: frozenset() for h in SITE})


def test_a_slow_site_does_not_hold_another_ones_router() -> None:
    assert SITES.next(["hub", "near"], ["other"]) == "near"
    assert SITES.next(["hub"], ["other"]) is None


def test_one_radio_is_not_loaded_by_more_pushes_than_it_may_carry() -> None:
    radio = {h: frozenset({"hub ether2"}) for h in "abc"} | {"d": frozenset({"hub sfp1"})}
    order = Order({host: frozenset() for host in radio}, radio, at_once=2)
    assert order.next(["c", "d"], ["a", "b"]) == "d"
    assert order.next(["c"], ["a", "b", "d"]) is None
    assert order.next(["c"], ["a", "d"]) == "c"


def nornir_over(names, runner) -> Nornir:
    hosts = Hosts({name: Host(name, defaults=Defaults()) for name in names})
    inventory = Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())
    return Nornir(inventory=inventory, runner=runner, data=GlobalState())


def test_nornir_begins_a_router_while_a_slow_site_is_still_at_work() -> None:
    """The slow site ends only when the other branch is through: batches would wait for ever."""
    through = threading.Event()

    def push(task) -> Result:
        if task.host.name == "near":
            through.set()
        if task.host.name == "other":
            assert through.wait(20), "a slow site held the others"
        return Result(host=task.host, result=task.host.name)

    results = nornir_over(SITE, OrderedRunner(SITES, 3)).run(task=push)
    assert {host: each[0].result for host, each in results.items()} == {h: h for h in SITE}
    assert not results.failed


def test_nornir_never_runs_two_at_once_of_one_path() -> None:
    busy: set[str] = set()
    lock = threading.Lock()

    def push(task) -> Result:
        name = task.host.name
        with lock:
            others = [o for o in busy if name in SITE[o] or o in SITE[name]]
            busy.add(name)
        with lock:
            busy.remove(name)
        return Result(host=task.host, result=others)

    results = nornir_over(SITE, OrderedRunner(SITES, 4)).run(task=push)
    assert {host: each[0].result for host, each in results.items()} == {h: [] for h in SITE}


def test_an_order_that_lets_nobody_begin_is_an_error_and_no_standstill() -> None:
    order = Order({"a": frozenset({"b"}), "b": frozenset({"a"})}, {"a": frozenset()})
    with pytest.raises(ValueError, match="nothing may begin"):
        nornir_over("ab", OrderedRunner(order, 2)).run(task=lambda task: None)


def test_the_reference_offices_on_one_radio_share_an_uplink() -> None:
    district = load_district(ROOT / "inventory")
    order = order_of(district, district.devices, at_once=2)
    radio, far = order.uplinks["desa-sukarami-ap1"], order.uplinks["desa-sungai-medak-rtr1"]
    assert radio == order.uplinks["desa-lumpatan-rtr1"] == {"camat-sekayu-rtr1 ether2"}
    assert far == radio | {"desa-lumpatan-rtr1 ether2"}
    assert order.uplinks[district.hub] == frozenset()
    assert not order.uplinks["desa-bailangu-timur-rtr1"] & radio, "a tunnel is a line of its own"


def test_an_offices_second_router_is_reached_through_the_first() -> None:
    district = load_district(ROOT / "inventory")
    office = district.offices["desa-sungai-medak"]
    second = replace(office.router, name="desa-sungai-medak-rtr2", number=2)
    more = replace(office, devices=(*office.devices, second))
    district = replace(district, offices={**district.offices, office.slug: more})
    assert district.path_to(second) == (*district.path_to(office.router), office.router.name)
    assert second.name in district.behind(office.router)


def test_of_two_hubs_one_stays_whole_while_the_other_is_changed() -> None:
    district = load_district(ROOT / "inventory")
    assert district.second_hub is not None
    first, second = district.hub, district.second_hub.name
    order = order_of(district, (first, second))
    assert order.next((first, second), ()) == second
    assert order.next((first,), (second,)) is None
    assert order.next((second,), (first,)) is None
