"""No secret of the lab is in anything that a run leaves: a sample of ``tests.campaign.leaks``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekayu_net.cli.demo import copy_project
from tests.campaign.leaks import ROOT, Overheard, leaks, let_things_fail, values

OFFICE, ACCESS_POINT = "lurah-kayu-ara", "lurah-kayu-ara-ap1"
pytestmark = [pytest.mark.xdist_group("lab-rollout"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Overheard]:
    project = tmp_path_factory.mktemp("leaks") / "project"
    copy_project(ROOT, project)
    stage = Overheard(project)
    try:
        assert stage.type("lab", "up") == 0, stage.said
        assert stage.type("deploy", "--host", ACCESS_POINT, "--yes") == 0, stage.said[-1]
        yield stage
    finally:
        stage.type("lab", "down")


def test_a_secret_in_an_output_or_a_file_would_be_found(stage: Overheard) -> None:
    value = min(values(stage.project / ".sekayu" / "lab"))
    stray = stage.project / "stray"
    stray.write_bytes(b"x" + value + b"y")
    stage.said.append(("echo", value.decode()))
    found = leaks(stage)
    stray.unlink()
    stage.said.pop()
    assert found == ["$ echo", "stray"]


def test_no_secret_is_in_anything_that_commands_print_or_leave(stage: Overheard) -> None:
    let_things_fail(stage, ACCESS_POINT, OFFICE)
    assert leaks(stage) == []
    told = "\n".join(text for _, text in stage.said)
    assert "Traceback" in told
    assert Path(stage.project / "r.html").exists()
