"""The public programming interface: types, places and the next free slots, to be read; documented by OpenAPI."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from pydantic import BaseModel

from portal.errors import add_errors
from portal.request import PortalRequest, Site
from rdv.engine.citizens import offer

BIG = 2**31 - 1


class TypeOut(BaseModel):
    """A type of appointment that citizens can book."""

    id: int
    label: str
    description: str
    max_upcoming: int
    notice_hours: int
    horizon_days: int


class PlaceOut(BaseModel):
    """A place where a type is served."""

    id: int
    label: str
    address: str


class SlotOut(BaseModel):
    """A free slot; times are ISO 8601 with the offset of the place."""

    place_id: int
    place: str
    starts_at: datetime
    ends_at: datetime
    seats: int


class ErrorOut(BaseModel):
    """A problem and what to do."""

    error: str
    message: str
    hint: str


def api(site: Site) -> FastAPI:
    """Return the interface, an application with its own OpenAPI document."""
    app = FastAPI(
        title="rdv",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses={code: {"model": ErrorOut} for code in (400, 404, 429, 503)},
    )
    app.state.site = site
    add_errors(app)

    async def answer(request: Request, response: Response, question: Any, function: Any, **arguments: Any) -> list[Any]:
        async def read() -> list[Any]:
            asked = PortalRequest(request, site, None)
            await asked.spend("api")
            return [asdict(one) for one in await asked.look(function, **arguments)]

        response.headers["cache-control"] = f"public, max-age={int(site.answers.seconds)}"
        return list(await site.answers.answer(question, read))

    @app.get("/types")
    async def types(request: Request, response: Response) -> list[TypeOut]:
        """List the types of appointment that can be booked online."""
        return await answer(request, response, "types", offer.open_types)

    @app.get("/types/{type}/places")
    async def places(request: Request, response: Response, type: Annotated[int, Path(ge=1, le=BIG)]) -> list[PlaceOut]:
        """List the places that serve a type."""
        return await answer(request, response, ("places", type), offer.open_places, type=type)

    @app.get("/types/{type}/slots")
    async def slots(
        request: Request,
        response: Response,
        type: Annotated[int, Path(ge=1, le=BIG)],
        place: Annotated[int | None, Query(ge=1, le=BIG)] = None,
        count: Annotated[int, Query(ge=1, le=offer.MOST_SLOTS)] = 10,
    ) -> list[SlotOut]:
        """List the next free slots of a type, earliest first."""
        question = ("slots", type, place, count)
        return await answer(request, response, question, offer.first_free, type=type, place=place, count=count)

    return app
