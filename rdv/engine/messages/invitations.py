"""An appointment as the invitation that a citizen's calendar takes, updates and takes off again (RFC 5545, 5546).

The UID is the appointment's for ever; SEQUENCE grows with each change, and the highest wins.
"""

from datetime import UTC, date, datetime

from icalendar import Calendar, Event, vCalAddress

from rdv.engine.spreadsheets.columns import fit
from rdv.engine.views.messages import MessageAppointment
from rdv.terms import MessageKind

PRODUCT = "-//rdv//rdv//EN"
GONE = (MessageKind.CANCELLATION, MessageKind.INVITATION)
"""The messages that end an appointment at its old time."""


def uid_of(appointment_id: int, taken_at: datetime) -> str:
    """Return the UID of an appointment, unique among all towns."""
    return f"{appointment_id}-{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}@rdv"


def invitation(
    appointment: MessageAppointment, *, gone: bool, organizer: tuple[str, str], attendee: str, url: str, now: datetime
) -> bytes:
    """Return the event of an appointment: a request, or a cancellation if `gone`; `organizer` is name and address."""
    return _calendar(_event(appointment, gone, organizer, attendee, url, now), method(gone=gone), appointment)


def publication(
    appointment: MessageAppointment, *, gone: bool, organizer: tuple[str, str], url: str, now: datetime
) -> bytes:
    """Return the event of an appointment as a file for the citizen's calendar, which asks for no answer."""
    return _calendar(_event(appointment, gone, organizer, "", url, now), "PUBLISH", appointment)


def _calendar(event: Event, request: str, appointment: MessageAppointment) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", request)
    calendar.add_component(event)
    year = appointment.slot.starts_at.year
    calendar.add_missing_timezones(first_date=date(year - 1, 1, 1), last_date=date(year + 1, 12, 31))
    written: bytes = calendar.to_ical()
    return written


def method(*, gone: bool) -> str:
    """Return what a calendar is asked to do with the event."""
    return "CANCEL" if gone else "REQUEST"


def _event(
    appointment: MessageAppointment, gone: bool, organizer: tuple[str, str], attendee: str, url: str, now: datetime
) -> Event:
    event = Event()
    event.add("uid", uid_of(appointment.id, appointment.taken_at))
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", wall(appointment.slot.starts_at))
    event.add("dtend", wall(appointment.slot.ends_at))
    event.add("summary", fit(appointment.type))
    event.add(
        "location",
        fit(", ".join(filter(None, (appointment.slot.place, appointment.slot.address, appointment.slot.counter)))),
    )
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("description", fit("\n\n".join(filter(None, (appointment.description, url)))))
    if url:
        event.add("url", url)
    event.add("organizer", _person(organizer[1], organizer[0]))
    if attendee:
        event.add("attendee", _person(attendee, "", partstat="ACCEPTED", rsvp="FALSE"))
    return event


def wall(when: datetime) -> datetime:
    """Return wall-clock time of the place; UTC for a repeated hour, which RFC 5545 reads as the first of the two
    (S7).
    """
    return when.astimezone(UTC) if when.fold else when


def _person(address: str, name: str, **parameters: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    for key, value in (parameters | ({"cn": name} if name else {})).items():
        person.params[key] = value
    return person
