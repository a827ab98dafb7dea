"""A person's own settings: where they come from, what goes before what, what is refused."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
import yaml

from sekayu_net import personal, system
from sekayu_net.cli import output
from sekayu_net.cli.main import main
from sekayu_net.errors import ProjectError
from sekayu_net.project import Project
from sekayu_net.project_folder import find_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The personal file of this test, not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = tmp_path / "sekayu-net" / "config.yaml"
    file.parent.mkdir()
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "sekayu.toml", folder)
    return folder


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    personal._load.cache_clear()


FAULTS = [
    ("lan: id\n", ":1: unknown key 'lan'", "did you mean lang?"),
    ("\nlang: fr\n", ":2: lang: ", "mend"),
    ("lang: [\n", "config.yaml:", "YAML"),
]


@pytest.mark.parametrize(("text", "said", "hint"), FAULTS)
def test_a_fault_names_file_and_line_and_what_to_do(
    mine: Path, text: str, said: str, hint: str
) -> None:
    write(mine, text)
    with pytest.raises(ProjectError) as caught:
        personal.load()
    assert said in str(caught.value)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", [None, "", "# nothing\n", personal.HEADER])
def test_no_file_and_an_empty_one_say_nothing(mine: Path, text: str | None) -> None:
    if text is not None:
        write(mine, text)
    assert personal.load() == personal.Personal()


def test_the_example_names_every_key_and_its_variable() -> None:
    lines = [line[2:] for line in personal.HEADER.splitlines() if ": " in line]
    document = yaml.safe_load("\n".join(lines))
    assert set(document) == set(personal.Personal.model_fields) == set(personal.VARIABLES)
    personal.Personal.model_validate(document)
    assert all(variable in personal.HEADER for variable in personal.VARIABLES.values())


class TestOperator:
    def test_the_environment_goes_before_the_file_and_this_before_the_login(
        self, mine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(system, "user", lambda: "root")
        assert personal.operator() == "root"
        write(mine, "operator: siti\n")
        assert personal.operator() == "siti"
        monkeypatch.setenv("SEKAYU_OPERATOR", "budi")
        assert personal.operator() == "budi"


class TestKey:
    def test_the_file_goes_before_the_project(
        self, mine: Path, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = (project / "sekayu.toml").read_text(encoding="utf-8")
        (project / "sekayu.toml").write_text(
            settings.replace("[ssh]\n", '[ssh]\nkey_file = "/project/key"\n'), encoding="utf-8"
        )
        assert Project.load(project).key_file == Path("/project/key")
        write(mine, "ssh_key: ~/mine\n")
        assert Project.load(project).key_file == Path("~/mine").expanduser()
        monkeypatch.setenv("SEKAYU_SSH_KEY", "/environment/key")
        assert Project.load(project).key_file == Path("/environment/key")

    def test_the_lab_has_its_own(self, mine: Path, project: Path) -> None:
        write(mine, "ssh_key: ~/mine\n")
        assert Project.load(project, lab=True).key_file == project / ".sekayu/lab/id_ed25519"

    def test_a_device_is_told_the_projects_key_and_not_one_persons(
        self, mine: Path, project: Path
    ) -> None:
        (project / "key.pub").write_text("ssh-ed25519 AAAAproject x\n", encoding="utf-8")
        (project / "mine.pub").write_text("ssh-ed25519 AAAAmine x\n", encoding="utf-8")
        settings = (project / "sekayu.toml").read_text(encoding="utf-8")
        (project / "sekayu.toml").write_text(
            settings.replace("[ssh]\n", '[ssh]\nkey_file = "key"\n'), encoding="utf-8"
        )
        write(mine, f"ssh_key: {project / 'mine'}\n")
        assert Project.load(project).public_key() == "ssh-ed25519 AAAAproject"


class TestProject:
    def test_it_is_taken_only_where_none_is_named_and_none_is_around(
        self, mine: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        shutil.copy(ROOT / "sekayu.toml", other)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ProjectError, match="no project here"):
            find_folder(None, {})
        write(mine, f"project: {project}\n")
        environ = {"XDG_CONFIG_HOME": str(tmp_path)}
        assert find_folder(None, environ) == project
        assert find_folder(None, {**environ, "SEKAYU_PROJECT": str(other)}) == other
        assert find_folder(other, environ) == other
        monkeypatch.chdir(other)
        assert find_folder(None, environ) == other


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_who_wants_no_colour_gets_none(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert output.colourful(Terminal())
    write(mine, "colour: never\n")
    assert not output.colourful(Terminal())
    assert not output.colourful(io.StringIO())


class TestCommands:
    def run(self, capsys: pytest.CaptureFixture[str], *words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["config", *words])
        assert ended.value.code == 0
        return capsys.readouterr().out

    def test_path_says_where_the_file_is(
        self, mine: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(capsys, "path") == f"{mine}\n"

    def test_show_says_what_each_comes_from(
        self, mine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(mine, "lang: id\noperator: siti\n")
        monkeypatch.setenv("SEKAYU_OPERATOR", "budi")
        shown = self.run(capsys, "show")
        assert f"lang       id   ({mine})" in shown
        assert "operator   budi   (SEKAYU_OPERATOR)" in shown

    def test_an_example_can_be_kept_as_it_is(
        self, mine: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(mine, self.run(capsys, "show", "--example"))
        assert personal.load() == personal.Personal()
