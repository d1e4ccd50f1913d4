"""Choosing a slot: reading what there is, and what was chosen."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from portal.calendar import Picker, by_day
from portal.here import Here, instant, number
from rdv import wording
from rdv.engine import public
from rdv.engine.portal_views import OpenWeek
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


class _ShownWeek(NamedTuple):
    """A week as it was read, with its slots drawn in one language."""

    read: OpenWeek
    drawn: Markup


async def picker(here: Here, *, type: int, place: int | None, week: date | None, base: str, action: str) -> Picker:
    """Return the first free slots of a type, and a week of them; by default the week of the first one.

    Visitors who have not signed in get answers from the cache. Others see what their own last click changed.

    Raises NotFound for a type that is not on the portal (P4).
    """
    monday = week - timedelta(days=week.weekday()) if week else None
    is_cached = here.citizen is None and here.request.method == "GET"
    run = here.site.office.look if is_cached else here.site.office.run

    def read_and_draw() -> _ShownWeek:
        read = run(public.look, here.actor, type=type, place=place, week=monday, count=FIRST)
        several = len(read.places) > 1 and not place
        drawn = here.site.pages.render("week", days=by_day(read.slots, read.monday), type=read.type, several=several)
        return _ShownWeek(replace(read, slots=()), Markup(drawn))

    read_in_thread = partial(here.site.threads.run, read_and_draw)
    question = (type, place, monday, wording.language())
    shown = await (here.site.weeks.answer(question, read_in_thread) if is_cached else read_in_thread())
    return Picker(
        type=shown.read.type,
        places=shown.read.places,
        place=place,
        monday=shown.read.monday,
        first=shown.read.first,
        today=shown.read.today,
        week=shown.drawn,
        base=base,
        action=action,
    )
