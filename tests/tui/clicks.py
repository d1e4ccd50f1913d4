"""What a person clicks: keys of the last line, lines of the help, words of bars, rows, slots, days, fields."""

from datetime import date
from typing import Any

from textual.coordinate import Coordinate
from textual.widgets import Input, OptionList, Select, SelectionList

from rdv.tui.dialogs.help import HelpDialog
from rdv.tui.widgets.banner import Menu
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.keys import Keys
from rdv.tui.widgets.month import Month
from rdv.tui.widgets.table import Table
from tests.tui.conftest import Hand


async def click_key(hand: Hand, name: str) -> None:
    """A key where it stands on the last line."""
    keys = hand.app.screen.query_one(Keys)
    await hand.click(keys, offset=keys.where(name))


async def click_action(hand: Hand, said: str) -> None:
    """An action by its words: its key on the last line, where there was room for it, else its line in the help."""
    shown = next((key for key in hand.app.screen.query_one(Keys).shown if key.text == said), None)
    if shown is not None:
        await click_key(hand, shown.name)
        return
    await open_help(hand)
    await click_option(hand, hand.app.screen.query_one(OptionList), said)


async def open_help(hand: Hand) -> None:
    """The last thing of the last line."""
    keys = hand.app.screen.query_one(Keys)
    await click_key(hand, keys.shown[-1].name)
    assert isinstance(hand.app.screen, HelpDialog)


async def click_option(hand: Hand, options: OptionList, said: str) -> None:
    """A line of a list of options, by the words at its end; scrolled to as with a wheel."""
    number = next(n for n, option in enumerate(options.options) if str(option.prompt).endswith(said))
    before = sum(len(str(option.prompt).splitlines()) for option in options.options[:number])
    options.scroll_to(y=max(0, before - options.size.height + 1), animate=False, force=True, immediate=True)
    await hand.settle()
    await hand.click(options, offset=(2, options.gutter.top + before - options.scroll_offset.y))


async def click_bar(hand: Hand, name: str) -> None:
    """A word of a bar, by its name."""
    await hand.click(next(one for one in hand.app.screen.query(Press) if one.name == name))


async def click_entry(hand: Hand, seen: str) -> None:
    """An entry of the menu, by words of it that are seen."""
    await hand.click(Menu, offset=(hand.text.splitlines()[1].index(seen), 0))


def row_of(table: Table, seen: str) -> int:
    """The number of the first row in which a text stands."""
    rows = [" ".join(str(cell) for cell in table.get_row_at(number)) for number in range(table.row_count)]
    return next(number for number, row in enumerate(rows) if seen in row)


async def click_row(hand: Hand, seen: str, *, times: int = 1, table: Table | None = None, mark: bool = False) -> None:
    """A row by a text in it, scrolled to as with a wheel; with `mark`, its mark."""
    table = table or next(one for one in hand.app.screen.query(Table) if one.is_on_screen)
    number = row_of(table, seen)
    table.scroll_to(y=max(0, number - table.size.height + 2), animate=False, force=True, immediate=True)
    await hand.settle()
    region = table._get_cell_region(Coordinate(number, 0))
    x = 1 if mark else 6
    await hand.click(table, offset=(x, region.y - table.scroll_offset.y), times=times)


def spot(hand: Hand, counter: str, start: str) -> tuple[int, int]:
    """Where a slot of the calendar is seen, inside it; what is not seen is scrolled to."""
    calendar = hand.app.screen.query_one(Calendar)
    place = next(
        (number, index)
        for number, column in enumerate(calendar.grid.columns)
        for index, block in enumerate(column.blocks)
        if column.counter.startswith(counter) and block.start.isoformat().startswith(start)
    )
    region = calendar._region(*place)
    x, y = region.x - calendar.scroll_offset.x, region.y - calendar.scroll_offset.y
    assert calendar.head <= y < calendar.size.height and 0 < x < calendar.size.width, "it has to be scrolled to first"
    return x + 2, y


async def click_slot(hand: Hand, counter: str, start: str, *, times: int = 1) -> None:
    """A slot of the calendar: « Guichet 1 », « 2017-04-06T09:00 »."""
    await hand.click(hand.app.screen.query_one(Calendar), offset=spot(hand, counter, start), times=times)


async def drag(hand: Hand, counter: str, first: str, last: str) -> None:
    """From one slot of the calendar to another, with the button held."""
    calendar = hand.app.screen.query_one(Calendar)
    await hand.pilot.mouse_down(calendar, offset=spot(hand, counter, first))
    await hand.pilot.hover(calendar, offset=spot(hand, counter, last))
    await hand.pilot.mouse_up(calendar, offset=spot(hand, counter, last))
    await hand.settle()


async def click_day(hand: Hand, day: date, *, times: int = 1) -> None:
    """A day of the month."""
    month = hand.app.screen.query_one(Month)
    number = next(number for number, one in enumerate(month.days) if one.day == day)
    week, weekday = divmod(number, 7)
    offset = (weekday * month._wide + 1, 1 + week * month._tall)
    await hand.click(month, offset=offset, times=times)


async def write(hand: Hand, field: str, text: str) -> None:
    """Clicks into a field, wipes it out, types: words are all that a mouse cannot give."""
    found = hand.app.screen.query_one(f"#{field}", Input)
    await reach(hand, found)
    found.value = ""
    await hand.settle()
    await hand.type(text)


async def choose(hand: Hand, field: str, said: str) -> None:
    """Opens a field with choices by a click, and clicks one."""
    found = hand.app.screen.query_one(f"#{field}", Select)
    await reach(hand, found)
    await click_option(hand, found.query_one(OptionList), said)


async def tick(hand: Hand, field: str, said: str) -> None:
    """A box of a list to tick."""
    await click_option(hand, hand.app.screen.query_one(f"#{field}", SelectionList), said)


async def reach(hand: Hand, widget: Any) -> None:
    """Clicks a widget, scrolled to as with a wheel."""
    widget.scroll_visible(animate=False, force=True, immediate=True)
    await hand.settle()
    await hand.click(widget, offset=(2, 0))
