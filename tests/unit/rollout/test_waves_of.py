"""Waves from a playbook's filters, for districts that have not every kind of office."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.errors import PlaybookError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.scaffold import office_rows, write_inventory
from sekayu_net.rollout.playbook import Playbook, load_playbook, waves_of

ROOT = Path(__file__).parents[3]
FILE = ROOT / "playbooks" / "phase-1.yaml"


@pytest.fixture
def without_lurah(tmp_path: Path) -> District:
    offices = tmp_path / "offices.csv"
    offices.write_text(
        "code,kind,name,kecamatan_code,kecamatan\n"
        "16.06.10,camat,Plakat Tinggi,16.06.10,Plakat Tinggi\n"
        "16.06.10.2001,desa,Sidorahayu,16.06.10,Plakat Tinggi\n"
    )
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    write_inventory(tmp_path / "inventory", office_rows(offices))
    return load_district(tmp_path / "inventory")


def test_a_wave_for_a_kind_of_office_that_a_district_has_not_is_empty(
    without_lurah: District,
) -> None:
    waves = waves_of(load_playbook(FILE), without_lurah, FILE)
    assert [(wave.name, wave.hosts) for wave in waves] == [
        ("camat", ("camat-plakat-tinggi-rtr1", "camat-plakat-tinggi-ap1"))
    ]


@pytest.mark.parametrize(
    "hosts", [{"kind": "lurha"}, {"office": "lurah-nowhere"}, {"host": "x"}, {"role": "switch"}]
)
def test_a_wave_that_names_what_is_nowhere_is_still_a_fault(
    without_lurah: District, hosts: dict[str, str]
) -> None:
    playbook = Playbook.model_validate(
        {"name": "phase-1", "waves": [{"name": "a", "hosts": hosts}, {"name": "rest"}]}
    )
    with pytest.raises(PlaybookError, match="wave a"):
        waves_of(playbook, without_lurah, FILE)
