"""Counters: where they are, what they serve and when (C4, C7, G2)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete
from sqlmodel import col, select

from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.named_rows import add_row, appointment_numbers, note_set, set_row
from rdv.engine.lookup.references import Ref, find, find_ids, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import own_counter, share_place, share_week
from rdv.engine.seats.impact import drop_all, settle
from rdv.engine.setup.exceptions import Day, Period, put_exceptions, share_week_id
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import CounterView, ExceptionView
from rdv.store.tables import Appointment, AppointmentType, Counter, Desk, ExceptionPeriod, Place, ReferenceWeek
from rdv.terms import KEEP, AppointmentStatus, Invalid, Keep, Refused, Right


@use_case(writes=False)
def list_counters(work: Work, *, types: Sequence[Ref] = (), places: Sequence[Ref] = ()) -> list[CounterView]:
    """Return the counters, by place and label, with filters that combine."""
    where: list[Any] = [col(Counter.removed) == 0]
    if types:
        where.append(col(Counter.type_id).in_(find_ids(work.session, AppointmentType, types)))
    if places:
        where.append(col(Counter.place_id).in_(find_ids(work.session, Place, places)))
    return _views(work, where)


@use_case(writes=False)
def show_counter(work: Work, *, counter: Ref) -> CounterView:
    """Return one counter with its exception periods, listed by first day (C5)."""
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
    """Add a counter (C4) with its exception periods (C5).

    Raises Refused for days in the wrong order, periods that overlap, or a desk with several seats (C7).
    """
    type_row = find(work.session, AppointmentType, type)
    _need_on_type(work, type_row)
    week_row = share_week(work, week)
    exception_weeks = [share_week_id(work, period.week) for period in exceptions]
    place_row = share_place(work, place)
    desk_row = _desk(work, desk)
    zone = ZoneInfo(place_row.timezone)
    start, end = work.day(first, zone), None if last is None else work.day(last, zone)
    check_counter(label, start, end, capacity, desk_row)
    row = add_row(
        work, Counter, label, col(Counter.place_id) == place_row.id,
        type_id=type_row.id, place_id=place_row.id, first_day=start, last_day=end, week_id=week_row.id,
        desk_id=None if desk_row is None else desk_row.id, capacity=capacity, public=public,
    )  # fmt: skip
    put_exceptions(work, row, exceptions, exception_weeks)
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
    """Change a counter; fields that are not given stay. Return the impact (I1).

    `exceptions` replaces all exception periods (C5). Raises Refused for another type while there are upcoming
    appointments of the first one (C4).
    """
    week_id = share_week_id(work, week)
    exception_weeks = [share_week_id(work, period.week) for period in exceptions or ()]
    new_place = None if place is None else share_place(work, place)
    row = own_counter(work, counter)
    new_type = None if type is None else find(work.session, AppointmentType, type)
    if new_type is not None and new_type.id != row.type_id:
        _need_on_type(work, new_type)
        _refuse_upcoming(work, row)
    place_row = new_place or work.session.get_one(Place, row.place_id)
    zone = ZoneInfo(place_row.timezone)
    start = row.first_day if first is None else work.day(first, zone)
    end = row.last_day if isinstance(last, Keep) else None if last is None else work.day(last, zone)
    desk_row = _desk(work, row.desk_id if isinstance(desk, Keep) else desk)
    check_counter(row.label, start, end, row.capacity if capacity is None else capacity, desk_row)
    changes = set_row(
        work, row, col(Counter.place_id) == place_row.id,
        emptied=[name for name, value in (("last_day", end), ("desk_id", desk_row)) if value is None],
        label=row.label if label is None else label,  # it must be free at the new place
        type_id=None if new_type is None else new_type.id,
        place_id=place_row.id,
        first_day=start,
        last_day=end,
        week_id=week_id,
        desk_id=None if desk_row is None else desk_row.id,
        capacity=capacity,
        public=public,
    )  # fmt: skip
    note_set(work, row, changes)
    changes_hours = bool(changes.keys() - {"label", "public"})
    if exceptions is not None:
        changes_hours |= put_exceptions(work, row, exceptions, exception_weeks)
    return settle(work, [id_of(row)], cause="counter.set", restore=restore) if changes_hours else Impact()


@use_case(Right.COUNTERS)
def remove_counter(work: Work, *, counter: Ref) -> Impact:
    """Remove a counter. Its upcoming appointments become to reschedule, past ones stay in the history (I2)."""
    row = own_counter(work, counter)
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


def _need_on_type(work: Work, type_row: AppointmentType) -> None:
    need_on_types(work, Right.COUNTERS, {id_of(type_row): type_row.label})


def check_counter(label: str, first: date, last: date | None, capacity: int, desk: Desk | None) -> None:
    """Raise Refused for days in the wrong order (C4) or a desk with several seats (C7), Invalid for a capacity."""
    if last is not None and last < first:
        raise Refused("period_backwards", rule="C4", first=first, last=last)
    if not 1 <= capacity <= 100:
        raise Invalid("number", field="capacity", number=capacity, least=1)
    if desk is not None and capacity > 1:
        raise Refused("desk_capacity", rule="C7", counter=label, capacity=capacity)


def _desk(work: Work, ref: Ref | None) -> Desk | None:
    return None if ref is None else find(work.session, Desk, ref)


def _refuse_upcoming(work: Work, row: Counter) -> None:
    upcoming = and_(
        col(Appointment.counter_id) == row.id,
        col(Appointment.status) == AppointmentStatus.PLANNED,
        col(Appointment.ends_at) > work.now,
    )
    if numbers := appointment_numbers(work, upcoming):
        dependents = {"appointment": tuple(numbers)}
        raise Refused("in_use", rule="C4", kind="counter", label=row.label, dependents=dependents)


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
