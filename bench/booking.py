"""One booking with its rules, its journal and its notice, against a bare commit of one row."""

from collections.abc import Iterator
from itertools import count

from bench.databases import Raw
from bench.measure import Figure, Goal, alternate
from bench.town import Town
from rdv import moments
from rdv.engine import appointments, slots
from rdv.terms import SlotStatus

GOALS = {"SQLite": 0.25, "PostgreSQL": 0.2}
LONGEST_SEARCH_DAYS = 56
TIMING = 0.2
"""Seconds of one timing: a disk is less even than a processor."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """An agent assigns free slots of every counter, one after the other, to partners with an e-mail address."""
    raw, office = Raw(town.office.database), town.office
    raw.write("CREATE TABLE bench_raw (id INTEGER PRIMARY KEY, counter_id INTEGER, starts_at BIGINT, status TEXT)")
    free = iter(
        office.run(
            slots.list_slots, office.me, first=town.usual_monday, days=LONGEST_SEARCH_DAYS, statuses=[SlotStatus.FREE]
        )
    )
    partner, row = count(1), count(1)

    def book() -> None:
        slot = next(free)
        who = f"C{next(partner) % 1000 + 1:06}"
        start = moments.at(slot.starts_at)
        office.run(appointments.assign, office.me, counter=slot.counter_id, start=start, partner=who)

    def commit() -> None:
        number = next(row)
        raw.write("INSERT INTO bench_raw VALUES (?, ?, ?, 'booked')", number, number % 200, 1767600000 + number)

    pair = alternate(book, commit, runs=runs, shortest=TIMING)
    yield Figure("one booking", town.where, "bare commits of one row", Goal(GOALS[town.where], of_rate=True), pair)
