"""Errors as pages: the family says the status, the sentences say what and what to do."""

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from portal.request import PortalRequest, Site, sign_in_path
from portal.security import browser_of, session_of
from rdv.i18n import wording
from rdv.terms import Broken, Conflict, Invalid, NotAllowed, NotFound, RdvError, Refused

STATUSES: dict[type[RdvError], int] = {
    Invalid: 400,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 422,
    Broken: 503,
}


def status_of(problem: RdvError) -> int:
    """Return the status of an error; 429 for too many attempts, 413 for too much data."""
    special = {"too_often": 429, "too_large": 413}.get(problem.error)
    return special or next((code for family, code in STATUSES.items() if isinstance(problem, family)), 500)


def add_errors(app: FastAPI) -> None:
    """Make the application answer errors with pages, and its programming interface with JSON."""
    app.add_exception_handler(RdvError, _told)
    app.add_exception_handler(HTTPException, _framework)


async def _told(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RdvError)
    if problem.error == "sign_in_needed" and not _is_api(request):
        return RedirectResponse(sign_in_path(request), 303, headers={"cache-control": "no-store"})
    return answer(request, problem)


async def _framework(request: Request, problem: Exception) -> Response:
    """Convert a refusal of the framework: no such page, no such method, an unreadable form."""
    assert isinstance(problem, HTTPException)
    if problem.status_code == 404:
        return answer(request, NotFound("no_page"))
    told = answer(request, Refused("too_large") if problem.status_code == 413 else Invalid("form_wrong"))
    told.status_code = problem.status_code
    return told


def answer(request: Request, problem: RdvError) -> Response:
    """Return the page of an error."""
    status = status_of(problem)
    headers = {"retry-after": "60"} if status in (429, 503) else {}
    if _is_api(request):
        said = {"error": problem.error, "message": wording.sentence(problem), "hint": wording.hint(problem)}
        return JSONResponse(said, status, headers=headers)
    response = _portal_request(request).page("error", status, problem=problem)
    response.headers.update(headers)
    return response


def _portal_request(request: Request) -> PortalRequest:
    """Return the request as its page knew it, or what its cookies say if there was no page."""
    known = getattr(request.state, "portal", None)
    if isinstance(known, PortalRequest):
        return known
    site: Site = request.app.state.site
    settings = site.office.settings
    session = session_of(request, settings, site.office.clock())
    return PortalRequest(request, site, session, browser=browser_of(request, settings))


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")
