"""`rdv db`: bringing the database up to date, copying it, checking it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from rdv.store.session import SCHEMA, Database
from tests.cli.conftest import Cli
from tests.databases import Databases
from tests.towns import everything


def test_upgrading_says_from_where_to_where(cli: Cli, settings: Path) -> None:
    assert cli.json("db upgrade") == {"before": SCHEMA, "after": SCHEMA}
    assert cli.json("db upgrade", database=str(settings / "new" / "rdv.db")) == {"before": None, "after": SCHEMA}
    assert (settings / "new" / "rdv.db").stat().st_mode & 0o777 == 0o600
    assert cli.done("db upgrade") == f"Schema {SCHEMA} → {SCHEMA}.\n"


def test_a_backup_is_the_whole_database_and_writes_over_nothing(cli: Cli, settings: Path) -> None:
    assert cli.done("db backup copy.db") == "Written: copy.db.\n"
    copy = Database(f"sqlite:///{settings / 'here' / 'copy.db'}")
    assert everything(copy) == cli.everything()
    copy.close()
    ran = cli("db backup copy.db --json")
    assert (ran.code, ran.error["error"]) == (1, "file_exists")
    assert cli.json("db backup other.db") == {"written": "other.db"}
    assert cli("db backup no/where.db --json").error["error"] == "backup_failed"


def test_a_sound_database_is_told_so(cli: Cli) -> None:
    assert cli.done("db check") == "All is well.\n"
    assert cli.json("db check") == []


def test_a_corrupt_database_is_told_with_what_is_wrong(cli: Cli) -> None:
    with cli.database.write() as session:
        session.execute(text("DELETE FROM claim WHERE appointment_id = 1"))
    ran = cli("db check")
    assert (ran.code, ran.out) == (5, "planned appointments without a seat: 1\n")
    assert "1 findings" in ran.err
    scripted = cli("db check --json")
    assert scripted.code == 5
    assert '"planned_without_claim"' in scripted.out


@pytest.mark.parametrize("line", ["db check", "db backup copy.db"])
def test_an_absent_database_is_told_and_not_made(cli: Cli, settings: Path, line: str) -> None:
    ran = cli(f"{line} --json", database=str(settings / "none.db"))
    assert (ran.code, ran.error["error"]) == (5, "database_absent")
    assert not (settings / "none.db").exists()


@pytest.mark.parametrize(("found", "line"), [("0000", "slot list --from today"), ("9999", "db upgrade")])
def test_a_database_of_another_age_is_told(cli: Cli, found: str, line: str) -> None:
    with cli.database.write() as session:
        session.execute(text(f"UPDATE alembic_version SET version_num = '{found}'"))
    ran = cli(f"{line} --json")
    assert (ran.code, ran.error["error"]) == (5, "database_age")
    assert "rdv db upgrade" in ran.error["hint"]


def test_a_backup_is_restored_and_looked_through(cli: Cli, settings: Path) -> None:
    before = cli.everything()
    cli.done("db backup copy.db")
    cli.done('service add "Service nouveau"')
    ran = cli("db restore copy.db --json")
    assert (ran.code, ran.error["error"]) == (1, "database_there")
    assert "--force" in ran.error["hint"]
    assert cli.done("db restore copy.db --force") == f"Restored: copy.db (schema {SCHEMA} → {SCHEMA}).\nAll is well.\n"
    assert cli.everything() == before
    told = cli.json("db restore copy.db", database=str(settings / "other.db"))
    assert told == {"before": SCHEMA, "after": SCHEMA, "findings": []}
    assert cli("db restore none.db --force --json").error["error"] == "not_a_backup"


def test_a_database_is_copied_to_postgresql_and_back(cli: Cli, databases: Databases, settings: Path) -> None:
    before = cli.everything()
    with databases.fresh("postgresql", migrated=False) as other:
        there = other.url.set(drivername="postgresql").render_as_string(hide_password=False)
        told = cli.json(f"db copy '{cli.database.file}' '{there}'")
        assert {one["table"]: one["rows"] for one in told} == {name: len(rows) for name, rows in before.items()}
        assert everything(other) == before
        done = cli.done(f"db copy '{there}' back.db")
        rows = sum(map(len, before.values()))
        assert done == f"Copied and compared: {len(before)} tables, {rows} rows.\n"
        ran = cli(f"db copy '{cli.database.file}' '{there}' --json")
        assert (ran.code, ran.error["error"]) == (1, "database_not_empty")
    back = Database(f"sqlite:///{settings / 'here' / 'back.db'}")
    assert everything(back) == before
    back.close()
