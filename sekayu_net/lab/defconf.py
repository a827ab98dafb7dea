"""MikroTik's default configuration, as an import script for a model's ports and radios.

The text is ``data/defconf.rsc``: the first port is the WAN with a DHCP client, everything else is
one bridge with 192.168.88.1 (manual, default configurations: home AP and router).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from sekayu_net.lab.schema import at_least


@lru_cache(maxsize=1)
def _menus() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = (resources.files("sekayu_net.lab") / "data" / "defconf.rsc").read_text("utf-8")
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("/"):
            found.append((line, []))
        elif not line.startswith("#"):
            found[-1][1].append(line)
    return tuple((menu, tuple(lines)) for menu, lines in found)


def default_configuration(
    ports: Sequence[str],
    radios: Sequence[tuple[str, str]] = (),
    *,
    serial: str,
    version: str = "7",
) -> str:
    """The script. ``ports`` in panel order, ``radios`` as pairs of default name and band."""
    digest = hashlib.sha256(serial.encode()).hexdigest().upper()
    newer = at_least(version, "7")
    names = {
        "$suffix": digest[:6],
        "$mac": ":".join(("48", "A9", "8A", digest[6:8], digest[8:10], digest[10:12])),
        "$wan": ports[0],
        "$on": "" if newer else "disabled=no",
    }
    every = [name for name, _ in radios]
    repeated = {
        "$lan": ports[1:],
        "$radio": every,
        "$wlan": [name for name in every if name.startswith("wlan")],
        "$wifi": [name for name in every if not name.startswith("wlan")],
    }
    script: list[str] = []
    for menu, lines in _menus():
        if menu.startswith("/ipv6") and not newer:
            continue  # the package is there, but off
        written = []
        for line in lines:
            mark = next((mark for mark in repeated if mark in line), None)
            for name in repeated[mark] if mark is not None else ("",):
                text = line.replace(mark, name) if mark is not None else line
                for key, value in names.items():
                    text = text.replace(key, value)
                written.append(text)
        if written:
            script += [menu, *written]
    return "\n".join(script) + "\n"
