"""Dates as a version writes them: ISO from 7.10 on, ``nov/24/2026`` before."""

from __future__ import annotations

from datetime import datetime

from sekayu_net.lab.schema import at_least


def shown(moment: str, version: str) -> str:
    """``2026-11-24 08:42:06``, or its date alone, as the version shows it; "" stays ""."""
    if not moment or at_least(version, "7.10"):
        return moment
    date, _, time = moment.partition(" ")
    text = datetime.fromisoformat(date).strftime("%b/%d/%Y").lower()
    return f"{text} {time}".rstrip()


def shown_in_log(moment: str, today: str, version: str) -> str:
    """In the log, before 7.10: the time alone today, and no year this year."""
    if at_least(version, "7.10"):
        return moment
    date, _, time = moment.partition(" ")
    if date == today:
        return time
    text = shown(date, version)
    return f"{text[:-5] if date[:4] == today[:4] else text} {time}"
