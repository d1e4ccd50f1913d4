"""A day at the counters, as the people there see it: who is next, who waits, who is late. Pure: cards and a time in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentStatus


def is_expected(card: AppointmentCard, now: datetime) -> bool:
    """Whether the citizen has still to be received: here already, or to come before the slot is over."""
    return card.is_live and (card.arrived_at is not None or (card.has_slot and card.ends_at > now))


def next_up(cards: Iterable[AppointmentCard], now: datetime) -> list[AppointmentCard]:
    """Who is next at each counter, soonest first; of those who start together, who came first."""
    first: dict[int, AppointmentCard] = {}
    for card in sorted((card for card in cards if is_expected(card, now)), key=_turn):
        first.setdefault(card.counter_id, card)
    return list(first.values())


def now_before(cards: Sequence[AppointmentCard], now: datetime) -> int:
    """Where the line for now stands in a list by start: before the first that has not begun."""
    return next((number for number, card in enumerate(cards) if card.starts_at > now), len(cards))


def state(card: AppointmentCard, now: datetime) -> str:
    """The status by sign and word: here since when and for how long, late by how much, or what it reads."""
    if card.is_live and card.arrived_at is not None:
        return _("▶ in at {clock}, {wait}", clock=wording.clock(card.arrived_at), wait=minutes(card.arrived_at, now))
    if card.status is AppointmentStatus.PLANNED and card.starts_at < now:
        return _("… late by {wait}", wait=minutes(card.starts_at, now))
    return wording.signed(card.status)


def style(card: AppointmentCard) -> str:
    """The name of the style in which it is shown."""
    if not card.is_live:
        return "over"
    return "here" if card.arrived_at is not None else "lost" if not card.has_slot else "expected"


def minutes(since: datetime, now: datetime) -> str:
    """How long something lasts: « 13 min », « 1 h 05 »."""
    hours, rest = divmod(max(0, int((now - since).total_seconds() // 60)), 60)
    return f"{hours} h {rest:02}" if hours else f"{rest} min"


def _turn(card: AppointmentCard) -> tuple[datetime, bool, datetime, int]:
    here = card.arrived_at is not None
    return card.starts_at, not here, card.arrived_at or card.starts_at, card.id
