"""Exception periods: days when another week holds on a counter, or none at all (C5)."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.references import Ref, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import own_counter, share_week
from rdv.engine.seats.impact import settle
from rdv.engine.views.appointments import Impact
from rdv.store.tables import Counter, ExceptionPeriod, Place
from rdv.terms import KEEP, Keep, NotFound, Refused, Right

Day = Moment | date


class Period(NamedTuple):
    """An exception period as a form gives it: another week (None: closed) from `first` to `last`, both included.

    `id` is that of the period it changes; without one it is new.
    """

    first: Day
    last: Day
    week: Ref | None = None
    id: int | None = None


@use_case(Right.COUNTERS)
def add_exception(
    work: Work, *, counter: Ref, first: Day, last: Day, week: Ref | None = None, restore: bool = False
) -> Impact:
    """Add a period with another week (None: closed), both days included; raise Refused on an overlap (C5)."""
    week_id = share_week_id(work, week)
    row = own_counter(work, counter)
    days = _days(work, row, first, last)
    _refuse_overlap(work, row, days)
    _store(work, row, None, days, week_id)
    return settle(work, [id_of(row)], cause="exception.add", restore=restore)


@use_case(Right.COUNTERS)
def set_exception(
    work: Work,
    *,
    counter: Ref,
    exception: Day | int,
    first: Day | None = None,
    last: Day | None = None,
    week: Ref | Keep | None = KEEP,
    restore: bool = False,
) -> Impact:
    """Change an exception period, named by its id or one of its days (C5)."""
    week_id = None if isinstance(week, Keep) else share_week_id(work, week)
    row = own_counter(work, counter)
    period = _find(work, row, exception)
    days = _days(work, row, first or period.first_day, last or period.last_day)
    _refuse_overlap(work, row, days, but=period.id)
    _store(work, row, period, days, period.week_id if isinstance(week, Keep) else week_id)
    return settle(work, [id_of(row)], cause="exception.set", restore=restore)


@use_case(Right.COUNTERS)
def remove_exception(work: Work, *, counter: Ref, exception: Day | int, restore: bool = False) -> Impact:
    """Remove an exception period: the reference week holds again (C5)."""
    row = own_counter(work, counter)
    _remove(work, row, _find(work, row, exception))
    return settle(work, [id_of(row)], cause="exception.remove", restore=restore)


def put_exceptions(work: Work, counter: Counter, periods: Sequence[Period], weeks: Sequence[int | None]) -> bool:
    """Make these the only exception periods of a counter, each with its week; return True if anything changed."""
    days = [_days(work, counter, period.first, period.last) for period in periods]
    check_periods(counter.label, days)
    wanted_ids = {period.id for period in periods}
    dropped = [period for period in _periods(work, counter) if period.id not in wanted_ids]
    for period in sorted(dropped, key=id_of):
        _remove(work, counter, period)
    changes = [
        _store(work, counter, None if period.id is None else _find(work, counter, period.id), span, week_id)
        for period, span, week_id in zip(periods, days, weeks, strict=True)
    ]
    work.session.flush()
    return bool(dropped) or any(changes)


def share_week_id(work: Work, week: Ref | None) -> int | None:
    """Return the id of a week, kept as it is until the end of the transaction; None for no week."""
    return None if week is None else id_of(share_week(work, week))


def check_periods(counter: str, periods: Sequence[tuple[date, date]]) -> None:
    """Raise Refused if a period ends before it starts, or two periods overlap (C5)."""
    for first, last in periods:
        _check_order(first, last)
    for (_, before), (first, last) in pairwise(sorted(periods)):
        if first <= before:
            raise Refused("exception_overlap", rule="C5", counter=counter, first=first, last=last)


def _store(
    work: Work, counter: Counter, period: ExceptionPeriod | None, days: tuple[date, date], week_id: int | None
) -> bool:
    """Add or change a period and note it in the journal; return False if the period is so already."""
    first, last = days
    before = None if period is None else _facts(period)
    row = period or ExceptionPeriod(counter_id=id_of(counter), first_day=first, last_day=last)
    row.first_day, row.last_day, row.week_id = first, last, week_id
    after = _facts(row)
    if before == after:
        return False
    work.session.add(row)
    action, facts = ("add", after) if before is None else ("set", {"before": before, **after})
    work.record(f"exception.{action}", "counter", counter.id, **facts)
    return True


def _remove(work: Work, counter: Counter, period: ExceptionPeriod) -> None:
    """Delete a period and note it in the journal."""
    work.record("exception.remove", "counter", counter.id, **_facts(period))
    work.session.delete(period)
    work.session.flush()


def _facts(period: ExceptionPeriod) -> dict[str, Any]:
    """Return a period as the journal stores it."""
    return {"first": str(period.first_day), "last": str(period.last_day), "week_id": period.week_id}


def _days(work: Work, counter: Counter, first: Day, last: Day) -> tuple[date, date]:
    """Return the first and last day in the zone of the counter; raise Refused for the wrong order."""
    zone = _zone(work, counter)
    start, end = work.day(first, zone), work.day(last, zone)
    _check_order(start, end)
    return start, end


def _check_order(first: date, last: date) -> None:
    if last < first:
        raise Refused("period_backwards", rule="C5", first=first, last=last)


def _refuse_overlap(work: Work, counter: Counter, days: tuple[date, date], *, but: int | None = None) -> None:
    first, last = days
    for other in _periods(work, counter):
        if other.id != but and other.first_day <= last and first <= other.last_day:
            days_of_other = {"first": other.first_day, "last": other.last_day}
            raise Refused("exception_overlap", rule="C5", counter=counter.label, **days_of_other)


def _periods(work: Work, counter: Counter) -> list[ExceptionPeriod]:
    mine = select(ExceptionPeriod).where(ExceptionPeriod.counter_id == counter.id)
    return list(work.session.exec(mine.order_by(col(ExceptionPeriod.first_day))))


def _find(work: Work, counter: Counter, ref: Day | int) -> ExceptionPeriod:
    """Return the period of a counter with this id, or that holds this day; raise NotFound."""
    periods = _periods(work, counter)
    if isinstance(ref, int):
        matching = [period for period in periods if period.id == ref]
    else:
        day = work.day(ref, _zone(work, counter))
        matching = [period for period in periods if period.first_day <= day <= period.last_day]
    if not matching:
        close = tuple(str(period.first_day) for period in periods)
        raise NotFound("not_found", kind="exception", ref=str(ref), close=close)
    return matching[0]


def _zone(work: Work, counter: Counter) -> ZoneInfo:
    return ZoneInfo(work.session.get_one(Place, counter.place_id).timezone)
