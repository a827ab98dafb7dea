"""An audit as a file: JSON, Markdown, JUnit or one HTML page; the name's ending decides.

All four say the same, from the same findings. Nothing here reads a device or the journal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sekayu_net.audit import Finding, HostAudit, summary
from sekayu_net.errors import UsageError
from sekayu_net.languages import translated
from sekayu_net.report.around import Around

Audits = Mapping[str, HostAudit]
#: What writes a report: run, time, audits, and what the page shows around them.
Form = Callable[[str, str, Audits, Around | None], str]


def words(finding: Finding) -> str:
    """A finding in one line."""
    item = f" {finding.item}" if finding.item else ""
    values = [
        f"{word} {value}"
        for word, value in (
            (translated("expected"), finding.expected),
            (translated("actual"), finding.actual),
        )
        if value is not None and value != finding.item
    ]
    if finding.kind == "secret" and finding.message:
        values = [translated(finding.message)]
    told = [part for part in (finding.who, finding.when) if part]
    values += [f"{translated('by its own record:')} {', '.join(told)}"] if told else []
    head = f"{finding.cause}, " if finding.cause else ""
    if finding.kind == "rule":
        head = f"{finding.severity}, {translated(finding.message or '')}, "
    return f"{head}{finding.kind}: {finding.path}{item}" + (
        f" ({'; '.join(values)})" if values else ""
    )


def as_json(run: str, time: str, audits: Audits, around: Around | None = None) -> str:  # noqa: ARG001
    """The document of ``audit --json``, with the time of the audit."""
    return json.dumps({**summary(run, audits), "time": time}, indent=2, ensure_ascii=False) + "\n"


def as_markdown(run: str, time: str, audits: Audits, around: Around | None = None) -> str:  # noqa: ARG001
    """A table of devices, then the findings of each."""
    lines = [
        f"# Audit {run}",
        "",
        time,
        "",
        translated("| device | status | findings |"),
        "|---|---|---:|",
    ]
    lines += [f"| {host} | {a.status} | {len(a.findings)} |" for host, a in audits.items()]
    for host, audit in audits.items():
        if audit.findings or audit.reason:
            lines += ["", f"## {host}: {audit.status}", ""]
            lines += [translated(audit.reason)] if audit.reason else []
            lines += [f"- `{words(finding).replace('`', chr(39))}`" for finding in audit.findings]
    return "\n".join(lines) + "\n"


def as_junit(run: str, time: str, audits: Audits, around: Around | None = None) -> str:  # noqa: ARG001
    """One test case a device: drift and pending changes are failures, unread devices errors."""
    bad = sum(a.status not in {"clean", "unreachable", "error"} for a in audits.values())
    unread = sum(a.status in {"unreachable", "error"} for a in audits.values())
    counts = f'tests="{len(audits)}" failures="{bad}" errors="{unread}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuite name={quoteattr('audit ' + run)} {counts} timestamp={quoteattr(time)}>",
    ]
    for host, audit in audits.items():
        lines.append(f'  <testcase classname="audit" name={quoteattr(host)}>')
        if audit.status != "clean":
            kind = "error" if audit.status in {"unreachable", "error"} else "failure"
            text = "\n".join([translated(audit.reason or ""), *map(words, audit.findings)]).strip()
            lines.append(
                f"    <{kind} message={quoteattr(audit.status)}>{escape(printable(text))}</{kind}>"
            )
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def printable(text: str) -> str:
    """Text without the control characters that XML can't hold."""
    return "".join(c if c in "\t\n" or ord(c) >= 32 else "\ufffd" for c in text)


def as_html(run: str, time: str, audits: Audits, around: Around | None = None) -> str:
    """One self-contained page: map, trend, and each device's findings."""
    from sekayu_net.report.page import page

    return page(run, time, audits, around or Around())


FORMS: Mapping[str, Form] = {
    ".html": as_html,
    ".json": as_json,
    ".xml": as_junit,
    ".md": as_markdown,
}


def form_of(path: Path) -> Form:
    """What writes a report of this name; ``UsageError`` for an ending that means nothing."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"{path}: no report is known by that ending", hint=f"use one of {', '.join(FORMS)}"
        )
    return form
