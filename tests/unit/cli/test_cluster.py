"""Words about who reads; and a machine that reads for others but would not say the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sekayu_net.cli import on_worker
from sekayu_net.cli.main import main
from sekayu_net.cli.on_worker import Order, work
from sekayu_net.cli.site import site_of
from sekayu_net.errors import ClusterError, DeviceError, RenderError
from sekayu_net.plan import Limits, Sources
from sekayu_net.project import Project

ROOT = Path(__file__).parents[3]
HOST = "lurah-kayu-ara-rtr1"
SCHEDULER = ("--scheduler", "tcp://127.0.0.1:1")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    for name in ("SEKAYU_PROJECT", "SEKAYU_LAB"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("inventory", "playbooks", "templates", "tasks"):
        shutil.copytree(ROOT / folder, tmp_path / "here" / folder)
    (tmp_path / "here" / "sekayu.toml").write_text("[ssh]\ntimeout = 0.2\n")
    return Project.load(tmp_path / "here")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("audit", "--runner", "spark"), "no runner is called 'spark'"),
        (("audit", *SCHEDULER), "--scheduler is about --runner dask"),
        (("plan", "phase-1", "--runner", "dask"), "needs to know its scheduler"),
        (("audit", "--fix", "--yes", "--runner", "dask", *SCHEDULER), "--fix is not for"),
        (("audit", "--try-defaults", "--runner", "dask", *SCHEDULER), "--try-defaults is not"),
        (("deploy", "phase-1", "--yes", "--runner", "dask", *SCHEDULER), "never be made twice"),
    ],
)
def test_words_that_make_no_sense_together_are_wrong_usage(project, capsys, words, told) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(project.root), *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not project.journal_path.exists()


@pytest.fixture
def order(project) -> Order:
    return Order.of(project, site_of(project), "run-1")


def test_a_machine_reads_with_the_project_in_its_own_folder(
    order, project, tmp_path, monkeypatch
) -> None:
    there = shutil.copytree(project.root, tmp_path / "there")
    shutil.rmtree(project.root)
    monkeypatch.setenv("SEKAYU_PROJECT", str(there))
    said = work(order, "read", (HOST,), {})[HOST]
    assert said.error is None
    assert isinstance(said.result, DeviceError)  # nobody is there to be read
    assert said.failed


def test_an_error_of_the_project_comes_back_with_its_own_words(order) -> None:
    said = work(order, "plan", (HOST,), {"limits": Limits(100)})[HOST]
    assert isinstance(said.error, RenderError)
    assert "no secret is called" in str(said.error)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"version": "0.0.1"}, "runs sekayu-net"),
        ({"sources": Sources("0" * 64, "0" * 64)}, "another inventory or other templates"),
        ({"sealed": "<secret:0000000000000000>"}, "secret store with another key"),
    ],
)
def test_a_machine_that_would_say_something_else_says_so(order, changed, told) -> None:
    with pytest.raises(ClusterError, match=told):
        work(replace(order, run="other", **changed), "read", (HOST,), {})


def test_no_secret_is_in_what_travels(order, project) -> None:
    import pickle

    key = project.secrets()._content.key
    assert key not in pickle.dumps(order)
    assert on_worker.PROBE.encode() not in pickle.dumps(order)


def test_the_certificate_of_the_settings_is_what_a_command_shows(project, capsys) -> None:
    pytest.importorskip("distributed", reason="pip install 'sekayu-net[cluster]'")
    (project.root / "sekayu.toml").write_text(
        "[cluster]\nca_file = 'ca.pem'\ncert_file = 'our.pem'\nkey_file = 'our.key'\n"
    )
    project.secrets()
    for scheduler, told in (
        ("tcp://127.0.0.1:1", "is not encrypted"),
        ("tls://127.0.0.1:1", "our.pem"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(
                [
                    "--project",
                    str(project.root),
                    "audit",
                    "--runner",
                    "dask",
                    "--scheduler",
                    scheduler,
                ]
            )
        assert ended.value.code == 1
        assert told in capsys.readouterr().err
