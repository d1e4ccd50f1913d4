"""Who gets which free seat: the assignment of least cost (I3). Pure: values in, values out.

The cost of giving a wish a seat, in minutes, with d the distance between the old start and the new one:

    d + d² / 1,000,000  +  4 h at another counter of the same place  +  2 days at another place

so that the nearest slot wins, the own counter and place are preferred, one long wait is worse than two short ones, and
two appointments never cross for nothing. The plan as a whole has the least total cost, not the sum of what is best for
each in turn.

The solver (SciPy's, for sparse bipartite graphs) is shown the cheapest seats of each wish alone. Its plan is then held
against every seat there is: prices for the seats are made such that no wish would rather have another of those that
it was shown (the dual of the plan); where a wish would rather have one that it was not shown, that seat is shown too,
twice as many each time, and the plan is made again. When no wish would, the plan is the best there is: at once where
seats abound, after a second look as a rule. Where thousands vie for next to nothing, looking stops after LOOKS times:
the plan is then the best one among the hundreds of seats that each wish was shown.

Two rules are not the solver's: a partner is never in two places at once, and a desk seats one person (C7). A plan that
breaks one is solved again without the seat that did, for the one who took the appointment last.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rdv.engine.core.spans import Span, overlap

if TYPE_CHECKING:
    import numpy as np

OTHER_COUNTER = 4 * 60
OTHER_PLACE = 2 * 24 * 60
CURVE = 1_000_000
"""What the square of the distance, in minutes, is divided by."""

SHOWN = 48
"""How many seats each wish is shown at first, the cheapest ones."""

LOOKS = 4
"""How often a plan is held against every seat there is."""

ROUNDS = 50
"""How often a plan that breaks a rule is solved again before whoever still breaks it is left out."""

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

Progress = Callable[[int, int], None]
"""Told as work goes on: (done, of all)."""


class Wish(NamedTuple):
    """An appointment to place: where and when it was (seconds since 1970), whose it is, and when it was taken."""

    id: int
    counter: int
    place: int
    start: int
    partner: int
    taken: int


class Seat(NamedTuple):
    """A free seat of a slot; `desk` is the one that whoever sits there takes."""

    counter: int
    place: int
    start: int
    end: int
    desk: int | None = None

    @property
    def span(self) -> Span:
        """When it is taken, once it is."""
        return self.start, self.end


def cost(wish: Wish, seat: Seat) -> int:
    """The cost of giving this wish this seat, in thousandths of a minute: whole, so that no sum is ever off."""
    distance = abs(wish.start - seat.start) / 60
    elsewhere = 0 if seat.counter == wish.counter else OTHER_COUNTER if seat.place == wish.place else OTHER_PLACE
    return round((distance + distance * distance / CURVE + elsewhere) * 1000)


def match(
    wishes: Iterable[Wish],
    seats: Iterable[Seat],
    *,
    busy: dict[int, list[Span]] | None = None,
    progress: Progress | None = None,
) -> dict[int, Seat]:
    """The seat of each wish, by its id; wishes that cannot have one are left out.

    No seat is given twice; `busy` are the spans when a partner is expected elsewhere. The order of the wishes and of
    the seats does not matter.
    """
    wanted = sorted(wishes, key=lambda wish: (wish.start, wish.taken, wish.id))
    offered = sorted(seats, key=lambda seat: (seat.start, seat.counter, seat.end, seat.desk or 0))
    table = _Table(wanted, offered, busy or {})
    given = table.in_order(table.mend(table.solve(range(len(wanted)), progress=progress)))
    return {wanted[number].id: offered[seat] for number, seat in given.items()}


class _Table:
    """Wishes and seats by their numbers, as arrays, with the pairs that a rule forbids."""

    def __init__(self, wishes: Sequence[Wish], seats: Sequence[Seat], busy: dict[int, list[Span]]) -> None:
        import numpy as np  # with SciPy, as slow to import as the rest of rdv: paid by those who plan

        self.wishes = wishes
        self.seats = seats
        self.busy = {partner: np.array(_apart(spans), dtype=np.int64).T for partner, spans in busy.items() if spans}
        self.starts = np.array([seat.start for seat in seats], dtype=np.int64)
        self.ends = np.array([seat.end for seat in seats], dtype=np.int64)
        self.counters = np.array([seat.counter for seat in seats], dtype=np.int64)
        self.places = np.array([seat.place for seat in seats], dtype=np.int64)
        self.by_counter = _grouped(self.counters, {wish.counter for wish in wishes})
        self.by_place = _grouped(self.places, {wish.place for wish in wishes})
        self.wish_starts = np.array([wish.start for wish in wishes], dtype=np.int64)
        self.wish_counters = np.array([wish.counter for wish in wishes], dtype=np.int64)
        self.wish_places = np.array([wish.place for wish in wishes], dtype=np.int64)
        self.forbidden: dict[int, set[int]] = defaultdict(set)

    def costs(self, numbers: "Numbers | int", seats: "Numbers") -> "Numbers":
        """`cost` of pairs of a wish and a seat, by their numbers; of one wish and many seats as well."""
        import numpy as np

        distance = np.abs(self.starts[seats] - self.wish_starts[numbers]) / 60
        elsewhere = np.where(self.places[seats] == self.wish_places[numbers], OTHER_COUNTER, OTHER_PLACE)
        elsewhere = np.where(self.counters[seats] == self.wish_counters[numbers], 0, elsewhere)
        total: Numbers = np.rint((distance + distance * distance / CURVE + elsewhere) * 1000)
        return total

    def cheapest_by_time(self, at: "Numbers", seats: "Numbers") -> "Numbers":
        """Of these seats, those with the lowest price `at` among those that start at the same time."""
        import numpy as np

        order = seats[np.lexsort((at[seats], self.starts[seats]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = self.starts[order[1:]] != self.starts[order[:-1]]
        cheapest: Numbers = order[first]
        return cheapest

    def cheapest(self, number: int, count: int) -> "Numbers":
        """The numbers of the `count` cheapest seats of a wish, cheapest first (fewer where there are not so many)."""
        import numpy as np

        wish = self.wishes[number]
        middle = int(np.searchsorted(self.starts, wish.start))
        near = self.starts[max(middle - count, 0) : middle + count]
        if not len(near):
            return near
        distances = np.sort(np.abs(near - wish.start))
        reach = int(distances[min(count, len(distances)) - 1]) + (OTHER_PLACE + 1) * 60
        low = int(np.searchsorted(self.starts, wish.start - reach))
        high = int(np.searchsorted(self.starts, wish.start + reach, side="right"))
        within = np.arange(low, high)
        nearest: Numbers = within[np.argsort(self.costs(number, within), kind="stable")[:count]]
        return nearest

    def solve(
        self, numbers: Sequence[int], closed: Collection[int] = (), progress: Progress | None = None
    ) -> dict[int, int]:
        """The seats of these wishes at the least cost; closed seats are not to be had."""
        import numpy as np

        if not len(numbers) or not len(self.seats):
            return {}
        shut = np.array(sorted(closed), dtype=np.int64)
        shown = [self.allowed(number, SHOWN, shut) for number in numbers]
        graph = _Graph(self, numbers, shown)
        for look in range(LOOKS):
            rather = graph.would_rather(shut, SHOWN << look)
            if progress is not None:
                progress(len(numbers) - len(rather), len(numbers))
            if not rather:
                break
            for row, seats in rather.items():
                shown[row] = np.union1d(shown[row], seats)
            graph = _Graph(self, numbers, shown)
        return graph.given()

    def allowed(self, number: int, count: int, closed: "Numbers") -> "Numbers":
        """The cheapest seats of a wish that it may have, looked for wider until there are that many."""
        import numpy as np

        wider = count
        while True:
            near = self.cheapest(number, wider)
            fit = near[~(self.never(number, near) | np.isin(near, closed))]
            if len(fit) >= count or wider >= len(self.seats):
                return fit[:count]
            wider *= 4

    def is_bound(self, number: int) -> bool:
        """Whether there may be seats that the wish cannot have."""
        return bool(self.forbidden.get(number)) or self.wishes[number].partner in self.busy

    def never(self, number: int, seats: "Numbers") -> "Numbers":
        """Which of these seats a wish cannot have: its partner is elsewhere then, or a plan with it broke a rule."""
        import numpy as np

        none = np.zeros(len(seats), dtype=bool)
        forbidden = self.forbidden.get(number)
        if forbidden:
            none |= np.isin(seats, list(forbidden))
        spans = self.busy.get(self.wishes[number].partner)
        if spans is not None:
            before = spans[0].searchsorted(self.ends[seats]) - 1  # the last span that starts before the seat ends
            none |= (before >= 0) & (spans[1][before] > self.starts[seats])
        return none

    def mend(self, given: dict[int, int]) -> dict[int, int]:
        """The plan without anyone in two places at once nor two people at one desk; never worse than one by one."""
        if not any(self.clashes(given)):
            return given
        for _ in range(ROUNDS):
            clashes = list(self.clashes(given))
            if not clashes:
                break
            again = {later for _earlier, later in clashes}
            for _earlier, later in clashes:
                self.forbidden[later].add(given[later])
            kept = {number: seat for number, seat in given.items() if number not in again}
            given = kept | self.solve(sorted(again), set(kept.values()))
        broken = {later for _earlier, later in self.clashes(given)}
        mended = {number: seat for number, seat in given.items() if number not in broken}
        self.forbidden.clear()
        return min(mended, self.one_by_one(), key=self.worth)

    def one_by_one(self) -> dict[int, int]:
        """The plan that gives each wish in turn the best seat left: what a mended plan must not be worse than."""
        given: dict[int, int] = {}
        taken: set[int] = set()
        held: dict[tuple[str, int], list[Span]] = defaultdict(list)
        for number in range(len(self.wishes)):
            seat = self._first_left(number, taken, held)
            if seat is not None:
                given[number] = seat
                taken.add(seat)
                for who in self.sharers(number, seat):
                    held[who].append(self.seats[seat].span)
        return given

    def _first_left(self, number: int, taken: set[int], held: dict[tuple[str, int], list[Span]]) -> int | None:
        """The cheapest seat of a wish that is not taken and breaks no rule, looked for wider and wider."""
        count = 16
        while True:
            near = self.cheapest(number, count)
            for seat in map(int, near[~self.never(number, near)]):
                if seat not in taken and not any(
                    overlap(self.seats[seat].span, span) for who in self.sharers(number, seat) for span in held[who]
                ):
                    return seat
            if count >= len(self.seats):
                return None
            count *= 4

    def worth(self, given: dict[int, int]) -> tuple[int, int]:
        """What makes one plan better than another: fewer left out, then less cost."""
        return -len(given), sum(cost(self.wishes[number], self.seats[seat]) for number, seat in given.items())

    def sharers(self, number: int, seat: int) -> Iterable[tuple[str, int]]:
        """Who can be in one place at a time only, when this wish has this seat: the partner, and the desk if any."""
        yield "partner", self.wishes[number].partner
        desk = self.seats[seat].desk
        if desk is not None:
            yield "desk", desk

    def clashes(self, given: dict[int, int]) -> Iterable[tuple[int, int]]:
        """Pairs of wishes (taken first, taken later) that have a partner or a desk twice at one time."""
        shared: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, seat in given.items():
            for who in self.sharers(number, seat):
                shared[who].append(number)
        for numbers in shared.values():
            numbers.sort(key=lambda number: self.seats[given[number]].start)
            for one, other in pairwise(numbers):
                if overlap(self.seats[given[one]].span, self.seats[given[other]].span):
                    yield tuple(sorted((one, other), key=lambda number: (self.wishes[number].taken, number)))  # type: ignore[misc]

    def in_order(self, given: dict[int, int]) -> dict[int, int]:
        """The plan where, between equals (same counter, same start), whoever took the appointment first comes first."""
        import numpy as np

        equals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number in sorted(given):
            equals[self.wishes[number].counter, self.wishes[number].start].append(number)
        ordered = dict(given)
        for numbers in equals.values():
            ordered |= dict(zip(numbers, sorted(given[number] for number in numbers), strict=True))
        breaks = any(self.never(one, np.array([seat]))[0] for one, seat in ordered.items() if seat != given[one])
        breaks = breaks or any(self.clashes(ordered))
        return given if breaks else ordered


def _grouped(values: "Numbers", wanted: Collection[int]) -> "dict[int, Numbers]":
    """Where each of the wanted values stands."""
    return {value: (values == value).nonzero()[0] for value in wanted}


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted spans that do not overlap."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


class _Graph:
    """The wishes (rows) with the seats that each is shown, the plan of least cost among them, and its prices."""

    def __init__(self, table: _Table, numbers: Sequence[int], shown: Sequence["Numbers"]) -> None:
        import numpy as np
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        self.table = table
        self.numbers = numbers
        lengths = [len(seats) + 1 for seats in shown]
        self.first = np.concatenate(([0], np.cumsum(lengths)))
        self.seats, columns = np.unique(np.concatenate(shown).astype(np.int64), return_inverse=True)
        self.row = np.repeat(np.arange(len(shown)), lengths)
        self.column = np.empty(len(self.row), dtype=np.int64)
        self.cost = np.full(len(self.row), NOTHING)
        last = self.first[1:] - 1  # the last edge of each wish leads to no seat at all
        rest = np.ones(len(self.row), dtype=bool)
        rest[last] = False
        self.column[rest] = columns
        self.column[last] = len(self.seats) + np.arange(len(shown))
        self.cost[rest] = table.costs(np.asarray(numbers)[self.row[rest]], self.seats[columns])
        size = (len(shown), len(self.seats) + len(shown))
        graph = csr_array((self.cost + 1, self.column, self.first), shape=size)  # a weight of 0 would be no edge
        rows, found = min_weight_full_bipartite_matching(graph)
        self.found = found[np.argsort(rows)]

    def given(self) -> dict[int, int]:
        """The seat of each wish that has one, by their numbers."""
        placed = ((row, int(column)) for row, column in enumerate(self.found) if column < len(self.seats))
        return {self.numbers[row]: int(self.seats[column]) for row, column in placed}

    def prices(self) -> "tuple[Numbers, Numbers]":
        """(price of each column, what each wish pays in all): no wish would rather have another seat it was shown.

        The largest such prices with free seats at 0, found by going round until none gets lower.
        """
        import numpy as np

        mine = np.zeros(len(self.found))
        taken = self.column == self.found[self.row]
        mine[self.row[taken]] = self.cost[taken]
        price = np.zeros(len(self.seats) + len(self.found))
        placed = np.flatnonzero(self.found < len(self.seats))  # to be given nothing costs the same to everyone
        seated = self.found[placed]
        price[seated] = np.inf
        while True:
            others = np.where(taken, np.inf, self.cost + price[self.column])
            best = np.minimum.reduceat(others, self.first[:-1]) - mine
            lower = np.minimum(price[seated], np.maximum(best[placed], 0))
            if (lower == price[seated]).all():
                return price, mine + price[self.found]
            price[seated] = lower

    def would_rather(self, closed: "Numbers", most: int) -> "dict[int, Numbers]":
        """The seats, `most` at the most, that wishes were not shown and would rather have at these prices, by row.

        Of the seats that start at one time, the one of the lowest price is enough: at the own counter, at the own
        place, and anywhere.
        """
        import numpy as np

        price, paid = self.prices()
        at = np.zeros(len(self.table.seats))
        at[self.seats] = price[: len(self.seats)]
        at[closed] = np.inf
        anywhere = self.table.cheapest_by_time(at, np.arange(len(at)))
        at_place = {p: self.table.cheapest_by_time(at, of_place) for p, of_place in self.table.by_place.items()}
        found: dict[int, Numbers] = {}
        for row, number in enumerate(self.numbers):
            wish = self.table.wishes[number]
            none = anywhere[:0]
            some = (anywhere, at_place.get(wish.place, none), self.table.by_counter.get(wish.counter, none))
            seats = np.unique(np.concatenate(some))
            total = self.table.costs(number, seats) + at[seats]
            better = total < paid[row]
            if better.any() and self.table.is_bound(number):
                better &= ~self.table.never(number, seats)
            if better.any():
                seats, total = seats[better], total[better]
                found[row] = seats[np.argsort(total)[:most]]
        return found


NOTHING = 1e12
"""The cost of being given nothing: more than any seat's."""
