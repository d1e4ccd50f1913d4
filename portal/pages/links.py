"""The links of messages: one appointment, without signing in, until they expire; looking changes nothing (P6)."""

from fastapi import APIRouter
from starlette.responses import Response

from portal.pages import appointment
from portal.pages.appointment import Way
from portal.request import Incoming, PortalRequest
from rdv.engine.lookup.partner_lookup import code_of
from rdv.engine.messages.links import read_link
from rdv.terms import Actor

router = APIRouter(prefix="/lien")


@router.get("/{token}")
async def show(request: Incoming, token: str, fait: str = "") -> Response:
    """The appointment of the link."""
    return await appointment.show(_way(request, token), fait)


@router.get("/{token}/agenda.ics")
async def calendar(request: Incoming, token: str) -> Response:
    """A file for the citizen's calendar."""
    return await appointment.calendar(_way(request, token))


@router.get("/{token}/changer")
async def choose(request: Incoming, token: str, lieu: str = "", semaine: str = "") -> Response:
    """The slots to which it can be moved."""
    return await appointment.choose(_way(request, token), lieu, semaine)


@router.post("/{token}/changer")
async def move(request: Incoming, token: str) -> Response:
    """Moves it."""
    return await appointment.move(_way(request, token))


@router.get("/{token}/annuler")
async def confirm(request: Incoming, token: str) -> Response:
    """Asks whether to cancel it."""
    return await appointment.confirm_cancel(_way(request, token))


@router.post("/{token}/annuler")
async def cancel(request: Incoming, token: str) -> Response:
    """Cancels it."""
    return await appointment.cancel(_way(request, token))


def _way(request: PortalRequest, token: str) -> Way:
    """Whose appointment the link opens. Raises Invalid for a forged link, Refused for one that has had its time."""
    found = read_link(request.settings, token, request.now)
    return Way(request, Actor.citizen(code_of(found.partner)), found.appointment, f"/lien/{token}", by_link=True)
