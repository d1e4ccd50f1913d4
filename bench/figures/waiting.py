"""How long a booking waits while a job writes: reminders, erasure, an import.

Each job runs in a process of its own while bookings are made here, one after the other, until it has ended. The figure
is the longest of them, against the half second from which a person notices.
"""

from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Any

from bench.figures.booking import booker
from bench.measure import Figure, Goal, Pair
from bench.town import NOW, Town
from rdv.engine.imports import files
from rdv.engine.imports.columns import ImportKind
from rdv.engine.office import Office
from rdv.engine.upkeep import worker
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.terms import Actor

NOTICED = 0.5
"""Seconds after which somebody who books notices that others write."""

GOAL = Goal(0.6)
LINES = 10_000
"""Partners that the import brings."""

ERASING = 10.0
"""Seconds after which erasing is stopped."""


def remind(office: Office) -> None:
    """Make all reminders that are due."""
    worker.remind(office, stopped=lambda: False)


def erase(office: Office) -> None:
    """Erase for a while what is older than six months."""
    end = perf_counter() + ERASING
    worker.erase_old(office, Actor.job("bench"), stopped=lambda: perf_counter() > end)


def bring(office: Office) -> None:
    """Import a list of new partners."""
    rows = [f"MARTIN Lou {n};06 39 {n // 100:04} {n % 100:02};lou{n}@example.org" for n in range(LINES)]
    content = "\n".join(["Nom;Téléphone;Courriel", *rows]).encode()
    lines = files.read_lines(content, ImportKind.PARTNERS, name="liste.csv", country=office.settings.country)
    office.run(files.import_partners, office.me, lines=lines)


JOBS: dict[str, Callable[[Office], None]] = {
    "reminders are made": remind,
    "old data are erased": erase,
    f"{LINES:,} partners are imported": bring,
}


def work(job: str, url: str, started: Event) -> None:
    """Run one job at a connection of its own."""
    settings = Settings.model_construct(
        database=url, agent="bench", mail_url="file:unused", secret="bench", retention_months=6
    )
    office = Office(Database(url), lambda: NOW, settings)
    with office.database.read():
        started.set()
    JOBS[job](office)
    office.close()


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """One run of each job: what it has done cannot be done again."""
    context: Any = get_context("forkserver")
    book = booker(town)
    for job in JOBS:
        url = town.office.database.url.render_as_string(hide_password=False)
        started = context.Event()
        process = context.Process(target=work, args=(job, url, started))
        process.start()
        while process.is_alive() and not started.wait(1):
            pass
        longest = 0.0
        while process.is_alive():
            begun = perf_counter()
            book()
            longest = max(longest, perf_counter() - begun)
        if process.exitcode:
            raise RuntimeError(f"{job}: the process ended with {process.exitcode}")
        yield Figure(
            f"longest wait of a booking while {job}", town.where, "half a second", GOAL, Pair(longest, NOTICED)
        )
