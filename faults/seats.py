"""Conditions on seats that hold at any moment: S5, C7, S1, S3, A4, A5, P1. Each anomaly is one sentence."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from faults.hours import has_slot
from faults.picture import Picture, Row

SEATED = ("held", "booked")
LIVE = ("planned", "to_reschedule")


def check_seats(picture: Picture) -> Iterator[str]:
    """Yield anomalies of seats, desks and holds."""
    yield from _twice(picture)
    yield from _nowhere(picture)
    yield from _not_their_own(picture)
    yield from _half_marked(picture)
    yield from _too_many(picture)


def _twice(picture: Picture) -> Iterator[str]:
    """Yield seats given twice, by claims and by appointments (S5), and desks given twice, by the counter's desk
    (C7).
    """
    seats: dict[Any, list[Row]] = defaultdict(list)
    desks: dict[Any, list[Row]] = defaultdict(list)
    for claim in picture.rows["claim"]:  # an expired hold still occupies its seat until it is removed
        seats[claim["counter_id"], claim["seat"]].append(claim)
        desk = picture.counters[claim["counter_id"]]["desk_id"]
        if claim["status"] in SEATED and claim["desk_id"] != desk:
            yield f"another desk than that of its counter: {claim}"
        if claim["status"] in SEATED and desk is not None:
            desks[desk].append(claim)
    for what, groups in (("a seat", seats), ("a desk", desks)):
        for group in groups.values():
            yield from (f"{what} twice: {one} {other}" for one, other in _overlapping(group))
    planned = Counter(
        (row["counter_id"], row["starts_at"])
        for row in picture.rows["appointment"]
        if row["status"] == "planned" and row["ends_at"] > picture.now
    )
    for (counter, start), count in planned.items():
        if count > picture.counters[counter]["capacity"]:
            yield f"{count} appointments on the seats of counter {counter} at {start}"


def _overlapping(rows: list[Row]) -> Iterator[tuple[Row, Row]]:
    latest: Row | None = None
    for row in sorted(rows, key=lambda row: (row["starts_at"], row["ends_at"])):
        if latest is not None and row["starts_at"] < latest["ends_at"]:
            yield latest, row
        if latest is None or row["ends_at"] > latest["ends_at"]:
            latest = row


def _nowhere(picture: Picture) -> Iterator[str]:
    """Yield claims without an existing slot and seat (S1)."""
    for claim in picture.claims:
        counter = picture.counters[claim["counter_id"]]
        if not has_slot(picture, counter, claim["starts_at"], claim["ends_at"]):
            yield f"no such slot: {claim}"
        if not 1 <= claim["seat"] <= counter["capacity"]:
            yield f"no such seat: {claim}"


def _not_their_own(picture: Picture) -> Iterator[str]:
    """Yield planned appointments without exactly one seat at their slot, and others with a seat (A4, A5)."""
    owned: dict[int, list[Row]] = defaultdict(list)
    for claim in picture.rows["claim"]:
        if claim["status"] == "booked":
            owned[claim["appointment_id"]].append(claim)
    for number, row in picture.appointments.items():
        mine = owned.pop(number, [])
        is_expected = row["status"] == "planned" and row["ends_at"] > picture.now
        if len(mine) > 1:
            yield f"several seats of one appointment: {row} {mine}"
        if is_expected and not mine:
            yield f"an appointment without its seat: {row}"
        if mine and row["status"] in ("cancelled", "to_reschedule"):
            yield f"a seat of an appointment that is {row['status']}: {mine}"
        for claim in mine:
            if any(claim[name] != row[name] for name in ("counter_id", "starts_at", "ends_at")):
                yield f"a seat elsewhere than its appointment: {row} {claim}"
        if is_expected and picture.counters[row["counter_id"]]["type_id"] != row["type_id"]:
            yield f"an appointment at a counter of another type: {row}"
    yield from (f"a seat of no appointment: {claims}" for claims in owned.values())


def _half_marked(picture: Picture) -> Iterator[str]:
    """Yield suspended slots with a seat that is not suspended (S3)."""
    slots: dict[Any, list[Row]] = defaultdict(list)
    for claim in picture.claims:
        slots[claim["counter_id"], claim["starts_at"]].append(claim)
    for (counter, start), claims in slots.items():
        suspended = sum(claim["status"] == "suspended" for claim in claims)
        if suspended not in (0, picture.counters[counter]["capacity"]):
            yield f"a slot suspended in part: counter {counter} at {start}"


def _too_many(picture: Picture) -> Iterator[str]:
    """Yield citizens with more holds and upcoming appointments than their type allows, or with two seats at one time
    (P1).
    """
    has: Counter[tuple[int, int]] = Counter()
    portal = {row["partner_id"] for row in picture.rows["claim"] if row["status"] == "held"}
    portal |= {picture.appointments[number]["partner_id"] for number in taken_by_citizens(picture)}
    for row in picture.rows["appointment"]:
        if row["partner_id"] in portal and row["status"] in LIVE and row["ends_at"] > picture.now:
            has[row["partner_id"], row["type_id"]] += 1
    for claim in picture.claims:
        if claim["status"] == "held":
            has[claim["partner_id"], picture.counters[claim["counter_id"]]["type_id"]] += 1
    most = {row["id"]: row["max_upcoming"] for row in picture.rows["appointment_type"]}
    for (partner, kind), count in has.items():
        if count > most[kind]:
            yield f"partner {partner} has {count} slots of type {kind}, at most {most[kind]} are allowed"


def taken_by_citizens(picture: Picture) -> set[int]:
    """Return the appointments that citizens took themselves."""
    return {
        number
        for number, entries in picture.story.items()
        if number in picture.appointments and any(entry["action"] == "appointment.take" for entry in entries)
    }
