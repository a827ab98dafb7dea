"""The archive: git, one file a device, a commit only for a real change."""

from __future__ import annotations

import subprocess

import pytest

from sekayu_net.archive import Archive
from sekayu_net.errors import ProjectError, UsageError


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
    with pytest.raises(ProjectError, match="git show"):
        archive.show("a", "deadbeef")


def test_a_missing_git_says_what_to_install(archive, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProjectError) as caught:
        archive.store({"a": "one"}, "first")
    assert "install git" in caught.value.hint
