"""What faces receive of the figures (F1): counts that name nobody."""

from dataclasses import dataclass
from datetime import date, datetime

from rdv.terms import Grouping


@dataclass(frozen=True, slots=True)
class Figures:
    """What was offered and what became of it, in some days.

    `seats` are those of the slots, suspended ones apart, and `booked` those that are taken; the rest are appointments
    by status as they read now (A2). `first_free` is the first free slot from now on, in the time of its place, `wait`
    the days until its day; both None where there is none, and where the line is a stretch of time.
    """

    seats: int = 0
    suspended: int = 0
    booked: int = 0
    planned: int = 0
    to_reschedule: int = 0
    past_without_status: int = 0
    done: int = 0
    no_show: int = 0
    cancelled: int = 0
    first_free: datetime | None = None
    wait: int | None = None

    @property
    def load(self) -> float | None:
        """The share of the seats that is booked; None without seats."""
        return self.booked / self.seats if self.seats else None

    @property
    def no_show_share(self) -> float | None:
        """The share of no shows among those whose outcome is known; None where none is."""
        known = self.done + self.no_show
        return self.no_show / known if known else None


@dataclass(frozen=True, slots=True)
class FiguresLine:
    """The figures of a counter (`place` says where), a type, a place, or of a stretch of days that begins on `day`."""

    label: str
    figures: Figures
    place: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of the days from `first` to `last`, both included, line by line and together."""

    first: date
    last: date
    by: Grouping
    lines: tuple[FiguresLine, ...]
    total: Figures
