"""What the pages say, over the records; and the stream of events."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the dashboard's packages are not installed")
pytest.importorskip("uvicorn", reason="the dashboard's packages are not installed")

from sekayu_net import journal_database
from sekayu_net.dashboard import sources as known
from sekayu_net.languages import speak
from tests.unit.dashboard.conftest import EVIL, HOST, Site


def test_the_overview_shows_every_office_the_running_deployment_and_drift(site: Site) -> None:
    text = site.ask("/").text
    for office in site.sources.district.offices.values():
        assert f'href="/office/{office.slug}"' in text
    assert 'desa-sukarami-rtr1</span> <span class="state">armed' in text
    assert "phase-2" in text
    assert f'href="/office/{HOST[:-5]}#{HOST}"' in text


def test_pages_are_told_in_the_language_of_the_server(site: Site) -> None:
    try:
        speak("id")
        pages = {path: site.ask(path).text for path in ("/", f"/office/{HOST[:-5]}", "/runs")}
    finally:
        speak("en")
    assert all('<html lang="id">' in text for text in pages.values())
    assert "Sedang berjalan" in pages["/"]
    assert '<span class="state">undo siap</span>' in pages["/"]
    assert "nomor seri" in pages[f"/office/{HOST[:-5]}"]


@pytest.mark.parametrize("page", ["/", "/office", "/run", "/history"])
def test_what_devices_say_is_text(site: Site, page: str) -> None:
    versions = site.sources.archive.versions(HOST)
    path = {
        "/": "/",
        "/office": f"/office/{HOST[:-5]}",
        "/run": f"/runs/{site.ids['going']}",
        "/history": f"/history/{HOST}/{versions[1].revision}/{versions[0].revision}",
    }[page]
    text = site.ask(path).text
    assert EVIL not in text
    assert "&lt;img" in text


def test_an_office_shows_its_devices_and_what_was_found(site: Site) -> None:
    text = site.ask(f"/office/{HOST[:-5]}").text
    office = site.sources.district.offices[HOST[:-5]]
    for device in office.devices:
        assert device.name in text
        assert device.serial in text
    assert "10.0.0.1" in text
    assert f'href="/history/{HOST}"' in text


def test_a_run_shows_its_waves_and_events(site: Site) -> None:
    text = site.ask(f"/runs/{site.ids['going']}").text
    assert "desa-lumpatan-rtr1" in text
    assert "siti" in text
    assert "armed" in text


def test_history_leads_to_what_changed(site: Site) -> None:
    new, old = (version.revision for version in site.sources.archive.versions(HOST))
    path = f"/history/{HOST}/{old}/{new}"
    assert f'href="{path}"' in site.ask(f"/history/{HOST}").text
    assert '<span class="minus">-/ip dns set servers=10.0.0.1' in site.ask(path).text


def test_a_version_of_another_device_is_not_this_ones(site: Site) -> None:
    other = site.sources.archive.versions("camat-sekayu-rtr1")[0].revision
    assert site.ask(f"/history/{HOST}/{other}").status == 404


def test_what_is_not_there_is_said_with_a_way_back(site: Site) -> None:
    answer = site.ask("/office/nowhere")
    assert answer.status == 404
    assert "knows no such office" in answer.text
    assert 'href="/"' in answer.text


def test_a_journal_that_is_locked_is_said_and_not_a_traceback(site: Site, monkeypatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(journal_database.sqlite3, "connect", refuse)
    answer = site.ask("/")
    assert answer.status == 503
    assert "database is locked" in answer.text
    assert "Traceback" not in answer.text


def test_the_pages_can_not_write(site: Site) -> None:
    with site.sources.journal() as journal, pytest.raises(Exception, match="readonly"):
        journal.begin("deploy", operator="nobody")


def test_a_journal_of_another_form_is_refused_with_what_to_do(site: Site, monkeypatch) -> None:
    monkeypatch.setattr(journal_database, "MIGRATIONS", (*journal_database.MIGRATIONS, ""))
    answer = site.ask("/")
    assert answer.status == 503
    assert "sekayu-net status" in answer.text


def messages(site: Site, **headers: str) -> Iterator[dict[str, str]]:
    """What the stream sends, message by message; closes it at the end."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", "/events", headers={"cookie": site.cookie, **given})
        answer = connection.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")
        message: dict[str, str] = {}
        while line := answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                message[name] = value
            elif message:
                yield message
                message = {}
    finally:
        connection.close()


def test_the_stream_tells_each_event_of_the_journal_once(site: Site) -> None:
    stream = messages(site)
    assert next(stream)["retry"] == "2000"
    assert next(stream)["event"] == "ready"
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "applied")
    told = next(stream)
    assert told["event"] == "change"
    steps = json.loads(told["data"])
    assert [(s["host"], s["state"]) for s in steps] == [("desa-sukarami-rtr1", "applied")]
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "verified")
    assert [s["state"] for s in json.loads(next(stream)["data"])] == ["verified"]
    stream.close()


def test_a_stream_that_was_cut_goes_on_where_it_was(site: Site) -> None:
    with site.sources.journal() as journal:
        before = known.mark(journal)[0]
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "applied")
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "verified")
    stream = messages(site, last_event_id=str(before))
    next(stream)
    assert [s["state"] for s in json.loads(next(stream)["data"])] == ["applied", "verified"]
    stream.close()


def test_an_audit_is_told_though_it_is_no_event(site: Site) -> None:
    stream = messages(site)
    next(stream), next(stream)
    run = site.journal.begin("audit", operator="budi")
    assert next(stream)["event"] == "change"
    site.journal.end(run, "ok")
    assert next(stream)["event"] == "change"
    stream.close()


@pytest.mark.parametrize("last", ["-1", "x", "9" * 30, "١"])
def test_a_stream_asked_for_from_nowhere_begins_now(site: Site, last: str) -> None:
    stream = messages(site, last_event_id=last.encode().decode("latin-1"))
    next(stream)
    assert next(stream)["event"] == "ready"
    stream.close()


def test_streams_are_bounded_and_a_closed_one_makes_room(site: Site, monkeypatch) -> None:
    from sekayu_net.dashboard import app

    def refused() -> bool:
        stream = messages(site)
        try:
            next(stream)
        except AssertionError:  # an answer that is no stream
            return True
        finally:
            stream.close()
        return False

    deadline = time.monotonic() + 20
    monkeypatch.setattr(app, "STREAMS", 1)
    held = messages(site)
    while True:
        try:
            next(held)
            break
        except AssertionError:
            assert time.monotonic() < deadline, "a closed stream keeps its place"
            time.sleep(0.1)
            held = messages(site)
    assert refused()
    held.close()
    while refused():
        assert time.monotonic() < deadline, "a closed stream keeps its place"
        time.sleep(0.1)


def test_asking_for_the_head_of_the_stream_holds_nothing(site: Site) -> None:
    assert site.ask("/events", method="HEAD").status == 200
