"""Bulk rescheduling (I3): planned and applied, against the solver alone and the bare writes of the same rows."""

import time
from collections.abc import Iterator

from sqlalchemy import text

from bench.measure import Figure, Goal, Pair
from bench.town import Town
from rdv import date_input
from rdv.engine.booking import proposals, rescheduling
from rdv.engine.booking.rescheduling import Move
from rdv.engine.core import assignment
from rdv.engine.setup import counters

LOST = 10_000
"""That many appointments lose their slots, or as many as a quarter of the counters have in their afternoons."""


TABLES = ("appointment", "claim", "journal_entry", "notice")
"""What a move writes to."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """One run: what is moved cannot be moved again. The town is left with its appointments moved."""
    office, lost = town.office, 0
    for number in range(1, town.counters // 4 + 1):
        lost += office.run(counters.set_counter, office.me, counter=number, week="Matins").to_reschedule
        if lost >= LOST:
            break
    solving = _Solving()
    with solving:
        start = time.perf_counter()
        plan = office.run(rescheduling.plan_moves, office.me)
        moves = [Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in plan.moves]
        done = office.run(rescheduling.apply_moves, office.me, moves=moves)
        took = time.perf_counter() - start
    bare = solving.seconds + _bare_writes(town, len(done.moved))
    what = f"bulk: {len(done.moved)} appointments planned and applied"
    yield Figure(what, town.where, "the solver alone and bare executemany", Goal(4), Pair(took, bare))


class _Solving:
    """Counts the seconds spent in the matching itself while it is entered."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.match = assignment.match

    def __enter__(self) -> None:
        def timed(*given: object, **named: object) -> object:
            start = time.perf_counter()
            found = self.match(*given, **named)  # type: ignore[arg-type]
            self.seconds += time.perf_counter() - start
            return found

        setattr(proposals, "match", timed)  # noqa: B010 - the name that the engine calls, for as long as it is timed

    def __exit__(self, *_: object) -> None:
        setattr(proposals, "match", self.match)  # noqa: B010


def _bare_writes(town: Town, count: int) -> float:
    """Seconds to write as many rows of an appointment, a claim, a journal entry and a message with executemany."""
    rows = [{"a": number, "b": number * 1800, "c": "x" * 40, "d": "booked"} for number in range(count)]
    with town.office.database.write() as session:
        connection = session.connection()
        for name in TABLES:
            made = f"CREATE TEMPORARY TABLE bare_{name} (a bigint PRIMARY KEY, b bigint, c text, d text)"
            connection.execute(text(made))
        start = time.perf_counter()
        for name in TABLES:
            connection.execute(text(f"INSERT INTO bare_{name} VALUES (:a, :b, :c, :d)"), rows)
        took = time.perf_counter() - start
        session.rollback()
    return took
