"""Choosing a slot: reading what there is, and what was chosen."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.calendar import SHOWN_DAYS, Picker, by_day, monday_of
from portal.here import Here, instant, number
from rdv.engine import public
from rdv.terms import Invalid, NotFound

FIRST = 4
"""How many of the first free slots a page begins with."""


class Choice(NamedTuple):
    """A slot as a form names it: « type.place.start »."""

    type: int
    place: int
    start: datetime


def choice(here: Here, text: str) -> Choice:
    """The slot that a form names; raises Invalid."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Invalid("form_wrong")
    return Choice(number(parts[0]), number(parts[1]), instant(parts[2], here.now))


async def picker(here: Here, *, type: int, place: int | None, week: date | None, base: str, action: str) -> Picker:
    """The page of a type: the first free slots, and a week of them; by default the week of the first one.

    Raises NotFound for a type that is not on the portal (P4).
    """
    kind = next((one for one in await here.run(public.open_types) if one.id == type), None)
    if kind is None:
        raise NotFound("not_found", kind="type", ref=type, close=())
    places = await here.run(public.open_places, type=type)
    first = await here.run(public.first_free, type=type, place=place, count=FIRST)
    today = here.now.astimezone(ZoneInfo(here.settings.zone)).date()
    start = week or (first[0].starts_at.date() if first else today)
    monday = monday_of(start)
    slots = await here.run(public.free_slots, type=type, place=place, first=monday, days=SHOWN_DAYS)
    return Picker(
        type=kind,
        places=tuple(places),
        place=place,
        monday=monday,
        days=by_day(slots, monday),
        first=tuple(first),
        today=today,
        base=base,
        action=action,
    )
