"""MikroTik's default configuration, as an import script for a model's ports and radios.

The text is ``data/defconf.rsc``: the first port is the WAN with a DHCP client, everything else is
one bridge with 192.168.88.1 (manual, default configurations: home AP and router).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def _lines() -> tuple[str, ...]:
    text = (resources.files("sekayu_net.lab") / "data" / "defconf.rsc").read_text("utf-8")
    return tuple(line for line in text.splitlines() if not line.startswith("#"))


def default_configuration(
    ports: Sequence[str], radios: Sequence[tuple[str, str]] = (), *, serial: str
) -> str:
    """The script. ``ports`` in panel order, ``radios`` as pairs of default name and band."""
    digest = hashlib.sha256(serial.encode()).hexdigest().upper()
    names = {
        "$suffix": digest[:6],
        "$mac": ":".join(("48", "A9", "8A", digest[6:8], digest[8:10], digest[10:12])),
        "$wan": ports[0],
    }
    repeated = {"$lan": tuple(ports[1:]), "$radio": tuple(name for name, _ in radios)}
    lines = []
    for line in _lines():
        mark = next((mark for mark in repeated if mark in line), None)
        for name in repeated[mark] if mark is not None else ("",):
            text = line.replace(mark, name) if mark is not None else line
            for key, value in names.items():
                text = text.replace(key, value)
            lines.append(text)
    return "\n".join(lines) + "\n"
