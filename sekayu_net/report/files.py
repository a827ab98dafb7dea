"""An audit as a file: JSON, Markdown, JUnit or one HTML page; the name's ending decides.

All four say the same, from the same findings. Nothing here reads a device or the journal.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sekayu_net.audit import Finding, HostAudit, summary
from sekayu_net.errors import UsageError

Audits = Mapping[str, HostAudit]


def words(finding: Finding) -> str:
    """A finding in one line."""
    item = f" {finding.item}" if finding.item else ""
    values = [
        f"{word} {value}"
        for word, value in (("expected", finding.expected), ("actual", finding.actual))
        if value is not None and value != finding.item
    ]
    if finding.kind == "secret" and finding.message:
        values = [finding.message]
    told = [part for part in (finding.who, finding.when) if part]
    values += [f"by its own record: {', '.join(told)}"] if told else []
    head = f"{finding.cause}, " if finding.cause else ""
    if finding.kind == "rule":
        head = f"{finding.severity}, {finding.message}, "
    return f"{head}{finding.kind}: {finding.path}{item}" + (
        f" ({'; '.join(values)})" if values else ""
    )


def as_json(run: str, time: str, audits: Audits) -> str:
    """The document of ``audit --json``, with the time of the audit."""
    return json.dumps({**summary(run, audits), "time": time}, indent=2, ensure_ascii=False) + "\n"


def as_markdown(run: str, time: str, audits: Audits) -> str:
    """A table of devices, then the findings of each."""
    lines = [f"# Audit {run}", "", time, "", "| device | status | findings |", "|---|---|---:|"]
    lines += [f"| {host} | {a.status} | {len(a.findings)} |" for host, a in audits.items()]
    for host, audit in audits.items():
        if audit.findings or audit.reason:
            lines += ["", f"## {host}: {audit.status}", ""]
            lines += [audit.reason] if audit.reason else []
            lines += [f"- `{words(finding).replace('`', chr(39))}`" for finding in audit.findings]
    return "\n".join(lines) + "\n"


def as_junit(run: str, time: str, audits: Audits) -> str:
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
            text = "\n".join([audit.reason or "", *map(words, audit.findings)]).strip()
            lines.append(
                f"    <{kind} message={quoteattr(audit.status)}>{escape(printable(text))}</{kind}>"
            )
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def printable(text: str) -> str:
    """Text without the control characters that XML can't hold."""
    return "".join(c if c in "\t\n" or ord(c) >= 32 else "\ufffd" for c in text)


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit {run}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem;
  padding: 0 1rem; color: #1b1b1b; background: #fff; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ccc; }}
code {{ overflow-wrap: anywhere; }}
.clean {{ color: #14601f; }} .drift, .error {{ color: #a01414; }} .pending {{ color: #7a4b00; }}
</style></head><body>
<h1>Audit {run}</h1><p>{time}</p>
<table><thead><tr><th>device</th><th>status</th><th>findings</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{details}
</body></html>
"""


def as_html(run: str, time: str, audits: Audits) -> str:
    """One self-contained page: a table of devices, the findings of each below."""
    rows, details = [], []
    for host, audit in audits.items():
        name, status = html.escape(host), html.escape(audit.status)
        css = audit.status.split("+")[0].replace("unreachable", "error")
        link = f'<a href="#{name}">{name}</a>' if audit.findings or audit.reason else name
        rows.append(
            f'<tr><td>{link}</td><td class="{css}">{status}</td><td>{len(audit.findings)}</td></tr>'
        )
        if audit.findings or audit.reason:
            items = "".join(
                f"<li><code>{html.escape(words(f))}</code></li>" for f in audit.findings
            )
            reason = f"<p>{html.escape(audit.reason)}</p>" if audit.reason else ""
            details.append(
                f'<section id="{name}"><h2>{name}: {status}</h2>{reason}<ul>{items}</ul></section>'
            )
    return PAGE.format(
        run=html.escape(run),
        time=html.escape(time),
        rows="\n".join(rows),
        details="\n".join(details),
    )


FORMS: Mapping[str, Callable[[str, str, Audits], str]] = {
    ".html": as_html,
    ".json": as_json,
    ".xml": as_junit,
    ".md": as_markdown,
}


def form_of(path: Path) -> Callable[[str, str, Audits], str]:
    """What writes a report of this name; ``UsageError`` for an ending that means nothing."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"{path}: no report is known by that ending", hint=f"use one of {', '.join(FORMS)}"
        )
    return form
