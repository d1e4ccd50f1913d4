"""The citizen's account: details, preferences, password, address, and its end."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import security
from portal.here import Asked, Here
from rdv.engine.citizens import account_links, account_passwords, accounts, file_linking
from rdv.terms import LANGUAGES, RdvError

router = APIRouter(prefix="/compte")


@router.get("")
async def show(here: Asked, fait: str = "") -> Response:
    """All that the account knows, each part with its form."""
    return await _page(here, done=fait)


@router.post("")
async def change(here: Asked) -> Response:
    """Changes name, phone and preferences."""
    here.need_citizen()
    chosen = here.text("langue")
    try:
        await here.run(
            accounts.set_details,
            name=here.text("nom"),
            phone=here.text("telephone"),
            language=chosen,
            wants_email=here.ticked("courriel"),
            wants_sms=here.ticked("sms"),
        )
    except RdvError as problem:
        return await _page(here, "details", problem)
    response = here.go("/compte?fait=details")
    if chosen in LANGUAGES:
        security.set_language(response, here.settings, chosen)
    return response


@router.post("/mot-de-passe")
async def password(here: Asked) -> Response:
    """Chooses another password; the other sessions end."""
    citizen = here.need_citizen()
    fresh = security.is_fresh(here.session, here.now)
    try:
        await here.spend("sign_in", f"password {citizen.account}")
        made = await here.run(
            account_passwords.set_own_password,
            account=citizen.account,
            new=here.text("nouveau", most=1000),
            current=here.text("actuel", most=1000),
            by_link=fresh,
        )
    except RdvError as problem:
        return await _page(here, "password", problem)
    response = here.go("/compte?fait=mot-de-passe")
    security.remember(response, here.settings, made, now=here.now)
    return response


@router.post("/adresse")
async def ask_address(here: Asked) -> Response:
    """Sends a link to another address."""
    citizen = here.need_citizen()
    email = here.text("email")
    try:
        await here.spend("link", email)
        await here.run(account_links.ask_new_email, account=citizen.account, email=email)
    except RdvError as problem:
        return await _page(here, "email", problem)
    return here.page("link_sent", email=email)


@router.get("/adresse/{token}")
async def address_page(here: Asked, token: str) -> Response:
    """What the link to a new address opens: a button."""
    here.need_citizen()
    return here.page("new_email", problem=None)


@router.post("/adresse/{token}")
async def take_address(here: Asked, token: str) -> Response:
    """Takes the new address."""
    citizen = here.need_citizen()
    await here.run(account_links.confirm_new_email, account=citizen.account, token=token)
    return here.go("/compte?fait=adresse")


@router.post("/dossier")
async def ask_code(here: Asked) -> Response:
    """Sends a code to a phone that the counter knows: the answer is the same for every number."""
    citizen = here.need_citizen()
    phone = here.text("telephone")
    try:
        await here.spend("link", f"account {citizen.account}")
        token = await here.run(file_linking.ask_code, account=citizen.account, phone=phone)
    except RdvError as problem:
        return await _page(here, "file", problem)
    return here.page("code_sent", phone=phone, code_token=token, problem=None)


@router.post("/dossier/code")
async def find_file(here: Asked) -> Response:
    """Brings the file that the counter keeps into the account, by the code."""
    citizen = here.need_citizen()
    token = here.text("demande", most=1000)
    try:
        await here.spend("code", f"account {citizen.account}")
        await here.run(file_linking.claim_by_phone, account=citizen.account, token=token, code=here.text("code"))
    except RdvError as problem:
        if problem.error != "code_wrong":
            return await _page(here, "file", problem)
        return here.page("code_sent", 422, phone=here.text("telephone"), code_token=token, problem=problem)
    return here.go("/compte?fait=dossier")


@router.get("/suppression")
async def deletion_page(here: Asked) -> Response:
    """Says what ends with the account."""
    here.need_citizen()
    return here.page("delete_account", problem=None)


@router.post("/suppression")
async def delete(here: Asked) -> Response:
    """Deletes the account."""
    citizen = here.need_citizen()
    try:
        await here.run(accounts.delete_account, account=citizen.account)
    except RdvError as problem:
        return here.page("delete_account", 422, problem=problem)
    response = here.go("/?fait=suppression")
    security.forget(response, here.settings)
    return response


async def _page(here: Here, part: str = "", problem: RdvError | None = None, done: str = "") -> Response:
    here.need_citizen()
    fresh = security.is_fresh(here.session, here.now)
    status = 200 if problem is None else _status(problem)
    may_find = await here.run(file_linking.may_find_file)
    return here.page("account", status, part=part, problem=problem, done=done, fresh=fresh, may_find=may_find)


def _status(problem: RdvError) -> int:
    return 429 if problem.error == "too_often" else 422
