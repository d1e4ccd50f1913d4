"""Reading the whole database for what must never be: `rdv db check`. It asks plain questions, not the booking code."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import text
from sqlmodel import col, select

from rdv.engine.core.schedule import expand, local_day
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import read_counters
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, Claim, Counter, table
from rdv.terms import AppointmentStatus, ClaimStatus, Right


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: `error` is an identifier, `ids` the appointments or counters concerned."""

    error: str
    ids: tuple[int, ...]


@use_case(Right.MODULE, writes=False)
def check_database(work: Work) -> list[Finding]:
    """What is wrong in the database; nothing, when all is well."""
    found = [
        Finding("damaged_file", ()) if _is_damaged(work) else None,
        _finding("planned_without_claim", _planned_without_claim(work)),
        _finding("claim_elsewhere", _claims_elsewhere(work)),
        _finding("claim_without_slot", _claims_without_slot(work)),
        _finding("desk_twice", _desks_twice(work)),
    ]
    return [one for one in found if one is not None]


def _finding(error: str, ids: list[int]) -> Finding | None:
    return Finding(error, tuple(ids)) if ids else None


def _is_damaged(work: Work) -> bool:
    if work.session.get_bind().dialect.name != "sqlite":
        return False
    told = work.session.execute(text("PRAGMA integrity_check")).scalar_one()
    return told != "ok" or work.session.execute(text("PRAGMA foreign_key_check")).first() is not None


def _planned_without_claim(work: Work) -> list[int]:
    """Upcoming planned appointments without a seat."""
    rows = work.session.exec(
        select(Appointment.id)
        .outerjoin(Claim, col(Claim.appointment_id) == col(Appointment.id))
        .where(
            Appointment.status == AppointmentStatus.PLANNED,
            col(Appointment.ends_at) > work.now,
            col(Claim.seat).is_(None),
        )
    )
    return [number for number in rows if number is not None]


def _claims_elsewhere(work: Work) -> list[int]:
    """Appointments whose seat is not where they say, or that own one though cancelled or to reschedule."""
    rows = work.session.exec(
        select(Appointment.id)
        .join(Claim, col(Claim.appointment_id) == col(Appointment.id))
        .where(
            (col(Claim.counter_id) != col(Appointment.counter_id))
            | (col(Claim.starts_at) != col(Appointment.starts_at))
            | (col(Claim.ends_at) != col(Appointment.ends_at))
            | col(Appointment.status).in_((AppointmentStatus.CANCELLED, AppointmentStatus.TO_RESCHEDULE))
        )
    )
    return [number for number in rows if number is not None]


def _claims_without_slot(work: Work) -> list[int]:
    """Counters that have a claim where no slot is, or on a seat that is none."""
    c = table(Claim).c
    wrong = []
    for counter in read_counters(work.session):
        query = select(seconds(c.starts_at), seconds(c.ends_at), c.seat).where(c.counter_id == counter.id)
        claims = work.session.execute(query).all()
        if not claims:
            continue
        first = local_day(min(row[0] for row in claims), counter.zone)
        last = local_day(max(row[0] for row in claims), counter.zone)
        slots = set(expand(counter.hours, first, last + timedelta(days=1)))
        if any((row[0], row[1]) not in slots or row[2] > counter.capacity for row in claims):
            wrong.append(counter.id)
    removed = select(c.counter_id).join(Counter, col(Counter.id) == c.counter_id).where(col(Counter.removed) != 0)
    return wrong + list(work.session.scalars(removed.distinct()))


def _desks_twice(work: Work) -> list[int]:
    """Counters that expect someone at another desk than theirs, or at one where somebody else is expected then."""
    c = table(Claim).c
    rows = work.session.execute(
        select(c.counter_id, c.desk_id, Counter.desk_id, seconds(c.starts_at), seconds(c.ends_at))  # type: ignore[call-overload]
        .join(Counter, col(Counter.id) == c.counter_id)
        .where(
            c.status.in_((ClaimStatus.HELD, ClaimStatus.BOOKED)),
            c.desk_id.is_not(None) | col(Counter.desk_id).is_not(None),
        )
        .order_by(c.desk_id, c.starts_at)
    ).all()
    wrong = {counter for counter, desk, its_own, _, _ in rows if desk != its_own}
    for (one, desk, _, _, end), (other, same, _, start, _) in pairwise(rows):
        if desk is not None and desk == same and start < end:
            wrong |= {one, other}
    return sorted(wrong)
