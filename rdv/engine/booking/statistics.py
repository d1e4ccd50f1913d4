"""Statistics of some days: load, no-shows, and the wait for a free slot (F1).

Seats are computed from the current hours. The database counts booked and suspended seats and appointments, with one
query each per time zone, for any number of counters, days and lines.
"""

from bisect import bisect_right
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, Integer, and_, case, column, func, values
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.booking.slots import SEARCH_DAYS, check_period
from rdv.engine.core.schedule import Hours, expand, instant, local_day, utc
from rdv.engine.lookup.references import Ref, find_ids
from rdv.engine.office import Work, use_case
from rdv.engine.seats import claims
from rdv.engine.seats.claims import Days
from rdv.engine.seats.counter_hours import CounterHours, read_counters
from rdv.engine.seats.lists import types_of
from rdv.engine.views.statistics import Figures, FiguresLine, Statistics
from rdv.store.columns import Instant
from rdv.store.tables import Appointment, AppointmentType, Claim, Counter, Place, table
from rdv.terms import LIVE, AppointmentStatus, ClaimStatus, Grouping, SlotStatus, fold

USUAL_DAYS = 30
"""How many days are looked at where none are named, today being the last one."""

Key = tuple[str, str | None, date | None]
"""The subject of a line: its label, the place of a counter, the first day of a period."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope of the figures: days, lines, and the ids of the filters; None sets no limit."""

    first: date
    until: date
    by: Grouping
    counters: list[int] | None
    types: list[int] | None
    places: list[int] | None

    @property
    def starts(self) -> list[date]:
        """Return the first days of the periods of the lines."""
        return stretches(self.first, self.until, self.by)


@use_case(writes=False)
def count_figures(
    work: Work,
    *,
    by: Grouping = Grouping.COUNTER,
    first: Moment | None = None,
    last: Moment | None = None,
    types: Sequence[Ref] = (),
    places: Sequence[Ref] = (),
    counters: Sequence[Ref] = (),
    services: Sequence[Ref] = (),
) -> Statistics:
    """Return load, outcomes and waits of the days from `first` to `last`, included; by default the last 30 (F1).

    Days are those of each place; filters combine; `services` are those of the types. Raises Refused for days in the
    wrong order or more than MAX_DAYS.
    """
    start, end = _days(work, first, last)
    check_period(start, end + timedelta(days=1))
    question = Asked(
        start, end + timedelta(days=1), by,
        counters=find_ids(work.session, Counter, counters) if counters else None,
        types=_types(work, types, services),
        places=find_ids(work.session, Place, places) if places else None,
    )  # fmt: skip
    chosen = read_counters(work.session, ids=question.counters, types=question.types, places=question.places)
    counted: dict[Key, Tally[str]] = defaultdict(Tally)
    for key in _known_keys(question, chosen):
        counted[key] = Tally()
    for zone in _zones(work, question):
        here = [counter for counter in chosen if counter.zone == zone]
        days = _stretches_cte(question, zone)
        _count_seats(counted, question, zone, here)
        _count_claims(work, counted, question, days, here)
        _count_appointments(work, counted, question, days, zone)
    free = _first_free(work, chosen)
    return _statistics(work, question, counted, chosen, free)


def stretches(first: date, until: date, by: Grouping) -> list[date]:
    """Return the first day of each day, week (from Monday) or month of `[first, until)`; the first may be partial."""
    starts = [first]
    while by.is_time and (following := _following(starts[-1], by)) < until:
        starts.append(following)
    return starts


def _following(day: date, by: Grouping) -> date:
    if by is Grouping.MONTH:
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 - day.weekday() if by is Grouping.WEEK else 1)


def _days(work: Work, first: Moment | None, last: Moment | None) -> tuple[date, date]:
    """Return the first and the last day, by the settings' zone."""
    zone = ZoneInfo(work.settings.zone)
    today, usual = work.now.astimezone(zone).date(), timedelta(days=USUAL_DAYS - 1)
    if first is None:
        end = today if last is None else work.day(last, zone)
        return end - usual, end
    start = work.day(first, zone)
    if last is None:
        return start, today if start <= today else start + usual
    return start, work.day(last, zone)


def _types(work: Work, types: Sequence[Ref], services: Sequence[Ref]) -> list[int] | None:
    wanted = find_ids(work.session, AppointmentType, types) if types else None
    if not services:
        return wanted
    of_services = set(work.session.scalars(types_of(work, services)))
    return sorted(of_services if wanted is None else of_services & set(wanted))


def _zones(work: Work, question: Asked) -> list[ZoneInfo]:
    where = [] if question.places is None else [col(Place.id).in_(question.places)]
    return [ZoneInfo(name) for name in work.session.scalars(select(col(Place.timezone)).where(*where).distinct())]


def _key(by: Grouping, day: date, *, counter: str, type: str, place: str) -> Key:
    match by:
        case Grouping.COUNTER:
            return counter, place, None
        case Grouping.TYPE:
            return type, None, None
        case Grouping.PLACE:
            return place, None, None
    return day.isoformat(), None, day


def _known_keys(question: Asked, chosen: Sequence[CounterHours]) -> Iterator[Key]:
    """Yield the lines that there are though nothing is counted on them, in their order."""
    if question.by.is_time:
        yield from ((day.isoformat(), None, day) for day in question.starts)
    else:
        yield from (_key_of(question, counter, question.first) for counter in chosen)


def _key_of(question: Asked, counter: CounterHours, day: date) -> Key:
    return _key(question.by, day, counter=counter.label, type=counter.type, place=counter.place)


