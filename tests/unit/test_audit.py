"""Drift is not pending: every finding has its cause."""

from __future__ import annotations

import pytest

from sekayu_net.audit import audit_host, summary
from sekayu_net.journal import Confirmed
from sekayu_net.plan import Running, fingerprint
from sekayu_net.platforms.base import Change, DiffContext, Difference, Event, Reading


class Lines:
    """Lines are items; ``#…`` is unmanaged, ``?…`` a menu that could not be read."""

    def canonical(self, text: str) -> str:
        return text

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        now, then = set(running.split()), set(intended.split())
        aside = "?" if context.whole else "#?"
        plain = {line for line in now if line[0] not in aside}
        then = {line for line in then if line[0] not in aside}
        found = [Difference("missing", path(x), x, x, None) for x in sorted(then - plain)]
        found += [Difference("extra", path(x), x, None, x) for x in sorted(plain - then)]
        found += [Difference("unmanaged", "/other", x, None, x) for x in now - plain if x[0] == "#"]
        found += [Difference("unreadable", x, None, None, None) for x in now if x[0] == "?"]
        return Change((), "", "", "", "", tuple(found), False)


def path(line: str) -> str:
    return "/other" if line[0] == "#" else "/lines"


def running(text: str, **said) -> Running:
    reading = Reading(text, "h", "S1", "M", "1.0", **said)
    return Running.of(reading, text, Lines())


def base(text: str, intended: str | None = None, beyond=None) -> Confirmed:
    """What was confirmed; of a text the unmanaged lines are not intended."""
    ours = " ".join(line for line in text.split() if line[0] not in "#?")
    said = fingerprint(text)
    return Confirmed("h", "run-1", "then", said, text, intended or ours, beyond)


def judged(now: Running, confirmed: Confirmed | None, intended: str, **known):
    return audit_host(
        "h",
        now,
        intended,
        confirmed=confirmed,
        platform=Lines(),
        context=DiffContext("1.0", object()),
        runs=("run-1",),
        **known,
    )


#: running, last confirmed, intended now → status, findings as (cause, kind, item)
CASES = {
    "as confirmed, as intended": ("a b", "a b", "a b", "clean", []),
    "never deployed, other": ("a", None, "a b", "pending", [("pending", "missing", "b")]),
    "never deployed, same": ("a b", None, "a b", "clean", []),
    "someone removed one": ("a", "a b", "a b", "drift", [("drift", "missing", "b")]),
    "someone added one": ("a b c", "a b", "a b", "drift", [("drift", "extra", "c")]),
    "templates want one more": ("a b", "a b", "a b c", "pending", [("pending", "missing", "c")]),
    "both": (
        "a",
        "a b",
        "a b c",
        "drift+pending",
        [("drift", "missing", "b"), ("pending", "missing", "c")],
    ),
    "someone did by hand what the templates want": (
        "a b c",
        "a b",
        "a b c",
        "drift",
        [("drift", "extra", "c")],
    ),
    "unmanaged alone": ("a b #x", "a b #x", "a b", "clean", [(None, "unmanaged", "#x")]),
    "unmanaged, never deployed": ("a #x", None, "a", "clean", [(None, "unmanaged", "#x")]),
    "someone added where nothing is ours": (
        "a b #x",
        "a b",
        "a b",
        "drift",
        [("drift", "extra", "#x")],
    ),
    "someone removed where nothing is ours": (
        "a b",
        "a b #x",
        "a b",
        "drift",
        [("drift", "missing", "#x")],
    ),
    "unmanaged is said once": (
        "a b #x",
        "a b #x",
        "a b c",
        "pending",
        [("pending", "missing", "c"), (None, "unmanaged", "#x")],
    ),
    "a menu could not be read": ("a b ?m", "a b", "a b", "error", [(None, "unreadable", None)]),
    "a menu could not be read when confirmed": ("a b", "a b ?m", "a b", "clean", []),
    "pending in what was drift before it was taken for good": (
        "a b",
        "a b",
        "a",
        "pending",
        [("pending", "extra", "b")],
    ),
}


