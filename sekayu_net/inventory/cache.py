"""The district of a large inventory, kept in built form between commands.

Reading YAML is most of the time that a command on thousands of devices needs to start. What is
kept is bound to the bytes of every file and to the code that built it: nothing is ever used that
loading anew would not give. What an inventory means is ``offices``'.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from operator import attrgetter
from pathlib import Path
from typing import Any

from sekayu_net.collection import no_collection
from sekayu_net.inventory.district import (
    Device,
    DinkominfoLink,
    District,
    Link,
    Model,
    Office,
    Radio,
    Services,
    Tunnel,
    Vlan,
)
from sekayu_net.inventory.offices import MODELS, load_district

#: Bytes of inventory below which loading is quicker than keeping: some 1,000 devices.
WORTH_IT = 200_000
#: Code of other rooms that decides what an inventory means, or whether it is right.
_AROUND = ("yaml_lines.py", "yaml_pieces.py", "platforms/registry.py")
#: Length of the digest at the head of the file.
DIGEST = 32
#: What a file that is no pickle of ours makes the unpickler say.
_BROKEN = (
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)
#: A call: what is called, and with what.
_Reduced = tuple[Callable[..., Any], tuple[Any, ...]]


def _by_fields(kind: type) -> Callable[[Any], _Reduced]:
    """How a dataclass is kept: as the call that makes it."""
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda value: (kind, values(value))


def _numbers(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), network.prefixlen


def _office(vlans: Sequence[Any], *others: Any) -> Office:
    each = iter(vlans)
    purposes = {
        purpose: Vlan(purpose, number, IPv4Network((first, length)))
        for purpose, number, first, length in zip(each, each, each, each, strict=True)
    }
    values = (*others[:_VLANS], purposes, *others[_VLANS:])
    return Office(*values)


def _reduced_office(office: Office) -> _Reduced:
    vlans: list[str | int] = []
    for vlan in office.vlans.values():
        vlans += (vlan.purpose, vlan.id, *_numbers(vlan.network))
    return _office, (tuple(vlans), *_but_vlans(office))


def _device(address: int, *others: Any) -> Device:
    values = (*others[:_ADDRESS], IPv4Address(address), *others[_ADDRESS:])
    return Device(*values)


def _reduced_device(device: Device) -> _Reduced:
    return _device, (int(device.address), *_but_address(device))


def _but(kind: type, name: str) -> tuple[int, Callable[[Any], tuple[Any, ...]]]:
    """The place of a field, and what gives the values of the others."""
    names = [field.name for field in fields(kind)]
    at = names.index(name)
    return at, attrgetter(*names[:at], *names[at + 1 :])


_VLANS, _but_vlans = _but(Office, "vlans")
_ADDRESS, _but_address = _but(Device, "address")
#: How values are kept: as calls with numbers, the many within others in the call of those. Left to
#: themselves dataclasses look their fields up for each value, and addresses go through text: four
#: times the time.
_REDUCED: dict[type, Callable[[Any], _Reduced]] = {
    **{
        kind: _by_fields(kind)
        for kind in (DinkominfoLink, Link, Model, Radio, Services, Tunnel, Vlan)
    },
    Office: _reduced_office,
    Device: _reduced_device,
    IPv4Address: lambda address: (IPv4Address, (int(address),)),
    IPv4Network: lambda network: (IPv4Network, (_numbers(network),)),
    IPv4Interface: lambda own: (IPv4Interface, ((int(own), own.network.prefixlen),)),
}
#: What a kept form may call. The dates are those that a setting may be.
_CALLS: list[Any] = [District, *_REDUCED, _office, _device, date, datetime, timedelta, timezone]
_CALLED = {(called.__module__, called.__name__): called for called in _CALLS}


class _Unpickler(pickle.Unpickler):
    """Takes the values of an inventory and nothing else: a file must not run code."""

    def find_class(self, module: str, name: str) -> Any:
        with suppress(KeyError):
            return _CALLED[module, name]
        raise pickle.UnpicklingError(f"{module}.{name} is no value of an inventory")


def district(folder: Path, kept: Path) -> District:
    """The district of ``folder``; ``kept`` is the file of its built form.

    ``InventoryError`` with every fault found. A file that is broken, old or can't be written only
    costs the time to load anew.
    """
    size, digest = 0, hashlib.sha256(_code())
    for name in MODELS:
        text = _bytes(folder / f"{name}.yaml")
        size += len(text)
        digest.update(hashlib.sha256(text).digest())
    del text
    if size < WORTH_IT:
        return load_district(folder)
    with no_collection():
        found = _load(kept, digest.digest())
        if found is None:
            found = load_district(folder)
            _save(kept, digest.digest(), found)
        gc.freeze()  # it stays: looking through it again and again would find nothing
    return found


def _bytes(file: Path) -> bytes:
    with suppress(OSError):  # a missing file is the loader's to tell
        return file.read_bytes()
    return b""


@lru_cache(maxsize=1)
def _code() -> bytes:
    """A digest of the code that checks and builds: another version's values are not this one's."""
    here = Path(__file__).parent
    sources = [*sorted(here.glob("*.py")), *(here.parent / name for name in _AROUND)]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).digest()


def _load(kept: Path, digest: bytes) -> District | None:
    with suppress(OSError, *_BROKEN), kept.open("rb") as stream:
        if stream.read(DIGEST) != digest:
            return None
        found = _Unpickler(stream).load()
        if isinstance(found, District):
            return found
    return None


def _save(kept: Path, digest: bytes, found: District) -> None:
    part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(digest)
            pickler = pickle.Pickler(stream, protocol=5)
            pickler.dispatch_table = _REDUCED
            pickler.dump(found)
        part.replace(kept)
