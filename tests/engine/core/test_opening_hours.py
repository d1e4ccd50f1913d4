"""Opening hours as people write them: each becomes a week and dated periods, or is refused by name (C3, C5)."""

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from rdv.engine.core.opening_hours import DatedHours, DeclaredHours, read_hours, write_hours
from rdv.engine.core.schedule import Opening
from rdv.engine.core.spans import Span
from rdv.terms import Invalid, Refused

MO, TU, WE, TH, FR, SA, SU = range(7)
MORNING, AFTERNOON = (9 * 60, 12 * 60), (14 * 60, 17 * 60)
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def week(*days: tuple[int, Span], slot: int = 30) -> tuple[Opening, ...]:
    return tuple(sorted(Opening(weekday, start, end, slot) for weekday, (start, end) in days))


def every(weekdays: range, *spans: Span) -> tuple[Opening, ...]:
    return week(*((weekday, span) for weekday in weekdays for span in spans))


WORKDAYS = range(5)
ALL = range(7)


@pytest.mark.parametrize(
    ("text", "openings"),
    [
        ("Mo-Fr 09:00-12:00,14:00-17:00", every(WORKDAYS, MORNING, AFTERNOON)),
        ("Mo-Fr 09:00-12:00, 14:00-17:00", every(WORKDAYS, MORNING, AFTERNOON)),
        ("mo-fr 9:00-12:00", every(WORKDAYS, MORNING)),
        ("  Mo 09:00-12:00 ;\n  Sa 09:00-12:00 ", week((MO, MORNING), (SA, MORNING))),
        ("Sa-Mo 09:00-12:00", week((SA, MORNING), (SU, MORNING), (MO, MORNING))),
        ("14:00-17:00,09:00-12:00", every(ALL, MORNING, AFTERNOON)),
        ("24/7", every(ALL, (0, 1440))),
        ("Mo", week((MO, (0, 1440)))),
        ("Mo 22:00-24:00", week((MO, (22 * 60, 1440)))),
        ("off", ()),
        ("closed", ()),
    ],
)
def test_c3_a_week_is_read_as_it_is_written(text: str, openings: tuple[Opening, ...]) -> None:
    assert read_hours(text, 30) == DeclaredHours(openings)


@pytest.mark.parametrize(
    ("text", "openings"),
    [
        ("Mo-We 09:00-12:00; We 14:00-17:00", week((MO, MORNING), (TU, MORNING), (WE, AFTERNOON))),
        ("Mo-We 09:00-12:00; Tu off", week((MO, MORNING), (WE, MORNING))),
        ("Mo-We 09:00-12:00; closed", ()),
        ("Mo off; Mo 09:00-12:00", week((MO, MORNING))),
        ("Mo 09:00-17:00; Mo 12:00-14:00 off", week((MO, MORNING), (MO, AFTERNOON))),
        ("Mo 09:00-12:00,14:00-17:00; 11:00-15:00 off", week((MO, (540, 660)), (MO, (900, 1020)))),
        ("Mo 12:00-14:00 off; Mo 09:00-17:00", week((MO, (540, 1020)))),
    ],
)
def test_c3_a_later_rule_speaks_for_the_days_it_names(text: str, openings: tuple[Opening, ...]) -> None:
    assert read_hours(text, 30).openings == openings


def test_c3_openings_that_touch_stay_two() -> None:
    """Châtillon-en-Diois: slots are cut from the start of each."""
    assert read_hours("Th 09:00-13:30,13:30-16:30", 60).openings == (
        Opening(TH, 9 * 60, 13 * 60 + 30, 60),
        Opening(TH, 13 * 60 + 30, 16 * 60 + 30, 60),
    )


@pytest.mark.parametrize(
    "rule", ["Tu,Th 09:00-16:00,13:00-16:00", "Mo 09:00-12:00,09:00-12:00", "2026 Jan 06 09:00-12:00,11:00-13:00"]
)
def test_c3_openings_of_one_weekday_never_overlap(rule: str) -> None:
    with pytest.raises(Refused) as refused:
        read_hours(f"Fr 09:00-12:00; {rule}", 30)
    assert (refused.value.error, refused.value.rule) == ("openings_overlap", "C3")
    assert refused.value.facts == {"text": rule}


def test_c5_a_dated_rule_becomes_an_exception_period_with_the_hours_of_its_days() -> None:
    declared = read_hours("Mo-Fr 09:00-12:00,14:00-17:00; PH off; 2026 Jan 06 09:00-12:00", 30)
    assert declared == DeclaredHours(
        openings=every(WORKDAYS, MORNING, AFTERNOON),
        dated=(DatedHours(date(2026, 1, 6), date(2026, 1, 6), week((TU, MORNING))),),
        closed_on_holidays=True,
    )


