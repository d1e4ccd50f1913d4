"""Replay the journal: it must lead to the stored state and announce exactly the messages of the outbox (G3, N2)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from faults.picture import Picture, Row

SEATING = {"assign": "confirmation", "take": "confirmation", "restore": "confirmation", "move": "move"}
OUTCOMES = {"done": "done", "no_show": "no_show", "cancel": "cancelled"}
TOLD = ("told", "not_told")
CHANGES_OF_HOURS = ("week", "exception", "counter", "closure", "place")


@dataclass
class Life:
    """An appointment as the journal has it so far; `changes` are the kinds of message owed to its partner."""

    status: str = "planned"
    counter: int = 0
    start: float = 0
    changes: tuple[str, ...] = ()


def instant(text: str) -> int:
    """Parse an ISO time with its offset as an instant."""
    return int(datetime.fromisoformat(text).timestamp())


def check_journal(picture: Picture) -> Iterator[str]:
    """Yield differences between journal and state, and messages that are missing, doubled or misplaced."""
    owed = _messages(picture)
    for number in picture.story.keys() - picture.appointments.keys():
        yield f"the journal tells of appointment {number}, which is not there"
    for number, row in picture.appointments.items():
        life = Life()
        for entry in picture.story.get(number, []):
            yield from _live(life, row, entry, owed[number])
        stored = (row["status"], row["counter_id"], row["starts_at"])
        if (life.status, life.counter, life.start) != stored:
            yield f"appointment {number} is {stored}, the journal says {life}"
        yield from _announced(number, row, life, owed[number])
    yield from _marks(picture)


def _live(life: Life, row: Row, entry: Row, messages: dict[int, list[Row]]) -> Iterator[str]:
    verb, facts = entry["action"].removeprefix("appointment."), entry["facts"]
    if verb in TOLD or verb in ("arrived", "not_arrived"):
        return
    if verb in SEATING:
        if verb == "move":
            before = (facts["before"]["counter_id"], instant(facts["before"]["starts_at"]))
            if before != (life.counter, life.start):
                yield f"appointment {row['id']} moved away from {before}, where it was not: {life}"
        life.status, life.counter, life.start = "planned", facts["counter_id"], instant(facts["starts_at"])
        if verb != "restore" or _end(messages, life) > entry["at"]:
            life.changes += (SEATING[verb],)
    elif verb in OUTCOMES:
        if verb == "cancel" and _end(messages, life) > entry["at"]:
            life.changes += ("cancellation",)
        life.status = OUTCOMES[verb]
    elif verb == "displaced":
        life.status = "to_reschedule"
        if _end(messages, life) > entry["at"]:
            life.changes += ("invitation",)
    else:
        yield f"appointment {row['id']}: an action that nobody has asked for: {entry}"


def _end(messages: dict[int, list[Row]], life: Life) -> float:
    """Return the end of the current slot, as the message that announced the slot has it."""
    last = messages.get(len(life.changes))
    return instant(last[0]["ends_at"]) if last else 0


def _messages(picture: Picture) -> dict[int, dict[int, list[Row]]]:
    """Return the messages of each appointment by the number of the change; reminders announce no change."""
    found: dict[int, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for notice in picture.rows["notice"]:
        for fact in notice["facts"].get("appointments", ()):
            if notice["kind"] != "reminder":
                found[fact["id"]][fact["sequence"]].append(fact | {"kind": notice["kind"], "notice": notice["id"]})
    return found


def _announced(number: int, row: Row, life: Life, messages: dict[int, list[Row]]) -> Iterator[str]:
    """Yield changes without exactly one message of their kind, and last messages that name another slot (N2)."""
    if row["sequence"] != len(life.changes):
        yield f"appointment {number} counts {row['sequence']} changes, the journal {life.changes}"
    for sequence, kind in enumerate(life.changes, start=1):
        found = [message["kind"] for message in messages.get(sequence, [])]
        if found != [kind]:
            yield f"change {sequence} of appointment {number} is a {kind}, the outbox has {found}"
    for sequence in messages.keys() - set(range(1, len(life.changes) + 1)):
        yield f"the outbox tells of change {sequence} of appointment {number}, which never was"
    latest = messages.get(len(life.changes), [])
    for message in latest:
        if (message["counter_id"], instant(message["starts_at"])) != (row["counter_id"], row["starts_at"]):
            yield f"the last message about appointment {number} names another slot: {message}"


def _marks(picture: Picture) -> Iterator[str]:
    """Yield suspended or reserved slots that the journal does not know, and the reverse while the hours stay (S2)."""
    last: dict[tuple[int, int], str] = {}
    for entry in picture.journal:
        kind, _, verb = entry["action"].partition(".")
        if kind == "slot":
            last[entry["subject_id"], instant(entry["facts"]["starts_at"])] = verb
        elif kind in CHANGES_OF_HOURS:  # these may remove the slot and its mark
            concerned = None if kind in ("week", "closure", "place") else entry["subject_id"]
            for where in last:
                if concerned in (None, where[0]) and last[where] in ("suspend", "reserve"):
                    last[where] += ", perhaps"
        elif entry["action"] in ("appointment.assign", "appointment.move"):  # a reserved seat may be assigned (S3)
            where = (entry["facts"]["counter_id"], instant(entry["facts"]["starts_at"]))
            if last.get(where, "").startswith("reserve"):
                last[where] = "reserve, perhaps"
    stored: Counter[tuple[int, int, str]] = Counter()
    words = {"suspended": "suspend", "reserved": "reserve"}
    for claim in picture.claims:
        if claim["status"] in words:
            where, verb = (claim["counter_id"], claim["starts_at"]), words[claim["status"]]
            stored[*where, verb] += 1
            if not last.get(where, "").startswith(verb):
                yield f"a mark that the journal does not know: {claim}, last {last.get(where)}"
    for (counter, start), verb in last.items():
        if verb in words.values() and stored[counter, start, verb] != picture.counters[counter]["capacity"]:
            yield f"the journal says {verb} of counter {counter} at {start}, and it is not so"
