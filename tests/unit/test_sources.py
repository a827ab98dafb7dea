"""What a plan was made from is told apart by content, and by nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sekayu_net.sources import folder_hash, sources_of


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "inventory"
    (folder / "more").mkdir(parents=True)
    (folder / "offices.yaml").write_text("offices: []\n")
    (folder / "more" / "b.yaml").write_text("b: 1\n")
    return folder


CHANGES = {
    "another content": lambda f: (f / "offices.yaml").write_text("offices: [1]\n"),
    "one more file": lambda f: (f / "new.yaml").write_text(""),
    "one file less": lambda f: (f / "more" / "b.yaml").unlink(),
    "another name": lambda f: (f / "offices.yaml").rename(f / "office.yaml"),
    "a byte moved to the next file": lambda f: (
        (f / "more" / "b.yaml").write_text("b: 1"),
        (f / "offices.yaml").write_text("\noffices: []\n"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_files_say_changes_the_hash(folder, change) -> None:
    before = folder_hash(folder)
    change(folder)
    assert folder_hash(folder) != before


LEFT = {
    "a time": lambda f: os.utime(f / "offices.yaml", (1, 1)),
    "rights": lambda f: (f / "offices.yaml").chmod(0o600),
    "an editor's copy": lambda f: (f / "offices.yaml~").write_text("x"),
    "a hidden file": lambda f: (f / ".offices.yaml.swp").write_text("x"),
    "what Python leaves": lambda f: (
        (f / "__pycache__").mkdir(),
        (f / "__pycache__" / "x.pyc").write_text("x"),
    ),
    "who may approve": lambda f: (f / "allowed_signers").write_text("siti ssh-ed25519 AAAA"),
}


@pytest.mark.parametrize("change", LEFT.values(), ids=LEFT)
def test_what_is_no_content_leaves_the_hash_as_it_is(folder, change) -> None:
    before = folder_hash(folder)
    change(folder)
    assert folder_hash(folder) == before


def test_a_copy_of_a_project_elsewhere_has_the_same_hash(folder, tmp_path) -> None:
    copy = tmp_path / "elsewhere"
    folder.rename(copy)
    assert sources_of(copy, tmp_path / "none").inventory == folder_hash(copy)


def test_a_folder_that_is_missing_has_the_hash_of_an_empty_one(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    assert folder_hash(tmp_path / "none") == folder_hash(tmp_path / "empty")
