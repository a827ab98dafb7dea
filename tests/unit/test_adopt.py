"""What a first plan would do to a device in service, item by item."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.adopt import Adoption, Who, account, files_of, unlike, writers_of
from sekayu_net.errors import InputError
from sekayu_net.platforms.base import Author, DiffContext
from sekayu_net.platforms.registry import language
from sekayu_net.platforms.routeros.platform import ROUTEROS

RUNNING = """\
/ip address
add address=10.0.0.1/24 interface=ether1
add address=172.16.0.1/24 comment="the mayor's printer" interface=ether2
/ip pool
add name=guests ranges=172.16.0.10-172.16.0.99
/system identity
set name=old-name
/system script
add name=night source=":log info good-night"
"""
INTENDED = """\
/ip address
add address=10.0.0.1/24 interface=ether1
add address=10.9.0.1/24 interface=ether3
/system identity
set name=desa-satu-rtr1
"""
OWNERSHIP = """\
router:
  "/ip address": owned
  "/ip pool": owned
  "/system identity": settings
"""


@pytest.fixture
def found(tmp_path: Path) -> Adoption:
    folder = tmp_path / "templates" / "routeros"
    (folder / "path").mkdir(parents=True)
    (folder / "ownership.yaml").write_text(OWNERSHIP)
    (folder / "path" / "links.j2").write_text("{% if x %}\n/ip address\nadd address=1\n{% endif %}")
    return account(
        "desa-satu-rtr1",
        Who("old-name", "ABCDEFGH", "RB760iGS", "7.20.4"),
        RUNNING,
        INTENDED,
        platform=ROUTEROS,
        context=DiffContext(version="7.20.4", ownership=ROUTEROS.load_ownership(folder, "router")),
        writers=writers_of(folder),
    )


def test_every_item_is_accounted_for(found: Adoption) -> None:
    assert [(item.fate, item.path) for item in found.items] == [
        ("removed", "/ip address"),
        ("added", "/ip address"),
        ("removed", "/ip pool"),
        ("changed", "/system identity"),
        ("left alone", "/system script"),
    ]


def test_a_removal_names_the_template_in_which_to_keep_it(found: Adoption) -> None:
    address, pool = found.of("removed")
    assert "the mayor's printer" in str(address.now)
    assert "path/links.j2" in address.advice
    assert "ownership.yaml" in pool.advice


def test_a_change_tells_both_values(found: Adoption) -> None:
    (change,) = found.of("changed")
    assert (change.now, change.then) == ("name=old-name", "name=desa-satu-rtr1")


def test_what_the_inventory_has_otherwise_is_told() -> None:
    wanted = ("ABCDEFGH", "RB760iGS", "7.20.4")
    assert unlike("XYZ12345", "RB760iGS", "7.16.2", wanted=wanted) == (
        ("serial number", "ABCDEFGH", "XYZ12345"),
        ("version", "7.20.4", "7.16.2"),
    )
    assert unlike("", "", "", wanted=wanted) == ()


def test_exports_are_found_by_the_names_of_hosts(tmp_path: Path) -> None:
    (tmp_path / "configs" / "CVS").mkdir(parents=True)
    (tmp_path / "configs" / "CVS" / "desa-satu-rtr1").write_text("old")
    (tmp_path / "configs" / "desa-satu-rtr1").write_text("rancid")
    (tmp_path / "desa-dua-rtr1.rsc").write_text("winbox")
    (tmp_path / "stranger.rsc").write_text("not ours")
    found = files_of(tmp_path, ["desa-satu-rtr1", "desa-dua-rtr1", "desa-tiga-rtr1"])
    assert {name: file.read_text() for name, file in found.items()} == {
        "desa-satu-rtr1": "rancid",
        "desa-dua-rtr1": "winbox",
    }


def test_a_file_of_another_name_is_found_by_what_it_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "10.60.0.9").write_text("wrote it: desa-satu-rtr1")
    (tmp_path / "MikroTik-20261124.rsc").write_text("wrote it: desa-dua-rtr1")
    (tmp_path / "desa-dua-rtr1.rsc").write_text("wrote it: desa-satu-rtr1")
    found = files_of(
        tmp_path, ["desa-satu-rtr1", "desa-dua-rtr1"], lambda text: text.partition(": ")[2]
    )
    assert {name: file.name for name, file in found.items()} == {
        "desa-satu-rtr1": "10.60.0.9",
        "desa-dua-rtr1": "desa-dua-rtr1.rsc",
    }


HEADER = "# 2026-11-24 21:03:03 by RouterOS 7.16.2\r\n# software id = E574-45EF\r\n#\r\n"


@pytest.mark.parametrize(
    ("platform", "text", "author"),
    [
        (
            "routeros",  # /export, taken with WinBox
            (
                f"{HEADER}# model = RB760iGS\r\n# serial number = HEX0C131C48\r\n"
                '/system identity\r\nset name="Desa Satu"\r\n'
            ),
            Author("Desa Satu", "HEX0C131C48", "RB760iGS", "7.16.2"),
        ),
        (
            "routeros",  # Oxidized
            (
                "# version: 7.16.2 (stable)\n#   model: RB760iGS\n#   serial-number: HEX0C131C48\n"
                "/system identity set name=desa-satu-rtr1\n"
            ),
            Author("desa-satu-rtr1", "HEX0C131C48", "RB760iGS", "7.16.2"),
        ),
        (
            "routeros",  # RANCID
            (
                "#RANCID-CONTENT-TYPE: mikrotik\n#\n# model = RB760iGS\n"
                "# serial number = HEX0C131C48\n/ip address\n"
            ),
            Author("", "HEX0C131C48", "RB760iGS", ""),
        ),
        (
            "ios",
            "version 17.6\nhostname hub2\nlicense udi pid ISR4331/K9 sn FDO2229A0AB\n",
            Author("hub2", "FDO2229A0AB", "ISR4331/K9", ""),
        ),
        ("ios", "! nothing\n", Author()),
        ("routeros", "a letter\n", Author()),
    ],
)
def test_an_export_says_which_device_wrote_it(platform: str, text: str, author: Author) -> None:
    assert language(platform).author(text) == author


def test_a_binary_backup_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "desa-satu-rtr1.backup").write_bytes(b"\x88\xac\xa1\xb1\0\0")
    with pytest.raises(InputError, match="binary backup") as caught:
        files_of(tmp_path, ["desa-satu-rtr1"])
    assert "export" in str(caught.value.hint)


def test_a_binary_backup_beside_an_export_is_left(tmp_path: Path) -> None:
    (tmp_path / "desa-satu-rtr1.backup").write_bytes(b"\x88\xac\xa1\xb1\0\0")
    (tmp_path / "desa-satu-rtr1.rsc").write_text("text")
    assert files_of(tmp_path, ["desa-satu-rtr1"])["desa-satu-rtr1"].suffix == ".rsc"
