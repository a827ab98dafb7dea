"""What a device says of a script that fails, and how much of the script may be shown.

Pure: texts in, values out (reference texts: RouterOS 6.49 to 7.24).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """What a device said of a failed import. ``line`` is the script's, from 1."""

    words: str
    line: int | None


def parse_failure(words: str) -> Failure:
    """Line and words of a failed import.

    ``Script Error: failure: already … (/interface/bridge/add; line 2) (:import; line 1)`` and
    ``expected end of command (line 644 column 33)`` (reference part 4).
    """
    last = [line.strip() for line in words.splitlines() if line.strip()]
    text = next((line for line in reversed(last) if "rror" in line or "(" in line), "")
    text = text or (last[-1] if last else "")
    line = None
    frames = re.findall(r"\(([^();]*); line (\d+)\)", text)
    statements = [frame for frame in frames if not frame[0].strip().startswith((":", "/import"))]
    if statements:
        line = int(statements[0][1])
    elif column := re.search(r"\(line (\d+) column \d+\)", text):
        line = int(column.group(1))
    plain = re.sub(r"\s*\([^();]*; line \d+\)", "", text)
    return Failure(re.sub(r"^script error:\s*", "", plain, flags=re.IGNORECASE), line)


def shown_statement(script: str, line: int | None) -> str | None:
    """A statement as it may be shown: its values left out, for any may be a secret."""
    lines = script.splitlines()
    if line is None or not 1 <= line <= len(lines):
        return None
    plain = re.sub(r'="(?:[^"\\]|\\.)*"', "=…", lines[line - 1].strip())
    return re.sub(r"=(?!…)[^\s\]]+", "=…", plain)


def dry_run_failure(output: str) -> tuple[int | None, str]:
    """The first error of a verbose dry-run: ``#line N``, the text, the error, ``...``."""
    number: int | None = None
    for line in output.splitlines():
        if match := re.match(r"#line (\d+)", line):
            number = int(match.group(1))
        elif re.match(
            r"(?:script error:|failure:|bad |expected |syntax error|input does|invalid |no such |"
            r"value of |ambiguous |missing )",
            line.strip(),
            re.IGNORECASE,
        ):
            failure = parse_failure(line)
            return (failure.line if number is None else number), failure.words
    return None, "the device finds errors in the script"
