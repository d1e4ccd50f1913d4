"""One booking with its rules, its journal and its message, against a bare commit of one row."""

from collections.abc import Callable, Iterator
from itertools import count

from bench.databases import Raw
from bench.measure import Figure, Goal, alternate
from bench.town import Town
from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.terms import SlotStatus

GOALS = {"SQLite": 0.25, "PostgreSQL": 0.2}
LONGEST_SEARCH_DAYS, MOST_COUNTERS = 70, 200
TIMING = 0.2
"""Seconds of one timing, long because a disk is less steady than a processor."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Assign free slots of every counter, one after the other, to partners with an e-mail address."""
    raw = Raw(town.office.database)
    raw.write("CREATE TABLE bench_raw (id INTEGER PRIMARY KEY, counter_id INTEGER, starts_at BIGINT, status TEXT)")
    row = count(1)

    def commit() -> None:
        number = next(row)
        raw.write("INSERT INTO bench_raw VALUES (?, ?, ?, 'booked')", number, number % 200, 1767600000 + number)

    pair = alternate(booker(town), commit, runs=runs, shortest=TIMING)
    yield Figure("one booking", town.where, "bare commits of one row", Goal(GOALS[town.where], of_rate=True), pair)


def booker(town: Town) -> Callable[[], None]:
    """Return a call that books the next free slot of the first counters for another partner."""
    office, partner = town.office, count(1)
    first = [str(number) for number in range(1, min(town.counters, MOST_COUNTERS) + 1)]
    free = iter(
        office.run(
            slots.list_slots, office.me, first=town.usual_monday, days=LONGEST_SEARCH_DAYS, counters=first,
            statuses=[SlotStatus.FREE],
        )
    )  # fmt: skip

    def book() -> None:
        slot = next(free)
        who = f"C{next(partner) % 1000 + 1:06}"
        start = date_input.at(slot.starts_at)
        office.run(appointments.assign, office.me, counter=slot.counter_id, start=start, partner=who)

    return book
