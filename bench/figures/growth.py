"""How the cost of an answer grows with the town: the same questions in towns of different sizes and ages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import process_time

from sqlalchemy import text

from bench.databases import fresh
from bench.figures.booking import booker
from bench.figures.weekview import lister
from bench.history import grow_old
from bench.measure import alternate
from bench.questions import QUESTIONS, READS_EVERYTHING
from bench.town import TYPE, Town, build
from rdv.date_input import on
from rdv.engine.booking import appointments, slots
from rdv.engine.upkeep import worker

SMALLEST = 10
"""Counters of the smallest town: all of them are one place, whose week is read."""

WEEKS_AHEAD = 26
"""How far ahead the towns are booked whose age is compared."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one call lasted in a town: seconds, the median of several."""

    counters: int
    claims: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One question, in towns from small to large."""

    what: str
    where: str
    points: tuple[Point, ...]

    @property
    def growth(self) -> float:
        """How many times longer the largest town lets wait than the smallest."""
        return self.points[-1].seconds / self.points[0].seconds


def measure(kind: str, sizes: Sequence[int], weeks: int, runs: int) -> Iterator[Curve]:
    """A curve a question, on one kind of database."""
    found: dict[str, list[Point]] = {}
    where = ""
    for counters in sorted(sizes):
        with fresh(kind) as database:
            print(f"  a town of {counters} counters, {weeks} weeks booked, on {kind}…", flush=True)
            town = build(database, counters=counters, weeks_booked=weeks)
            where = town.where
            for what, call in _questions(town).items():
                seconds = alternate(call, lambda: None, runs=runs).ours
                found.setdefault(what, []).append(Point(counters, town.claims, seconds))
    for what, points in found.items():
        yield Curve(what, where, tuple(points))


@dataclass(frozen=True, slots=True)
class Aging:
    """One question, in a small young town, in one of ten times its counters, and in one of five times its years.

    What `reads_everything` may grow; anything else by MOST_GROWTH at most.
    """

    what: str
    where: str
    small: float
    large: float
    old: float
    reads_everything: bool

    @property
    def growth(self) -> float:
        """How many times longer the worse of the two others lets wait."""
        return max(self.large, self.old) / self.small


MOST_GROWTH = 1.5


def age(kind: str, counters: int, years: int, runs: int) -> Iterator[Aging]:
    """Ask everything of a town with a year behind it, of one with ten times the counters, of one with more years."""
    found: dict[str, list[float]] = {}
    where = ""
    for many, behind in ((counters, 1), (counters * 10, 1), (counters, years)):
        with fresh(kind) as database:
            print(f"  a town of {many} counters, {behind} years old, on {kind}…", flush=True)
            town = build(database, counters=many, weeks_booked=WEEKS_AHEAD)
            grow_old(town, years=behind)
            where = town.where
            worker.remind(town.office, stopped=lambda: False)
            with database.write() as session:
                session.execute(text("UPDATE notice SET status = 'sent', sent_at = made_at WHERE status = 'waiting'"))
            for what, ask in (QUESTIONS | READS_EVERYTHING).items():
                call = partial(ask, town.office, town)
                seconds = alternate(call, lambda: None, runs=runs, clock=process_time).ours
                found.setdefault(what, []).append(seconds)
    for what, (small, large, old) in found.items():
        yield Aging(what, where, small, large, old, what in READS_EVERYTHING)


def _questions(town: Town) -> dict[str, Callable[[], object]]:
    """What is asked of every town: of one counter, of one place, of all counters."""
    office, numbers = town.office, count()
    day = on(town.usual_monday)
    return {
        "week view of 1 counter": lister(town, 1),
        "week view of 10 counters": lister(town, 10),
        "appointments of one day at 1 counter": lambda: office.run(
            appointments.list_appointments, office.me, counters=["1"], first=day, last=day
        ),
        "a partner's appointments": lambda: office.run(
            appointments.list_appointments, office.me, partner=f"C{next(numbers) % 1000 + 1:06}"
        ),
        "next 20 free slots of a type": lambda: office.run(slots.next_free, office.me, type=TYPE, count=20),
        "one booking": booker(town),
    }
