"""Choosing a slot: the first free ones, a week of them as pages show it, and the chosen one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from portal.request import PortalRequest, instant, number
from rdv.engine.citizens import offer
from rdv.engine.citizens.offer import WEEK_DAYS
from rdv.engine.views.portal import FreeSlot, OpenPlace, OpenType, OpenWeek
from rdv.i18n import wording
from rdv.terms import Invalid

FIRST = 4
"""How many of the first free slots a page begins with."""


class Choice(NamedTuple):
    """A slot as a form names it: « type.place.start »."""

    type: int
    place: int
    start: datetime


def choice(request: PortalRequest, text: str) -> Choice:
    """Return the slot that a form names. Raise Invalid otherwise."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Invalid("form_wrong")
    return Choice(number(parts[0]), number(parts[1]), instant(parts[2], request.now))


class StartingTime(NamedTuple):
    """Free slots that start together by one clock, one a place; `timestamp` is in seconds since 1970."""

    timestamp: int
    starts_at: datetime
    slots: tuple[FreeSlot, ...]


class DayOfSlots(NamedTuple):
    """A day and its free slots, by start."""

    day: date
    times: tuple[StartingTime, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """All that choosing a slot takes: a type, its places, the first free slots, and one week of them, drawn."""

    type: OpenType
    places: tuple[OpenPlace, ...]
    place: int | None
    monday: date
    first: tuple[FreeSlot, ...]
    today: date
    week: Markup
    base: str
    action: str

    @property
    def several(self) -> bool:
        """Return True if the slots of several places are shown together."""
        return len(self.places) > 1 and not self.place

    @property
    def before(self) -> date | None:
        """Return the week before, unless it is over."""
        monday = self.monday - timedelta(days=WEEK_DAYS)
        return monday if monday + timedelta(days=WEEK_DAYS) > self.today else None

    @property
    def after(self) -> date | None:
        """Return the week after, unless it begins beyond the horizon."""
        monday = self.monday + timedelta(days=WEEK_DAYS)
        return monday if monday <= self.today + timedelta(days=self.type.horizon_days) else None

    @property
    def last(self) -> date:
        """Return the last day of the page."""
        return self.monday + timedelta(days=WEEK_DAYS - 1)

    def address(self, *, place: int | None = None, monday: date | None = None) -> str:
        """Return the address of another week, or of another place (0: all)."""
        asked = [f"semaine={monday or self.monday}"]
        wanted = self.place if place is None else place or None
        if wanted:
            asked.append(f"lieu={wanted}")
        return f"{self.base}{'&' if '?' in self.base else '?'}{'&'.join(asked)}"


def by_day(slots: Sequence[FreeSlot], monday: date) -> tuple[DayOfSlots, ...]:
    """Return the days of a week with their slots, without a Saturday or a Sunday that has none."""
    times: dict[date, list[StartingTime]] = {monday + timedelta(days=n): [] for n in range(WEEK_DAYS)}
    for _, group in groupby(slots, key=lambda slot: slot.starts_at.isoformat()):  # places may be in several zones
        together = tuple(group)
        starts_at = together[0].starts_at
        times[starts_at.date()].append(StartingTime(int(starts_at.timestamp()), starts_at, together))
    return tuple(DayOfSlots(day, tuple(of_day)) for day, of_day in times.items() if day.weekday() < 5 or of_day)


class _ShownWeek(NamedTuple):
    """A week as it was read, with its slots drawn in one language."""

    read: OpenWeek
    drawn: Markup


async def picker(
    request: PortalRequest, *, type: int, place: int | None, week: date | None, base: str, action: str
) -> Picker:
    """Return the first free slots of a type, and a week of them; by default the week of the first one.

    Visitors who have not signed in get answers from the cache. Others see what their own last click changed.

    Raises NotFound for a type that is not on the portal (P4).
    """
    monday = week - timedelta(days=week.weekday()) if week else None
    is_cached = request.citizen is None and request.http.method == "GET"
    run = request.site.office.look if is_cached else request.site.office.run

    def read_and_draw() -> _ShownWeek:
        read = run(offer.look, request.actor, type=type, place=place, week=monday, count=FIRST)
        several = len(read.places) > 1 and not place
        drawn = request.site.pages.render("week", days=by_day(read.slots, read.monday), type=read.type, several=several)
        return _ShownWeek(replace(read, slots=()), Markup(drawn))

    read_in_thread = partial(request.site.threads.run, read_and_draw)
    question = (type, place, monday, wording.language())
    shown = await (request.site.weeks.answer(question, read_in_thread) if is_cached else read_in_thread())
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
