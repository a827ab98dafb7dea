"""Which devices a person means: filters against a district, and near names when none fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from sekayu_net.errors import UsageError
from sekayu_net.inventory.district import Device, District, Office
from sekayu_net.near import meant


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of one command. An empty one takes all; values of one filter widen it.

    ``office`` takes a slug (``lurah-kayu-ara``), the office's name or its official code.
    """

    office: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    phase: tuple[int, ...] = ()
    platform: tuple[str, ...] = ()


_WORDS: dict[str, Callable[[Office, Device], tuple[str, ...]]] = {
    "office": lambda office, _: (office.slug, office.code, office.name.casefold()),
    "host": lambda _, device: (device.name,),
    "kind": lambda office, _: (office.kind,),
    "role": lambda _, device: (device.role,),
    "phase": lambda office, _: (str(office.phase),),
    "platform": lambda _, device: (device.platform,),
}


def _unknown(name: str, value: str, known: Iterable[str]) -> UsageError:
    # Nobody knows an office by its code.
    hint = meant(value, sorted(word for word in known if name != "office" or word[0].isalpha()))
    if name == "host":
        return UsageError(f"there is no device {value}", hint=hint)
    if name == "office":
        return UsageError(f"there is no office {value}", hint=hint)
    return UsageError(f"no device has --{name} {value}", hint=hint)


def office_called(district: District, said: str) -> Office:
    """The office of that short name, code or name; ``UsageError`` with near names for none."""
    for office in district.offices.values():
        if said in (office.slug, office.code, office.name):
            return office
    raise UsageError(f"there is no office {said!r}", hint=meant(said, list(district.offices)))


def select(district: District, selection: Selection) -> tuple[Device, ...]:
    """The devices that every filter admits, in the district's order.

    ``UsageError`` for a value that no device has (with near names), and when nothing is left.
    """
    places = [(district.office_of(device), device) for device in district.devices.values()]
    wanted = {
        field.name: {str(value) for value in getattr(selection, field.name)}
        for field in fields(selection)
        if getattr(selection, field.name)
    }
    for name, values in wanted.items():
        known = {word for place in places for word in _WORDS[name](*place)}
        for value in values:
            if value not in known and value.casefold() not in known:
                raise _unknown(name, value, known)
    found = tuple(
        device
        for office, device in places
        if all(
            values & set(words) or {value.casefold() for value in values} & set(words)
            for values, words in (
                (values, _WORDS[name](office, device)) for name, values in wanted.items()
            )
        )
    )
    if not found:
        raise UsageError(
            "the filters leave no device", hint="different filters narrow: give fewer of them"
        )
    return found
