"""The changes on screens that journal entries imply."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from rdv.changes import EVERYTHING, NOTHING, Changes, Part

BOOKINGS = frozenset({"appointment.assign", "appointment.take"})
TOLD = frozenset({"appointment.told", "appointment.not_told"})
ARRIVALS = frozenset({"appointment.arrived", "appointment.not_arrived"})
"""Actions on appointments that leave the lists of those to reschedule and without status as they were."""

PARTS: Mapping[str, Changes] = {
    "partner.add": Changes.of(Part.PARTNERS),
    "notice.retry": Changes.of(Part.MESSAGES, Part.PARKED),
    "search.save": Changes.of(Part.SEARCHES),
    "search.remove": Changes.of(Part.SEARCHES),
    "account.password": NOTHING,
    "agent.password": NOTHING,
    "agent.sign_in": NOTHING,
    "agent.sign_in_failed": NOTHING,
}
"""Other actions whose effect is known; all that are not here may have changed everything."""


def changes_of(entries: Iterable[Mapping[str, Any]]) -> tuple[Changes, list[int]]:
    """Return what these lines of the journal say changed, and the appointments whose slots they do not name."""
    slots: set[tuple[int, date]] = set()
    parts: set[Part] = set()
    unnamed: list[int] = []
    for entry in entries:
        action, facts = entry["action"], entry["facts"]
        if entry["subject"] == "appointment":
            parts |= _parts_of(action)
            named = {_slot(place["counter_id"], place["starts_at"]) for place in _places(facts)}
            slots |= named
            if not named and action not in TOLD:
                unnamed.append(entry["subject_id"])
        elif action.startswith("slot."):
            slots.add(_slot(entry["subject_id"], facts["starts_at"]))
        elif action == "partner.set" and "name" not in facts["fields"]:
            parts |= {Part.PARTNERS, Part.CONTACTS}
        elif action in PARTS:
            parts |= PARTS[action].parts
        else:
            return EVERYTHING, []
    return Changes(frozenset(slots), frozenset(parts)), unnamed


def _parts_of(action: str) -> set[Part]:
    """Return the parts that an action on an appointment changes; a partner's row shows its number of appointments."""
    if action in TOLD:
        return {Part.MESSAGES}
    if action in ARRIVALS:
        return set()
    booked = {Part.MESSAGES, Part.PARTNERS}
    return booked if action in BOOKINGS else booked | {Part.LISTS}


def _places(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return where an appointment is, and where it was before, as far as the journal says."""
    yield from (place for place in (facts, facts.get("before")) if place and "starts_at" in place)


def _slot(counter: int, starts_at: str) -> tuple[int, date]:
    """Return a slot as counter and day, because the journal writes its start with the offset of the place."""
    return counter, datetime.fromisoformat(starts_at).date()
