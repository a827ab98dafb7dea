"""Which packages a device needs, and what versions call things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekayu_net.errors import UsageError
from sekayu_net.platforms.routeros.firmware import migrated, package_files, room_refusal
from sekayu_net.platforms.upgrading import Installed

AP = Installed("7.20.4", "arm64", ("wifi-qcom",), "7.20.4", "7.20.4", "7.8", False, 1 << 30, 1.0)


@pytest.mark.parametrize(
    ("changed", "files"),
    [
        ({}, ("routeros-7.24.1-arm64.npk", "wifi-qcom-7.24.1-arm64.npk")),
        ({"extra": (), "architecture": "mmips"}, ("routeros-7.24.1-mmips.npk",)),
        ({"extra": (), "architecture": "x86_64"}, ("routeros-7.24.1.npk",)),
    ],
)
def test_the_packages_that_are_there_come_along(
    changed: dict[str, object], files: tuple[str, ...]
) -> None:
    assert package_files(replace(AP, **changed), "7.24.1") == files  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), [("7.12.1", "7.24.1"), ("7.20.4", "7.12.1")])
def test_versions_with_other_packages_are_refused(before: str, after: str) -> None:
    with pytest.raises(UsageError, match=r"before 7\.13"):
        package_files(replace(AP, version=before), after)


@pytest.mark.parametrize(("in_memory", "free"), [(False, 5 << 20), (True, 20 << 20)])
def test_room_is_asked_for_where_packages_lie(*, in_memory: bool, free: int) -> None:
    found = replace(AP, in_memory=in_memory, free=free)
    assert room_refusal(found, 4 << 20) is None
    assert room_refusal(replace(found, free=free - 1), 4 << 20) is not None


@pytest.mark.parametrize(
    ("before", "after", "said", "says"),
    [
        ("7.20.4", "7.24.1", "set ssh address=10.0.0.0/8", "set ssh available-from=10.0.0.0/8"),
        ("7.24.1", "7.20.4", "set ssh available-from=10.0.0.0/8", "set ssh address=10.0.0.0/8"),
        ("7.16.2", "7.20.4", "set ssh address=10.0.0.0/8", "set ssh address=10.0.0.0/8"),
    ],
)
def test_a_property_gets_the_name_of_the_version(
    before: str, after: str, said: str, says: str
) -> None:
    text, lost = migrated(f"/ip service\n{said}\n", before, after)
    assert says in text
    assert lost == ()


def test_what_the_new_version_can_not_say_is_named() -> None:
    text, lost = migrated("/ip ssh\nset allow-none-crypto=yes\n", "7.16.2", "7.20.4")
    assert lost == ("/ip ssh allow-none-crypto",)
    assert "allow-none-crypto" not in text
