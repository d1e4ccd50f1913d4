"""Slots and claims to statuses (S1, S3, C7). Pure: `now` is an argument.

A slot of a counter with capacity N has N seats. Its status is the best that any of its seats offers: free before
reserved before held before booked; one suspended seat suspends the slot, and a desk taken elsewhere occupies what would
be free.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rdv.engine.core.schedule import Slot, made
from rdv.engine.core.spans import Span, overlap
from rdv.terms import ClaimStatus, SlotStatus


class Seat(NamedTuple):
    """One claimed seat. Times are seconds since 1970; `expires` is set for a hold, `partner` names who is booked."""

    start: int
    end: int
    seat: int
    status: ClaimStatus
    appointment: int | None = None
    expires: int | None = None
    partner: str | None = None

    def holds_at(self, now: int) -> bool:
        """Return True if the claim stands: a hold ends by itself, without any job having to run (P2)."""
        return self.expires is None or self.expires > now


class Offered(NamedTuple):
    """A slot with its status, the number of seats that are free, and the claims that stand on it."""

    slot: Slot
    status: SlotStatus
    seats_free: int
    claims: tuple[Seat, ...]


def offer(
    slots: Iterable[Slot], claims: Iterable[Seat], *, capacity: int, desk_taken: Sequence[Span] = (), now: int
) -> Iterator[Offered]:
    """Yield the slots with what can be done to them, in the order given.

    `claims` are this counter's; `desk_taken` are the spans when someone sits at its desk for another counter.
    """
    seats: dict[int, list[Seat]] = {}
    for claim in claims:
        if claim.expires is None or claim.holds_at(now):
            seats.setdefault(claim.start, []).append(claim)
    for slot in slots:
        taken = seats.get(slot.start)
        occupied = bool(desk_taken) and any(overlap(slot, span) for span in desk_taken)
        free = 0 if occupied else capacity if taken is None else capacity - len(taken)
        if taken is None:
            yield made(Offered, (slot, SlotStatus.OCCUPIED if occupied else SlotStatus.FREE, free, ()))
        else:
            yield made(Offered, (slot, _status(taken, free, occupied), max(free, 0), tuple(taken)))


def _status(taken: Sequence[Seat], free: int, occupied: bool) -> SlotStatus:
    if len(taken) == 1 and taken[0].status is ClaimStatus.BOOKED:  # most are
        return SlotStatus.FREE if free > 0 else SlotStatus.BOOKED
    statuses = [seat.status for seat in taken]
    if ClaimStatus.SUSPENDED in statuses:
        return SlotStatus.SUSPENDED
    if free > 0:
        return SlotStatus.FREE
    if ClaimStatus.RESERVED in statuses:
        return SlotStatus.OCCUPIED if occupied else SlotStatus.RESERVED
    return SlotStatus.HELD if ClaimStatus.HELD in statuses else SlotStatus.BOOKED


def free_seat(offered: Offered, capacity: int) -> int | None:
    """Return the lowest seat of the slot that no claim holds, or None (S5)."""
    taken = {claim.seat for claim in offered.claims}
    return next((seat for seat in range(1, capacity + 1) if seat not in taken), None)