@pytest.mark.parametrize(
    ("rules", "closed"),
    [
        ("2024 May 20 off", [("2024-05-20", "2024-05-20")]),
        ("2024 Jan 02-04 off", [("2024-01-02", "2024-01-04")]),
        ("2024 May 10,2024 May 20 off", [("2024-05-10", "2024-05-10"), ("2024-05-20", "2024-05-20")]),
        ("2024 May 20 off; 2024 May 10 off", [("2024-05-10", "2024-05-10"), ("2024-05-20", "2024-05-20")]),
        ("2024 May 20 off; 2024 May 21 off", [("2024-05-20", "2024-05-21")]),
        ("2024 Dec 28-Jan 03 off", [("2024-12-28", "2025-01-03")]),
        ("2024 Dec 28-2025 Jan 03 off", [("2024-12-28", "2025-01-03")]),
        ("2024 Feb off", [("2024-02-01", "2024-02-29")]),
        ("2024Feb off", [("2024-02-01", "2024-02-29")]),
        ("2024 Jul-Aug off", [("2024-07-01", "2024-08-31")]),
        ("2024 off", [("2024-01-01", "2024-12-31")]),
    ],
)
def test_c5_dated_closings_are_gathered_into_periods(rules: str, closed: list[tuple[str, str]]) -> None:
    dated = read_hours(f"Mo-Sa 09:00-12:00; {rules}", 30).dated
    assert dated == tuple(DatedHours(date.fromisoformat(a), date.fromisoformat(b), ()) for a, b in closed)


def test_c5_a_dated_period_says_what_each_of_its_weekdays_does() -> None:
    """Summer: Saturdays closed, the other days as in the week; the period is the one written."""
    declared = read_hours("Mo-Sa 09:00-12:00; 2024 Jul 01-Aug 31 Sa off", 30)
    assert declared.dated == (DatedHours(date(2024, 7, 1), date(2024, 8, 31), every(WORKDAYS, MORNING)),)


def test_c5_days_of_one_weekday_that_differ_need_two_periods() -> None:
    # 6 and 13 January 2026 are Tuesdays
    declared = read_hours("Mo-Fr 09:00-12:00; 2026 Jan 06-14 off; 2026 Jan 13 14:00-17:00", 30)
    assert declared.dated == (
        DatedHours(date(2026, 1, 6), date(2026, 1, 12), ()),
        DatedHours(date(2026, 1, 13), date(2026, 1, 14), week((TU, AFTERNOON))),
    )


def test_c5_a_dated_rule_may_close_part_of_a_day() -> None:
    declared = read_hours("Mo-Fr 09:00-17:00; 2026 Jan 06 12:00-14:00 off", 30)
    assert declared.dated == (DatedHours(date(2026, 1, 6), date(2026, 1, 6), week((TU, MORNING), (TU, AFTERNOON))),)


