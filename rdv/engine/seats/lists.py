"""The lists of appointments and their filters (A5, A6, S6), for commands, screens and saved searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import false, union_all
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.partner_lookup import find_partner
from rdv.engine.lookup.references import Ref, find_ids
from rdv.engine.office import Work
from rdv.store.tables import (
    LONGEST_SLOT_SECONDS,
    Appointment,
    AppointmentType,
    Counter,
    Place,
    Service,
    TypeService,
    table,
)
from rdv.terms import LIVE, AppointmentList, AppointmentStatus

MOST_PATHS = 20
"""How many counters or types a list follows one by one; of more, it follows the statuses."""

_STORED = tuple(status for status in AppointmentStatus if status is not AppointmentStatus.PAST_WITHOUT_STATUS)
_RARE = {AppointmentStatus.TO_RESCHEDULE}


class ListFilters(TypedDict, total=False):
    """The filters of a list: they combine, several values of one add up; days are those of the settings' zone.

    *Planned* (the default) and *to reschedule* are upcoming. *Past without status* are those without a slot, or with
    `widen` every past one without outcome (A6). `last` is included.
    """

    view: AppointmentList
    widen: bool
    first: Moment | None
    last: Moment | None
    types: Sequence[Ref]
    places: Sequence[Ref]
    counters: Sequence[Ref]
    services: Sequence[Ref]
    partner: str | None


def list_where(work: Work, limit: int | None = None, **filters: Unpack[ListFilters]) -> list[Any]:
    """Return the conditions of a list and its filters, on appointments alone.

    With `limit`, the conditions hold for the first ones alone: each index that the list can follow in its order gives
    that many, so that nothing sorts the whole future. Raises NotFound or Refused for a reference that nothing, or more
    than one thing, answers to.
    """
    view, widen = filters.get("view", AppointmentList.PLANNED), filters.get("widen", False)
    chosen = _Chosen.of(work, filters)
    where = [*_in_list(work, view), *_in_period(work, filters), *chosen.where()]
    statuses, status = _statuses(view, widen=widen), col(Appointment.status)
    column, values = _path(chosen, is_rare=not set(statuses) - _RARE)
    others = [one for one in _STORED if one not in statuses]
    if column is None:
        column, values = status, statuses
        where += [status.in_(statuses)] if limit is None else []
    elif others:  # not an equality: SQLite would take the index of the statuses and read all counters
        where.append(status.not_in(others))
    if limit is None:
        return where
    return [_first_ids([column == value for value in values], where, limit)] if values else [false()]


def _first_ids(paths: Sequence[Any], where: Sequence[Any], limit: int) -> Any:
    """Return the condition that holds for the first `limit` appointments that one of the paths leads to."""
    a = table(Appointment).c
    order = (a.starts_at, a.ends_at, a.id)
    some = [select(*order).where(path, *where).order_by(*order).limit(limit).subquery() for path in paths]
    found = union_all(*(select(*one.c) for one in some)).subquery() if len(some) > 1 else some[0]
    first = select(found.c.id).order_by(found.c.starts_at, found.c.ends_at, found.c.id).limit(limit)
    return col(Appointment.id).in_(first)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The filters by id; None lets all pass. `counters` are also those of the places."""

    partner: int | None
    counters: list[int] | None
    types: list[int] | None

    @classmethod
    def of(cls, work: Work, filters: ListFilters) -> "_Chosen":
        """Find what the references mean."""

        def ids(model: Any, refs: Sequence[Ref] | None) -> list[int] | None:
            return find_ids(work.session, model, refs) if refs else None

        types, counters = ids(AppointmentType, filters.get("types")), ids(Counter, filters.get("counters"))
        if (places := ids(Place, filters.get("places"))) is not None:
            c = table(Counter).c
            there = set(work.session.scalars(select(c.id).where(c.place_id.in_(places))))
            counters = sorted(there if counters is None else there.intersection(counters))
        if services := filters.get("services"):
            kept = work.session.scalars(types_of(work, services)).all()
            types = sorted(kept if types is None else set(types).intersection(kept))
        partner = filters.get("partner")
        return cls(None if partner is None else find_partner(work, partner).id, counters, types)

    def where(self) -> list[Any]:
        """Return the conditions."""
        found: list[Any] = [] if self.partner is None else [col(Appointment.partner_id) == self.partner]
        if self.counters is not None:
            found.append(col(Appointment.counter_id).in_(self.counters))
        return found if self.types is None else [*found, col(Appointment.type_id).in_(self.types)]


def _path(chosen: _Chosen, *, is_rare: bool) -> tuple[Any, Sequence[Any]]:
    """Return the column whose index leads to the appointments by start, with its values; None: that of the statuses.

    Few appointments are to reschedule, so these are always found by their status.
    """
    if chosen.partner is not None:
        return col(Appointment.partner_id), [chosen.partner]
    for column, values in ((col(Appointment.counter_id), chosen.counters), (col(Appointment.type_id), chosen.types)):
        if values is not None and len(values) <= MOST_PATHS and not is_rare:
            return column, values
    return None, ()


def _in_period(work: Work, filters: ListFilters) -> list[Any]:
    where: list[Any] = []
    zone = ZoneInfo(work.settings.zone)
    first, last = filters.get("first"), filters.get("last")
    if first is not None:
        where.append(col(Appointment.starts_at) >= first.instant(zone, work.now))
    if last is not None:
        day_after = work.day(last, zone) + timedelta(days=1)
        end = last.instant(zone, work.now) if last.at else Moment(calendar=day_after).instant(zone, work.now)
        where.append(col(Appointment.starts_at) < end)
    return where


def types_of(work: Work, services: Sequence[Ref]) -> Any:
    """Return the query of the types kept to these services. Raise errors of references."""
    service_ids = find_ids(work.session, Service, services)
    return select(TypeService.type_id).where(col(TypeService.service_id).in_(service_ids))


def _statuses(view: AppointmentList, *, widen: bool) -> Sequence[AppointmentStatus]:
    """Return the stored statuses of the appointments of a list."""
    match view:
        case AppointmentList.PLANNED:
            return (AppointmentStatus.PLANNED,)
        case AppointmentList.TO_RESCHEDULE:
            return (AppointmentStatus.TO_RESCHEDULE,)
        case AppointmentList.PAST_WITHOUT_STATUS:  # an appointment that lost its slot is to reschedule, past or not
            return LIVE if widen else (AppointmentStatus.TO_RESCHEDULE,)
    return _STORED


def _in_list(work: Work, view: AppointmentList) -> list[Any]:
    starts_at, ends_at = col(Appointment.starts_at), col(Appointment.ends_at)
    # a limit on the start, derived from the end, lets the index begin or stop near now
    if view in (AppointmentList.PLANNED, AppointmentList.TO_RESCHEDULE):
        return [starts_at > work.now - timedelta(seconds=LONGEST_SLOT_SECONDS), ends_at > work.now]
    if view is AppointmentList.PAST_WITHOUT_STATUS:
        return [starts_at < work.now, ends_at <= work.now]
    return []
