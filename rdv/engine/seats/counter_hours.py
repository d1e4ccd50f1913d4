"""Counters with everything that decides their slots, and the locks on it.

Booking and changing the hours of one counter serialize on that counter: a booking shares its row, a change owns it
(SQLite has one writer anyway). Locks are taken in one order: weeks, then places, then counters, each by id.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, null, or_, select, union_all
from sqlmodel import Session, col

from rdv.engine.core.schedule import ExceptionSpan, Hours, Opening
from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work
from rdv.store import tables
from rdv.store.columns import locks_rows
from rdv.store.tables import AppointmentType, Closure, Counter, ExceptionPeriod, Place, ReferenceWeek, table
from rdv.terms import NotFound, Right

_COUNTER, _PLACE = table(Counter), table(Place)
_ONE, _OFF, _SHUT = table(tables.Opening).c, table(ExceptionPeriod).c, table(Closure).c

# Made once: to build a statement costs more than to run it.
_OPENINGS = select(_ONE.week_id, _ONE.weekday, _ONE.starts, _ONE.ends, _ONE.slot).order_by(
    _ONE.week_id, _ONE.weekday, _ONE.starts
)
_OPENINGS_OF = _OPENINGS.where(_ONE.week_id.in_(bindparam("weeks", expanding=True)))
_SPECIAL_DAYS = union_all(
    select(_OFF.counter_id, null().label("place_id"), _OFF.first_day, _OFF.last_day, _OFF.week_id).where(
        _OFF.counter_id.in_(bindparam("counters", expanding=True))
    ),
    select(null(), _SHUT.place_id, _SHUT.first_day, _SHUT.last_day, null()),
)
"""Exception periods of counters, then closures, which name a place or none."""

_OWN_COUNTERS = (
    select(_COUNTER.c.id)
    .where(_COUNTER.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_COUNTER.c.id)
    .with_for_update()
)
_SHARE_COUNTERS = _OWN_COUNTERS.with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class CounterHours:
    """A counter with its hours."""

    id: int
    label: str
    type_id: int
    type: str
    place_id: int
    place: str
    capacity: int
    desk_id: int | None
    public: bool
    hours: Hours

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the place."""
        return self.hours.zone


def read_counters(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    types: Collection[int] | None = None,
    places: Collection[int] | None = None,
) -> list[CounterHours]:
    """Return the counters that pass every filter, by place and label, in three queries for any number."""
    filters = {"ids": ids, "types": types, "places": places}
    bounds = {name: list(values) for name, values in filters.items() if values is not None}
    rows = session.execute(_counters(*bounds), bounds).all()
    exceptions, closures = _special_days(session, [row.id for row in rows])
    used = {row.week_id for row in rows} | {week for of in exceptions.values() for _, _, week in of if week is not None}
    weeks = read_openings(session, used)
    shut = {place: (*closures.get(None, ()), *closures.get(place, ())) for place in {row.place_id for row in rows}}

    def hours(zone: str, first: date, last: date | None, week: int, counter: int, place: int) -> Hours:
        spans = [ExceptionSpan(start, end, weeks[w] if w else ()) for start, end, w in exceptions.get(counter, ())]
        return Hours(ZoneInfo(zone), first, last, weeks[week], tuple(spans), shut[place])

    return [
        CounterHours(
            number, label, type_id, type, place_id, place, capacity, desk_id, public,
            hours(zone, first, last, week, number, place_id),
        )
        for number, label, type_id, type, place_id, place, capacity, desk_id, public, zone, first, last, week in rows
    ]  # fmt: skip


@cache
def _counters(*filters: str) -> Any:
    """Return the query of `read_counters` with these filters: columns of CounterHours, then those of its hours."""
    c, t, p = _COUNTER.c, table(AppointmentType).c, _PLACE.c
    columns = {"ids": c.id, "types": c.type_id, "places": c.place_id}
    return (
        select(
            c.id, c.label, c.type_id, t.label.label("type"), c.place_id, p.label.label("place"), c.capacity, c.desk_id,
            c.public, p.timezone, c.first_day, c.last_day, c.week_id,
        )
        .join(table(AppointmentType), t.id == c.type_id)
        .join(_PLACE, p.id == c.place_id)
        .where(c.removed == 0, *(columns[name].in_(bindparam(name, expanding=True)) for name in filters))
        .order_by(p.key, c.key)
    )  # fmt: skip


