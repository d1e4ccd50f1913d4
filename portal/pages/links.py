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
    """Show the appointment of the link."""
    return await appointment.show(_way(request, token), fait)


@router.get("/{token}/agenda.ics")
async def calendar(request: Incoming, token: str) -> Response:
    """Return a calendar file."""
    return await appointment.calendar(_way(request, token))


@router.get("/{token}/changer")
async def choose(request: Incoming, token: str, lieu: str = "", semaine: str = "") -> Response:
    """Show the slots to which it can move."""
    return await appointment.choose(_way(request, token), lieu, semaine)


@router.post("/{token}/changer")
async def move(request: Incoming, token: str) -> Response:
    """Move the appointment."""
    return await appointment.move(_way(request, token))


@router.get("/{token}/annuler")
async def confirm(request: Incoming, token: str) -> Response:
    """Ask whether to cancel it."""
    return await appointment.confirm_cancel(_way(request, token))


@router.post("/{token}/annuler")
async def cancel(request: Incoming, token: str) -> Response:
    """Cancel the appointment."""
    return await appointment.cancel(_way(request, token))


def _way(request: PortalRequest, token: str) -> Way:
    """Return the appointment that the link opens. Raise Invalid for a forged link, Refused for an expired one."""
    found = read_link(request.settings, token, request.now)
    return Way(request, Actor.citizen(code_of(found.partner)), found.appointment, f"/lien/{token}", by_link=True)
