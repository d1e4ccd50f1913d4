"""A connection that is lost: before the commit the work is done again, during it nothing is done twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import event, text

from rdv.engine.office import RECONNECTS
from rdv.engine.setup import services
from rdv.store import commit_status
from rdv.store.limits import SPARE, Limits
from rdv.store.session import Database
from rdv.store.upgrade import upgrade
from rdv.terms import Broken
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.servers import Server, server

COUNTS = (
    "SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM appointment),"
    " (SELECT count(*) FROM journal_entry WHERE action = 'appointment.assign')"
)


@pytest.fixture
def make(databases: Databases) -> Iterator[Make]:
    with databases.fresh("postgresql") as database:
        make = Make(office_on(database, FrozenClock()))
        make.office.pause = lambda seconds: None
        make.town()
        yield make


def once(database: Database, moment: str, happens: Callable[[Any], None]) -> None:
    """Call a function on the driver's connection the first time that SQLAlchemy is about to do this."""
    left = [1]

    @event.listens_for(database.writing, moment)
    def strike(connection: Any, *args: Any) -> None:
        if left and connection.engine is database.writing:
            left.pop()
            happens(connection.connection.driver_connection)


def cut(databases: Databases) -> Callable[[Any], None]:
    """Let the server end the connection."""
    return lambda driver: databases.admin(f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)")


def committed_then_cut(databases: Databases) -> Callable[[Any], None]:
    """Let the server commit and end the connection before it answers."""

    def strike(driver: Any) -> None:
        driver.commit()
        driver.execute("SELECT 1")
        cut(databases)(driver)

    return strike


def test_s5_a_connection_lost_before_the_commit_books_once(make: Make, databases: Databases) -> None:
    once(make.office.database, "commit", cut(databases))
    make.book("Guichet 1", "2017-04-06T09:00")
    assert make.rows(COUNTS) == [(1, 1, 1)]


def test_s5_a_connection_lost_after_the_commit_books_once_and_says_so(make: Make, databases: Databases) -> None:
    once(make.office.database, "commit", committed_then_cut(databases))
    card = make.book("Guichet 1", "2017-04-06T09:00")
    assert make.rows(COUNTS) == [(1, 1, 1)]
    assert make.rows("SELECT id FROM appointment") == [(card.id,)]


def test_a_connection_lost_while_reading_is_nobodys_business(make: Make, databases: Databases) -> None:
    left = [1]

    @event.listens_for(make.office.database.engine, "before_cursor_execute")
    def strike(connection: Any, cursor: Any, statement: str, *args: Any) -> None:
        if left and "FROM counter" in statement:
            left.pop()
            cut(databases)(connection.connection.driver_connection)

    assert make.status("Guichet 1", "2017-04-06T09:00") == "free"
    assert left == []


def test_a_connection_that_is_always_lost_is_told_in_the_end(make: Make, databases: Databases) -> None:
    pauses: list[float] = []
    make.office.pause = pauses.append

    @event.listens_for(make.office.database.writing, "commit")
    def strike(connection: Any) -> None:
        cut(databases)(connection.connection.driver_connection)

    with pytest.raises(Broken) as told:
        make.book("Guichet 1", "2017-04-06T09:00")
    assert told.value.error == "database_unreachable"
    assert len(pauses) == RECONNECTS
    assert sum(pauses) < 10
    assert pauses == sorted(pauses), "longer and longer"


def test_work_that_wrote_nothing_is_not_in_doubt(make: Make, databases: Databases) -> None:
    once(make.office.database, "commit", cut(databases))
    with make.office.database.write() as session:
        session.execute(text("SELECT 1"))


def test_a_commit_that_nobody_can_speak_of_is_told_as_such(
    make: Make, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_status, "was_committed", lambda *args: None)
    once(make.office.database, "commit", committed_then_cut(databases))
    with pytest.raises(Broken) as told:
        make.book("Guichet 1", "2017-04-06T09:00")
    assert told.value.error == "commit_unknown"


@pytest.fixture(scope="module")
def alone(databases: Databases) -> Iterator[Server]:
    """Create a separate server, which may crash."""
    with server(databases) as started:
        yield started


def number(database: Database, *, commits: bool) -> tuple[str, Any]:
    """Return the number of a writing transaction, and the identity of its server."""
    with database.writing.connect() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS mark (at integer)"))
        connection.execute(text("INSERT INTO mark VALUES (1)"))
        found = connection.execute(text("SELECT pg_current_xact_id()::text")).scalar()
        if commits:
            connection.commit()
        return str(found), connection.info["server"]


def test_what_became_of_a_transaction_is_known_across_a_restart(alone: Server) -> None:
    database = Database(alone.address())
    marks = {commits: number(database, commits=commits) for commits in (True, False)}
    alone.stop("fast")
    alone.start()
    for commits, mark in marks.items():
        assert commit_status.was_committed(database.engine, *mark) is commits
    database.close()


def test_after_a_crash_only_what_is_sure_is_said(alone: Server) -> None:
    database = Database(alone.address())
    kept, undone = (number(database, commits=commits) for commits in (True, False))
    alone.stop("immediate")
    alone.start()
    assert commit_status.was_committed(database.engine, *kept) is None, "its number may have been given again"
    assert commit_status.was_committed(database.engine, *undone) is False
    assert commit_status.was_committed(database.engine, "999999999", kept[1]) is False, "a number that was never given"
    database.close()


def test_a_server_that_does_not_come_back_leaves_it_unknown(alone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_status, "PAUSE_SECONDS", 0)
    database = Database(alone.address())
    mark = number(database, commits=True)
    alone.stop("fast")
    assert commit_status.was_committed(database.engine, *mark) is None
    alone.start()
    database.close()


def test_where_others_have_every_connection_it_stays_unknown(alone: Server) -> None:
    full = Limits(connections=1, statement_seconds=0, idle_seconds=0)
    database = Database(alone.address(), busy_seconds=0.1, limits=full)
    mark = number(database, commits=True)
    with ExitStack() as others:
        for _one in range(full.connections + SPARE):
            others.enter_context(database.engine.connect())
        assert commit_status.was_committed(database.engine, *mark) is None
    database.close()


def test_a_use_case_outlives_a_restart_of_the_server(alone: Server) -> None:
    database = Database(alone.address())
    upgrade(database)
    office = office_on(database, FrozenClock())
    restarts = [1]

    def restart(driver: Any) -> None:
        restarts.pop()
        alone.stop("fast")
        alone.start()

    once(database, "commit", restart)
    office.run(services.add_service, office.me, label="État civil")
    assert restarts == []
    assert [service.label for service in office.run(services.list_services, office.me)] == ["État civil"]
    database.close()
