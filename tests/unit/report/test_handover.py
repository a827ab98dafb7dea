"""The hand-over report: what is in it, what never is, and that it can be printed."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekayu_net.cli.main import main
from sekayu_net.errors import ProjectError
from sekayu_net.inventory.district import Make
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal import Journal
from sekayu_net.languages import speaking
from sekayu_net.replacing import Unit, record
from sekayu_net.report.handover import date_of, pdf, use_of, zone_of
from sekayu_net.report.handover_words import WORDS, words

ROOT = Path(__file__).parents[3]
ROUTER, POINT = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"
EVIL = "<script>alert(1)</script>"
TOKEN = "<secret:0123456789abcdef>"
TEXTS = {
    ROUTER: "/ip address\n"
    'add address=10.60.0.2/30 comment="uplink: fiber to camat-sekayu-rtr1" interface=uplink\n'
    f'add address=10.9.9.1/24 comment="{EVIL}" interface=ether9\n',
    POINT: "/interface wifi\nset [ find default-name=wifi1 ]"
    f' configuration.ssid="Kelurahan Kayu Ara" disabled=no security.passphrase={TOKEN}\n',
}


@dataclass
class Desk:
    """A project with a journal, and someone who writes reports."""

    root: Path
    journal: Journal

    def deploy(self, host: str, *, end: str = "confirmed", reason: str | None = None) -> str:
        run = self.journal.begin(
            "deploy", operator="budi", playbook="phase-1", checks=("hub", "dns", "dhcp max=95")
        )
        self.journal.enter(run, host, wave="canary")
        self.journal.made(run, host, Make("routeros", "7.99.9", "MODEL-AS-FOUND"))
        if end == "confirmed":
            text = TEXTS[host]
            self.journal.remember(run, host, fingerprint="f", config=text, intended=text)
        self.journal.state(run, host, end, reason=reason)  # type: ignore[arg-type]
        self.journal.end(run, f"1 {end}")
        return run

    def write(self, *words: str, name: str = "out.html", code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--project", str(self.root), "handover", *words, "--out", str(self.root / name)])
        assert (ended.value.code or 0) == code
        file = self.root / name
        return file.read_text() if file.exists() and name.endswith(".html") else ""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("SEKAYU_PROJECT", "SEKAYU_LAB"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("inventory", "playbooks", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "sekayu.toml", tmp_path)
    with Journal.open(tmp_path / ".sekayu" / "journal.sqlite") as journal:
        yield Desk(tmp_path, journal)


def test_a_finished_office_is_described_from_the_journal(desk: Desk) -> None:
    run = desk.deploy(ROUTER)
    desk.deploy(POINT)
    text = desk.write()
    for said in (
        *("Berita Acara Serah Terima", "Kantor Lurah Kayu Ara", "16.06.01.1009", "PIHAK KEDUA"),
        *(ROUTER, POINT, "MODEL-AS-FOUND", "7.99.9", "10.60.0.2/30", "Kelurahan Kayu Ara", run),
        *("Uplink ke camat-sekayu-rtr1", "Router pusat kecamatan", "budi", "NIP", "Lurah Kayu Ara"),
    ):
        assert said in text, said


def test_no_secret_and_nothing_of_a_secret_is_in_it(desk: Desk) -> None:
    desk.deploy(POINT)
    text = desk.write()
    assert "0123456789abcdef" not in text
    assert "Kata sandi tidak dicantumkan" in text


def test_what_a_device_says_is_text(desk: Desk) -> None:
    desk.deploy(ROUTER)
    assert EVIL not in desk.write()


def test_offices_without_a_finished_device_are_not_in_it(desk: Desk) -> None:
    desk.deploy(ROUTER)
    text = desk.write()
    assert 'id="lurah-kayu-ara"' in text
    assert text.count('id="') == 1


@pytest.mark.parametrize("end", ["reverted", "failed", "unknown"])
def test_a_device_that_is_not_finished_is_named_as_such(desk: Desk, end: str, capsys) -> None:
    desk.deploy(ROUTER)
    desk.deploy(POINT)
    desk.deploy(POINT, end=end)
    text = desk.write()
    assert POINT in text[text.index("Belum selesai") :]
    assert POINT not in text[text.index("Perangkat terpasang") : text.index("Belum selesai")]
    assert POINT in capsys.readouterr().err


def test_a_check_that_did_not_pass_is_not_called_passed(desk: Desk) -> None:
    desk.deploy(ROUTER, reason="not passed yet, as before the change: dhcp, dns")
    text = desk.write()
    row = text[text.index("Nama domain dapat diterjemahkan") :]
    assert row[: row.index("</tr>")].count("Lulus") == 0
    assert ROUTER in row[: row.index("</tr>")]
    row = text[text.index("Router pusat kecamatan") :]
    assert "Lulus" in row[: row.index("</tr>")]


def test_a_run_that_found_nothing_to_do_proves_no_check(desk: Desk) -> None:
    desk.deploy(ROUTER, reason="not passed yet, as before the change: dns")
    run = desk.journal.begin("deploy", operator="siti", checks=("clock",))
    desk.journal.enter(run, ROUTER, wave="w")
    desk.journal.state(run, ROUTER, "unchanged")
    text = desk.write()
    assert "Jam perangkat" not in text
    assert "belum dibuktikan" in text


def test_the_last_audit_is_told(desk: Desk) -> None:
    desk.deploy(ROUTER)
    assert "belum diaudit" in desk.write()
    run = desk.journal.begin("audit", operator="budi")
    desk.journal.audited(run, ROUTER, "drift", [])
    assert "ada perubahan di luar rencana" in desk.write()


def test_nothing_finished_is_an_error_with_what_to_do(desk: Desk, capsys) -> None:
    desk.write(code=1)
    assert "sekayu-net status" in capsys.readouterr().err
    assert not (desk.root / "out.html").exists()


def test_the_file_is_its_owners(desk: Desk) -> None:
    desk.deploy(ROUTER)
    desk.write()
    assert stat.S_IMODE((desk.root / "out.html").stat().st_mode) == 0o600


def test_another_ending_is_wrong_usage(desk: Desk) -> None:
    desk.write(name="out.docx", code=2)


def test_english_has_no_word_of_indonesian(desk: Desk) -> None:
    desk.deploy(ROUTER)
    text = desk.write("--language", "en")
    assert "Record of Hand-over" in text
    assert not {"Serah", "PIHAK", "Perangkat", "Pemeriksaan"} & set(text.split())


def test_a_filter_chooses_the_offices(desk: Desk) -> None:
    desk.deploy(ROUTER)
    desk.write("--office", "Soak Baru", code=1)
    assert 'id="lurah-kayu-ara"' in desk.write("phase-1", "--office", "Kayu Ara")


def test_every_built_in_check_has_a_name() -> None:
    from sekayu_net.rollout.checks import CHECKS

    assert {f"check {name}" for name in CHECKS} <= WORDS.keys()


def test_dates_are_those_of_the_district() -> None:
    zone = zone_of(load_district(ROOT / "inventory").services.timezone)
    assert date_of("2026-11-24T20:00:00+00:00", zone, "id") == "25 November 2026"
    assert date_of("2026-05-01T00:00:00+00:00", zone_of("No/Where"), "id") == "1 Mei 2026"


@pytest.mark.parametrize(
    ("comment", "use"),
    [
        ("staff: office staff", "Jaringan pegawai"),
        ("downlink: radio to desa-x-rtr1", "Downlink ke desa-x-rtr1"),
        ("put here by hand", "put here by hand"),
        ("", ""),
    ],
)
def test_purposes_are_told_in_the_documents_language(comment: str, use: str) -> None:
    with speaking("id"):
        assert use_of(comment, words()) == use


def test_the_pdf_is_a_pdf_of_the_same_document(desk: Desk) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint or Pango is not installed")
    desk.deploy(ROUTER)
    desk.write(name="out.pdf")
    assert (desk.root / "out.pdf").read_bytes().startswith(b"%PDF-")


def test_without_the_library_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ProjectError, match="WeasyPrint") as wrong:
        pdf("<p>x</p>")
    assert "FILE.html" in str(wrong.value.hint)


def test_an_exchanged_device_is_left_out_until_deployed_and_the_exchange_is_told(
    desk: Desk, capsys
) -> None:
    desk.deploy(ROUTER)
    desk.deploy(POINT)
    old = Unit("HEX00000001", "L009UiGS", "7.16.2")
    device = load_district(ROOT / "inventory").devices[ROUTER]
    record(desk.journal, device, old, Unit("HEX00000002", "RB760iGS", "7.20.4"), "siti")
    assert ROUTER not in desk.write("--language", "en").partition("<h2>4.")[0]
    assert f"not finished: {ROUTER}" in " ".join(capsys.readouterr().err.split())
    desk.deploy(ROUTER)
    text = desk.write("--language", "en")
    for said in ("Exchanged devices", "L009UiGS HEX00000001", "RB760iGS HEX00000002", "siti"):
        assert said in text
