"""A migrated database equals the models, to the last constraint, on both databases."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from rdv.store import portal_tables, session, tables
from rdv.store.session import Database
from rdv.store.upgrade import config, prepare, upgrade
from tests.databases import Databases

METADATA = tables.table(portal_tables.Account).metadata

CATALOGUE = {
    "column": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "index": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequence": "SELECT sequencename, data_type::text FROM pg_sequences",
}
"""Queries on the catalogue of PostgreSQL."""


def described(connection: Connection) -> set[tuple[Any, ...]]:
    """Return everything in the database except Alembic's table, one tuple for each object."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        found = {(kind, table, name, *plain(sql)) for kind, table, name, sql in rows}
    else:
        found = {
            (kind, *(" ".join(str(value).split()) for value in row))
            for kind, query in CATALOGUE.items()
            for row in connection.exec_driver_sql(query)
        }
    return {thing for thing in found if "alembic_version" not in str(thing[1:3])}


def plain(sql: str) -> tuple[str, ...]:
    """Return a statement without spaces, quotes and the order of the items of CREATE TABLE."""
    text = " ".join(sql.replace('"', "").split())
    if not text.startswith("CREATE TABLE"):
        return (text,)
    head, body = text.split("(", 1)
    parts = re.split(r",(?![^()]*\))", body.rsplit(")", 1)[0])
    return (head, *sorted(part.strip() for part in parts))


def test_a_migrated_database_is_what_the_models_describe(databases: Databases, database: Database, kind: str) -> None:
    with databases.fresh(kind, migrated=False) as modelled:
        with modelled.writing.begin() as connection:
            METADATA.create_all(connection)
            wanted = described(connection)
        with database.engine.connect() as connection:
            found = described(connection)
    assert found == wanted
    assert set(METADATA.tables) <= {thing[1] for thing in wanted}
    assert len([thing for thing in wanted if thing[0] == "trigger"]) == (11 if kind == "sqlite" else 1)


def test_the_comparison_sees_a_check_that_changed(databases: Databases, kind: str) -> None:
    """The test above could fail: one CHECK less is a difference."""
    with databases.fresh(kind, migrated=False) as one, one.writing.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE desk (id INTEGER, name VARCHAR, CONSTRAINT few CHECK (id < 9))")
        with_check = described(connection)
        connection.exec_driver_sql("DROP TABLE desk")
        connection.exec_driver_sql("CREATE TABLE desk (id INTEGER, name VARCHAR)")
        assert described(connection) != with_check


def test_alembic_finds_nothing_to_migrate(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_the_program_stands_at_the_head_of_the_migrations(database: Database) -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [session.SCHEMA]
    assert database.schema() == session.SCHEMA


def test_an_upgrade_makes_the_database_and_a_second_one_changes_nothing(databases: Databases, kind: str) -> None:
    with databases.fresh(kind, migrated=False) as database:
        assert upgrade(database) == (None, session.SCHEMA)
        with database.engine.connect() as connection:
            first = described(connection)
        assert upgrade(database) == (session.SCHEMA, session.SCHEMA)
        with database.engine.connect() as connection:
            assert described(connection) == first


def test_a6_past_appointments_that_lost_their_slot_are_told_by_their_status(databases: Databases, kind: str) -> None:
    """0002: those without a seat; what is to come, or has its seat, stays as it is."""
    past, ahead = datetime(2017, 4, 6, 9, tzinfo=UTC), datetime(2999, 4, 6, 9, tzinfo=UTC)
    with databases.fresh(kind, migrated=False) as database:
        prepare(database)
        alembic = config()
        with database.writing.begin() as connection:
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "0001")
        with database.writing.begin() as connection:
            named = {"id": 1, "label": "x", "key": "x"}
            for model in (tables.Place, tables.AppointmentType):
                connection.execute(tables.table(model).insert(), named)
            connection.execute(tables.table(tables.Partner).insert(), {"id": 1, "name": "X", "key": "x"})
            counter = named | {"type_id": 1, "place_id": 1, "first_day": past.date(), "removed": 1}
            connection.execute(tables.table(tables.Counter).insert(), counter)
            for number, start in ((1, past), (2, past + timedelta(hours=1)), (3, ahead)):
                span = {"starts_at": start, "ends_at": start + timedelta(minutes=30), "counter_id": 1}
                made = {
                    "id": number,
                    "type_id": 1,
                    "partner_id": 1,
                    "status": "planned",
                    "taken_at": past,
                    "comment": "",
                }
                connection.execute(tables.table(tables.Appointment).insert(), made | span)
                if number == 2:
                    seat = {"seat": 1, "status": "booked", "appointment_id": number}
                    connection.execute(tables.table(tables.Claim).insert(), seat | span)
        assert upgrade(database) == ("0001", session.SCHEMA)
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT status FROM appointment ORDER BY id").scalars().all()
    assert found == ["to_reschedule", "planned", "planned"]
