"""Putting a backup back: whole or not at all, over nothing that was not given up, by the real programs."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rdv.engine.setup import services
from rdv.engine.upkeep import bootstrap
from rdv.store import session
from rdv.store.backup import backup, restore
from rdv.store.session import Database
from rdv.terms import Broken, Invalid, Refused
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.towns import everything

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture
def programs(databases: Databases, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the programs of PostgreSQL on the PATH."""
    monkeypatch.setenv("PATH", str(databases.server.bin_path), prepend=":")


@pytest.fixture
def saved(make: Make, database: Database, tmp_path: Path) -> Path:
    """Back a town with an appointment up."""
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    backup(database, tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def empty(databases: Databases, kind: str) -> Iterator[Database]:
    """Return a place without a database."""
    with databases.fresh(kind, migrated=False) as found:
        yield found


def test_a_backup_is_put_where_nothing_is(saved: Path, database: Database, empty: Database) -> None:
    assert restore(empty, saved) == (session.SCHEMA, session.SCHEMA)
    assert everything(empty) == everything(database)
    make = Make(office_on(empty, FrozenClock()))
    make.book("Guichet 1", "2017-04-06T09:30")
    if empty.file is not None:
        assert empty.file.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_there_is_replaced_only_when_told(saved: Path, make: Make, database: Database) -> None:
    before = everything(database)
    make.book("Guichet 1", "2017-04-06T09:30")
    with pytest.raises(Refused) as told:
        restore(database, saved)
    assert told.value.error == "database_there"
    assert everything(database) != before
    restore(database, saved, force=True)
    assert everything(database) == before
    make.book("Guichet 1", "2017-04-06T09:30")


def test_a_restoration_says_what_is_wrong_in_what_it_restored(make: Make, database: Database, tmp_path: Path) -> None:
    make.town()
    card = make.book("Guichet 1", "2017-04-06T09:00")
    with database.write() as writing:
        writing.connection().exec_driver_sql("DELETE FROM claim")
    backup(database, tmp_path / "wrong")
    before, after, found = bootstrap.restore(make.office, tmp_path / "wrong", force=True)
    assert (before, after) == (session.SCHEMA, session.SCHEMA)
    assert [(one.error, one.ids) for one in found] == [("planned_without_claim", (card.id,))]


def test_a_restoration_does_not_wait_for_ever_for_somebody_at_work(saved: Path, make: Make, database: Database) -> None:
    before = everything(database)
    hurried = Database(database.url.render_as_string(hide_password=False), busy_seconds=0.2)
    with database.write() as busy:
        busy.connection().exec_driver_sql("UPDATE service SET label = label")
        with pytest.raises(Broken) as told:
            restore(hurried, saved, force=True)
        busy.rollback()
    assert told.value.error == "database_locked"
    assert everything(database) == before
    hurried.close()


def test_what_is_no_backup_is_refused(make: Make, database: Database, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("buy milk\n" * 1000)
    sqlite3.connect(tmp_path / "other.db").close()
    for name in ("notes", "other.db", "absent"):
        with pytest.raises(Invalid) as told:
            restore(database, tmp_path / name, force=True)
        assert told.value.error == "not_a_backup"
    make.do(services.add_service, label="État civil")


def test_a_backup_that_was_cut_short_is_refused_or_changes_nothing(saved: Path, make: Make, database: Database) -> None:
    before = everything(database)
    saved.write_bytes(saved.read_bytes()[:-9000])
    with pytest.raises((Invalid, Broken)):
        restore(database, saved, force=True)
    assert everything(database) == before


def test_a_backup_of_a_newer_version_is_refused(
    make: Make, database: Database, empty: Database, tmp_path: Path
) -> None:
    with database.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    backup(database, tmp_path / "newer")
    with pytest.raises(Broken) as told:
        restore(empty, tmp_path / "newer")
    assert told.value.error == "database_age"
    assert empty.schema() is None


def test_without_the_programs_it_says_what_to_install(
    databases: Databases, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with databases.fresh("postgresql") as database, pytest.raises(Refused) as told:
        restore(database, saved, force=True)
    assert (told.value.error, told.value.facts["program"]) == ("program_missing", "pg_restore")
