"""Choosing a slot: reading what there is, and what was chosen."""

from datetime import date, datetime
from typing import Any, NamedTuple

from portal.calendar import Picker, by_day
from portal.here import Here, instant, number
from rdv.engine.citizens import offer
from rdv.engine.views.portal import OpenWeek
from rdv.terms import Invalid

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
    key = (type, place, week)
    if here.citizen is None and here.request.method == "GET":
        async with here.site.turn:  # many who ask at once wait for one answer
            kept: tuple[OpenWeek, dict[Any, str]] | None = here.site.looks.get(key)
            if kept is None:
                found = await here.look(offer.look, type=type, place=place, week=week, count=FIRST)
                kept = found, {}
                here.site.looks.put(key, kept)
        seen, drawn = kept
    else:
        seen = await here.run(offer.look, type=type, place=place, week=week, count=FIRST)
        drawn = {}
    return Picker(
        type=seen.type,
        places=seen.places,
        place=place,
        monday=seen.monday,
        days=by_day(seen.slots, seen.monday),
        first=seen.first,
        today=seen.today,
        base=base,
        action=action,
        drawn=drawn,
    )
