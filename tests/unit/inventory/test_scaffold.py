"""An inventory for another district, from a list of its offices by official code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.errors import InputError, UsageError
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.scaffold import office_rows, offices_text, write_inventory

HEAD = "code,kind,name,kecamatan_code,kecamatan\n"
LALAN = (
    "16.06.10,camat,Lalan,16.06.10,Lalan\n"
    "16.06.10.1001,lurah,Bandar Agung,16.06.10,Lalan\n"
    "16.06.10.2001,desa,Karang Agung,16.06.10,Lalan\n"
)
KELUANG = (
    "16.06.09,camat,Keluang,16.06.09,Keluang\n"
    "16.06.09.2001,desa,Karang Agung,16.06.09,Keluang\n"
    "16.06.09.2002,desa,Loka Jaya,16.06.09,Keluang\n"
)
REFERENCE = Path(__file__).parents[3]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    file = tmp_path / "wilayah.csv"
    file.write_text(HEAD + KELUANG + LALAN)
    return file


def made(csv: Path, folder: Path, *kecamatan: str) -> Path:
    shutil.copytree(REFERENCE / "inventory", folder)
    write_inventory(folder, office_rows(csv, kecamatan))
    return folder


def test_one_kecamatan_becomes_a_district_without_a_fault(csv: Path, tmp_path: Path) -> None:
    district = load_district(made(csv, tmp_path / "inventory", "16.06.10"))
    assert (district.code, district.name, district.hub) == ("16.06.10", "Lalan", "camat-lalan-rtr1")
    assert list(district.offices) == ["camat-lalan", "lurah-bandar-agung", "desa-karang-agung"]
    assert {o.slug: o.phase for o in district.offices.values()} == {
        "camat-lalan": 1,
        "lurah-bandar-agung": 1,
        "desa-karang-agung": 2,
    }


def test_several_make_one_tree_in_which_each_office_hangs_on_its_camat(
    csv: Path, tmp_path: Path
) -> None:
    district = load_district(made(csv, tmp_path / "inventory", "16.06.10", "16.06.09"))
    assert district.hub == "camat-lalan-rtr1"  # the first that is named
    upstream = {slug: office.upstream for slug, office in district.offices.items()}
    assert upstream["camat-keluang"] == "camat-lalan"
    assert upstream["desa-loka-jaya"] == "camat-keluang"


def test_offices_of_one_name_are_told_apart_by_their_kecamatan(csv: Path, tmp_path: Path) -> None:
    district = load_district(made(csv, tmp_path / "inventory", "16.06.10", "16.06.09"))
    assert {"desa-karang-agung-lalan", "desa-karang-agung-keluang"} <= set(district.offices)


def test_the_text_says_what_is_only_an_example(csv: Path) -> None:
    text = offices_text(office_rows(csv, ("16.06.10",)), version="7.24.1")
    assert "numbers are examples" in text


def test_a_kecamatan_that_is_not_in_the_file_is_wrong_usage(csv: Path) -> None:
    with pytest.raises(UsageError, match=r"no kecamatan 16\.06\.99") as caught:
        office_rows(csv, ("16.06.99",))
    assert "16.06.09 Keluang" in str(caught.value.hint)


BROKEN = {
    "no such column": ("code,kind\n16.06.10,camat\n", 1, "name"),
    "no such kind": (HEAD + "16.06.10,bupati,Lalan,16.06.10,Lalan\n", 2, "bupati"),
    "a code that is none": (HEAD + LALAN + "16.6.1,desa,X,16.06.10,Lalan\n", 5, "16.6.1"),
    "a code twice": (HEAD + LALAN + LALAN.splitlines()[2] + "\n", 5, "16.06.10.2001"),
    "no camat's office": (HEAD + LALAN.partition("\n")[2], 2, "camat"),
}


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_list_is_refused_with_file_and_line(
    text: str, line: int, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        office_rows(file, ("16.06.10",))
    assert (caught.value.file, caught.value.line) == (file, line)
