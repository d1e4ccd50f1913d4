"""Dates and times as people write them."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv import date_input
from rdv.date_input import Moment, read, read_day
from rdv.terms import Invalid

PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")
TUESDAY = date(2017, 4, 4)
NOW = datetime(2017, 4, 4, 16, 35, tzinfo=PARIS)


def wall(text: str) -> str:
    """Return the meaning of a text in Paris, on the afternoon of Tuesday 4 April 2017."""
    return read(text).instant(PARIS, NOW).astimezone(PARIS).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2017-04-07T11:00", "2017-04-07 11:00:00"),
        ("2017-04-07 11:00", "2017-04-07 11:00:00"),
        ("  2017-04-07T11:00:30 ", "2017-04-07 11:00:30"),
        ("2017-04-07", "2017-04-07 00:00:00"),
        ("07/04/2017 11:00", "2017-04-07 11:00:00"),
        ("7/4/2017 11h", "2017-04-07 11:00:00"),
        ("7/4/2017 à 11h05", "2017-04-07 11:05:00"),
        ("07/04/2017", "2017-04-07 00:00:00"),
        ("today", "2017-04-04 00:00:00"),
        ("aujourd'hui 9:30", "2017-04-04 09:30:00"),
        ("Aujourd’hui", "2017-04-04 00:00:00"),
        ("tomorrow 9:30", "2017-04-05 09:30:00"),
        ("DEMAIN à 9h30", "2017-04-05 09:30:00"),
        ("après-demain 14:00", "2017-04-06 14:00:00"),
        ("hier", "2017-04-03 00:00:00"),
        ("yesterday", "2017-04-03 00:00:00"),
        ("mardi 8:00", "2017-04-04 08:00:00"),
        ("lundi 9:30", "2017-04-10 09:30:00"),
        ("Friday", "2017-04-07 00:00:00"),
        ("+3d", "2017-04-07 00:00:00"),
        ("+3j 11:00", "2017-04-07 11:00:00"),
        ("-1d", "2017-04-03 00:00:00"),
        ("+2w", "2017-04-18 00:00:00"),
        ("2017-04-07T11:00Z", "2017-04-07 13:00:00"),
        ("2017-04-07T11:00+04:00", "2017-04-07 09:00:00"),
        ("29/02/2020", "2020-02-29 00:00:00"),
    ],
)
def test_people_are_understood(text: str, meant: str) -> None:
    assert wall(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", " ", "25:00", "2017-04-07 25:00", "2017-04-07T11:60", "31/02/2017", "29/02/2017", "2017-13-01", "00/04/2017",
     "2017-4-7", "07.04.2017", "someday", "lundi mardi", "+3", "3d", "+3x", "lundi 24:00", "2017-04-07T11:00+25:00",
     "2017-04-07T11:00 demain", "07/04/17", "à 9h", "0000-01-01", "99999-01-01", "9999-12-31", "0001-01-01",
     "2017-04-07T1100", "é"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_its_own_words(text: str) -> None:
    with pytest.raises(Invalid) as told:
        read(text)
    assert told.value.error == "moment"
    assert told.value.facts == {"text": text}


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_is_refused(text: str) -> None:
    try:
        moment = read(text)
    except Invalid:
        return
    for zone in (PARIS, REUNION, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")):
        assert moment.instant(zone, NOW).utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)))
def test_a_written_datetime_is_read_back(when: datetime) -> None:
    whole = when.replace(microsecond=0)
    assert read(whole.isoformat()) == Moment(calendar=whole.date(), at=whole.time())
    assert read(f"{whole:%d/%m/%Y %H:%M}") == Moment(calendar=whole.date(), at=whole.time().replace(second=0))


def test_c2_the_same_words_mean_another_instant_at_another_place() -> None:
    nine = read("2017-04-07T09:00")
    assert nine.instant(PARIS, NOW) == datetime(2017, 4, 7, 7, tzinfo=UTC)
    assert nine.instant(REUNION, NOW) == datetime(2017, 4, 7, 5, tzinfo=UTC)
    late = datetime(2017, 4, 4, 21, tzinfo=UTC)  # already the 5th at La Réunion
    assert read("today").instant(PARIS, late) == datetime(2017, 4, 3, 22, tzinfo=UTC)
    assert read("today").instant(REUNION, late) == datetime(2017, 4, 4, 20, tzinfo=UTC)


def test_a_weekday_is_the_next_one_today_included() -> None:
    names = ("mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lundi")
    assert [read(name).day(TUESDAY) for name in names] == [TUESDAY + timedelta(days=n) for n in range(7)]


def test_s7_a_time_that_the_spring_skips_is_still_an_instant() -> None:
    assert read("2026-03-29T02:30").instant(PARIS, NOW) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_s7_a_time_that_the_autumn_repeats_is_its_first_occurrence_unless_an_offset_says_otherwise() -> None:
    assert read("2026-10-25T02:30").instant(PARIS, NOW) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read("2026-10-25T02:30+01:00").instant(PARIS, NOW) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2017-04-07T11:00", "demain 9:00", "lundi 0:00"])
def test_a_day_takes_no_time(text: str) -> None:
    with pytest.raises(Invalid) as told:
        read_day(text)
    assert told.value.error == "day"
    assert read_day(text.split("T")[0].split(" ")[0]).at is None


def test_dates_and_datetimes_of_a_program_are_moments_as_well() -> None:
    assert date_input.on(TUESDAY) == read("2017-04-04")
    assert date_input.at(datetime(2017, 4, 4, 9)) == read("2017-04-04T09:00")
    aware = date_input.at(datetime(2017, 4, 4, 9, tzinfo=timezone(timedelta(hours=4))))
    assert aware.instant(PARIS, NOW) == datetime(2017, 4, 4, 5, tzinfo=UTC)
    assert aware.at is not None
    assert aware.at.replace(tzinfo=None) == time(9)
