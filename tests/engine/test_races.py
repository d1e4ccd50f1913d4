"""Many processes at once on one database: one winner a seat, and clear answers to all the others (S5, C7, I2)."""

from collections import Counter as Tally
from collections.abc import Iterator

import pytest

from rdv.engine.setup import desks, weeks
from rdv.engine.upkeep.checks import check_database
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.engine.invariants import check
from tests.engine.racers import (
    NOW,
    book_at_random,
    change_counters,
    change_hours,
    nines,
    race,
    share_a_desk,
    take_the_same,
)

CLEAR = {"Conflict", "Refused", "NotFound"}
"""Errors that the slower caller may see: a rule, or another agent or citizen; never an error of the database."""


@pytest.fixture
def town(databases: Databases, kind: str) -> Iterator[Make]:
    """Set up one counter with one seat, one with three, and two at one desk with overlapping slots."""
    with databases.fresh(kind) as database:
        make = Make(office_on(database, FrozenClock(NOW)))
        make.do(desks.add_desk, label="Poste")
        make.town("Guichet 1", hours="Mo-Fr 09:00-12:00", slot=30)
        make.do(weeks.add_week, label="Longue", hours=[("Mo-Fr 09:00-12:00", 30), ("Sa 09:00-12:00", 45)])
        make.counter("Large", capacity=3)
        for label in ("Poste A", "Poste B"):
            make.counter(label, desk="Poste", week="Longue")
        yield make
        check(database, NOW)
        assert make.do(check_database) == []


def url(make: Make) -> str:
    make.office.database.close()
    return make.office.database.url.render_as_string(hide_password=False)


def seats(make: Make) -> Tally[tuple[str, int]]:
    """Count the booked seats by counter and start."""
    rows = make.rows(
        "SELECT label, starts_at FROM claim JOIN counter ON counter.id = counter_id WHERE status = 'booked'"
    )
    return Tally((label, start) for label, start in rows)


def test_s5_of_16_who_want_the_same_slot_as_many_win_as_there_are_seats(town: Make) -> None:
    outcomes = race(url(town), [take_the_same] * 16, [take_the_same])
    contests = list(zip(*outcomes, strict=True))
    assert len(contests) == 2 * len(nines(2))
    for n, contest in enumerate(contests):
        told = Tally((kind, error) for _, kind, error in contest)
        winners = (1, 3)[n % 2]
        assert told == {("done", ""): winners, ("Conflict", "slot_taken"): 16 - winners}
    assert set(seats(town).values()) == {1, 3}
    assert town.rows("SELECT count(*) FROM appointment") == [(len(nines(2)) * 4,)]
    assert town.rows("SELECT count(*) FROM journal_entry WHERE action = 'appointment.assign'") == [(len(nines(2)) * 4,)]


def test_s5_c7_a_desk_raced_for_at_two_counters_seats_one_person_at_a_time(town: Make) -> None:
    town.do(weeks.set_week, week="Longue", hours=[("Mo-Fr 09:00-12:00", 30)])
    outcomes = race(url(town), [share_a_desk] * 16, [share_a_desk])
    for contest in zip(*outcomes, strict=True):
        told = Tally((kind, error) for _, kind, error in contest)
        assert told[("done", "")] == 1
        assert set(told) <= {("done", ""), ("Conflict", "slot_taken"), ("Conflict", "desk_taken")}
    assert sum(seats(town).values()) == len(nines(2))


def test_s5_i2_booking_while_others_change_the_hours_leaves_nobody_without_a_slot(town: Make) -> None:
    racers = [book_at_random] * 16 + [change_hours, change_counters]
    outcomes = race(url(town), racers, [book_at_random])
    told = Tally((name, kind, error) for racer in outcomes for name, kind, error in racer)
    assert {kind for _, kind, _ in told} - {"done"} <= CLEAR, told
    booked = sum(count for (name, kind, _), count in told.items() if (name, kind) == ("assign", "done"))
    assert town.rows("SELECT count(*) FROM appointment") == [(booked,)], "none lost, none doubled"
    assert booked > 16, "most of them found something"
    changed = sum(count for (name, kind, _), count in told.items() if name == "set_week" and kind == "done")
    assert changed > 0
    picture = check(town.office.database, NOW)
    statuses = Tally(row["status"] for row in picture.rows["appointment"])
    assert sum(statuses.values()) == booked
