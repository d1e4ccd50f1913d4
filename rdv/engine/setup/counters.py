"""Counters and their exception periods (C4, C5, C7, G2)."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.named_rows import add_row, note_set, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import lock_counters, lock_places, lock_week, need_on_types
from rdv.engine.seats.impact import drop_all, settle
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import CounterView, ExceptionView
from rdv.store.tables import (
    Appointment,
    AppointmentType,
    Counter,
    Desk,
    ExceptionPeriod,
    Place,
    ReferenceWeek,
)
from rdv.terms import KEEP, AppointmentStatus, Invalid, Keep, NotFound, Refused, Right

Day = Moment | date


class Period(NamedTuple):
    """An exception period as a form gives it: another week (None: closed) from `first` to `last`, both included.

    `id` is that of the period it changes; without one it is new.
    """

    first: Day
    last: Day
    week: Ref | None = None
    id: int | None = None


@use_case(writes=False)
def list_counters(work: Work, *, types: Sequence[Ref] = (), places: Sequence[Ref] = ()) -> list[CounterView]:
    """The counters, by place and label, with filters that combine."""
    where: list[Any] = [col(Counter.removed) == 0]
    if types:
        where.append(col(Counter.type_id).in_([id_of(find(work.session, AppointmentType, ref)) for ref in types]))
    if places:
        where.append(col(Counter.place_id).in_([id_of(find(work.session, Place, ref)) for ref in places]))
    return _views(work, where)


@use_case(writes=False)
def show_counter(work: Work, *, counter: Ref) -> CounterView:
    """One counter with its exception periods, listed by first day (C5)."""
    return _views(work, [Counter.id == find(work.session, Counter, counter).id])[0]


@use_case(Right.COUNTERS)
def add_counter(
    work: Work,
    *,
    label: str,
    type: Ref,
    place: Ref,
    first: Day,
    week: Ref,
    last: Day | None = None,
    desk: Ref | None = None,
    capacity: int = 1,
    public: bool = False,
    exceptions: Sequence[Period] = (),
) -> CounterView:
    """A new counter (C4) with its exception periods (C5).

    Raises Refused for days in the wrong order, periods that overlap, or a desk with several seats (C7).
    """
    of_type = find(work.session, AppointmentType, type)
    _need(work, of_type)
    hours = _shared_week(work, week)
    other = _weeks_of(work, exceptions)
    where = _shared_place(work, place)
    at = _desk(work, desk)
    zone = ZoneInfo(where.timezone)
    start, end = work.day(first, zone), None if last is None else work.day(last, zone)
    check_counter(label, start, end, capacity, at)
    row = add_row(
        work, Counter, label, col(Counter.place_id) == where.id,
        type_id=of_type.id, place_id=where.id, first_day=start, last_day=end, week_id=hours.id,
        desk_id=None if at is None else at.id, capacity=capacity, public=public,
    )  # fmt: skip
    _put_exceptions(work, row, exceptions, other)
    return _views(work, [Counter.id == row.id])[0]


@use_case(Right.COUNTERS)
def set_counter(
    work: Work,
    *,
    counter: Ref,
    label: str | None = None,
    type: Ref | None = None,
    place: Ref | None = None,
    first: Day | None = None,
    last: Day | Keep | None = KEEP,
    week: Ref | None = None,
    desk: Ref | Keep | None = KEEP,
    capacity: int | None = None,
    public: bool | None = None,
    exceptions: Sequence[Period] | None = None,
    restore: bool = False,
) -> Impact:
    """Changes a counter; what is not given stays. The impact says whom the change touches (I1).

    `exceptions`, where given, are all the exception periods that it has from now on (C5). Raises Refused for another
    type while appointments of the first one are to come (C4).
    """
    hours = None if week is None else _shared_week(work, week)
    other = _weeks_of(work, exceptions or ())
    moved = None if place is None else _shared_place(work, place)
    row = _owned(work, counter)
    new_type = None if type is None else find(work.session, AppointmentType, type)
    if new_type is not None and new_type.id != row.type_id:
        _need(work, new_type)
        _refuse_upcoming(work, row)
    where = moved or work.session.get_one(Place, row.place_id)
    zone = ZoneInfo(where.timezone)
    start = row.first_day if first is None else work.day(first, zone)
    end = row.last_day if isinstance(last, Keep) else None if last is None else work.day(last, zone)
    at = _desk(work, row.desk_id if isinstance(desk, Keep) else desk)
    check_counter(row.label, start, end, row.capacity if capacity is None else capacity, at)
    changes = set_row(
        work, row, col(Counter.place_id) == where.id,
        emptied=[name for name, value in (("last_day", end), ("desk_id", at)) if value is None],
        label=row.label if label is None else label,  # it must be free where the counter goes
        type_id=None if new_type is None else new_type.id,
        place_id=where.id,
        first_day=start,
        last_day=end,
        week_id=None if hours is None else hours.id,
        desk_id=None if at is None else at.id,
        capacity=capacity,
        public=public,
    )  # fmt: skip
    note_set(work, row, changes)
    moves = bool(changes.keys() - {"label", "public"})
    if exceptions is not None:
        moves |= _put_exceptions(work, row, exceptions, other)
    return settle(work, [id_of(row)], cause="counter.set", restore=restore) if moves else Impact()


@use_case(Right.COUNTERS)
def remove_counter(work: Work, *, counter: Ref) -> Impact:
    """Removes a counter; its upcoming appointments are to reschedule, past ones stay in the history (I2)."""
    row = _owned(work, counter)
    counter_id = id_of(row)
    impact = drop_all(work, counter_id, cause="counter.remove")
    work.session.execute(delete(ExceptionPeriod).where(col(ExceptionPeriod.counter_id) == counter_id))
    work.record("counter.remove", "counter", counter_id, label=row.label)
    remembered = select(Appointment.id).where(Appointment.counter_id == counter_id).limit(1)
    if work.session.exec(remembered).first() is None:
        work.session.delete(row)
    else:
        row.removed, row.week_id, row.desk_id = counter_id, None, None
    work.session.flush()
    return impact


@use_case(Right.COUNTERS)
def add_exception(
    work: Work, *, counter: Ref, first: Day, last: Day, week: Ref | None = None, restore: bool = False
) -> Impact:
    """Another week (None: closed) from `first` to `last`, both included; raises Refused on an overlap (C5)."""
    hours = None if week is None else _shared_week(work, week)
    row = _owned(work, counter)
    start, end = _days(work, row, first, last)
    _check_free(work, row, start, end)
    period = ExceptionPeriod(counter_id=id_of(row), first_day=start, last_day=end, week_id=hours.id if hours else None)
    work.session.add(period)
    work.session.flush()
    work.record("exception.add", "counter", row.id, **_told(period))
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
    """Changes an exception period, named by its id or one of its days (C5)."""
    hours = None if isinstance(week, Keep) or week is None else _shared_week(work, week)
    row = _owned(work, counter)
    period = _period(work, row, exception)
    before = _told(period)
    start, end = _days(work, row, first or period.first_day, last or period.last_day)
    _check_free(work, row, start, end, but=period.id)
    period.first_day, period.last_day = start, end
    if not isinstance(week, Keep):
        period.week_id = hours.id if hours else None
    work.session.flush()
    if before != _told(period):
        work.record("exception.set", "counter", row.id, before=before, **_told(period))
    return settle(work, [id_of(row)], cause="exception.set", restore=restore)


@use_case(Right.COUNTERS)
def remove_exception(work: Work, *, counter: Ref, exception: Day | int, restore: bool = False) -> Impact:
    """Takes an exception period off: the reference week holds again (C5)."""
    row = _owned(work, counter)
    period = _period(work, row, exception)
    work.record("exception.remove", "counter", row.id, **_told(period))
    work.session.delete(period)
    work.session.flush()
    return settle(work, [id_of(row)], cause="exception.remove", restore=restore)


def _owned(work: Work, ref: Ref) -> Counter:
    """The counter, owned by this transaction; the actor may manage those of its type (G2)."""
    row = find(work.session, Counter, ref)
    _need(work, work.session.get_one(AppointmentType, row.type_id))
    lock_counters(work.session, [id_of(row)], change=True)
    work.session.refresh(row)
    return row


def _need(work: Work, of_type: AppointmentType) -> None:
    need_on_types(work, Right.COUNTERS, {id_of(of_type): of_type.label})


def _shared_week(work: Work, ref: Ref) -> ReferenceWeek:
    row = find(work.session, ReferenceWeek, ref)
    lock_week(work.session, id_of(row), change=False)  # before any counter: everyone locks in this order
    return row


def _shared_place(work: Work, ref: Ref) -> Place:
    row = find(work.session, Place, ref)
    lock_places(work.session, id_of(row), change=False)
    return row


def check_counter(label: str, first: date, last: date | None, capacity: int, desk: Desk | None) -> None:
    """Raises Refused for days in the wrong order (C4) or a desk with several seats (C7), Invalid for a capacity."""
    if last is not None and last < first:
        raise Refused("period_backwards", rule="C4", first=first, last=last)
    if not 1 <= capacity <= 100:
        raise Invalid("number", field="capacity", number=capacity, least=1)
    if desk is not None and capacity > 1:
        raise Refused("desk_capacity", rule="C7", counter=label, capacity=capacity)


def check_periods(counter: str, periods: Sequence[tuple[date, date]]) -> None:
    """Raises Refused for a period that ends before it starts, or two that overlap (C5)."""
    for first, last in periods:
        _check_order(first, last)
    for (_, before), (first, last) in pairwise(sorted(periods)):
        if first <= before:
            raise Refused("exception_overlap", rule="C5", counter=counter, first=first, last=last)


def _desk(work: Work, ref: Ref | None) -> Desk | None:
    return None if ref is None else find(work.session, Desk, ref)


def _refuse_upcoming(work: Work, row: Counter) -> None:
    ahead = work.session.exec(
        select(Appointment.id)
        .where(
            Appointment.counter_id == row.id,
            Appointment.status == AppointmentStatus.PLANNED,
            col(Appointment.ends_at) > work.now,
        )
        .limit(5)
    ).all()
    if ahead:
        dependents = {"appointment": tuple(str(number) for number in ahead)}
        raise Refused("in_use", rule="C4", kind="counter", label=row.label, dependents=dependents)


def _days(work: Work, row: Counter, first: Day, last: Day) -> tuple[date, date]:
    zone = ZoneInfo(work.session.get_one(Place, row.place_id).timezone)
    start, end = work.day(first, zone), work.day(last, zone)
    _check_order(start, end)
    return start, end


def _check_order(first: date, last: date) -> None:
    if last < first:
        raise Refused("period_backwards", rule="C5", first=first, last=last)


def _weeks_of(work: Work, wanted: Sequence[Period]) -> list[int | None]:
    return [None if period.week is None else id_of(_shared_week(work, period.week)) for period in wanted]


def _put_exceptions(work: Work, row: Counter, wanted: Sequence[Period], weeks: Sequence[int | None]) -> bool:
    """Makes these the exception periods of a counter; says whether anything changed."""
    days = [_days(work, row, period.first, period.last) for period in wanted]
    check_periods(row.label, days)
    known = {id_of(period): period for period in _periods(work, row)}
    changed = False
    for number in sorted(known.keys() - {period.id for period in wanted}):
        work.record("exception.remove", "counter", row.id, **_told(known[number]))
        work.session.delete(known[number])
        changed = True
    work.session.flush()
    for period, (first, last), week_id in zip(wanted, days, weeks, strict=True):
        kept = None if period.id is None else _period(work, row, period.id)
        facts = {"before": _told(kept)} if kept else {}
        now = kept or ExceptionPeriod(counter_id=id_of(row), first_day=first, last_day=last)
        now.first_day, now.last_day, now.week_id = first, last, week_id
        if facts.get("before") == _told(now):
            continue
        work.session.add(now)
        work.record(f"exception.{'set' if kept else 'add'}", "counter", row.id, **facts, **_told(now))
        changed = True
    work.session.flush()
    return changed


def _check_free(work: Work, row: Counter, first: date, last: date, *, but: int | None = None) -> None:
    for other in _periods(work, row):
        if other.id != but and other.first_day <= last and first <= other.last_day:
            raise Refused("exception_overlap", rule="C5", counter=row.label, first=other.first_day, last=other.last_day)


def _periods(work: Work, row: Counter) -> list[ExceptionPeriod]:
    query = select(ExceptionPeriod).where(ExceptionPeriod.counter_id == row.id).order_by(col(ExceptionPeriod.first_day))
    return list(work.session.exec(query))


def _period(work: Work, row: Counter, wanted: Day | int) -> ExceptionPeriod:
    if not isinstance(wanted, int):
        zone = ZoneInfo(work.session.get_one(Place, row.place_id).timezone)
        wanted_day = work.day(wanted, zone)
        found = [period for period in _periods(work, row) if period.first_day <= wanted_day <= period.last_day]
    else:
        found = [period for period in _periods(work, row) if period.id == wanted]
    if not found:
        close = tuple(str(period.first_day) for period in _periods(work, row))
        raise NotFound("not_found", kind="exception", ref=str(wanted), close=close)
    return found[0]


def _told(period: ExceptionPeriod) -> dict[str, Any]:
    return {"first": str(period.first_day), "last": str(period.last_day), "week_id": period.week_id}


def _views(work: Work, where: list[Any]) -> list[CounterView]:
    rows = work.session.execute(
        select(
            Counter.id, Counter.label, col(AppointmentType.label).label("type"), col(Place.label).label("place"),
            Counter.first_day, Counter.last_day, col(ReferenceWeek.label).label("week"),
            col(Desk.label).label("desk"), Counter.capacity, Counter.public,
        )  # type: ignore[call-overload]
        .join(AppointmentType, col(AppointmentType.id) == col(Counter.type_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .join(ReferenceWeek, col(ReferenceWeek.id) == col(Counter.week_id))
        .outerjoin(Desk, col(Desk.id) == col(Counter.desk_id))
        .where(*where)
        .order_by(Place.key, Counter.key)
    ).all()  # fmt: skip
    periods: dict[int, list[ExceptionView]] = {row.id: [] for row in rows}
    for period, label in work.session.execute(
        select(ExceptionPeriod, ReferenceWeek.label)
        .outerjoin(ReferenceWeek, col(ReferenceWeek.id) == col(ExceptionPeriod.week_id))
        .where(col(ExceptionPeriod.counter_id).in_(periods))
        .order_by(col(ExceptionPeriod.first_day))
    ):
        periods[period.counter_id].append(ExceptionView(period.id, period.first_day, period.last_day, label))
    return [CounterView(**row._mapping, exceptions=tuple(periods[row.id])) for row in rows]
