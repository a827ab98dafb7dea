"""The way to a device through other machines, as settings write it: ``user@host:port,…``.

Only the text and what it means: opening the way is ``transport``'s.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sekayu_net.errors import ProjectError
from sekayu_net.platforms.base import Target

_HOP = re.compile(
    r"(?:(?P<user>[^@,\s]+)@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>\d{1,5}))?"
)


def through(target: Target, hops: str) -> Target:
    """The same target behind these machines, the nearest to us first, as ``ssh -J`` has them.

    Each is known to known_hosts by its own name or address, and gets the target's user and key
    unless it names another user. ``ProjectError`` for a text that is no such list.
    """
    way: Target | None = None
    for hop in hops.split(","):
        found = _HOP.fullmatch(hop.strip())
        port = int(found["port"] or 22) if found else 0
        if found is None or not 0 < port < 65536:
            raise ProjectError(
                f"sekayu.toml: ssh.jump: {hop.strip()!r} is no machine",
                hint='write jump = "user@gate.example.net:22"; several with a comma between',
            )
        name = found["six"] or found["host"]
        way = Target(
            host=name if port == 22 else f"[{name}]:{port}",
            address=name,
            port=port,
            username=found["user"] or target.username,
            known_hosts=target.known_hosts,
            key_file=target.key_file,
            passphrase=target.passphrase,
            timeout=target.timeout,
            jump=way,
        )
    return replace(target, jump=way)
