"""The lab's SSH keys: host keys made once and cached, the tool's own made anew for each lab."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import asyncssh

from sekayu_net.errors import LabError

ALGORITHM = "ssh-ed25519"
#: The only kind that version 6 shows.
OLD_ALGORITHM = "ssh-rsa"


def host_keys(
    folder: Path, hosts: Iterable[str], *, old: Collection[str] = ()
) -> dict[str, asyncssh.SSHKey]:
    """A private host key for each host, from ``folder``; what is missing is made and kept.

    ``old`` hosts run version 6.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = {}
    for host in hosts:
        path = folder / host
        if path.exists():
            try:
                found[host] = asyncssh.import_private_key(path.read_bytes())
            except (asyncssh.KeyImportError, ValueError):
                raise LabError(
                    f"{path}: this is no private key", hint=f"remove it: rm {path}"
                ) from None
            if (found[host].get_algorithm() == OLD_ALGORITHM) != (host in old):
                found[host] = new_key(path, OLD_ALGORITHM if host in old else ALGORITHM)
        else:
            found[host] = new_key(path, OLD_ALGORITHM if host in old else ALGORITHM)
    return found


def new_key(path: Path, algorithm: str = ALGORITHM) -> asyncssh.SSHKey:
    """Make a key pair: ``path`` (0600) and ``path.pub``."""
    key = asyncssh.generate_private_key(algorithm, comment="sekayu-net lab")
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    path.with_name(path.name + ".pub").write_bytes(key.export_public_key())
    return key


def public_line(key: asyncssh.SSHKey) -> str:
    """``TYPE BASE64``, as in ``known_hosts`` and ``authorized_keys``, without a comment."""
    return " ".join(key.export_public_key().decode().split()[:2])
