"""Seats for many appointments at once: given out in memory by the rules of a booking, written in a few statements.

The counters are owned by the transaction, so nobody takes their seats meanwhile; where a desk brings in another
counter, the database refuses a second one at the same time and the use case is run again (S5, C7).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, update

from rdv.engine.core.availability import Seat, free_seat
from rdv.engine.core.schedule import Slot, utc
from rdv.engine.core.spans import Span
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.claims import DeskSpans
from rdv.engine.seats.counter_hours import CounterHours
from rdv.store.tables import Claim, table
from rdv.terms import ClaimStatus, SlotStatus

_CLAIM = table(Claim)
_DAY = 24 * 3600


class Given(NamedTuple):
    """A seat given out; `reserved` says that it was kept for the administration until now (S3)."""

    counter: CounterHours
    slot: Slot
    seat: int
    reserved: bool


@dataclass(slots=True)
class Seats:
    """The seats of some slots as they stand, those given out here included."""

    work: Work
    seats: dict[tuple[int, int], list[Seat]] = field(default_factory=lambda: defaultdict(list))
    desks: dict[tuple[int, int], list[tuple[int, Span]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, wanted: Iterable[tuple[CounterHours, Slot]]) -> None:
        """Reads what stands on these slots, day by day; holds of these counters that have run out are dropped (P2)."""
        by_day: dict[int, list[tuple[CounterHours, Slot]]] = defaultdict(list)
        for counter, slot in wanted:
            by_day[slot.start // _DAY].append((counter, slot))
        self._sweep({counter.id: counter.desk_id for some in by_day.values() for counter, _slot in some})
        for some in by_day.values():
            span = min(slot.start for _counter, slot in some), max(slot.end for _counter, slot in some)
            counters = sorted({counter.id for counter, _slot in some})
            desks = sorted({counter.desk_id for counter, _slot in some if counter.desk_id is not None})
            for counter_id, seats in claims.read_seats(self.work.session, counters, span).items():
                for seat in seats:
                    self.seats[counter_id, seat.start].append(seat)
            for desk, taken in claims.read_desks(self.work, desks, span).items():
                for counter_id, at in taken:
                    self._seat_at_desk(desk, counter_id, at)

    def take(self, counter: CounterHours, slot: Slot) -> Given:
        """Gives out a seat of the slot; raises what `claims.book` does."""
        here = self.seats[counter.id, slot.start]
        seen = next(claims.offered(self.work, counter, [slot], here, self._at_desk(counter, slot)))
        seat = free_seat(seen, counter.capacity) if seen.status is SlotStatus.FREE else None
        reserved = next((one for one in here if one.status is ClaimStatus.RESERVED), None)
        if seat is None and seen.status is SlotStatus.RESERVED and reserved is not None:
            here.remove(reserved)
            seat = reserved.seat
        if seat is None:
            raise claims.taken(counter, seen)
        here.append(Seat(slot.start, slot.end, seat, ClaimStatus.BOOKED))
        if counter.desk_id is not None:
            self._seat_at_desk(counter.desk_id, counter.id, slot)
        return Given(counter, slot, seat, seen.status is SlotStatus.RESERVED)

    def write(self, given: Iterable[tuple[Given, int]]) -> None:
        """Stores the seats given out, each for an appointment."""
        rows: dict[bool, list[dict[str, object]]] = {True: [], False: []}
        for (counter, slot, seat, reserved), appointment_id in given:
            key = {"counter": counter.id, "start": utc(slot.start), "number": seat}
            row = {"desk_id": counter.desk_id, "appointment_id": appointment_id, "status": ClaimStatus.BOOKED.value}
            new = {"counter_id": counter.id, "starts_at": utc(slot.start), "ends_at": utc(slot.end), "seat": seat}
            rows[reserved].append(row | (key if reserved else new))
        c = _CLAIM.c
        here = (c.counter_id == bindparam("counter"), c.starts_at == bindparam("start"), c.seat == bindparam("number"))
        for statement, some in ((update(_CLAIM).where(*here), rows[True]), (insert(_CLAIM), rows[False])):
            if some:
                self.work.session.connection().execute(statement, some)

    def _sweep(self, desk_of: Mapping[int, int | None]) -> None:
        """By the index of those who hold: few do."""
        c = _CLAIM.c
        desks = {desk for desk in desk_of.values() if desk is not None}
        self.work.session.execute(
            delete(_CLAIM).where(
                or_(c.counter_id.in_(list(desk_of)), c.desk_id.in_(desks)),
                c.partner_id > 0,
                c.expires_at <= self.work.now,
            )
        )

    def _at_desk(self, counter: CounterHours, slot: Slot) -> DeskSpans:
        if counter.desk_id is None:
            return {}
        return {counter.desk_id: [one for day in _days(slot) for one in self.desks[counter.desk_id, day]]}

    def _seat_at_desk(self, desk: int, counter_id: int, span: Span) -> None:
        for day in _days(span):
            self.desks[desk, day].append((counter_id, span))


def _days(span: Span) -> Iterator[int]:
    """The days of UTC that a span touches: a handle on what is near it."""
    yield from range(span[0] // _DAY, (span[1] - 1) // _DAY + 1)
