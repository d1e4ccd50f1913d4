"""The agents' screens, at a terminal: how long until the week is there, and from a key to what it paints."""

import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from bench.databases import fresh
from bench.measure import Figure, Goal, Pair, alternate
from bench.terminal import SIZE, Terminal, at_terminal
from bench.town import PLACE_COUNTERS, Town, build

RDV = (sys.executable, "-m", "rdv", "tui")
EMPTY = (sys.executable, "-c", "from textual.app import App; App().run()")

FRAME, WEEK = "Créneaux".encode(), b"DURAND"
"""What the first picture shows, and what only the week does: a partner's name."""

EMPTY_PICTURE = b"\x1b[%d;1H" % SIZE[0]
"""The last line of the screen is painted."""

CLIPBOARD, ITS_END = b"\x1b]52;c;", b"\a"
"""What stands around the answer of a board, as it reaches the terminal."""

FEW, WEEKS = 3, 6
"""Counters that an agent looks at, and weeks that are booked in a town of no others."""

FIRST_GOAL, GROWTH_GOAL = 1.6, 1.5
DOWN, RIGHT, UP, LEFT = b"\x1b[B", b"\x1b[C", b"\x1b[A", b"\x1b[D"


@dataclass(frozen=True, slots=True)
class Walk:
    """Keys to measure after others that are not, and the share of a DataTable's time that they may take."""

    what: str
    keys: tuple[bytes, ...]
    goal: float
    before: tuple[bytes, ...] = ()


WALKS = (
    Walk("cursor, 8 new slots", (DOWN, RIGHT) * 4, 0.3, before=(b"f",)),
    Walk("cursor, 8 known slots", (UP, LEFT, DOWN, RIGHT) * 2, 0.3, before=(UP, LEFT, DOWN, RIGHT)),
    Walk("change of week", (b"n",), 0.15),
)
"""Each begins where the one before ended. A DataTable keeps what it painted: to go where one has been is cheaper."""

UNPACED = {"TEXTUAL_FPS": "100000"}
"""Textual paints at most 60 times a second: the run would mostly wait for that."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """First pictures on this database; the calendar against a DataTable, which know no database, once."""
    with fresh("sqlite" if town.office.database.is_sqlite else "postgresql") as database:
        small = build(database, counters=FEW, weeks_booked=WEEKS)
        yield from first_pictures(small, runs)
    if town.office.database.is_sqlite:
        yield from keys(town, runs)


def first_pictures(town: Town, runs: int) -> Iterator[Figure]:
    """From the start of the process to the frame, and to the week."""
    yardstick = opening(EMPTY, EMPTY_PICTURE)
    for what, seen in (("first frame", FRAME), (f"first week, {FEW} counters", WEEK)):
        pair = alternate(opening(RDV, seen, **environment(town)), yardstick, runs=runs)
        yield Figure(f"TUI {what}", town.where, "an empty Textual app", Goal(FIRST_GOAL), pair)


def keys(town: Town, runs: int) -> Iterator[Figure]:
    """From a key to what it paints, for 1, 3, 10 and all counters; and how ours grows from 3 to 10."""
    with ExitStack() as open_ones:

        def board(kind: str, counters: int) -> Board:
            command = (sys.executable, "-m", "bench.calendars", kind, str(counters))
            terminal = open_ones.enter_context(at_terminal(*command, **environment(town), **UNPACED))
            terminal.until(WEEK)
            made = Board(terminal)
            made.press(b"n")
            return made

        ours = {counters: board("calendar", counters) for counters in (1, FEW, PLACE_COUNTERS, town.counters)}
        for counters, calendar in ours.items():
            table = board("table", counters)
            for walk in WALKS:
                what = f"TUI {walk.what}, counters: {counters}"
                yield Figure(what, "–", "a DataTable", Goal(walk.goal), compare(calendar, table, walk, runs))
        for walk in WALKS:
            what = f"TUI {walk.what}, growth to {PLACE_COUNTERS} counters"
            pair = compare(ours[PLACE_COUNTERS], ours[FEW], walk, runs)
            yield Figure(what, "–", f"at {FEW}", Goal(GROWTH_GOAL), pair)


@dataclass
class Board:
    """A calendar at a terminal; the processor seconds that it told last, and those of all the keys to measure."""

    terminal: Terminal
    told: float = 0
    worked: float = 0

    def walk(self, walk: Walk) -> None:
        """Presses keys, each when the one before is painted."""
        self.press(*walk.before)
        before = self.told
        self.press(*walk.keys)
        self.worked += self.told - before

    def press(self, *keys: bytes) -> None:
        """The same, without counting."""
        for key in keys:
            self.terminal.press(key)
            self.terminal.until(CLIPBOARD)
            self.told = float(b64decode(self.terminal.until(ITS_END)))


def compare(ours: Board, yardstick: Board, walk: Walk, runs: int) -> Pair:
    """Processor time: neither what else runs nor when Textual chooses to paint matters."""
    return alternate(
        lambda: ours.walk(walk),
        lambda: yardstick.walk(walk),
        runs=runs,
        clock=lambda: ours.worked + yardstick.worked,
    )


def environment(town: Town) -> dict[str, str]:
    """The agent of a town at its screens, on a week booked as usual."""
    here = town.office.settings
    return {
        "RDV_DATABASE": here.database, "RDV_AGENT": here.agent, "RDV_SIGN_IN": "system", "RDV_LANG": "fr",
        "RDV_NOW": f"{town.usual_monday}T08:00",
    }  # fmt: skip


def opening(command: tuple[str, ...], seen: bytes, **environment: str) -> Callable[[], None]:
    """A call that starts a program at a terminal and ends it when something is seen."""

    def call() -> None:
        with at_terminal(*command, **environment) as terminal:
            terminal.until(seen)

    return call
