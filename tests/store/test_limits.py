"""Limits of a process on a PostgreSQL server, by face, and the errors at these limits."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rdv.engine.office import Office
from rdv.engine.setup import services
from rdv.settings import Settings
from rdv.store.limits import LIMITS
from rdv.store.session import Database, unreachable
from rdv.terms import Broken, Face
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases


@pytest.fixture
def address(databases: Databases) -> Iterator[str]:
    with databases.fresh("postgresql") as database:
        yield database.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("face", Face)
def test_the_server_is_told_the_limits_of_each_face(address: str, face: Face) -> None:
    database = Database(address, face=face)
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    with database.read() as session:
        found = [
            session.execute(text(f"SELECT setting::int FROM pg_settings WHERE name = '{n}'")).scalar() for n in names
        ]
        assert session.execute(text("SHOW timezone")).scalar() == "UTC"
        assert session.execute(text("SHOW application_name")).scalar() == f"rdv {face}"
    limits = LIMITS[face]
    assert found == [limits.statement_seconds * 1000, limits.idle_seconds * 1000, 20_000]
    database.close()


def test_settings_win_over_what_a_face_usually_takes(address: str) -> None:
    settings = Settings.model_construct(database=address, agent="root")
    assert Office.open(settings, Face.PORTAL).database.limits == LIMITS[Face.PORTAL]
    chosen = settings.model_copy(update={"pool": 3, "statement_seconds": 0})
    found = Office.open(chosen, Face.PORTAL).database.limits
    assert found == replace(LIMITS[Face.PORTAL], connections=3, statement_seconds=0)


def test_a_statement_that_takes_too_long_is_stopped_and_told(address: str) -> None:
    database = Database(address, limits=replace(LIMITS[Face.PORTAL], statement_seconds=1))
    with pytest.raises(DBAPIError) as problem, database.read() as session:
        session.execute(text("SELECT pg_sleep(5)"))
    told = unreachable(database, problem.value)
    assert (told.error, told.facts["seconds"]) == ("database_slow", 1)
    database.close()


def test_connections_that_are_all_in_use_are_told(address: str) -> None:
    database = Database(address, busy_seconds=0.05, limits=replace(LIMITS[Face.COMMANDS], connections=1))
    office = office_on(database, FrozenClock())
    engine = database.engine
    with engine.connect(), engine.connect(), engine.connect(), pytest.raises(Broken) as told:
        office.run(services.list_services, office.me)
    assert (told.value.error, told.value.facts["connections"]) == ("database_full", 1)
    assert office.run(services.list_services, office.me) == []
    database.close()


def test_a_transaction_that_does_nothing_is_ended_by_the_server(address: str) -> None:
    database = Database(address, limits=replace(LIMITS[Face.PORTAL], idle_seconds=1))
    with pytest.raises(DBAPIError) as problem, database.read() as session:
        session.execute(text("SELECT 1"))
        driver = session.connection().connection.driver_connection
        assert driver is not None
        list(driver.notifies(timeout=30, stop_after=1))  # until the server says something
    assert unreachable(database, problem.value).error == "database_unreachable"
    database.close()
