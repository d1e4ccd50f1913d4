"""The assignment of least cost (I3), against a plain greedy plan and against every plan there is."""

from collections import defaultdict
from itertools import permutations

from hypothesis import example, given
from hypothesis import strategies as st

from rdv.engine.core.assignment import OTHER_COUNTER, OTHER_PLACE, Seat, Wish, cost, match
from rdv.engine.core.spans import Span, overlap

HALF = 1800
wishes = st.lists(
    st.builds(
        lambda number, counter, at, partner, taken: Wish(number, counter, counter % 2, at * HALF, partner, taken),
        st.integers(0, 9_999), st.integers(0, 2), st.integers(0, 9), st.integers(0, 3), st.integers(0, 5),
    ),
    max_size=7, unique_by=lambda wish: wish.id,
)  # fmt: skip
seats = st.lists(
    st.builds(
        lambda counter, at, desk: Seat(counter, counter % 2, at * HALF, (at + 1) * HALF, desk),
        st.integers(0, 2), st.integers(0, 11), st.sampled_from([None, None, 7]),
    ),
    max_size=12,
)  # fmt: skip
busy = st.dictionaries(
    st.integers(0, 3), st.lists(st.integers(0, 9).map(lambda at: (at * HALF, (at + 1) * HALF)), max_size=2)
)


def spent(some: list[Wish], given: dict[int, Seat]) -> tuple[int, int]:
    """What makes a plan better than another: fewer left out, then less cost."""
    return -len(given), sum(cost(wish, given[wish.id]) for wish in some if wish.id in given)


def greedy(some: list[Wish], offered: list[Seat], taken_up: dict[int, list[Span]]) -> dict[int, Seat]:
    """Each in turn takes the cheapest seat that no rule forbids; of equals, the one that starts first."""
    left = sorted(offered, key=lambda seat: (seat.start, seat.counter, seat.end, seat.desk or 0))
    found: dict[int, Seat] = {}
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
            found[wish.id] = best
            partners[wish.partner].append(best.span)
            desks[best.desk].append(best.span)
    return found


@given(wishes, seats, busy)
def test_i3_no_plan_takes_a_seat_twice_nor_has_a_partner_or_a_desk_in_two_places(
    some: list[Wish], offered: list[Seat], elsewhere: dict[int, list[Span]]
) -> None:
    given = match(some, offered, busy=elsewhere)
    left = list(offered)
    for seat in given.values():
        left.remove(seat)  # a seat that is not there, or there no more, is an error
    by_id = {wish.id: wish for wish in some}
    chosen = list(given.items())
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
def test_i3_no_plan_is_worse_than_a_greedy_one(
    some: list[Wish], offered: list[Seat], elsewhere: dict[int, list[Span]]
) -> None:
    assert spent(some, match(some, offered, busy=elsewhere)) <= spent(some, greedy(some, offered, elsewhere))


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
    assert spent(some, match(some, offered)) == (-size, min(every))


@given(wishes, seats, busy, st.randoms())
def test_i3_the_order_of_the_input_does_not_matter(
    some: list[Wish], offered: list[Seat], elsewhere: dict[int, list[Span]], random: object
) -> None:
    shuffled, dealt = list(some), list(offered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(dealt)  # type: ignore[attr-defined]
    first, second = match(some, offered, busy=elsewhere), match(shuffled, dealt, busy=elsewhere)
    assert spent(some, first) == spent(some, second)


def test_i3_the_nearest_slot_wins_then_the_own_counter_then_the_own_place() -> None:
    wish = Wish(1, 1, 1, 0, 1, 1)
    near, own, place, away = (
        Seat(1, 1, HALF, 2 * HALF), Seat(1, 1, 5 * HALF, 6 * HALF), Seat(2, 1, 0, HALF), Seat(3, 2, 0, HALF),
    )  # fmt: skip
    for offered, best in (([away, place, own, near], near), ([away, place, own], own), ([away, place], place)):
        assert match([wish], offered) == {1: best}
    assert cost(wish, place) == OTHER_COUNTER * 1000
    assert cost(wish, away) == OTHER_PLACE * 1000


def test_i3_between_equals_whoever_took_it_first_comes_first() -> None:
    equals = [Wish(number, 1, 1, 0, number, taken) for number, taken in ((1, 30), (2, 10), (3, 20))]
    offered = [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in (1, 2, 3)]
    given = match(equals, offered)
    assert sorted(given, key=lambda number: given[number].start) == [2, 3, 1]


def test_i3_two_appointments_do_not_cross_for_nothing() -> None:
    early, late = Wish(1, 1, 1, 0, 1, 9), Wish(2, 1, 1, HALF, 2, 1)
    given = match([early, late], [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in (4, 5)])
    assert given[1].start < given[2].start


def test_i3_the_whole_is_optimal_where_each_in_turn_would_not_be() -> None:
    """The first would take the seat that only the second can use without going to another place."""
    first, second = Wish(1, 1, 1, 0, 1, 1), Wish(2, 1, 1, 10 * HALF, 2, 2)
    offered = [Seat(1, 1, 6 * HALF, 7 * HALF), Seat(1, 1, -8 * HALF, -7 * HALF)]
    assert [seat.start for _, seat in sorted(match([first, second], offered).items())] == [-8 * HALF, 6 * HALF]
    assert (
        spent([first, second], greedy([first, second], offered, {}))[1]
        > spent([first, second], match([first, second], offered))[1]
    )


def test_i3_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    some = [Wish(number, 1, 1, number * HALF, number, number) for number in range(20)]
    offered = [Seat(1, 1, at * HALF, (at + 1) * HALF) for at in range(40)]
    match(some, offered, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (20, 20)


def test_i3_nobody_to_place_or_nowhere_to_place_them() -> None:
    assert match([], [Seat(1, 1, 0, HALF)]) == {}
    assert match([Wish(1, 1, 1, 0, 1, 1)], []) == {}
