"""Addresses: once given they stay, whoever comes or goes."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sekayu_net.errors import InputError, UsageError
from sekayu_net.inventory.addressing import (
    Address,
    Demand,
    Lock,
    Network,
    allocate,
    write_lock,
)
from sekayu_net.inventory.checks import check
from sekayu_net.inventory.offices import Files, read_files

REFERENCE = Path(__file__).parents[3] / "inventory"
NEW = Demand("16.99.01.2099", "radio", (1,))


@pytest.fixture
def files(folder: Path) -> Files:
    return read_files(folder)


def demands(files: Files) -> list[Demand]:
    return [entry.demand for entry in files.offices.offices]


def networks(lock: Lock) -> list[IPv4Network]:
    """Everything that a lock has given out."""
    return [
        network
        for given in lock.offices.values()
        for network in (
            given.block,
            *(IPv4Network(address) for address in given.loopbacks.values()),
            *([given.link] if given.link else []),
            *([IPv4Network(given.tunnel)] if given.tunnel else []),
            *(IPv4Network(address) for address in given.radios or ()),
        )
    ]


def overlapping(found: Sequence[IPv4Network]) -> list[tuple[IPv4Network, IPv4Network]]:
    return [(a, b) for i, a in enumerate(found) for b in found[:i] if a.overlaps(b)]


def test_allocating_again_changes_nothing(files: Files) -> None:
    assert allocate(files.addressing, files.lock, demands(files)) == files.lock


def test_a_new_office_in_front_renumbers_nobody(files: Files) -> None:
    lock = allocate(files.addressing, files.lock, [NEW, *demands(files)])
    assert {code: lock.offices[code] for code in files.lock.offices} == files.lock.offices
    assert overlapping(networks(lock)) == []


def test_a_removed_office_keeps_its_addresses_reserved(files: Files) -> None:
    lock = allocate(files.addressing, files.lock, [NEW, *demands(files)[1:]])
    assert lock.offices["16.99.01"] == files.lock.offices["16.99.01"]
    assert lock.offices[NEW.code].block != lock.offices["16.99.01"].block


def test_a_second_router_gets_a_loopback_and_changes_nothing_else(files: Files) -> None:
    more = [
        Demand(d.code, d.uplink, (1, 2)) if d.code.endswith("1001") else d for d in demands(files)
    ]
    lock = allocate(files.addressing, files.lock, more)
    before, after = files.lock.offices["16.99.01.1001"], lock.offices["16.99.01.1001"]
    assert after.loopbacks[1] == before.loopbacks[1]
    assert after.model_copy(update={"loopbacks": before.loopbacks}) == before


def test_an_office_that_changes_its_uplink_keeps_the_old_link_reserved(files: Files) -> None:
    moved = [
        Demand(d.code, "internet", d.routers) if d.code.endswith("2002") else d
        for d in demands(files)
    ]
    lock = allocate(files.addressing, files.lock, moved)
    assert lock.offices["16.99.01.2002"].link == files.lock.offices["16.99.01.2002"].link
    assert lock.offices["16.99.01.2002"].tunnel is not None


def test_released_addresses_are_given_out_again(files: Files) -> None:
    closed = files.lock.offices["16.99.01.2001"]
    left = [d for d in demands(files) if d.code != "16.99.01.2001"]
    lock = allocate(files.addressing, files.lock, [NEW, *left], release=["16.99.01.2001"])
    assert lock.offices[NEW.code] == closed


def test_an_office_that_is_still_there_is_not_released(files: Files) -> None:
    with pytest.raises(UsageError, match="still in offices"):
        allocate(files.addressing, files.lock, demands(files), release=["16.99.01.2001"])


def test_releasing_what_was_never_given_is_refused(files: Files) -> None:
    with pytest.raises(UsageError, match=r"16\.99\.01\.2077 has no addresses"):
        allocate(files.addressing, files.lock, demands(files), release=["16.99.01.2077"])


@pytest.mark.parametrize(("uplink", "pool"), [("radio", "links"), ("internet", "tunnel addresses")])
def test_an_exhausted_pool_says_so(uplink: str, pool: str, files: Files) -> None:
    many = [Demand(f"16.99.01.2{n}", uplink, ()) for n in range(100, 120)]
    with pytest.raises(InputError, match=f"the pool of {pool} is exhausted"):
        allocate(files.addressing, files.lock, [*demands(files), *many])


def test_vlans_that_do_not_fit_into_a_block_are_refused(files: Files) -> None:
    pools = files.addressing.pools.model_copy(update={"office_prefix": 24})
    small = files.addressing.model_copy(update={"pools": pools})
    with pytest.raises(InputError, match="do not fit"):
        allocate(small, Lock(), demands(files))


def test_a_changed_block_size_never_cuts_into_blocks_that_were_given(files: Files) -> None:
    pools = files.addressing.pools.model_copy(update={"office_prefix": 21})
    larger = files.addressing.model_copy(update={"pools": pools})
    lock = allocate(larger, files.lock, [*demands(files), NEW])
    assert lock.offices[NEW.code].block.prefixlen == 21
    assert overlapping(networks(lock)) == []


def test_a_vlan_that_comes_later_leaves_the_others_where_they_are(files: Files) -> None:
    given_out = files.lock.offices["16.99.01.1001"]
    without = {purpose: net for purpose, net in given_out.vlans.items() if purpose != "service"}
    older = Lock(
        offices={
            **files.lock.offices,
            "16.99.01.1001": given_out.model_copy(update={"vlans": without}),
        }
    )
    lock = allocate(files.addressing, older, demands(files))
    assert lock == files.lock


#: A history: each step is the set of offices there are (by number), with their kind of uplink.
HISTORIES = st.lists(
    st.dictionaries(
        st.integers(1, 12), st.sampled_from(["fiber", "radio", "internet"]), max_size=8
    ),
    max_size=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(HISTORIES)
def test_whatever_comes_and_goes_nothing_given_moves_or_overlaps(
    files: Files, history: list[dict[int, str]]
) -> None:
    addressing = read_files(REFERENCE).addressing
    lock = Lock()
    for step in history:
        wanted = [Demand(f"16.99.01.2{n:03}", uplink, (1,)) for n, uplink in step.items()]
        after = allocate(addressing, lock, wanted)
        for code, had in lock.offices.items():
            now = after.offices[code].model_dump()
            kept = {key: value for key, value in had.model_dump().items() if value is not None}
            assert {key: now[key] for key in kept} == kept
        assert all(demand.met_by(after.offices[demand.code]) for demand in wanted)
        assert overlapping(networks(after)) == []
        lock = after


def test_the_lock_comes_back_from_its_file_as_it_was(files: Files, folder: Path) -> None:
    lock = allocate(files.addressing, files.lock, [*demands(files), NEW])
    write_lock(folder / "addresses.lock.yaml", lock)
    assert read_files(folder).lock == lock
    assert check(folder) == []


def test_a_lock_that_can_not_be_written_stays_as_it_was(files: Files, folder: Path) -> None:
    file = folder / "addresses.lock.yaml"
    before = file.read_text()
    (folder / "addresses.lock.yaml.part").mkdir()  # stands in the way, for root too
    with pytest.raises(InputError, match="can't be written"):
        write_lock(file, Lock())
    assert file.read_text() == before
    assert stat.S_ISREG(file.stat().st_mode)


octets = st.integers(0, 300).map(str) | st.sampled_from(["", "00", "01", "1 ", "+1", "x", "٣"])
texts = st.lists(octets, min_size=3, max_size=5).map(".".join)
lengths = st.integers(0, 40).map("/{}".format) | st.sampled_from(["", "/", "/08", "/255.255.0.0"])
said = st.builds(str.__add__, texts, lengths) | st.integers() | st.none() | st.ip_addresses(v=4)


@given(said=said, network=st.booleans())
@example(said="10.1.2.0/24", network=True)
@example(said="10.1.2.1/24", network=True)
@example(said="10.1.2.1", network=False)
def test_an_address_is_read_as_its_type_would_read_it(said: object, network: bool) -> None:
    quick, known = (Network, IPv4Network) if network else (Address, IPv4Address)
    assert judged(quick, said) == judged(known, said)


def judged(kind: Any, said: object) -> object:
    try:
        return TypeAdapter(kind).validate_python(said)
    except ValidationError as error:
        return error.errors(include_url=False)
