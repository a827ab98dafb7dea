"""The hand-over report (*berita acara serah terima*): what was installed at each office.

From the journal alone: dates, versions, models, addresses, networks and checks are what deployments
recorded. The inventory gives names and serial numbers (each was compared with the device before it
was written to). Words are in ``handover_words``, looks in ``templates/handover.*``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekayu_net.errors import ProjectError
from sekayu_net.inventory.district import Device, District, Office
from sekayu_net.journal import DONE, AuditRecord, Confirmed, Journal, Run
from sekayu_net.languages import Language, speaking
from sekayu_net.platforms.base import Installation
from sekayu_net.report.handover_words import words as handover_words
from sekayu_net.report.page import digest
from sekayu_net.report.templating import pages
from sekayu_net.rollout.checklist import failing_of

TEMPLATES = Path(__file__).parent / "templates"
#: What every confirmation proves, whatever the playbook asks for.
ALWAYS = ("fresh", "identity", "read_back")


@dataclass(frozen=True, slots=True)
class Finished:
    """A device that is handed over. Times are ISO 8601, UTC; ``failed``: checks not passed."""

    device: Device
    model: str
    version: str
    first: str
    last: str
    run: str
    operator: str
    installed: Installation
    checks: tuple[str, ...]
    failed: frozenset[str]
    audit: AuditRecord | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A device that made way for another: which, when (ISO 8601, UTC), what for what, by whom."""

    host: str
    time: str
    before: str
    after: str
    operator: str


