"""Sessions, forms that only our own pages send, and the headers of every answer."""

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from rdv.engine.views.portal import SignedIn
from rdv.settings import Settings
from rdv.terms import NotAllowed, RdvError
from rdv.tokens import seal, unseal

SESSION_LASTS = timedelta(days=14)
FORM_LASTS = timedelta(hours=12)
JUST_NOW = timedelta(minutes=30)
"""How long after a link has opened a session it still takes the place of a forgotten password."""

NEAR = tuple(
    ipaddress.ip_network(one)
    for one in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
)
"""This machine, and networks that no citizen comes from."""

SESSION, FORM, LANGUAGE = "rdv_session", "rdv_form", "rdv_langue"

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""On every answer: nothing comes from elsewhere, nothing of ours is framed, no script is in a page."""


class Session(NamedTuple):
    """The signed-in citizen of a cookie, and when a link opened the session, if one did."""

    account: int
    version: int
    by_link: bool
    at: int


def is_https(settings: Settings) -> bool:
    """Return True if the public address of the portal uses TLS."""
    return settings.portal_url.startswith("https:")


def remember(response: Response, settings: Settings, made: SignedIn, *, now: datetime, by_link: bool = False) -> None:
    """Open a session in this browser."""
    facts = {"account": made.account, "version": made.version, "link": by_link, "at": int(now.timestamp())}
    _set(response, settings, SESSION, seal(settings.seal, "session", facts, until=now + SESSION_LASTS), SESSION_LASTS)


def forget(response: Response, settings: Settings) -> None:
    """End the session of this browser."""
    _delete(response, settings, SESSION)


def session_of(request: Request, settings: Settings, now: datetime) -> Session | None:
    """Return the session of the browser, or None if it is missing, forged or expired."""
    token = request.cookies.get(_name(settings, SESSION))
    if not token:
        return None
    try:
        facts = unseal(settings.seal, "session", token, now=now)
        return Session(int(facts["account"]), int(facts["version"]), bool(facts["link"]), int(facts["at"]))
    except (RdvError, KeyError, TypeError, ValueError):
        return None


def is_fresh(session: Session | None, now: datetime) -> bool:
    """Return True if a link has just opened the session, which proves access to the citizen's mail."""
    return session is not None and session.by_link and now.timestamp() - session.at < JUST_NOW.total_seconds()


def browser_of(request: Request, settings: Settings) -> str:
    """Return the random word that ties forms to a browser; empty before its first page."""
    return request.cookies.get(_name(settings, FORM), "")


def new_browser() -> str:
    """Return a new random word for a browser."""
    return secrets.token_urlsafe(16)


def keep_browser(response: Response, settings: Settings, word: str) -> None:
    """Make the browser send its word with every form."""
    _set(response, settings, FORM, word, None)


def form_token(settings: Settings, browser: str, session: Session | None, now: datetime) -> str:
    """Return the token that proves that our page sent a form, from this browser, in this session."""
    return seal(settings.seal, "form", _bound(browser, session), until=now + FORM_LASTS)


def check_form(request: Request, settings: Settings, token: str, session: Session | None, now: datetime) -> None:
    """Raise NotAllowed for a form of another site, browser or session, or of an old page."""
    browser = browser_of(request, settings)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") or not browser:
        raise NotAllowed("form_stale")
    try:
        bound = unseal(settings.seal, "form", token, now=now)
    except RdvError:
        raise NotAllowed("form_stale") from None
    if bound != _bound(browser, session):
        raise NotAllowed("form_stale")


def _bound(browser: str, session: Session | None) -> dict[str, Any]:
    return {"browser": browser, "account": session.account if session else None}


def set_language(response: Response, settings: Settings, language: str) -> None:
    """Store the chosen language in this browser."""
    _set(response, settings, LANGUAGE, language, timedelta(days=365))


def address_of(request: Request) -> str:
    """Return the origin of a request for the limits; an IPv6 home has a whole /64."""
    address = _address(request)
    if address is None:
        return request.client.host if request.client else ""
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def is_near(request: Request) -> bool:
    """Return True if a request comes from this machine or its network, as monitoring does."""
    address = _address(request)
    return address is not None and any(address in network for network in NEAR)


def _address(request: Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:  # a name, or none at all
        return None


def _name(settings: Settings, name: str) -> str:
    """Return the name of a cookie; over TLS, one that no other host of the domain can set."""
    return f"__Host-{name}" if is_https(settings) else name


def _set(response: Response, settings: Settings, name: str, value: str, lasts: timedelta | None) -> None:
    response.set_cookie(
        _name(settings, name) if name != LANGUAGE else name,
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        httponly=True,
        secure=is_https(settings),
        samesite="lax",
        path="/",
    )


def _delete(response: Response, settings: Settings, name: str) -> None:
    response.delete_cookie(_name(settings, name), path="/", secure=is_https(settings), httponly=True, samesite="lax")
