"""Free slots in the order of time: full days are counted and skipped, the others are read day by day.

Counting reads the key of the claims alone. It is right because every claim is on a slot (decision 4): a period with as
many claims as seats has no free slot. A desk taken elsewhere only makes it fuller.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from rdv.engine.core.availability import Offered
from rdv.engine.core.schedule import Hours, expand, local_day, utc
from rdv.engine.core.spans import Span
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.claims import Days
from rdv.engine.seats.counter_hours import CounterHours
from rdv.store.columns import seconds
from rdv.store.tables import Claim, table
from rdv.terms import SlotStatus

_CLAIM = table(Claim).c
_STANDING = select(func.count()).where(
    _CLAIM.counter_id.in_(bindparam("counters", expanding=True)),
    _CLAIM.starts_at >= bindparam("first"),
    _CLAIM.starts_at < bindparam("until"),
)
_RUN_OUT = select(_CLAIM.counter_id, seconds(_CLAIM.starts_at)).where(
    _CLAIM.partner_id > 0, _CLAIM.expires_at <= bindparam("now")
)
"""Expired holds that are still stored; the index of holders finds them."""

STEP = 7
"""How many days are read at once."""

FEW = 20
"""Days, times counters, that are read without being counted first."""


def free_between(
    work: Work, counters: Sequence[CounterHours], earliest: int, stop: date
) -> Iterator[tuple[CounterHours, Offered]]:
    """Yield free slots from `earliest` on that start before the day `stop`, in the order of time."""
    seats = _Seats.of(work, counters)
    start = first_day(earliest, counters)
    while start < stop:
        after = min(start + timedelta(days=STEP), stop)
        for one in _in_order(work, counters, Days(start, after), seats):
            if one[1].slot.start >= earliest:
                yield one
        start = after


def first_day(at: int, counters: Iterable[CounterHours]) -> date:
    """Return the day at this instant where the clock is furthest behind."""
    return min(local_day(at, zone) for zone in {counter.zone for counter in counters})


def free_on(
    work: Work, counters: Sequence[CounterHours], days: Days, within: Span | None = None
) -> Iterator[Iterator[tuple[CounterHours, Offered]]]:
    """Yield, for each counter, the free slots of some days, or of a span of them, that have not begun."""
    now = work.instant

    def free(counter: CounterHours, offered: Iterator[Offered]) -> Iterator[tuple[CounterHours, Offered]]:
        return ((counter, seen) for seen in offered if seen.status is SlotStatus.FREE and seen.slot.start >= now)

    return (free(counter, offered) for counter, offered in claims.offers(work, counters, days, within=within))


def _in_order(
    work: Work, counters: Sequence[CounterHours], days: Days, seats: "_Seats"
) -> Iterator[tuple[CounterHours, Offered]]:
    """Yield the free slots of some days by start.

    Read large ranges one day at a time, and each day in growing chunks, so that the first results arrive early.
    """
    length = (days.until - days.first).days
    if length * len(counters) <= FEW:
        yield from _by_start(work, counters, days)
    elif seats.are_taken(days):
        return
    elif length == 1:
        for span in seats.spans(days):
            yield from _by_start(work, counters, days, span)
    else:
        for first in (days.first + timedelta(days=n) for n in range(length)):
            yield from _in_order(work, counters, Days(first, first + timedelta(days=1)), seats)


def _by_start(
    work: Work, counters: Sequence[CounterHours], days: Days, within: Span | None = None
) -> Iterator[tuple[CounterHours, Offered]]:
    return merge(*free_on(work, counters, days, within), key=lambda one: (one[1].slot, one[0].id))


@dataclass(frozen=True, slots=True)
class _Seats:
    """How many seats some counters have, and how many of them are taken."""

    work: Work
    capacities: dict[Hours, int]
    counters: dict[ZoneInfo, list[int]]
    run_out: list[tuple[int, int]]

    @classmethod
    def of(cls, work: Work, counters: Sequence[CounterHours]) -> "_Seats":
        """Return those of these counters; many of them have the same hours."""
        capacities: dict[Hours, int] = defaultdict(int)
        of_zone: dict[ZoneInfo, list[int]] = defaultdict(list)
        for counter in counters:
            capacities[counter.hours] += counter.capacity
            of_zone[counter.zone].append(counter.id)
        run_out = work.session.execute(_RUN_OUT, {"now": work.now}).all()
        return cls(work, capacities, of_zone, [(counter, start) for counter, start in run_out])

    def are_taken(self, days: Days) -> bool:
        """Return True if all seats of these days are."""
        there = sum(len(expand(hours, days.first, days.until)) * many for hours, many in self.capacities.items())
        return there == 0 or there <= sum(self._taken(ids, days.span_in(zone)) for zone, ids in self.counters.items())

    def spans(self, days: Days) -> Iterator[Span]:
        """Yield spans that hold the starts of these days: short ones first, twice as long each time."""
        starts = sorted({slot.start for hours in self.capacities for slot in expand(hours, days.first, days.until)})
        rank, many = 0, 2
        while rank < len(starts):
            some = starts[rank : rank + many]
            yield some[0], some[-1] + 1
            rank, many = rank + many, many * 2

    def _taken(self, counters: list[int], span: Span) -> int:
        bounds = {"counters": counters, "first": utc(span[0]), "until": utc(span[1])}
        standing: int = self.work.session.execute(_STANDING, bounds).scalar_one()
        run_out = sum(span[0] <= start < span[1] and counter in counters for counter, start in self.run_out)
        return standing - run_out
