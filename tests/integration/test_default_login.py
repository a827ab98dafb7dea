"""A factory login is tried once, over real SSH, and nothing of ours is used to get in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.integration.conftest import Bench, bench

VERSIONS = ("6.49.17", "7.20.4")


def failures(site: Bench) -> int:
    return site.on_loop(
        lambda: sum("login failure for user admin" in e.message for e in site.device.log.entries)
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_device_as_it_left_the_factory_is_found(tmp_path: Path, version) -> None:
    for site in bench(tmp_path, version=version):
        assert site.unopened().default_login() == "admin without a password"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("closed", ["disabled=yes", 'password="long and sealed"'])
def test_a_closed_one_is_asked_once(tmp_path: Path, version, closed) -> None:
    for site in bench(tmp_path, version=version):
        command = f"/user set [find name=admin] {closed}"
        site.on_loop(partial(site.device.import_script, command))
        assert site.unopened().default_login() is None
        assert failures(site) <= 1
