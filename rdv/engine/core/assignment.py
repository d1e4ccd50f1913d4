"""Assign free seats to appointments: place everyone who can be placed, at the least cost, with a proof (I3). Pure.

The cheapest plan without regard to partners and desks comes first, with a bound on the cost of every plan
(`assignment_prices`). Where it puts a partner in two places at once, or two people at one desk (C7), the appointment
taken first keeps the seat, and the others are assigned again to the remaining seats. The plan is never worse than one
made one by one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rdv.engine.core.assignment_costs import Engaged, Progress, Seat, Table, Wish
from rdv.engine.core.assignment_prices import Prices, Solution
from rdv.engine.core.assignment_turns import EFFORTS, Turns
from rdv.engine.core.spans import Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """The seat of each wish, by its id; wishes that cannot have one are left out.

    No plan costs less than `bound` and leaves as few out; both costs are in thousandths of a minute. `is_fullest` is
    True if it is proved that no plan leaves out fewer. `is_wide` is False if seats beyond the horizon could save cost.
    """

    seats: dict[int, Seat]
    cost: int = 0
    bound: int = 0
    is_fullest: bool = True
    is_wide: bool = True


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The limits of a plan: busy times of partners, and what other plans gave to partners and at desks.

    From `horizon` on there may be more seats than the given ones; None: there are none.
    """

    busy: dict[int, list[Span]]
    partners: dict[int, list[Span]]
    desks: dict[int, list[Span]]
    horizon: int | None = None


def match(
    wishes: Iterable[Wish],
    seats: Iterable[Seat],
    circumstances: Circumstances | None = None,
    *,
    progress: Progress | None = None,
) -> Assignment:
    """Assign seats to wishes. The order of both does not matter."""
    given = circumstances or Circumstances({}, {}, {})
    wanted = sorted(wishes, key=lambda wish: (wish.start, wish.taken, wish.id))
    offered = sorted(seats, key=lambda seat: (seat.start, seat.counter, seat.end, seat.desk or 0))
    planner = _Planner(Table(wanted, offered), given)
    solution, plan = planner.plan(progress)
    if progress is not None:
        progress(len(wanted), len(wanted))
    total = planner.table.total(plan)
    return Assignment(
        {wanted[number].id: offered[seat] for number, seat in plan.items()},
        total,
        min(solution.bound, total),
        len(wanted) - len(plan) == solution.left_out,
        solution.is_wide,
    )


def gap(parts: Iterable[Assignment]) -> float | None:
    """Return how far the cost of plans may be above the least, as a part of 1; None where nothing is proved."""
    plans = list(parts)
    total, bound = sum(one.cost for one in plans), sum(one.bound for one in plans)
    if not all(one.is_fullest for one in plans) or total > bound == 0:
        return None
    return total / bound - 1 if total > bound else 0.0


class _Planner:
    """Makes the plan for one table."""

    def __init__(self, table: Table, given: Circumstances) -> None:
        self.table, self.given = table, given

    def plan(self, progress: Progress | None) -> tuple[Solution, dict[int, int]]:
        """Return the plan without regard to rules, whose bound holds, and the plan that keeps the rules."""
        in_turn = self._turns().one_by_one(progress)
        prices = Prices(self.table)
        solution = prices.solve(
            range(len(self.table.wishes)),
            Engaged(self.table, self.given.busy),
            start=in_turn,
            horizon=self.given.horizon,
            progress=progress,
        )
        mended = self._mended(prices, solution)
        return solution, self._in_order(min(mended, in_turn, key=self.table.worth))

    def _turns(self) -> Turns:
        held: dict[int, list[Span]] = defaultdict(list)
        for spans in (self.given.busy, self.given.partners):
            for partner, some in spans.items():
                held[partner] += some
        return Turns(self.table, held, self.given.desks)

    def _mended(self, prices: Prices, solution: Solution) -> dict[int, int]:
        """Return the plan with the seats that break a rule replaced.

        Seats of kept appointments are closed to the others, so each round leaves fewer of them.
        """
        turns = self._turns()
        left = turns.take_over(solution.plan)
        while left:
            again = prices.solve(sorted(left), Engaged(self.table, turns.engagements()), closed=turns.closed())
            left = turns.take_over(again.plan)
        for wish in range(len(self.table.wishes)):
            if len(self.table.wishes) - len(turns.plan) == solution.left_out or turns.efforts >= EFFORTS:
                break
            if wish not in turns.plan:
                turns.make_room(wish)
        return turns.plan

    def _in_order(self, plan: dict[int, int]) -> dict[int, int]:
        """Return the plan where, between equals (same counter, same start), the first taken comes first."""
        equals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for wish in sorted(plan):
            equals[self.table.wishes[wish].counter, self.table.wishes[wish].start].append(wish)
        ordered: dict[int, int] = {}
        for some in equals.values():
            ordered |= dict(zip(some, sorted(plan[wish] for wish in some), strict=True))
        return plan if self._turns().take_over(ordered) else ordered
