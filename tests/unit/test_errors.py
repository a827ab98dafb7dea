"""The error tree: what every error keeps."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator

import pytest

from sekayu_net import errors

GIVEN = {"host": "a-rtr1", "stage": "read", "hint": "look", "line": 7, "statement": "add"}


def kinds() -> Iterator[type[errors.SekayuError]]:
    for _, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, errors.SekayuError):
            yield found


def made(kind: type[errors.SekayuError]) -> errors.SekayuError:
    if kind is errors.InventoryError:
        return kind([errors.InputError("wrong", file="offices.yaml", line=3)])
    takes = inspect.signature(kind).parameters
    return kind("words", **{name: value for name, value in GIVEN.items() if name in takes})


@pytest.mark.parametrize("kind", list(kinds()))
def test_an_error_says_the_same_in_another_process(kind) -> None:
    error = made(kind)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    assert type(again) is kind
    assert (str(again), again.hint) == (str(error), error.hint)
    assert again.__dict__.keys() == error.__dict__.keys()
