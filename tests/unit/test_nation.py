"""The generated nation: as large as it says, the same for the same seed, and without faults."""

from __future__ import annotations

import pytest

from benchmarks.nation import DESA, KECAMATAN, KELURAHAN, MOST_OFFICES, REGENCIES, nation, write
from sekayu_net.project import Project


@pytest.fixture(scope="module")
def made():
    return nation(seed=1)


def test_it_has_every_office_of_the_list(made) -> None:
    assert len({regency.code for regency in made}) == REGENCIES
    assert sum(regency.offices for regency in made) == KECAMATAN + KELURAHAN + DESA == 91_040


def test_each_regency_fits_its_address_plan(made) -> None:
    assert max(regency.offices for regency in made) <= MOST_OFFICES


def test_a_seed_is_a_nation(made) -> None:
    assert nation(seed=1) == made
    assert nation(seed=2) != made


def test_each_project_is_whole_and_knows_its_region(made, tmp_path) -> None:
    small = sorted(made, key=lambda regency: regency.offices)[:2]
    write(tmp_path, small)
    for regency in small:
        district = Project.load(tmp_path / regency.code).district()
        assert len(district.devices) == 2 * regency.offices
        assert {office.region for office in district.offices.values()} == {regency.region}
