"""How the databases find what hot questions ask for: by an index, never by reading all claims or appointments (S5, S6).

Each question is asked of a filled town; the statements that it ran are then explained by the database itself.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from bench.town import TYPE, Town, build
from rdv import date_input
from rdv.engine.booking import appointments, counts, partners, slots
from rdv.engine.citizens import offer
from rdv.engine.office import Office
from rdv.engine.setup import counters
from rdv.terms import SlotStatus
from tests.databases import KINDS, Databases

LARGE = r"claim|appointment"
READS_ALL = {
    "sqlite": re.compile(rf"^SCAN ({LARGE})\b"),
    "postgresql": re.compile(rf"Seq Scan on ({LARGE})\b"),
}
PLANNED = ("SELECT", "UPDATE", "DELETE")
Asked = list[tuple[str, Any]]


@pytest.fixture(scope="module", params=KINDS)
def town(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Town]:
    """Set up twenty counters, full for three weeks and booked to 60 % for three months."""
    with databases.fresh(str(request.param)) as database:
        made = build(database, counters=20, weeks_booked=13)
        with database.write() as session:
            session.execute(text("ANALYZE"))
        yield made


def first_free(office: Office, town: Town, rank: int = 0) -> Any:
    return office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=7, counters=["1"], statuses=[SlotStatus.FREE]
    )[rank]


def book(office: Office, town: Town) -> int:
    free = first_free(office, town)
    start = date_input.at(free.starts_at)
    return office.run(appointments.assign, office.me, counter="1", start=start, partner="C000001").id


def move(office: Office, town: Town) -> None:
    number, target = book(office, town), first_free(office, town, rank=1)
    office.run(appointments.move, office.me, appointment=number, start=date_input.at(target.starts_at), counter="1")


def suspend(office: Office, town: Town) -> None:
    start = date_input.at(first_free(office, town).starts_at)
    office.run(slots.suspend, office.me, counter="1", start=start)
    office.run(slots.release, office.me, counter="1", start=start)


HOT: dict[str, Callable[[Office, Town], Any]] = {
    "the week of one counter": lambda office, town: office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=7, counters=["1"]
    ),
    "the week of a place": lambda office, town: office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=7, places=["1"]
    ),
    "the next free slots of a type": lambda office, _town: office.run(
        slots.next_free, office.me, type=TYPE, count=20
    ),
    "the free slots nearest to a moment": lambda office, town: office.run(
        slots.next_free, office.me, type=TYPE, counters=["1"], count=3, near=date_input.on(town.usual_monday)
    ),
    "what citizens are offered": lambda office, town: office.run(
        offer.first_free, office.me, type=1, count=5
    ),
    "one booking": book,
    "moving an appointment": move,
    "suspending and releasing a slot": suspend,
    "a change of week, previewed": lambda office, _town: office.preview(
        counters.set_counter, office.me, counter=1, week="Matins"
    ),
    "the appointments of a day at a counter": lambda office, town: office.run(
        appointments.list_appointments, office.me, counters=["1"],
        first=date_input.on(town.usual_monday), last=date_input.on(town.usual_monday),
    ),
    "a partner's file": lambda office, _town: office.run(partners.show_partner, office.me, partner="C000002"),
    "how long the lists are": lambda office, _town: office.run(counts.count_lists, office.me),
}  # fmt: skip


@pytest.mark.parametrize("question", HOT)
def test_s5_s6_hot_questions_never_read_all_claims_or_appointments(town: Town, question: str) -> None:
    office = town.office
    asked = statements(office, lambda: HOT[question](office, town))
    assert asked
    plans = [(statement, explain(office, statement, values)) for statement, values in asked]
    reads_all = READS_ALL["sqlite" if office.database.is_sqlite else "postgresql"]
    read = [(statement, line) for statement, plan in plans for line in plan if reads_all.search(line)]
    assert not read


def test_s6_a_question_that_reads_everything_is_told_apart(town: Town) -> None:
    plan = explain(town.office, "SELECT count(*) FROM appointment WHERE comment = 'x'", ())
    assert any(READS_ALL["sqlite" if town.office.database.is_sqlite else "postgresql"].search(line) for line in plan)


def statements(office: Office, ask: Callable[[], Any]) -> Asked:
    """Return the statements of a use case, each with its values; the first of many at once."""
    found: Asked = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(PLANNED) and "pg_" not in statement:
            found.append((statement, values[0] if many else values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return found


def explain(office: Office, statement: str, values: Any) -> list[str]:
    """Return the lines of the database's plan.

    PostgreSQL rightly scans a table of some thousand rows. With scans disabled, its plan shows if an index serves.
    """
    how = "EXPLAIN QUERY PLAN" if office.database.is_sqlite else "EXPLAIN"
    with office.database.read() as session:
        if not office.database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        rows = session.connection().exec_driver_sql(f"{how} {statement}", values).all()
    return [str(row[-1]) for row in rows]
