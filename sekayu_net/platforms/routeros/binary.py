"""The device's own backup: saved there under a password, fetched, removed again.

What is done with the bytes is not decided here.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

from sekayu_net.errors import DeviceError, GarbledError
from sekayu_net.platforms.routeros.session import Session, literal

#: Seconds for saving or fetching: slow flash takes some.
TIMEOUT = 90.0
_STAGE = "backup"


def snapshot(session: Session, password: str) -> bytes:
    """The binary backup, locked with ``password`` (``encryption=aes-sha256``, from 6.43).

    In the root folder, which is a RAM disk on units that have ``flash/``: it wears nothing out. The
    name is one that ``clean`` removes if this is cut off before its end.
    """
    name = f"sekayu-{secrets.token_hex(4)}"
    where = f"name={literal(name + '.backup')}"
    try:
        session.ask(
            f"/system backup save name={literal(name)} password={literal(password)} "
            "encryption=aes-sha256",
            stage=_STAGE,
            timeout=max(TIMEOUT, session.target.timeout),
        )
        data = session.connection.get(f"{name}.backup", TIMEOUT, stage=_STAGE)
    finally:
        # Also of a save that failed half-way; a lost session leaves it to the next clean.
        with suppress(DeviceError):
            session.ask(f"/file remove [find where {where}]", stage=_STAGE)
    if not data:
        raise GarbledError("its backup is an empty file", host=session.host, stage=_STAGE)
    return data
