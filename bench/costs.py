"""The processor time of a citizen's steps, in the program and in PostgreSQL: the inputs of `bench.national`.

Processor time does not depend on other programs of the machine.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
from sqlalchemy import text

from bench.databases import fresh
from bench.town import FULL_WEEKS, MONDAY, PLACE_COUNTERS, Town, build
from portal.app import create_app
from rdv.engine.citizens import holds, offer
from rdv.engine.messages import outbox
from rdv.engine.setup import types
from rdv.terms import VISITOR, Actor

TABLES = ("appointment", "claim", "notice", "journal_entry")
BOOKINGS, PAGES = 300, 60
JOB = Actor.job("bench")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of a step: in the program and in the database."""

    program: float
    database: float


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of a page of free slots, a booking (held, then confirmed) and a message; the bytes that a booking
    leaves.
    """

    page: Cost
    booking: Cost
    message: Cost
    bytes: float


def measured(counters: int) -> Costs:
    """Measure the costs on this machine, in a town of so many counters (tens of them), full for three weeks, on
    PostgreSQL.
    """
    with fresh("postgresql") as database:
        town = build(database, counters=counters, weeks_booked=13)
        page = _cost(town, PAGES, _pages(town))
        before = _size(town)
        booking = _cost(town, BOOKINGS, lambda: _book(town, BOOKINGS))
        message = _cost(town, BOOKINGS, lambda: _send(town, BOOKINGS))
        return Costs(page, booking, message, (_size(town) - before) / BOOKINGS)


def _pages(town: Town) -> Callable[[], None]:
    """Request different weeks of a place, so that none comes from a cache."""
    settings = town.office.settings.model_copy(update={"portal_limits": 0.0, "secret": "bench"})
    town.office.settings = settings
    app = create_app(town.office)

    async def visit() -> None:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for number in range(PAGES):
                week = town.usual_monday + timedelta(weeks=number % 5)
                place = number // 5 % (town.counters // PLACE_COUNTERS) + 1
                answer = await client.get(f"/rendez-vous/nouveau?type=1&lieu={place}&semaine={week}")
                assert answer.status_code == 200, answer.status_code

    return lambda: asyncio.run(visit())


def _book(town: Town, count: int) -> None:
    """Hold and confirm one slot for each citizen."""
    office, booked = town.office, 0
    office.run(
        types.set_type, office.me, type=1, max_upcoming=10_000
    )  # the partners of the town have many appointments
    places = range(1, town.counters // PLACE_COUNTERS + 1)
    for week, place in ((week, place) for week in range(FULL_WEEKS, 12) for place in places):
        monday = MONDAY + timedelta(weeks=week)
        free = office.run(offer.free_slots, VISITOR, type=1, place=place, first=monday, days=5)
        for slot in free[: count - booked]:
            booked += 1
            citizen = Actor.citizen(f"C{booked:06}")
            held = office.run(holds.hold, citizen, type=1, place=place, start=slot.starts_at)
            office.run(holds.validate, citizen, slots=[(held.counter_id, held.starts_at)])
    assert booked == count, booked


def _send(town: Town, count: int) -> None:
    """Claim messages and record them as sent, without a mail server."""
    for _ in range(count):
        letter = town.office.run(outbox.claim_next, JOB, worker="bench")
        assert letter is not None
        town.office.run(outbox.record_sent, JOB, message=letter.id)


def _cost(town: Town, count: int, work: Callable[[], None]) -> Cost:
    database, program = _database_seconds(town), time.process_time()
    work()
    return Cost((time.process_time() - program) / count, (_database_seconds(town) - database) / count)


def _database_seconds(town: Town) -> float:
    """Return the processor seconds of all processes of the server."""
    with town.office.database.engine.connect() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    server = _stat(Path(f"/proc/{backend}/stat"))[1]
    ticks = sum(stat[11] + stat[12] for file in Path("/proc").glob("[0-9]*/stat") if (stat := _stat(file))[1] == server)
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(file: Path) -> list[int]:
    """Return the numbers after the name in a line of /proc: [1] is the parent, [11] and [12] its ticks; zeros if
    gone.
    """
    try:
        fields = file.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return [0] * 13
    return [0, *(int(field) for field in fields[1:13])]


def _size(town: Town) -> int:
    with town.office.database.engine.connect() as connection:
        return int(
            connection.execute(
                text("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname = ANY(:names)"),
                {"names": list(TABLES)},
            ).scalar_one()
        )
