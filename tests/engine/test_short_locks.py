"""Jobs that run while the town works take the lock of writers for moments, to write what they found (N1, D1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from rdv.engine.booking import counts, partners
from rdv.engine.messages import reminders
from rdv.engine.messages.reminders import Due
from rdv.engine.upkeep import retention, worker
from rdv.store.session import Database
from rdv.terms import Actor
from tests.conftest import FrozenClock, Make

JOB = Actor.job("worker")
G1 = "Guichet 1"


@pytest.fixture
def town(make: Make) -> Make:
    make.office.settings = make.office.settings.model_copy(update={"retention_months": 12})
    make.office.pause = lambda _seconds: None
    make.town()
    return make


def never() -> bool:
    return False


class Locks:
    """The write transactions of an office; after each, somebody at another connection writes at once."""

    def __init__(self, make: Make, patch: pytest.MonkeyPatch) -> None:
        self.taken = 0
        address = make.office.database.url.render_as_string(hide_password=False)
        self.other = Database(address, busy_seconds=0)
        usual = make.office.database.write

        @contextmanager
        def write() -> Iterator[Any]:
            with usual() as session:
                yield session
            self.taken += 1
            with self.other.write() as session:
                session.connection().exec_driver_sql("UPDATE place SET address = 'x'")

        patch.setattr(make.office.database, "write", write)


@pytest.fixture
def locks(town: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[Locks]:
    found = Locks(town, monkeypatch)
    yield found
    found.other.close()


def booked(town: Make, clock: FrozenClock, many: int) -> None:
    """That many partners with an address, whose reminders are due now."""
    for number in range(many):
        start = f"2017-04-20T{9 + number // 2:02}:{number % 2 * 3}0"
        town.book(G1, start, f"PERSONNE {number}", email=f"p{number}@example.org")
    clock.set("2017-04-18T14:00")


def queued(town: Make) -> int:
    return int(town.rows("SELECT count(*) FROM notice WHERE kind = 'reminder'")[0][0])


def test_n1_reminders_take_no_lock_where_nothing_is_due(town: Make, clock: FrozenClock, locks: Locks) -> None:
    assert worker.remind(town.office, stopped=never) == 0
    booked(town, clock, 2)
    worker.remind(town.office, stopped=never)
    locks.taken = 0
    assert worker.remind(town.office, stopped=never) == 0
    assert locks.taken == 0


def test_n1_many_reminders_are_written_in_batches_between_which_others_write(
    town: Make, clock: FrozenClock, locks: Locks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST_AT_ONCE", 2)
    booked(town, clock, 5)
    locks.taken = 0
    seen: list[int] = []
    usual = town.office.database.write

    @contextmanager
    def write() -> Iterator[Any]:
        with usual() as session:
            yield session
        seen.append(queued(town))

    monkeypatch.setattr(town.office.database, "write", write)
    assert worker.remind(town.office, stopped=never) == 5
    assert (seen, locks.taken) == ([2, 4, 5], 3)


def test_n1_a_worker_that_is_stopped_writes_no_more_batches(
    town: Make, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST_AT_ONCE", 2)
    booked(town, clock, 5)
    assert worker.remind(town.office, stopped=lambda: queued(town) >= 2) == 2
    assert worker.remind(town.office, stopped=never) == 3


def test_n1_a_look_since_a_moment_finds_what_has_come_due_since(town: Make, clock: FrozenClock) -> None:
    booked(town, clock, 5)
    since = clock()
    assert town.do(reminders.due_reminders, by=JOB, since=since) == []
    clock.set("2017-04-18T09:10")
    since = clock()
    clock.set("2017-04-18T10:00")
    assert town.do(reminders.due_reminders, by=JOB, since=since) == [Due(2, 48), Due(3, 48)]
    assert len(town.do(reminders.due_reminders, by=JOB)) == 3


def test_n1_what_no_longer_holds_when_it_is_written_is_left(town: Make, clock: FrozenClock) -> None:
    booked(town, clock, 2)
    due = town.do(reminders.due_reminders, by=JOB)
    town.do(partners.set_partner, partner="PERSONNE 0", wants_email=False)
    assert town.do(reminders.make_reminders, by=JOB, due=[*due, Due(2, 1)]) == 0
    assert town.do(reminders.make_reminders, by=JOB, due=due) == 1


def test_d1_retention_takes_the_lock_for_what_is_old_alone(
    town: Make, clock: FrozenClock, locks: Locks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FILES_A_STEP", 2)
    booked(town, clock, 5)
    locks.taken = 0
    worker.erase_old(town.office, JOB, stopped=never)
    assert locks.taken == 1, "the line of the journal"
    clock.set("2019-04-18T14:00")
    locks.taken = 0
    done = worker.erase_old(town.office, JOB, stopped=never)
    assert (done.files, locks.taken) == (5, 3 + 1)


def test_d1_looking_for_what_is_old_goes_on_where_the_look_before_ended(
    town: Make, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FILES_A_LOOK", 2)
    booked(town, clock, 5)
    clock.set("2019-04-18T14:00")
    found = town.do(retention.find_old, by=JOB, after=1)
    assert (found.files, found.is_no_more) == ((2, 3), False)
    assert worker.erase_old(town.office, JOB, stopped=never).files == 5
    assert town.rows("SELECT count(*) FROM partner WHERE name LIKE 'PERSONNE%'") == [(0,)]


def test_a6_the_length_of_the_lists_is_read_from_the_index_of_the_statuses(town: Make, clock: FrozenClock) -> None:
    booked(town, clock, 4)
    clock.set("2017-04-21T09:00")
    assert town.do(counts.count_lists).past_without_status == 0
