"""Many seats at once: read from the claims, taken in memory by `Seating`, written in a few statements.

The transaction owns the counters, so no other takes their seats. If a desk involves another counter, the database
refuses a second claim at the same time and the use case runs again (S5, C7).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, update

from rdv.engine.core.schedule import DAY_SECONDS, Slot, utc
from rdv.engine.core.seating import Seating, Taken
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.counter_hours import CounterHours
from rdv.store.tables import Claim, table
from rdv.terms import ClaimStatus

_CLAIM = table(Claim)


class Booked(NamedTuple):
    """A seat given out to an appointment."""

    counter: CounterHours
    slot: Slot
    taken: Taken
    appointment_id: int


def read_seating(work: Work, wanted: Iterable[tuple[CounterHours, Slot]]) -> Seating:
    """Return the seats of these slots and of their desks; expired holds on them are deleted (P2)."""
    pairs = sorted(wanted, key=lambda pair: pair[1])
    if pairs:
        _delete_expired_holds(work, {counter.id: counter.desk_id for counter, _slot in pairs})
    seating = Seating(work.instant)
    for run in _runs(pairs):
        span = run[0][1].start, max(slot.end for _counter, slot in run)
        counters = sorted({counter.id for counter, _slot in run})
        desks = sorted({counter.desk_id for counter, _slot in run if counter.desk_id is not None})
        for counter_id, seats in claims.read_seats(work.session, counters, span).items():
            seating.add_claims(counter_id, seats)
        for desk_id, sitting in claims.read_desks(work, desks, span).items():
            for counter_id, at_desk in sitting:
                seating.add_at_desk(desk_id, counter_id, at_desk)
    return seating


def write_seats(work: Work, booked: Iterable[Booked]) -> None:
    """Store seats given out: reserved claims become booked ones, the others are new."""
    new: list[dict[str, object]] = []
    reserved: list[dict[str, object]] = []
    for counter, slot, (seat, was_reserved), appointment_id in booked:
        row = {"desk_id": counter.desk_id, "appointment_id": appointment_id, "status": ClaimStatus.BOOKED.value}
        start = utc(slot.start)
        if was_reserved:
            reserved.append(row | {"counter": counter.id, "start": start, "number": seat})
        else:
            new.append(row | {"counter_id": counter.id, "starts_at": start, "ends_at": utc(slot.end), "seat": seat})
    c = _CLAIM.c
    key = (c.counter_id == bindparam("counter"), c.starts_at == bindparam("start"), c.seat == bindparam("number"))
    for statement, rows in ((update(_CLAIM).where(*key), reserved), (insert(_CLAIM), new)):
        if rows:
            work.session.connection().execute(statement, rows)


def _delete_expired_holds(work: Work, desk_of: dict[int, int | None]) -> None:
    c = _CLAIM.c
    desks = {desk_id for desk_id in desk_of.values() if desk_id is not None}
    here = or_(c.counter_id.in_(list(desk_of)), c.desk_id.in_(desks))
    # `partner_id > 0` lets the index of holds find the few rows.
    work.session.execute(delete(_CLAIM).where(here, c.partner_id > 0, c.expires_at <= work.now))


def _runs(pairs: list[tuple[CounterHours, Slot]]) -> Iterator[list[tuple[CounterHours, Slot]]]:
    """Yield sorted slots in runs without a gap of a day, because reading a run costs two queries."""
    run: list[tuple[CounterHours, Slot]] = []
    for pair in pairs:
        if run and pair[1].start - run[-1][1].start > DAY_SECONDS:
            yield run
            run = []
        run.append(pair)
    if run:
        yield run
