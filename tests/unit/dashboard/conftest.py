"""A dashboard over a journal and an archive made up for it, served on loopback."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sekayu_net.archive import Archive, Origin
from sekayu_net.dashboard.sources import Sources
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal import Journal

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-of-forty-three-letters-for-the-tests"
HOST = "lurah-kayu-ara-rtr1"
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Site:
    """A running dashboard and what it reads."""

    port: int
    journal: Journal
    sources: Sources
    cookie: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, *, method: str = "GET", known: bool = True, **headers: str) -> Answer:
        """Ask for exactly this path: nothing is normalised on the way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            if known and self.cookie:
                given.setdefault("cookie", self.cookie)
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)
        finally:
            connection.close()


def fill(journal: Journal, archive: Archive) -> dict[str, str]:
    """A deployment that ended, one that goes on, an audit; two versions of a device."""
    done = journal.begin("deploy", operator="budi", playbook="phase-1")
    for host in (HOST, "lurah-kayu-ara-ap1"):
        journal.enter(done, host, wave="canary", script="/ip dns set servers=<secret:aa>")
        journal.state(done, host, "confirmed", seconds=3)
        journal.remember(done, host, fingerprint="f", config="/ip dns\n", intended="/ip dns\n")
    journal.end(done, "2 confirmed")
    audit = journal.begin("audit", operator="budi")
    found = {"kind": "changed", "path": "/ip dns", "item": "servers", "cause": "drift"}
    journal.audited(audit, HOST, "drift", [{**found, "expected": "10.0.0.1", "actual": EVIL}])
    journal.audited(audit, "lurah-kayu-ara-ap1", "clean", [])
    journal.end(audit, "drift")
    going = journal.begin("deploy", operator="siti", playbook="phase-2")
    journal.enter(going, "desa-sukarami-rtr1", wave="canary")
    journal.state(going, "desa-sukarami-rtr1", "armed", reason=EVIL)
    journal.enter(going, "desa-lumpatan-rtr1", wave="rest")
    origin = Origin(done, "deploy", "budi")
    for text in ("/ip dns set servers=10.0.0.1\n", f"/ip dns set servers={EVIL}\n"):
        archive.store({HOST: text}, "read by audit", origin=origin)
    archive.store({"camat-sekayu-rtr1": "/system identity set name=x\n"}, "read", origin=origin)
    return {"done": done, "audit": audit, "going": going}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    import uvicorn

    from sekayu_net.dashboard.app import application
    from sekayu_net.dashboard.serving import listening

    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "secret.txt").write_text("never served")
    archive = Archive(folder / "archive")
    with Journal.open(folder / "journal.sqlite") as journal:
        ids = fill(journal, archive)
        district = load_district(ROOT / "inventory")
        sources = Sources("Kecamatan Sekayu", True, district, journal.place, archive)
        opened = listening("127.0.0.1", 0)
        app = application(sources, token=TOKEN, stopping=lambda: server.should_exit)
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        made = Site(opened.getsockname()[1], journal, sources, ids=ids)
        welcome = made.ask(f"/?token={TOKEN}")
        made.cookie = welcome.headers["set-cookie"].split(";")[0]
        yield made
        server.should_exit = True
        thread.join(15)
        assert not thread.is_alive(), "an open stream holds the server"
        opened.close()
