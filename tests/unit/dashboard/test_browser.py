"""The pages in a browser, on a phone and on a desk: they fit, read well, complain of nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the dashboard's packages are not installed")
pytest.importorskip("uvicorn", reason="the dashboard's packages are not installed")

from tests.unit.dashboard.conftest import HOST, TOKEN, Site

#: Text against what is behind it, by WCAG 2: normal text needs 4.5.
CONTRAST = (Path(__file__).parents[1] / "report" / "contrast.js").read_text()
#: What moved without being asked to, as browsers count it.
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=[390, 1280], ids=["phone", "desk"])
def tab(browser, site: Site, request) -> Iterator[Any]:
    """A browser that was let in; a complaint, or a request to elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith(site.url) else wrong.append(asked.url),
    )
    opened.goto(f"{site.url}/?token={TOKEN}")
    yield opened
    context.close()
    assert wrong == []


def paths(site: Site) -> list[str]:
    new, old = (version.revision for version in site.sources.archive.versions(HOST))
    return [
        *("/", "/runs", f"/office/{HOST[:-5]}", f"/runs/{site.ids['going']}"),
        *(f"/history/{HOST}", f"/history/{HOST}/{new}", f"/history/{HOST}/{old}/{new}"),
    ]


def test_the_token_leaves_the_address_bar(tab, site: Site) -> None:
    assert tab.url == f"{site.url}/"


def test_every_page_fits_and_reads(tab, site: Site) -> None:
    for path in paths(site):
        tab.goto(site.url + path)
        widths = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], path
        for scheme in ("dark", "light"):
            tab.emulate_media(color_scheme=scheme)
            judged, poor = tab.evaluate(CONTRAST)
            assert judged > 5
            assert poor == [], (path, scheme)
        assert tab.locator("h1").count() == 1


def test_nothing_moves_while_a_page_arrives(tab, site: Site) -> None:
    tab.locator("#link", has_text="live").wait_for()
    assert tab.evaluate(SHIFTS) < 0.02


def test_an_event_shows_without_reloading(tab, site: Site) -> None:
    tab.locator("#link", has_text="live").wait_for()
    tab.evaluate("window.kept = true")
    chip = tab.locator(".chip", has_text="desa-sukarami-rtr1")
    for state in ("applied", "verified"):
        site.journal.state(site.ids["going"], "desa-sukarami-rtr1", state)
        chip.locator(".state", has_text=state).wait_for(timeout=10_000)
    assert tab.evaluate("window.kept") is True


def test_the_link_in_focus_stays_in_focus_when_the_page_changes(tab, site: Site) -> None:
    tab.locator("#link", has_text="live").wait_for()
    tab.locator("#running h3 a").first.focus()
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "applied")
    site.journal.state(site.ids["going"], "desa-sukarami-rtr1", "verified")
    tab.locator(".chip .state", has_text="verified").wait_for(timeout=10_000)
    assert tab.evaluate("document.activeElement.getAttribute('href')") == (
        f"/runs/{site.ids['going']}"
    )


def test_the_map_leads_to_an_office_by_the_keyboard(tab, site: Site) -> None:
    tab.locator(f"#map a[href='/office/{HOST[:-5]}']").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/office/{HOST[:-5]}")
    assert tab.locator("h2", has_text=HOST).is_visible()
