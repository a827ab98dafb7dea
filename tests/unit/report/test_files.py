"""The same audit in four forms."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.errors import UsageError
from sekayu_net.report.files import FORMS, form_of

EVIL = "<script>alert(1)</script>\x00"
AUDITS = {
    "a-rtr1": HostAudit("a-rtr1", "clean"),
    "b-rtr1": HostAudit(
        "b-rtr1",
        "drift",
        (Finding("changed", "/menu", EVIL, "old & new", None, "drift", "major"),),
    ),
    "c-rtr1": HostAudit("c-rtr1", "unreachable", reason="no answer"),
}


def written(ending: str) -> str:
    return FORMS[ending]("run-1", "2026-03-01T08:00:00+00:00", AUDITS)


@pytest.mark.parametrize("ending", FORMS)
def test_every_form_names_device_status_and_menu(ending) -> None:
    text = written(ending)
    assert all(word in text for word in ("run-1", "b-rtr1", "drift", "/menu", "no answer"))


def test_junit_counts_failures_and_errors_and_parses() -> None:
    suite = ET.fromstring(written(".xml"))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [case.get("name") for case in suite] == list(AUDITS)


def test_html_escapes_what_a_device_says() -> None:
    page = written(".html")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_html_names_nothing_outside_itself() -> None:
    page = written(".html")
    assert not any(word in page for word in ("http:", "https:", "src=", "url(", "@import"))


def test_json_is_the_document_of_the_command() -> None:
    document = json.loads(written(".json"))
    assert document["hosts"]["b-rtr1"]["findings"][0]["cause"] == "drift"


def test_an_unknown_ending_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        form_of(Path("audit.pdf"))
    assert ".html" in caught.value.hint
