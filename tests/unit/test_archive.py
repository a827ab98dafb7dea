"""The archive: git, one file a device, a commit only for a real change."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from sekayu_net.archive import BEYOND, Archive, Origin, configuration, document
from sekayu_net.errors import LockError, ProjectError, UsageError
from sekayu_net.plan import Running
from sekayu_net.platforms.base import Reading

ROOT = Path(__file__).parents[2]
USERS = ({"name": "admin", "group": "full"}, {"name": "budi", "group": "read only"})


@pytest.fixture
def archive(tmp_path) -> Archive:
    return Archive(tmp_path / "state" / "archive")


def commits(archive: Archive) -> int:
    words = ["git", "-C", str(archive.folder), "rev-list", "--count", "HEAD"]
    return int(subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout)


def test_a_new_text_is_a_version(archive) -> None:
    assert archive.store({"a": "one", "b": "two"}, "first") == ("a", "b")
    assert [version.message for version in archive.versions("a")] == ["first"]
    assert archive.show("a", archive.versions("a")[0].revision) == "one\n"


def test_the_same_text_makes_no_commit(archive) -> None:
    archive.store({"a": "one"}, "first")
    assert archive.store({"a": "one"}, "second") == ()
    assert commits(archive) == 1


def test_only_the_changed_device_has_a_new_version(archive) -> None:
    archive.store({"a": "one", "b": "two"}, "first")
    assert archive.store({"a": "one", "b": "three"}, "second") == ("b",)
    assert len(archive.versions("a")) == 1
    newest, oldest = archive.versions("b")
    assert "-two\n+three" in archive.diff("b", oldest.revision, newest.revision)


def test_a_text_that_was_written_but_not_committed_is_committed_next_time(archive) -> None:
    archive.store({"a": "one"}, "first")
    (archive.folder / "a.conf").write_text("two\n")
    archive.store({"a": "two"}, "second")
    assert [version.message for version in archive.versions("a")] == ["second", "first"]


def test_a_device_that_was_never_read_has_no_versions(archive) -> None:
    assert archive.versions("a") == ()


@pytest.mark.parametrize("revision", ["--output=/tmp/x", "a:../../secret", "", "main"])
def test_what_is_no_revision_is_wrong_usage(archive, revision) -> None:
    archive.store({"a": "one"}, "first")
    with pytest.raises(UsageError):
        archive.show("a", revision)


@pytest.mark.parametrize("host", ["../x", "-x", "", "a/b"])
def test_what_is_no_host_name_is_never_a_path(archive, host) -> None:
    with pytest.raises(UsageError):
        archive.store({host: "x"}, "m")


def test_an_unknown_revision_is_a_clear_error(archive) -> None:
    archive.store({"a": "one"}, "first")
    with pytest.raises(UsageError, match="a has no revision deadbeef") as found:
        archive.show("a", "deadbeef")
    assert "history a" in str(found.value.hint)


def test_a_missing_git_says_what_to_install(archive, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProjectError) as caught:
        archive.store({"a": "one"}, "first")
    assert "install git" in caught.value.hint


def read(config: str, beyond: Mapping[str, tuple[Mapping[str, str], ...]]) -> Running:
    return Running(config, "f", Reading(config, "a", "S1", "M", "1.0", beyond=beyond))


def test_what_is_beyond_the_configuration_is_kept_below_it() -> None:
    text = document(read("one\n", {"/user": USERS}))
    assert text == (
        f'one\n{BEYOND}\n# /user group="read only" name=budi\n# /user group=full name=admin\n'
    )
    assert configuration(text) == "one\n"


def test_the_order_of_rows_makes_no_version(archive) -> None:
    archive.store({"a": document(read("one", {"/user": USERS}))}, "first")
    assert archive.store({"a": document(read("one", {"/user": USERS[::-1]}))}, "second") == ()


def test_a_new_user_makes_a_version(archive) -> None:
    archive.store({"a": document(read("one", {"/user": USERS[:1]}))}, "first")
    assert archive.store({"a": document(read("one", {"/user": USERS}))}, "second") == ("a",)


def test_a_text_without_what_is_beyond_does_not_remove_it(archive) -> None:
    archive.store({"a": document(read("one", {"/user": USERS}))}, "first")
    assert archive.store({"a": "one"}, "deployed") == ()
    archive.store({"a": "two"}, "deployed")
    assert archive.show("a", "HEAD").startswith(f"two\n{BEYOND}\n# /user")


def test_a_version_tells_run_cause_and_operator(archive) -> None:
    archive.store({"a": "one"}, "read by hand")
    archive.store({"a": "two"}, "read by audit r1", origin=Origin("r1", "audit", "siti\nRun: r9"))
    newest, oldest = archive.versions("a")
    assert (newest.run, newest.cause, newest.operator) == ("r1", "audit", "siti Run: r9")
    assert (oldest.run, oldest.cause, oldest.message) == ("", "", "read by hand")


def test_two_processes_at_once_lose_nothing(archive) -> None:
    program = (
        "import sys; from pathlib import Path; from sekayu_net.archive import Archive\n"
        "for n in range(6): Archive(Path(sys.argv[1])).store({sys.argv[2]: str(n)}, 'm')"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(archive.folder), host],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for host in ("a", "b")
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert [len(archive.versions(host)) for host in ("a", "b")] == [6, 6]


@pytest.mark.parametrize(("age", "stored"), [(3600, True), (0, False)])
def test_only_an_old_lock_of_a_dead_git_is_broken(archive, age, stored) -> None:
    archive.store({"a": "one"}, "first")
    left = archive.folder / ".git" / "index.lock"
    left.touch()
    os.utime(left, (time.time() - age,) * 2)
    if stored:
        assert archive.store({"a": "two"}, "second") == ("a",)
    else:
        with pytest.raises(ProjectError, match=r"index\.lock"):
            archive.store({"a": "two"}, "second")
    assert left.exists() is not stored


def test_an_archive_that_another_process_holds_is_a_clear_error(archive, monkeypatch) -> None:
    archive.store({"a": "one"}, "first")
    monkeypatch.setattr("sekayu_net.archive.TIMEOUT", 0)
    with archive._alone(), pytest.raises(LockError, match="another process"):
        Archive(archive.folder).store({"a": "two"}, "second")


def test_an_archive_without_its_first_commit_has_no_versions(archive) -> None:
    archive.folder.mkdir(parents=True)
    archive._git("init", "-q", "-b", "main")
    assert archive.versions("a") == ()


def test_many_devices_are_one_commit(archive) -> None:
    archive.store({f"host-with-a-long-name-{n:05}": "x" for n in range(1500)}, "first")
    assert commits(archive) == 1
