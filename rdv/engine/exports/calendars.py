"""Lists as calendars (RFC 5545): each event has a permanent UID, so that a second export updates it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from icalendar import Calendar, Event

from rdv.engine.messages.invitations import PRODUCT, wall
from rdv.engine.spreadsheets.columns import fit
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.terms import AppointmentStatus, SlotStatus

_APPOINTMENT_STATUS = {AppointmentStatus.TO_RESCHEDULE: "TENTATIVE", AppointmentStatus.CANCELLED: "CANCELLED"}
_SLOT_STATUS = {SlotStatus.HELD: "TENTATIVE", SlotStatus.SUSPENDED: "CANCELLED"}


def appointments_calendar(cards: Iterable[AppointmentCard], addresses: Mapping[str, str], now: datetime) -> bytes:
    """Return appointments as events, as `rdv import appointments` reads them; comments if the actor may read them (G2).

    `addresses` are those of the places, by label.
    """
    return _calendar(_appointment(card, addresses, now) for card in cards)


def slots_calendar(views: Iterable[SlotView], addresses: Mapping[str, str], now: datetime) -> bytes:
    """Return slots as events; free slots block no time."""
    return _calendar(_slot(view, addresses, now) for view in views)


def _calendar(events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for event in events:
        calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _appointment(card: AppointmentCard, addresses: Mapping[str, str], now: datetime) -> Event:
    event = _event(f"appointment-{card.id}@rdv", card, addresses, now)
    event.add("summary", fit(card.partner.name))
    event.add("status", _APPOINTMENT_STATUS.get(card.status, "CONFIRMED"))
    event.add("created", card.taken_at.astimezone(UTC))
    reached = (f"{card.partner.name} ({card.partner.code})", card.partner.phone, card.partner.email)
    event.add("contact", fit(", ".join(filter(None, reached))))
    if card.comment:
        event.add("description", fit(card.comment))
    return event


def _slot(view: SlotView, addresses: Mapping[str, str], now: datetime) -> Event:
    event = _event(f"slot-{view.counter_id}-{view.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}@rdv", view, addresses, now)
    who = ", ".join(view.partners) or wording.label(view.status)
    event.add("summary", fit(f"{who} – {view.type}"))
    event.add("status", _SLOT_STATUS.get(view.status, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if view.status is SlotStatus.FREE else "OPAQUE")
    return event


def _event(uid: str, view: AppointmentCard | SlotView, addresses: Mapping[str, str], now: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", wall(view.starts_at))
    event.add("dtend", wall(view.ends_at))
    event.add("location", fit(", ".join(filter(None, (view.counter, view.place, addresses.get(view.place))))))
    event.add("categories", [view.type])
    event.add("x-rdv-counter", view.counter)
    event.add("x-rdv-place", view.place)
    return event
