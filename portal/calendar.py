"""A week of free slots as pages show it: by day, with the weeks around it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from rdv.engine.citizens.offer import WEEK_DAYS
from rdv.engine.views.portal import FreeSlot, OpenPlace, OpenType


@dataclass(frozen=True, slots=True)
class DayOfSlots:
    """A day and its free slots."""

    day: date
    slots: tuple[FreeSlot, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """All that choosing a slot takes: a type, its places, the first free slots, and one week of them.

    `drawn` is what was drawn of its slots, by language and page; it is as good as the answer that they are of.
    """

    type: OpenType
    places: tuple[OpenPlace, ...]
    place: int | None
    monday: date
    days: tuple[DayOfSlots, ...]
    first: tuple[FreeSlot, ...]
    today: date
    base: str
    action: str
    drawn: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def once(self, language: str, draw: Callable[..., str], *more: Any) -> str:
        """The slots as `draw` draws them in a language, drawn when they are first asked for."""
        key = (language, self.base, self.action)
        if key not in self.drawn:
            self.drawn[key] = draw(self, *more)
        return self.drawn[key]

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
    """The days of a week with their slots; a Saturday or a Sunday without any is left out."""
    found = {day: tuple(of_day) for day, of_day in groupby(slots, key=lambda slot: slot.starts_at.date())}
    days = [monday + timedelta(days=n) for n in range(WEEK_DAYS)]
    return tuple(DayOfSlots(day, found.get(day, ())) for day in days if day.weekday() < 5 or day in found)
