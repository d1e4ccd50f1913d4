"""`rdv db`: bringing the database up to date, copying it, checking it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from rdv.store.session import SCHEMA, Database
from tests.cli.conftest import Cli
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
