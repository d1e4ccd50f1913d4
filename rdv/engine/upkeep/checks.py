"""Reading the whole database for what must never be: `rdv db check`. It asks plain questions, not the booking code."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import col, select

from rdv.engine.core.schedule import Hours, expand, local_day
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import read_counters
from rdv.store.bulk import in_batches
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, Claim, Counter, table
from rdv.terms import AppointmentStatus, ClaimStatus, Right

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"

CACHE_KILOBYTES = 65_536
"""The memory that a check of a SQLite file may use for its pages while it looks up foreign keys."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: `error` is an identifier, `ids` the appointments or counters concerned."""

    error: str
    ids: tuple[int, ...]


@use_case(Right.MODULE, writes=False)
def check_database(work: Work) -> list[Finding]:
    """Return the inconsistencies of the database."""
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
    """Return True if a SQLite file is not what SQLite wrote: its pages, its indexes or its foreign keys.

    SQLite enforces the CHECKs at each write, and looking up each row in each index takes ten times as long as counting.
    """
    if work.session.get_bind().dialect.name != "sqlite":
        return False
    ask = work.session.connection().exec_driver_sql
    ask("PRAGMA ignore_check_constraints = ON")
    ask(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
    try:
        return (
            ask("PRAGMA quick_check").scalar_one() != "ok"
            or ask("PRAGMA foreign_key_check").first() is not None
            or any(_miscounts(ask, name) for name in ask(_TABLES).scalars().all())
        )
    finally:
        ask("PRAGMA cache_size = -2000")
        ask("PRAGMA ignore_check_constraints = OFF")


def _miscounts(ask: Callable[[str], Any], name: str) -> bool:
    """Return True if an index of a table has not an entry for each of its rows."""
    whole = [row.name for row in ask(f"PRAGMA index_list('{name}')") if not row.partial]
    rows = ask(f"SELECT count(*) FROM {name} NOT INDEXED").scalar_one()
    return any(ask(f"SELECT count(*) FROM {name} INDEXED BY {index}").scalar_one() != rows for index in whole)


def _planned_without_claim(work: Work) -> list[int]:
    """Return upcoming planned appointments without a seat."""
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
    """Return appointments whose seat is elsewhere, or that own one although cancelled or to reschedule."""
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
    """Return counters with a claim outside of their slots, or on a seat that does not exist."""
    c, k = table(Claim).c, table(Counter).c
    alike: dict[Hours, list[int]] = defaultdict(list)
    for counter in read_counters(work.session):
        alike[counter.hours].append(counter.id)
    wrong = [number for hours, numbers in alike.items() for number in _off_hours(work, hours, numbers)]
    no_seat = select(c.counter_id).join(Counter, k.id == c.counter_id).where((c.seat > k.capacity) & (k.removed == 0))
    wrong += set(work.session.scalars(no_seat.distinct())) - set(wrong)
    removed = select(c.counter_id).join(Counter, k.id == c.counter_id).where(k.removed != 0)
    return sorted(wrong) + list(work.session.scalars(removed.distinct().order_by(c.counter_id)))


def _off_hours(work: Work, hours: Hours, counters: Sequence[int]) -> list[int]:
    """Return those of these counters, all with the same hours, that have a claim outside of their slots.

    The database returns each span once, for any number of counters with a claim then.
    """
    c = table(Claim).c
    starts, ends = seconds(c.starts_at), seconds(c.ends_at)
    here = [c.counter_id.in_(some) for some in in_batches(counters)]
    every = select(starts, ends).distinct()
    spans = {(row[0], row[1]) for part in here for row in work.session.execute(every.where(part))}
    if not spans:
        return []
    first, last = (local_day(pick(spans)[0], hours.zone) for pick in (min, max))
    off = spans.difference(expand(hours, first, last + timedelta(days=1)))
    if not off:
        return []
    everyone = select(c.counter_id, starts, ends).distinct()
    return sorted({row[0] for part in here for row in work.session.execute(everyone.where(part)) if row[1:] in off})


def _desks_twice(work: Work) -> list[int]:
    """Return counters with claims at another desk than theirs, or at a desk that is taken at the same time."""
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
