"""Towns to measure on: N counters of one type, 60 % booked for some weeks, the first of them full.

Everything is written in one transaction; every constraint of the store is in force when it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlmodel import Session

from rdv.engine.core.schedule import Hours, Opening, expand, instant
from rdv.engine.office import Office
from rdv.engine.setup import agents, weeks
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.store.tables import NO_OVERLAPS, AppointmentType, Counter, Partner, Place
from rdv.store.upgrade import upgrade
from rdv.terms import Actor

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 7, 0, tzinfo=PARIS)
HOURS = "Mo-Fr 09:00-12:00,13:30-17:00"
SLOT = 30
SHORTER_HOURS = "Mo-Fr 09:00-12:00"

FULL_WEEKS = 3
"""So long is there nothing free: what the search for the next free slots has to get over."""

BOOKED = 0.6
PLACE_COUNTERS = 10
PARTNERS = 2_000
MOST_SLOTS = 10_000
"""A counter has fewer slots than that in the weeks of a town."""

TYPE = "Titres d'identité"


@dataclass(frozen=True, slots=True)
class Town:
    """A town, its office, and what was written into it."""

    office: Office
    counters: int
    weeks: int
    claims: int

    @property
    def where(self) -> str:
        """The kind of its database, as the table names it."""
        return "SQLite" if self.office.database.is_sqlite else "PostgreSQL"

    @property
    def usual_monday(self) -> date:
        """The Monday of a week that is booked as usual."""
        return MONDAY + timedelta(weeks=FULL_WEEKS + 1)


def hours(since: date = MONDAY) -> Hours:
    """The hours of every counter of the town, or of one that opened earlier."""
    stretches = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60))
    openings = tuple(Opening(day, start, end, SLOT) for day in range(5) for start, end in stretches)
    return Hours(PARIS, since, None, openings)


def build(database: Database, *, counters: int, weeks_booked: int) -> Town:
    """Writes a town into a new database."""
    upgrade(database)
    address = database.url.render_as_string(hide_password=False)
    settings = Settings.model_construct(database=address, agent="bench", mail_url="file:unused")
    office = Office(database, lambda: NOW, settings)
    office.run(agents.add_first_agent, Actor.job("bench"), login="bench")
    week = office.run(weeks.add_week, office.me, label="Semaine", hours=[(HOURS, SLOT)])
    office.run(weeks.add_week, office.me, label="Matins", hours=[(SHORTER_HOURS, SLOT)])
    with database.write() as session:
        _configure(session, counters, week.id)
        claims = _book(session, weeks_booked)
        for table in ("place", "counter", "partner", "appointment"):
            skip_given_ids(session, table)
        session.execute(text("ANALYZE"))
    return Town(office, counters, weeks_booked, claims)


def _configure(session: Session, counters: int, week_id: int) -> None:
    session.execute(insert(AppointmentType), [{"id": 1, "label": TYPE, "key": "titres d'identite"}])
    places = range(1, (counters - 1) // PLACE_COUNTERS + 2)
    session.execute(insert(Place), [{"id": n, "label": f"Lieu {n:03}", "key": f"lieu {n:03}"} for n in places])
    session.execute(
        insert(Counter),
        [
            {
                "id": n, "label": f"Guichet {n:04}", "key": f"guichet {n:04}", "type_id": 1, "first_day": MONDAY,
                "place_id": (n - 1) // PLACE_COUNTERS + 1, "week_id": week_id, "public": True,
            }
            for n in range(1, counters + 1)
        ],
    )  # fmt: skip
    session.execute(
        insert(Partner),
        [
            {"id": n, "name": f"DURAND Léa {n}", "key": f"durand lea {n}", "email": f"lea{n}@example.org"}
            for n in range(1, PARTNERS + 1)
        ],
    )


DICE = "((s.rank * CAST(48271 AS bigint) + c.id * 40692) * 69621 % 2147483647)"
"""The same number for the same slot of the same counter, on any database: nothing is left to chance."""


def _book(session: Session, weeks_booked: int) -> int:
    """Appointments with their claims, all of the first weeks and 60 % of each of the others; returns how many.

    The database makes them from a table of slots: millions in a minute.
    """
    full_until = instant(MONDAY + timedelta(weeks=FULL_WEEKS), 0, PARIS)
    slots = enumerate(expand(hours(), MONDAY, MONDAY + timedelta(weeks=weeks_booked)), start=1)
    session.execute(
        text("CREATE TEMPORARY TABLE bench_slot (rank bigint, starts bigint, ends bigint, full_week bigint)")
    )
    session.execute(
        text("INSERT INTO bench_slot VALUES (:rank, :starts, :ends, :full)"),
        [{"rank": n, "starts": s.start, "ends": s.end, "full": int(s.start < full_until)} for n, s in slots],
    )
    at = "{}" if session.get_bind().dialect.name == "sqlite" else "to_timestamp({})"
    starts, ends, now = (at.format(value) for value in ("s.starts", "s.ends", int(NOW.timestamp())))
    with unchecked(session):
        session.execute(
            text(
                "INSERT INTO appointment"
                " (id, type_id, counter_id, partner_id, starts_at, ends_at, status, taken_at, comment)"
                f" SELECT c.id * {MOST_SLOTS} + s.rank, 1, c.id, 1 + {DICE} / 100 % {PARTNERS}, {starts}, {ends},"
                f" 'planned', {now}, '' FROM counter AS c CROSS JOIN bench_slot AS s"
                f" WHERE s.full_week = 1 OR {DICE} % 100 < {BOOKED * 100:.0f} ORDER BY c.id, s.rank"
            )
        )
        session.execute(
            text(
                "INSERT INTO claim (counter_id, starts_at, seat, ends_at, status, appointment_id)"
                " SELECT counter_id, starts_at, 1, ends_at, 'booked', id FROM appointment ORDER BY id"
            )
        )
    session.execute(text("DROP TABLE bench_slot"))
    return int(session.execute(text("SELECT count(*) FROM claim")).scalar_one())


@contextmanager
def unchecked(session: Session) -> Iterator[None]:
    """The rules that look at other rows are put back, and on PostgreSQL checked, when all rows are there."""
    rules = [rule for rule in NO_OVERLAPS if rule.table == "claim"]
    if session.get_bind().dialect.name == "sqlite":
        away = [f"DROP TRIGGER {rule.name}_{moment}" for rule in rules for moment in ("insert", "update")]
        away.append("PRAGMA cache_size = -1000000")  # a gigabyte, while the indexes grow
        back = ["PRAGMA cache_size = -2000", *(statement for rule in rules for statement in rule.sqlite())]
    else:
        away = [f"ALTER TABLE claim DROP CONSTRAINT {rule.name}" for rule in rules]
        away.append("SET LOCAL session_replication_role = replica")  # what these rows name is there
        back = ["SET LOCAL session_replication_role = origin"]
        back += [statement for rule in rules for statement in rule.postgresql()]
    for statement in away:
        session.connection().exec_driver_sql(statement)
    yield
    for statement in back:
        session.connection().exec_driver_sql(statement)


def skip_given_ids(session: Session, table: str) -> None:
    """PostgreSQL counts on from the ids that were given."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))
