"""My appointments, and each of them, for a signed-in citizen (P5, P6)."""

from fastapi import APIRouter
from starlette.responses import Response

from portal.pages import appointment
from portal.pages.appointment import Way
from portal.request import Incoming, PortalRequest, number
from rdv.engine.citizens import holds, own_appointments

router = APIRouter(prefix="/rendez-vous")


@router.get("")
async def all_of_them(request: Incoming, fait: str = "") -> Response:
    """Show upcoming and past appointments, first those that must be chosen again."""
    request.need_citizen()
    mine = await request.run(own_appointments.list_mine)
    waiting = [one for one in await request.run(holds.my_holds) if not one.is_over]
    return request.page("mine", mine=mine, waiting=waiting, done=fait)


@router.get("/{which}.ics")
async def calendar(request: Incoming, which: str) -> Response:
    """Return a calendar file."""
    return await appointment.calendar(_way(request, which))


@router.get("/{which}")
async def show(request: Incoming, which: str, fait: str = "") -> Response:
    """Show one appointment."""
    return await appointment.show(_way(request, which), fait)


@router.get("/{which}/changer")
async def choose(request: Incoming, which: str, lieu: str = "", semaine: str = "") -> Response:
    """Show the slots to which it can move."""
    return await appointment.choose(_way(request, which), lieu, semaine)


@router.post("/{which}/changer")
async def move(request: Incoming, which: str) -> Response:
    """Move the appointment."""
    return await appointment.move(_way(request, which))


@router.get("/{which}/annuler")
async def confirm(request: Incoming, which: str) -> Response:
    """Ask whether to cancel it."""
    return await appointment.confirm_cancel(_way(request, which))


@router.post("/{which}/annuler")
async def cancel(request: Incoming, which: str) -> Response:
    """Cancel the appointment."""
    return await appointment.cancel(_way(request, which))


def _way(request: PortalRequest, which: str) -> Way:
    request.need_citizen()
    found = number(which)
    return Way(request, request.actor, found, f"/rendez-vous/{found}")
