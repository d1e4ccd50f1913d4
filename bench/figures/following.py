"""What a screen costs while nobody uses it: bytes painted when nothing changes, processor time while others book."""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from statistics import median
from threading import Event

from bench.figures.tui import WEEK, environment
from bench.measure import Figure, Goal, Pair
from bench.terminal import Terminal, at_terminal
from bench.town import Town
from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.terms import SlotStatus

IDLE_GOAL = 0
"""Bytes that an idle screen paints, as a share of one picture."""

RATES = {2: 0.05, 20: 0.10}
"""Bookings a second by others, and the share of a processor that one screen may take for them."""

SECONDS = 10.0
"""How long each reading lasts."""

SETTLING = 5.0
"""How long a screen that was just opened, or that just heard of the first booking, is left alone before."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """The week of all counters, open at a terminal of its own."""
    command = (sys.executable, "-m", "rdv", "tui")
    with at_terminal(*command, **environment(town)) as terminal:
        picture = len(terminal.until(WEEK)) + terminal.bytes_painted_in(SETTLING)
        idle = median(terminal.bytes_painted_in(SECONDS) for _ in range(runs)) / SECONDS
        pair = Pair(idle, picture)
        yield Figure("TUI idle, bytes a second", town.where, "one picture", Goal(IDLE_GOAL), pair, is_of_bytes=True)
        for rate, goal in RATES.items():
            with booking(town, rate):
                terminal.bytes_painted_in(SETTLING)
                share = median(_work_within(terminal, SECONDS) for _ in range(runs))
            what = f"TUI while others book {rate} times a second"
            yield Figure(what, town.where, "a second of one processor", Goal(goal), Pair(share, 1.0))


def _work_within(terminal: Terminal, seconds: float) -> float:
    """Processor seconds a second that the program takes."""
    work, began = terminal.processor_seconds, time.monotonic()
    terminal.bytes_painted_in(seconds)
    return (terminal.processor_seconds - work) / (time.monotonic() - began)


@contextmanager
def booking(town: Town, rate: float) -> Iterator[None]:
    """Have others book and cancel within the week that is shown, so many times a second."""
    act, is_over = _turns(town), Event()

    def work() -> None:
        due = time.monotonic()
        while not is_over.wait(max(0.0, due - time.monotonic())):
            due += 1 / rate
            act()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield
        finally:
            is_over.set()
        working.result()  # raises what a booking raised


def _turns(town: Town) -> Callable[[], None]:
    """A call that books the next free slot of the week, and one that cancels it, in turns."""
    office = town.office
    week = office.run(slots.list_slots, office.me, first=town.usual_monday, days=5)
    free = cycle(slot for slot in week if slot.status is SlotStatus.FREE)
    numbers = cycle(range(1, 1000))
    made: list[int] = []

    def act() -> None:
        if made:
            office.run(appointments.cancel, office.me, appointments=[made.pop()])
            return
        slot = next(free)
        given = {"counter": slot.counter_id, "start": date_input.at(slot.starts_at), "partner": f"C{next(numbers):06}"}
        made.append(office.run(appointments.assign, office.me, **given).id)  # type: ignore[arg-type]

    return act
