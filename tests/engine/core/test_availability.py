"""Slots and claims to statuses: S1, S3, S5, C7 and P2, without a database."""

from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.core.availability import Offered, Seat, free_seat, offer
from rdv.engine.core.schedule import Slot
from rdv.engine.core.spans import overlap
from rdv.terms import ClaimStatus, SlotStatus

BOOKED, HELD, RESERVED, SUSPENDED = ClaimStatus.BOOKED, ClaimStatus.HELD, ClaimStatus.RESERVED, ClaimStatus.SUSPENDED
NOW = 1000
SLOT = Slot(2000, 3800)


def seat(number: int, status: ClaimStatus, *, slot: Slot = SLOT, expires: int = NOW + 60) -> Seat:
    booked = number if status is BOOKED else None
    return Seat(slot.start, slot.end, number, status, booked, expires if status is HELD else None)


def seen(*statuses: ClaimStatus, capacity: int = 1, taken: tuple[int, int] | None = None) -> Offered:
    """Return SLOT with these claims, with its desk taken elsewhere or not."""
    claims = [seat(number, status) for number, status in enumerate(statuses, 1)]
    return next(offer([SLOT], claims, capacity=capacity, desk_taken=[taken] if taken else [], now=NOW))


@dataclass
class Case:
    """A counter's morning: adjacent slots, at most `capacity` claims a slot, its desk sometimes taken."""

    slots: list[Slot]
    claims: list[Seat]
    capacity: int
    elsewhere: list[tuple[int, int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    length = draw(st.sampled_from([600, 900, 1800]))
    slots = [Slot(NOW + n * length, NOW + (n + 1) * length) for n in range(draw(st.integers(1, 6)))]
    capacity = draw(st.integers(1, 4))
    claims = [
        seat(number, draw(st.sampled_from(list(ClaimStatus))), slot=slot, expires=draw(st.integers(NOW - 2, NOW + 2)))
        for slot in slots
        for number in sorted(draw(st.sets(st.integers(1, capacity))))
    ]
    starts = draw(st.lists(st.integers(NOW - 900, NOW + 6 * 1800), max_size=3))
    return Case(slots, draw(st.permutations(claims)), capacity, [(start, start + 900) for start in starts])


@given(cases())
def test_s1_every_slot_is_told_once_in_order_with_one_status(case: Case) -> None:
    told = list(offer(case.slots, case.claims, capacity=case.capacity, desk_taken=case.elsewhere, now=NOW))
    assert [one.slot for one in told] == case.slots
    for one in told:
        assert (one.status is SlotStatus.FREE) == (
            one.seats_free > 0 and SUSPENDED not in {claim.status for claim in one.claims}
        )
        assert 0 <= one.seats_free <= case.capacity - len(one.claims)


@given(cases())
def test_s5_taking_seats_until_none_is_left_never_exceeds_the_capacity(case: Case) -> None:
    for slot in case.slots:
        claims = [claim for claim in case.claims if claim.start == slot.start and claim.holds_at(NOW)]
        while True:
            one = next(offer([slot], claims, capacity=case.capacity, desk_taken=case.elsewhere, now=NOW))
            if one.status is not SlotStatus.FREE:
                break
            number = free_seat(one, case.capacity)
            assert number is not None, "a free slot has a free seat"
            claims.append(seat(number, BOOKED, slot=slot))
        assert len(claims) <= case.capacity
        assert {claim.seat for claim in claims} <= set(range(1, case.capacity + 1))
        assert len({claim.seat for claim in claims}) == len(claims), "no seat twice"


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_claims_does_not_matter(case: Case, chance: object) -> None:
    mixed = list(case.claims)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    for one, other in zip(
        offer(case.slots, case.claims, capacity=case.capacity, desk_taken=case.elsewhere, now=NOW),
        offer(case.slots, mixed, capacity=case.capacity, desk_taken=case.elsewhere, now=NOW),
        strict=True,
    ):
        assert one[:3] == other[:3]
        assert free_seat(one, case.capacity) == free_seat(other, case.capacity)


@given(cases())
def test_p2_a_hold_that_has_run_out_is_as_if_it_had_never_been(case: Case) -> None:
    standing = [claim for claim in case.claims if claim.expires is None or claim.expires > NOW]
    assert list(offer(case.slots, case.claims, capacity=case.capacity, now=NOW)) == list(
        offer(case.slots, standing, capacity=case.capacity, now=NOW)
    )


def test_p2_a_hold_ends_at_the_very_second() -> None:
    held = [seat(1, HELD, expires=NOW)]
    before, after = (next(offer([SLOT], held, capacity=1, now=now)) for now in (NOW - 1, NOW))
    assert (before.status, before.seats_free) == (SlotStatus.HELD, 0)
    assert (after.status, after.seats_free, after.claims) == (SlotStatus.FREE, 1, ())


@given(cases())
def test_c7_a_slot_whose_desk_is_taken_elsewhere_is_never_free(case: Case) -> None:
    for one in offer(case.slots, case.claims, capacity=case.capacity, desk_taken=case.elsewhere, now=NOW):
        if any(overlap(one.slot, span) for span in case.elsewhere):
            assert one.status not in (SlotStatus.FREE, SlotStatus.RESERVED)
            assert one.seats_free == 0
        else:
            assert one.status is not SlotStatus.OCCUPIED


@pytest.mark.parametrize(
    ("statuses", "capacity", "status", "free"),
    [
        ((), 1, SlotStatus.FREE, 1),
        ((), 3, SlotStatus.FREE, 3),
        ((BOOKED,), 1, SlotStatus.BOOKED, 0),
        ((BOOKED,), 2, SlotStatus.FREE, 1),
        ((BOOKED, HELD), 2, SlotStatus.HELD, 0),
        ((HELD,), 1, SlotStatus.HELD, 0),
        ((RESERVED,), 1, SlotStatus.RESERVED, 0),
        ((BOOKED, RESERVED), 2, SlotStatus.RESERVED, 0),
        ((HELD, RESERVED), 2, SlotStatus.RESERVED, 0),
        ((SUSPENDED,), 1, SlotStatus.SUSPENDED, 0),
        ((BOOKED, SUSPENDED), 3, SlotStatus.SUSPENDED, 1),
    ],
)
def test_s1_a_slot_is_the_best_that_one_of_its_seats_offers(
    statuses: tuple[ClaimStatus, ...], capacity: int, status: SlotStatus, free: int
) -> None:
    for order in permutations(statuses):
        one = seen(*order, capacity=capacity)
        assert (one.status, one.seats_free) == (status, free)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), SlotStatus.OCCUPIED),
        ((RESERVED,), SlotStatus.OCCUPIED),
        ((SUSPENDED,), SlotStatus.SUSPENDED),
        ((BOOKED,), SlotStatus.BOOKED),
    ],
)
def test_c7_a_desk_taken_elsewhere_occupies_what_could_be_given(
    statuses: tuple[ClaimStatus, ...], status: SlotStatus
) -> None:
    assert seen(*statuses, taken=(SLOT.end - 1, SLOT.end + 600)).status is status
    assert seen(taken=(SLOT.end, SLOT.end + 600)).status is SlotStatus.FREE, "it starts as this one ends"


def test_s5_the_lowest_free_seat_is_taken_first() -> None:
    one = next(offer([SLOT], [seat(1, BOOKED), seat(3, BOOKED)], capacity=3, now=NOW))
    assert free_seat(one, 3) == 2
    assert free_seat(seen(BOOKED), 1) is None
