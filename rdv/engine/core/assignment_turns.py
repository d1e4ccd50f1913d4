"""Plans that keep the rules on partners and desks: made one by one, taken over, and completed (I3). Pure.

A partner is never in two places at once, and a desk seats one person at a time (C7).
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from rdv.engine.core.assignment_costs import Progress, Table, cost
from rdv.engine.core.spans import Span, overlap

EFFORT = 300
"""The seats that are tried to make room for one person."""

EFFORTS = 2_000
"""The seats that are tried to make room for everyone."""

MOVED = 50
"""The people that are moved on to make room for one person."""

BEAT = 200
"""The wishes between two reports of progress."""

Held = tuple[int, ...]
"""A start, an end, and the wish that has that time; FIXED if it belongs to none."""

FIXED = -1


class Turns:
    """A plan under construction: the seats given, and the times when partners and desks are taken."""

    def __init__(self, table: Table, busy: Mapping[int, Iterable[Span]], desks: Mapping[int, Iterable[Span]]) -> None:
        self.table = table
        self.plan: dict[int, int] = {}
        self.holders: dict[int, int] = {}
        self.partners = _fixed(busy)
        self.desks = _fixed(desks)
        self.efforts = self.left = 0
        fixed = chain.from_iterable(chain(self.partners.values(), self.desks.values()))
        lengths = (held[1] - held[0] for held in chain(fixed, (seat[2:4] for seat in table.seats)))
        self.longest = max(lengths, default=0)

    def clashes(self, wish: int, seat: int) -> Iterator[Held]:
        """Yield what takes the partner or the desk while the wish would have the seat."""
        start, end, _ = self.table.seats[seat][2:]
        for held in self._held(wish, seat):
            for at in range(bisect_left(held, (start - self.longest,)), bisect_left(held, (end,))):
                if start < held[at][1]:
                    yield held[at]

    def allows(self, wish: int, seat: int) -> bool:
        """Return True if the seat is free, and partner and desk are free at its time."""
        return seat not in self.holders and next(self.clashes(wish, seat), None) is None

    def give(self, wish: int, seat: int) -> None:
        """Give a wish a seat."""
        self.plan[wish], self.holders[seat] = seat, wish
        for held in self._held(wish, seat):
            insort(held, (*self.table.seats[seat].span, wish))

    def take_back(self, wish: int) -> int:
        """Take the seat of a wish back, and return it."""
        seat = self.plan.pop(wish)
        del self.holders[seat]
        for held in self._held(wish, seat):
            held.remove((*self.table.seats[seat].span, wish))
        return seat

    def _held(self, wish: int, seat: int) -> Iterator[list[Held]]:
        yield self.partners[self.table.wishes[wish].partner]
        desk = self.table.seats[seat].desk
        if desk is not None:
            yield self.desks[desk]

    def take_over(self, plan: dict[int, int]) -> list[int]:
        """Give what a plan gives, first taken first; return the wishes whose seat would break a rule."""
        left: list[int] = []
        for wish in sorted(plan, key=lambda number: (self.table.wishes[number].taken, number)):
            if self.allows(wish, plan[wish]):
                self.give(wish, plan[wish])
            else:
                left.append(wish)
        return left

    def closed(self) -> set[int]:
        """Return the seats that no other appointment can have: those given, and those at a desk that is taken at the
        time.
        """
        taken = set(self.holders)
        for number, seat in enumerate(self.table.seats):
            if seat.desk is not None and any(overlap(seat.span, (held[0], held[1])) for held in self.desks[seat.desk]):
                taken.add(number)
        return taken

    def engagements(self) -> dict[int, list[Span]]:
        """Return when each partner is somewhere."""
        return {partner: [(held[0], held[1]) for held in some] for partner, some in self.partners.items()}

    # completing it

    def make_room(self, wish: int) -> bool:
        """Seat one more wish, if need be by moving others on; return False and change nothing if that fails."""
        free = next((seat for seat in range(len(self.table.seats)) if self.allows(wish, seat)), None)
        if free is not None:
            self.give(wish, free)
            return True
        self.left = min(EFFORT, EFFORTS - self.efforts)
        self.efforts += self.left
        done = self._move_on(wish, ())
        self.efforts -= self.left
        return done

    def _move_on(self, wish: int, moved: tuple[int, ...]) -> bool:
        """Seat a wish, and move the wishes in its way, except those that were moved before."""
        moved = (*moved, wish)
        for seat in self._by_cost(wish):
            if self.left == 0:
                return False
            self.left -= 1
            in_the_way = sorted({held[2] for held in self.clashes(wish, seat)} | {self.holders.get(seat, wish)})
            others = [other for other in in_the_way if other != wish]
            if FIXED in others or len(moved) > MOVED or any(other in moved for other in others):
                continue
            before = dict(self.plan)
            for other in others:
                self.take_back(other)
            self.give(wish, seat)
            if all(self._move_on(other, moved) for other in others):
                return True
            self._return_to(before)
        return False

    def _by_cost(self, wish: int) -> list[int]:
        """Return the seats that cost a wish least, cheapest first."""
        import numpy as np

        every = np.arange(len(self.table.seats))
        costs = self.table.costs(np.full_like(every, wish), every)
        cheap = np.argpartition(costs, EFFORT)[:EFFORT] if len(every) > EFFORT else every
        by_cost: list[int] = cheap[np.lexsort((cheap, costs[cheap]))].tolist()
        return by_cost

    def _return_to(self, before: dict[int, int]) -> None:
        """Give everybody the seat of an earlier plan again."""
        for wish in [wish for wish, seat in self.plan.items() if before.get(wish) != seat]:
            self.take_back(wish)
        for wish in before.keys() - self.plan.keys():
            self.give(wish, before[wish])

    # making it one by one

    def one_by_one(self, progress: Progress | None = None) -> dict[int, int]:
        """Return the plan that gives each wish in turn the cheapest seat that is left and breaks no rule."""
        lines = self._lines()
        for number, wish in enumerate(self.table.wishes):
            around = (lines.get(key) for key in (("counter", wish.counter), ("place", wish.place), ("anywhere", 0)))
            near = chain.from_iterable(line.nearest(number) for line in around if line is not None)
            best = min(((cost(wish, self.table.seats[seat]), seat) for seat in near), default=None)
            if best is not None:
                self.give(number, best[1])
            if progress is not None and number % BEAT == 0:
                progress(0, len(self.table.wishes))
        return self.plan

    def _lines(self) -> dict[tuple[str, int], "_Line"]:
        """Return the seats anywhere, and those at the places and counters of the wishes."""
        table = self.table
        lines = {("anywhere", 0): _Line(self, range(len(table.seats)))}
        kinds = {"place": (table.places, table.wish_places), "counter": (table.counters, table.wish_counters)}
        for kind, (of_seats, of_wishes) in kinds.items():
            wanted = set(of_wishes.tolist())
            seats: dict[int, list[int]] = defaultdict(list)
            for seat, where in enumerate(of_seats.tolist()):
                if where in wanted:
                    seats[where].append(seat)
            lines |= {(kind, where): _Line(self, some) for where, some in seats.items()}
        return lines


def _fixed(spans: Mapping[int, Iterable[Span]]) -> dict[int, list[Held]]:
    return defaultdict(list, {who: sorted((*span, FIXED) for span in some) for who, some in spans.items()})


class _Line:
    """Seats in the order of time, in which the nearest one left on each side of a moment is found fast.

    `after` and `before` lead past seats that are taken, and are shortened on the way (union-find).
    """

    def __init__(self, turns: Turns, seats: Iterable[int]) -> None:
        self.turns = turns
        self.seats = list(seats)
        self.starts: list[int] = turns.table.starts[self.seats].tolist()
        self.after = list(range(1, len(self.seats) + 1))
        self.before = list(range(-1, len(self.seats) - 1))

    def nearest(self, wish: int) -> Iterator[int]:
        """Yield the nearest seats that a wish can have: one from its start on, and one before it."""
        middle = bisect_left(self.starts, self.turns.table.wishes[wish].start)
        later = self._next(middle, wish)
        if later < len(self.seats):
            yield self.seats[later]
        earlier = self._last(middle - 1, wish)
        if earlier >= 0:  # of seats with the same start, the first one
            yield self.seats[self._next(bisect_left(self.starts, self.starts[earlier]), wish)]

    def _next(self, at: int, wish: int) -> int:
        """Return the first position from `at` on whose seat the wish can have; the length if there is none."""
        while True:
            first = at
            while at < len(self.seats) and self.seats[at] in self.turns.holders:
                at = self.after[at]
            while first < at:
                self.after[first], first = at, self.after[first]
            if at == len(self.seats) or self.turns.allows(wish, self.seats[at]):
                return at
            at += 1

    def _last(self, at: int, wish: int) -> int:
        """Return the last position up to `at` whose seat the wish can have; -1 if there is none."""
        while True:
            first = at
            while at >= 0 and self.seats[at] in self.turns.holders:
                at = self.before[at]
            while first > at:
                self.before[first], first = at, self.before[first]
            if at < 0 or self.turns.allows(wish, self.seats[at]):
                return at
            at -= 1
