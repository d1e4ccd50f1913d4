"""Who gets which free seat: the assignment of least cost (I3). Pure: values in, values out.

The cost of giving a wish a seat, in minutes, with d the distance between the old start and the new one:

    d + d² / 1,000,000  +  4 h at another counter of the same place  +  2 days at another place

so that the nearest slot wins, the own counter and place are preferred, one long wait is worse than two short ones, and
two appointments never cross for nothing. The plan as a whole has the least total cost (SciPy's
`linear_sum_assignment`), not the sum of what is best for each in turn.

A town splits into parts that do not compete: a part of n wishes needs to look at the n cheapest seats of each of them,
for in the best plan nobody goes further (among n seats that are cheaper, at most n - 1 are taken by the others).
Parts that share a seat are one part. Each is solved alone, and exactly.

Two rules are not the solver's: a partner is never in two places at once, and a desk seats one person (C7). A plan that
breaks one is solved again without the seat that did, for the one who took the appointment last.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rdv.engine.spans import Span, overlap

if TYPE_CHECKING:
    import numpy as np

OTHER_COUNTER = 4 * 60
OTHER_PLACE = 2 * 24 * 60
CURVE = 1_000_000
"""What the square of the distance, in minutes, is divided by."""

LARGE_PART = 64
"""A part of more wishes than that is looked at twice as wide: it grows by steps that double."""

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


def cost(wish: Wish, seat: Seat) -> float:
    """The cost of giving this wish this seat, in minutes."""
    distance = abs(wish.start - seat.start) / 60
    elsewhere = 0 if seat.counter == wish.counter else OTHER_COUNTER if seat.place == wish.place else OTHER_PLACE
    return distance + distance * distance / CURVE + elsewhere


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
    given: dict[int, int] = {}
    for part in table.parts():
        given |= table.solve(part)
        if progress is not None:
            progress(len(given), len(wanted))
    given = table.in_order(table.mend(given))
    return {wanted[number].id: offered[seat] for number, seat in given.items()}


class _Table:
    """Wishes and seats by their numbers, as arrays, with the pairs that a rule forbids."""

    def __init__(self, wishes: Sequence[Wish], seats: Sequence[Seat], busy: dict[int, list[Span]]) -> None:
        import numpy as np  # with SciPy, as slow to import as the rest of rdv: paid by those who plan

        self.wishes = wishes
        self.seats = seats
        self.busy = busy
        self.starts = np.array([seat.start for seat in seats], dtype=np.int64)
        self.counters = np.array([seat.counter for seat in seats], dtype=np.int64)
        self.places = np.array([seat.place for seat in seats], dtype=np.int64)
        self.forbidden: dict[int, set[int]] = defaultdict(set)

    def costs(self, wish: Wish, low: int, high: int) -> "Numbers":
        """`cost` of the seats numbered `[low, high)`, in one go."""
        import numpy as np

        distance = np.abs(self.starts[low:high] - wish.start) / 60
        elsewhere = np.where(self.places[low:high] == wish.place, OTHER_COUNTER, OTHER_PLACE)
        elsewhere = np.where(self.counters[low:high] == wish.counter, 0, elsewhere)
        total: Numbers = distance + distance * distance / CURVE + elsewhere
        return total

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
        best = np.argsort(self.costs(wish, low, high), kind="stable")[:count]
        return low + best

    def parts(self) -> list[list[int]]:
        """The wishes in parts that do not compete for a seat with one another."""
        import numpy as np

        group = _Groups(len(self.wishes))
        owner = np.full(len(self.seats), -1, dtype=np.int64)
        known = [0] * len(self.wishes)
        waiting = list(range(len(self.wishes)))
        while waiting:
            number = waiting.pop()
            size = group.size(number) + self._spare(number)
            if known[number] >= size:
                continue
            known[number] = 2 * size if size > LARGE_PART else size  # ahead of the growth of what grows anyway
            seats = self.cheapest(number, known[number])
            owners = owner[seats]
            owner[seats[owners < 0]] = number
            grown = [group.join(number, int(other)) for other in np.unique(owners[owners >= 0])]
            if any(grown):
                waiting += [one for one in group.members(number) if known[one] < group.size(number)]
        return group.all()

    def solve(self, part: Sequence[int], closed: Collection[int] = ()) -> dict[int, int]:
        """The seats of a part at the least cost; closed seats are not to be had."""
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        looked_at = [self.cheapest(number, len(part) + len(closed) + self._spare(number)) for number in part]
        columns = [int(seat) for seat in np.unique(np.concatenate(looked_at)) if seat not in closed]
        if not columns:
            return {}
        low, high = columns[0], columns[-1] + 1
        chosen = np.array(columns) - low
        table = np.stack([self.costs(self.wishes[number], low, high)[chosen] for number in part])
        for row, number in enumerate(part):
            never = [column for column, seat in enumerate(columns) if self._is_never(number, seat)]
            table[row, never] = _NEVER
        rows, found = linear_sum_assignment(table)
        return {
            part[row]: columns[column] for row, column in zip(rows, found, strict=True) if table[row, column] < _NEVER
        }

    def _spare(self, number: int) -> int:
        """How many more seats a wish has to look at, some being forbidden to it."""
        busy = self.busy.get(self.wishes[number].partner, ())
        return len(self.forbidden[number]) + sum(self._within(span) for span in busy)

    def _within(self, span: Span) -> int:
        """How many seats start within a day of a span: more than those that overlap it."""
        day = 24 * 3600
        return int((abs(self.starts - span[0]) <= day + span[1] - span[0]).sum())

    def _is_never(self, number: int, seat: int) -> bool:
        busy = self.busy.get(self.wishes[number].partner)
        return seat in self.forbidden[number] or bool(busy and any(overlap(self.seats[seat].span, b) for b in busy))

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
        for number in range(len(self.wishes)):
            seat = self._first_left(number, given, taken)
            if seat is not None:
                given[number] = seat
                taken.add(seat)
        return given

    def _first_left(self, number: int, given: dict[int, int], taken: set[int]) -> int | None:
        """The cheapest seat of a wish that is not taken and breaks no rule, looked for wider and wider."""
        count = 16
        while True:
            for seat in map(int, self.cheapest(number, count)):
                if seat not in taken and not self._is_never(number, seat) and not self._clashes(number, seat, given):
                    return seat
            if count >= len(self.seats):
                return None
            count *= 4

    def worth(self, given: dict[int, int]) -> tuple[int, float]:
        """What makes one plan better than another: fewer left out, then less cost."""
        return -len(given), sum(self.price(number, seat) for number, seat in given.items())

    def price(self, number: int, seat: int) -> float:
        """The cost of giving a wish a seat, by their numbers."""
        return cost(self.wishes[number], self.seats[seat])

    def _clashes(self, number: int, seat: int, given: dict[int, int]) -> bool:
        mine, desk = self.wishes[number].partner, self.seats[seat].desk
        return any(
            overlap(self.seats[seat].span, self.seats[other].span)
            and (self.wishes[one].partner == mine or (desk is not None and self.seats[other].desk == desk))
            for one, other in given.items()
        )

    def clashes(self, given: dict[int, int]) -> Iterable[tuple[int, int]]:
        """Pairs of wishes (taken first, taken later) that have a partner or a desk twice at one time."""
        shared: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, seat in given.items():
            shared["partner", self.wishes[number].partner].append(number)
            desk = self.seats[seat].desk
            if desk is not None:
                shared["desk", desk].append(number)
        for numbers in shared.values():
            numbers.sort(key=lambda number: self.seats[given[number]].start)
            for one, other in pairwise(numbers):
                if overlap(self.seats[given[one]].span, self.seats[given[other]].span):
                    yield tuple(sorted((one, other), key=lambda number: (self.wishes[number].taken, number)))  # type: ignore[misc]

    def in_order(self, given: dict[int, int]) -> dict[int, int]:
        """The plan where, between equals (same counter, same start), whoever took the appointment first comes first."""
        equals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number in sorted(given):
            equals[self.wishes[number].counter, self.wishes[number].start].append(number)
        ordered = dict(given)
        for numbers in equals.values():
            ordered |= dict(zip(numbers, sorted(given[number] for number in numbers), strict=True))
        breaks = any(self._is_never(number, seat) for number, seat in ordered.items()) or any(self.clashes(ordered))
        return given if breaks else ordered


_NEVER = 1e12


class _Groups:
    """Numbers that belong together (union-find, with the members at hand)."""

    def __init__(self, count: int) -> None:
        self.root = list(range(count))
        self.within: dict[int, list[int]] = {number: [number] for number in range(count)}

    def find(self, number: int) -> int:
        """The number that stands for the group."""
        while self.root[number] != number:
            self.root[number] = self.root[self.root[number]]
            number = self.root[number]
        return number

    def size(self, number: int) -> int:
        """How many belong to the group."""
        return len(self.within[self.find(number)])

    def members(self, number: int) -> list[int]:
        """Those who belong to the group."""
        return self.within[self.find(number)]

    def join(self, one: int, other: int) -> bool:
        """Makes one group of two; False when they were one already."""
        first, second = self.find(one), self.find(other)
        if first == second:
            return False
        if len(self.within[first]) < len(self.within[second]):
            first, second = second, first
        self.root[second] = first
        self.within[first] += self.within.pop(second)
        return True

    def all(self) -> list[list[int]]:
        """The groups, each in the order of its numbers."""
        return [sorted(members) for members in self.within.values()]