def read_counter(session: Session, counter_id: int) -> CounterHours:
    """Return one counter, by its id; raise NotFound when it has been removed."""
    counters = read_counters(session, ids=[counter_id])
    if not counters:
        raise NotFound("not_found", kind="counter", ref=counter_id, close=())
    return counters[0]


def read_openings(session: Session, weeks: Collection[int] | None = None) -> dict[int, tuple[Opening, ...]]:
    """Return the openings of these weeks (None: of all that have some), Monday first, by week."""
    openings_of: dict[int, list[Opening]] = {week_id: [] for week_id in weeks or ()}
    rows = session.execute(_OPENINGS) if weeks is None else session.execute(_OPENINGS_OF, {"weeks": list(weeks)})
    for week_id, weekday, starts, ends, slot in rows:
        openings_of.setdefault(week_id, []).append(Opening(weekday, starts, ends, slot))
    return {week_id: tuple(openings) for week_id, openings in openings_of.items()}


def lock_counters(session: Session, ids: Iterable[int], *, change: bool) -> None:
    """Lock counters until the end of the transaction: shared to book, owned to change their hours."""
    if locks_rows(session):
        session.execute(_OWN_COUNTERS if change else _SHARE_COUNTERS, {"ids": sorted(set(ids))}).all()


def lock_week(session: Session, week_id: int, *, change: bool) -> None:
    """Lock a reference week: shared to give it to a counter, owned to change its openings."""
    week = ReferenceWeek
    session.execute(select(col(week.id)).where(col(week.id) == week_id).with_for_update(read=not change)).all()


def lock_places(session: Session, place_id: int | None, *, change: bool) -> None:
    """Lock a place (None: every place): shared to add a counter there, exclusive to close it or change its time
    zone.
    """
    wanted = [] if place_id is None else [col(Place.id) == place_id]
    session.execute(select(col(Place.id)).where(*wanted).order_by("id").with_for_update(read=not change)).all()


def own_counter(work: Work, ref: Ref) -> Counter:
    """Return the counter that a reference means, owned by this transaction.

    Raises NotFound or Refused as references do, NotAllowed unless the actor manages counters of its type (G2).
    """
    row = find(work.session, Counter, ref)
    type_row = work.session.get_one(AppointmentType, row.type_id)
    need_on_types(work, Right.COUNTERS, {row.type_id: type_row.label})
    lock_counters(work.session, [id_of(row)], change=True)
    work.session.refresh(row)
    return row


def share_week(work: Work, ref: Ref) -> ReferenceWeek:
    """Return the week that a reference means, shared by this transaction; it comes before any counter."""
    row = find(work.session, ReferenceWeek, ref)
    lock_week(work.session, id_of(row), change=False)
    return row


def share_place(work: Work, ref: Ref) -> Place:
    """Return the place that a reference means, shared by this transaction; it comes before any counter."""
    row = find(work.session, Place, ref)
    lock_places(work.session, id_of(row), change=False)
    return row


def counters_on_week(session: Session, week_id: int) -> list[int]:
    """Return the counters whose hours depend on a week, as their reference or in an exception."""
    return list(
        session.scalars(
            select(col(Counter.id))
            .outerjoin(ExceptionPeriod, col(ExceptionPeriod.counter_id) == col(Counter.id))
            .where(
                or_(col(Counter.week_id) == week_id, col(ExceptionPeriod.week_id) == week_id), col(Counter.removed) == 0
            )
            .distinct()
        )
    )


def counters_at(session: Session, place_id: int | None) -> list[int]:
    """Return the counters of a place; None: of every place."""
    wanted = [] if place_id is None else [col(Counter.place_id) == place_id]
    return list(session.scalars(select(col(Counter.id)).where(col(Counter.removed) == 0, *wanted)))


def _special_days(
    session: Session, counters: list[int]
) -> tuple[dict[int, list[tuple[date, date, int | None]]], dict[int | None, list[tuple[date, date]]]]:
    """Return exception periods by counter, and closures by place (None: every place)."""
    exceptions: dict[int, list[tuple[date, date, int | None]]] = defaultdict(list)
    closures: dict[int | None, list[tuple[date, date]]] = defaultdict(list)
    for counter_id, place_id, first, last, week_id in session.execute(_SPECIAL_DAYS, {"counters": counters}).all():
        if counter_id is None:
            closures[place_id].append((first, last))
        else:
            exceptions[counter_id].append((first, last, week_id))
    return exceptions, closures
