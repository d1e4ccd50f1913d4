"""Slots from a reference week: the pure core against `dateutil.rrule`."""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import cycle

from dateutil.rrule import FR, MO, TH, TU, WE, WEEKLY, rrule, rruleset

from bench.measure import Figure, Goal, alternate
from bench.town import PARIS, Town, hours
from rdv.engine.core.schedule import expand

YEARS = range(2000, 2036, 2)
"""Enough years for the cache of days to have dropped the first when the last is done."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Compute the slots of two counter-years, different years each time, so that no cache helps."""
    if not town.office.database.is_sqlite:
        return  # the core uses no database
    assert ours(2026) == theirs(2026) != [], "the same slots on both sides"
    mine, other = cycle(YEARS), cycle(YEARS)
    pair = alternate(lambda: ours(next(mine)), lambda: theirs(next(other)), runs=runs)
    yield Figure("expansion of two counter-years", "–", "dateutil.rrule", Goal(1 / 3), pair)


def ours(year: int) -> list[int]:
    """Return the starts of the slots of two years, in seconds since 1970."""
    return [slot.start for slot in expand(hours(date(year, 1, 1)), date(year, 1, 1), date(year + 2, 1, 1))]


def theirs(year: int) -> list[int]:
    """Return the same starts, by recurrence rules."""
    start, until = (
        datetime.combine(date(year, 1, 1), time(), PARIS),
        datetime.combine(date(year + 2, 1, 1), time(), PARIS),
    )
    weekdays = (MO, TU, WE, TH, FR)
    found = rruleset()
    for of_day, of_hour in (((9, 10, 11, 14, 15, 16), (0, 30)), ((13,), (30,))):
        found.rrule(
            rrule(WEEKLY, start, until=until, byweekday=weekdays, byhour=of_day, byminute=of_hour, bysecond=0)
        )  # fmt: skip
    return [int(slot.timestamp()) for slot in found]
