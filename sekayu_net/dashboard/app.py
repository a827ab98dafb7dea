"""The pages and the stream, as an ASGI application. Read-only: there is no route that changes.

What is shown comes from ``sources``; how it looks is in ``templates``; who may see it is
``access``'s. Names in addresses are looked up in the inventory or the journal, never in a folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sekayu_net.dashboard import sources as known
from sekayu_net.dashboard.access import Guarded
from sekayu_net.dashboard.sources import Sources
from sekayu_net.errors import JournalError, SekayuError, UsageError
from sekayu_net.journal import DONE, FINAL
from sekayu_net.languages import spoken
from sekayu_net.report.around import places_of
from sekayu_net.report.status import ATTENTION, marks_of
from sekayu_net.report.templating import pages
from sekayu_net.report.topology import drawing, svg

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.types import ASGIApp

HERE = Path(__file__).parent / "templates"
DRAWINGS = Path(known.__file__).parents[1] / "report" / "templates"
#: What a browser may fetch beside the pages: nothing is looked up in a folder.
STATIC = {
    "audit.css": (DRAWINGS, "text/css"),
    "dashboard.css": (HERE, "text/css"),
    "topology.css": (DRAWINGS, "text/css"),
    "dashboard.js": (HERE, "text/javascript"),
    "icon.svg": (HERE, "image/svg+xml"),
}
#: Seconds between two looks at the journal, and until a silent stream says that it lives.
LOOK, ALIVE = 0.5, 15.0
#: Streams at once. A browser has one a tab.
STREAMS = 64
STATES = ("done", "in progress", "planned", "attention", "not started")
URGENT = ("attention", "in progress", "planned", "not started", "done")
#: More offices than this are listed by state.
MANY = 40


def application(
    sources: Sources, *, token: str, stopping: Callable[[], bool] = lambda: False
) -> ASGIApp:
    """The whole application. Streams end once ``stopping`` says so."""
    pages = Pages(sources, stopping)
    routes = [
        Route("/", pages.overview),
        Route("/office/{slug}", pages.office),
        Route("/runs", pages.runs),
        Route("/runs/{run}", pages.run),
        Route("/history/{host}", pages.history),
        Route("/history/{host}/{revision}", pages.version),
        Route("/history/{host}/{old}/{new}", pages.difference),
        Route("/events", pages.events),
        Route("/static/{name}", static),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: pages.wrong_page, SekayuError: pages.wrong_page},
    )
    return Guarded(app, token=token)


class Pages:
    """The pages over one project's records."""

    def __init__(self, sources: Sources, stopping: Callable[[], bool]) -> None:
        self.sources = sources
        self._stopping = stopping
        self._streams = 0

    def overview(self, request: Request) -> Response:
        """The district at one glance."""
        sources = self.sources
        with sources.journal() as journal:
            document = known.standing(sources, journal)
            running = known.running(journal)
            drifted = known.drifted(sources, journal)
            last = journal.runs()[:5]
        offices = document["offices"].values()
        listed = list(sources.district.offices.values())
        if len(listed) > MANY:  # what a person must look at stands first
            listed.sort(key=lambda each: URGENT.index(document["offices"][each.code]["state"]))
        marks = marks_of(sources.district, document, links="/office/")
        drawn = drawing(places_of(sources.district), marks)
        return self._page(
            request,
            "overview.html.j2",
            counts=[(state, sum(o["state"] == state for o in offices)) for state in STATES],
            phases=known.phases(document),
            offices=[
                (office, document["offices"][office.code], marks[office.slug].words)
                for office in listed
            ],
            running=running,
            drifted=drifted,
            last=last,
            drawing=svg(drawn, title=f"Who hangs on whom in {sources.district.name}", alone=False),
            wheel=drawn.wheel,
        )

    def office(self, request: Request) -> Response:
        """One office: its devices, what the last audit found, what was done there."""
        office = self.sources.district.offices.get(request.path_params["slug"])
        if office is None:
            raise HTTPException(404, "The inventory knows no such office.")
        with self.sources.journal() as journal:
            document = known.standing(self.sources, journal)
            audits = journal.last_audits()
            records = known.latest(journal)
        return self._page(
            request,
            "office.html.j2",
            office=office,
            said=document["offices"][office.code],
            audits=audits,
            records=records,
        )

    def runs(self, request: Request) -> Response:
        """What was run."""
        with self.sources.journal() as journal:
            runs = journal.runs()[:200]
        return self._page(request, "runs.html.j2", runs=runs)

    def run(self, request: Request) -> Response:
        """One run: waves, devices, events."""
        with self.sources.journal() as journal:
            wanted = request.path_params["run"]
            run = next((each for each in journal.runs() if each.id == wanted), None)
            if run is None:
                raise HTTPException(404, "The journal knows no such run.")
            view = known.run_view(journal, run, events=500)
        return self._page(request, "run.html.j2", view=view)

    def history(self, request: Request) -> Response:
        """The versions of a device's configuration."""
        host = self._host(request)
        versions = self.sources.archive.versions(host)[:200]
        return self._page(request, "history.html.j2", host=host, versions=versions)

    def version(self, request: Request) -> Response:
        """One version."""
        host, revision = self._host(request), request.path_params["revision"]
        text = self.sources.archive.show(host, self._revision(host, revision))
        return self._page(request, "version.html.j2", host=host, revision=revision, text=text)

    def difference(self, request: Request) -> Response:
        """What differs between two versions."""
        host = self._host(request)
        old, new = (self._revision(host, request.path_params[name]) for name in ("old", "new"))
        lines = self.sources.archive.diff(host, old, new).splitlines()[4:]
        return self._page(request, "difference.html.j2", host=host, old=old, new=new, lines=lines)

    async def events(self, request: Request) -> Response:
        """Server-sent events: whatever the journal gains, from now on or from ``Last-Event-ID``."""
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if self._streams >= STREAMS:
            return PlainTextResponse("too many pages are open\n", 503, {"retry-after": "60"})
        last = request.headers.get("last-event-id", "")
        start = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else None
        return StreamingResponse(
            self._stream(request, start),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},  # a proxy must not gather them
        )

    async def _stream(self, request: Request, start: int | None) -> AsyncIterator[str]:
        """Messages until the browser leaves or the server stops."""
        self._streams += 1
        try:
            before: tuple[int, ...] | None = None
            number, silent = start, 0.0
            yield "retry: 2000\n: listening\n\n"
            while not self._stopping() and not await request.is_disconnected():
                try:
                    now, steps = await run_in_threadpool(self._look, number)
                except JournalError:
                    now, steps = before or (), ()  # locked for now: the next look tells
                if now and (steps or (before is not None and now != before)):
                    number, silent = (steps[-1].id if steps else now[0]), 0.0
                    yield f"id: {number}\nevent: change\ndata: {known.as_message(steps)}\n\n"
                elif now and number is None:
                    number = now[0]
                    yield f"id: {number}\nevent: ready\ndata: []\n\n"
                before = now or before
                silent += LOOK
                if silent >= ALIVE:
                    silent = 0.0
                    yield ": alive\n\n"
                await asyncio.sleep(LOOK)
        finally:
            self._streams -= 1

    def _look(self, number: int | None) -> tuple[tuple[int, ...], tuple[known.Step, ...]]:
        with self.sources.journal() as journal:
            now = known.mark(journal)
            return now, () if number is None else known.steps_after(journal, number)

    def wrong_page(self, request: Request, error: Exception) -> Response:
        """What can't be shown, and what to do."""
        if isinstance(error, HTTPException):
            code, message, hint = error.status_code, error.detail, ""
        elif isinstance(error, SekayuError):
            code = 404 if isinstance(error, UsageError) else 503
            message, hint = error.message, error.hint or ""
        else:
            raise error
        return self._page(request, "wrong.html.j2", code=code, message=message, hint=hint)

    def _host(self, request: Request) -> str:
        """The device that the address names, when the inventory knows it."""
        host: str = request.path_params["host"]
        if host not in self.sources.district.devices:
            raise HTTPException(404, "The inventory knows no such device.")
        return host

    def _revision(self, host: str, revision: str) -> str:
        """A revision of this device: no other object of the archive can be asked for."""
        if revision not in {version.revision for version in self.sources.archive.versions(host)}:
            raise HTTPException(404, f"The archive has no such version of {host}.")
        return revision

    def _page(self, request: Request, template: str, code: int = 200, **values: Any) -> Response:
        shown: Mapping[str, Any] = {
            "project": self.sources.name,
            "lab": self.sources.lab,
            "path": request.url.path,
            "attention": ATTENTION,
            "done": DONE,
            "final": FINAL,
            "language": spoken(),
            **values,
        }
        text = environment().get_template(template).render(code=code, **shown)
        return HTMLResponse(text, code)


def static(request: Request) -> Response:
    """A file of ours, by its name in ``STATIC``."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404, "There is no such file.")
    folder, kind = STATIC[name]
    return Response((folder / name).read_bytes(), media_type=kind)


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    made = pages(HERE)
    made.filters["minute"] = lambda time: time[:16].replace("T", " ") if time else "never"
    made.filters["clock"] = lambda time: time[11:19] if time else ""
    made.filters["slug"] = lambda state: str(state).replace(" ", "-").replace("+", " ")
    return made
