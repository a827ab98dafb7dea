"""An audit's read: the state, and who changed it where the device tells."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.base import Event
from sekayu_net.rollout.reading import read_device

HOST = "lurah-dua-rtr1"
EVENT = Event("10:00", "budi (ssh)", "budi", "added", "/lines")


@pytest.fixture
def town(fakes) -> Any:
    path = Path(__file__).parent / "waves" / "conftest.py"
    spec = importlib.util.spec_from_file_location("reading_town", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Town(fakes)


def site_of(town: Any, fakes: Any, **verbs: Any) -> Any:
    """The town with drivers that can do more."""
    witness = type("Witness", (fakes.FakeDriver,), verbs)
    return replace(town.site(), driver=lambda device: witness(town.devices[device.name]))


def test_a_driver_that_can_tells_who_changed_what(town, fakes) -> None:
    site = site_of(town, fakes, events=lambda self: (EVENT,))
    assert read_device(site, site.district.devices[HOST]).reading.events == (EVENT,)


def test_a_record_that_cannot_be_read_costs_no_reading(town, fakes) -> None:
    def garbled(self):
        raise GarbledError("its log can't be read", host=HOST, stage="read")

    site = site_of(town, fakes, events=garbled)
    running = read_device(site, site.district.devices[HOST])
    assert running.reading.events == ()
    assert running.canonical


def test_a_driver_that_cannot_tell_is_read_as_well(town) -> None:
    site = town.site()
    assert read_device(site, site.district.devices[HOST]).reading.events == ()
