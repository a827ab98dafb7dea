"""The live page over a real deployment on the simulated district, in a browser."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from sekayu_net.cli.demo import Stage, copy_project, someone_removes_a_rule

pytest.importorskip("starlette", reason="the dashboard's packages are not installed")
pytest.importorskip("uvicorn", reason="the dashboard's packages are not installed")

ROOT = Path(__file__).parents[2]
ROUTER = "lurah-kayu-ara-rtr1"
pytestmark = pytest.mark.xdist_group("lab-dashboard")
#: Keeps every state that a device's chip ever showed.
WATCH = """
window.seen = [];
new MutationObserver(() => {
  for (const chip of document.querySelectorAll(".chip .state")) {
    if (!window.seen.includes(chip.textContent)) window.seen.push(chip.textContent);
  }
}).observe(document.body, {childList: true, subtree: true, characterData: true});
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Iterator[Stage]:
    project = tmp_path_factory.mktemp("dashboard") / "project"
    copy_project(ROOT, project)
    stage = Stage(project)
    try:
        ask(stage, "lab", "up")
        yield stage
    finally:
        subprocess.run(stage.command("lab", "down"), timeout=60, check=False, capture_output=True)


def ask(stage: Stage, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        stage.command(*words), capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def first_line(process: subprocess.Popen[str]) -> str:
    """What a process says first; fails when it says nothing in time."""
    said: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    assert stream is not None
    threading.Thread(target=lambda: said.put(stream.readline()), daemon=True).start()
    return said.get(timeout=30).strip()


@pytest.fixture(scope="module")
def address(stage: Stage) -> Iterator[str]:
    """Where the dashboard of the project answers; it ends quietly when it is interrupted."""
    process = subprocess.Popen(
        stage.command("dashboard", "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        found = first_line(process)
        assert found.startswith("http://127.0.0.1:"), found
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Traceback" not in err


@pytest.fixture(scope="module")
def tab(address: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine")
    wrong: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 390, "height": 800})
        opened.on("console", lambda said: wrong.append(said.text))
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(address)
        opened.locator("#link", has_text="live").wait_for()
        yield opened
        browser.close()
    assert wrong == []


def a_deployment_is_seen_while_it_goes_on(stage: Stage, tab: Any) -> None:
    tab.evaluate(WATCH)
    deploying = subprocess.Popen(
        stage.command("deploy", "--office", "Kayu Ara", "--yes"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        tab.locator("#running .running").wait_for(timeout=90_000)
        tab.locator("#running", has_text="No deployment is running").wait_for(timeout=120_000)
    finally:
        _, err = deploying.communicate(timeout=120)
    assert deploying.returncode == 0, err
    assert set(tab.evaluate("window.seen")) & {"planned", "armed", "applied", "verified"}
    assert "3 confirmed" in tab.locator("#phases").text_content()
    assert tab.locator("#map a[href='/office/lurah-kayu-ara'] .dot.done").count() == 1


def drift_shows_as_soon_as_an_audit_found_it(stage: Stage, tab: Any) -> None:
    devices = json.loads(ask(stage, "lab", "list", "--json"))
    with ThreadPoolExecutor() as elsewhere:  # the browser's event loop is in this thread
        elsewhere.submit(someone_removes_a_rule, devices[ROUTER]).result(timeout=60)
    ask(stage, "audit", "--host", ROUTER, code=3)
    tab.locator("#drift", has_text=ROUTER).wait_for(timeout=20_000)
    tab.locator("#map a[href='/office/lurah-kayu-ara'] .dot.attention").wait_for()
    tab.locator(f"#drift a:has-text('{ROUTER}')").click()
    assert "/ip firewall filter" in tab.locator(f"#{ROUTER}").text_content()


def history_shows_what_a_person_did(tab: Any) -> None:
    tab.goto(urljoin(tab.url, "/office/lurah-kayu-ara"))
    tab.locator(f"#{ROUTER} a:has-text('history')").click()
    tab.locator("a:has-text('what changed')").first.click()
    assert "public: no private network" in "".join(tab.locator(".diff .minus").all_text_contents())


def test_a_page_tells_a_deployment_the_drift_after_it_and_its_history(
    stage: Stage, tab: Any
) -> None:
    """One after the other on one page, so that no other worker takes a part."""
    a_deployment_is_seen_while_it_goes_on(stage, tab)
    drift_shows_as_soon_as_an_audit_found_it(stage, tab)
    history_shows_what_a_person_did(tab)
