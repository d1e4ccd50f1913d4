"""The citizen's account: details, preferences, password, address, and its end."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import security
from portal.request import Incoming, PortalRequest
from rdv.engine.citizens import account_links, account_passwords, accounts, file_linking
from rdv.terms import LANGUAGES, RdvError

router = APIRouter(prefix="/compte")


@router.get("")
async def show(request: Incoming, fait: str = "") -> Response:
    """Show the account, each part with its form."""
    return await _page(request, done=fait)


@router.post("")
async def change(request: Incoming) -> Response:
    """Change name, phone and preferences."""
    request.need_citizen()
    chosen = request.text("langue")
    try:
        await request.run(
            accounts.set_details,
            name=request.text("nom"),
            phone=request.text("telephone"),
            language=chosen,
            wants_email=request.ticked("courriel"),
            wants_sms=request.ticked("sms"),
        )
    except RdvError as problem:
        return await _page(request, "details", problem)
    response = request.go("/compte?fait=details")
    if chosen in LANGUAGES:
        security.set_language(response, request.settings, chosen)
    return response


@router.post("/mot-de-passe")
async def password(request: Incoming) -> Response:
    """Set another password; the other sessions end."""
    citizen = request.need_citizen()
    fresh = security.is_fresh(request.session, request.now)
    try:
        await request.spend("sign_in", f"password {citizen.account}")
        made = await request.run(
            account_passwords.set_own_password,
            account=citizen.account,
            new=request.text("nouveau", most=1000),
            current=request.text("actuel", most=1000),
            by_link=fresh,
        )
    except RdvError as problem:
        return await _page(request, "password", problem)
    response = request.go("/compte?fait=mot-de-passe")
    security.remember(response, request.settings, made, now=request.now)
    return response


@router.post("/adresse")
async def ask_address(request: Incoming) -> Response:
    """Send a link to another address."""
    citizen = request.need_citizen()
    email = request.text("email")
    try:
        await request.spend("link", email)
        await request.run(account_links.ask_new_email, account=citizen.account, email=email)
    except RdvError as problem:
        return await _page(request, "email", problem)
    return request.page("link_sent", email=email)


@router.get("/adresse/{token}")
async def address_page(request: Incoming, token: str) -> Response:
    """Show the page of the link to a new address, with a button."""
    request.need_citizen()
    return request.page("new_email", problem=None)


@router.post("/adresse/{token}")
async def take_address(request: Incoming, token: str) -> Response:
    """Replace the address."""
    citizen = request.need_citizen()
    await request.run(account_links.confirm_new_email, account=citizen.account, token=token)
    return request.go("/compte?fait=adresse")


@router.post("/dossier")
async def ask_code(request: Incoming) -> Response:
    """Send a code to a phone that the counter knows. The answer is the same for every number."""
    citizen = request.need_citizen()
    phone = request.text("telephone")
    try:
        await request.spend("link", f"account {citizen.account}")
        token = await request.run(file_linking.ask_code, account=citizen.account, phone=phone)
    except RdvError as problem:
        return await _page(request, "file", problem)
    return request.page("code_sent", phone=phone, code_token=token, problem=None)


@router.post("/dossier/code")
async def find_file(request: Incoming) -> Response:
    """Link the counter's file to the account by the code."""
    citizen = request.need_citizen()
    token = request.text("demande", most=1000)
    try:
        await request.spend("code", f"account {citizen.account}")
        await request.run(file_linking.claim_by_phone, account=citizen.account, token=token, code=request.text("code"))
    except RdvError as problem:
        if problem.error != "code_wrong":
            return await _page(request, "file", problem)
        return request.page("code_sent", 422, phone=request.text("telephone"), code_token=token, problem=problem)
    return request.go("/compte?fait=dossier")


@router.get("/suppression")
async def deletion_page(request: Incoming) -> Response:
    """Show what ends with the account."""
    request.need_citizen()
    return request.page("delete_account", problem=None)


@router.post("/suppression")
async def delete(request: Incoming) -> Response:
    """Delete the account."""
    citizen = request.need_citizen()
    try:
        await request.run(accounts.delete_account, account=citizen.account)
    except RdvError as problem:
        return request.page("delete_account", 422, problem=problem)
    response = request.go("/?fait=suppression")
    security.forget(response, request.settings)
    return response


async def _page(request: PortalRequest, part: str = "", problem: RdvError | None = None, done: str = "") -> Response:
    request.need_citizen()
    fresh = security.is_fresh(request.session, request.now)
    status = 200 if problem is None else _status(problem)
    may_find = await request.run(file_linking.may_find_file)
    return request.page("account", status, part=part, problem=problem, done=done, fresh=fresh, may_find=may_find)


def _status(problem: RdvError) -> int:
    return 429 if problem.error == "too_often" else 422
