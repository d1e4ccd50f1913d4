"""The assignment of least cost (I3): against a plain greedy plan, a dense solver and every plan there is."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from rdv.engine.core import assignment_prices
from rdv.engine.core.assignment import Assignment, Circumstances, gap, match
from rdv.engine.core.assignment_costs import OTHER_COUNTER, OTHER_PLACE, Seat, Wish, cost
from rdv.engine.core.spans import Span, overlap

HALF = 1800
DAY = 86_400
wishes = st.lists(
    st.builds(
        lambda number, counter, at, partner, taken: Wish(number, counter, counter % 2, at * HALF, partner, taken),
        st.integers(0, 9_999), st.integers(0, 2), st.integers(0, 9), st.integers(0, 3), st.integers(0, 5),
    ),
    max_size=7, unique_by=lambda wish: wish.id,
)  # fmt: skip
seats = st.lists(
    st.builds(
        lambda counter, at, length, desk: Seat(counter, counter % 2, at * HALF, (at + length) * HALF, desk),
        st.integers(0, 2), st.integers(0, 11), st.sampled_from([1, 1, 2]), st.sampled_from([None, None, 7]),
    ),
    max_size=12,
)  # fmt: skip
busy = st.dictionaries(
    st.integers(0, 3), st.lists(st.integers(0, 9).map(lambda at: (at * HALF, (at + 1) * HALF)), max_size=2)
)
Busy = dict[int, list[Span]]


def assigned(some: list[Wish], offered: list[Seat], elsewhere: Busy, **more: object) -> Assignment:
    return match(some, offered, Circumstances(elsewhere, {}, {}, **more))  # type: ignore[arg-type]


def spent(some: list[Wish], plan: dict[int, Seat]) -> tuple[int, int]:
    """Return what makes a plan better than another: fewer left out, then less cost."""
    return -len(plan), sum(cost(wish, plan[wish.id]) for wish in some if wish.id in plan)


def greedy(some: list[Wish], offered: list[Seat], taken_up: Busy) -> dict[int, Seat]:
    """Give each wish in turn the cheapest seat that no rule forbids; of equal seats, the one that starts first."""
    left = sorted(offered, key=lambda seat: (seat.start, seat.counter, seat.end, seat.desk or 0))
    plan: dict[int, Seat] = {}
    partners: dict[int, list[Span]] = defaultdict(list, {who: list(spans) for who, spans in taken_up.items()})
    desks: dict[int | None, list[Span]] = defaultdict(list)
    for wish in sorted(some, key=lambda wish: (wish.start, wish.taken, wish.id)):
        fit = [
            seat
            for seat in left
            if not any(overlap(seat.span, span) for span in partners[wish.partner])
            and not (seat.desk and any(overlap(seat.span, span) for span in desks[seat.desk]))
        ]
        if fit:
            best = min(fit, key=lambda seat: cost(wish, seat))
            left.remove(best)
            plan[wish.id] = best
            partners[wish.partner].append(best.span)
            desks[best.desk].append(best.span)
    return plan


def every_plan(some: list[Wish], offered: list[Seat], elsewhere: Busy) -> Iterator[tuple[int, int]]:
    """Yield the worth of every plan that keeps the rules."""
    if not some:
        yield 0, 0
        return
    wish, rest = some[0], some[1:]
    yield from every_plan(rest, offered, elsewhere)
    for number, seat in enumerate(offered):
        if any(overlap(seat.span, span) for span in elsewhere.get(wish.partner, ())):
            continue
        left = [
            other
            for position, other in enumerate(offered)
            if position != number and not (seat.desk and other.desk == seat.desk and overlap(other.span, seat.span))
        ]
        engaged = {**elsewhere, wish.partner: [*elsewhere.get(wish.partner, ()), seat.span]}
        for placed, total in every_plan(rest, left, engaged):
            yield placed - 1, total + cost(wish, seat)


@given(wishes, seats, busy)
def test_i3_no_plan_takes_a_seat_twice_nor_has_a_partner_or_a_desk_in_two_places(
    some: list[Wish], offered: list[Seat], elsewhere: Busy
) -> None:
    plan = assigned(some, offered, elsewhere).seats
    left = list(offered)
    for seat in plan.values():
        left.remove(seat)  # a seat that does not exist, or not any longer, is an error
    by_id = {wish.id: wish for wish in some}
    chosen = list(plan.items())
    for number, (who, seat) in enumerate(chosen):
        assert not any(overlap(seat.span, span) for span in elsewhere.get(by_id[who].partner, ()))
        for other, another in chosen[number + 1 :]:
            together = overlap(seat.span, another.span)
            assert not (together and by_id[who].partner == by_id[other].partner)
            assert not (together and seat.desk and seat.desk == another.desk)


@given(wishes, seats, busy)
@example(
    [Wish(0, 0, 0, 0, 0, 0), Wish(1, 0, 0, HALF, 0, 1)],
    [Seat(0, 0, 0, HALF, 7), Seat(1, 1, 0, HALF, 7), Seat(0, 0, 3 * HALF, 4 * HALF)],
    {},
)
def test_i3_no_plan_is_worse_than_a_greedy_one(some: list[Wish], offered: list[Seat], elsewhere: Busy) -> None:
    assert spent(some, assigned(some, offered, elsewhere).seats) <= spent(some, greedy(some, offered, elsewhere))


def test_i3_everyone_is_placed_when_a_building_closes() -> None:
    """Ten counters are closed for three weeks; elsewhere two slots in five are free from the fourth week on."""

    def slot(counter: int, day: int, rank: int) -> Seat:
        start = (day // 5 * 7 + day % 5) * DAY + rank * HALF
        return Seat(counter, (counter - 1) // 10, start, start + HALF)

    shut = [slot(counter, day, rank) for counter in range(1, 11) for day in range(15) for rank in range(13)]
    some = [Wish(number, seat.counter, seat.place, seat.start, number, 0) for number, seat in enumerate(shut)]
    offered = [
        slot(counter, day, rank)
        for counter in range(1, 101)
        for day in range(15, 35)
        for rank in range(13)
        if (counter * 7 + day * 3 + rank) % 5 < 2
    ]
    found = match(some, offered)
    assert len(found.seats) == len(some) == 1950
    assert (gap([found]) or 0) <= assignment_prices.GAP
    assert found.is_wide


dense_wishes = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-5, 30)), min_size=1, max_size=24
).map(lambda some: [Wish(n, c, c // 2, at * HALF, n, n) for n, (c, at) in enumerate(some)])  # fmt: skip
dense_seats = st.lists(
    st.builds(
        lambda counter, at, length: Seat(counter, counter // 2, at * HALF, (at + length) * HALF),
        st.integers(0, 4), st.integers(0, 80), st.sampled_from([1, 2]),
    ),
    max_size=40,
)  # fmt: skip
dense_busy = st.dictionaries(
    st.integers(0, 23),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=2).map(
        lambda spans: [(at * HALF, (at + length) * HALF) for at, length in spans]
    ),
)


@pytest.mark.parametrize("exact", [assignment_prices.EXACT, 0], ids=["to the optimum", "as many wishes are"])
def test_i3_a_dense_solver_places_no_more_and_at_no_less_than_the_gap_says(exact: int) -> None:
    """Each wish has its own partner and there are no desks, so the dense solver knows the best plan."""
    never = 1e12

    @given(dense_wishes, dense_seats, dense_busy)
    @settings(max_examples=150)
    def check(some: list[Wish], offered: list[Seat], elsewhere: Busy) -> None:
        costs = np.full((len(some), len(offered)), never)
        for row, wish in enumerate(some):
            for column, seat in enumerate(offered):
                if not any(overlap(seat.span, span) for span in elsewhere.get(wish.partner, ())):
                    costs[row, column] = cost(wish, seat)
        chosen = costs[linear_sum_assignment(costs)]
        possible, least = int((chosen < never).sum()), int(chosen[chosen < never].sum())
        found = assigned(some, offered, elsewhere)
        assert len(found.seats) == possible
        assert found.is_fullest
        assert found.bound <= least <= found.cost
        proved = gap([found])
        assert proved is None or found.cost <= least * (1 + proved) * (1 + 1e-12)
        if exact:
            assert (found.cost, proved) == (least, 0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment_prices, "EXACT", exact)
        check()


@given(wishes.map(lambda some: some[:4]), seats.map(lambda some: some[:6]), busy)
@example(
    [Wish(0, 0, 0, 0, 1, 0), Wish(10, 2, 0, HALF, 2, 5), Wish(3, 0, 0, 0, 1, 0), Wish(2, 1, 1, 5 * HALF, 1, 5)],
    [Seat(counter, counter, at * HALF, (at + 1) * HALF) for counter, at in ((0, 2), (0, 3), (0, 0), (1, 2))],
    {},
)
@settings(max_examples=300)
def test_i3_of_all_plans_that_keep_the_rules_none_places_more_or_is_cheaper_than_the_gap_says(
    some: list[Wish], offered: list[Seat], elsewhere: Busy
) -> None:
    found = assigned(some, offered, elsewhere)
    placed, least = min(every_plan(some, offered, elsewhere))
    assert len(found.seats) == -placed
    proved = gap([found])
    if proved is not None:
        assert least >= found.bound
        assert found.cost <= least * (1 + proved) * (1 + 1e-12)


@given(dense_wishes, dense_seats, dense_seats)
def test_i3_the_bound_holds_for_seats_beyond_the_horizon_as_well(
    some: list[Wish], near: list[Seat], far: list[Seat]
) -> None:
    horizon = 81 * HALF
    later = [seat._replace(start=seat.start + horizon, end=seat.end + horizon) for seat in far]
    found, wider = assigned(some, near, {}, horizon=horizon), match(some, [*near, *later])
    if len(found.seats) == len(some):
        assert found.bound <= wider.cost
        assert wider.cost >= found.cost * 0.99 or not found.is_wide


def test_i3_a_gap_is_not_stated_where_nothing_is_proved() -> None:
    assert gap([]) == 0
    assert gap([Assignment({}, 110, 100), Assignment({}, 90, 90)]) == pytest.approx(10 / 190)
    assert gap([Assignment({}, 110, 100, is_fullest=False)]) is None
    assert gap([Assignment({}, 110, 0)]) is None


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=6),
)
def test_i3_where_no_rule_stands_in_the_way_no_plan_at_all_is_better(
    asked: list[tuple[int, int]], there: list[tuple[int, int]]
) -> None:
    some = [Wish(number, c, c % 2, at * HALF, number, number) for number, (c, at) in enumerate(asked)]
    offered = [Seat(c, c % 2, at * HALF, (at + 1) * HALF) for c, at in there]
    size = min(len(some), len(offered))
    every = (
        sum(cost(wish, seat) for wish, seat in zip(chosen, order, strict=True))
        for chosen in permutations(some, size)
        for order in permutations(offered, size)
    )
    assert spent(some, match(some, offered).seats) == (-size, min(every))


@given(wishes, seats, busy, st.randoms())
def test_i3_the_order_of_the_input_does_not_matter(
    some: list[Wish], offered: list[Seat], elsewhere: Busy, random: object
) -> None:
    shuffled, dealt = list(some), list(offered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(dealt)  # type: ignore[attr-defined]
    first, second = assigned(some, offered, elsewhere), assigned(shuffled, dealt, elsewhere)
    assert spent(some, first.seats) == spent(some, second.seats)


def test_i3_the_nearest_slot_wins_then_the_own_counter_then_the_own_place() -> None:
    wish = Wish(1, 1, 1, 0, 1, 1)
    near, own, place, away = (
        Seat(1, 1, HALF, 2 * HALF), Seat(1, 1, 5 * HALF, 6 * HALF), Seat(2, 1, 0, HALF), Seat(3, 2, 0, HALF),
    )  # fmt: skip
    for offered, best in (([away, place, own, near], near), ([away, place, own], own), ([away, place], place)):
        assert match([wish], offered).seats == {1: best}
    assert cost(wish, place) == OTHER_COUNTER * 1000
    assert cost(wish, away) == OTHER_PLACE * 1000


def test_i3_between_equals_whoever_took_it_first_comes_first() -> None:
    equals = [Wish(number, 1, 1, 0, number, taken) for number, taken in ((1, 30), (2, 10), (3, 20))]
    offered = [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in (1, 2, 3)]
    plan = match(equals, offered).seats
    assert sorted(plan, key=lambda number: plan[number].start) == [2, 3, 1]


def test_i3_two_appointments_do_not_cross_for_nothing() -> None:
    early, late = Wish(1, 1, 1, 0, 1, 9), Wish(2, 1, 1, HALF, 2, 1)
    plan = match([early, late], [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in (4, 5)]).seats
    assert plan[1].start < plan[2].start


def test_i3_the_whole_is_optimal_where_each_in_turn_would_not_be() -> None:
    """The first would take the seat that only the second can use without going to another place."""
    first, second = Wish(1, 1, 1, 0, 1, 1), Wish(2, 1, 1, 10 * HALF, 2, 2)
    offered = [Seat(1, 1, 6 * HALF, 7 * HALF), Seat(1, 1, -8 * HALF, -7 * HALF)]
    plan = match([first, second], offered).seats
    assert [seat.start for _, seat in sorted(plan.items())] == [-8 * HALF, 6 * HALF]
    assert spent([first, second], greedy([first, second], offered, {}))[1] > spent([first, second], plan)[1]


def test_i3_what_other_plans_gave_to_partners_and_at_desks_is_not_given_again() -> None:
    wish = Wish(1, 1, 1, 0, 5, 0)
    offered = [Seat(1, 1, 0, HALF), Seat(1, 1, HALF, 2 * HALF, 7), Seat(1, 1, 2 * HALF, 3 * HALF)]
    found = match([wish], offered, Circumstances({}, {5: [(0, HALF)]}, {7: [(HALF, 2 * HALF)]}))
    assert found.seats == {1: offered[2]}
    assert found.bound == 0  # another plan for the others could leave the first seat


def test_i3_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    some = [Wish(number, 1, 1, number * HALF, number, number) for number in range(20)]
    offered = [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in range(40)]
    match(some, offered, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (20, 20)
    assert told == sorted(told)


def test_i3_whoever_is_told_of_the_progress_can_stop_the_work() -> None:
    class Enough(Exception):
        pass

    def stop(_done: int, _total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        match([Wish(1, 1, 1, 0, 1, 1)], [Seat(1, 1, 0, HALF)], progress=stop)


def test_i3_nobody_to_place_or_nowhere_to_place_them() -> None:
    assert match([], [Seat(1, 1, 0, HALF)]) == Assignment({})
    assert match([Wish(1, 1, 1, 0, 1, 1)], []) == Assignment({})
