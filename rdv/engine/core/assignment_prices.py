"""The cheapest plan when partners and desks do not matter, and a proof of how good it is (I3). Pure.

SciPy assigns wishes to seats over a sparse graph, in which each wish sees a few seats. The solution has prices (its
dual): at these prices, no wish prefers another seat that it sees. Every other seat is then compared at these prices.
Where a wish prefers some of them, it sees more, and the graph is solved again.

The prices prove a bound. Any plan costs at least the sum of what each wish would pay, price included, for its favourite
seat, minus the sum of all prices. The search stops when the plan is as cheap as the bound, or, with many appointments,
when it is within GAP of the bound.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rdv.engine.core.assignment_costs import ERA, OTHER_COUNTER, OTHER_PLACE, Engaged, Numbers, Progress, Table

SHOWN = 4
"""The seats that each wish sees at first, the cheapest ones."""

MORE = 8
"""The seats that a wish sees in addition after each look."""

LOOKS = 60
"""The most often that a plan is held against every seat."""

PATIENCE = 20
"""The looks after which even a small plan may stop within GAP."""

EXACT = 1_000
"""Plans for as many wishes are made with exact costs, up to the proven optimum."""

GAP = 0.005
"""Larger plans stop when they are proved to be this close to the optimum."""

GRAIN = 10_000
"""Larger plans round costs to ten minutes within SciPy, which takes one step for each different cost."""

KEPT = 48 * 60_000
"""A wish no longer sees a seat that is two days worse than its own at the prices of a look."""

PRUNED = 8
"""The looks after which nothing is taken out of sight any more, so that the search ends."""

FEAR = 0.001
"""The share of the cost that seats beyond the horizon may save before they have to be read."""

AT_ONCE = 4_000_000
"""The pairs that are priced in one go: arrays of some hundred megabytes."""


class Solution(NamedTuple):
    """A plan by numbers, and a bound: no plan leaves out fewer than `left_out`, and none that does so costs less.

    `is_wide` is False where seats beyond the horizon could make the plan cheaper.
    """

    plan: dict[int, int]
    left_out: int
    bound: int
    is_wide: bool


class Prices:
    """Solves the assignment of the wishes and seats of a table."""

    def __init__(self, table: Table) -> None:
        import numpy as np

        self.table = table
        anywhere = (np.zeros(len(table.seats), np.int64), np.zeros(len(table.wishes), np.int64))
        self.scopes = (
            _Scope(table, table.counters, table.wish_counters, 0),
            _Scope(table, table.places, table.wish_places, OTHER_COUNTER),
            _Scope(table, *anywhere, OTHER_PLACE),
        )

    def solve(
        self,
        wishes: Sequence[int],
        engaged: Engaged,
        *,
        closed: Collection[int] = (),
        start: dict[int, int] | None = None,
        horizon: int | None = None,
        progress: Progress | None = None,
    ) -> Solution:
        """Return the cheapest plan for these wishes, whose partners are never in two places at once.

        Seats that are `closed` are not given. A plan to `start` from saves time. From `horizon` on there may be seats
        that the table does not have.
        """
        if not len(wishes) or len(closed) == len(self.table.seats):
            return Solution({}, len(wishes), 0, horizon is None)
        return _Search(self, wishes, engaged, closed, start or {}, horizon).run(progress)


class _Search:
    """One search: the pairs of wishes and seats in sight, the best plan so far, and the best bound so far."""

    def __init__(
        self,
        prices: Prices,
        wishes: Sequence[int],
        engaged: Engaged,
        closed: Collection[int],
        start: dict[int, int],
        horizon: int | None,
    ) -> None:
        import numpy as np

        self.scopes, self.table, self.engaged = prices.scopes, prices.table, engaged
        self.wishes = np.array(wishes, dtype=np.int64)
        self.closed = np.array(sorted(closed), dtype=np.int64)
        self.is_exact = len(wishes) <= EXACT
        self.grain = 1 if self.is_exact else GRAIN
        times = np.concatenate((self.table.starts, self.table.wish_starts))
        dearest = int(self.table.over_time(np.ptp(times, keepdims=True), OTHER_PLACE)[0])
        self.nothing = len(wishes) * (dearest + self.grain) + 1  # dearer than any seats for everyone together
        self.beyond = np.full(len(wishes), np.inf) if horizon is None else self.table.beyond(horizon)[self.wishes]
        rows = [row for row, wish in enumerate(wishes) if wish in start]
        seats = [start[wishes[row]] for row in rows]
        self.is_full = len(rows) == len(wishes)  # each wish sees a seat of its own
        self.started = self._keys(np.array(rows, dtype=np.int64), np.array(seats, dtype=np.int64))

    def run(self, progress: Progress | None) -> Solution:
        """Look until the plan is proved to be good enough."""
        import numpy as np

        shown = np.union1d(self.started, self._first())
        best, proved, least, is_wide, content = {}, -self.nothing, (len(self.wishes) + 1, 0), True, 0
        for look in range(LOOKS):
            graph = _Graph(self, shown)
            found = graph.worth()
            if found < least:
                best, least = graph.plan(), found
            rather = self._would_rather(graph)
            if rather.bound > proved:
                proved, is_wide = rather.bound, rather.beyond <= FEAR * max(least[1], 1)
            content = max(content, len(self.wishes) - rather.rows)
            if progress is not None:
                progress(min(content, len(self.wishes) - 1), len(self.wishes))
            if not len(rather.keys) or self._is_enough(least, proved, look):
                break
            if look < PRUNED:
                shown = np.union1d(shown[graph.is_close], self.started)
            shown = np.union1d(shown, rather.keys)
        left_out = max(proved // self.nothing, 0)
        return Solution(best, left_out, max(proved - least[0] * self.nothing, 0), is_wide)

    def _is_enough(self, least: tuple[int, int], proved: int, look: int) -> bool:
        left_out, cost = least
        bound = proved - left_out * self.nothing
        gap = 0 if self.is_exact and look < PATIENCE else GAP
        return left_out == max(proved // self.nothing, 0) and cost <= bound * (1 + gap)

    def weights(self, rows: Numbers, seats: Numbers) -> Numbers:
        """Return the costs that SciPy works with."""
        import numpy as np

        weights: Numbers = np.rint(self.table.costs(self.wishes[rows], seats) / self.grain) * self.grain
        return weights

    def _keys(self, rows: Numbers, seats: Numbers) -> Numbers:
        """Return pairs of a row and a seat as one number each."""
        keys: Numbers = rows * len(self.table.seats) + seats
        return keys

    def _first(self) -> Numbers:
        """Return the pairs of each wish with its cheapest seats, looked for further and further away."""
        import numpy as np

        keys: list[Numbers] = []
        rows, reach = np.arange(len(self.wishes)), 6.0 * 60_000
        while len(rows):
            near = self._candidates(np.zeros(len(self.table.seats)), np.full(len(rows), reach), rows)
            order, rank, _ = _ranked(near.rows, near.costs)
            enough = (np.bincount(near.rows, minlength=len(self.wishes)) >= SHOWN)[rows] | (reach >= self.nothing)
            done = np.zeros(len(self.wishes), dtype=bool)
            done[rows[enough]] = True
            chosen = order[(rank < SHOWN) & done[near.rows[order]]]
            keys.append(self._keys(near.rows[chosen], near.seats[chosen]))
            rows, reach = rows[~enough], reach * 8
        return np.unique(np.concatenate(keys))

    def _would_rather(self, graph: "_Graph") -> "_Rather":
        """Hold a plan against every seat: the pairs that would make it cheaper, and the bound that its prices prove."""
        import numpy as np

        rows = np.arange(len(self.wishes))
        near = self._candidates(graph.at, graph.paid + self.grain, rows)
        least = np.minimum(graph.paid + self.grain, self.nothing)
        np.minimum.at(least, near.rows, near.costs + graph.at[near.seats])
        known = least.sum()
        least = np.minimum(least, self.beyond)
        bound = sum(map(int, least.tolist())) - int(graph.price.sum())
        total = self.weights(near.rows, near.seats) + graph.at[near.seats]
        better = total < graph.paid[near.rows]
        near_rows, near_seats, total = near.rows[better], near.seats[better], total[better]
        order, rank, many = _ranked(near_rows, total)
        # the cheapest ones, and some from all over the rest: all who want the cheapest ones cannot have them
        step = np.maximum(-(-many // MORE), 1)
        chosen = order[(rank == 0) | ((rank + near_rows[order]) % step == 0)]
        keys = np.unique(self._keys(near_rows[chosen], near_seats[chosen]))
        return _Rather(keys, len(np.unique(near_rows)), bound, float(known - least.sum()))

    def _candidates(self, at: Numbers, paid: Numbers, rows: Numbers) -> "_Near":
        """Return seats that cost wishes less than they paid: of the seats of one time, one of the cheapest."""
        import numpy as np

        at = at.copy()
        at[self.closed] = np.inf
        reach = paid - at.min()
        none = np.zeros(0, dtype=np.int64)
        found = [_Near(none, none, np.zeros(0))]
        for scope in self.scopes:
            for asked, seats in scope.near(at, self.wishes[rows], reach):
                costs = self.table.costs(self.wishes[rows[asked]], seats)
                is_near = costs + at[seats] < paid[asked]
                is_near[is_near] = ~self.engaged.clash(self.wishes[rows[asked[is_near]]], seats[is_near])
                found.append(_Near(rows[asked[is_near]], seats[is_near], costs[is_near]))
        return _Near(*(np.concatenate(part) for part in zip(*found, strict=True)))


class _Near(NamedTuple):
    """Pairs of a row and a seat, and their costs."""

    rows: Numbers
    seats: Numbers
    costs: Numbers


class _Rather(NamedTuple):
    """The pairs to be shown next, how many rows they come from, the bound, and what seats beyond the horizon save."""

    keys: Numbers
    rows: int
    bound: int
    beyond: float


def _ranked(rows: Numbers, costs: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return an order by row and cost; in it, the rank of each within its row, and how many its row has."""
    import numpy as np

    order = np.lexsort((costs, rows))
    sorted_rows = rows[order]
    first = np.flatnonzero(np.diff(sorted_rows, prepend=-1))
    lengths = np.diff(np.append(first, len(rows)))
    return order, np.arange(len(rows)) - np.repeat(first, lengths), np.repeat(lengths, lengths)


