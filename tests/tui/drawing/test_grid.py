"""Calendars laid out: each thing once, where its time is (S6, S7). Pure: no screen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rdv.tui.drawing import grid
from rdv.tui.drawing.cursor import Pointer

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2017, 4, 4)


@dataclass(frozen=True)
class Thing:
    """Something that takes time at a counter."""

    counter_id: int
    starts_at: datetime
    ends_at: datetime


def thing(start: str, minutes: int = 30, counter: int = 1) -> Thing:
    """One that starts then, in Paris."""
    begins = datetime.fromisoformat(start).replace(tzinfo=PARIS)
    return Thing(counter, begins, begins + timedelta(minutes=minutes))


def words(things: tuple[Thing, ...]) -> tuple[tuple[str, ...], str]:
    """What a block says."""
    return (f"{things[0].starts_at:%H:%M}",), "free"


def laid(*things: Thing, days: tuple[date, ...] = (DAY,), counters: tuple[int, ...] = (1,)) -> grid.Grid[Thing]:
    """A calendar of them."""
    return grid.lay_out(things, days=days, counters=[(n, f"Guichet {n}") for n in counters], words=words)


def test_s6_a_row_is_the_longest_time_in_which_every_start_and_length_is_whole() -> None:
    assert laid(thing("2017-04-04T09:00"), thing("2017-04-04T09:45", 45)).step == 15
    assert laid(thing("2017-04-04T09:00"), thing("2017-04-04T10:30")).step == 30
    assert laid(thing("2017-04-04T09:00", 7)).step == grid.FINEST


def test_s6_rows_begin_at_the_whole_hour_and_an_empty_calendar_shows_the_usual_ones() -> None:
    made = laid(thing("2017-04-04T08:30"), thing("2017-04-04T16:30"))
    assert (made.time_of(0), made.row_of(8 * 60 + 45), made.row_of(7 * 60), made.rows) == (8 * 60, 1, None, 18)
    assert (laid().first, laid().rows) == (8 * 60, 20)


def test_s6_counters_stand_side_by_side_day_after_day() -> None:
    days = (DAY, date(2017, 4, 5))
    made = laid(thing("2017-04-05T09:00", counter=2), days=days, counters=(1, 2))
    assert [(column.day.day, column.counter_id, len(column.blocks)) for column in made.columns] == [
        (4, 1, 0), (4, 2, 0), (5, 1, 0), (5, 2, 1),
    ]  # fmt: skip
    busy = grid.lay_out(
        [thing("2017-04-05T09:00", counter=2)], days=days, counters=[(1, "A"), (2, "B")], words=words, busy_only=True
    )
    assert [(column.day.day, column.counter) for column in busy.columns] == [(4, ""), (5, "B")]


def test_s7_the_hour_that_comes_twice_is_shown_twice_one_below_the_other() -> None:
    night = date(2017, 10, 29)
    first = datetime(2017, 10, 29, 2, 0, tzinfo=PARIS)
    again = first.replace(fold=1)
    things = [
        Thing(1, when, (when.astimezone(ZoneInfo("UTC")) + timedelta(minutes=30)).astimezone(PARIS))
        for when in (first, again)
    ]
    made = grid.lay_out(things, days=[night], counters=[(1, "Guichet")], words=words)
    rows = [block.row for block in made.columns[0].blocks]
    assert rows == [0, 1]
    assert made.rows >= 2


def test_months_are_whole_weeks_and_turning_them_keeps_to_the_end_of_shorter_ones() -> None:
    days = grid.month_days(date(2017, 2, 14))
    assert (days[0], days[-1], len(days) % 7) == (date(2017, 1, 30), date(2017, 3, 5), 0)
    assert grid.month_after(date(2017, 1, 31), 1) == date(2017, 2, 28)
    assert grid.month_after(date(2017, 1, 15), -1) == date(2016, 12, 15)
    assert grid.month_after(date(2016, 12, 31), 2) == date(2017, 2, 28)


def test_s6_weekends_are_shown_when_something_stands_there() -> None:
    week = grid.week_days(DAY)
    assert len(grid.shown_days(week, [])) == 5
    assert grid.shown_days(week, [date(2017, 4, 8)])[-1] == date(2017, 4, 8)


starts = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(0, 47)), unique=True, min_size=1, max_size=60
)


@given(starts)
def test_s6_everything_is_shown_once_and_nothing_stands_on_another(places: list[tuple[int, int, int]]) -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    things = [
        thing(f"{DAY + timedelta(days=day)}T{half // 2:02}:{half % 2 * 30:02}", counter=counter)
        for day, counter, half in places
    ]
    made = grid.lay_out(things, days=days, counters=[(n, str(n)) for n in (1, 2, 3)], words=words)
    assert sorted(
        map(id, (item for column in made.columns for block in column.blocks for item in block.items))
    ) == sorted(map(id, things))
    for column in made.columns:
        ends = 0
        for block in column.blocks:
            assert ends <= block.row
            assert made.time_of(block.row) == block.start.hour * 60 + block.start.minute
            ends = block.row + block.height
        assert ends <= made.rows


@given(starts, st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 1]), st.booleans()), max_size=30))
def test_s6_arrows_always_point_at_something_and_a_selection_is_of_one_counter(
    places: list[tuple[int, int, int]], moves: list[tuple[int, int, bool]]
) -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    things = [
        thing(f"{DAY + timedelta(days=day)}T{half // 2:02}:{half % 2 * 30:02}", counter=counter)
        for day, counter, half in places
    ]
    pointer = Pointer()
    pointer.show(grid.lay_out(things, days=days, counters=[(n, str(n)) for n in (1, 2, 3)], words=words), None)
    for across, down, extend in moves:
        step = (across, 0) if across else (0, down)
        pointer.move(*pointer.beside(*step, same_counter=extend), extend=extend)
        assert pointer.block is not None
        chosen = [item for block in pointer.selection for item in block.items]
        assert pointer.block.items[0] in chosen
        assert len({item.counter_id for item in chosen}) == 1
        assert [item.starts_at for item in chosen] == sorted(item.starts_at for item in chosen)


def test_what_is_pointed_at_stays_pointed_at_when_the_calendar_is_read_again() -> None:
    pointer = Pointer()
    pointer.show(laid(thing("2017-04-04T09:00"), thing("2017-04-04T09:30"), thing("2017-04-04T10:00")), None)
    pointer.move(*pointer.beside(0, 1, same_counter=False), extend=False)
    pointer.show(laid(thing("2017-04-04T08:00"), thing("2017-04-04T09:30"), thing("2017-04-04T10:00")), None)
    assert pointer.block is not None
    assert f"{pointer.block.start:%H:%M}" == "09:30"
    pointer.show(laid(thing("2017-04-04T08:00"), thing("2017-04-04T10:00")), None)
    assert f"{pointer.block.start:%H:%M}" == "10:00"
