"""The pages of one appointment: show, change and cancel it, signed in or with the link of a message.

The same pages exist at two addresses; the engine checks whose appointment it is (P5).
"""

from dataclasses import dataclass

from starlette.responses import Response

from portal.errors import status_of
from portal.request import PortalRequest, day, number
from portal.slot_picker import choice, picker
from rdv.engine.citizens import own_appointments
from rdv.engine.views.portal import MyAppointment
from rdv.terms import Actor, Conflict, NotFound, RdvError, Refused


@dataclass(frozen=True, slots=True)
class Way:
    """The actor, the appointment and the address of the page."""

    request: PortalRequest
    actor: Actor
    appointment: int
    base: str
    by_link: bool = False


async def show(way: Way, done: str = "", problem: RdvError | None = None) -> Response:
    """Show the appointment, what to bring, and what can be done."""
    one = await _read(way)
    status = status_of(problem) if problem else 200
    return way.request.page("appointment", status, one=one, way=way, done=done, problem=problem)


async def calendar(way: Way) -> Response:
    """Return the appointment as a calendar file."""
    written = await way.request.run_as(way.actor, own_appointments.my_calendar, appointment=way.appointment)
    name = f'attachment; filename="rendez-vous-{way.appointment}.ics"'
    return Response(
        written, media_type="text/calendar", headers={"content-disposition": name, "cache-control": "no-store"}
    )


async def choose(way: Way, place: str, week: str, problem: RdvError | None = None) -> Response:
    """Show the free slots to which it can move."""
    one = await _read(way)
    if not one.may_move:
        return await show(way, problem=problem)
    found = await picker(
        way.request,
        type=one.type_id,
        place=number(place) if place else None,
        week=day(week),
        base=f"{way.base}/changer",
        action=f"{way.base}/changer",
    )
    return way.request.page(
        "move", status_of(problem) if problem else 200, one=one, way=way, picker=found, problem=problem
    )


async def move(way: Way) -> Response:
    """Move it to the chosen slot."""
    request = way.request
    wanted = choice(request, request.text("creneau"))
    try:
        await request.spend("hold", way.actor.name)
        await request.run_as(
            way.actor,
            own_appointments.move_mine,
            appointment=way.appointment,
            place=wanted.place,
            start=wanted.start,
        )
    except (Refused, Conflict) as problem:
        return await choose(way, request.text("lieu"), request.text("semaine"), problem)
    except NotFound as problem:
        if problem.error != "no_slot_there":
            raise
        return await choose(way, request.text("lieu"), request.text("semaine"), problem)
    return request.go(f"{way.base}?fait=change")


async def confirm_cancel(way: Way) -> Response:
    """Ask for a confirmation."""
    one = await _read(way)
    if not one.may_cancel:
        return await show(way)
    return way.request.page("cancel", one=one, way=way)


async def cancel(way: Way) -> Response:
    """Cancel the appointment."""
    try:
        await way.request.run_as(way.actor, own_appointments.cancel_mine, appointment=way.appointment)
    except (Refused, Conflict) as problem:
        return await show(way, problem=problem)
    return way.request.go(f"{way.base}?fait=annule")


async def _read(way: Way) -> MyAppointment:
    return await way.request.run_as(way.actor, own_appointments.show_mine, appointment=way.appointment)
