"""The slots that stored hours define, computed from rules C3–C6 and S7 without any code of rdv.

It searches for the minute at which the wall clock shows a time, where rdv computes it: slow and simple.
"""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from faults.picture import Picture, Row

_DAY = 24 * 60


@cache
def first_minute(day: date, minutes: int, zone: str) -> int:
    """Return the first minute of real time at which the wall clock shows this time of this day, or a later one if
    skipped.
    """
    place = ZoneInfo(zone)
    at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 16 * 3600
    while True:
        wall = datetime.fromtimestamp(at, place)
        if (wall.date() - day).days * _DAY + wall.hour * 60 + wall.minute >= minutes:
            return at
        at += 60


@cache
def cut(day: date, opening: tuple[int, int, int], zone: str) -> frozenset[tuple[int, int]]:
    """Return the slots of an opening (start, end, length, in minutes) of a day, cut in real time from its start
    (C3).
    """
    start, end, length = opening
    first, last = first_minute(day, start, zone), first_minute(day, end, zone)
    return frozenset((at, at + length * 60) for at in range(first, last - length * 60 + 1, length * 60))


def has_slot(picture: Picture, counter: Row, start: int, end: int) -> bool:
    """Return True if the counter has a slot from `start` to `end` (C4, C5, C6)."""
    zone = next(row["timezone"] for row in picture.rows["place"] if row["id"] == counter["place_id"])
    day = datetime.fromtimestamp(start, ZoneInfo(zone)).date()
    if counter["removed"] or day < counter["first_day"] or (counter["last_day"] and counter["last_day"] < day):
        return False
    for closure in picture.rows["closure"]:
        if closure["place_id"] in (None, counter["place_id"]) and closure["first_day"] <= day <= closure["last_day"]:
            return False
    week = counter["week_id"]
    for period in picture.rows["exception_period"]:
        if period["counter_id"] == counter["id"] and period["first_day"] <= day <= period["last_day"]:
            week = period["week_id"]
    return any(
        (start, end) in cut(day, (row["starts"], row["ends"], row["slot"]), zone)
        for row in picture.rows["opening"]
        if row["week_id"] == week and row["weekday"] == day.weekday()
    )
