"""My appointments, and each of them, for whoever is signed in (P5, P6)."""

from fastapi import APIRouter
from starlette.responses import Response

from portal.pages import appointment
from portal.pages.appointment import Way
from portal.request import Asked, Here, number
from rdv.engine import citizens, holds

router = APIRouter(prefix="/rendez-vous")


@router.get("")
async def all_of_them(here: Asked, fait: str = "") -> Response:
    """Those to come and those that are over; first of all those that are to be chosen again."""
    here.need_citizen()
    mine = await here.run(citizens.list_mine)
    waiting = [one for one in await here.run(holds.my_holds) if not one.is_over]
    return here.page("mine", mine=mine, waiting=waiting, done=fait)


@router.get("/{which}.ics")
async def calendar(here: Asked, which: str) -> Response:
    """A file for the citizen's calendar."""
    return await appointment.calendar(_way(here, which))


@router.get("/{which}")
async def show(here: Asked, which: str, fait: str = "") -> Response:
    """One appointment."""
    return await appointment.show(_way(here, which), fait)


@router.get("/{which}/changer")
async def choose(here: Asked, which: str, lieu: str = "", semaine: str = "") -> Response:
    """The slots to which it can be moved."""
    return await appointment.choose(_way(here, which), lieu, semaine)


@router.post("/{which}/changer")
async def move(here: Asked, which: str) -> Response:
    """Moves it."""
    return await appointment.move(_way(here, which))


@router.get("/{which}/annuler")
async def confirm(here: Asked, which: str) -> Response:
    """Asks whether to cancel it."""
    return await appointment.confirm_cancel(_way(here, which))


@router.post("/{which}/annuler")
async def cancel(here: Asked, which: str) -> Response:
    """Cancels it."""
    return await appointment.cancel(_way(here, which))


def _way(here: Here, which: str) -> Way:
    here.need_citizen()
    found = number(which)
    return Way(here, here.actor, found, f"/rendez-vous/{found}")
