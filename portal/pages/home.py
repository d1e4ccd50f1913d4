"""The first page: the types of appointments."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import security
from portal.request import Incoming, inside
from rdv.engine.citizens import offer, own_appointments
from rdv.terms import LANGUAGES, Invalid

router = APIRouter()


@router.get("/")
async def home(request: Incoming) -> Response:
    """Show the types of appointments, after anything that the citizen must know first."""
    mine = await request.run(own_appointments.list_mine) if request.citizen else None
    return request.page("home", types=await request.look(offer.open_types), mine=mine)


@router.post("/langue")
async def language(request: Incoming) -> Response:
    """Store the chosen language and show the same page again."""
    chosen = request.text("langue")
    if chosen not in LANGUAGES:
        raise Invalid("form_wrong")
    response = request.go(inside(request.text("suite", most=600)) or "/")
    security.set_language(response, request.settings, chosen)
    return response
