"""The lists of appointments and their filters (A5, A6, S6): what a command, a screen or a saved search asks for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.partner_lookup import find_partner
from rdv.engine.lookup.references import Ref, find_ids
from rdv.engine.office import Work
from rdv.store.tables import (
    LONGEST_SLOT_SECONDS,
    Appointment,
    AppointmentType,
    Claim,
    Counter,
    Place,
    Service,
    TypeService,
)
from rdv.terms import LIVE, AppointmentList, AppointmentStatus


class ListFilters(TypedDict, total=False):
    """Which appointments: filters combine, several values of one add up; days are those of the settings' zone.

    *Planned* (unless told) and *to reschedule* are to come; *past without status* are those whose slot no longer
    exists, or with `widen` every past one without outcome (A6). `last` is included.
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


def list_where(work: Work, **filters: Unpack[ListFilters]) -> list[Any]:
    """The conditions of a list and its filters, on appointments joined with their counter and their claim.

    Raises NotFound or Refused for a reference that nothing, or more than one thing, answers to.
    """
    where = _in_list(work, filters.get("view", AppointmentList.PLANNED), widen=filters.get("widen", False))
    zone = ZoneInfo(work.settings.zone)
    first, last = filters.get("first"), filters.get("last")
    if first is not None:
        where.append(col(Appointment.starts_at) >= first.instant(zone, work.now))
    if last is not None:
        day_after = work.day(last, zone) + timedelta(days=1)
        end = last.instant(zone, work.now) if last.at else Moment(calendar=day_after).instant(zone, work.now)
        where.append(col(Appointment.starts_at) < end)
    for column, model, refs in (
        (col(Appointment.type_id), AppointmentType, filters.get("types")),
        (col(Appointment.counter_id), Counter, filters.get("counters")),
        (col(Counter.place_id), Place, filters.get("places")),
    ):
        if refs:
            where.append(column.in_(find_ids(work.session, model, refs)))
    if services := filters.get("services"):
        where.append(col(Appointment.type_id).in_(types_of(work, services)))
    if (partner := filters.get("partner")) is not None:
        where.append(col(Appointment.partner_id) == find_partner(work, partner).id)
    return where


def types_of(work: Work, services: Sequence[Ref]) -> Any:
    """The query of the types that are kept to these services; raises as references do."""
    service_ids = find_ids(work.session, Service, services)
    return select(TypeService.type_id).where(col(TypeService.service_id).in_(service_ids))


def _in_list(work: Work, view: AppointmentList, *, widen: bool) -> list[Any]:
    status, starts_at, ends_at = col(Appointment.status), col(Appointment.starts_at), col(Appointment.ends_at)
    # What a start says of its end lets the index begin, or stop, near now.
    ahead = (starts_at > work.now - timedelta(seconds=LONGEST_SLOT_SECONDS), ends_at > work.now)
    if view is AppointmentList.PLANNED:
        return [status == AppointmentStatus.PLANNED, *ahead]
    if view is AppointmentList.TO_RESCHEDULE:
        return [status == AppointmentStatus.TO_RESCHEDULE, *ahead]
    if view is AppointmentList.PAST_WITHOUT_STATUS:
        gone = [] if widen else [col(Claim.appointment_id).is_(None)]
        return [status.in_(LIVE), starts_at < work.now, ends_at <= work.now, *gone]
    return []