@pytest.mark.parametrize("text", ["Mo 09:00-12:00; PH off", "PH closed; Mo 09:00-12:00", "Su,PH off; Mo 09:00-12:00"])
def test_c6_ph_off_closes_on_public_holidays_wherever_it_stands(text: str) -> None:
    assert read_hours(text, 30) == DeclaredHours(week((MO, MORNING)), closed_on_holidays=True)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("Sa[1] 09:00-12:00", "nth_weekday"),
        ("Sa[-1] off", "nth_weekday"),
        ("week 01-53/2 Th 09:00-12:00", "week_number"),
        ("SH Mo-Fr 09:00-12:00", "school_holidays"),
        ("SH,PH off", "school_holidays"),
        ("PH 09:00-12:00", "public_holidays"),
        ("Mo-Su,PH 09:00-12:00", "public_holidays"),
        ("PH Mo off", "public_holidays"),
        ("PH +1 day off", "public_holidays"),
        ("Aug 09-30 off", "month"),
        ("Jan-Mar Mo 09:00-12:00", "month"),
        ("2024 May 10,May 20 off", "month"),
        ("2024 Nov-Feb off", "month"),
        ("2024-2025 Mo 09:00-12:00", "years"),
        ("easter -1 day off", "easter"),
        ("Mo sunrise-12:00", "sun"),
        ("Mo 09:00-(sunset-01:00)", "sun"),
        ("Mo 09:00+", "open_end"),
        ("2024 May 20+ off", "open_end"),
        ("2024+ Mo 09:00-12:00", "open_end"),
        ("Mo 22:00-02:00", "past_midnight"),
        ("Mo 22:00-26:00", "past_midnight"),
        ("Mo 12:00-12:00", "past_midnight"),
        ("Mo 09:00-12:00 unknown", "unknown"),
        ('Mo 09:00-12:00 "sur rendez-vous; appeler"', "comment"),
        ('Mo 09:00-12:00 || "appeler"', "fallback"),
        ("Mo 09:00-12:00, We 09:00-12:00", "additional"),
        ("Sa, Su, PH off", "additional"),
        ("Mo 09:00-17:00/30", "repetition"),
        ("2024 May 20 +1 day off", "day_offset"),
        ("2023 Feb 29 off", "no_day"),
        ("2024 May 10,2023 Feb 29 off", "no_day"),
        ("2024 May 20 Su off", "no_day"),
    ],
)
def test_c3_a_rule_that_a_week_cannot_hold_is_refused_by_name(rule: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        read_hours(f"Fr 09:00-12:00; {rule}; Sa off", 30)
    assert (refused.value.error, refused.value.rule) == ("hours_rule", "C3")
    assert refused.value.facts == {"text": rule, "why": why}


def test_c5_a_dated_rule_that_a_later_rule_takes_back_is_refused_not_dropped() -> None:
    with pytest.raises(Refused) as refused:
        read_hours("2024 May 20 off; Mo-Fr 09:00-12:00", 30)
    assert refused.value.facts == {"text": "2024 May 20 off", "why": "overridden"}
    # 20 May 2024 is a Monday: nothing is taken back here
    assert read_hours("2024 May 20 off; Tu 09:00-12:00", 30).openings == week((TU, MORNING))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        (" ", 1),
        ("foo", 1),
        ("Mo 25:00-26:00", 4),
        ("Mo 9h-12h", 4),
        ("Mo 09:00-12:00; foo", 17),
        ("Mo 09:00-12:00;", 16),
        ("lundi 09:00-12:00", 1),
        ("Mo \udcff", 4),
        ("2024 May 32 off", 11),
    ],
)
def test_text_that_is_no_opening_hours_is_invalid_and_says_where(text: str, at: int) -> None:
    with pytest.raises(Invalid) as invalid:
        read_hours(text, 30)
    assert invalid.value.error == "hours_unreadable"
    assert invalid.value.facts["at"] == at


@pytest.mark.parametrize("slot", [0, -5, 1441])
def test_c3_a_slot_that_no_day_holds_is_invalid(slot: int) -> None:
    with pytest.raises(Invalid) as invalid:
        read_hours("Mo 09:00-12:00", slot)
    assert (invalid.value.error, invalid.value.facts) == ("slot_length", {"minutes": slot})


def test_c3_a_slot_may_be_longer_than_an_opening() -> None:
    assert read_hours("Mo 09:00-12:00", 1440).openings == (Opening(MO, *MORNING, 1440),)


@pytest.mark.parametrize(
    "text",
    [
        "off",
        "24/7",
        "Mo-Fr 08:30-12:00,13:30-17:00; We 08:30-12:00",
        "Mo-Su 08:30-12:00",
        "Mo 00:00-24:00",
        "Mo,We,Fr 09:00-12:00",
        "Mo-Tu,Th-Fr 09:00-12:00",
        "Mo,Th 14:00-17:00; Tu-We,Fr 09:00-12:00",
        "Mo 09:00-12:00; Tu-Fr 09:00-12:00,14:00-17:00; We 14:00-17:00",
        "We,Fr 09:00-13:30; Th 09:00-13:30,13:30-16:30",
    ],
)
def test_hours_are_written_as_people_write_them(text: str) -> None:
    assert write_hours(read_hours(text, 30).openings) == text


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    """Generate spans of one day that do not overlap; some are adjacent."""
    bounds = draw(st.lists(st.integers(0, 96).map(lambda quarter: quarter * 15), unique=True, max_size=6).map(sorted))
    return tuple(span for span in pairwise(bounds) if draw(st.booleans()))


@st.composite
def openings_of_a_week(draw: st.DrawFn) -> tuple[int, list[Opening]]:
    slot = draw(st.integers(1, 1440))
    kinds = draw(st.lists(days(), min_size=1, max_size=3))  # few kinds of days, as in life
    chosen = [draw(st.sampled_from([(), *kinds])) for _ in range(7)]
    openings = [Opening(weekday, *span, slot) for weekday, spans in enumerate(chosen) for span in spans]
    return slot, draw(st.permutations(openings))


