"""The page of an audit: what is on it, and how it behaves in a browser from ``file://``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal import Journal
from sekayu_net.languages import speaking
from sekayu_net.report.around import Around, Past, Place, around_of, past_of
from sekayu_net.report.page import MOST, bars, device_view, page, tree

ROOT = Path(__file__).parents[3]
EVIL = '<img src=x onerror="document.title=1"></pre></details><script>document.title=2</script>'
#: Text against what is behind it, by WCAG 2: normal text needs 4.5.
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


def finding(kind: Any, cause: Any = "drift", **more: Any) -> Finding:
    values = {"path": "/ip dns", "item": "servers", "expected": "1.1.1.1", "actual": "9.9.9.9"}
    return Finding(kind, cause=cause, severity="major", **{**values, **more})


@pytest.fixture(scope="module")
def around(tmp_path_factory) -> Around:
    folder = tmp_path_factory.mktemp("journal")
    with Journal.open(folder / "journal.sqlite") as journal:
        made = around_of("Sekayu", load_district(ROOT / "inventory"), journal)
    past = tuple(
        Past(f"2026-03-{day:02}T08:00:00+00:00", {"clean": 33 - day, "drift": day, "error": 1})
        for day in range(1, 13)
    )
    return Around(made.project, made.places, past)


@pytest.fixture(scope="module")
def audits(around) -> dict[str, HostAudit]:
    found = {host: HostAudit(host, "clean") for place in around.places for host in place.hosts}
    hosts = iter(found)
    for status, findings, reason in (
        ("drift", (finding("changed"), finding("extra", expected=None, item=EVIL)), None),
        ("pending", (finding("missing", "pending", actual=None),), None),
        ("drift+pending", (finding("order"), finding("secret", "pending")), None),
        ("unreachable", (), f"no answer {EVIL}"),
        ("error", (finding("unreadable", None, expected=None, actual=None),), None),
        ("drift", tuple(finding("changed", item=f"i{n}" + "x" * 90) for n in range(9)), None),
    ):
        host = next(hosts)
        history = ("budi changed dns",) if status == "drift" else ()
        found[host] = HostAudit(host, status, findings, reason, history)  # type: ignore[arg-type]
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory, around, audits) -> Path:
    written = tmp_path_factory.mktemp("page") / "audit.html"
    written.write_text(page("run-1", "2026-03-12T08:00:00+00:00", audits, around))
    return written


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
def shown(browser, file, request) -> Iterator[Any]:
    """The page at one width; whatever the console says or the network is asked fails the test."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 800}, java_script_enabled=True
    )
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda said: wrong.append(said.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda asked: wrong.append(asked.url) if asked.url != file.as_uri() else None)
    tab.goto(file.as_uri())
    yield tab
    context.close()
    assert wrong == []


def visible(tab: Any) -> set[str]:
    return set(tab.eval_on_selector_all(".device:not([hidden])", "all => all.map(e => e.id)"))


def test_the_page_opens_without_a_complaint_and_fits_its_width(shown, audits) -> None:
    assert shown.title() == "Audit run-1 · Sekayu"
    assert visible(shown) == set(audits)
    widths = shown.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_what_a_device_says_is_text(shown) -> None:
    assert shown.locator("pre.diff img, p img").count() == 0
    assert EVIL in shown.locator("pre.diff").first.text_content()


def test_a_state_alone_shows_its_devices(shown, audits) -> None:
    boxes = {box.get_attribute("value"): box for box in shown.locator("input[name=state]").all()}
    for state, box in boxes.items():
        for other in boxes.values():
            other.set_checked(other is box)
        assert visible(shown) == {h for h, a in audits.items() if state in a.status.split("+")}
        assert shown.locator("#shown").text_content().startswith(str(len(visible(shown))))


def test_a_phase_alone_shows_its_offices(shown, around) -> None:
    shown.locator("input[name=phase][value='2']").uncheck()
    wanted = {host for place in around.places if place.phase == 1 for host in place.hosts}
    assert visible(shown) == wanted
    assert not shown.locator(".phase[data-phase='2']").is_visible()


def test_the_filters_work_with_the_keyboard_alone(shown, audits) -> None:
    for _ in range(120):
        shown.keyboard.press("Tab")
        if shown.evaluate("document.activeElement.value === 'clean'"):
            break
    shown.keyboard.press("Space")
    assert visible(shown) == {h for h, a in audits.items() if a.status != "clean"}
    while not shown.evaluate("document.activeElement.type === 'search'"):
        shown.keyboard.press("Tab")
    shown.keyboard.type("CAMAT")
    assert {host.split("-")[0] for host in visible(shown)} == {"camat"}


def test_a_device_opens_and_closes_with_the_keyboard(shown) -> None:
    device = shown.locator("details.device").first
    shown.locator("#close").click()
    assert device.get_attribute("open") is None
    device.locator("summary").focus()
    shown.keyboard.press("Enter")
    assert device.get_attribute("open") is not None
    assert device.locator("pre.diff").first.is_visible()


def test_the_map_leads_to_an_office_by_keyboard(shown, around) -> None:
    shown.locator(".map a").nth(3).focus()
    shown.keyboard.press("Enter")
    slug = shown.evaluate("location.hash").removeprefix("#office-")
    assert slug in {place.slug for place in around.places}


def test_every_text_is_readable_against_what_is_behind_it(shown) -> None:
    shown.locator("#open").click()
    for scheme in ("dark", "light"):
        shown.emulate_media(color_scheme=scheme)
        judged, poor = shown.evaluate(CONTRAST)
        assert judged > 100
        assert poor == [], scheme


