"""A request: the visitor, the language, and the ways to answer. Every page receives one as `request`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from portal import security
from portal.cache import Cache
from portal.rendering import Pages
from portal.security import Session
from portal.threads import Threads
from rdv.engine.citizens import account_links, account_passwords, accounts, holds, offer, own_appointments, throttle
from rdv.engine.office import Office, Work
from rdv.engine.views.portal import Citizen
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.terms import VISITOR, Actor, Invalid, NotAllowed, Refused

P = ParamSpec("P")
T = TypeVar("T")

MOST_FIELDS = 100

WEEK_SECONDS, API_SECONDS = 2, 15
"""How long cached answers are good: the weeks that visitors see, and what the programming interface returns."""

QUICK: frozenset[Callable[..., Any]] = frozenset(
    {accounts.who, own_appointments.show_mine, holds.my_holds, offer.open_types}
)
"""Use cases that read a few rows by their keys, whatever the size of the town. On SQLite they run on the event loop,
because they are over sooner than a thread would begin. All others run in threads."""

HASHES: frozenset[Callable[..., Any]] = frozenset(
    {account_passwords.sign_in, account_links.sign_up, account_passwords.set_own_password}
)
"""Use cases that hash a password."""


@dataclass
class Site:
    """Data that all requests of a portal use."""

    office: Office
    pages: Pages
    threads: Threads
    weeks: Cache = field(default_factory=lambda: Cache(WEEK_SECONDS))
    answers: Cache = field(default_factory=lambda: Cache(API_SECONDS))


@dataclass
class PortalRequest:
    """A request to the portal: `http` is what Starlette read, `citizen` is who is signed in."""

    http: Request
    site: Site
    session: Session | None
    citizen: Citizen | None = None
    browser: str = ""
    form: FormData = field(default_factory=FormData)

    @property
    def settings(self) -> Settings:
        """Return the settings of the town."""
        return self.site.office.settings

    @property
    def now(self) -> datetime:
        """Return the time of the office's clock."""
        return self.site.office.clock()

    @property
    def actor(self) -> Actor:
        """Return the actor: the signed-in citizen, or a visitor."""
        return Actor.citizen(self.citizen.code) if self.citizen else VISITOR

    async def run(self, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case as the visitor."""
        return await self.run_as(self.actor, function, *args, **kwargs)

    async def look(self, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case that only reads for any visitor: on a replica where there is one, so some seconds late."""
        if self.site.office.replica is None:
            return await self.run_as(VISITOR, function, *args, **kwargs)
        return await self.site.threads.run(partial(self.site.office.look, function, VISITOR, *args, **kwargs))

    async def run_as(
        self, actor: Actor, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case for an actor: in a thread, unless it is quick."""
        work = partial(self.site.office.run, function, actor, *args, **kwargs)
        if function in QUICK and self.site.office.database.is_sqlite:
            return work()
        threads = self.site.threads
        return await (threads.hash(work) if function in HASHES else threads.run(work))

    async def spend(self, what: str, account: str | None = None) -> None:
        """Count an attempt against the limits. Raise Refused for too many."""
        address = security.address_of(self.http)
        await self.run_as(VISITOR, throttle.spend, what=what, account=account, address=address)

    def page(self, template: str, status: int = 200, /, **shown: Any) -> Response:
        """Return an answer from a template."""
        browser = self.browser or security.new_browser()
        html = self.site.pages.render(
            template,
            request=self,
            citizen=self.citizen,
            token=cache(lambda: security.form_token(self.settings, browser, self.session, self.now)),
            path=self.http.url.path,
            **shown,
        )
        response = Response(html, status, media_type="text/html", headers={"cache-control": "no-store"})
        if browser != self.browser:
            security.keep_browser(response, self.settings, browser)
        return response

    def go(self, path: str) -> Response:
        """Redirect the browser to another page of ours, with GET."""
        return RedirectResponse(path, 303, headers={"cache-control": "no-store"})

    def need_citizen(self) -> Citizen:
        """Return the signed-in citizen. Raise NotAllowed, which leads to the page to sign in."""
        if self.citizen is None:
            raise NotAllowed("sign_in_needed", rule="P5")
        return self.citizen

    def text(self, name: str, *, most: int = 200) -> str:
        """Return a field of the form, empty if it is missing. Raise Refused if it is too long."""
        found = self.form.get(name, "")
        if not isinstance(found, str) or len(found) > most:
            raise Refused("too_large")
        return found.replace("\0", "").strip()

    def texts(self, name: str) -> list[str]:
        """Return all fields of this name."""
        return [one for one in self.form.getlist(name) if isinstance(one, str)]

    def ticked(self, name: str) -> bool:
        """Return True if a box is ticked."""
        return bool(self.form.get(name))


def number(text: str) -> int:
    """Return a number of ours from a form or an address. Raise Invalid otherwise."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Invalid("form_wrong")
    return int(text)


def day(text: str) -> date | None:
    """Return a date from an address, or None. Raise Invalid for another text or a date far away."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid("form_wrong") from None
    if not 2000 <= found.year <= 2200:
        raise Invalid("form_wrong")
    return found


def instant(text: str, clock: datetime) -> datetime:
    """Return an instant from a form: seconds since 1970. Raise Invalid for one far from now."""
    at = number(text)
    if abs(at - clock.timestamp()) > 10 * 366 * 86400:
        raise Invalid("form_wrong")
    return datetime.fromtimestamp(at, clock.tzinfo)


def inside(path: str) -> str:
    """Return the path if it is a page of ours, so that no redirect leads elsewhere."""
    plain = path.strip()
    is_ours = plain.startswith("/") and not plain.startswith(("//", "/\\")) and plain.isprintable()
    return plain if is_ours and "\\" not in plain and len(plain) < 500 else ""


def sign_in_path(request: Request) -> str:
    """Return the path to sign in and come back to this page."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = asked if request.method == "GET" else "/rendez-vous"
    return f"/connexion?suite={quote(after, safe='')}"


async def read_request(http: Request) -> PortalRequest:
    """Return the request, with the citizen who is signed in and the form, whose token is checked."""
    site: Site = http.app.state.site
    settings = site.office.settings
    now = site.office.clock()
    request = PortalRequest(http, site, security.session_of(http, settings, now))
    request.browser = security.browser_of(http, settings)
    http.state.portal = request
    if request.session is not None:
        try:
            request.citizen = await request.run_as(
                VISITOR, accounts.who, account=request.session.account, version=request.session.version
            )
        except NotAllowed:
            request.session = None
        else:
            if request.citizen.language and security.LANGUAGE not in http.cookies:
                wording.use(request.citizen.language)
    if http.method == "POST":
        request.form = await http.form(max_files=0, max_fields=MOST_FIELDS)
        token = request.form.get("jeton", "")
        security.check_form(http, settings, token if isinstance(token, str) else "", request.session, now)
    return request


Incoming = Annotated[PortalRequest, Depends(read_request)]
"""The argument of each page."""
