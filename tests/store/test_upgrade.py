"""Making a database, bringing it up to date, copying it."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rdv.engine.setup import services
from rdv.store import session
from rdv.store.backup import backup
from rdv.store.session import Database
from rdv.store.upgrade import upgrade
from rdv.terms import Broken, Refused
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases


@pytest.fixture
def programs(databases: Databases, kind: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the programs of PostgreSQL on the PATH."""
    folder = Path(databases.server.bin_path)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_a_new_file_is_made_with_its_folders_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'rdv.db'}")
    assert upgrade(database) == (None, session.SCHEMA)
    assert mode(tmp_path / "a" / "b" / "rdv.db") == 0o600
    with database.write():
        assert {mode(file) for file in (tmp_path / "a" / "b").iterdir()} == {0o600}, "the log beside it as well"
    database.close()


def test_a_folder_that_cannot_be_made_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Broken) as told:
        upgrade(Database(f"sqlite:///{tmp_path / 'file' / 'rdv.db'}"))
    assert told.value.error == "database_unreachable"


def test_a_folder_named_as_the_database_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(Broken) as told:
        upgrade(Database(f"sqlite:///{tmp_path}"))
    assert told.value.error == "database_unreachable"
    assert mode(tmp_path) == 0o755


def test_a_newer_database_is_left_alone(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Broken) as told:
        upgrade(database)
    assert told.value.error == "database_age"
    assert database.schema() == "9999"


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(databases: Databases, kind: str) -> None:
    with databases.fresh(kind, migrated=False) as database:
        with database.writing.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE claim (mine INTEGER)")  # a table of another program is in the way
        with pytest.raises(Broken):
            upgrade(database)
        assert database.schema() is None
        with database.engine.connect() as connection:
            names = connection.dialect.get_table_names(connection)  # type: ignore[attr-defined]
        assert names == ["claim"]


def test_a_backup_is_a_whole_database_made_while_others_write(
    make: Make, database: Database, databases: Databases, programs: Path, tmp_path: Path, kind: str
) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    target = tmp_path / "copy"
    with database.write() as session:
        session.connection()
        backup(database, target)
    assert mode(target) == 0o600
    make.book("Guichet 1", "2017-04-06T09:30")
    if kind == "sqlite":
        check_copy(Database(f"sqlite:///{target}"))
    else:
        with databases.fresh(kind, migrated=False) as copy:
            url = copy.url.set(drivername="postgresql").render_as_string(hide_password=False)
            restored = [str(programs / "pg_restore"), "--exit-on-error", f"--dbname={url}", str(target)]
            subprocess.run(restored, check=True, capture_output=True)
            check_copy(copy)


def check_copy(copy: Database) -> None:
    """Check that the copy works and has the data of the moment of the backup."""
    office = office_on(copy, FrozenClock())
    make = Make(office)
    assert make.rows("SELECT count(*) FROM claim") == [(1,)]
    assert make.slot("Guichet 1", "2017-04-06T09:00").partners == ("BOIS Jules",)
    office.run(services.add_service, office.me, label="Après")
    copy.close()


def test_a_backup_never_writes_over_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(Refused) as told:
        backup(database, tmp_path / "copy")
    assert told.value.error == "file_exists"
    assert (tmp_path / "copy").read_text() == "precious"


def test_a_backup_of_an_absent_database_says_so(databases: Databases, kind: str, tmp_path: Path) -> None:
    with databases.fresh(kind, migrated=False) as database, pytest.raises(Broken) as told:
        backup(database, tmp_path / "copy")
    assert told.value.error == "database_absent"
    assert not (tmp_path / "copy").exists()


def test_a_backup_without_pg_dump_says_what_to_install(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with databases.fresh("postgresql") as database, pytest.raises(Refused) as told:
        backup(database, tmp_path / "copy")
    assert told.value.error == "program_missing"


def test_a_backup_that_fails_leaves_no_half_file(
    database: Database, programs: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise subprocess.CalledProcessError(1, "pg_dump", stderr="no room\n")

    monkeypatch.setattr(subprocess, "run", fails)
    target = tmp_path / "copy" if kind == "postgresql" else tmp_path / "absent" / "copy"
    with pytest.raises(Broken) as told:
        backup(database, target)
    assert told.value.error == "backup_failed"
    assert told.value.facts["path"] == str(target)
    assert not target.exists()


def test_a_password_reaches_pg_dump_by_its_environment_only(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def note(command: list[str], *, env: dict[str, str], **more: Any) -> None:
        seen.update(command=command, password=env.get("PGPASSWORD"))

    monkeypatch.setenv("PATH", str(databases.server.bin_path))
    monkeypatch.setattr(subprocess, "run", note)
    with databases.fresh("postgresql") as database:
        address = database.url.set(password="s3cr3t").render_as_string(hide_password=False)
        with_password = Database(address)
        backup(with_password, tmp_path / "copy")
        with_password.close()
    assert seen["password"] == "s3cr3t"
    assert "s3cr3t" not in " ".join(seen["command"])


def test_a_backup_on_sqlite_can_be_read_by_any_sqlite(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("sqlite") as database:
        Make(office_on(database, FrozenClock())).town()
        backup(database, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT label FROM counter").fetchall() == [("Guichet 1",)]
