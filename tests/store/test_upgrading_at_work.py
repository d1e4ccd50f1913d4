"""Upgrades while the town works: short waits, no collision of two upgrades, and the previous version goes on."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from sqlalchemy import text

from rdv.store import session
from rdv.store import upgrade as upgrading
from rdv.store.session import Database
from rdv.store.upgrade import upgrade
from rdv.terms import Broken
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases

NEXT = '''"""A column more."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("claim", sa.Column("colour", sa.String(), nullable=False, server_default="blue"))
'''


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Return a program one version newer, with its migrations and version number."""
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(session.__file__).parent / "migrations", scripts)
    (scripts / "versions" / "0003_a_column_more.py").write_text(NEXT)

    def config() -> Config:
        made = Config()
        made.set_main_option("script_location", str(scripts))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upgrading, "config", config)
        patch.setattr(session, "SCHEMA", "0003")
        yield patch


def again(database: Database) -> Database:
    """Open the same database in a program that has just started."""
    return Database(database.url.render_as_string(hide_password=False))


def test_a_program_of_the_version_before_works_on_what_was_expanded(
    make: Make, database: Database, new: pytest.MonkeyPatch
) -> None:
    make.town()
    assert upgrade(database) == ("0002", "0003")
    new.undo()
    old = again(database)
    Make(office_on(old, FrozenClock())).book("Guichet 1", "2017-04-06T09:00")
    make.book("Guichet 1", "2017-04-06T09:30")
    assert make.rows("SELECT colour FROM claim") == [("blue",), ("blue",)]
    with pytest.raises(Broken) as told:
        upgrade(old)
    assert told.value.error == "database_age", "only a newer program upgrades"
    old.close()


def test_a_program_that_is_older_than_the_database_allows_is_refused(
    database: Database, new: pytest.MonkeyPatch
) -> None:
    new.setattr(session, "OLDEST", "0003")
    upgrade(database)
    new.undo()
    old = again(database)
    with pytest.raises(Broken) as told, old.read():
        pass
    assert told.value.error == "database_age"
    old.close()


def test_a_program_that_is_newer_than_the_database_is_refused(database: Database, new: pytest.MonkeyPatch) -> None:
    young = again(database)
    with pytest.raises(Broken) as told, young.read():
        pass
    assert told.value.facts["found"] == "0002"
    young.close()


def test_an_upgrade_lets_others_pass_until_it_gets_its_locks(databases: Databases, new: pytest.MonkeyPatch) -> None:
    new.setattr(upgrading, "PATIENCE_SECONDS", 0.2)
    with databases.fresh("postgresql") as database:
        new.setattr(session, "SCHEMA", "0002")
        make = Make(office_on(database, FrozenClock()))
        make.town()
        new.setattr(session, "SCHEMA", "0003")
        reader = psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
        reader.execute("SELECT * FROM claim")  # a report that takes its time
        starts = iter(["2017-04-06T09:00", "2017-04-06T09:30"])

        def meanwhile(seconds: float) -> None:
            if (start := next(starts, None)) is not None:
                make.book("Guichet 1", start)
            else:
                reader.close()

        with closing(again(database)) as young:
            assert upgrade(young, pause=meanwhile) == ("0002", "0003")
        assert make.rows("SELECT colour FROM claim") == [("blue",), ("blue",)]


def test_an_upgrade_gives_up_in_the_end_and_changes_nothing(databases: Databases, new: pytest.MonkeyPatch) -> None:
    new.setattr(upgrading, "PATIENCE_SECONDS", 0.05)
    new.setattr(upgrading, "ATTEMPTS", 3)
    pauses: list[float] = []
    with databases.fresh("postgresql") as database:
        with database.engine.connect() as reader:
            reader.execute(text("SELECT * FROM claim"))
            with pytest.raises(Broken) as told:
                upgrade(database, pause=pauses.append)
        assert told.value.error == "database_locked"
        assert len(pauses) == 2
        assert database.schema() == "0002"


def test_two_upgrades_at_once_are_one(database: Database, new: pytest.MonkeyPatch) -> None:
    told: list[tuple[str | None, str]] = []
    together = threading.Barrier(4)

    def run() -> None:
        mine = again(database)
        together.wait(30)
        told.append(upgrade(mine))
        mine.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {after for _, after in told} == {"0003"}
    assert len(told) == 4
    assert database.schema() == "0003"
