"""A secret file encrypted with age: for whom, and with whose key it is read.

The form is the standard one (age-encryption.org/v1, armoured), so that the ``age`` tool reads it
too: ``age -d -i IDENTITY FILE``. What is in the file is ``secret_file``'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sekayu_net.errors import SecretError
from sekayu_net.system import open_to_others

#: The variable that names the identity file, or holds the identity itself.
VARIABLE = "SEKAYU_AGE_IDENTITY"
_BARE = "AGE-SECRET-KEY-1"
_SSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Age:
    """Encryption for ``recipients`` (``age1…`` or OpenSSH public keys). See ``Wrapping``.

    ``identity`` gives the text of whoever reads; it is asked when a file is read, not before.
    """

    recipients: tuple[str, ...]
    identity: Callable[[], str] = field(repr=False)

    def wrap(self, text: bytes) -> bytes:
        """The armoured file. ``SecretError`` without recipients, or for one that is none."""
        import pyrage

        if not self.recipients:
            raise SecretError(
                "nobody could read the secret file: it has no recipients",
                hint="list them below [secrets] in sekayu.toml; yours: sekayu-net secrets identity",
            )
        packed: bytes = pyrage.encrypt(text, [_recipient(r) for r in self.recipients], armored=True)
        return packed

    def unwrap(self, data: bytes) -> bytes:
        """The text. ``SecretError`` when the identity is no recipient's, or the file is no age."""
        import pyrage

        identities = parse_identities(self.identity())
        try:
            text: bytes = pyrage.decrypt(data, identities)
        except pyrage.DecryptError as error:
            raise SecretError(
                f"the secret file can't be decrypted: {error}",
                hint="is your identity a recipient of it? ask one who can read it to add yours "
                "below [secrets] in sekayu.toml and to run: sekayu-net secrets encrypt",
            ) from None
        return text


def _recipient(text: str) -> Any:
    import pyrage

    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        # Someone may have put the private half there.
        shown = repr(text[:40]) if text.startswith(("age1", "ssh-")) else "one of them"
        raise SecretError(
            f"{shown} is no recipient: {error}",
            hint="a recipient is a public key: age1…, ssh-ed25519 … or ssh-rsa …",
        ) from None


def parse_identities(text: str) -> Sequence[Any]:
    """The identities of an identity file's text (``age-keygen``'s, or an OpenSSH private key)."""
    import pyrage

    try:
        if text.lstrip().startswith(_SSH):
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(_BARE)]
    except pyrage.IdentityError:
        found = []  # what the library says may quote the key
    if not found:
        raise SecretError(
            "the age identity is none",
            hint=f"it is a line {_BARE}… or an OpenSSH private key without a passphrase",
        )
    return found


def identity_text(
    environ: Mapping[str, str], file: Path, keyring: Callable[[], str | None] = lambda: None
) -> str:
    """Whose key reads: the variable, else the file of the settings, else the OS keyring.

    ``SecretError`` when there is none, or others can read the file.
    """
    given = environ.get(VARIABLE, "")
    if given.startswith(_BARE):
        return given
    path = Path(given).expanduser() if given else file
    if path.exists():
        try:
            if open_to_others(path):
                raise SecretError(
                    f"{path}: others can read this identity", hint=f"close it: chmod 600 {path}"
                )
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise SecretError(f"{path}: can't be read", hint="fix the file's rights") from None
    kept = None if given else keyring()
    if kept:
        return kept
    raise SecretError(
        f"{path}: there is no age identity",
        hint=f"make one: sekayu-net secrets identity; or say where it is in {VARIABLE}",
    )


def make_identity(file: Path) -> str:
    """Make an identity file (mode 0600, in ``age-keygen``'s form); its public key."""
    import pyrage

    made = pyrage.x25519.Identity.generate()
    public = str(made.to_public())
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(f"# public key: {public}\n{made}\n")
    except OSError as error:
        raise SecretError(
            f"{file}: can't be written: {error.strerror}", hint="fix the folder's rights"
        ) from None
    return public


def public_keys(text: str) -> tuple[str, ...]:
    """The ``age1…`` keys of an identity's text. An OpenSSH key's is in its ``.pub`` file."""
    if text.lstrip().startswith(_SSH):
        return ()
    return tuple(str(identity.to_public()) for identity in parse_identities(text))
