"""Closures and appointments from a calendar (iCalendar, RFC 5545): each event is a line, numbered as in the file.

An event gives its dates, its SUMMARY (the label of the closure; the partner, if ATTENDEE has no name), its LOCATION
(the place of the closure; the counter, if X-RDV-COUNTER is missing), ATTENDEE or ORGANIZER (the e-mail). CREATED is the
time when an appointment was taken; a tentative one is to reschedule, as `rdv export` writes it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from rdv import date_input
from rdv.date_input import Moment
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.lines import Line, LineProblem, Lines
from rdv.engine.spreadsheets import reader
from rdv.terms import AppointmentStatus, Invalid, RdvError

HEADS = {
    "label": "SUMMARY", "name": "SUMMARY", "place": "LOCATION", "counter": "LOCATION", "email": "ATTENDEE",
    "first_day": "DTSTART", "last_day": "DTEND", "starts_at": "DTSTART", "ends_at": "DTEND",
}  # fmt: skip
"""The property that each field comes from, as messages name it."""

_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR", re.IGNORECASE)
_STATUSES = {"CANCELLED": AppointmentStatus.CANCELLED, "TENTATIVE": AppointmentStatus.TO_RESCHEDULE}
_REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID")


def is_calendar(content: bytes) -> bool:
    """Return True if the file is a calendar."""
    return _BEGINNING.match(content) is not None


def read_events(content: bytes, kind: ImportKind, *, name: str) -> Lines:
    """Return the events of a calendar as lines; raise Invalid for a damaged file, or a kind that has no events."""
    read = _READERS.get(kind)
    if read is None:
        raise Invalid("import_calendar", path=name)
    text = reader.decoded(content, name=name)
    numbers = [n for n, row in enumerate(text.split("\n"), 1) if row.strip().upper() == "BEGIN:VEVENT"]
    events = list(_events(text, name))
    if len(events) != len(numbers):  # a file that was cut off
        raise Invalid("import_format", path=name)
    if not events:
        raise Invalid("import_empty", path=name)
    lines: list[Line] = []
    problems: list[LineProblem] = []
    for number, event in zip(numbers, events, strict=True):
        try:
            fields = read(event)
        except RdvError as error:
            problems.append(LineProblem(number, error))
            continue
        if fields is not None:
            lines.append(Line(number, {field: value for field, value in fields.items() if value not in (None, "")}))
    return Lines(name, tuple(lines), tuple(problems), HEADS)


def _events(text: str, name: str) -> Iterator[Any]:
    from icalendar import Calendar  # loaded when a calendar is read

    try:
        for calendar in Calendar.from_ical(text, multiple=True):
            yield from calendar.walk("VEVENT")
    except ValueError:
        raise Invalid("import_format", path=name) from None


def _closure(event: Any) -> dict[str, Any] | None:
    """Return the days of a closure; the end of an event is exclusive. A cancelled event gives none."""
    if _text(event, "STATUS").upper() == "CANCELLED":
        return None
    start, end = _span(event)
    last = end - (timedelta(seconds=1) if isinstance(end, datetime) else timedelta(days=1)) if end != start else start
    return {
        "label": _needed(event, "SUMMARY"),
        "place": _text(event, "LOCATION"),
        "first_day": _moment(start),
        "last_day": _moment(last),
    }


def _appointment(event: Any) -> dict[str, Any]:
    start, end = _span(event)
    created = event.get("CREATED")
    email, name = _person(event)
    return {
        "counter": _text(event, "X-RDV-COUNTER") or _needed(event, "LOCATION"),
        "place": _text(event, "X-RDV-PLACE"),
        "starts_at": _moment(start),
        "ends_at": _moment(end) if isinstance(end, datetime) and end != start else None,
        "name": name or _needed(event, "SUMMARY"),
        "email": email,
        "comment": _text(event, "DESCRIPTION"),
        "status": _STATUSES.get(_text(event, "STATUS").upper()),
        "taken_at": date_input.at(created.dt) if isinstance(getattr(created, "dt", None), datetime) else None,
    }


_READERS: dict[ImportKind, Callable[[Any], dict[str, Any] | None]] = {
    ImportKind.CLOSURES: _closure,
    ImportKind.APPOINTMENTS: _appointment,
}


def _span(event: Any) -> tuple[date, date]:
    """Return the start and the end of an event, dates or datetimes; raise Invalid if they are unreadable or repeat."""
    for name in _REPEATS:
        if name in event:
            raise Invalid("import_repeats", property=name)
    _needed(event, "DTSTART")
    try:
        start, end = event.start, event.end
    except ValueError:
        raise Invalid("moment", text=_text(event, "DTSTART")) from None
    for name, when in (("DTSTART", start), ("DTEND", end)):
        zone = event[name].params.get("TZID") if name in event else None
        if zone and getattr(when, "tzinfo", None) is None:  # the library leaves out an unknown zone
            raise Invalid("timezone", name=zone)
    return start, end


def _moment(when: date) -> Moment:
    return date_input.at(when) if isinstance(when, datetime) else date_input.on(when)


def _person(event: Any) -> tuple[str, str]:
    """Return the e-mail and the name of who is invited, else of who invites; empty where the event does not say."""
    for name in ("ATTENDEE", "ORGANIZER"):
        addresses = event.get(name, [])
        for address in addresses if isinstance(addresses, list) else [addresses]:
            scheme, _colon, email = str(address).partition(":")
            if scheme.lower() == "mailto":
                named = str(address.params.get("CN", ""))
                return email, "" if "@" in named else named
    return "", ""


def _text(event: Any, name: str) -> str:
    text = str(event.get(name, "")).strip()
    return _unescaped(text) if name.startswith("X-") else text


def _unescaped(text: str) -> str:
    """Return a text as RFC 5545 escapes it; the library leaves those of properties of ours as they are."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def _needed(event: Any, name: str) -> str:
    text = _text(event, name)
    if not text:
        raise Invalid("import_property", property=name)
    return text
