"""Reads that may be seconds old use a replica if one serves, and the database itself otherwise."""

import time
from collections.abc import Iterator
from dataclasses import replace as changed
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from rdv.engine.booking import appointments
from rdv.engine.citizens import offer
from rdv.engine.office import Office
from rdv.engine.setup import services
from rdv.settings import Settings
from rdv.store import replica as copies
from rdv.store.replica import Replica
from rdv.store.session import Database
from rdv.store.upgrade import upgrade
from rdv.terms import VISITOR
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.servers import Server, replica, server

PATIENCE = 30


@pytest.fixture(scope="module")
def pair(databases: Databases) -> Iterator[tuple[Server, Server]]:
    """Create a server and its replica."""
    with server(databases) as original:
        database = Database(original.address())
        upgrade(database)
        office = office_on(database, FrozenClock())
        Make(office).town(public=True)
        office.close()
        with replica(original, databases) as copy:
            yield original, copy


@pytest.fixture
def office(pair: tuple[Server, Server]) -> Iterator[Office]:
    original, copy = pair
    alone = office_on(Database(original.address()), FrozenClock())
    office = changed(alone, replica=Replica(Database(copy.address())))
    yield office
    office.close()


def caught_up(office: Office) -> None:
    """Wait until the replica has everything."""
    assert office.replica is not None
    with office.database.read() as session:
        wanted = session.execute(text("SELECT pg_current_wal_lsn()")).scalar()
    deadline = time.monotonic() + PATIENCE
    behind = True
    while behind:
        assert time.monotonic() < deadline
        with office.replica.database.read() as session:
            asked = text("SELECT pg_last_wal_replay_lsn() < CAST(:lsn AS pg_lsn)")
            behind = bool(session.execute(asked, {"lsn": wanted}).scalar())


def where(work: Any) -> bool:
    """Return True if it runs on a replica."""
    return bool(work.session.execute(text("SELECT pg_is_in_recovery()")).scalar())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a use case that reports where it ran."""
    from rdv.engine.office import REGISTRY, UseCase
    from rdv.terms import Audience

    monkeypatch.setitem(REGISTRY, where, UseCase("where", (), False, Audience.ANYBODY))
    return where


def test_a_look_reads_the_copy_and_all_the_rest_the_database(office: Office, asked: Any) -> None:
    caught_up(office)
    assert office.look(asked, VISITOR) is True
    assert office.run(asked, VISITOR) is False
    [kind] = office.look(offer.open_types, VISITOR)
    assert len(office.look(offer.first_free, VISITOR, type=kind.id, count=3)) == 3


def test_what_was_just_written_is_read_by_whoever_wrote_it(office: Office) -> None:
    for n in range(5):
        office.run(services.add_service, office.me, label=f"Service {n}")
        assert f"Service {n}" in {service.label for service in office.run(services.list_services, office.me)}


def test_a_copy_that_is_behind_is_left_alone_for_a_while(
    office: Office, asked: Any, pair: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_up(office)
    monkeypatch.setattr(copies, "MOST_LAG_SECONDS", -1)
    with psycopg.connect(pair[1].address().replace("+psycopg", ""), autocommit=True) as copy:
        copy.execute("SELECT pg_wal_replay_pause()")
        office.run(services.add_service, office.me, label="En retard")
        deadline = time.monotonic() + PATIENCE
        while copy.execute("SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()").fetchone() == (True,):
            assert time.monotonic() < deadline
        assert office.look(asked, VISITOR) is False
        copy.execute("SELECT pg_wal_replay_resume()")
    caught_up(office)
    monkeypatch.undo()
    assert office.replica is not None
    assert not office.replica.serves(), "it rests"


def test_a_copy_that_does_not_answer_costs_one_try(office: Office, pair: tuple[Server, Server]) -> None:
    pair[1].stop("fast")
    assert office.look(offer.open_types, VISITOR) == office.run(offer.open_types, VISITOR)
    assert office.replica is not None
    assert not office.replica.serves()
    pair[1].start()
    assert not office.replica.serves(), "it rests, though it is back"
    office.replica._rests_until = 0
    caught_up(office)
    assert office.replica.serves()


def test_a_copy_of_another_age_is_not_asked(office: Office, databases: Databases) -> None:
    with databases.fresh("postgresql", migrated=False) as empty:
        odd = changed(office, replica=Replica(Database(empty.url.render_as_string(hide_password=False))))
        assert odd.look(offer.open_types, VISITOR) == office.run(offer.open_types, VISITOR)


def test_settings_name_the_copy(pair: tuple[Server, Server]) -> None:
    settings = Settings.model_construct(
        database=pair[0].address(), replica=pair[1].address().replace("+psycopg", ""), agent="root"
    )
    office = Office.open(settings)
    assert office.replica is not None
    assert office.replica.serves()
    assert office.look(offer.open_types, VISITOR)[0].label == "Citoyenneté"
    with pytest.raises(AssertionError):
        office.look(appointments.assign, office.me, counter="Guichet 1", start=None, partner="X")  # type: ignore[arg-type]
    office.close()
