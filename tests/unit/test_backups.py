"""Encrypted copies: nobody reads them without the key, and the ``age`` tool reads them with it."""

from __future__ import annotations

import shutil
import stat
import subprocess

import pyrage
import pytest

from sekayu_net.backups import (
    Copy,
    Vault,
    decrypt,
    is_encrypted,
    read_identities,
    read_recipients,
    split,
)
from sekayu_net.errors import InputError, ProjectError

COPY = Copy(
    host="a-rtr1",
    time="2026-03-01T08:00:00+00:00",
    serial="S1",
    version="7.20",
    fingerprint="ab" * 32,
    config="alpha\nbeta secret=hunter22\n",
    binary=b"\x00binary\xff",
    password="lock-of-a",
)
TEXT = "20260301T080000Z-abababababab.conf.age"


@pytest.fixture
def key(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "key.txt"
    file.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
    return file


@pytest.fixture
def vault(tmp_path, key) -> Vault:
    public = key.read_text().split("public key: ")[1].split("\n")[0]
    return Vault(tmp_path / "backups", (public,))


def test_a_copy_opens_with_the_key_and_says_what_it_is(vault, key) -> None:
    binary, text = vault.store(COPY)
    opened = decrypt(text.read_bytes(), read_identities(key), file=text).decode()
    assert split(opened) == ("a-rtr1", "alpha\nbeta secret=hunter22\n")
    assert "serial S1" in opened
    assert "lock-of-a" in opened
    assert decrypt(binary.read_bytes(), read_identities(key), file=binary) == COPY.binary


def test_the_files_are_closed_to_others_and_hold_nothing_readable(vault) -> None:
    for file in vault.store(COPY):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert is_encrypted(file.read_bytes())
        assert b"hunter22" not in file.read_bytes()
    assert stat.S_IMODE((vault.folder / "a-rtr1").stat().st_mode) == 0o700


def test_the_age_tool_reads_a_copy(vault, key) -> None:
    if shutil.which("age") is None:
        pytest.skip("no age tool on this machine")
    vault.store(COPY)
    words = ["age", "-d", "-i", str(key), str(vault.folder / "a-rtr1" / TEXT)]
    read = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    assert read.stdout == COPY.text()


def test_an_ssh_key_is_a_recipient_too(tmp_path) -> None:
    key = tmp_path / "id"
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen on this machine")
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(words, timeout=30, check=True)
    vault = Vault(tmp_path / "backups", (key.with_suffix(".pub").read_text().strip(),))
    _, text = vault.store(COPY)
    assert decrypt(text.read_bytes(), read_identities(key), file=text).decode() == COPY.text()


def test_the_same_state_is_known_and_another_is_not(vault) -> None:
    assert not vault.has("a-rtr1", COPY.fingerprint)
    vault.store(COPY)
    assert vault.has("a-rtr1", COPY.fingerprint)
    assert not vault.has("a-rtr1", "cd" * 32)
    assert not vault.has("b-rtr1", COPY.fingerprint)


@pytest.mark.parametrize("words", [(), ("nonsense",), ("age1nonsense",), ("ssh-ed25519 AAAA",)])
def test_who_can_not_be_encrypted_to_is_an_error_that_says_what_to_write(words) -> None:
    with pytest.raises(ProjectError) as caught:
        read_recipients(words)
    assert caught.value.hint
    assert "age" in caught.value.hint


def test_another_key_opens_nothing(vault, tmp_path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    *_, text = vault.store(COPY)
    with pytest.raises(InputError, match="does not open"):
        decrypt(text.read_bytes(), read_identities(other), file=text)


@pytest.mark.parametrize("content", [None, "", "AGE-SECRET-KEY-1XYZ", "\xff"])
def test_what_is_no_key_file_is_an_error_that_quotes_nothing(tmp_path, content) -> None:
    file = tmp_path / "key.txt"
    if content is not None:
        file.write_text(content, encoding="latin-1")
    with pytest.raises(InputError) as caught:
        read_identities(file)
    assert "XYZ" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


def test_the_repr_of_a_copy_holds_no_secret() -> None:
    assert "hunter22" not in repr(COPY)
    assert "lock-of-a" not in repr(COPY)
