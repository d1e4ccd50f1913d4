"""Towns to measure on: N counters of one type, 60 % booked for some weeks, the first of them full.

The configuration and the appointments are written by Core inserts, in one transaction, with every constraint of the
store in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlmodel import Session

from rdv.engine import agents, weeks
from rdv.engine.office import Office
from rdv.engine.week import Hours, Opening, Slot, expand, utc
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.store.tables import Appointment, AppointmentType, Claim, Counter, Partner, Place
from rdv.store.upgrade import upgrade
from rdv.terms import Actor, AppointmentStatus, ClaimStatus

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
    office.run(agents.found, Actor.job("bench"), login="bench")
    week = office.run(weeks.add_week, office.me, label="Semaine", hours=[(HOURS, SLOT)])
    office.run(weeks.add_week, office.me, label="Matins", hours=[(SHORTER_HOURS, SLOT)])
    with database.write() as session:
        _configure(session, counters, week.id)
        claims = _book(session, counters, weeks_booked)
        for table in ("place", "counter", "partner", "appointment"):
            _skip_given_ids(session, table)
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


def _book(session: Session, counters: int, weeks_booked: int) -> int:
    """Appointments with their claims; returns how many."""
    slots = expand(hours(), MONDAY, MONDAY + timedelta(weeks=weeks_booked))
    dice = Random(7)
    written = 0
    for counter in range(1, counters + 1):
        rows = [
            {
                "id": written + rank, "counter_id": counter, "type_id": 1, "starts_at": utc(slot.start),
                "ends_at": utc(slot.end), "status": AppointmentStatus.PLANNED, "taken_at": NOW,
                "partner_id": dice.randint(1, PARTNERS),
            }
            for rank, slot in enumerate(_taken(slots, dice), start=1)
        ]  # fmt: skip
        session.execute(insert(Appointment), rows)
        claimed = [
            {
                "counter_id": row["counter_id"], "starts_at": row["starts_at"], "ends_at": row["ends_at"], "seat": 1,
                "status": ClaimStatus.BOOKED, "appointment_id": row["id"],
            }
            for row in rows
        ]  # fmt: skip
        session.execute(insert(Claim), claimed)
        written += len(rows)
    return written


def _taken(slots: list[Slot], dice: Random) -> Iterator[Slot]:
    """All of the first weeks, then 60 % of each."""
    full_until = expand(hours(), MONDAY + timedelta(weeks=FULL_WEEKS), MONDAY + timedelta(weeks=FULL_WEEKS + 1))[
        0
    ].start
    return (slot for slot in slots if slot.start < full_until or dice.random() < BOOKED)


def _skip_given_ids(session: Session, table: str) -> None:
    """PostgreSQL counts on from the ids that were given."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))