@dataclass(frozen=True, slots=True)
class Act:
    """What is handed over at one office, and the names of the devices that are not."""

    office: Office
    devices: tuple[Finished, ...]
    left: tuple[str, ...]
    exchanges: tuple[Exchange, ...] = ()

    @property
    def checks(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each check once, and the devices that had failed it before the work."""
        names = dict.fromkeys(check for device in self.devices for check in device.checks)
        return tuple(
            (name, tuple(d.device.name for d in self.devices if name in d.failed)) for name in names
        )

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that it rests on."""
        return tuple(dict.fromkeys(device.run for device in self.devices))


def acts_of(
    district: District,
    journal: Journal,
    devices: Sequence[Device],
    installed: Callable[[Device, str], Installation],
) -> tuple[Act, ...]:
    """What can be handed over of these devices, by phase and in the inventory's order.

    ``installed`` tells what a device's recorded text has installed. An office without a finished
    device has no act. ``ProjectError`` when there is none at all.
    """
    confirmed, audits, latest = journal.confirmed(), journal.last_audits(), journal.latest()
    runs = {run.id: run for run in journal.runs()}
    # What the confirming run said, not the newest: one that found nothing to do checked nothing.
    reasons = {
        row["host"]: row["reason"] or ""
        for row in journal.query("SELECT host, reason FROM confirmed JOIN hosts USING (run, host)")
    }
    firsts = {
        row["host"]: row["time"]
        for row in journal.query(
            "SELECT events.host, min(events.time) AS time FROM events JOIN runs"
            " ON runs.id = events.run WHERE runs.kind = 'deploy'"
            " AND events.state IN ('confirmed', 'unchanged') GROUP BY events.host"
        )
    }
    makes = {
        row["host"]: (row["model"], row["version"])
        for row in journal.query("SELECT * FROM makes ORDER BY rowid")
    }
    exchanged = exchanges_of(journal)
    wanted = {device.name for device in devices}
    acts = []
    for office in sorted(district.offices.values(), key=lambda each: each.phase):
        here = [device for device in office.devices if device.name in wanted]
        done = tuple(
            finished(
                device,
                confirmed[device.name],
                reasons.get(device.name, ""),
                runs[confirmed[device.name].run],
                firsts.get(device.name, confirmed[device.name].time),
                makes.get(device.name, (device.model.name, device.version)),
                installed(device, confirmed[device.name].config),
                audits.get(device.name),
            )
            for device in here
            if device.name in confirmed
            and device.name in latest
            and latest[device.name].state in DONE
        )
        if done:
            names = {each.device.name for each in done}
            left = tuple(device.name for device in here if device.name not in names)
            here_too = tuple(each for each in exchanged if each.host in names)
            acts.append(Act(office, done, left, here_too))
    if not acts:
        raise ProjectError(
            "there is nothing to hand over yet: no deployment of these devices was confirmed",
            hint="sekayu-net status shows where each office stands",
        )
    return tuple(acts)


def exchanges_of(journal: Journal) -> tuple[Exchange, ...]:
    """Every device that made way for another, oldest first (``replacing.record``)."""
    rows = journal.query(
        "SELECT hosts.host, hosts.reason, runs.started, runs.operator FROM hosts JOIN runs"
        " ON runs.id = hosts.run WHERE runs.kind = 'replace' ORDER BY runs.started"
    )
    found = []
    for row in rows:
        before, _, after = (row["reason"] or "").partition(" made way for ")
        old, new = (unit.partition(" with ")[0] for unit in (before, after))
        found.append(Exchange(row["host"], row["started"], old, new, row["operator"]))
    return tuple(found)


def finished(
    device: Device,
    confirmed: Confirmed,
    reason: str,
    run: Run,
    first: str,
    make: tuple[str, str],
    installed: Installation,
    audit: AuditRecord | None,
) -> Finished:
    """One device from its records."""
    return Finished(
        device=device,
        model=make[0],
        version=make[1],
        first=first,
        last=confirmed.time,
        run=run.id,
        operator=run.operator,
        installed=installed,
        checks=tuple(check.split()[0] for check in run.checks),
        failed=failing_of(reason),
        audit=audit,
    )


def zone_of(name: str) -> tzinfo:
    """A time zone; UTC where the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def date_of(time: str, zone: tzinfo, language: Language) -> str:
    """``2026-11-24T14:46:28+00:00`` as ``24 November 2026``."""
    from babel.dates import format_date

    local = datetime.fromisoformat(time).astimezone(zone)
    return format_date(local, "d MMMM y", locale=language)


def days_of(times: Iterable[str], zone: tzinfo, language: Language) -> str:
    """The day, or the first and the last."""
    known = sorted(times)
    ends = dict.fromkeys(date_of(time, zone, language) for time in (known[0], known[-1]))
    return " – ".join(ends)


def use_of(comment: str, words: Mapping[str, str]) -> str:
    """What an address is for, in the document's language.

    The project's templates begin a comment with its purpose (``uplink: fiber to HOST``); any other
    comment is shown as it is.
    """
    purpose, _, rest = comment.partition(": ")
    named = words.get(f"use {purpose}")
    if named is None:
        return comment
    _, _, target = rest.partition(" to ")
    return f"{named} {words['to']} {target}" if target and purpose.endswith("link") else named


def html(
    acts: Sequence[Act], district: District, *, language: Language, time: str, lab: bool = False
) -> str:
    """The whole document: a summary of each phase, then an act an office. Made to be printed."""
    zone = zone_of(district.services.timezone)
    with speaking(language):
        words = handover_words()
    style = (TEMPLATES / "handover.css").read_text(encoding="utf-8")
    environment = pages(TEMPLATES)
    environment.filters["day"] = lambda when: date_of(when, zone, language)
    environment.filters["days"] = lambda times: days_of(times, zone, language)
    environment.filters["use"] = lambda comment: use_of(comment, words)
    phases: dict[int, list[Act]] = {}
    for act in acts:
        phases.setdefault(act.office.phase, []).append(act)
    local = datetime.fromisoformat(time).astimezone(zone)
    return environment.get_template("handover.html.j2").render(
        acts=acts,
        phases=phases,
        district=district,
        language=language,
        words=words,
        always=ALWAYS,
        lab=lab,
        printed=f"{date_of(time, zone, language)} {local:%H:%M %Z}",
        style=style,
        style_hash=digest(style),
    )


def pdf(document: str) -> bytes:
    """The document as PDF. ``ProjectError`` where the library or what it needs is missing."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise ProjectError(
            f"a PDF needs WeasyPrint and Pango, which are not there: {error}",
            hint="pip install 'sekayu-net[pdf]' (on Debian also: apt install libpango-1.0-0 "
            "libpangoft2-1.0-0); or write FILE.html and print that from a browser",
        ) from error

    def refuse(url: str, *_: object, **__: object) -> dict[str, object]:
        raise ValueError(f"{url}: a hand-over report fetches nothing")

    written = HTML(string=document, url_fetcher=refuse).write_pdf()
    return bytes(written)
