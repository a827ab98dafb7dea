"""``inventory`` and ``init`` from the command line to the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from nornir.plugins.inventory.simple import SimpleInventory

from sekayu_net.cli.main import main
from sekayu_net.errors import UnreachableError
from sekayu_net.platforms import transport
from sekayu_net.platforms.transport import HostKey

ROOT = Path(__file__).parents[3]
KEYS = {name: HostKey(f"ssh-ed25519 AAAA{name}", f"SHA256:{name}") for name in ("first", "other")}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "district"
    folder.mkdir()
    shutil.copytree(ROOT / "tests" / "cases" / "inventory" / "base", folder / "inventory")
    shutil.copy(ROOT / "sekayu.toml", folder)
    monkeypatch.chdir(folder)
    for name in ("SEKAYU_PROJECT", "SEKAYU_LAB"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def edit(root: Path, old: str, new: str) -> None:
    file = root / "inventory" / "offices.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_check_counts_what_is_there(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inventory", "check") == 0
    assert "5 offices, 7 devices, no fault" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rules", "said"),
    [("rules: [{name: x}]\n", "rules.yaml:1"), ("rules: [\n", "rules.yaml:2")],
    ids=["a fault", "no YAML"],
)
def test_check_reads_the_rules_too(root: Path, rules: str, said: str, capsys) -> None:
    (root / "inventory" / "rules.yaml").write_text(rules)
    assert run("inventory", "check") == 1
    assert said in capsys.readouterr().out


def test_check_lists_every_fault_with_file_line_and_what_next(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(root, "EXAMPLE0006", "EXAMPLE0003")
    edit(root, '"16.99.01.2003"', '"16.99.01.2009"')
    assert run("inventory", "check") == 1
    shown = capsys.readouterr()
    assert "inventory/offices.yaml:37: serial number EXAMPLE0003" in shown.out
    assert "inventory/offices.yaml:38: desa-empat has no addresses" in shown.out
    assert "sekayu-net inventory allocate" in shown.out
    assert "2 faults" in shown.err


def test_show_fits_eighty_columns(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inventory", "show") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("lurah-satu-ap1" in line and "10.64.7.203" in line for line in lines)


def test_show_json_is_one_document_with_a_hosts_facts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inventory", "show", "--office", "Tiga Jauh", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document["hosts"]) == ["desa-tiga-jauh-rtr1"]
    assert document["hosts"]["desa-tiga-jauh-rtr1"]["path"] == [
        "camat-contoh-rtr1",
        "desa-dua-rtr1",
    ]


def test_a_filter_that_finds_nothing_is_wrong_usage(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inventory", "show", "--host", "desa-dua-rtr9") == 2
    assert "desa-dua-rtr1" in capsys.readouterr().err


def test_allocate_gives_a_new_office_addresses_and_then_check_is_content(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = root / "inventory" / "addresses.lock.yaml"
    before = lock.read_text()
    edit(root, '"16.99.01.2003"', '"16.99.01.2009"')
    assert run("inventory", "allocate") == 0
    assert "16.99.01.2009: 10.64.20.0/22" in capsys.readouterr().out
    assert before.removesuffix("\n") in lock.read_text()
    assert run("inventory", "check") == 0


def test_allocate_again_writes_nothing(root: Path) -> None:
    lock = root / "inventory" / "addresses.lock.yaml"
    before = lock.stat().st_mtime_ns
    assert run("inventory", "allocate") == 0
    assert lock.stat().st_mtime_ns == before


def test_releasing_an_office_that_is_there_is_wrong_usage(root: Path) -> None:
    assert run("inventory", "allocate", "--release", "16.99.01.2003") == 2


def test_what_export_writes_is_a_simple_inventory_that_plain_nornir_loads(
    root: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plain"
    assert run("inventory", "export", "--out", str(out)) == 0
    inventory = SimpleInventory(
        str(out / "hosts.yaml"), str(out / "groups.yaml"), str(out / "defaults.yaml")
    ).load()
    host = inventory.hosts["lurah-satu-rtr1"]
    assert (host.hostname, host.platform, host["serial"]) == (
        "10.62.0.2",
        "routeros",
        "EXAMPLE0003",
    )
    assert host.has_parent_group("lurah")
    assert len(inventory.hosts) == 7


class Keys:
    """What each device would show; None for one that does not answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: dict[str, HostKey | None] = {}
        monkeypatch.setattr(transport, "fetch_host_key", self.fetch)

    def fetch(
        self,
        address: str,
        port: int,
        timeout: float,
        *,
        legacy_algorithms: bool,
        host: str,
        jump: object,
    ) -> HostKey:
        key = self.shown.get(host, KEYS["first"])
        if key is None:
            raise UnreachableError("no answer", host=host, stage="trust")
        return key


