"""The base of the screen figures: a terminal that reads and presses keys, and two boards that show the same."""

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from textual.widgets import DataTable

from bench.calendars import BOARDS, CalendarBoard, TableBoard, read
from bench.databases import fresh
from bench.figures import tui
from bench.terminal import at_terminal
from bench.town import Town, build
from rdv.engine.views.slots import SlotView
from rdv.tui.widgets.calendar import Calendar

COUNTERS = 2
ECHO = "import os; print(os.get_terminal_size(), 'ready'); print('told', input().upper())"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with fresh("sqlite") as database:
        yield build(database, counters=COUNTERS, weeks_booked=tui.WEEKS)


def test_a_terminal_reads_until_something_is_seen_and_presses_keys() -> None:
    with at_terminal(sys.executable, "-c", ECHO) as terminal:
        terminal.until(b"columns=120, lines=40")
        terminal.until(b"ready")
        terminal.press(b"key\n")
        assert b"told " in terminal.until(b"KEY")


def test_a_program_that_ends_too_early_is_no_figure() -> None:
    with (
        at_terminal(sys.executable, "-c", "print('failed')") as terminal,
        pytest.raises(AssertionError, match="ended after b'failed"),
    ):
        terminal.until(b"week")


@pytest.mark.parametrize("seen", [tui.FRAME, tui.WEEK], ids=["frame", "week"])
def test_the_program_shows_its_frame_and_its_week(town: Town, seen: bytes) -> None:
    tui.opening(tui.RDV, seen, **tui.environment(town))()


def test_an_empty_program_is_painted_to_its_last_line() -> None:
    tui.opening(tui.EMPTY, tui.EMPTY_PICTURE)()


@pytest.mark.parametrize("kind", BOARDS)
async def test_a_board_answers_each_key_once_it_is_painted(town: Town, kind: str) -> None:
    board = BOARDS[kind](weeks(town), COUNTERS)
    async with board.run_test(size=(120, 40)) as pilot:
        told = [0.0]
        for key in ("down", "right", "up", "left", "n", "down", "f", "down", "right", "n"):
            await pilot.press(key)
            await pilot.pause()
            told.append(float(board.clipboard))
        assert told == sorted(set(told)), "one answer to each key"


async def test_both_boards_show_the_same_slots(town: Town) -> None:
    calendars, tables = CalendarBoard(weeks(town), COUNTERS), TableBoard(weeks(town), COUNTERS)
    async with calendars.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        columns = calendars.query_one(Calendar).grid.columns
    async with tables.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        table = tables.query_one(DataTable)
        shown = [[cell.plain for cell in table.get_column_at(n) if cell.plain] for n in range(len(table.columns))]
    assert shown == [["\n".join(block.lines[:2]) for block in column.blocks] for column in columns]
    assert sum(map(len, shown)) == COUNTERS * 5 * 13


def weeks(town: Town) -> list[list[SlotView]]:
    mondays = [town.usual_monday + timedelta(weeks=n) for n in range(2)]
    return [read(town.office, COUNTERS, monday) for monday in mondays]
