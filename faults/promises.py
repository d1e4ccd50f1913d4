"""Compare the answers that processes got with the journal: every confirmed act is there, no refused act is.

A key is (actor, action, subject, time). The journal has at least as many entries of a key as were confirmed, and at
most as many as were confirmed or left without an answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from faults.notebook import Asked
from faults.picture import Picture
from faults.replay import SEATING, instant

Key = tuple[str, str, int, Any]

OF_SLOTS = {"slots.suspend": "slot.suspend", "slots.reserve": "slot.reserve", "slots.release": "slot.release"}
OF_DAYS = {"exceptions.add_exception": "exception.add", "exceptions.remove_exception": "exception.remove"}
OF_MANY = {
    "appointments.cancel": "appointment.cancel",
    "appointments.mark_done": "appointment.done",
    "appointments.mark_no_show": "appointment.no_show",
}
STANDING = {
    "slot.suspend", "slot.reserve", "appointment.done", "appointment.no_show", "week.set", "appointment.take",
}  # fmt: skip
"""Acts that succeed without an entry when there was nothing to change."""

CITIZENS = {
    "holds.hold",
    "holds.validate",
    "holds.release_hold",
    "own_appointments.move_mine",
    "own_appointments.cancel_mine",
}
ERRORS = {"Refused", "Conflict", "NotFound", "NotAllowed", "Broken", "done", None}
"""Errors that people may see: never an error of the database or of Python."""

BREAKS = {"database_unreachable", "database_locked", "database_slow", "database_full", "commit_unknown"}
"""Errors of a database that is away or overloaded."""


def check_promises(picture: Picture, heard: Sequence[Asked], asked: Sequence[Asked]) -> Iterator[str]:
    """Yield anomalies. `heard` holds the answers from before the snapshot, `asked` all requests from after it."""
    yield from _badly_told(asked)
    tokens = _tokens(picture)
    journal = Counter(_entries(picture))
    whose = _ends(picture)
    possible: Counter[Key] = Counter()
    for one in asked:
        if one.is_done or one.is_unknown:
            possible.update(keys(one, tokens))
    for key, count in journal.items():
        if count > possible[key]:
            yield f"done {count} times, promised or unknown {possible[key]} times: {key}"
    promised: Counter[Key] = Counter()
    citizens = {str(one.given["by"]) for one in heard if one.what in CITIZENS}  # checked by state, see below
    for one in heard:
        if one.is_done:
            promised.update(keys(one, tokens))
            yield from _standing(one, whose)
    by_anybody = {key[1:] for key in journal}
    for key, count in promised.items():
        is_there = key[1:] in by_anybody if key[1] in STANDING else journal[key] >= count
        if not is_there and key[1] != "week.set" and key[0] not in citizens:
            yield f"promised {count} times, done {journal[key]} times: {key}"
    yield from _tokens_kept(heard, asked, tokens)
    yield from _holds(picture, heard, asked)


def keys(one: Asked, tokens: dict[str, list[int]]) -> Iterable[Key]:
    """Return the keys of the entries that a request writes."""
    by, given, facts = str(one.given["by"]), one.given, one.facts
    if one.what == "appointments.assign":
        return [(by, "appointment.assign", number, given["start"]) for number in tokens.get(given["token"], ())]
    if one.what in ("appointments.move", "own_appointments.move_mine"):
        return [(by, "appointment.move", given["id"], given["start"])]
    if one.what == "rescheduling.apply_moves":
        moved = facts["moved"] if one.is_done else given["moves"]
        return [(by, "appointment.move", number, start) for number, start in moved]
    if one.what in OF_MANY:
        return [(by, OF_MANY[one.what], number, None) for number in given["ids"]]
    if one.what in OF_SLOTS:
        return [(by, OF_SLOTS[one.what], given["counter"], given["start"])]
    if one.what in OF_DAYS:
        return [(by, OF_DAYS[one.what], given["counter"], given["day"])]
    if one.what == "weeks.set_week":
        return [(by, "week.set", 0, None)]
    if one.what == "own_appointments.cancel_mine":
        return [(by, "appointment.cancel", given["id"], None)]
    if one.what == "holds.validate":
        return [(by, "appointment.take", number, None) for number in tokens.get(given["token"], ())]
    return []


def _entries(picture: Picture) -> Iterator[Key]:
    """Count the journal entries of requests. Entries that follow from them are checked by the replay."""
    for entry in picture.journal:
        action, facts, subject = entry["action"], entry["facts"], entry["subject_id"]
        if entry["actor"] == "root" or entry["actor_kind"] == "job":
            continue
        if action in ("appointment.displaced", "appointment.restore"):
            continue
        when: Any = None
        if action in ("appointment.assign", "appointment.move") or action.startswith("slot."):
            when = instant(facts["starts_at"])
        elif action.startswith("exception."):
            when = facts["first"]
        yield entry["actor"], action, 0 if action == "week.set" else subject, when


def _badly_told(asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        if one.outcome not in ERRORS or (one.outcome == "Broken" and one.error not in BREAKS):
            yield f"told badly: {one}"


def _tokens(picture: Picture) -> dict[str, list[int]]:
    """Return the appointments by the token that their request put into the comment."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, row in picture.appointments.items():
        found[row["comment"]].append(number)
    return found


