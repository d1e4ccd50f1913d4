"""Booking: a type, then slots, then held with the time left, then validated (P1–P4)."""

from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from portal.errors import status_of
from portal.request import Incoming, PortalRequest, day, instant, number
from portal.slot_picker import Choice, choice, picker
from rdv.engine.citizens import holds, offer
from rdv.engine.views.portal import FreeSlot
from rdv.terms import Conflict, NotFound, RdvError, Refused

router = APIRouter(prefix="/rendez-vous/nouveau")
NEAR = 3
"""How many slots are offered instead of one that is gone."""


@router.get("")
async def choose(request: Incoming, type: str = "", lieu: str = "", semaine: str = "", creneau: str = "") -> Response:
    """Show the types, then the slots of one, then the slot chosen before signing in."""
    if creneau:
        return await _confirm(request, choice(request, creneau))
    if type:
        return await _slots(request, number(type), lieu, semaine)
    types = await request.look(offer.open_types)
    return await _slots(request, types[0].id, lieu, semaine) if len(types) == 1 else request.page("types", types=types)


@router.post("")
async def hold(request: Incoming) -> Response:
    """Hold the chosen slot. A visitor signs in first and comes back to it."""
    wanted = choice(request, request.text("creneau"))
    if request.citizen is None:
        after = f"/rendez-vous/nouveau?creneau={request.text('creneau')}"
        return request.go(f"/connexion?suite={quote(after, safe='')}")
    try:
        await request.spend("hold", request.citizen.code)
        await request.run(holds.hold, type=wanted.type, place=wanted.place, start=wanted.start)
    except (Refused, Conflict, NotFound) as problem:
        return await _slots(request, wanted.type, request.text("lieu"), request.text("semaine"), problem, wanted)
    return request.go("/rendez-vous/nouveau/choix")


@router.get("/choix")
async def held(request: Incoming) -> Response:
    """Show the held slots, the time left, and the button that confirms them."""
    return await _held(request)


@router.post("/retirer")
async def give_back(request: Incoming) -> Response:
    """Release a held slot."""
    request.need_citizen()
    counter, start = _key(request, request.text("tenu"))
    await request.run(holds.release_hold, counter=counter, start=start)
    return request.go("/rendez-vous/nouveau/choix")


@router.post("/valider")
async def validate(request: Incoming) -> Response:
    """Turn the held slots into appointments, all or none."""
    request.need_citizen()
    keys = request.texts("tenu")
    if len(keys) > 50:
        raise Refused("too_large")
    try:
        made = await request.run(
            holds.validate, slots=[_key(request, key) for key in keys], remark=request.text("message", most=2000)
        )
    except (Refused, Conflict) as problem:
        return await _held(request, problem, [choice(request, text) for text in request.texts("choix")[:50]])
    return request.go(f"/rendez-vous/{made[0]}?fait=pris" if len(made) == 1 else "/rendez-vous?fait=pris")


async def _slots(
    request: PortalRequest,
    type: int,
    place: str,
    week: str,
    problem: RdvError | None = None,
    wanted: Choice | None = None,
) -> Response:
    found = await picker(
        request,
        type=type,
        place=number(place) if place else None,
        week=day(week) or (wanted.start.date() if wanted else None),
        base=f"/rendez-vous/nouveau?type={type}",
        action="/rendez-vous/nouveau",
    )
    near = await _near(request, wanted) if wanted else []
    status = status_of(problem) if problem else 200
    waiting = [one for one in await request.run(holds.my_holds) if not one.is_over] if request.citizen else []
    return request.page("slots", status, picker=found, problem=problem, near=near, waiting=waiting)


async def _confirm(request: PortalRequest, wanted: Choice) -> Response:
    """Show one slot and its button, because following a link must hold nothing."""
    found = await request.run(offer.free_slots, type=wanted.type, place=wanted.place, first=wanted.start.date(), days=2)
    slot = next((one for one in found if one.starts_at == wanted.start), None)
    if slot is None:
        problem = Conflict("just_taken", rule="S5", start=wanted.start)
        return await _slots(request, wanted.type, str(wanted.place), "", problem, wanted)
    kind = next(one for one in await request.run(offer.open_types) if one.id == wanted.type)
    return request.page("confirm_slot", slot=slot, type=kind)


async def _held(
    request: PortalRequest, problem: RdvError | None = None, wanted: list[Choice] | None = None
) -> Response:
    request.need_citizen()
    found = await request.run(holds.my_holds)
    live = [one for one in found if not one.is_over]
    over = [Choice(one.type_id, one.place_id, one.starts_at) for one in found if one.is_over]
    kept = {(one.type_id, one.place_id, one.starts_at) for one in live}
    gone = [one for one in dict.fromkeys([*over, *(wanted or [])]) if tuple(one) not in kept]
    near = [slot for one in gone[:3] for slot in await _near(request, one)] if gone else []
    lost = [one.start for one in gone] if problem is None else []
    status = status_of(problem) if problem else 200
    seconds = min(((one.expires_at - request.now).total_seconds() for one in live), default=0)
    return request.page(
        "held", status, live=live, near=list(dict.fromkeys(near)), problem=problem, lost=lost, seconds=int(seconds)
    )


async def _near(request: PortalRequest, wanted: Choice) -> list[FreeSlot]:
    """Return the free slots nearest to one that is gone, at its place."""
    kind, place, day_of = wanted.type, wanted.place, wanted.start.date()
    try:
        same_day = await request.run(offer.free_slots, type=kind, place=place, first=day_of, days=2)
        later = await request.run(offer.first_free, type=kind, place=place, after=day_of, count=NEAR)
    except NotFound:
        return []
    nearest = sorted({*same_day, *later}, key=lambda slot: abs(slot.starts_at - wanted.start))[:NEAR]
    return sorted(nearest, key=lambda slot: slot.starts_at)


def _key(request: PortalRequest, text: str) -> tuple[int, datetime]:
    counter, _dash, start = text.partition("-")
    return number(counter), instant(start, request.now)
