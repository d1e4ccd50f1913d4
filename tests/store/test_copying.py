"""Copying a whole database to the other kind and back: nothing lost, nothing changed, every rule still held."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rdv.engine.booking import partners, slots
from rdv.engine.setup import counters
from rdv.engine.town.apply import apply_town
from rdv.engine.upkeep.checks import check_database
from rdv.store import copying
from rdv.store.copying import copy
from rdv.store.session import Database
from rdv.terms import Broken, Refused
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.towns import declared, everything, example

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture
def town(make: Make, database: Database) -> Make:
    """Create the manual's town hall with a merged file and an id that no row has any longer."""
    make.do(apply_town, town=declared(example("mairie")))
    make.do(partners.add_partner, name="ANCIENNE Zoé")
    kept = make.do(partners.add_partner, name="NOUVELLE Zoé")
    make.do(partners.merge_partners, partner="ANCIENNE Zoé", into=kept.code)
    with database.write() as session:
        session.execute(text("INSERT INTO partner (id, name, key) VALUES (5000, 'X', 'x')"))
        if not database.is_sqlite:
            session.execute(text("SELECT setval(pg_get_serial_sequence('partner', 'id'), 5000)"))
        session.execute(text("DELETE FROM partner WHERE id = 5000"))
        session.execute(
            text("INSERT INTO attempt (what, who, tries, until) SELECT 'w', 'é', 2, max(at) FROM journal_entry")
        )
    return make


def to_seconds(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the contents of a database, with instants to the second."""

    def plain(value: Any) -> Any:
        return value.replace(microsecond=0) if hasattr(value, "microsecond") else value

    return {name: [tuple(plain(value) for value in row) for row in table] for name, table in rows.items()}


def test_a_round_trip_gives_back_what_was_there(
    town: Make, database: Database, databases: Databases, kind: str
) -> None:
    before = to_seconds(everything(database))
    told: list[tuple[int, int]] = []
    with databases.fresh(OTHER[kind], migrated=False) as other, databases.fresh(kind, migrated=False) as back:
        there = copy(database, other, lambda done, total: told.append((done, total)))
        assert to_seconds(everything(other)) == before
        assert copy(other, back) == there
        assert to_seconds(everything(back)) == before
    assert {one.table: one.rows for one in there} == {name: len(rows) for name, rows in before.items()}
    assert told[-1] == (sum(one.rows for one in there),) * 2


def test_the_copy_works_and_holds_every_rule(town: Make, database: Database, databases: Databases, kind: str) -> None:
    with databases.fresh(OTHER[kind], migrated=False) as other:
        copy(database, other)
        make = Make(office_on(other, FrozenClock()))
        assert make.do(check_database) == []
        assert make.do(partners.add_partner, name="APRÈS Zoé").code == "C005001", "no code is given twice (A7)"
        [free, *_] = make.do(slots.next_free, type="Titres d'identité", count=1)
        with pytest.raises(DBAPIError), other.write() as session:
            session.execute(text("UPDATE journal_entry SET actor = 'nobody'"))
        with pytest.raises(DBAPIError), other.write() as session:
            twice = (
                "INSERT INTO exception_period (counter_id, first_day, last_day) VALUES (1, '2020-01-01', '2020-01-02')"
            )
            session.execute(text(twice))
            session.execute(text(twice))
        assert free.status == "free"
        make.do(counters.set_counter, counter=free.counter_id, public=False)


def test_a_database_that_holds_something_is_never_copied_over(
    town: Make, database: Database, databases: Databases, kind: str
) -> None:
    with databases.fresh(OTHER[kind]) as other:
        office_on(other, FrozenClock())
        before = everything(other)
        with pytest.raises(Refused) as told:
            copy(database, other)
        assert told.value.error == "database_not_empty"
        assert everything(other) == before
    with pytest.raises(Refused):
        copy(database, database)


def test_a_copy_that_differs_is_not_kept(
    town: Make, database: Database, databases: Databases, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = copying._write

    def forget(into: Any, table: Any, rows: list[dict[str, Any]]) -> None:
        write(into, table, rows if table.name != "partner" else [row | {"phone": None} for row in rows])

    monkeypatch.setattr(copying, "_write", forget)
    with databases.fresh(OTHER[kind], migrated=False) as other:
        with pytest.raises(Broken) as told:
            copy(database, other)
        assert (told.value.error, told.value.facts["table"]) == ("copy_differs", "partner")
        assert {len(rows) for rows in everything(other).values()} == {0}


def test_many_rows_are_copied_in_batches(
    town: Make, database: Database, databases: Databases, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 3)
    with databases.fresh(OTHER[kind], migrated=False) as other:
        copy(database, other)
        assert to_seconds(everything(other)) == to_seconds(everything(database))


def test_what_is_written_meanwhile_is_not_half_copied(
    town: Make, database: Database, databases: Databases, kind: str
) -> None:
    before = to_seconds(everything(database))
    wrote = []

    def meanwhile(done: int, total: int) -> None:
        if not wrote:
            wrote.append(town.do(partners.add_partner, name="ENTRE Temps"))

    with databases.fresh(OTHER[kind], migrated=False) as other:
        copy(database, other, meanwhile)
        assert to_seconds(everything(other)) == before


def test_a_database_of_another_age_is_not_copied(database: Database, tmp_path: Path) -> None:
    with database.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(Broken) as told:
        copy(database, Database(f"sqlite:///{tmp_path / 'other.db'}"))
    assert told.value.error == "database_age"
    assert not (tmp_path / "other.db").exists()