class _Scope:
    """The seats at one counter, at one place, or anywhere, in the order of time."""

    def __init__(self, table: Table, of_seats: Numbers, of_wishes: Numbers, extra: int) -> None:
        import numpy as np

        ranks = np.unique(np.concatenate((of_seats, of_wishes)), return_inverse=True)[1] * ERA
        times = ranks[: len(of_seats)] + table.starts
        order = np.lexsort((table.ends, times))
        self.order = order[np.isin(of_seats[order], of_wishes)]
        self.wishes = ranks[len(of_seats) :] + table.wish_starts
        self.extra = extra * 1000
        changes = np.diff(times[self.order], prepend=-ERA).astype(bool) | np.diff(
            table.ends[self.order], prepend=-ERA
        ).astype(bool)
        self.first = np.flatnonzero(changes)
        self.lengths = np.diff(np.append(self.first, len(self.order)))
        self.times = times[self.order[self.first]]

    def near(self, at: Numbers, wishes: Numbers, reach: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield pairs: for each time within reach of a wish, a seat of the lowest price there; not all the same one."""
        import numpy as np

        if not len(self.order):
            return
        prices = at[self.order]
        lowest = np.minimum.reduceat(prices, self.first)
        is_lowest = (prices == np.repeat(lowest, self.lengths)) & np.isfinite(prices)
        seats = self.order[is_lowest]
        many = np.add.reduceat(is_lowest.astype(np.int64), self.first)
        first = (np.cumsum(many) - many)[many > 0]
        times, many = self.times[many > 0], many[many > 0]
        asked = np.flatnonzero(reach >= self.extra)
        seconds = np.minimum((reach[asked] - self.extra) * 0.06 + 60, ERA / 4).astype(np.int64)
        low = times.searchsorted(self.wishes[wishes[asked]] - seconds)
        high = times.searchsorted(self.wishes[wishes[asked]] + seconds, side="right")
        ends = np.cumsum(high - low)
        parts = int(ends[-1]) // AT_ONCE + 1 if len(ends) else 0
        for part in np.split(np.arange(len(asked)), ends.searchsorted(np.arange(1, parts) * AT_ONCE)):
            lengths = high[part] - low[part]
            rows = np.repeat(asked[part], lengths)
            offsets = np.cumsum(lengths) - lengths
            at_times = np.arange(len(rows)) + np.repeat(low[part] - offsets, lengths)
            yield rows, seats[first[at_times] + (wishes[rows] * 7919 + at_times * 31) % many[at_times]]


class _Graph:
    """The pairs in sight, the plan of least cost among them, and its prices."""

    def __init__(self, search: _Search, keys: Numbers) -> None:
        import numpy as np
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        self.search = search
        count = len(search.wishes)
        self.rows, shown = np.divmod(keys, len(search.table.seats))
        self.seats, self.columns = np.unique(shown, return_inverse=True)
        self.weights = search.weights(self.rows, shown)
        rows, columns, weights = self.rows, self.columns, self.weights
        if not search.is_full:  # the last columns stand for no seat, one for each wish
            rows = np.concatenate((rows, np.arange(count)))
            columns = np.concatenate((columns, len(self.seats) + np.arange(count)))
            weights = np.concatenate((weights, np.full(count, float(search.nothing))))
        mixed = np.random.default_rng(0).permutation(count)  # SciPy is faster when neighbours come far apart
        size = (count, len(self.seats) + (0 if search.is_full else count))
        graph = csr_array((weights + 1, (mixed[rows], columns)), shape=size)  # a weight of 0 would be no pair
        graph.sort_indices()
        _, found = min_weight_full_bipartite_matching(graph)
        self.found = found[mixed]
        self.is_placed = self.found < len(self.seats)
        self.is_taken = self.columns == self.found[self.rows]
        self._set_prices()

    def plan(self) -> dict[int, int]:
        """Return the seat of each wish that has one, by their numbers."""
        wishes = self.search.wishes[self.is_placed]
        return dict(zip(wishes.tolist(), self.seats[self.found[self.is_placed]].tolist(), strict=True))

    def worth(self) -> tuple[int, int]:
        """Return how many the plan leaves out, and its cost."""
        costs = self.search.table.costs(self.search.wishes[self.is_placed], self.seats[self.found[self.is_placed]])
        return len(self.found) - len(costs), int(costs.sum())

    def _set_prices(self) -> None:
        """Raise the prices of seats from 0 until no wish would rather have another seat in sight.

        `at` holds the price of every seat, `paid` what each wish pays in all, `is_close` the pairs worth keeping.
        """
        import numpy as np

        mine = np.full(len(self.found), float(self.search.nothing))
        mine[self.rows[self.is_taken]] = self.weights[self.is_taken]
        self.price = np.zeros(int(max(self.found.max(), len(self.seats) - 1)) + 1)
        others = np.flatnonzero(~self.is_taken)
        others = others[np.argsort(self.columns[others], kind="stable")]
        columns, rows = self.columns[others], self.rows[others]
        first = np.flatnonzero(np.diff(columns, prepend=-1))
        wanted, worth, theirs = columns[first], mine[rows] - self.weights[others], self.found[rows]
        while len(first):
            higher = np.maximum(np.maximum.reduceat(worth + self.price[theirs], first), self.price[wanted])
            if (higher == self.price[wanted]).all():
                break
            self.price[wanted] = higher
        self.paid = mine + self.price[self.found]
        self.at = np.zeros(len(self.search.table.seats))
        self.at[self.seats] = self.price[: len(self.seats)]
        dearer = self.weights + self.price[self.columns] - self.paid[self.rows]
        self.is_close = (dearer <= KEPT) | self.is_taken