@pytest.fixture
def keys(root: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    return Keys(monkeypatch)


def pinned(root: Path) -> list[str]:
    file = root / ".sekayu" / "known_hosts"
    return file.read_text().splitlines() if file.exists() else []


def test_trust_pins_a_key_under_the_inventory_name(root: Path, keys: Keys) -> None:
    assert run("inventory", "trust", "--host", "desa-dua-rtr1", "--yes") == 0
    assert pinned(root) == ["desa-dua-rtr1 ssh-ed25519 AAAAfirst"]


def test_trust_without_a_terminal_and_without_yes_pins_nothing(
    root: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inventory", "trust", "--host", "desa-dua-rtr1") == 2
    assert pinned(root) == []
    assert "--yes" in capsys.readouterr().err


def test_trust_never_takes_another_key_than_the_pinned_one_unasked(
    root: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    run("inventory", "trust", "--yes")
    before = pinned(root)
    keys.shown["desa-dua-rtr1"] = KEYS["other"]
    assert run("inventory", "trust", "--yes") == 1
    assert pinned(root) == before
    shown = capsys.readouterr()
    assert "--replace" in shown.err
    assert shown.out.count("pinned already") == 6


def test_trust_replaces_only_when_told_to(root: Path, keys: Keys) -> None:
    run("inventory", "trust", "--yes")
    keys.shown["desa-dua-rtr1"] = KEYS["other"]
    assert run("inventory", "trust", "--host", "desa-dua-rtr1", "--yes", "--replace") == 0
    lines = pinned(root)
    assert "desa-dua-rtr1 ssh-ed25519 AAAAother" in lines
    assert len(lines) == 7


def test_a_silent_device_does_not_keep_the_others_from_being_pinned(root: Path, keys: Keys) -> None:
    keys.shown["camat-contoh-rtr1"] = None
    assert run("inventory", "trust", "--yes") == 4
    assert len(pinned(root)) == 6


def test_init_makes_a_project_that_passes_its_own_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEKAYU_PROJECT", raising=False)
    assert run("init", "new") == 0
    assert run("--project", "new", "inventory", "check") == 0


def test_init_leaves_a_folder_that_is_not_empty_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    assert run("init", str(tmp_path)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_init_makes_another_kecamatan_from_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offices = tmp_path / "offices.csv"
    offices.write_text(
        "code,kind,name,kecamatan_code,kecamatan\n"
        "16.06.09,camat,Keluang,16.06.09,Keluang\n"
        "16.06.09.2001,desa,Karang Agung,16.06.09,Keluang\n"
    )
    new = tmp_path / "keluang"
    assert run("init", str(new), "--from-csv", str(offices), "--kecamatan", "16.06.09") == 0
    assert run("--project", str(new), "inventory", "check") == 0
    assert "Keluang: 2 offices, 4 devices, no fault found" in capsys.readouterr().out
    assert 'name = "Kecamatan Keluang"' in (new / "sekayu.toml").read_text()


def test_init_of_a_kecamatan_without_a_list_is_wrong_usage(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "keluang"), "--kecamatan", "16.06.09") == 2
    assert not (tmp_path / "keluang").exists()


def test_the_drawing_goes_to_a_file_or_to_stdout(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inventory", "show", "--graph", "district.svg") == 0
    capsys.readouterr()
    assert run("inventory", "show", "--graph") == 0
    drawn = capsys.readouterr().out
    assert drawn == (root / "district.svg").read_text()
    assert drawn.startswith("<svg ")


def test_the_drawing_of_some_offices_shows_their_way_to_the_hub(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inventory", "show", "--graph", "--kind", "desa") == 0
    drawn = capsys.readouterr().out
    assert "camat" in drawn
    assert "lurah" not in drawn


@pytest.mark.parametrize("words", [("x.svg",), ("--graph", "--json")])
def test_a_drawing_asked_for_wrongly_is_wrong_usage(root: Path, words: tuple[str, ...]) -> None:
    assert run("inventory", "show", *words) == 2
