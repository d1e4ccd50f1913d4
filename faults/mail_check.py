"""Compare the mail server with the outbox and the notes of the workers: no message lost, none sent twice (N3).

A worker that is killed between sending and recording sends its message again, under the same Message-ID. Only a kill
excuses a repeated message, and at most one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from faults.notebook import Asked
from faults.picture import Picture

SETTLED = ("record_sent", "record_failed")


def check_letters(
    picture: Picture, before: Mapping[str, int], after: Mapping[str, int], asked: Sequence[Asked], *, kills: int
) -> Iterator[str]:
    """Yield anomalies. `before` and `after` count the arrivals of each Message-ID before and after the snapshot."""
    known = {row["message_id"]: row for row in picture.rows["notice"]}
    attempts = read_attempts(asked)
    yield from (f"a message that is not in the outbox: {one}" for one in before if one not in known)
    for row in known.values():
        if row["status"] == "sent" and not after.get(row["message_id"]):
            yield f"recorded as sent, and never came: {row}"
        if row["status"] == "parked":
            yield f"parked, though the mail server takes what comes: {row}"
        if row["status"] == "dropped" and before.get(row["message_id"], 0) > attempts[row["message_id"]].count(None):
            yield f"dropped, and came, and no worker was killed with it: {row}"
    for name in ("message_id", "once"):
        found = Counter(row[name] for row in picture.rows["notice"] if row[name] is not None)
        yield from (f"the outbox has it twice: {name} {one}" for one, count in found.items() if count > 1)
    yield from _twice(after, attempts, kills)


def check_drained(picture: Picture, taken: Mapping[str, int]) -> Iterator[str]:
    """Yield anomalies once everything that can be sent was sent: nothing waits, and each change was announced unless
    a later one replaced it.
    """
    for row in picture.rows["notice"]:
        if row["status"] not in ("sent", "dropped"):
            yield f"a message that never left: {row}"
        if row["status"] == "dropped" and row["last_error"] != "changed_since":
            yield f"dropped without a reason: {row}"
        if row["status"] == "sent" and not taken.get(row["message_id"]):
            yield f"a message that was lost: {row}"


def _twice(taken: Mapping[str, int], attempts: Mapping[str, list[str | None]], kills: int) -> Iterator[str]:
    """Yield messages that came again without a worker killed before it could record them."""
    again = 0
    for message, count in taken.items():
        tried = attempts.get(message, [])
        if count > len(tried):
            yield f"{message} came {count} times, workers sent it {len(tried)} times"
        elif count > 1 and count - 1 > tried.count(None) + tried.count("failed"):
            yield f"{message} came {count} times, of its workers: {tried}"
        again += max(count - 1 - tried.count("failed"), 0)
    if again > kills:
        yield f"{again} messages came again, and workers were killed {kills} times"


def read_attempts(asked: Sequence[Asked]) -> defaultdict[str, list[str | None]]:
    """Return the result of each attempt to send a message: `sent` or `failed` once recorded, `forgotten` if its
    worker went on to another message without recording it, None if the worker did nothing more.
    """
    found: defaultdict[str, list[str | None]] = defaultdict(list)
    latest: dict[tuple[str, int], tuple[str, int]] = {}
    for one in asked:
        who = (one.who, one.incarnation)
        if one.what == "deliver":
            message = str(one.given["message"])
            latest[who] = (message, len(found[message]))
            found[message].append(None)
        elif who in latest and (one.what == "claim_next" or (one.what in SETTLED and one.is_done)):
            message, at = latest.pop(who)
            found[message][at] = {"record_sent": "sent", "record_failed": "failed"}.get(one.what, "forgotten")
    return found
