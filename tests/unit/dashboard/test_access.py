"""Who may look, what may be asked for, and the headers on every answer."""

from __future__ import annotations

import stat

import pytest

pytest.importorskip("starlette", reason="the dashboard's packages are not installed")
pytest.importorskip("uvicorn", reason="the dashboard's packages are not installed")

from sekayu_net.dashboard.access import kept_token
from tests.unit.dashboard.conftest import HOST, TOKEN, Site

PATHS = ("/", "/runs", f"/office/{HOST[:-5]}", f"/history/{HOST}", "/events", "/static/audit.css")


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize(
    "headers", [{}, {"cookie": "sekayu-dashboard=wrong"}, {"cookie": f"sekayu-dashboard={TOKEN}"}]
)
def test_nothing_is_shown_without_the_token(site: Site, path: str, headers) -> None:
    answer = site.ask(path, known=False, **headers)
    assert answer.status == 403
    assert "Kayu Ara" not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "%ff%00", "é"])
def test_a_wrong_token_is_refused(site: Site, token: str) -> None:
    from urllib.parse import quote

    answer = site.ask(f"/?token={quote(token, safe='%')}", known=False)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_the_token_leaves_the_address_and_is_not_the_cookie(site: Site) -> None:
    answer = site.ask(f"/runs?token={TOKEN}&a=1", known=False)
    assert (answer.status, answer.headers["location"]) == (303, "/runs?a=1")
    cookie = answer.headers["set-cookie"].lower()
    assert TOKEN not in answer.headers["set-cookie"]
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_behind_a_proxy_with_tls_the_cookie_is_for_tls_alone(site: Site) -> None:
    answer = site.ask(f"/?token={TOKEN}", known=False, x_forwarded_proto="https")
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/\\elsewhere.example", "///x"])
def test_the_token_never_leads_to_another_host(site: Site, path: str) -> None:
    location = site.ask(f"{path}?token={TOKEN}", known=False).headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_there_is_only_reading(site: Site, method: str) -> None:
    assert site.ask("/", method=method, content_length="0").status == 405


@pytest.mark.parametrize("path", ["/", "/nothing", "/static/audit.css", "/?token=wrong"])
def test_every_answer_keeps_to_itself(site: Site, path: str) -> None:
    headers = site.ask(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/../../journal.sqlite",
        "/static/..%2fjournal.sqlite",
        "/static/%2e%2e/%2e%2e/secret.txt",
        "/static//etc/passwd",
        "/static/..\\secret.txt",
        "/static/base.html.j2",
        "/history/../secret",
        "/history/..%2f..%2fetc%2fpasswd",
        "/history/.git",
        "/office/..%2f..",
        "/runs/..%2f..%2fetc",
        f"/history/{HOST}/--output=x",
        f"/history/{HOST}/HEAD",
        f"/history/{HOST}/HEAD~1/HEAD",
        f"/history/{HOST}/HEAD:camat-sekayu-rtr1.conf",
        "/runs/x'%20OR%201=1--",
        "/../../../../etc/passwd",
        "/%00",
    ],
)
def test_only_what_is_known_by_name_is_served(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert answer.status in {400, 404}
    assert "never served" not in answer.text
    assert "root:" not in answer.text


def test_the_token_is_kept_for_its_owner_alone(tmp_path) -> None:
    file = tmp_path / "state" / "dashboard.token"
    token = kept_token(file)
    assert len(token) >= 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_token(file) == token
    assert kept_token(file, new=True) != token
    assert kept_token(file) != token


def test_a_token_that_is_too_short_is_made_anew(tmp_path) -> None:
    file = tmp_path / "dashboard.token"
    file.write_text("x\n")
    assert len(kept_token(file)) >= 40
