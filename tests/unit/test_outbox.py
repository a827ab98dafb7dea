"""Messages over real SMTP and HTTP on this machine; what can't be sent waits and is tried again."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sekayu_net import outbox
from sekayu_net.errors import LockError, SecretError
from sekayu_net.journal import Journal
from sekayu_net.notify import Alert, Message, News
from tests.loop_thread import loop_thread

NOON = "2026-03-01T12:00:00+00:00"
NEXT_WEEK = "2026-03-09T12:00:00+00:00"
WEEK = 604800
PASSWORD = "hunter22"
HELLO = Message("Sekayu: 1 baru", "BARU\nKayu Ara:\n- a-rtr1 /ip dns: diubah <b>\nélan")
ALERT = Alert("a-rtr1", "m1", NOON, {"kind": "changed", "path": "/ip dns"}, NOON)


@dataclass
class Web:
    """An HTTP server that keeps what it was sent."""

    port: int
    status: int = 200
    bodies: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://user:{PASSWORD}@127.0.0.1:{self.port}/hook"


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if made.status == 200:
                made.bodies.append(json.loads(body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Web(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def mail() -> Iterator[tuple[list[bytes], str]]:
    """A mailbox, and the URL that reaches it."""
    from aiosmtpd.smtp import SMTP

    received: list[bytes] = []

    class Inbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            received.append(envelope.content)
            return "250 OK"

    with loop_thread() as loop:

        async def start() -> asyncio.Server:
            return await loop.create_server(
                lambda: SMTP(Inbox(), hostname="localhost", loop=loop), "127.0.0.1", 0
            )

        async def stop() -> None:
            server.close()
            await server.wait_closed()

        server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        port = server.sockets[0].getsockname()[1]
        yield (
            received,
            f"mailto://127.0.0.1:{port}?from=a@example.test&to=b@example.test&mode=insecure",
        )
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)


@pytest.fixture
def journal(journal_place) -> Iterator[Journal]:
    with Journal.open(journal_place) as opened:
        yield opened


def queue(journal: Journal, *targets: str, now: str = NOON) -> None:
    outbox.keep(journal, News((ALERT,), (), (ALERT,)), dict.fromkeys(targets, HELLO), now=now)


def deliver(journal: Journal, urls: dict[str, str], now: str = NOON) -> outbox.Delivery:
    send = outbox.apprise_sender(lambda name: urls[name])
    return outbox.deliver(journal, send, keep_for=WEEK, now=now)


def test_a_webhook_gets_title_and_body(journal, web) -> None:
    queue(journal, "notify/hook")
    assert deliver(journal, {"notify/hook": web.url}) == outbox.Delivery(sent=1)
    (body,) = web.bodies
    assert (body["title"], "- a-rtr1 /ip dns: diubah <b>" in body["message"]) == (HELLO.title, True)


def test_a_mailbox_gets_title_and_body(journal, mail) -> None:
    import email
    from email.header import decode_header, make_header

    inbox, url = mail
    queue(journal, "notify/mail")
    assert deliver(journal, {"notify/mail": url}) == outbox.Delivery(sent=1)
    received = email.message_from_bytes(inbox[0])
    assert str(make_header(decode_header(received["Subject"]))) == HELLO.title
    parts = [p.get_payload(decode=True) for p in received.walk() if not p.is_multipart()]
    assert any("élan".encode() in part for part in parts if isinstance(part, bytes))


def test_a_message_that_is_not_accepted_waits_and_goes_out_once_later(journal, web) -> None:
    queue(journal, "notify/hook")
    web.status = 503
    first = deliver(journal, {"notify/hook": web.url})
    assert (first.sent, first.waiting) == (0, 1)
    web.status = 200
    assert deliver(journal, {"notify/hook": web.url}).sent == 1
    assert deliver(journal, {"notify/hook": web.url}) == outbox.Delivery()
    assert len(web.bodies) == 1


def test_one_dead_messenger_does_not_hold_up_another(journal, web) -> None:
    queue(journal, "notify/dead", "notify/hook")
    urls = {"notify/dead": "json://127.0.0.1:9/", "notify/hook": web.url}
    done = deliver(journal, urls)
    assert (done.sent, done.waiting, len(done.problems)) == (1, 1, 1)
    assert [queued.target for queued in outbox.waiting(journal)] == ["notify/dead"]


def test_a_dead_messenger_is_tried_once_a_run(journal) -> None:
    queue(journal, "notify/dead")
    queue(journal, "notify/dead")
    tried = []

    def send(target: str, message: Message) -> None:
        tried.append(target)
        raise outbox.NotSentError("no")

    assert outbox.deliver(journal, send, keep_for=WEEK, now=NOON).waiting == 2
    assert tried == ["notify/dead"]


def test_what_could_not_be_sent_for_too_long_is_given_up(journal, web) -> None:
    queue(journal, "notify/hook")
    web.status = 503
    done = deliver(journal, {"notify/hook": web.url}, NEXT_WEEK)
    assert (done.dropped, done.waiting) == (1, 0)


@pytest.mark.parametrize(
    "url", ["nonsense", f"https://u:{PASSWORD}@example.test", f"json://u:{PASSWORD}@127.0.0.1:9"]
)
def test_a_url_that_does_not_work_is_told_without_itself(journal, caplog, capsys, url) -> None:
    queue(journal, "notify/hook")
    done = deliver(journal, {"notify/hook": url})
    shown = capsys.readouterr()
    told = " ".join(done.problems) + caplog.text + shown.out + shown.err
    assert done.waiting == 1
    assert "notify/hook" in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    "error", [SecretError("no such secret", hint="set it"), OSError(PASSWORD), ValueError(PASSWORD)]
)
def test_whatever_goes_wrong_the_message_waits(journal, error) -> None:
    queue(journal, "notify/hook")

    def send(target: str, message: Message) -> None:
        raise error

    done = outbox.deliver(journal, send, keep_for=WEEK, now=NOON)
    assert done.waiting == 1
    assert PASSWORD not in " ".join(done.problems)


def test_alerts_are_kept_as_they_were(journal) -> None:
    queue(journal)
    assert outbox.alerts_of(journal) == (ALERT,)


def test_the_journal_holds_no_url(web, tmp_path) -> None:
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        queue(journal, "notify/hook")
        web.status = 503
        deliver(journal, {"notify/hook": web.url})
    assert PASSWORD.encode() not in (tmp_path / "journal.sqlite").read_bytes()


def test_a_second_sender_waits_for_the_first(tmp_path) -> None:
    lock = tmp_path / "notify.lock"
    first = outbox.alone(lock)
    first.__enter__()
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            first.__exit__(None, None, None)

    with outbox.alone(lock, wait=wait):
        assert len(waited) == 3


def test_a_sender_that_waited_too_long_says_so(tmp_path) -> None:
    lock, waited = tmp_path / "notify.lock", []
    with (
        outbox.alone(lock),
        pytest.raises(LockError, match="someone else"),
        outbox.alone(lock, patience=2, wait=waited.append),
    ):
        pass
    assert sum(waited) == 2