@given(openings_of_a_week())
@settings(max_examples=300)
def test_c3_what_is_written_reads_back_the_same(case: tuple[int, list[Opening]]) -> None:
    slot, openings = case
    assert read_hours(write_hours(openings), slot) == DeclaredHours(tuple(sorted(openings)))


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def rules(draw: st.DrawFn, dates: bool) -> str:
    spans = ",".join(f"{clock(start)}-{clock(end)}" for start, end in draw(days()))
    when = ",".join(draw(st.lists(st.sampled_from([*WEEKDAYS, "Mo-Fr", "Sa-Mo"]), max_size=3)))
    if dates:
        first = draw(st.integers(1, 28))
        when = f"2026 Mar {first:02}-{draw(st.integers(first, 31)):02} {when}".strip()
    return " ".join(filter(None, [when, spans, "off" if draw(st.booleans()) or not spans else ""]))


@given(st.lists(rules(dates=False), min_size=1, max_size=4), st.lists(rules(dates=True), max_size=3))
@settings(max_examples=300)
def test_the_library_evaluates_every_day_to_the_same_open_time(weekly: list[str], dated: list[str]) -> None:
    text = "; ".join(weekly + dated)
    try:
        declared = read_hours(text, 15)
    except Refused as refused:  # a dated rule whose weekdays do not occur
        assert refused.facts["why"] == "no_day"
        return
    first, until = date(2026, 2, 23), date(2026, 4, 6)
    midnight = datetime.combine(first, time())
    said = OpeningHours(text).intervals(midnight, datetime.combine(until, time()))
    expected = [(start - midnight, end - midnight) for start, end, state, _ in said if state == State.OPEN]
    found = merge(span for day in range((until - first).days) for span in spans_of_day(declared, first, day))
    assert [(timedelta(minutes=start), timedelta(minutes=end)) for start, end in found] == expected


def spans_of_day(declared: DeclaredHours, origin: date, number: int) -> list[Span]:
    """Return the open time of the day that many days after `origin`, in minutes since its midnight."""
    day = origin + timedelta(days=number)
    periods = [period.openings for period in declared.dated if period.first <= day <= period.last]
    assert len(periods) <= 1, "dated periods never overlap"
    openings = periods[0] if periods else declared.openings
    return [(number * 1440 + o.start, number * 1440 + o.end) for o in openings if o.weekday == day.weekday()]


WORDS = [
    *WEEKDAYS,
    "PH",
    "SH",
    "off",
    "24/7",
    "09:00-12:00",
    "22:00-02:00",
    "2026",
    "Jan",
    "05",
    "[1]",
    "week",
    "easter",
]


@given(st.lists(st.sampled_from([*WORDS, " ", " ", ",", ";", "-", "+", "||", '"', "/"]), max_size=12).map("".join))
@settings(max_examples=1000)
def test_whatever_is_typed_becomes_hours_or_a_clear_no(text: str) -> None:
    try:
        declared = read_hours(text, 30)
    except (Invalid, Refused):
        return
    assert read_hours(write_hours(declared.openings), 30).openings == declared.openings


def test_every_real_line_becomes_hours_or_is_refused_by_name() -> None:
    """156 offices: `opening-hours.csv` says where each line comes from."""
    with (Path(__file__).parent / "opening-hours.csv").open(encoding="utf-8", newline="") as lines:
        texts = [line["opening_hours"] for line in csv.DictReader(lines)]
    refused: dict[int, object] = {}
    declared = []
    for number, text in enumerate(texts, start=1):
        try:
            declared.append(read_hours(text, 30))
        except Refused as error:
            assert error.rule == "C3"
            assert str(error.facts["text"]) in text
            refused[number] = error.facts.get("why", error.error)

    assert len(texts) == 156
    assert Counter(refused.values()) == {
        "nth_weekday": 29,
        "week_number": 20,
        "school_holidays": 3,
        "month": 1,
        "openings_overlap": 1,
    }
    assert {number for number, why in refused.items() if why == "nth_weekday"} == {
        *(1, 16, 17, 18, 20, 21, 23, 24, 25, 28, 29, 30, 32),
        *range(107, 123),
    }
    assert {number for number, why in refused.items() if why == "week_number"} == {27, 31, *range(123, 141)}
    assert {number for number, why in refused.items() if why == "school_holidays"} == {19, 26, 33}
    assert (refused[22], refused[55]) == ("month", "openings_overlap")
    assert len(declared) == 102
    assert sum(hours.closed_on_holidays for hours in declared) == 15
    assert sum(len(hours.dated) for hours in declared) == 16
    for hours in declared:
        assert read_hours(write_hours(hours.openings), 30).openings == hours.openings


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as sorted spans that are neither adjacent nor overlapping."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
