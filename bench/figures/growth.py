"""How the cost of an answer grows with the town: the same questions in towns of different sizes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bench.databases import fresh
from bench.figures.booking import booker
from bench.figures.weekview import lister
from bench.measure import alternate
from bench.town import TYPE, Town, build
from rdv.date_input import on
from rdv.engine.booking import appointments, slots

SMALLEST = 10
"""Counters of the smallest town: all of them are one place, whose week is read."""


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
