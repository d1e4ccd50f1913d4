"""Invitations for calendars (N1): one UID an appointment, a SEQUENCE that grows, times of the place."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from rdv.engine.messages.invitations import invitation, uid_of
from rdv.engine.views.messages import MessageAppointment, MessageSlot
from rdv.terms import AppointmentStatus

NOW = datetime(2017, 4, 4, 14, 35, tzinfo=UTC)


def told(start: datetime, end: datetime, **changes: Any) -> MessageAppointment:
    slot = MessageSlot("Guichet 1", "Mairie; principale", "1 place de la Mairie, Villeneuve", start, end)
    usual = MessageAppointment(
        id=12, sequence=3, type="Carte d'identité", description="Photo,\nlivret", slot=slot, before=None,
        status=AppointmentStatus.PLANNED, ends_at=end, taken_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def read(appointment: MessageAppointment, *, gone: bool = False, url: str = "https://rdv.example.org/lien/x") -> Any:
    raw = invitation(
        appointment, gone=gone, organizer=("Mairie de Villeneuve", "rdv@example.org"), attendee="lea@example.org",
        url=url, now=NOW,
    )  # fmt: skip
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")), "folded as RFC 5545 asks"
    return Calendar.from_ical(raw)


def noon(zone: str = "Europe/Paris") -> tuple[datetime, datetime]:
    at = datetime(2017, 4, 7, 12, tzinfo=ZoneInfo(zone))
    return at, at.replace(minute=30)


def test_n1_a_request_puts_the_appointment_into_the_calendar() -> None:
    calendar = read(told(*noon()))
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 3)
    assert (event["SUMMARY"], event["UID"]) == ("Carte d'identité", uid_of(12, NOW))
    assert event["LOCATION"] == "Mairie; principale, 1 place de la Mairie, Villeneuve, Guichet 1"
    assert event["DESCRIPTION"] == "Photo,\nlivret\n\nhttps://rdv.example.org/lien/x"
    assert event["ORGANIZER"] == "mailto:rdv@example.org"
    assert event["ORGANIZER"].params["CN"] == "Mairie de Villeneuve"
    assert event["ATTENDEE"] == "mailto:lea@example.org"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"


def test_n1_a_cancellation_takes_it_off_again() -> None:
    calendar = read(told(*noon(), sequence=4), gone=True, url="")
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 4)
    assert event["UID"] == uid_of(12, NOW)
    assert "URL" not in event


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Guadeloupe", "Indian/Reunion"])
def test_s7_times_are_those_of_the_place_with_its_zone(zone: str) -> None:
    start, end = noon(zone)
    calendar = read(told(start, end))
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].params["TZID"] == zone
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (start, end)
    assert [one["TZID"] for one in calendar.walk("VTIMEZONE")] == [zone]


@pytest.mark.parametrize("hour", [1, 2, 3])
def test_s7_the_night_of_the_autumn_change_is_right_to_the_instant(hour: int) -> None:
    zone = ZoneInfo("Europe/Paris")
    instants = [datetime(2017, 10, 29, hour - 1, tzinfo=UTC), datetime(2017, 10, 29, hour - 1, 30, tzinfo=UTC)]
    [event] = read(told(*(at.astimezone(zone) for at in instants))).walk("VEVENT")
    assert [event.decoded(name).astimezone(UTC) for name in ("DTSTART", "DTEND")] == instants


def test_two_towns_never_share_a_uid_but_by_taking_one_at_the_same_second() -> None:
    assert uid_of(12, NOW) != uid_of(12, NOW.replace(second=1))
    assert uid_of(12, NOW) != uid_of(13, NOW)


def test_the_file_is_small() -> None:
    raw = invitation(
        told(*noon()), gone=False, organizer=("", "rdv@example.org"), attendee="", url="", now=NOW
    )  # fmt: skip
    assert len(raw) < 2500
    assert b"ATTENDEE" not in raw
