"""OpenStreetMap `opening_hours` text to openings, and back (C3, C5). Pure.

The library says what is valid, writes each rule in one canonical form and knows the calendar; this module keeps what
a town hall can hold:

- `Mo-Fr 08:30-12:00,13:30-17:00`, `We off`, `Mo 12:00-13:00 off`: the week. A later rule replaces the days it names;
  `off` with times only cuts these times out;
- `2026 Jul 01-Aug 31 Sa off`, `2026 Jan 06 09:00-12:00`: dated hours, which become exception periods;
- `PH off`, alone or among weekdays (`Su,PH off`): closed on public holidays, wherever the rule stands.

Any other rule is refused by name, never dropped.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # stubs forget ParserError

from rdv.engine.core.schedule import DAY_MINUTES, Opening
from rdv.engine.core.spans import Span, first_overlap
from rdv.terms import Invalid, Refused

Spans = tuple[Span, ...]
"""Spans of one day, in minutes since midnight."""


@dataclass(frozen=True, slots=True)
class DatedHours:
    """Openings that replace all others from `first` to `last`, both included (C5); without openings: closed.

    They cover each weekday of the period, including weekdays that follow the week.
    """

    first: date
    last: date
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class DeclaredHours:
    """The contents of a text of opening hours: the week, the dated periods (sorted, never overlapping), the
    holidays.
    """

    openings: tuple[Opening, ...]
    dated: tuple[DatedHours, ...] = ()
    closed_on_holidays: bool = False


def read_hours(text: str, slot: int) -> DeclaredHours:
    """Return the hours that `text` declares, in slots of `slot` minutes (C3).

    Raises `Invalid` "hours_unreadable" (`at`: the place of the first wrong character, from 1) when the text is no
    `opening_hours`, and "slot_length" when no day holds such a slot; `Refused` "hours_rule" (`text`: the very rule,
    `why`) when a week cannot hold it, and "openings_overlap" when two openings of one rule overlap.
    """
    if not 1 <= slot <= DAY_MINUTES:
        raise Invalid("slot_length", minutes=slot)
    rules = [_read_rule(rule) for rule in _split(text)]
    week: list[Spans] = [()] * 7
    dated: dict[date, Spans] = {}
    exceptional: dict[int, str] = {}
    for rule in rules:
        for day in rule.days():
            dated[day] = rule.over(dated.get(day, week[day.weekday()]))
            exceptional[day.weekday()] = rule.text
        for weekday in () if rule.periods else rule.weekdays:
            if weekday in exceptional:  # a later rule must not undo dated days
                raise _refusal(exceptional[weekday], "overridden")
            week[weekday] = rule.over(week[weekday])
    covered = {day for rule in rules for period in rule.periods for day in _each_day(*period)}
    return DeclaredHours(
        openings=_openings(dict(enumerate(week)), slot),
        dated=tuple(_gather({day: dated.get(day, week[day.weekday()]) for day in covered}, slot)),
        closed_on_holidays=any(rule.holidays for rule in rules),
    )


def write_hours(openings: Iterable[Opening]) -> str:
    """Return the shortest usual text for the openings of one week: weekdays in order, a later rule replaces an earlier.

    Slot lengths are not part of it.
    """
    week: list[Spans] = [()] * 7
    for opening in sorted(openings):
        week[opening.weekday] += ((opening.start, opening.end),)
    if week == [((0, DAY_MINUTES),)] * 7:
        return "24/7"
    days: dict[Spans, list[int]] = {}
    for weekday, spans in enumerate(week):
        days.setdefault(spans, []).append(weekday)
    settled = {*days.pop((), [])}
    groups = list(days.items())
    texts = [groups]
    for place, (spans, weekdays) in enumerate(groups):
        # said over a whole range of days, before the days in between that do otherwise
        whole = list(range(weekdays[0], weekdays[-1] + 1))
        if settled.isdisjoint(whole):
            texts.append([*groups[:place], (spans, whole), *groups[place + 1 :]])
        settled.update(weekdays)
    return min(("; ".join(_write_rule(*rule) for rule in rules) for rules in texts), key=len) or "off"


_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = rf"(?:{'|'.join(_WEEKDAYS)})"
_SELECTED = rf"(?:PH|{_DAY}(?:-{_DAY})?)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = rf"\d{{4}} {_MONTH} \d+(?:-(?:\d{{4}} )?{_MONTH} \d+)?"
_DATES = rf"(?:{_DATE}(?:,{_DATE})*|\d{{4}}(?:{_MONTH}(?:-{_MONTH})?)?)"
_SPAN = r"\d\d:\d\d-\d\d:\d\d"
_RULE = re.compile(
    rf"(?:24/7(?: |$))?(?:(?P<dates>{_DATES})(?: |$))?(?:(?P<days>{_SELECTED}(?:,{_SELECTED})*)(?: |$))?"
    rf"(?:(?P<spans>{_SPAN}(?:,{_SPAN})*)(?: |$))?(?P<closed>closed)?"
)
"""A rule that a town hall can hold, in the canonical form of the library."""

_WHY = {
    "fallback": r" \|\| ",
    "comment": '"',
    "additional": ", ",
    "unknown": "unknown",
    "week_number": "week",
    "nth_weekday": r"\[",
    "school_holidays": "SH",
    "public_holidays": "PH",
    "easter": "easter",
    "sun": "dawn|sunrise|sunset|dusk",
    "open_end": r"\d\+|-9999",
    "repetition": r":\d\d/",
    "day_offset": " days?",
    "years": r"\d{4}[-,/]",
    "month": _MONTH,
}
"""Why a rule is refused, by what its canonical form holds; the first that is found speaks."""

_LONGEST = timedelta(days=3660)
"""A dated period beyond that has no end that anyone meant: "2026 May 20+" runs to the year 9999."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule: on `weekdays` of `periods` (none: of every week), `spans`, or closed during them."""

    text: str
    weekdays: frozenset[int]
    periods: tuple[tuple[date, date], ...]
    spans: Spans
    closed: bool
    holidays: bool

    def days(self) -> Iterator[date]:
        return (d for period in self.periods for d in _each_day(*period) if d.weekday() in self.weekdays)

    def over(self, before: Spans) -> Spans:
        """Return the spans of a day after this rule."""
        if not self.closed:
            return self.spans
        for hole in self.spans:
            before = tuple(_cut(before, hole))
        return before if self.spans else ()


