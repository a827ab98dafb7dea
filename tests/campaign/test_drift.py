"""Samples of the drift campaign: changes by hand are found, noise is not taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekayu_net.archive import Archive
from tests.campaign.bench_devices import NOISES, benches, disturb
from tests.campaign.drift import Subject, detect, quiet
from tests.integration.conftest import Bench

pytestmark = pytest.mark.xdist_group("drift")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Bench, Subject]]]:
    with benches(tmp_path_factory.mktemp("drift"), ("6.49.17", "7.20.4")) as found:
        yield found


def test_noise_is_no_drift_and_makes_no_commit(made, tmp_path: Path) -> None:
    def shake(number: int) -> None:
        for site, _ in made:
            disturb(site, number)

    subjects = [subject for _, subject in made]
    assert quiet(subjects, len(NOISES), shake, Archive(tmp_path / "archive")) == []


def test_what_a_hand_changed_is_found_named_and_attributed(made) -> None:
    tally = detect([subject for _, subject in made], 30, seed=7)
    assert tally.wrong == []
    assert sum(tally.found.values()) == 30
    assert len(tally.found) >= 6
