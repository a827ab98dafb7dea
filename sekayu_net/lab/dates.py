"""How a version writes dates and times of day: ``2026-08-20``, or ``aug/20/2026`` before 7.10.

Which clock they come from is ``clock``'s business.
"""

from __future__ import annotations

from datetime import datetime

from sekayu_net.lab.schema import at_least

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Exports and clocks write ISO dates from here on.
ISO_SINCE = "7.10"


class Dates:
    """The form of one version."""

    def __init__(self, version: str) -> None:
        self.iso = at_least(version, ISO_SINCE)

    def date(self, when: datetime) -> str:
        """The day."""
        if self.iso:
            return f"{when:%Y-%m-%d}"
        return f"{_MONTHS[when.month - 1]}/{when:%d/%Y}"

    def stamp(self, when: datetime) -> str:
        """The day and the time of day."""
        return f"{self.date(when)} {when:%H:%M:%S}"

    def log(self, when: datetime, now: datetime) -> str:
        """As a line of the log: old versions leave out the day where it is today's."""
        if self.iso:
            return self.stamp(when)
        if when.date() == now.date():
            return f"{when:%H:%M:%S}"
        return f"{_MONTHS[when.month - 1]}/{when:%d %H:%M:%S}"

    def read(self, text: str) -> datetime:
        """Midnight of a day, without zone. ``ValueError`` for another form.

        New versions read the old form too (scripts of old times still run).
        """
        parts = text.lower().split("/")
        if len(parts) == 3 and parts[0] in _MONTHS:
            text = f"{parts[2]}-{_MONTHS.index(parts[0]) + 1:02}-{parts[1]}"
        elif not self.iso:
            raise ValueError(text)
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - gets the device's zone
