"""Signing in and up, by password, link or identity provider; signing out."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import oidc, security
from portal.here import Asked, Here, inside
from rdv.engine.citizens import account_links, account_passwords, accounts
from rdv.engine.views.portal import SignedIn
from rdv.i18n import wording
from rdv.terms import NotFound, RdvError

router = APIRouter()


@router.get("/connexion")
async def sign_in_page(here: Asked, suite: str = "") -> Response:
    """Where to sign in; whoever is signed in goes on."""
    if here.citizen:
        return here.go(inside(suite) or "/rendez-vous")
    return here.page("sign_in", after=inside(suite), problem=None, email="")


@router.post("/connexion")
async def sign_in(here: Asked) -> Response:
    """Signs in by password."""
    email, after = here.text("email"), inside(here.text("suite", most=600))
    try:
        await here.spend("sign_in", email)
        made = await here.run(account_passwords.sign_in, email=email, password=here.text("mot_de_passe", most=1000))
    except RdvError as problem:
        status = 429 if problem.error == "too_often" else 422
        return here.page("sign_in", status, after=after, problem=problem, email=email)
    return _opened(here, made, after, by_link=False)


@router.post("/connexion/lien")
async def ask_link(here: Asked) -> Response:
    """Sends a link, to sign in or up: the answer is the same for every address."""
    email, after = here.text("email"), inside(here.text("suite", most=600))
    page = "sign_up" if here.text("de") == "inscription" else "sign_in"
    try:
        await here.spend("link", email)
        await here.run(account_links.ask_link, email=email, language=wording.language(), after=after)
    except RdvError as problem:
        status = 429 if problem.error == "too_often" else 422
        return here.page(page, status, after=after, problem=problem, email=email)
    return here.page("link_sent", email=email)


@router.get("/connexion/identite")
async def to_provider(here: Asked, suite: str = "") -> Response:
    """Sends the browser to the identity provider."""
    here.request.session["suite"] = inside(suite)
    return await oidc.send(here.request, _provider(here), here.settings)


@router.get("/connexion/identite/retour")
async def from_provider(here: Asked) -> Response:
    """Who comes back from the identity provider."""
    who = await oidc.receive(here.request, _provider(here))
    after = inside(here.request.session.pop("suite", ""))
    known = {"issuer": who.issuer, "subject": who.subject}
    found = await here.run(account_links.sign_in_by_provider, **known, email=who.email, name=who.name)
    if isinstance(found, SignedIn):
        return _opened(here, found, after, by_link=False)
    if found:
        return here.go(f"/inscription/{found}")
    here.request.session["identite"] = {"known": known | {"name": who.name}, "after": after}
    return here.go("/connexion/identite/adresse")


@router.get("/connexion/identite/adresse")
async def address_page(here: Asked) -> Response:
    """Asks for the e-mail address of somebody whose provider has verified none."""
    if "identite" not in here.request.session:
        return here.go("/connexion")
    return here.page("identity_email", problem=None, email="")


@router.post("/connexion/identite/adresse")
async def give_address(here: Asked) -> Response:
    """Sends a link to that address, which keeps the identity."""
    kept = here.request.session.get("identite")
    if not kept:
        return here.go("/connexion")
    email = here.text("email")
    try:
        await here.spend("link", email)
        await here.run(
            account_links.ask_link,
            email=email,
            language=wording.language(),
            after=kept["after"],
            identity=kept["known"],
        )
    except RdvError as problem:
        return here.page("identity_email", 422, problem=problem, email=email)
    here.request.session.pop("identite")
    return here.page("link_sent", email=email)


@router.get("/connexion/{token}")
async def link_page(here: Asked, token: str) -> Response:
    """What a link to sign in opens: a button, for nothing changes by looking."""
    return here.page("link", token_of_link=token)


@router.post("/connexion/{token}")
async def use_link(here: Asked, token: str) -> Response:
    """Signs in by a link."""
    made = await here.run(account_links.sign_in_by_link, token=token)
    return _opened(here, made, inside(made.after), by_link=True)


@router.get("/inscription")
async def sign_up_page(here: Asked, suite: str = "") -> Response:
    """Where to begin to sign up."""
    if here.citizen:
        return here.go(inside(suite) or "/rendez-vous")
    return here.page("sign_up", after=inside(suite), problem=None, email="")


@router.get("/inscription/{token}")
async def details_page(here: Asked, token: str) -> Response:
    """What a link to sign up opens: the details of the account."""
    person = await here.run(account_links.newcomer, token=token)
    return here.page("sign_up_details", link=token, person=person, problem=None, name=person.name, phone="")


@router.post("/inscription/{token}")
async def sign_up(here: Asked, token: str) -> Response:
    """Makes the account and signs in."""
    name, phone, password = here.text("nom"), here.text("telephone"), here.text("mot_de_passe", most=1000)
    try:
        made = await here.run(
            account_links.sign_up,
            token=token,
            name=name,
            phone=phone,
            password=password or None,
            language=wording.language(),
            wants_sms=here.ticked("sms"),
        )
    except RdvError as problem:
        if problem.error == "account_there":
            return here.go("/connexion")
        person = await here.run(account_links.newcomer, token=token)
        return here.page("sign_up_details", 422, link=token, person=person, problem=problem, name=name, phone=phone)
    return _opened(here, made, inside(made.after) or "/", by_link=True)


@router.post("/deconnexion")
async def sign_out(here: Asked) -> Response:
    """Ends the session of this browser, or every one."""
    if here.citizen and here.ticked("partout"):
        await here.run(accounts.end_sessions, account=here.citizen.account)
    response = here.go("/")
    security.forget(response, here.settings)
    return response


def _provider(here: Here) -> object:
    provider = here.request.app.state.oidc
    if provider is None:
        raise NotFound("no_page")
    return provider


def _opened(here: Here, made: SignedIn, after: str, *, by_link: bool) -> Response:
    response = here.go(after or "/rendez-vous")
    security.remember(response, here.settings, made, now=here.now, by_link=by_link)
    return response
