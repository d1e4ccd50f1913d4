"""Signing in and up, by password, link or identity provider; signing out."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import oidc, security
from portal.request import Incoming, PortalRequest, inside
from rdv.engine.citizens import account_links, account_passwords, accounts
from rdv.engine.views.portal import SignedIn
from rdv.i18n import wording
from rdv.terms import NotFound, RdvError

router = APIRouter()


@router.get("/connexion")
async def sign_in_page(request: Incoming, suite: str = "") -> Response:
    """Show the page to sign in. A signed-in citizen goes on."""
    if request.citizen:
        return request.go(inside(suite) or "/rendez-vous")
    return request.page("sign_in", after=inside(suite), problem=None, email="")


@router.post("/connexion")
async def sign_in(request: Incoming) -> Response:
    """Sign in with a password."""
    email, after = request.text("email"), inside(request.text("suite", most=600))
    try:
        await request.spend("sign_in", email)
        made = await request.run(
            account_passwords.sign_in, email=email, password=request.text("mot_de_passe", most=1000)
        )
    except RdvError as problem:
        status = 429 if problem.error == "too_often" else 422
        return request.page("sign_in", status, after=after, problem=problem, email=email)
    return _opened(request, made, after, by_link=False)


@router.post("/connexion/lien")
async def ask_link(request: Incoming) -> Response:
    """Send a link to sign in or up. The answer is the same for every address."""
    email, after = request.text("email"), inside(request.text("suite", most=600))
    page = "sign_up" if request.text("de") == "inscription" else "sign_in"
    try:
        await request.spend("link", email)
        await request.run(account_links.ask_link, email=email, language=wording.language(), after=after)
    except RdvError as problem:
        status = 429 if problem.error == "too_often" else 422
        return request.page(page, status, after=after, problem=problem, email=email)
    return request.page("link_sent", email=email)


@router.get("/connexion/identite")
async def to_provider(request: Incoming, suite: str = "") -> Response:
    """Send the browser to the identity provider."""
    request.http.session["suite"] = inside(suite)
    return await oidc.send(request.http, _provider(request), request.settings)


@router.get("/connexion/identite/retour")
async def from_provider(request: Incoming) -> Response:
    """Handle the return from the identity provider."""
    who = await oidc.receive(request.http, _provider(request))
    after = inside(request.http.session.pop("suite", ""))
    known = {"issuer": who.issuer, "subject": who.subject}
    found = await request.run(account_links.sign_in_by_provider, **known, email=who.email, name=who.name)
    if isinstance(found, SignedIn):
        return _opened(request, found, after, by_link=False)
    if found:
        return request.go(f"/inscription/{found}")
    request.http.session["identite"] = {"known": known | {"name": who.name}, "after": after}
    return request.go("/connexion/identite/adresse")


@router.get("/connexion/identite/adresse")
async def address_page(request: Incoming) -> Response:
    """Ask for the e-mail address of a person whose provider has verified none."""
    if "identite" not in request.http.session:
        return request.go("/connexion")
    return request.page("identity_email", problem=None, email="")


@router.post("/connexion/identite/adresse")
async def give_address(request: Incoming) -> Response:
    """Send a link to that address, which keeps the identity."""
    kept = request.http.session.get("identite")
    if not kept:
        return request.go("/connexion")
    email = request.text("email")
    try:
        await request.spend("link", email)
        await request.run(
            account_links.ask_link,
            email=email,
            language=wording.language(),
            after=kept["after"],
            identity=kept["known"],
        )
    except RdvError as problem:
        return request.page("identity_email", 422, problem=problem, email=email)
    request.http.session.pop("identite")
    return request.page("link_sent", email=email)


@router.get("/connexion/{token}")
async def link_page(request: Incoming, token: str) -> Response:
    """Show the page of a sign-in link, with a button, because looking changes nothing."""
    return request.page("link", token_of_link=token)


@router.post("/connexion/{token}")
async def use_link(request: Incoming, token: str) -> Response:
    """Sign in by a link."""
    made = await request.run(account_links.sign_in_by_link, token=token)
    return _opened(request, made, inside(made.after), by_link=True)


@router.get("/inscription")
async def sign_up_page(request: Incoming, suite: str = "") -> Response:
    """Show the page to begin to sign up."""
    if request.citizen:
        return request.go(inside(suite) or "/rendez-vous")
    return request.page("sign_up", after=inside(suite), problem=None, email="")


@router.get("/inscription/{token}")
async def details_page(request: Incoming, token: str) -> Response:
    """Show the page of a sign-up link: the details of the account."""
    person = await request.run(account_links.newcomer, token=token)
    return request.page("sign_up_details", link=token, person=person, problem=None, name=person.name, phone="")


@router.post("/inscription/{token}")
async def sign_up(request: Incoming, token: str) -> Response:
    """Create the account and sign in."""
    name, phone, password = request.text("nom"), request.text("telephone"), request.text("mot_de_passe", most=1000)
    try:
        made = await request.run(
            account_links.sign_up,
            token=token,
            name=name,
            phone=phone,
            password=password or None,
            language=wording.language(),
            wants_sms=request.ticked("sms"),
        )
    except RdvError as problem:
        if problem.error == "account_there":
            return request.go("/connexion")
        person = await request.run(account_links.newcomer, token=token)
        return request.page("sign_up_details", 422, link=token, person=person, problem=problem, name=name, phone=phone)
    return _opened(request, made, inside(made.after) or "/", by_link=True)


@router.post("/deconnexion")
async def sign_out(request: Incoming) -> Response:
    """End the session of this browser, or every session."""
    if request.citizen and request.ticked("partout"):
        await request.run(accounts.end_sessions, account=request.citizen.account)
    response = request.go("/")
    security.forget(response, request.settings)
    return response


def _provider(request: PortalRequest) -> object:
    provider = request.http.app.state.oidc
    if provider is None:
        raise NotFound("no_page")
    return provider


def _opened(request: PortalRequest, made: SignedIn, after: str, *, by_link: bool) -> Response:
    response = request.go(after or "/rendez-vous")
    security.remember(response, request.settings, made, now=request.now, by_link=by_link)
    return response
