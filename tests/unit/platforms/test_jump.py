"""The way through other machines, as settings write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import ProjectError
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.jump import through

TARGET = Target("r1", "10.16.1.1", 22, "sekayu", Path("known_hosts"), Path("key"), password="x")


def hops(text: str) -> list[tuple[str, str, int, str]]:
    """Nearest to the device first."""
    found = []
    way = through(TARGET, text).jump
    while way is not None:
        found.append((way.host, way.address, way.port, way.username))
        way = way.jump
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gate", [("gate", "gate", 22, "sekayu")]),
        ("budi@gate.example.net", [("gate.example.net", "gate.example.net", 22, "budi")]),
        ("10.0.0.1:2222", [("[10.0.0.1]:2222", "10.0.0.1", 2222, "sekayu")]),
        ("[fd00::1]:2222", [("[fd00::1]:2222", "fd00::1", 2222, "sekayu")]),
        ("[fd00::1]", [("fd00::1", "fd00::1", 22, "sekayu")]),
        ("a, b@c", [("c", "c", 22, "b"), ("a", "a", 22, "sekayu")]),
    ],
)
def test_machines_are_named_as_for_ssh(
    text: str, expected: list[tuple[str, str, int, str]]
) -> None:
    assert hops(text) == expected


def test_a_jump_host_never_gets_a_device_s_password() -> None:
    way = through(TARGET, "gate").jump
    assert way is not None
    assert (way.password, way.key_file) == (None, TARGET.key_file)


@pytest.mark.parametrize("text", ["", "a,,b", "a b", "gate:0", "gate:70000", "-oProxyCommand=x y"])
def test_what_is_no_machine_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match=r"ssh\.jump"):
        through(TARGET, text)
