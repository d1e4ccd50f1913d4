"""The processes of `test_races`. Light: each imports this module and the engine, and no test tool."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from multiprocessing import get_context
from threading import Barrier
from typing import Any

from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.setup import closures, counters, exceptions, weeks
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.terms import KEEP, Actor, RdvError

ROOT = Actor.agent("root")
NOW = datetime(2017, 4, 4, 14, 35, tzinfo=UTC)
PATIENCE = 120
"""Seconds after which a race that does not end is a failure."""

Racer = Callable[["Runner"], None]


@dataclass
class Runner:
    """One process: its number, its own connection to the database, and what came of each thing that it tried."""

    number: int
    url: str
    together: Barrier
    over: Any
    outcomes: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings.model_construct(database=self.url, agent="root", mail_url="file:unused")
        self.office = Office(Database(self.url), lambda: NOW, settings)
        self.chance = random.Random(self.number)

    def rounds(self) -> Iterator[int]:
        """Yield rounds as long as the others book."""
        return takewhile(lambda _: not self.over.is_set(), count())

    def attempt(self, function: Callable[..., Any], **given: Any) -> Any:
        """Run a use case and note its result: (use case, kind of error or "done", error)."""
        told, found = ("done", ""), None
        try:
            found = self.office.run(function, ROOT, **given)
        except RdvError as problem:
            told = (type(problem).__name__, problem.error)
        except Exception as problem:  # noqa: BLE001 - whatever reaches an agent is what the race is about
            told = (type(problem).__name__, str(problem))
        self.outcomes.append((function.__name__, *told))
        return found


def race(url: str, racers: Sequence[Racer], counted: Sequence[Racer]) -> list[list[tuple[str, str, str]]]:
    """Run each racer in a process, all at once; `over` is set when the `counted` ones have ended."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    together, results = context.Barrier(len(racers)), context.SimpleQueue()
    over, left = context.Event(), context.Semaphore(0)
    processes = [
        context.Process(target=_run, args=(racer, racer in counted, n, url, together, over, left, results))
        for n, racer in enumerate(racers)
    ]
    for process in processes:
        process.start()
    for _ in [racer for racer in racers if racer in counted]:
        assert left.acquire(timeout=PATIENCE), "a racer never came in"
    over.set()
    found = dict(results.get() for _ in processes)
    for process in processes:
        process.join(PATIENCE)
    return [found[n] for n in range(len(racers))]


def _run(
    racer: Racer, is_counted: bool, number: int, url: str, together: Barrier, over: Any, left: Any, results: Any
) -> None:
    runner = Runner(number, url, together, over)
    try:
        with suppress(RdvError):  # the connection and the caches of the driver are ready before the start
            runner.office.run(slots.next_free, ROOT, type="Citoyenneté", count=1)
        together.wait(PATIENCE)
        racer(runner)
    finally:
        runner.office.database.close()
        results.put((number, runner.outcomes))
        if is_counted:
            left.release()


def nines(days: int = 5) -> list[date_input.Moment]:
    """Return the morning slots of some working days from 06/04/2017 on."""
    found = [NOW.date() + timedelta(days=n) for n in range(2, 4 + 2 * days)]
    mornings = [day for day in found if day.weekday() < 5][:days]
    return [
        date_input.read(f"{day}T{hour:02}:{minute:02}") for day in mornings for hour in (9, 10) for minute in (0, 30)
    ]


def take_the_same(runner: Runner) -> None:
    """Let every racer book each slot of Guichet 1 (one seat) and of Large (three seats) at the same moment."""
    for start in nines(2):
        for counter in ("Guichet 1", "Large"):
            runner.together.wait(PATIENCE)
            runner.attempt(appointments.assign, counter=counter, start=start, partner=f"P{runner.number}")


def share_a_desk(runner: Runner) -> None:
    """Let half of the racers book at one counter of the desk, half at the other, whose slots overlap."""
    for start in nines(2):
        runner.together.wait(PATIENCE)
        counter = ("Poste A", "Poste B")[runner.number % 2]
        runner.attempt(appointments.assign, counter=counter, start=start, partner=f"P{runner.number}")


def book_at_random(runner: Runner) -> None:
    """Book, move and cancel over a week, at any counter."""
    mine: list[int] = []
    for turn in range(20):
        where = {"counter": runner.chance.choice(COUNTERS), "start": runner.chance.choice(nines())}
        kind = runner.chance.random()
        if mine and kind < 0.2:
            runner.attempt(appointments.move, appointment=runner.chance.choice(mine), **where)
        elif mine and kind < 0.3:
            runner.attempt(appointments.cancel, appointments=[mine.pop()])
        else:
            card = runner.attempt(appointments.assign, partner=f"P{runner.number}-{turn}", **where)
            mine += [card.id] if card else []


COUNTERS = ("Guichet 1", "Large", "Poste A", "Poste B")


def change_hours(runner: Runner) -> None:
    """Change weeks, exceptions and closures while the others book."""
    for _ in runner.rounds():
        first, last = ("09:00", "09:30")[runner.chance.randrange(2)], ("11:00", "12:00")[runner.chance.randrange(2)]
        hours = [(f"Mo-Fr {first}-{last}", runner.chance.choice([30, 60]))]
        runner.attempt(weeks.set_week, week="Semaine", hours=hours, restore=runner.chance.random() < 0.3)
        counter = runner.chance.choice(COUNTERS)
        day = date_input.on(NOW.date() + timedelta(days=runner.chance.randrange(2, 9)))
        week = runner.chance.choice([None, "Longue"])
        runner.attempt(exceptions.add_exception, counter=counter, first=day, last=day, week=week)
        runner.attempt(closures.add_closure, label=f"{runner.number}", first=day, place="Mairie principale")
        runner.attempt(exceptions.remove_exception, counter=counter, exception=day)
        runner.attempt(closures.remove_closure, closure=f"{runner.number}")


def change_counters(runner: Runner) -> None:
    """Suspend, release, change capacities, desks and validity while the others book."""
    for _ in runner.rounds():
        where = {"counter": runner.chance.choice(COUNTERS), "start": runner.chance.choice(nines())}
        runner.attempt(runner.chance.choice([slots.suspend, slots.reserve]), **where)
        runner.attempt(slots.release, **where, restore=runner.chance.random() < 0.5)
        runner.attempt(counters.set_counter, counter="Large", capacity=runner.chance.randint(1, 4))
        desk = runner.chance.choice([KEEP, None, "Poste"])
        runner.attempt(counters.set_counter, counter="Poste A", desk=desk, restore=True)
        last = runner.chance.choice([None, date_input.read("2017-04-11")])
        runner.attempt(counters.set_counter, counter="Guichet 1", last=last)
        counter = runner.chance.choice(COUNTERS)
        runner.attempt(counters.set_counter, counter=counter, week=runner.chance.choice(["Semaine", "Longue"]))
