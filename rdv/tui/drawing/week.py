"""A reference week as a picture of text: a line a day, time from left to right. Pure.

Mo lundi     ····▐███████···██████▌···   13
"""

from collections.abc import Sequence

from rdv.engine.core.schedule import Opening
from rdv.i18n import wording
from rdv.i18n.wording import say as _

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""How OpenStreetMap writes the weekdays: the picture teaches them."""

SHADES = "█▓▒░"
"""One a slot length, shortest first; further lengths share the last."""

HOUR = 60
USUAL = (8 * HOUR, 18 * HOUR)
"""The hours shown at least."""

CELLS = (15, 30, 60)
"""Minutes that a cell may stand for, finest first."""

COUNT = 6
"""Cells for the number of slots at the end of a line."""


def draw_week(openings: Sequence[Opening], width: int) -> list[str]:
    """Draw the week in at most `width` cells, with the slots of each day; the last line counts them all."""
    low = min([USUAL[0], *(o.start // HOUR * HOUR for o in openings)])
    high = max([USUAL[1], *(-(-o.end // HOUR) * HOUR for o in openings)])
    names = [f"{day} {wording.weekday(number)}" for number, day in enumerate(DAYS)]
    margin = max(map(len, names)) + 1
    room = width - margin - COUNT
    cell = next((minutes for minutes in CELLS if (high - low) // minutes <= room), CELLS[-1])
    lengths = sorted({opening.slot for opening in openings})
    lines = [" " * margin + _scale(low, high, cell)]
    for weekday, name in enumerate(names):
        of_day = [opening for opening in openings if opening.weekday == weekday]
        drawn = "".join(_cell(of_day, at, cell, lengths) for at in range(low, high, cell))
        lines.append(f"{name:<{margin}}{drawn}{_slots(of_day) or '–':>{COUNT}}")
    return [*lines, _legend(openings, lengths)]


def mark_place(text: str, at: int, width: int) -> tuple[str, str]:
    """Return the part of a text around its character `at` (from 1), in `width` cells, and a line with a pointer to
    it.
    """
    place = min(max(at, 1), len(text) + 1) - 1
    start = max(0, min(place - width // 2, len(text) - width + 1))
    return text[start : start + width], f"{' ' * (place - start)}↑"


def _scale(low: int, high: int, cell: int) -> str:
    """Return the hours above the picture, as many as fit."""
    every = {15: HOUR, 30: 2 * HOUR, 60: 3 * HOUR}[cell]
    marks = [f"{minutes // HOUR}h" for minutes in range(low, high, every)]
    return "".join(f"{mark:<{every // cell}}" for mark in marks).rstrip()


def _cell(openings: Sequence[Opening], at: int, cell: int, lengths: Sequence[int]) -> str:
    """Return a cell of a day: full, half, or the hour's dot."""
    half = cell / 2
    left, right = (_opening_at(openings, at + half * part, half) for part in (0, 1))
    if left and right:
        return SHADES[min(lengths.index(left.slot), len(SHADES) - 1)]
    if left or right:
        return "▌" if left else "▐"
    return "·" if at % HOUR == 0 else " "


def _opening_at(openings: Sequence[Opening], start: float, length: float) -> Opening | None:
    """Return the opening that covers at least half of this period."""
    return next((o for o in openings if min(o.end, start + length) - max(o.start, start) >= length / 2), None)


def _slots(openings: Sequence[Opening]) -> int:
    return sum((opening.end - opening.start) // opening.slot for opening in openings)


def _legend(openings: Sequence[Opening], lengths: Sequence[int]) -> str:
    shades = (f"{SHADES[min(rank, len(SHADES) - 1)]} {length} min" for rank, length in enumerate(lengths))
    return "  ".join((*shades, _("Slots a week: {count}", count=_slots(openings))))
