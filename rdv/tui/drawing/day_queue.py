"""The day at the counters: the next citizens, those who wait, those who are late. Pure: cards and a time in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentStatus


def is_expected(card: AppointmentCard, now: datetime) -> bool:
    """Return True if the citizen is still to be received: arrived, or expected before the slot ends."""
    return card.is_live and (card.arrived_at is not None or (card.has_slot and card.ends_at > now))


def next_up(cards: Iterable[AppointmentCard], now: datetime) -> list[AppointmentCard]:
    """Return the next citizen of each counter, soonest first; of equal starts, the first arrival."""
    first: dict[int, AppointmentCard] = {}
    for card in sorted((card for card in cards if is_expected(card, now)), key=_turn):
        first.setdefault(card.counter_id, card)
    return list(first.values())


def now_before(cards: Sequence[AppointmentCard], now: datetime) -> int:
    """Return the place of the line for now in a list by start: before the first that has not begun."""
    return next((number for number, card in enumerate(cards) if card.starts_at > now), len(cards))


def state(card: AppointmentCard, now: datetime) -> str:
    """Format the status: sign and word, with waiting time or delay."""
    if card.is_live and card.arrived_at is not None:
        return _("▶ in at {clock}, {wait}", clock=wording.clock(card.arrived_at), wait=minutes(card.arrived_at, now))
    if card.status is AppointmentStatus.PLANNED and card.starts_at < now:
        return _("… late by {wait}", wait=minutes(card.starts_at, now))
    return wording.signed(card.status)


def style(card: AppointmentCard) -> str:
    """Return the name of the style of a row."""
    if not card.is_live:
        return "over"
    return "here" if card.arrived_at is not None else "lost" if not card.has_slot else "expected"


def minutes(since: datetime, now: datetime) -> str:
    """Format a duration: « 13 min », « 1 h 05 »."""
    hours, rest = divmod(max(0, int((now - since).total_seconds() // 60)), 60)
    return f"{hours} h {rest:02}" if hours else f"{rest} min"


def _turn(card: AppointmentCard) -> tuple[datetime, bool, datetime, int]:
    here = card.arrived_at is not None
    return card.starts_at, not here, card.arrived_at or card.starts_at, card.id
