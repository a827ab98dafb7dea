"""The reference inventory loads, and addresses once given stay given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sekayu_net.errors import InputError, UsageError
from sekayu_net.inventory.addressing import allocate
from sekayu_net.inventory.checks import check
from sekayu_net.inventory.district import District
from sekayu_net.inventory.nornir_plugin import SekayuInventory, nornir_of
from sekayu_net.inventory.offices import Files, load_district, read_files
from sekayu_net.inventory.selection import Selection, select

REFERENCE = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(REFERENCE)


def needs(files: Files) -> list[tuple[str, str, int]]:
    return [(e.code, e.uplink.kind, len(e.routers)) for e in files.offices.offices]


def test_it_holds_the_fifteen_offices_and_more_than_thirty_devices(district: District) -> None:
    kinds = [office.kind for office in district.offices.values()]
    assert [kinds.count(kind) for kind in ("camat", "lurah", "desa")] == [1, 4, 10]
    assert len(district.devices) >= 30


def test_every_device_has_its_own_address_and_serial_number(district: District) -> None:
    devices = district.devices.values()
    assert len({device.address for device in devices}) == len(devices)
    assert len({device.serial for device in devices}) == len(devices)


def test_every_office_but_the_hub_has_a_link_or_a_tunnel(district: District) -> None:
    reached = {o.slug: (o.link is None) != (o.tunnel is None) for o in district.offices.values()}
    assert reached.pop("camat-sekayu") is False
    assert all(reached.values())


def test_an_office_behind_another_is_on_its_path(district: District) -> None:
    behind = district.behind(district.devices["desa-lumpatan-rtr1"])
    assert "desa-sungai-medak-ap1" in behind
    assert "desa-sukarami-rtr1" not in behind


def test_allocating_again_changes_nothing() -> None:
    files = read_files(REFERENCE)
    assert allocate(files.addressing, files.lock, needs(files)) == files.lock


def test_a_new_office_renumbers_nobody_and_a_removed_one_stays_reserved() -> None:
    files = read_files(REFERENCE)
    offices = [("16.06.01.2099", "radio", 1), *needs(files)[1:]]
    lock = allocate(files.addressing, files.lock, offices)
    assert {code: lock.offices[code] for code in files.lock.offices} == files.lock.offices
    assert lock.offices["16.06.01.2099"].block not in {o.block for o in files.lock.offices.values()}


def test_released_addresses_are_given_out_again() -> None:
    files = read_files(REFERENCE)
    hub = files.lock.offices["16.06.01"].block
    offices = [("16.06.01.2099", "radio", 1)]
    lock = allocate(files.addressing, files.lock, offices, release=["16.06.01"])
    assert lock.offices["16.06.01.2099"].block == hub


def test_an_exhausted_pool_says_so() -> None:
    files = read_files(REFERENCE)
    many = [(f"99.99.99.{n}", "internet", 1) for n in range(1100)]
    with pytest.raises(InputError, match="is exhausted"):
        allocate(files.addressing, files.lock, many)


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return edit


FAULTS = {
    "unknown key": (replace("offices.yaml", "phase: 1", "faze: 1"), "unknown key 'faze'"),
    "wrong type": (replace("offices.yaml", "phase: 2", "phase: two"), "phase"),
    "broken yaml": (replace("offices.yaml", "offices:", "offices: ["), "offices.yaml"),
    "duplicate code": (
        replace("offices.yaml", "16.06.01.2001", "16.06.01.2002"),
        "code 16.06.01.2002 is also that of desa-sukarami",
    ),
    "duplicate name": (
        replace("offices.yaml", "name: Bailangu Timur", "name: Bailangu"),
        "there is another desa-bailangu",
    ),
    "uplink to nowhere": (
        replace("offices.yaml", "to: desa-lumpatan", "to: desa-lumpatam"),
        "desa-lumpatam, which is no office",
    ),
    "office without router": (replace("offices.yaml", "    routers:\n", "    x:\n"), "'x'"),
    "unknown model": (replace("offices.yaml", "RB760iGS", "RB000"), "models.yaml has no 'RB000'"),
    "overlapping pools": (
        replace("addressing.yaml", "links: 10.60.0.0/20", "links: 10.62.0.0/20"),
        "overlaps",
    ),
    "address given twice": (
        replace("addresses.lock.yaml", "10.62.0.2\n", "10.62.0.3\n"),
        "10.62.0.3 is given to",
    ),
    "no address": (
        replace("offices.yaml", "16.06.01.2014", "16.06.01.2098"),
        "desa-bailangu-timur has no addresses",
    ),
    "a version that is none": (replace("offices.yaml", '"7.20.4"', '"seven"'), "version"),
    "key twice": (replace("models.yaml", "architecture: arm64", "platform: a"), "twice"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_file_and_line(name: str, tmp_path: Path) -> None:
    edit, words = FAULTS[name]
    folder = tmp_path / "inventory"
    shutil.copytree(REFERENCE, folder)
    edit(folder)
    found = check(folder)
    assert any(words in str(fault) and fault.line for fault in found), [str(f) for f in found]


def test_uplinks_in_a_circle_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    shutil.copytree(REFERENCE, folder)
    text = (folder / "offices.yaml").read_text()
    head, lumpatan, tail = text.partition("name: Lumpatan\n")
    tail = tail.replace("uplink: {kind: radio}", "uplink: {kind: radio, to: desa-lumpatan-ii}", 1)
    (folder / "offices.yaml").write_text(head + lumpatan + tail)
    assert any("in a circle" in str(fault) for fault in check(folder))


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    shutil.copytree(REFERENCE, folder)
    for name in ("duplicate code", "unknown model", "overlapping pools"):
        FAULTS[name][0](folder)
    assert len(check(folder)) >= 3


def test_a_plain_nornir_script_can_use_it() -> None:
    inventory = SekayuInventory(str(REFERENCE)).load()
    routers = [name for name, host in inventory.hosts.items() if host.has_parent_group("router")]
    assert len(routers) == 15
    assert inventory.hosts["lurah-kayu-ara-rtr1"]["office"].name == "Kayu Ara"


def test_nornir_runs_over_the_chosen_hosts(district: District) -> None:
    nornir = nornir_of(district, ["lurah-kayu-ara-rtr1"], workers=2)
    result = nornir.run(task=lambda task: str(task.host["device"].address))
    assert {name: done.result for name, done in result.items()} == {
        "lurah-kayu-ara-rtr1": "10.62.0.2"
    }


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(), 33),
        (Selection(office=("Kayu Ara",)), 3),
        (Selection(office=("16.06.01.1009",), role=("router",)), 1),
        (Selection(kind=("lurah", "camat"), role=("router",)), 5),
        (Selection(phase=(1,)), 12),
    ],
)
def test_filters_narrow_and_widen(district: District, selection: Selection, count: int) -> None:
    assert len(select(district, selection)) == count


def test_a_filter_that_finds_nothing_lists_near_names(district: District) -> None:
    with pytest.raises(UsageError, match="lurah-kayu-are") as nothing:
        select(district, Selection(host=("lurah-kayu-are-rtr1",)))
    assert "lurah-kayu-ara-rtr1" in str(nothing.value.hint)