def _stretches_cte(question: Asked, zone: ZoneInfo) -> CTE:
    """Return the stretches of time as a table to join: number, first instant, first instant after it."""
    edges = [utc(instant(day, 0, zone)) for day in [*question.starts, question.until]]
    rows = [(number, edges[number], edges[number + 1]) for number in range(len(edges) - 1)]
    columns = (column("number", Integer), column("begins", Instant()), column("ends", Instant()))
    return values(*columns, name="stretch").data(rows).cte()


def _count_seats(counted: dict[Key, Tally[str]], question: Asked, zone: ZoneInfo, here: Sequence[CounterHours]) -> None:
    """Count the seats of the slots; counters with the same hours are computed once."""
    edges = [instant(day, 0, zone) for day in question.starts]
    by_hours: dict[Hours, Tally[int]] = {}
    for counter in here:
        if counter.hours not in by_hours:
            slots = expand(counter.hours, question.first, question.until)
            by_hours[counter.hours] = Tally(bisect_right(edges, slot.start) - 1 for slot in slots)
        for number, slots_there in by_hours[counter.hours].items():
            counted[_key_of(question, counter, question.starts[number])]["seats"] += slots_there * counter.capacity


def _count_claims(
    work: Work, counted: dict[Key, Tally[str]], question: Asked, days: CTE, here: Sequence[CounterHours]
) -> None:
    """Count the booked seats, and the suspended ones, which are not offered."""
    if not here:
        return
    counters, starts, c = {counter.id: counter for counter in here}, question.starts, table(Claim).c
    rows = work.session.execute(
        select(days.c.number, c.counter_id, c.status, func.count())
        .select_from(days)
        .join(table(Claim), and_(c.starts_at >= days.c.begins, c.starts_at < days.c.ends))
        .where(c.counter_id.in_(counters), c.status.in_((ClaimStatus.BOOKED, ClaimStatus.SUSPENDED)))
        .group_by(days.c.number, c.counter_id, c.status)
    )
    for number, counter_id, status, count in rows:
        tally = counted[_key_of(question, counters[counter_id], starts[number])]
        tally[str(status)] += count
        if status == ClaimStatus.SUSPENDED:
            tally["seats"] -= count


def _count_appointments(work: Work, counted: dict[Key, Tally[str]], question: Asked, days: CTE, zone: ZoneInfo) -> None:
    """Count the appointments by current status, including those of removed counters."""
    a, starts = Appointment, question.starts
    past = and_(col(a.status).in_(LIVE), col(a.ends_at) <= work.now)
    status = case((past, AppointmentStatus.PAST_WITHOUT_STATUS.value), else_=col(a.status))
    filters = ((a.counter_id, question.counters), (a.type_id, question.types), (Counter.place_id, question.places))
    names = (col(Counter.label), col(AppointmentType.label), col(Place.label))
    rows = work.session.execute(
        select(days.c.number, *names, status, func.count())  # type: ignore[call-overload]
        .select_from(days)
        .join(a, and_(col(a.starts_at) >= days.c.begins, col(a.starts_at) < days.c.ends))
        .join(Counter, col(Counter.id) == col(a.counter_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .join(AppointmentType, col(AppointmentType.id) == col(a.type_id))
        .where(col(Place.timezone) == zone.key, *(col(one).in_(ids) for one, ids in filters if ids is not None))
        .group_by(days.c.number, *names, status)
    )
    for number, counter, type_label, place, reads, count in rows:
        key = _key(question.by, starts[number], counter=counter, type=type_label, place=place)
        counted[key][str(reads)] += count


def _first_free(work: Work, chosen: Sequence[CounterHours]) -> dict[int, int]:
    """Return the start of the first free slot from now on, by counter. A counter is searched until its first one."""
    first_free: dict[int, int] = {}
    ahead = list(chosen)
    start = min((local_day(work.instant, counter.zone) for counter in ahead), default=date.max)
    stop, window = start + timedelta(days=SEARCH_DAYS) if ahead else start, 7
    while ahead and start < stop:
        after = min(start + timedelta(days=window), stop)
        for counter, offered in claims.offers(work, ahead, Days(start, after)):
            free = (seen.slot.start for seen in offered if seen.status is SlotStatus.FREE)
            at = next((one for one in free if one >= work.instant), None)
            if at is not None:
                first_free[counter.id] = at
        ahead = [counter for counter in ahead if counter.id not in first_free]
        start, window = after, window * 2
    return first_free


def _statistics(
    work: Work, question: Asked, counted: dict[Key, Tally[str]], chosen: Sequence[CounterHours], free: dict[int, int]
) -> Statistics:
    """Return the lines in their order, with the first free slot of each, and all of them together."""
    first_of: dict[Key, datetime] = {}
    whole_key: Key = ("", None, None)
    for counter in chosen:
        if counter.id in free:
            at = datetime.fromtimestamp(free[counter.id], counter.zone)
            for key in [whole_key] if question.by.is_time else [whole_key, _key_of(question, counter, question.first)]:
                first_of[key] = min(first_of.get(key, at), at)
    whole: Tally[str] = Tally()
    for tally in counted.values():
        whole.update(tally)
    keys = list(counted)
    if question.by in (Grouping.TYPE, Grouping.PLACE):
        keys.sort(key=lambda key: fold(key[0]))
    lines = [
        FiguresLine(key[0], _figures(work, counted[key], first_of.get(key)), place=key[1], day=key[2]) for key in keys
    ]
    total = _figures(work, whole, first_of.get(whole_key))
    return Statistics(question.first, question.until - timedelta(days=1), question.by, tuple(lines), total)


def _figures(work: Work, tally: Tally[str], first_free: datetime | None) -> Figures:
    counts: dict[str, Any] = dict(tally)
    if first_free is None:
        return Figures(**counts)
    wait = (first_free.date() - work.now.astimezone(first_free.tzinfo).date()).days
    return Figures(**counts, first_free=first_free, wait=wait)
