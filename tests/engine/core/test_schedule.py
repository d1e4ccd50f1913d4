"""Weeks, exceptions and closures to slots: the rules C3–C6, S1 and S7, on real calendars."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.core.schedule import (
    DAY_MINUTES,
    ExceptionSpan,
    Hours,
    Opening,
    Slot,
    expand,
    instant,
    local_day,
    slot_at,
    slots_of_day,
    utc,
)

MO, TU, WE, TH, FR, SA, SU = range(7)
DAY = timedelta(days=1)
PARIS, GUADELOUPE, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("America/Guadeloupe"), ZoneInfo("Indian/Reunion")
SANTIAGO, BEIRUT = ZoneInfo("America/Santiago"), ZoneInfo("Asia/Beirut")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

zones = st.sampled_from([PARIS, GUADELOUPE, REUNION, SANTIAGO, BEIRUT, ZoneInfo("Australia/Lord_Howe")])
changes = st.sampled_from([SPRING, AUTUMN, date(2026, 4, 4), date(2026, 9, 6), date(2026, 10, 4)])
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | changes
periods = st.tuples(days, st.integers(0, 15)).map(lambda pair: (pair[0], pair[0] + pair[1] * DAY))


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Opening, ...]:
    """Generate a reference week: openings of a weekday never overlap (C3); some are adjacent, some shorter than a
    slot.
    """
    openings = []
    for weekday in draw(st.sets(st.integers(MO, SU))):
        bounds = draw(st.lists(st.integers(0, DAY_MINUTES), unique=True, max_size=5).map(sorted))
        for start, end in pairwise(bounds):
            if draw(st.booleans()):
                openings.append(Opening(weekday, start, end, draw(st.sampled_from([7, 15, 30, 60, 95]))))
    return tuple(openings)


@st.composite
def all_hours(draw: st.DrawFn) -> Hours:
    exceptions: list[ExceptionSpan] = []
    for first, last in sorted(draw(st.lists(periods, max_size=3))):
        if not exceptions or exceptions[-1].last < first:  # never overlapping (C5)
            exceptions.append(ExceptionSpan(first, last, draw(weeks())))
    return Hours(
        zone=draw(zones),
        first=draw(st.dates(date(2025, 12, 1), date(2026, 6, 1))),
        last=draw(st.none() | st.dates(date(2026, 6, 2), date(2027, 1, 1))),
        openings=draw(weeks()),
        exceptions=tuple(exceptions),
        closures=tuple(draw(st.lists(periods, max_size=2))),
    )


def per_day(hours: Hours, first: date, last: date) -> dict[date, list[Slot]]:
    found: dict[date, list[Slot]] = {}
    for slot in expand(hours, first, last + DAY):
        found.setdefault(local_day(slot.start, hours.zone), []).append(slot)
    return found


def every_day(start: int, end: int, slot: int) -> tuple[Opening, ...]:
    return tuple(Opening(weekday, start, end, slot) for weekday in range(7))


def on_the_wall(zone: ZoneInfo, day: date, start: str, end: str, slot: int) -> list[str]:
    """Return the starts of the slots of one opening of this day, on the wall clock of the place."""
    opening = Opening(day.weekday(), minutes(start), minutes(end), slot)
    hours = Hours(zone, date(2026, 1, 1), None, (opening,))
    slots = expand(hours, day, day + DAY)
    assert all(found.end - found.start == slot * 60 for found in slots), "real durations"
    return [datetime.fromtimestamp(found.start, zone).isoformat(timespec="minutes")[11:] for found in slots]


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@given(all_hours(), periods)
def test_s1_slots_of_a_counter_never_overlap_and_lie_inside_openings(hours: Hours, window: tuple[date, date]) -> None:
    for day, slots in per_day(hours, *window).items():
        openings = [
            (instant(day, o.start, hours.zone), instant(day, o.end, hours.zone), o.slot * 60)
            for o in hours.week_on(day)
            if o.weekday == day.weekday()
        ]
        for slot in slots:
            assert any(
                start <= slot.start and slot.end <= end and slot.end - slot.start == length
                for start, end, length in openings
            )
    assert all(one.end <= other.start for one, other in pairwise(expand(hours, window[0], window[1])))


@given(all_hours(), periods)
def test_s1_every_slot_is_found_by_its_start_and_nothing_else_is(hours: Hours, window: tuple[date, date]) -> None:
    for slot in expand(hours, *window)[::7]:
        assert slot_at(hours, slot.start) == slot
        assert slot_at(hours, slot.start + 1) is None


@given(all_hours(), st.lists(days, min_size=3, max_size=3).map(sorted))
def test_s1_two_windows_that_follow_each_other_hold_what_one_holds(hours: Hours, bounds: list[date]) -> None:
    a, b, c = bounds[0], min(bounds[1], bounds[0] + 20 * DAY), min(bounds[2], bounds[0] + 30 * DAY)
    assert expand(hours, a, b) + expand(hours, b, c) == expand(hours, a, c)


@given(all_hours(), periods, st.randoms())
def test_s1_the_order_of_what_is_declared_does_not_matter(
    hours: Hours, window: tuple[date, date], luck: Random
) -> None:
    def shuffled(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(luck.sample(things, len(things)))

    other = replace(
        hours,
        openings=shuffled(hours.openings),
        exceptions=tuple(replace(e, openings=shuffled(e.openings)) for e in shuffled(hours.exceptions)),
        closures=shuffled(hours.closures),
    )
    assert expand(other, *window) == expand(hours, *window)


def test_s1_slots_of_a_day_by_hand() -> None:
    hours = Hours(PARIS, date(2017, 1, 1), None, (Opening(FR, 840, 930, 30), Opening(FR, 540, 600, 20)))
    starts = [utc(slot.start).isoformat(timespec="minutes") for slot in slots_of_day(hours, date(2017, 4, 7))]
    assert starts == [
        *("2017-04-07T07:00+00:00", "2017-04-07T07:20+00:00", "2017-04-07T07:40+00:00"),
        *("2017-04-07T12:00+00:00", "2017-04-07T12:30+00:00", "2017-04-07T13:00+00:00"),
    ]
    assert list(slots_of_day(hours, date(2017, 4, 6))) == []


@given(st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES), st.integers(1, 240))
def test_c3_slots_are_cut_from_the_start_and_a_remainder_gives_none(start: int, length: int, slot: int) -> None:
    end = min(start + length, DAY_MINUTES)
    day = date(2026, 6, 1)
    slots = expand(Hours(GUADELOUPE, day, day, (Opening(MO, start, end, slot),)), day, day + DAY)
    assert len(slots) == (end - start) // slot
    midnight = int(datetime(2026, 6, 1, 4, tzinfo=UTC).timestamp())
    assert [found.start for found in slots] == [midnight + (start + n * slot) * 60 for n in range(len(slots))]
    assert all(found.end == found.start + slot * 60 for found in slots)


def test_c3_a_remainder_shorter_than_the_slot_gives_no_slot() -> None:
    assert on_the_wall(REUNION, date(2026, 6, 1), "09:00", "09:59", 30) == ["09:00+04:00"]
    assert on_the_wall(REUNION, date(2026, 6, 1), "09:00", "10:00", 30) == ["09:00+04:00", "09:30+04:00"]
    assert on_the_wall(REUNION, date(2026, 6, 1), "09:00", "09:29", 30) == []


def test_c3_each_of_two_openings_that_touch_is_cut_from_its_own_start() -> None:
    hours = Hours(PARIS, date(2026, 1, 1), None, (Opening(TH, 540, 810, 60), Opening(TH, 810, 990, 60)))
    slots = expand(hours, date(2026, 1, 8), date(2026, 1, 9))
    wall = [datetime.fromtimestamp(slot.start, PARIS).strftime("%H:%M") for slot in slots]
    assert wall == ["09:00", "10:00", "11:00", "12:00", "13:30", "14:30", "15:30"]


@given(zones, days, st.integers(0, 10))
def test_c4_open_from_first_to_last_day_both_included(zone: ZoneInfo, first: date, length: int) -> None:
    last = first + length * DAY
    hours = Hours(zone, first, last, every_day(720, 780, 60))
    found = per_day(hours, first - 5 * DAY, last + 5 * DAY)
    assert list(found) == [first + n * DAY for n in range(length + 1)]


@given(zones, days)
def test_c4_a_counter_with_no_last_day_stays_open(zone: ZoneInfo, first: date) -> None:
    hours = Hours(zone, first, None, every_day(720, 780, 60))
    assert len(expand(hours, first + 1000 * DAY, first + 1010 * DAY)) == 10


@given(all_hours(), periods)
def test_c5_an_exception_changes_only_its_own_days(hours: Hours, window: tuple[date, date]) -> None:
    found = per_day(hours, *window)
    usual = per_day(replace(hours, exceptions=()), *window)
    for day in (window[0] + n * DAY for n in range((window[1] - window[0]).days + 1)):
        exception = next((e for e in hours.exceptions if e.first <= day <= e.last), None)
        if exception is None:
            assert found.get(day) == usual.get(day)
        else:
            alone = replace(hours, openings=exception.openings, exceptions=())
            assert found.get(day) == per_day(alone, day, day).get(day)


def test_c5_an_exception_with_no_openings_closes_from_its_first_to_its_last_day() -> None:
    closed = ExceptionSpan(date(2026, 5, 4), date(2026, 5, 6), ())
    hours = Hours(PARIS, date(2026, 1, 1), None, every_day(540, 600, 60), (closed,))
    assert [day.day for day in per_day(hours, date(2026, 5, 1), date(2026, 5, 8))] == [1, 2, 3, 7, 8]


def test_c5_an_exception_opens_days_that_the_week_leaves_closed() -> None:
    saturday = ExceptionSpan(date(2026, 5, 9), date(2026, 5, 9), (Opening(SA, 540, 600, 30),))
    hours = Hours(PARIS, date(2026, 1, 1), None, (Opening(MO, 540, 600, 60),), (saturday,))
    found = per_day(hours, date(2026, 5, 3), date(2026, 5, 17))
    assert {day.day: len(slots) for day, slots in found.items()} == {4: 1, 9: 2, 11: 1}


def test_c4_an_exception_does_not_open_before_the_first_day_nor_after_the_last() -> None:
    long = ExceptionSpan(date(2026, 1, 1), date(2026, 12, 31), every_day(540, 600, 60))
    hours = Hours(PARIS, date(2026, 5, 4), date(2026, 5, 6), (), (long,))
    assert [day.day for day in per_day(hours, date(2026, 4, 1), date(2026, 6, 1))] == [4, 5, 6]


@given(all_hours(), periods)
def test_c6_a_closure_wins_over_week_and_exception_on_its_days_and_only_there(
    hours: Hours, window: tuple[date, date]
) -> None:
    found = per_day(hours, *window)
    open_anyway = per_day(replace(hours, closures=()), *window)
    for day in (window[0] + n * DAY for n in range((window[1] - window[0]).days + 1)):
        shut = any(first <= day <= last for first, last in hours.closures)
        assert found.get(day) == (None if shut else open_anyway.get(day))


def test_c6_a_closure_shuts_its_first_and_its_last_day() -> None:
    opened = ExceptionSpan(date(2026, 5, 1), date(2026, 5, 31), every_day(540, 600, 60))
    closures = ((date(2026, 5, 8), date(2026, 5, 8)), (date(2026, 5, 13), date(2026, 5, 15)))
    hours = Hours(PARIS, date(2026, 1, 1), None, every_day(840, 900, 60), (opened,), closures)
    assert [day.day for day in per_day(hours, date(2026, 5, 7), date(2026, 5, 16))] == [7, 9, 10, 11, 12, 16]


@given(zones, days, st.lists(st.integers(0, DAY_MINUTES), min_size=2).map(sorted))
def test_s7_instants_never_go_back_as_the_wall_clock_advances(zone: ZoneInfo, day: date, walls: list[int]) -> None:
    instants = [instant(day, wall, zone) for wall in walls]
    assert instants == sorted(instants)
    assert instant(day, DAY_MINUTES, zone) == instant(day + DAY, 0, zone)


@given(all_hours(), changes)
def test_s7_on_days_of_change_slots_keep_their_real_duration_and_appear_once(hours: Hours, day: date) -> None:
    slots = expand(hours, day - DAY, day + 2 * DAY)
    declared = [*hours.openings, *(opening for e in hours.exceptions for opening in e.openings)]
    assert {slot.end - slot.start for slot in slots} <= {opening.slot * 60 for opening in declared}
    assert len({slot.start for slot in slots}) == len(slots)
    assert slots == sorted(slots)


@pytest.mark.parametrize(
    ("day", "start", "end", "slot", "expected"),
    [
        # the clock jumps from 02:00 to 03:00: an hour less
        (SPRING, "01:00", "04:00", 60, ["01:00+01:00", "03:00+02:00"]),
        (SPRING, "01:30", "04:00", 60, ["01:30+01:00"]),
        (SPRING, "02:00", "03:00", 30, []),
        (SPRING, "02:30", "03:30", 30, ["03:00+02:00"]),
        (SPRING, "09:00", "10:00", 30, ["09:00+02:00", "09:30+02:00"]),
        (SPRING - DAY, "09:00", "10:00", 30, ["09:00+01:00", "09:30+01:00"]),
        # the clock falls back from 03:00 to 02:00: an hour more
        (AUTUMN, "01:00", "04:00", 60, ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"]),
        (AUTUMN, "02:00", "03:00", 30, ["02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00"]),
        (AUTUMN, "02:30", "03:00", 30, ["02:30+02:00", "02:00+01:00", "02:30+01:00"]),
        (AUTUMN, "01:30", "02:30", 30, ["01:30+02:00", "02:00+02:00"]),
        (AUTUMN, "09:00", "10:00", 30, ["09:00+01:00", "09:30+01:00"]),
        (AUTUMN - DAY, "09:00", "10:00", 30, ["09:00+02:00", "09:30+02:00"]),
    ],
)
def test_s7_days_of_clock_change_in_paris(day: date, start: str, end: str, slot: int, expected: list[str]) -> None:
    assert on_the_wall(PARIS, day, start, end, slot) == expected


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PARIS, SPRING, 23),
        (PARIS, AUTUMN, 25),
        (PARIS, date(2026, 7, 1), 24),
        (GUADELOUPE, SPRING, 24),
        (GUADELOUPE, AUTUMN, 24),
        (REUNION, SPRING, 24),
        (REUNION, AUTUMN, 24),
        (SANTIAGO, date(2026, 9, 6), 23),
        (SANTIAGO, date(2026, 4, 4), 25),
        (BEIRUT, SPRING, 23),
        (BEIRUT, AUTUMN - DAY, 25),
    ],
)
def test_s7_a_whole_day_holds_its_real_hours(zone: ZoneInfo, day: date, hours: int) -> None:
    assert len(on_the_wall(zone, day, "00:00", "24:00", 60)) == hours


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize(
    ("zone", "expected"),
    [(GUADELOUPE, ["02:00-04:00", "02:30-04:00"]), (REUNION, ["02:00+04:00", "02:30+04:00"])],
)
def test_s7_overseas_the_clock_does_not_change_with_paris(zone: ZoneInfo, day: date, expected: list[str]) -> None:
    assert on_the_wall(zone, day, "02:00", "03:00", 30) == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        (SANTIAGO, date(2026, 9, 6), ["01:00-03:00", "01:30-03:00"]),
        (BEIRUT, SPRING, ["01:00+03:00", "01:30+03:00"]),
    ],
)
def test_s7_a_day_whose_midnight_is_skipped_starts_at_the_change(
    zone: ZoneInfo, day: date, expected: list[str]
) -> None:
    assert on_the_wall(zone, day, "00:00", "02:00", 30) == expected
    assert on_the_wall(zone, day, "00:00", "01:00", 30) == []
    assert local_day(instant(day, 0, zone), zone) == day
    assert local_day(instant(day, 0, zone) - 1, zone) == day - DAY


def test_s7_midnight_that_comes_twice_belongs_to_one_day() -> None:
    """Santiago falls back from 24:00 to 23:00: the last hour of 4 April 2026 runs twice."""
    assert on_the_wall(SANTIAGO, date(2026, 4, 4), "22:00", "24:00", 60) == [
        "22:00-03:00",
        "23:00-03:00",
        "23:00-04:00",
    ]
    assert on_the_wall(SANTIAGO, date(2026, 4, 5), "00:00", "01:00", 30) == ["00:00-04:00", "00:30-04:00"]
