"""What a device tells of who changed it, over real SSH, on old and new versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Bench, bench

VERSIONS = ("6.49.17", "7.16.2", "7.20.4")
MASQUERADE = "/ip firewall nat add chain=srcnat action=masquerade"


def someone_types(site: Bench, command: str) -> None:
    site.on_loop(lambda: site.device.import_script("/user add name=budi group=full"))
    site.on_loop(lambda: site.device.execute(command, user="budi", source="10.0.0.9"))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_log_tells_who_changed_which_menu(tmp_path: Path, version) -> None:
    for site in bench(tmp_path, version=version):
        someone_types(site, MASQUERADE)
        event = site.driver().events()[0]
        assert (event.user, event.action, event.path) == ("budi", "added", "/ip firewall nat")
        assert event.time


def test_a_file_tells_when_it_was_written(site) -> None:
    site.on_loop(lambda: site.device.files.write("left.rsc", b"# by someone"))
    events = [each for each in site.driver().events() if each.path == "/file"]
    assert [(each.item, each.who) for each in events] == [("left.rsc", "")]
    assert events[0].time
