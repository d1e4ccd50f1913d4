"""The change feed: a commit in any connection or process is noticed, and nothing else."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from rdv.changes import EVERYTHING, NOTHING, Changes, Part
from rdv.date_input import read
from rdv.engine.booking import appointments, partners, searches, slots
from rdv.engine.office import Office
from rdv.engine.setup import services
from rdv.store import change_log
from rdv.store.change_feed import Watch
from rdv.store.session import CHANNEL, Database
from rdv.store.tables import Service
from rdv.terms import Broken, Conflict
from tests.conftest import Make
from tests.databases import Databases

LONG = 20.0
"""An upper limit in seconds: a change is reported as soon as it is committed."""


@pytest.fixture
def watch(office: Office) -> Iterator[Watch]:
    """Return a watch that has started."""
    with closing(office.watch()) as begun:
        assert begun.changed(0), "what was before is not known"
        yield begun


@pytest.fixture
def elsewhere(office: Office) -> Iterator[Office]:
    """Open the same database as another program does."""
    address = office.database.url.render_as_string(hide_password=False)
    other = Office(Database(address), office.clock, office.settings)
    yield other
    other.database.close()


def unheard(database: Database, watch: Watch, act: Callable[[], object]) -> bool:
    """Return True if an act is not reported. PostgreSQL delivers in commit order, so a marker sent after it comes
    alone.
    """
    if database.is_sqlite:
        act()
        return not watch.changed(0)
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        act()
        ear.execute(f"NOTIFY {CHANNEL}, 'marker'")
        return [heard.payload for heard in ear.notifies(timeout=LONG, stop_after=1)] == ["marker"]


def test_a_change_by_another_program_is_told_once(watch: Watch, elsewhere: Office) -> None:
    assert not watch.changed(0)
    for label in ("a", "b", "c"):
        elsewhere.run(services.add_service, elsewhere.me, label=label)
    assert watch.changed(LONG)
    assert not watch.changed(0)
    elsewhere.run(services.add_service, elsewhere.me, label="d")
    assert watch.changed(LONG)


def test_a_change_by_another_connection_of_the_same_program_is_told(watch: Watch, office: Office) -> None:
    office.run(services.add_service, office.me, label="a")
    assert watch.changed(LONG)


def test_who_waits_is_told_as_soon_as_something_changes(watch: Watch, elsewhere: Office) -> None:
    told: list[Changes] = []
    waiting = threading.Thread(target=lambda: told.append(watch.changed(LONG)))
    waiting.start()
    elsewhere.run(services.add_service, elsewhere.me, label="a")
    waiting.join(LONG / 2)
    assert told == [EVERYTHING]


def test_without_a_change_a_watch_waits_no_longer_than_told(watch: Watch) -> None:
    assert not watch.changed(0.3)


def test_two_who_watch_are_both_told(watch: Watch, office: Office, elsewhere: Office) -> None:
    with closing(elsewhere.watch()) as other:
        other.changed(0)
        office.run(services.add_service, office.me, label="a")
        assert watch.changed(LONG)
        assert other.changed(LONG)


def test_reading_previewing_and_what_is_undone_tell_nothing(make: Make, database: Database, watch: Watch) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    assert watch.changed(LONG)

    def act() -> None:
        make.do(slots.list_slots, first="2017-04-06")
        make.do(slots.suspend, preview=True, counter="Guichet 1", start="2017-04-06T09:00")
        with pytest.raises(Conflict):
            make.book("Guichet 1", "2017-04-06T09:00", "AULAN Gilles")
        with pytest.raises(ZeroDivisionError), database.write() as session:
            session.add(Service(label="a", key="a"))
            session.flush()
            raise ZeroDivisionError
        with database.write() as session:
            session.execute(text("SELECT count(*) FROM service"))

    assert unheard(database, watch, act)


def test_a_watch_takes_no_connection_of_the_pool_and_goes_away_with_close(office: Office, watch: Watch) -> None:
    watches = [office.watch() for _ in range(30)]  # more than the pool lends
    for one in watches:
        one.changed(0)
    office.run(services.add_service, office.me, label="a")
    assert all(one.changed(LONG) for one in watches)
    for one in watches:
        one.close()
        one.close()
    assert watches[0].changed(0), "it may be used again"
    watches[0].close()


def test_a_database_that_is_not_there_is_told_and_not_made(databases: Databases, kind: str) -> None:
    with databases.fresh(kind, migrated=False) as database:
        watch = Watch(database)
        for _ in range(2):
            with pytest.raises(Broken) as told:
                watch.changed(0)
            assert told.value.error == "database_absent"
        assert database.file is None or not database.file.exists()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://rdv@/town?host={tmp_path}")
    with pytest.raises(Broken) as told:
        Watch(database).changed(0)
    assert told.value.error == "database_unreachable"
    database.close()


def test_a_connection_that_the_server_ends_is_told_and_made_anew(databases: Databases) -> None:
    with databases.fresh("postgresql") as database, closing(Watch(database)) as watch:
        watch.changed(0)
        name = database.url.database
        listening = f"datname = '{name}' AND query = 'LISTEN {CHANNEL}'"

        def end() -> None:
            ended = databases.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listening}")
            assert ended.fetchall() == [(True,)]

        for ending in (threading.Thread(target=end), threading.Thread(target=end)):
            ending.start()
            with pytest.raises(Broken) as told:
                watch.changed(LONG)
            ending.join()
            assert told.value.error == "database_unreachable"
            assert watch.changed(0), "it listens again, and what it missed is not known"
        assert not watch.changed(0)
        with database.write() as session:
            session.add(Service(label="a", key="a"))
        assert watch.changed(LONG)


def built(make: Make, watch: Watch, *counters: str) -> None:
    """Build a town, and let the watch hear of all its transactions."""
    make.town(*counters)
    assert watch.changed(LONG)
    while watch.changed(0.3):
        pass


def slot(counter: int, day: str) -> Changes:
    """What a change of one slot, and of nothing else, is told as."""
    return Changes(frozenset({(counter, date.fromisoformat(day))}))


def test_what_changed_is_told_by_counter_and_day(make: Make, watch: Watch) -> None:
    built(make, watch, "Guichet 1", "Guichet 2")
    card = make.book("Guichet 1", "2017-04-06T09:00")
    booked = Changes.of(Part.MESSAGES, Part.PARTNERS)
    assert watch.changed(LONG) == slot(1, "2017-04-06") | booked
    moved = {"appointment": card.id, "counter": "Guichet 2", "start": read("2017-04-07T10:00")}
    make.do(appointments.move, **moved)
    lists = booked | Changes.of(Part.LISTS)
    assert watch.changed(LONG) == slot(1, "2017-04-06") | slot(2, "2017-04-07") | lists
    make.do(appointments.cancel, appointments=[card.id])
    assert watch.changed(LONG) == slot(2, "2017-04-07") | lists
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T09:30"))
    assert watch.changed(LONG) == slot(1, "2017-04-06")
    make.do(partners.set_partner, partner="C000001", phone="06 39 98 12 05")
    assert watch.changed(LONG) == Changes.of(Part.PARTNERS, Part.CONTACTS)
    make.do(partners.set_partner, partner="C000001", name="BOIS Julie")
    assert watch.changed(LONG) == EVERYTHING, "a name is shown everywhere"


def test_several_changes_are_told_together(make: Make, watch: Watch) -> None:
    built(make, watch, "Guichet 1", "Guichet 2")
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T09:30"))
    make.do(slots.suspend, counter="Guichet 2", start=read("2017-04-07T09:30"))
    told = NOTHING
    while told != slot(1, "2017-04-06") | slot(2, "2017-04-07"):
        heard = watch.changed(LONG)
        assert heard and not heard.everything
        told |= heard


def test_a_watch_of_others_does_not_hear_its_own_office(office: Office, elsewhere: Office) -> None:
    with closing(office.watch(own=False)) as watch:
        watch.changed(0)
        office.run(services.add_service, office.me, label="a")
        elsewhere.run(searches.save_search, elsewhere.me, entry="partners", name="b", filters={"text": "bois"})
        assert watch.changed(LONG) == Changes.of(Part.SEARCHES)
        office.run(services.add_service, office.me, label="c")
        assert not watch.changed(0.3)


def test_an_older_program_that_does_not_say_what_it_changes_has_changed_everything(
    make: Make, database: Database, watch: Watch
) -> None:
    built(make, watch, "Guichet 1")
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T09:30"))
    at = "0" if database.is_sqlite else "now()"
    names, values = (
        "at, actor_kind, actor, action, subject, facts",
        f"{at}, 'agent', 'root', 'week.set', 'week', '{{}}'",
    )
    line = f"INSERT INTO journal_entry ({names}) VALUES ({values})"
    if database.file is not None:
        with closing(sqlite3.connect(database.file)) as older, older:
            older.execute(line)
    else:
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as older:
            older.execute(line)
            older.execute(f"SELECT pg_notify('{CHANNEL}', '')")
    told = NOTHING
    while not told.everything:
        heard = watch.changed(LONG)
        assert heard, "nothing more is told"
        told |= heard
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T10:00"))
    assert watch.changed(LONG) == slot(1, "2017-04-06"), "from then on the log accounts for the journal again"


def test_a_log_that_begins_anew_tells_everything_once(
    monkeypatch: pytest.MonkeyPatch, make: Make, watch: Watch, kind: str
) -> None:
    monkeypatch.setattr(change_log, "LARGEST", 0)
    built(make, watch, "Guichet 1")
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T09:30"))
    assert watch.changed(LONG) == (EVERYTHING if kind == "sqlite" else slot(1, "2017-04-06"))
    monkeypatch.undo()
    make.do(slots.reserve, counter="Guichet 1", start=read("2017-04-06T10:00"))
    assert watch.changed(LONG) == slot(1, "2017-04-06")


def test_a_log_that_cannot_be_written_means_everything(make: Make, watch: Watch, kind: str) -> None:
    built(make, watch, "Guichet 1")
    file = make.office.database.file
    if file is not None:
        log = file.with_name(file.name + change_log.ENDING)
        log.unlink()
        log.mkdir()
    make.book("Guichet 1", "2017-04-06T09:00")
    assert watch.changed(LONG).everything is (kind == "sqlite")


def test_a_process_of_its_own_is_noticed(watch: Watch, office: Office) -> None:
    code = """
import sys
from rdv.store.session import Database
from rdv.store.tables import Service
database = Database(sys.argv[1])
with database.write() as session:
    session.add(Service(label="a", key="a"))
database.close()
"""
    address = office.database.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", code, address], check=True, timeout=60)
    assert watch.changed(LONG)
