"""Which keys a model takes at a place of its document: what an unknown key may have meant.

Of pydantic models and their annotations only. What is a near name is ``near``'s.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sekayu_net.near import meant


def keys_at(model: object, place: Sequence[int | str]) -> tuple[str, ...]:
    """The keys that the table at ``place`` may have; none when there is no table there."""
    found = list(_models(model))
    for part in place:
        found = [inner for each in found for inner in _inside(each, part)]
    return tuple(
        dict.fromkeys(
            field.alias or name
            for each in found
            if isinstance(each, type) and issubclass(each, BaseModel)
            for name, field in each.model_fields.items()
        )
    )


def hint(model: object, loc: Sequence[int | str]) -> str | None:
    """What the unknown key at ``loc`` may have meant; None when nothing is known of its place."""
    keys = keys_at(model, loc[:-1])
    return meant(str(loc[-1]), keys) if keys else None


def _models(annotation: Any) -> Iterator[Any]:
    """The parts of an annotation that a document's value can be: a union's members, unwrapped."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _models(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _models(part)
    else:
        yield annotation


def _inside(found: Any, part: int | str) -> Iterator[Any]:
    """What lies below ``found`` at a key or an index."""
    if isinstance(found, type) and issubclass(found, BaseModel):
        for name, field in found.model_fields.items():
            if part in (name, field.alias):
                yield from _models(field.annotation)
        return
    origin, arguments = get_origin(found), get_args(found)
    if not isinstance(origin, type) or not arguments:
        return
    if issubclass(origin, Mapping):
        yield from _models(arguments[1])
    elif isinstance(part, int) and issubclass(origin, Sequence):
        yield from _models(arguments[0])
    elif isinstance(part, str):  # the name of a union's member, which pydantic puts in between
        yield found
