"""A week of free slots as pages show it: by day, with the weeks around it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from rdv.engine.portal_views import FreeSlot, OpenPlace, OpenType
from rdv.engine.public import WEEK_DAYS


class StartingTime(NamedTuple):
    """Free slots that start together, one a place; `instant` is their start in seconds since 1970."""

    instant: int
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
        """The week before, as long as it is not over."""
        monday = self.monday - timedelta(days=WEEK_DAYS)
        return monday if monday + timedelta(days=WEEK_DAYS) > self.today else None

    @property
    def after(self) -> date | None:
        """The week after, as long as it begins before the horizon."""
        monday = self.monday + timedelta(days=WEEK_DAYS)
        return monday if monday <= self.today + timedelta(days=self.type.horizon_days) else None

    @property
    def last(self) -> date:
        """The last day that is shown."""
        return self.monday + timedelta(days=WEEK_DAYS - 1)

    def address(self, *, place: int | None = None, monday: date | None = None) -> str:
        """The page of another week, or of another place (0: of all)."""
        asked = [f"semaine={monday or self.monday}"]
        wanted = self.place if place is None else place or None
        if wanted:
            asked.append(f"lieu={wanted}")
        return f"{self.base}{'&' if '?' in self.base else '?'}{'&'.join(asked)}"


def by_day(slots: Sequence[FreeSlot], monday: date) -> tuple[DayOfSlots, ...]:
    """Return the days of a week with their slots, without a Saturday or a Sunday that has none."""
    times: dict[date, list[StartingTime]] = {monday + timedelta(days=n): [] for n in range(WEEK_DAYS)}
    for instant, group in groupby(slots, key=lambda slot: int(slot.starts_at.timestamp())):
        together = tuple(group)
        starts_at = together[0].starts_at
        times[starts_at.date()].append(StartingTime(instant, starts_at, together))
    return tuple(DayOfSlots(day, tuple(of_day)) for day, of_day in times.items() if day.weekday() < 5 or of_day)
