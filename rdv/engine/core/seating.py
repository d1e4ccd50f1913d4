"""Seats of slots, given out one by one by the rules of a booking (S3, S5, C7). Pure: `now` is a field.

A counter has `capacity` seats in each slot, a desk serves one counter at a time, a partner is in one place at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from rdv.engine.core.availability import Offered, Seat, free_seat, offer
from rdv.engine.core.schedule import DAY_SECONDS, Slot
from rdv.engine.core.spans import Span, overlap
from rdv.terms import ClaimStatus, SlotStatus


class SeatedCounter(Protocol):
    """The properties of a counter that seating uses."""

    @property
    def id(self) -> int:
        """Return the counter's id."""

    @property
    def capacity(self) -> int:
        """Return the number of seats of each slot."""

    @property
    def desk_id(self) -> int | None:
        """Return the counter's desk, or None."""


class Taken(NamedTuple):
    """A seat given out; `was_reserved` if it was reserved for the administration until now (S3)."""

    seat: int
    was_reserved: bool


@dataclass(slots=True)
class Seating:
    """Claims, desks and partners as they stand at `now`, with the seats that were given out here."""

    now: int
    claims: dict[tuple[int, int], list[Seat]] = field(default_factory=lambda: defaultdict(list))
    desks: dict[tuple[int, int], list[tuple[int, Span]]] = field(default_factory=lambda: defaultdict(list))
    partners: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))

    def add_claims(self, counter_id: int, claims: Iterable[Seat]) -> None:
        """Add claims that stand at a counter."""
        for claim in claims:
            self.claims[counter_id, claim.start].append(claim)

    def add_at_desk(self, desk_id: int, counter_id: int, span: Span) -> None:
        """Add a time when someone sits at a desk for a counter; it is filed by day, so that a look-up stays short."""
        for day in _days(span):
            self.desks[desk_id, day].append((counter_id, span))

    def look(self, counter: SeatedCounter, slot: Slot) -> Offered:
        """Return the slot with its status and its claims."""
        taken = [] if counter.desk_id is None else [
            span for day in _days(slot) for other, span in self.desks[counter.desk_id, day] if other != counter.id
        ]  # fmt: skip
        here = self.claims[counter.id, slot.start]
        return next(offer([slot], here, capacity=counter.capacity, desk_taken=taken, now=self.now))

    def take(
        self, counter: SeatedCounter, slot: Slot, *, partner: int | None = None, reserved: bool = False
    ) -> Taken | None:
        """Give out the lowest free seat of the slot, or a reserved one if `reserved`; return None if there is none.

        A partner who is named gets no seat while expected elsewhere.
        """
        if partner is not None and any(overlap(slot, span) for span in self.partners[partner]):
            return None
        offered = self.look(counter, slot)
        here = self.claims[counter.id, slot.start]
        if offered.status is SlotStatus.FREE:
            seat = free_seat(offered, counter.capacity)
            assert seat is not None, "a free slot has a free seat"
            taken = Taken(seat, was_reserved=False)
        elif offered.status is SlotStatus.RESERVED and reserved:
            mark = next(claim for claim in offered.claims if claim.status is ClaimStatus.RESERVED)
            here.remove(mark)
            taken = Taken(mark.seat, was_reserved=True)
        else:
            return None
        here.append(Seat(slot.start, slot.end, taken.seat, ClaimStatus.BOOKED))
        if counter.desk_id is not None:
            self.add_at_desk(counter.desk_id, counter.id, slot)
        if partner is not None:
            self.partners[partner].append(slot)
        return taken


def _days(span: Span) -> Iterator[int]:
    """Yield the UTC days that a span touches."""
    yield from range(span[0] // DAY_SECONDS, (span[1] - 1) // DAY_SECONDS + 1)
