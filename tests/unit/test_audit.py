"""Drift is not pending: every finding has its cause."""

from __future__ import annotations

import pytest

from sekayu_net.audit import audit_host, summary
from sekayu_net.platforms.base import Change, DiffContext, Difference


class Lines:
    """Lines are items; ``#…`` is unmanaged, ``?…`` a menu that could not be read."""

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        now, then = set(running.split()), set(intended.split())
        plain = {line for line in now if line[0] not in "#?"}
        found = [Difference("missing", "/lines", x, x, None) for x in sorted(then - plain)]
        found += [Difference("extra", "/lines", x, None, x) for x in sorted(plain - then)]
        found += [Difference("unmanaged", "/other", x, None, x) for x in now if x[0] == "#"]
        found += [Difference("unreadable", x, None, None, None) for x in now if x[0] == "?"]
        return Change((), "", "", "", "", tuple(found), False)


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
    "unmanaged alone": ("a b #x", "a b", "a b", "clean", [(None, "unmanaged", "#x")]),
    "unmanaged is said once": (
        "a b #x",
        "a b",
        "a b c",
        "pending",
        [(None, "unmanaged", "#x"), ("pending", "missing", "c")],
    ),
    "a menu could not be read": ("a b ?m", "a b", "a b", "error", [(None, "unreadable", None)]),
}


@pytest.mark.parametrize(
    ("running", "confirmed", "intended", "status", "findings"), CASES.values(), ids=CASES
)
def test_each_finding_has_its_cause(running, confirmed, intended, status, findings) -> None:
    audit = audit_host(
        "h",
        running,
        intended,
        confirmed=confirmed,
        platform=Lines(),
        context=DiffContext("1.0"),
    )
    assert audit.status == status
    assert [(f.cause, f.kind, f.item) for f in audit.findings] == findings


def test_the_document_has_the_keys_that_scripts_rely_on() -> None:
    audit = audit_host(
        "h", "a", "a b", confirmed="a b", platform=Lines(), context=DiffContext("1.0")
    )
    document = summary("run-1", {"h": audit})
    assert document["run_id"] == "run-1"
    assert document["hosts"]["h"]["status"] == "drift"
    assert document["hosts"]["h"]["findings"] == [
        {
            "kind": "missing",
            "path": "/lines",
            "item": "b",
            "expected": "b",
            "actual": None,
            "cause": "drift",
            "severity": "major",
        }
    ]
