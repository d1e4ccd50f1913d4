"""How the databases find what each list, count, search and job asks for: by an index, in its order (S5, S6).

No question reads all claims, appointments, journal entries or messages, nor sorts more of them than it shows. Each is
asked of a town with a past; the statements that it ran are then explained by the database itself.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from bench.history import grow_old
from bench.questions import JOB, QUESTIONS, READS_EVERYTHING, Question
from bench.town import NOW, Town, build
from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.engine.messages import reminders
from rdv.engine.office import REGISTRY, Office
from rdv.engine.setup import counters
from rdv.terms import SlotStatus
from tests.databases import KINDS, Databases

LARGE = ("claim", "appointment", "journal_entry", "notice")
WIDE = re.compile(rf"^SEARCH ({'|'.join(LARGE)}) USING (COVERING )?INDEX (?!notice_unsent)\w+ \((status|type_id)=\?")
"""What SQLite reads of most of a table: all that has one status, or one type."""
SORTED = "USE TEMP B-TREE FOR ORDER BY"
MOST_SORTED = 2_000
"""How many rows PostgreSQL may expect to sort for a page."""
SMALL = (
    "agents.", "services.", "desks.", "places.", "types.", "weeks.", "closures.", "accounts.", "account_links.",
    "account_passwords.",
)  # fmt: skip
ELSEWHERE = {"counters.show_counter", "history.show_message", "export.export_config"}
"""What reads one thing by its number, or all there is because it is asked to."""
PLANNED = ("SELECT", "UPDATE", "DELETE")
Asked = list[tuple[str, Any]]


@pytest.fixture(scope="module", params=KINDS)
def town(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Town]:
    """Set up ten counters, full for three weeks and booked to 60 % for three months, with a year behind them."""
    with databases.fresh(str(request.param)) as database:
        made = build(database, counters=10, weeks_booked=13)
        grow_old(made, years=1)
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


WRITES: dict[str, Question] = {
    "one booking": book,
    "moving an appointment": move,
    "suspending and releasing a slot": suspend,
    "a change of week, previewed": lambda office, _town: office.preview(
        counters.set_counter, office.me, counter=1, week="Matins"
    ),
    "reminders written": lambda office, _town: office.run(
        reminders.make_reminders, JOB, due=office.run(reminders.due_reminders, JOB)[:5]
    ),
}  # fmt: skip
ASKED = QUESTIONS | WRITES


@pytest.mark.parametrize("question", ASKED)
def test_s5_s6_a_question_reads_and_sorts_no_more_than_it_shows(town: Town, question: str) -> None:
    office = town.office
    asked = statements(office, lambda: ASKED[question](office, town))
    assert asked
    told = [(statement, line) for statement, values in asked for line in wrong(office, statement, values)]
    assert not told


def test_s6_a_question_that_reads_everything_is_told_apart(town: Town) -> None:
    assert wrong(town.office, "SELECT count(*) FROM appointment WHERE comment = 'x'", ())


def test_s6_a_question_that_sorts_everything_is_told_apart(town: Town) -> None:
    sorts = "SELECT id FROM appointment WHERE status = 'planned' ORDER BY taken_at LIMIT 10"
    assert wrong(town.office, sorts, ())


def test_s6_every_use_case_that_reads_is_among_the_questions(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    run = Office._run

    def note(office: Office, function: Any, *given: Any, **named: Any) -> Any:
        asked.add(REGISTRY[function].name)
        return run(office, function, *given, **named)

    monkeypatch.setattr(Office, "_run", note)
    for question in (QUESTIONS | READS_EVERYTHING).values():
        question(town.office, town)
    reads = {case.name for case in REGISTRY.values() if not case.writes and case.name != "test"}
    assert {name for name in reads - asked - ELSEWHERE if not name.startswith(SMALL)} == set()


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("claim_desk_index", "SELECT * FROM claim WHERE desk_id IN ({0}) AND starts_at > {1}"),
        ("claim_partner_id_index", "SELECT * FROM claim WHERE partner_id = {0}"),
        ("partner_merged_into_id_index", "SELECT * FROM partner WHERE merged_into_id = {0}"),
        ("notice_address_index", "SELECT * FROM notice WHERE address = {2}"),
    ],
)
def test_s6_an_index_of_few_rows_serves_values_that_are_bound(town: Town, index: str, statement: str) -> None:
    now = NOW if not town.office.database.is_sqlite else int(NOW.timestamp())
    values = (1, now, "a@example.org")
    used = [value for place, value in enumerate(values) if f"{{{place}}}" in statement]
    mark = "?" if town.office.database.is_sqlite else "%s"
    with town.office.database.read() as session:
        if not town.office.database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        how = "EXPLAIN QUERY PLAN" if town.office.database.is_sqlite else "EXPLAIN"
        asked = f"{how} {statement.format(mark, mark, mark)}"
        plan = session.connection().exec_driver_sql(asked, tuple(used)).all()
    assert any(index in str(row[-1]) for row in plan)


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


def wrong(office: Office, statement: str, values: Any) -> list[str]:
    """Return the lines of the plan that read a whole table, or sort most of one."""
    with office.database.read() as session:
        ask = session.connection().exec_driver_sql
        if office.database.is_sqlite:
            rows = [(row[1], row[3]) for row in ask(f"EXPLAIN QUERY PLAN {statement}", values)]
            return _wrong_on_sqlite(statement, rows)
        # PostgreSQL rightly reads a table of some thousand rows from end to end: told not to, it shows if an index
        # serves.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        [plan] = ask(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    return list(_wrong_on_postgresql(plan["Plan"], is_page="LIMIT" in statement))


def _wrong_on_sqlite(statement: str, rows: list[tuple[int, str]]) -> list[str]:
    """A walk along the numbers of a table ends with the page that it fills, unless a sort has to see all of it."""
    sorting = {parent for parent, line in rows if line == SORTED}
    scans = tuple(f"SCAN {name}" for name in LARGE)
    return [
        line
        for parent, line in rows
        if (line.endswith(scans) and not ("LIMIT" in statement and parent not in sorting))
        or (parent in sorting and WIDE.match(line))
    ]


def _wrong_on_postgresql(plan: dict[str, Any], *, is_page: bool) -> Iterator[str]:
    """A question without LIMIT shows all that it sorts."""
    kind, rows = plan["Node Type"], plan["Plan Rows"]
    if kind == "Seq Scan" and plan["Relation Name"] in LARGE:
        yield f"Seq Scan on {plan['Relation Name']}"
    if is_page and kind == "Sort" and rows > MOST_SORTED:
        yield f"Sort of {rows} rows by {plan['Sort Key']}"
    for part in plan.get("Plans", ()):
        yield from _wrong_on_postgresql(part, is_page=is_page)
