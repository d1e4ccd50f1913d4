"""Around every request: its language, its size, its headers, its line in the log, its place in the figures."""

import logging
import time
import traceback
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.security import HEADERS, LANGUAGE, is_https
from rdv import logs
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.terms import LANGUAGES, Refused

LARGEST_BODY = 64 * 1024
"""No form of ours is larger."""


class Figures:
    """The figures of `/metrics`: routes and statuses, never an address or a person's number."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self.requests = Counter("rdv_requests", "Requests answered.", names, registry=self.registry)
        self.seconds = Histogram("rdv_request_seconds", "How long answers took.", ("route",), registry=self.registry)


class Around:
    """The middleware, in plain ASGI."""

    def __init__(self, app: ASGIApp, *, settings: Settings, figures: Figures, timer: Callable[[], float]) -> None:
        self.app = app
        self.settings = settings
        self.figures = figures
        self.timer = timer
        self.headers = dict(HEADERS)
        if is_https(settings):
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wording.use(_language(Headers(scope=scope), self.settings.lang))
        started = self.timer()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-language", wording.language())
            await send(message)

        try:
            await self.app(scope, _limited(receive), sending)
        finally:
            self._note(scope, status, self.timer() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "?"
        if scope["path"].startswith("/static/"):
            route = "/static"
        self.figures.requests.labels(scope["method"] if route != "?" else "?", route, str(status)).inc()
        self.figures.seconds.labels(route).observe(seconds)
        level = logging.ERROR if status >= 500 else logging.INFO
        logs.event(
            level, "request", method=scope["method"], route=route, status=status, milliseconds=round(seconds * 1000, 1)
        )


def failure(problem: BaseException) -> None:
    """Log an unexpected error with its place in the program, without its text, which may hold personal data."""
    where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(problem.__traceback__)[-5:]]
    logs.event(logging.ERROR, "failure", kind=type(problem).__name__, where=where)


def monotonic() -> Callable[[], float]:
    """Return a clock for durations."""
    return time.perf_counter


def _limited(receive: Receive) -> Receive:
    """Return the body, at most LARGEST_BODY bytes. Raise Refused for more."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_BODY:
            raise Refused("too_large")
        return message

    return receiving


def _language(headers: Headers, usual: str) -> str:
    """Return the language chosen in this browser, else the first of ours that it accepts, else the town's."""
    try:
        chosen = SimpleCookie(headers.get("cookie", "")).get(LANGUAGE)
    except CookieError:
        chosen = None
    if chosen is not None and chosen.value in LANGUAGES:
        return chosen.value
    for asked in headers.get("accept-language", "").split(","):
        plain = asked.split(";")[0].strip()[:2].lower()
        if plain in LANGUAGES:
            return plain
    return usual