def test_on_paper_it_is_light_whatever_the_scheme(shown) -> None:
    shown.emulate_media(color_scheme="dark", media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown.emulate_media(color_scheme="light", media="screen")


def test_a_second_router_has_a_dot_of_its_own(around, audits) -> None:
    (office,) = [each for each in around.places if each.second]
    found = {**audits, **{host: HostAudit(host, "clean") for host in office.hosts}}
    found[office.second] = HostAudit(office.second, "drift", (finding("changed"),))
    drawn = page("run-1", "2026-03-12T08:00:00+00:00", found, around)
    dots = re.findall(r'<circle class="dot (\w+)"', drawn)
    assert dots[:2] == ["clean", "drift"]
    assert len(dots) == len(around.places) + 1


def test_what_can_be_touched_is_big_enough_for_a_finger(shown) -> None:
    small = shown.eval_on_selector_all(
        "#filters label, button, summary",
        "all => all.filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML)",
    )
    assert small == []


def test_paper_has_every_finding_and_no_filters(shown, audits) -> None:
    shown.locator("#close").click()
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown.emulate_media(media="print")
    assert not shown.locator("#filters").is_visible()
    with_findings = sum(bool(a.findings or a.reason) for a in audits.values())
    assert shown.locator("details.device[open]").count() == with_findings


def test_without_scripts_everything_is_there(browser, file, audits) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert tab.locator(".device").count() == len(audits)
    assert not tab.locator("#filters").is_visible()
    context.close()


def test_a_device_that_no_office_knows_is_shown(around) -> None:
    html = page("r", "t", {"stray-rtr1": HostAudit("stray-rtr1", "clean")}, around)
    assert "Not in the inventory" in html
    assert 'id="stray-rtr1"' in html


def test_an_office_is_drawn_below_the_one_it_hangs_on(around) -> None:
    from sekayu_net.report.page import office_views

    nodes = tree(office_views({}, around.places))
    assert len(nodes) == len(around.places)
    for node in nodes:
        upstream = node.office.place.upstream
        assert (node.parent is None) == (upstream is None)
        if node.parent is not None:
            assert nodes[node.parent].office.place.slug == upstream
            assert (node.parent < node.row, node.depth) == (True, nodes[node.parent].depth + 1)


def test_a_chain_of_a_thousand_offices_can_be_drawn() -> None:
    from sekayu_net.report.page import office_views

    places = [
        Place(f"o{n}", "", f"o{n}", "desa", 1, f"o{n - 1}" if n else None, ()) for n in range(1000)
    ]
    assert tree(office_views({}, places))[-1].depth == 999


def test_the_columns_of_the_trend_stand_for_all_devices(around) -> None:
    drawn = bars(around.past)
    assert {round(bar.y + bar.height, 6) for bar in drawn if bar.state == "clean"} == {120.0}
    assert min(bar.y for bar in drawn) == pytest.approx(0.0, abs=1e-9)
    assert bars(around.past[:1]) == ()


def test_the_past_is_what_the_journal_tells_of_audits(tmp_path) -> None:
    with Journal.open(tmp_path / "j.sqlite") as journal:
        for statuses in (["clean", "clean"], ["clean", "drift"]):
            run = journal.begin("audit", operator="x")
            for number, status in enumerate(statuses):
                journal.audited(run, f"h{number}", status, ())
        journal.begin("audit", operator="broken off before its first device")
        assert [past.counts for past in past_of(journal)] == [
            {"clean": 2},
            {"clean": 1, "drift": 1},
        ]


def test_many_offices_are_drawn_as_a_wheel_that_leads_to_them(browser, tmp_path) -> None:
    hub = Place("hub", "1", "Hub", "camat", 1, None, ("hub-rtr1",))
    others = [
        Place(f"o{n}", f"1.{n}", f"O {n}", "desa", 2, "hub", (f"o{n}-rtr1",)) for n in range(60)
    ]
    around = Around("Many", (hub, *others))
    found = {f"o{n}-rtr1": HostAudit(f"o{n}-rtr1", "clean") for n in range(60)}
    found["o7-rtr1"] = HostAudit("o7-rtr1", "drift", (finding("changed"),))
    written = tmp_path / "audit.html"
    written.write_text(page("run-1", "2026-03-12T08:00:00+00:00", found, around))
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    wrong: list[str] = []
    tab.on("console", lambda said: wrong.append(said.text))
    tab.goto(written.as_uri())
    assert tab.locator(".map-wheel .dot.drift").count() == 1
    assert tab.locator(".map-wheel .dot.none").count() == 1
    widths = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    tab.locator(".map-wheel a[href='#office-o7']").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**#office-o7")
    tab.close()
    assert widths[0] <= widths[1]
    assert wrong == []


def test_of_a_device_with_thousands_of_findings_the_page_shows_some_and_says_so() -> None:
    one = Finding("missing", "/ip firewall filter", "x", "add x", None, "drift", "major")
    view = device_view(HostAudit("a", "drift", (one,) * (MOST + 7)))
    assert view.count == MOST + 7
    assert [line.text for line in view.menus[-1].lines] == [
        "7 more findings: a report as .json or .md has them all"
    ]
    assert sum(len(menu.lines) for menu in view.menus) < 3 * MOST


def test_the_page_is_told_in_the_language_spoken(audits, around) -> None:
    with speaking("id"):
        text = page("r1", "2026-03-13T08:00:00+00:00", audits, around)
    assert '<html lang="id">' in text
    assert "tidak terjangkau" in text
    assert "Ke daftar perangkat" in text
    # what a device says is its own
    assert "budi changed dns" in text
