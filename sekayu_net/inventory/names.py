"""The names of an inventory, kept for shell completion: read on every TAB, so in milliseconds.

Bound to size and time of the inventory's files, which a look at the folder tells: the inventory
itself is read only by the first TAB after an edit. Nothing but completion may use this.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sekayu_net.errors import SekayuError

FILES = ("offices.yaml", "models.yaml", "groups.yaml", "addressing.yaml")


@dataclass(frozen=True, slots=True)
class Names:
    """What a filter can be given. ``codes`` are offices by their official code."""

    host: tuple[str, ...] = ()
    office: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()


def names(inventory: Path, state: Path) -> Names:
    """The names there are. Of a broken inventory those that it had before, if any; never raises."""
    kept = state / "names.json"
    now = _stamp(inventory)
    stamp, known = _read(kept)
    if stamp != now:
        with suppress(SekayuError, OSError):
            known = _load(inventory, state)
            _write(kept, now, known)
    return known


def _stamp(inventory: Path) -> list[list[int]]:
    found = []
    for name in FILES:
        with suppress(OSError):
            there = (inventory / name).stat()
            found.append([there.st_size, there.st_mtime_ns])
    return found


def _load(inventory: Path, state: Path) -> Names:
    from sekayu_net.inventory import cache

    district = cache.district(inventory, state / "inventory.cache")
    offices, devices = district.offices.values(), district.devices.values()
    return Names(
        host=tuple(device.name for device in devices),
        office=tuple(office.slug for office in offices),
        codes=tuple(office.code for office in offices),
        kind=tuple(sorted({office.kind for office in offices})),
        role=tuple(sorted({device.role for device in devices})),
        phase=tuple(str(phase) for phase in sorted({office.phase for office in offices})),
        platform=tuple(sorted({device.platform for device in devices})),
    )


def _read(kept: Path) -> tuple[object, Names]:
    with suppress(OSError, ValueError, TypeError, KeyError):
        document = json.loads(kept.read_text(encoding="utf-8"))
        known = {field.name: tuple(map(str, document[field.name])) for field in fields(Names)}
        return document["stamp"], Names(**known)
    return None, Names()


def _write(kept: Path, stamp: object, known: Names) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    part.write_text(json.dumps({"stamp": stamp, **asdict(known)}), encoding="utf-8")
    part.replace(kept)