def _tokens_kept(heard: Sequence[Asked], asked: Sequence[Asked], tokens: dict[str, list[int]]) -> Iterator[str]:
    """Yield confirmed bookings that are missing or have another number, and refused bookings that exist."""
    for one in heard:
        if one.is_done and one.what == "appointments.assign" and tokens.get(one.given["token"]) != [one.facts["id"]]:
            yield f"a promised appointment is not there, or twice: {one} {tokens.get(one.given['token'])}"
    for one in asked:
        found = tokens.get(one.given.get("token", ""), [])
        most = {"appointments.assign": 1, "holds.validate": len(one.given.get("slots", ()))}.get(one.what, 0)
        if len(found) > (most if one.is_done or one.is_unknown else 0):
            yield f"more appointments than asked for: {one} {found}"


def _ends(picture: Picture) -> dict[int, set[tuple[str, Any]]]:
    """Return all (action, start) pairs of the journal for each appointment."""
    found: dict[int, set[tuple[str, Any]]] = defaultdict(set)
    for number, entries in picture.story.items():
        for entry in entries:
            start = entry["facts"].get("starts_at")
            found[number].add((entry["action"], None if start is None else instant(start)))
    return found


def _standing(one: Asked, whose: dict[int, set[tuple[str, Any]]]) -> Iterator[str]:
    """Yield confirmed acts whose state is not there, whichever process brought it about."""
    wanted: list[tuple[int, set[tuple[str, Any]]]] = []
    if one.what in OF_MANY:
        wanted = [(number, {(OF_MANY[one.what], None)}) for number in one.given["ids"]]
    elif one.what == "own_appointments.cancel_mine":
        wanted = [(one.given["id"], {("appointment.cancel", None)})]
    elif one.what == "own_appointments.move_mine":
        wanted = [(one.given["id"], {(f"appointment.{verb}", one.given["start"]) for verb in SEATING})]
    elif one.what == "holds.validate":
        starts = {start for _counter, start in one.given["slots"]}
        ways = {(f"appointment.{verb}", start) for verb in SEATING for start in starts}
        wanted = [(number, ways) for number in one.facts["ids"]]
    for number, ways in wanted:
        if not ways & whose.get(number, set()):
            yield f"promised, and the journal knows nothing of it: {one}"


def _holds(picture: Picture, heard: Sequence[Asked], asked: Sequence[Asked]) -> Iterator[str]:
    """Yield holds that no request explains, confirmed holds that ended early without a taker, and holds that were
    validated after their time (P2).
    """
    starts = {_hold(one) for one in asked if one.what == "holds.hold" and (one.is_done or one.is_unknown)}
    stored = {
        (f"C{claim['partner_id']:06}", claim["starts_at"], claim["counter_id"])
        for claim in picture.claims
        if claim["status"] == "held"
    }
    yield from (f"a hold that nobody asked for: {one}" for one in stored if one[:2] not in starts)
    ended = {(one.given["by"], start) for one in asked for start in _given_up(one)}
    touched = _touched(picture, asked)
    for one in heard:
        if one.what == "holds.hold" and one.is_done and one.facts["expires"] > picture.now + 1:
            is_free = _hold(one) in ended or touched[one.facts["counter"]] >= one.began
            if not is_free and (*_hold(one), one.facts["counter"]) not in stored:
                yield f"a promised hold is not there: {one}"
    yield from _validated_late(picture, asked)


def _hold(one: Asked) -> tuple[str, int]:
    return str(one.given["by"]), int(one.given["start"])


def _given_up(one: Asked) -> list[int]:
    """Return the starts of holds that their citizen may have validated or released."""
    if one.what == "holds.validate":
        return [start for _counter, start in one.given["slots"]]
    return [one.given["start"]] if one.what == "holds.release_hold" else []


def _touched(picture: Picture, asked: Sequence[Asked]) -> dict[int, float]:
    """Return, for each counter, until when a request may have been changing its slots: holds may go with them (I2)."""
    last = dict.fromkeys(picture.counters, 0.0)
    for one in asked:
        if one.what in OF_SLOTS or one.what in OF_DAYS or one.what == "weeks.set_week":
            concerned = [one.given["counter"]] if "counter" in one.given else list(last)
            for number in concerned:
                last[number] = max(last[number], one.ended)
    return last


def _validated_late(picture: Picture, asked: Sequence[Asked]) -> Iterator[str]:
    until: dict[tuple[str, int], float] = {}
    for one in asked:
        if one.what == "holds.hold" and (one.is_done or one.is_unknown):
            ends = one.facts["expires"] if one.is_done else float("inf")
            until[_hold(one)] = max(ends, until.get(_hold(one), 0))
    for entry in picture.journal:
        if entry["action"] == "appointment.take":
            held = until.get((entry["actor"], instant(entry["facts"]["starts_at"])))
            if held is None or entry["at"] > held:
                yield f"taken without a hold that held until then: {entry}, {held}"