@pytest.mark.parametrize(
    ("now", "confirmed", "intended", "status", "findings"), CASES.values(), ids=CASES
)
def test_each_finding_has_its_cause(now, confirmed, intended, status, findings) -> None:
    audit = judged(running(now), None if confirmed is None else base(confirmed), intended)
    assert audit.status == status
    assert [(f.cause, f.kind, f.item) for f in audit.findings] == findings


def test_what_another_laptop_confirmed_is_no_drift() -> None:
    now = running("a b c", confirmed={"run": "theirs", "fingerprint": fingerprint("a b c")})
    audit = judged(now, base("a b"), "a b")
    assert audit.status == "pending"
    assert audit.note == "confirmed from elsewhere by run theirs"


def test_what_was_changed_after_another_laptop_confirmed_is_drift() -> None:
    now = running("a b c", confirmed={"run": "theirs", "fingerprint": fingerprint("a b")})
    audit = judged(now, None, "a b")
    assert [(f.cause, f.item) for f in audit.findings] == [("drift", "c")]
    assert "theirs" in (audit.note or "")


def test_a_record_of_our_own_run_changes_nothing() -> None:
    now = running("a", confirmed={"run": "run-1", "fingerprint": fingerprint("a b")})
    assert judged(now, base("a b"), "a b").note is None


KEPT = {"/user": [{"name": "sekayu", "group": "full"}], "/file": []}
BEYOND = {
    "nothing new": (KEPT, []),
    "a new user": (
        {**KEPT, "/user": [*KEPT["/user"], {"name": "ops", "group": "full"}]},
        [("extra", "/user", "ops", None, "group=full name=ops")],
    ),
    "a user gone": ({**KEPT, "/user": []}, [
        ("missing", "/user", "sekayu", "group=full name=sekayu", None)
    ]),
    "another group": (
        {**KEPT, "/user": [{"name": "sekayu", "group": "read"}]},
        [("changed", "/user", "sekayu", "group=full", "group=read")],
    ),
    "a menu that was never read": ({**KEPT, "/new": [{"name": "x"}]}, []),
}  # fmt: skip


@pytest.mark.parametrize(("now", "findings"), BEYOND.values(), ids=BEYOND)
def test_what_no_export_shows_is_compared(now, findings) -> None:
    audit = judged(running("a", beyond=now), base("a", beyond=KEPT), "a")
    assert [(f.kind, f.path, f.item, f.expected, f.actual) for f in audit.findings] == findings
    assert {f.cause for f in audit.findings} <= {"drift"}


def test_a_second_key_like_the_first_is_found() -> None:
    key = {"user": "sekayu", "bits": "2048"}
    before, now = {"/keys": [key]}, {"/keys": [key, dict(key)]}
    audit = judged(running("a", beyond=now), base("a", beyond=before), "a")
    assert [(f.kind, f.item) for f in audit.findings] == [("extra", "bits=2048 user=sekayu")]


def test_a_menu_that_is_shown_no_more_leaves_the_device_unjudged() -> None:
    audit = judged(running("a", beyond={}), base("a", beyond={"/user": []}), "a")
    assert audit.status == "error"


def test_a_finding_says_who_and_when() -> None:
    events = (Event("10:00", "budi from 10.0.0.9 (winbox)", "budi", "added", "/lines"),)
    (found,) = judged(running("a b", events=events), base("a"), "a").findings
    assert (found.who, found.when) == ("budi from 10.0.0.9 (winbox)", "10:00")


def test_the_document_has_the_keys_that_scripts_rely_on() -> None:
    document = summary("run-1", {"h": judged(running("a"), base("a b"), "a b")})
    assert document["run_id"] == "run-1"
    assert document["hosts"]["h"]["status"] == "drift"
    (found,) = document["hosts"]["h"]["findings"]
    promised = {
        "kind": "missing",
        "path": "/lines",
        "item": "b",
        "expected": "b",
        "actual": None,
        "cause": "drift",
        "severity": "major",
    }
    assert promised.items() <= found.items()
