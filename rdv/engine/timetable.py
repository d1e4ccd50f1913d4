"""Counters with all that decides their slots, read from the store, and the locks that keep it still.

Booking and changing the hours of one counter serialize on that counter: a booking shares its row, a change owns it
(on SQLite there is one writer anyway). Whoever locks several rows takes weeks first, then places, then counters, each
by id.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from rdv.engine.office import Work
from rdv.engine.week import ExceptionSpan, Hours, Opening
from rdv.store import tables
from rdv.store.tables import AppointmentType, Closure, Counter, ExceptionPeriod, Place, TypeService
from rdv.terms import NotFound, Right


@dataclass(frozen=True, slots=True)
class CounterHours:
    """A counter as the engine reckons with it."""

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
        """The time zone of the place."""
        return self.hours.zone


def read_counters(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    types: Collection[int] | None = None,
    places: Collection[int] | None = None,
) -> list[CounterHours]:
    """The counters that pass every filter given, by place and label, in five queries whatever their number."""
    wanted: list[Any] = [col(Counter.removed) == 0]
    for column, values in ((Counter.id, ids), (Counter.type_id, types), (Counter.place_id, places)):
        if values is not None:
            wanted.append(col(column).in_(values))
    rows = session.execute(
        select(
            Counter.id,
            Counter.label,
            Counter.type_id,
            col(AppointmentType.label).label("type"),
            Counter.place_id,
            col(Place.label).label("place"),
            col(Place.timezone).label("timezone"),
            Counter.capacity,
            Counter.desk_id,
            Counter.public,
            Counter.first_day,
            Counter.last_day,
            Counter.week_id,
        )  # type: ignore[call-overload]
        .join(AppointmentType, col(AppointmentType.id) == col(Counter.type_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(*wanted)
        .order_by(Place.key, Counter.key)
    ).all()
    exceptions = _exceptions(session, [row.id for row in rows])
    used = {row.week_id for row in rows} | {
        e.week_id for of in exceptions.values() for e in of if e.week_id is not None
    }
    weeks = read_openings(session, used)
    shut = _closures(session)
    return [
        CounterHours(
            row.id, row.label, row.type_id, row.type, row.place_id, row.place, row.capacity, row.desk_id, row.public,
            Hours(
                zone=ZoneInfo(row.timezone),
                first=row.first_day,
                last=row.last_day,
                openings=weeks[row.week_id],
                exceptions=tuple(
                    ExceptionSpan(e.first_day, e.last_day, weeks[e.week_id] if e.week_id else ())
                    for e in exceptions[row.id]
                ),
                closures=tuple(shut[None] + shut[row.place_id]),
            ),
        )
        for row in rows
    ]  # fmt: skip


def read_counter(session: Session, counter_id: int) -> CounterHours:
    """One counter, by its id; raises NotFound when it has been removed."""
    found = read_counters(session, ids=[counter_id])
    if not found:
        raise NotFound("not_found", kind="counter", ref=counter_id, close=())
    return found[0]


def read_openings(session: Session, weeks: Collection[int] | None = None) -> dict[int, tuple[Opening, ...]]:
    """The openings of these weeks (None: of all that have some), Monday first, by week."""
    found: dict[int, list[Opening]] = {week_id: [] for week_id in weeks or ()}
    o = tables.Opening
    wanted = [] if weeks is None else [col(o.week_id).in_(weeks)]
    for row in session.execute(
        select(o.week_id, o.weekday, o.starts, o.ends, o.slot)  # type: ignore[call-overload]
        .where(*wanted)
        .order_by(o.week_id, o.weekday, o.starts)
    ):
        found.setdefault(row.week_id, []).append(Opening(row.weekday, row.starts, row.ends, row.slot))
    return {week_id: tuple(openings) for week_id, openings in found.items()}


def lock_counters(session: Session, ids: Iterable[int], *, change: bool) -> None:
    """Keeps the counters as they are until the end of the transaction: shared to book, owned to change their hours."""
    session.execute(
        select(Counter.id).where(col(Counter.id).in_(sorted(set(ids)))).order_by("id").with_for_update(read=not change)
    ).all()


def lock_week(session: Session, week_id: int, *, change: bool) -> None:
    """The same for a reference week: shared to give it to a counter, owned to change its openings."""
    week = tables.ReferenceWeek
    session.execute(select(week.id).where(week.id == week_id).with_for_update(read=not change)).all()


def lock_places(session: Session, place_id: int | None, *, change: bool) -> None:
    """The same for a place (None: every place): shared to put a counter there, owned to shut it or move its clock."""
    wanted = [] if place_id is None else [Place.id == place_id]
    session.execute(select(Place.id).where(*wanted).order_by("id").with_for_update(read=not change)).all()


def counters_on_week(session: Session, week_id: int) -> list[int]:
    """The counters whose hours depend on a week, as their reference or in an exception."""
    return list(
        session.scalars(
            select(col(Counter.id))
            .outerjoin(ExceptionPeriod, col(ExceptionPeriod.counter_id) == col(Counter.id))
            .where(
                or_(col(Counter.week_id) == week_id, col(ExceptionPeriod.week_id) == week_id),
                col(Counter.removed) == 0,
            )
            .distinct()
        )
    )


def counters_at(session: Session, place_id: int | None) -> list[int]:
    """The counters of a place; None: of every place."""
    wanted = [] if place_id is None else [col(Counter.place_id) == place_id]
    return list(session.scalars(select(col(Counter.id)).where(col(Counter.removed) == 0, *wanted)))


def services_of_types(session: Session, types: Collection[int]) -> dict[int, frozenset[int]]:
    """The services that each type is kept to; a type kept to none is absent (G2)."""
    kept: dict[int, set[int]] = defaultdict(set)
    for link in session.exec(select(TypeService).where(col(TypeService.type_id).in_(types))):
        kept[link.type_id].add(link.service_id)
    return {type_id: frozenset(services) for type_id, services in kept.items()}


def need_on_types(work: Work, right: Right, types: Mapping[int, str]) -> None:
    """Raises NotAllowed unless the actor holds the right and a service of each type (G2): `types` are labels by id."""
    services = services_of_types(work.session, types.keys())
    for type_id, label in types.items():
        work.need_on_type(right, services.get(type_id, frozenset()), label)


def _exceptions(session: Session, ids: list[int]) -> dict[int, list[ExceptionPeriod]]:
    found: dict[int, list[ExceptionPeriod]] = defaultdict(list)
    for row in session.exec(
        select(ExceptionPeriod).where(col(ExceptionPeriod.counter_id).in_(ids)).order_by(col(ExceptionPeriod.first_day))
    ):
        found[row.counter_id].append(row)
    return found


def _closures(session: Session) -> dict[int | None, list[tuple[date, date]]]:
    found: dict[int | None, list[tuple[date, date]]] = defaultdict(list)
    for row in session.exec(select(Closure)):
        found[row.place_id].append((row.first_day, row.last_day))
    return found
