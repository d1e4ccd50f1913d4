"""Eight processes that write at once: how many bookings pass, against bare commits by eight, and how long one waits."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text

from bench.databases import Raw
from bench.figures.booking import LONGEST_SEARCH_DAYS
from bench.measure import Figure, Goal, Pair
from bench.town import NOW, Town
from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.settings import Settings
from rdv.store import write_queue
from rdv.store.session import Database
from rdv.terms import Actor, Conflict, SlotStatus

WRITERS = 8
BOOKINGS = 15
"""How many each of them makes in one timing."""

SATURATION = 3.0
"""Seconds for which all of them write as fast as they can, when the longest wait is looked for."""

Place = tuple[int, int]
"""A counter and the instant of a slot, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one writer has to say: the longest of its writes in seconds, how many were done, how many came too late."""

    longest: float = 0.0
    done: int = 0
    late: int = 0


class Writer:
    """One process at its own connection."""

    def __init__(self, number: int, url: str) -> None:
        settings = Settings.model_construct(database=url, agent="bench", mail_url="file:unused", secret="bench")
        self.number = number
        self.office = Office(Database(url), lambda: NOW, settings)
        self.raw = Raw(self.office.database)
        self.partners = count(number * 100)

    def book(self, places: Sequence[Place]) -> Told:
        """Books each of these slots, unless others were faster."""
        late = 0
        for place in places:
            try:
                self._book(place)
            except Conflict:
                late += 1
        return Told(done=len(places) - late, late=late)

    def commit(self, numbers: Sequence[int]) -> Told:
        """The yardstick: as many bare commits of one row."""
        for number in numbers:
            self.raw.write("INSERT INTO bench_writers VALUES (?, ?, ?, 'booked')", number, number % 200, number)
        return Told(done=len(numbers))

    def saturate(self, place: Place, in_a_queue: bool) -> Told:
        """Books and cancels the same slot over and over, in the queue or with the busy timeout of SQLite alone."""
        write_queue.HAS_LOCKS = in_a_queue
        longest, done, end = 0.0, 0, perf_counter() + SATURATION
        while (begun := perf_counter()) < end:
            made = self._book(place)
            longest, done = max(longest, perf_counter() - begun), done + 1
            self.office.run(appointments.cancel, Actor.agent("bench"), appointments=[made])
        write_queue.HAS_LOCKS = True
        return Told(longest, done)

    def _book(self, place: Place) -> int:
        counter, start = place
        who, agent = f"C{next(self.partners) % 1000 + 1:06}", Actor.agent("bench")
        at = date_input.at(NOW.fromtimestamp(start, NOW.tzinfo))
        return self.office.run(appointments.assign, agent, counter=counter, start=at, partner=who).id


def serve(number: int, url: str, asked: Connection) -> None:
    """What each process does: what it is asked, until there is nothing more."""
    writer = Writer(number, url)
    while (order := asked.recv()) is not None:
        what, given = order
        try:
            asked.send(getattr(writer, what)(*given))
        except Exception as problem:  # noqa: BLE001 - an error of the database is what this figure has none of
            asked.send(problem)
    writer.office.database.close()


class Writers:
    """The eight of them."""

    def __init__(self, url: str, closing: ExitStack) -> None:
        context: Any = get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self.pipes: list[Connection] = []
        for number in range(WRITERS):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(number, url, theirs))
            process.start()
            closing.callback(process.join)
            closing.callback(ours.send, None)
            self.pipes.append(ours)

    def all(self, what: str, given: Callable[[int], tuple[Any, ...]]) -> tuple[float, list[Told]]:
        """Has all of them do it at once; returns the seconds until the last has ended, and what each told.

        Raises what one of them met.
        """
        begun = perf_counter()
        for number, pipe in enumerate(self.pipes):
            pipe.send((what, given(number)))
        told = [pipe.recv() for pipe in self.pipes]
        seconds = perf_counter() - begun
        for one in told:
            if isinstance(one, Exception):
                raise one
        return seconds, told


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Bookings on distinct slots, on the same slots; on SQLite, the longest wait of a booking as well."""
    raw = Raw(town.office.database)
    raw.write("CREATE TABLE bench_writers (id INTEGER PRIMARY KEY, counter_id INTEGER, starts_at BIGINT, status TEXT)")
    free = _free(town)
    numbers = count(1)
    with ExitStack() as closing:
        writers = Writers(town.office.database.url.render_as_string(hide_password=False), closing)

        def commits() -> float:
            mine = [[next(numbers) for _ in range(BOOKINGS)] for _ in range(WRITERS)]
            return writers.all("commit", lambda number: (mine[number],))[0]

        def distinct() -> float:
            mine = [next(free) for _ in range(WRITERS)]
            seconds, told = writers.all("book", lambda number: (mine[number],))
            assert sum(one.done for one in told) == WRITERS * BOOKINGS, "nobody else wanted them"
            return seconds

        def same() -> float:
            wanted = next(free)
            seconds, told = writers.all("book", lambda _: (wanted,))
            assert sum(one.done for one in told) == BOOKINGS, "each slot was given once"
            return seconds

        bare = f"bare commits by {WRITERS}"
        goal = Goal(0.2, of_rate=True)
        yield Figure(f"bookings by {WRITERS}, distinct slots", town.where, bare, goal, _pair(distinct, commits, runs))
        yield Figure(f"bookings by {WRITERS}, the same slots", town.where, bare, goal, _pair(same, commits, runs))
        if town.office.database.is_sqlite:
            places = next(free)

            def longest(in_a_queue: bool) -> float:
                told = writers.all("saturate", lambda number: (places[number], in_a_queue))[1]
                return max(one.longest for one in told)

            waits = _pair(lambda: longest(True), lambda: longest(False), runs)
            yield Figure(f"longest wait of {WRITERS} writers", town.where, "BEGIN IMMEDIATE alone", Goal(0.25), waits)
    _check(town)


def _pair(ours: Callable[[], float], yardstick: Callable[[], float], runs: int) -> Pair:
    """Both in turns, once to warm up: medians of the seconds that they say."""
    ours(), yardstick()
    timings = [(ours(), yardstick()) for _ in range(runs)]
    return Pair(median(timing[0] for timing in timings), median(timing[1] for timing in timings))


def _free(town: Town) -> Iterator[tuple[Place, ...]]:
    """Free slots, as many at a time as one books in one timing."""
    found = town.office.run(
        slots.list_slots, town.office.me,
        first=town.usual_monday, days=LONGEST_SEARCH_DAYS, statuses=[SlotStatus.FREE],
    )  # fmt: skip
    places = [(slot.counter_id, int(slot.starts_at.timestamp())) for slot in found]
    for first in range(0, len(places) - BOOKINGS, BOOKINGS):
        yield tuple(places[first : first + BOOKINGS])


def _check(town: Town) -> None:
    """No seat was given twice: the database itself is asked."""
    with town.office.database.read() as session:
        booked = session.execute(text("SELECT counter_id, starts_at, seat FROM claim")).all()
    assert max(Tally(booked).values()) == 1
