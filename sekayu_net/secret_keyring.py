"""Secrets in the operating system's keyring (Secret Service, macOS Keychain, Windows).

A keyring gives what it is asked for by name and lists nothing. Which source goes first is
``secrets``' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sekayu_net.errors import SecretError

#: Under this name an age identity may lie in the keyring.
IDENTITY = "age-identity"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The entries of one project, under the service ``sekayu-net/PROJECT``."""

    project: str

    @property
    def service(self) -> str:
        """What the keyring calls the project."""
        return f"sekayu-net/{self.project}"

    def get(self, name: str) -> str | None:
        """A secret's value, or None. ``SecretError`` when the keyring can't be asked."""
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(self.service, name)
        except KeyringError as error:
            self._refuse(error)

    def set(self, name: str, value: str) -> None:
        """Keep a value."""
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(self.service, name, value)
        except KeyringError as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        # Its own words are kept out: a backend may quote what it was given.
        raise SecretError(
            f"the keyring of this system can't be used ({type(error).__name__})",
            hint="unlock it, or set keyring = false below [secrets] in sekayu.toml",
        ) from None
