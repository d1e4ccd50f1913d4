"""`python -m bench.plans`: the assignment of bulk rescheduling (I3) alone, in CPU seconds, next to OR-Tools.

OR-Tools gets the plan's own seats and, for each wish, one seat of each time about as near as its own: at the counter,
at the place, and anywhere. On that graph it finds the optimum. The figures are how many are placed, the cost over that
of OR-Tools, the gap that the plan states, and CPU seconds of both. Without OR-Tools (`uv sync --group bench`), ours
stand alone.
"""

import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from rdv.engine.core.assignment import Assignment, gap, match
from rdv.engine.core.assignment_costs import OTHER_PLACE, Seat, Wish, cost

DAY, HALF = 86_400, 1_800
A_PLACE, A_DAY = 10, 13
"""Counters of a place, and slots of a day."""

REACH = OTHER_PLACE * 60
"""How much further than its own new slot OR-Tools may look for each wish, in seconds."""


def slot(counter: int, day: int, rank: int) -> Seat:
    """Return a slot of a counter on a working day."""
    start = (day // 5 * 7 + day % 5) * DAY + rank * HALF
    return Seat(counter, counter // A_PLACE, start, start + HALF)


def cases() -> Iterator[tuple[str, list[Wish], list[Seat]]]:
    """Yield towns of 200 counters: some counters lose their afternoons, or one building closes for three weeks."""
    for count in (100, 2_000, 10_000):
        days = 120 if count > 100 else 15
        losing = count // (days * 6) + 1
        lost = [slot(c, day, rank) for c in range(losing) for day in range(days) for rank in range(7, 13)][:count]
        free = [
            slot(c, day, rank)
            for c in range(200)
            for day in range(15, days + 20)
            for rank in range(7 if c < losing else A_DAY)
            if (c * 7 + day * 3 + rank) % 5 < 2
        ]
        yield f"{count:,} lose their slots", _wishes(lost), free
    lost = [slot(c, day, rank) for c in range(A_PLACE) for day in range(15) for rank in range(A_DAY)]
    free = [
        slot(c, day, rank)
        for c in range(200)
        for day in range(15, 35)
        for rank in range(A_DAY)
        if (c * 7 + day * 3 + rank) % 5 < 2
    ]
    yield "a building closes", _wishes(lost), free


def _wishes(lost: list[Seat]) -> list[Wish]:
    return [Wish(number, seat.counter, seat.place, seat.start, number, 0) for number, seat in enumerate(lost)]


def main() -> None:
    """Measure each case and print a row of a table for it."""
    match([Wish(0, 0, 0, 0, 0, 0)], [slot(0, 0, 0)])  # imports SciPy
    print("| case | seats | placed | gap stated | CPU s | OR-Tools: CPU s | cost over OR-Tools' |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, wishes, seats in cases():
        start = time.process_time()
        plan = match(wishes, seats)
        ours = time.process_time() - start
        stated = gap([plan])
        row = [name, f"{len(seats):,}", f"{len(plan.seats):,} of {len(wishes):,}", f"{stated or 0:.2%}", f"{ours:.2f}"]
        if find_spec("ortools") is None:
            row += ["–", "–"]
        else:
            theirs, least = _or_tools(wishes, seats, plan)
            row += [f"{theirs:.2f}", f"{plan.cost / max(least, 1):.4f}"]
        print(f"| {' | '.join(row)} |", flush=True)


def _or_tools(wishes: list[Wish], seats: list[Seat], plan: Assignment) -> tuple[float, int]:
    """Return the CPU seconds of OR-Tools, and the cost of its plan."""
    flow: Any = import_module("ortools.graph.python.min_cost_flow").SimpleMinCostFlow()
    nodes = {seat: len(wishes) + number for number, seat in enumerate(seats)}
    sink = len(wishes) + len(seats)
    scopes: dict[tuple[str, int], dict[int, list[Seat]]] = {}
    for seat in seats:
        for scope in (("counter", seat.counter), ("place", seat.place), ("all", 0)):
            scopes.setdefault(scope, {}).setdefault(seat.start, []).append(seat)
    for number, wish in enumerate(wishes):
        own = plan.seats[wish.id]
        reach = abs(own.start - wish.start) + REACH
        shown = {own}
        for scope in (("counter", wish.counter), ("place", wish.place), ("all", 0)):
            for rank, (at, there) in enumerate(scopes.get(scope, {}).items()):
                if abs(at - wish.start) <= reach:
                    shown.add(there[(number * 7919 + rank * 31) % len(there)])
        for seat in shown:
            flow.add_arc_with_capacity_and_unit_cost(number, nodes[seat], 1, cost(wish, seat))
        flow.set_node_supply(number, 1)
    for node in nodes.values():
        flow.add_arc_with_capacity_and_unit_cost(node, sink, 1, 0)
    flow.set_node_supply(sink, -len(wishes))
    start = time.process_time()
    status = flow.solve()
    assert status == flow.OPTIMAL, status
    return time.process_time() - start, int(flow.optimal_cost())


if __name__ == "__main__":
    main()
