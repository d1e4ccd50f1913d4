"""Seats taken one by one, compared with the rules, written a second time in the simplest way."""

from dataclasses import dataclass
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.core.availability import Seat
from rdv.engine.core.schedule import Slot
from rdv.engine.core.seating import Seating, Taken
from rdv.engine.core.spans import overlap
from rdv.terms import ClaimStatus

NOW = 1_000_000
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter as seating knows it; its slots start every 20 or 30 minutes, so that those of two counters overlap."""

    id: int
    capacity: int
    desk_id: int | None
    minutes: int

    def slot(self, number: int) -> Slot:
        """Return the slot of this rank."""
        start = NOW + number * self.minutes * MINUTE
        return Slot(start, start + self.minutes * MINUTE)


@dataclass(frozen=True, slots=True)
class Wish:
    """A seat that someone wants: of which counter, in which of its slots."""

    counter: Counter
    slot: Slot
    partner: int | None
    reserved: bool


COUNTERS = (
    Counter(1, 1, 7, 20), Counter(2, 1, 7, 30), Counter(3, 1, None, 30), Counter(4, 3, None, 20),
)  # fmt: skip
CLAIMS = st.tuples(
    st.sampled_from(COUNTERS),
    st.integers(0, 4),
    st.sampled_from(ClaimStatus),
    st.sampled_from((None, NOW - 1, NOW + 60)),
)
WISHES = st.builds(
    lambda counter, number, partner, reserved: Wish(counter, counter.slot(number), partner, reserved),
    st.sampled_from(COUNTERS), st.integers(0, 4), st.sampled_from((None, 1, 2)), st.booleans(),
)  # fmt: skip


def seating_with(stored: list[tuple[Counter, int, ClaimStatus, int | None]]) -> Seating:
    """Return a seating where these claims stand, at most one a slot, on its first seat."""
    seating = Seating(NOW)
    for (counter, number), (status, expires) in {(c, n): (s, e) for c, n, s, e in stored}.items():
        slot = counter.slot(number)
        until = expires if status is ClaimStatus.HELD else None
        seating.add_claims(counter.id, [Seat(slot.start, slot.end, 1, status, None, until)])
        if counter.desk_id is not None and status in (ClaimStatus.HELD, ClaimStatus.BOOKED) and until != NOW - 1:
            seating.add_at_desk(counter.desk_id, counter.id, slot)
    return seating


@given(st.lists(CLAIMS, max_size=6), st.lists(WISHES, max_size=30))
def test_s5_c7_a_seat_is_given_out_exactly_when_seat_desk_and_partner_are_free(
    stored: list[tuple[Counter, int, ClaimStatus, int | None]], wishes: list[Wish]
) -> None:
    seating = seating_with(stored)
    marked = {(c.id, c.slot(n).start): (s, e) for c, n, s, e in stored}
    sitting = [
        (c, c.slot(n))
        for c in COUNTERS
        for n in range(5)
        if (mark := marked.get((c.id, c.slot(n).start)))
        and (mark[0] is ClaimStatus.BOOKED or (mark[0] is ClaimStatus.HELD and mark[1] != NOW - 1))
    ]
    given_out: list[tuple[Wish, Taken]] = []
    for wish in wishes:
        here = [taken for one, taken in given_out if (one.counter, one.slot) == (wish.counter, wish.slot)]
        status, expires = marked.get((wish.counter.id, wish.slot.start), (None, None))
        stands = status is not None and not (status is ClaimStatus.HELD and expires == NOW - 1)
        is_reserved = status is ClaimStatus.RESERVED and not any(taken.was_reserved for taken in here)
        free = wish.counter.capacity - len(here) - (stands and not any(taken.was_reserved for taken in here))
        at_desk = wish.counter.desk_id is not None and any(
            other.desk_id == wish.counter.desk_id and other != wish.counter and overlap(wish.slot, slot)
            for other, slot in [*sitting, *((one.counter, one.slot) for one, _taken in given_out)]
        )
        elsewhere = wish.partner is not None and any(
            one.partner == wish.partner and overlap(wish.slot, one.slot) for one, _taken in given_out
        )
        is_open = status is not ClaimStatus.SUSPENDED and not at_desk and not elsewhere
        is_to_be_had = is_open and (free > 0 or (is_reserved and wish.reserved))

        taken = seating.take(wish.counter, wish.slot, partner=wish.partner, reserved=wish.reserved)

        assert (taken is not None) is is_to_be_had
        if taken is not None:
            given_out.append((wish, taken))


@given(st.lists(CLAIMS, max_size=6), st.lists(WISHES, max_size=30))
def test_s5_no_seat_is_given_out_twice_and_none_beyond_the_capacity(
    stored: list[tuple[Counter, int, ClaimStatus, int | None]], wishes: list[Wish]
) -> None:
    seating = seating_with(stored)
    taken = [
        (wish.counter, wish.slot, seat.seat)
        for wish in wishes
        if (seat := seating.take(wish.counter, wish.slot, reserved=wish.reserved))
    ]
    assert all(1 <= seat <= counter.capacity for counter, _slot, seat in taken)
    assert all(one != other for one, other in combinations(taken, 2))


def test_s3_a_reserved_seat_is_given_out_only_on_request_and_says_so() -> None:
    counter = COUNTERS[2]
    seating = seating_with([(counter, 0, ClaimStatus.RESERVED, None)])
    assert seating.take(counter, counter.slot(0)) is None
    assert seating.take(counter, counter.slot(0), reserved=True) == Taken(1, was_reserved=True)
    assert seating.take(counter, counter.slot(0), reserved=True) is None
