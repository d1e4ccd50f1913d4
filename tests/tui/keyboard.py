"""What a terminal sends: keys and clicks, several of them in one read, and what they did."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from textual._xterm_parser import XTermParser

from rdv.engine.booking.journal import read_journal
from rdv.engine.office import Office
from tests.tui.conftest import Hand

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
ENTER, DELETE, TAB, HOME, END = "\r", "\x1b[3~", "\t", "\x1b[H", "\x1b[F"
TOP, BOTTOM = "\x1b[1;5H", "\x1b[1;5F"
ESCAPE = "\x1b[27u"
"""Escape as modern terminals send it; a bare one would make the letter behind it an Alt key."""
SAVE, QUIT, LOCK, PALETTE, NEW_LINE = "\x13", "\x11", "\x0c", "\x10", "\x0e"

LONGEST = 10_000


def clicked(x: int, y: int) -> str:
    """Return what a terminal sends for a click on a cell."""
    return f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m"


async def feed(hand: Hand, sent: str) -> None:
    """Hand the program what one read of the terminal gives, and wait until it is done with it."""
    driver: Any = hand.app._driver
    for event in XTermParser().feed(sent):
        driver.process_message(event)
    await hand.settle()


def journal(town: Office) -> list[tuple[Any, ...]]:
    """Return what was done, oldest first."""
    entries = town.run(read_journal, town.me, limit=LONGEST)
    return [(one.action, one.subject, one.subject_id, one.facts) for one in reversed(entries)]


@dataclass
class Played:
    """What keys led to: the new lines of the journal, the open screens, and how many keys were dropped."""

    actions: list[tuple[Any, ...]]
    screens: list[str]
    dropped: int

    @property
    def verbs(self) -> list[str]:
        """Return the actions alone."""
        return [action[0] for action in self.actions]


async def play(
    opened: Callable[..., AbstractAsyncContextManager[Hand]],
    town: Office,
    entry: str,
    reads: Sequence[str],
    size: tuple[int, int],
) -> Played:
    """Open an entry of the menu and hand it one read after the other."""
    before = len(journal(town))
    dropped: list[int] = []
    async with opened(entry, size=size, office=town) as hand:
        hand.app.keys_dropped = dropped.append  # type: ignore[method-assign]
        for sent in reads:
            await feed(hand, sent)
        screens = [type(screen).__name__ for screen in hand.app.screen_stack]
    return Played(journal(town)[before:], screens, sum(dropped))
