"""A device in service, read over real SSH, and its account; nothing on it is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sekayu_net import known_hosts
from sekayu_net.cli.main import main
from sekayu_net.project import Project
from sekayu_net.rendering import required_secrets
from tests.integration.test_bootstrap import HOSTS, SERIAL, Site, out_of_its_box


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A device after its first boot, on which somebody made something."""
    with out_of_its_box(tmp_path, HOSTS[0]) as made:
        made.push()
        project = Project.load(made.project.root)
        project.secrets().generate(required_secrets(project.district(), project.templates))
        made.on_loop(
            lambda: made.lab.import_script(
                '/ip pool add name=printers comment="the camat asked for it" '
                "ranges=10.9.9.10-10.9.9.20\n"
                "/system script add name=night source=rest\n"
            )
        )
        plain = Project.target

        def target(self: Project, device: Any) -> Any:
            found = plain(self, device)
            return replace(found, address=made.factory.address, port=made.factory.port)

        monkeypatch.setattr(Project, "target", target)
        yield made


def adopt(site: Site, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(site.project.root), "adopt", *words, "--json", "--yes"])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


def test_every_item_that_a_first_plan_would_remove_is_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    before = site.on_loop(lambda: site.lab.execute("/export", user="sekayu"))
    code, document = adopt(site, capsys, HOSTS[0])
    assert code == 3
    account = document["hosts"][HOSTS[0]]
    removed = {item["path"]: item for item in account["items"] if item["fate"] == "removed"}
    assert "the camat asked for it" in json.dumps(account)
    assert "dhcp.j2" in removed["/ip pool"]["advice"]
    assert "/system script" in {
        item["path"] for item in account["items"] if item["fate"] == "left alone"
    }
    assert account["who"]["serial"] == SERIAL
    after = site.on_loop(lambda: site.lab.execute("/export", user="sekayu"))
    assert after.splitlines()[1:] == before.splitlines()[1:]


def test_a_person_is_told_by_menu_and_item_by_item_when_asked(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {}
    for words in ((), ("--full",)):
        with pytest.raises(SystemExit):
            main(["--project", str(site.project.root), "adopt", HOSTS[0], "--yes", *words])
        told[words] = capsys.readouterr().out
    for shown in told.values():
        assert any(line.split()[:2] == ["/ip", "pool"] for line in shown.splitlines())
    assert "--full" in told[()]
    assert "to keep it" not in told[()].replace("how to keep it", "")
    assert "to keep it: say it in the inventory" in told["--full",]


def test_its_host_key_is_pinned_and_its_serial_number_kept(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.project.known_hosts.unlink()
    file = site.project.inventory / "offices.yaml"
    file.write_text(file.read_text().replace(SERIAL, "OTHER1234"))
    _, document = adopt(site, capsys, HOSTS[0])
    assert known_hosts.pinned(site.project.known_hosts, HOSTS[0])
    assert SERIAL in file.read_text()
    assert ["serial number", "OTHER1234", SERIAL] in document["hosts"][HOSTS[0]]["who"]["unlike"]


def test_an_export_in_a_folder_gives_the_same_account(
    site: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, live = adopt(site, capsys, HOSTS[0])
    folder = tmp_path / "exports"
    folder.mkdir()
    text = site.on_loop(lambda: site.lab.execute("/export show-sensitive", user="sekayu"))
    (folder / f"{HOSTS[0]}.rsc").write_text(text)
    _, offline = adopt(site, capsys, "--from", str(folder))
    assert offline["hosts"][HOSTS[0]]["items"] == live["hosts"][HOSTS[0]]["items"]


def test_a_file_that_is_no_export_is_named(
    site: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / f"{HOSTS[0]}.rsc").write_text("this is a letter\n")
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(site.project.root), "adopt", "--from", str(folder)])
    assert ended.value.code == 1
    assert f"{HOSTS[0]}.rsc:1" in capsys.readouterr().err
