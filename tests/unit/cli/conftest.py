"""A project of fake devices behind the real command line."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

ROLLOUT = Path(__file__).parents[1] / "rollout"


def loaded(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Answer:
    """What one command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """A person at the command line of a project."""

    place: Any
    project: Any
    capsys: Any
    held: list[str] = field(default_factory=list)

    def run(self, *words: str) -> Answer:
        from sekayu_net.cli.main import main

        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        shown = self.capsys.readouterr()
        return Answer(int(ended.value.code or 0), shown.out, shown.err)


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys) -> Desk:
    for needed in ("project", "rendering", "inventory.selection", "platforms.registry"):
        pytest.importorskip(f"sekayu_net.{needed}")
    import sekayu_net.cli.site as composition
    from sekayu_net.cli.context import Context
    from sekayu_net.rollout.approval import Policy, require

    fakes = loaded(ROLLOUT / "conftest.py", "cli_fakes")
    town = loaded(ROLLOUT / "waves" / "conftest.py", "cli_town")
    place = town.Town(fakes)
    playbooks = tmp_path / "playbooks"
    playbooks.mkdir()
    for shipped in (Path(__file__).parents[3] / "playbooks").glob("*.yaml"):
        without_checks = {**yaml.safe_load(shipped.read_text()), "checks": []}
        (playbooks / shipped.name).write_text(yaml.safe_dump(without_checks))
    held: list[str] = []

    @contextmanager
    def lock(who: str = "") -> Iterator[None]:
        held.append("lock")
        yield

    project = SimpleNamespace(
        lab=True,
        key_file=None,
        playbooks=playbooks,
        journal_path=tmp_path / ".sekayu" / "lab" / "journal.db",
        archive_path=tmp_path / ".sekayu" / "lab" / "archive",
        settings=SimpleNamespace(
            max_removals=50,
            confirm_within=60,
            approvals=0,
            rollout=SimpleNamespace(windows=()),
            plan_max_age=timedelta(hours=8),
            workers=4,
        ),
        signers=tmp_path / "allowed_signers",
        district=lambda: place.district,
        lock=lock,
        login=lambda device: "tool",
        inventory=tmp_path / "inventory",
        plans=tmp_path / ".sekayu" / "lab" / "plans",
    )

    def site_of(project: Any) -> Any:
        policy = Policy(project.settings.approvals, project.signers)
        return replace(place.site(), permit=lambda plan: require(plan, policy))

    def project_of(context: Context) -> Any:
        project.dry = context.dry
        return project

    monkeypatch.setattr(Context, "project", project_of)
    monkeypatch.setattr(composition, "site_of", site_of)
    return Desk(place, project, capsys, held)