def _split(text: str) -> list[str]:
    """Return the rules of a valid text."""
    text = " ".join(text.encode(errors="replace").decode().split())
    try:
        OpeningHours(text)
    except ParserError as error:
        place = re.search(r"--> \d+:(\d+)", str(error))
        raise Invalid("hours_unreadable", text=text, at=int(place[1]) if place else 1) from error
    return [rule.strip() for rule in re.findall(r'(?:"[^"]*"|[^";])+', text)]


def _read_rule(text: str) -> _Rule:
    canonical = str(OpeningHours(text))
    match = _RULE.fullmatch(canonical)
    if match is None:
        raise _refusal(text, next((why for why, sign in _WHY.items() if re.search(sign, canonical)), "selector"))
    days = match["days"].split(",") if match["days"] else ["Mo-Su"]
    spans = _read_spans(match["spans"].split(",")) if match["spans"] else ()
    closed, holidays = match["closed"] is not None, "PH" in days
    # "PH Mo off" (holidays on a Monday) and "PH,Mo off" have one canonical form, so look at the text
    if holidays and (not closed or spans or match["dates"] or len(text.split()) != 2):
        raise _refusal(text, "public_holidays")
    if any(not start < end <= DAY_MINUTES for start, end in spans):
        raise _refusal(text, "past_midnight")
    if first_overlap(spans):
        raise Refused("openings_overlap", rule="C3", text=text)
    rule = _Rule(
        text=text,
        weekdays=frozenset(weekday for name in days if name != "PH" for weekday in _read_days(name)),
        periods=tuple(_read_dates(text, match["dates"])) if match["dates"] else (),
        spans=spans if spans or closed else ((0, DAY_MINUTES),),
        closed=closed,
        holidays=holidays,
    )
    if rule.periods and not any(rule.days()):
        raise _refusal(text, "no_day")
    return rule


def _refusal(text: str, why: str) -> Refused:
    return Refused("hours_rule", rule="C3", text=text, why=why)


def _read_days(name: str) -> Iterator[int]:
    first, _, last = name.partition("-")
    start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    return ((start + n) % 7 for n in range((end - start) % 7 + 1))


def _read_spans(names: list[str]) -> Spans:
    """Read here and not by evaluation, which makes one span of two that touch."""
    minutes = [[int(at[:2]) * 60 + int(at[3:]) for at in name.split("-")] for name in names]
    return tuple((start, end) for start, end in minutes)


def _read_dates(text: str, dates: str) -> Iterator[tuple[date, date]]:
    """Yield the periods of a rule as they are written, (first, last) both included."""
    for item in dates.split(","):
        # the canonical "2026Jan" would be read as its first day
        selector = OpeningHours(re.sub(r"^(\d{4})(?=[A-Z])", r"\1 ", item))
        start, end = (datetime.combine(date(year, 1, 1), time()) for year in (int(item[:4]), 9999))
        periods = [(a.date(), b.date()) for a, b, state, _ in selector.intervals(start, end) if state == State.OPEN]
        if len(periods) != 1:  # "2026 Feb 30" is no day, "2026 Nov-Feb" both ends of one year
            raise _refusal(text, "month" if periods else "no_day")
        first, until = periods[0]
        if until - first > _LONGEST:
            raise _refusal(text, "open_end")
        yield first, until - timedelta(days=1)


def _each_day(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _cut(spans: Spans, hole: Span) -> Iterator[Span]:
    for start, end in spans:
        parts = ((start, min(end, hole[0])), (max(start, hole[1]), end))
        yield from (part for part in parts if part[0] < part[1])


def _openings(week: dict[int, Spans], slot: int) -> tuple[Opening, ...]:
    return tuple(sorted(Opening(weekday, *span, slot) for weekday, spans in week.items() for span in spans))


def _gather(days: dict[date, Spans], slot: int) -> Iterator[DatedHours]:
    """Merge days into as few periods as possible: a period goes on while days are consecutive and no weekday
    differs.
    """
    first = last = date.min
    week: dict[int, Spans] = {}
    for day, spans in sorted(days.items()):
        if day - last != timedelta(days=1) or week.setdefault(day.weekday(), spans) != spans:
            if week:
                yield DatedHours(first, last, _openings(week, slot))
            first, week = day, {day.weekday(): spans}
        last = day
    if week:
        yield DatedHours(first, last, _openings(week, slot))


def _write_rule(spans: Spans, weekdays: list[int]) -> str:
    runs = [[day for _, day in run] for _, run in groupby(enumerate(weekdays), lambda pair: pair[1] - pair[0])]
    names = [_WEEKDAYS[run[0]] + (f"-{_WEEKDAYS[run[-1]]}" if len(run) > 1 else "") for run in runs]
    hours = [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans]
    return f"{','.join(names)} {','.join(hours) or 'off'}"
