"""Who may look: one token a project, in the first address, then in a cookie.

The cookie holds a key made from the token, never the token. Every answer carries the headers that
keep a page to itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sekayu_net import atomic
from sekayu_net.errors import ProjectError

COOKIE = "sekayu-dashboard"
#: Seconds that a browser keeps the cookie.
KEPT = 30 * 86400
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def kept_token(file: Path, *, new: bool = False) -> str:
    """The project's token from its file (mode 0600); made at the first time, or ``new``."""
    if not new:
        try:
            found = file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            found = ""
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(
                f"{file}: the token can't be read ({error})", hint="make one: --new-token"
            ) from error
        if len(found) >= 32:
            return found
    token = secrets.token_urlsafe(32)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    atomic.write(file, f"{token}\n", private=True)
    return token


class Guarded:
    """The application behind its token, with the headers on every answer."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self.app = app
        self._token = token
        self._key = hmac.new(token.encode(), b"dashboard cookie", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        await (self.app if refusal is None else refusal)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """What to answer instead of the page; None to those who may see it."""
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("This page only shows.\n", 405, {"allow": "GET, HEAD"})
        query = QueryParams(scope["query_string"])
        if "token" in query:
            if not _same(query["token"], self._token):
                return _refused()
            return self._welcome(scope, query)
        cookie = HTTPConnection(scope).cookies.get(COOKIE, "")
        return None if _same(cookie, self._key) else _refused()

    def _welcome(self, scope: Scope, query: QueryParams) -> Response:
        """The cookie, and the same address without the token: it stays in no history."""
        left = [(name, value) for name, value in query.multi_items() if name != "token"]
        # One slash in front, whatever was asked for: never another host.
        path = "/" + scope["path"].lstrip("/\\")
        answer = RedirectResponse(path + (f"?{urlencode(left)}" if left else ""), 303)
        proto = Headers(scope=scope).get("x-forwarded-proto", scope["scheme"])
        answer.set_cookie(
            COOKIE,
            self._key,
            max_age=KEPT,
            httponly=True,
            samesite="strict",
            secure=proto == "https",
        )
        return answer


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _refused() -> Response:
    return PlainTextResponse(
        "This page needs its token: open the whole address that `sekayu-net dashboard` prints.\n",
        403,
    )
