"""The first page: what one can come for."""

from fastapi import APIRouter
from starlette.responses import Response

from portal import security
from portal.request import Asked, inside
from rdv.engine import citizens, public
from rdv.terms import LANGUAGES, Invalid

router = APIRouter()


@router.get("/")
async def home(here: Asked) -> Response:
    """The types of appointments, and what the citizen has to know first."""
    mine = await here.run(citizens.list_mine) if here.citizen else None
    return here.page("home", types=await here.look(public.open_types), mine=mine)


@router.post("/langue")
async def language(here: Asked) -> Response:
    """Keeps the language that was chosen, and shows the same page again."""
    chosen = here.text("langue")
    if chosen not in LANGUAGES:
        raise Invalid("form_wrong")
    response = here.go(inside(here.text("suite", most=600)) or "/")
    security.set_language(response, here.settings, chosen)
    return response
