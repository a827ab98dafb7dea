"""A dead device makes way for another, which is met at its factory address."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net import known_hosts
from sekayu_net.cli.main import main
from sekayu_net.journal import Journal
from sekayu_net.project import Project
from sekayu_net.rendering import render, required_secrets
from tests.integration.test_bootstrap import HOSTS, ROOT, SERIAL, Site, out_of_its_box

HOST = HOSTS[0]
OLD_SERIAL = "HEX8CD1CEEE"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def replace(site: Site, *words: str) -> int:
    via = f"{site.factory.address}:{site.factory.port}"
    given = words or ("--via", via)
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(site.project.root), "replace", HOST, *given, "--yes"])
    return int(ended.value.code or 0)


def serial(site: Site) -> str:
    return Project.load(site.project.root).district().devices[HOST].serial


def test_the_new_device_takes_the_place_with_its_own_serial_and_key(tmp_path: Path) -> None:
    with out_of_its_box(tmp_path, HOST) as site:
        known_hosts.pin(site.project.known_hosts, HOST, OTHER_KEY)
        assert replace(site) == 0
        assert serial(site) == SERIAL
        assert known_hosts.pinned(site.project.known_hosts, HOST) not in (None, OTHER_KEY)
        driver = site.driver()
        driver.open()
        driver.check_identity()
        driver.close()


def test_secrets_and_addresses_stay_with_the_place(tmp_path: Path) -> None:
    with out_of_its_box(tmp_path, HOST) as site:
        project = site.project
        store = project.secrets()
        store.generate(required_secrets(project.district(), project.templates))

        def said() -> str:
            now = Project.load(project.root)
            district = now.district()
            return render(district, district.devices[HOST], now.secrets(), now.templates)

        before = said()
        assert replace(site) == 0
        assert said() == before


def test_a_device_of_another_model_is_taken_as_what_it_is(tmp_path: Path) -> None:
    ports = tuple(f"ether{number}" for number in range(1, 9))
    with out_of_its_box(tmp_path, HOST, model="L009UiGS", ports=ports) as site:
        assert replace(site) == 0
        device = Project.load(site.project.root).district().devices[HOST]
        assert device.model.name == "L009UiGS"


def test_a_device_that_the_inventory_can_not_take_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with out_of_its_box(tmp_path, HOST, model="hAP lite") as site:
        known_hosts.pin(site.project.known_hosts, HOST, OTHER_KEY)
        assert replace(site) == 1
        assert "models.yaml" in capsys.readouterr().err
        offices = "inventory/offices.yaml"
        assert (site.project.root / offices).read_text() == (ROOT / offices).read_text()
        assert known_hosts.pinned(site.project.known_hosts, HOST) == OTHER_KEY
        assert site.on_loop(lambda: site.lab.identity) == "MikroTik"


def test_the_exchange_is_in_the_journal(tmp_path: Path) -> None:
    with out_of_its_box(tmp_path, HOST) as site:
        assert replace(site) == 0
        with Journal.open(site.project.journal_path) as journal:
            (run,) = journal.runs("replace")
        assert run.result is not None
        assert OLD_SERIAL in run.result
        assert SERIAL in run.result


def test_accounts_of_the_old_device_vouch_for_none_of_the_new_one(tmp_path: Path) -> None:
    with out_of_its_box(tmp_path, HOST) as site:
        with Journal.open(site.project.journal_path) as journal:
            run = journal.begin("deploy", operator="siti")
            rows = {"/user": ({"name": "someone"},)}
            journal.remember(run, HOST, fingerprint="", config="", intended="", beyond=rows)
        assert replace(site) == 0
        with Journal.open(site.project.journal_path) as journal:
            assert journal.confirmed()[HOST].beyond is None


def test_without_a_connection_the_script_is_printed_for_the_new_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with out_of_its_box(tmp_path, HOST) as site:
        assert replace(site, "--serial", "HEX00000009") == 0
        assert serial(site) == "HEX00000009"
        said = capsys.readouterr().out
        assert f"/system identity\nset name={HOST}" in said or f"name={HOST}" in said
        assert "inventory trust" in said
