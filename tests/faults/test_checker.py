"""The judge judged: each anomaly that is planted into a sound database by plain SQL is found. A judge that cannot
condemn proves nothing."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faults.checker import Evidence, judge
from faults.notebook import Asked
from tests.databases import KINDS, Databases
from tests.faults.scenes import Scene, mail, sound

Spoiled = Callable[[Scene], list[str]]

CLAIM = "counter_id, starts_at, seat, ends_at, status, desk_id, appointment_id, partner_id, expires_at"
NOTICE = (
    "message_id, kind, channel, partner_id, address, appointment_id, once, facts, status, made_at, due_at, attempts, "
    "claimed_until, worker, last_error, sent_at"
)

ENTRY = "at, actor_kind, actor, action, subject, subject_id, facts"


def claim(which: str, **changes: str) -> str:
    """Return SQL that adds a claim like an existing one."""
    columns = ", ".join(changes.get(name, name) for name in CLAIM.split(", "))
    return f"INSERT INTO claim ({CLAIM}) SELECT {columns} FROM claim WHERE {which}"


def notice(**changes: str) -> str:
    """Return SQL that adds a message like the confirmation of appointment 1."""
    columns = ", ".join(changes.get(name, name) for name in NOTICE.split(", "))
    return f"INSERT INTO notice (id, {NOTICE}) SELECT 99, {columns} FROM notice WHERE appointment_id = 1"


BARE = {"appointment_id": "NULL", "desk_id": "NULL", "partner_id": "NULL", "expires_at": "NULL"}
HELD = "status = 'held'"

PLANTED: dict[str, tuple[str, Callable[[Scene], list[str]]]] = {
    "s5: a seat twice": (
        "a seat twice",
        lambda scene: [
            claim("appointment_id = 1", starts_at=scene.later("starts_at", 600), status="'reserved'", **BARE)
        ],
    ),
    "s5: two appointments on one seat": (
        "2 appointments on the seats of counter 1",
        lambda scene: [
            "UPDATE appointment SET starts_at = (SELECT starts_at FROM appointment WHERE id = 1) WHERE id = 4",
            "UPDATE appointment SET status = 'planned' WHERE id = 4",
        ],
    ),
    "c7: a desk twice": (
        "a desk twice",
        lambda scene: [
            claim(
                "appointment_id = 3",
                counter_id="4",
                status="'held'",
                appointment_id="NULL",
                partner_id="2",
                expires_at=scene.later("starts_at", 0),
            )
        ],
    ),
    "c7: another desk": (
        "another desk than that of its counter",
        lambda scene: ["UPDATE claim SET desk_id = NULL WHERE appointment_id = 3"],
    ),
    "s1: a claim where no slot is": (
        "no such slot",
        lambda scene: [f"UPDATE claim SET ends_at = {scene.later('ends_at', 600)} WHERE status = 'reserved'"],
    ),
    "s1: a seat that the counter has not": (
        "no such seat",
        lambda scene: ["UPDATE claim SET seat = 9 WHERE appointment_id = 1"],
    ),
    "a4: a planned appointment without its claim": (
        "an appointment without its seat",
        lambda scene: ["DELETE FROM claim WHERE appointment_id = 1"],
    ),
    "a4: two claims of one appointment": (
        "several seats of one appointment",
        lambda scene: [claim("appointment_id = 2", seat="seat - 1")],
    ),
    "a5: a claim of a cancelled appointment": (
        "a seat of an appointment that is cancelled",
        lambda scene: ["UPDATE claim SET appointment_id = 4 WHERE appointment_id = 1"],
    ),
    "a4: a claim elsewhere than its appointment": (
        "a seat elsewhere than its appointment",
        lambda scene: ["UPDATE claim SET counter_id = 2 WHERE appointment_id = 1"],
    ),
    "a claim of an appointment that is gone": (
        "a seat of no appointment",
        lambda scene: ["DELETE FROM appointment WHERE id = 1"],
    ),
    "s3: a slot suspended in part": (
        "a slot suspended in part",
        lambda scene: ["DELETE FROM claim WHERE status = 'suspended' AND seat = 2"],
    ),
    "p1: more slots than a citizen may have": (
        "has 4 slots of type",
        lambda scene: [claim(HELD, seat="8"), claim(f"{HELD} AND seat = 8", seat="9")],
    ),
    "p2: a hold that nobody asked for": (
        "a hold that nobody asked for",
        lambda scene: [f"UPDATE claim SET partner_id = 2 WHERE {HELD}"],
    ),
    "p2: a hold that was promised is gone": (
        "a promised hold is not there",
        lambda scene: [f"DELETE FROM claim WHERE {HELD}"],
    ),
    "p2: a hold validated after its time": (
        "taken without a hold",
        lambda scene: [f"UPDATE journal_entry SET at = {scene.later('at', 3600)} WHERE action = 'appointment.take'"],
    ),
    "an appointment lost": (
        "a promised appointment is not there",
        lambda scene: (
            [
                f"DELETE FROM {name} WHERE {column} = 1"
                for name, column in (("claim", "appointment_id"), ("notice", "appointment_id"), ("appointment", "id"))
            ]
            + ["DELETE FROM journal_entry WHERE subject = 'appointment' AND subject_id = 1"]
        ),
    ),
    "a promised cancellation lost": (
        "promised, and the journal knows nothing",
        lambda scene: ["DELETE FROM journal_entry WHERE action = 'appointment.cancel'"],
    ),
    "a promised move lost": (
        "promised 1 times, done 0 times",
        lambda scene: ["DELETE FROM journal_entry WHERE action = 'appointment.move'"],
    ),
    "something done that nobody asked for": (
        "promised or unknown 1 times",
        lambda scene: [
            f"INSERT INTO journal_entry SELECT 999, {ENTRY} FROM journal_entry WHERE action = 'slot.reserve'"
        ],
    ),
    "g3: the journal tells of an appointment that is not there": (
        "the journal tells of appointment 4",
        lambda scene: ["DELETE FROM appointment WHERE id = 4"],
    ),
    "g3: a state that the journal does not lead to": (
        "the journal says Life(status='planned'",
        lambda scene: ["UPDATE appointment SET status = 'done' WHERE id = 1"],
    ),
    "g3: a move from where it was not": (
        "moved away from",
        lambda scene: ["DELETE FROM journal_entry WHERE action = 'appointment.assign' AND subject_id = 2"],
    ),
    "s2: a mark that the journal does not know": (
        "a mark that the journal does not know",
        lambda scene: [claim("appointment_id = 1", counter_id="5", status="'reserved'", **BARE)],
    ),
    "s2: a mark that is lost": (
        "the journal says reserve of counter 6",
        lambda scene: ["DELETE FROM claim WHERE status = 'reserved'"],
    ),
    "n2: a change without its message": (
        "is a confirmation, the outbox has []",
        lambda scene: ["DELETE FROM notice WHERE appointment_id = 1"],
    ),
    "n2: a change with two messages": (
        "the outbox has ['confirmation', 'confirmation']",
        lambda scene: [notice(message_id="'<another@rdv>'")],
    ),
    "n2: a change with the message of another": (
        "is a invitation, the outbox has ['move']",
        lambda scene: ["UPDATE notice SET kind = 'move' WHERE kind = 'invitation'"],
    ),
    "n2: a change that is not counted": (
        "appointment 1 counts 0 changes",
        lambda scene: ["UPDATE appointment SET sequence = 0 WHERE id = 1"],
    ),
    "n2: two messages of one identity": ("the outbox has it twice: message_id", lambda scene: [notice()]),
    "n3: a message that waits for ever": (
        "a message that never left",
        lambda scene: ["UPDATE notice SET status = 'waiting' WHERE appointment_id = 1"],
    ),
    "n3: a message given up": (
        "parked, though",
        lambda scene: ["UPDATE notice SET status = 'parked' WHERE appointment_id = 1"],
    ),
    "n3: a message dropped without a reason": (
        "dropped without a reason",
        lambda scene: ["UPDATE notice SET status = 'dropped' WHERE appointment_id = 1"],
    ),
    "n3: a message from nowhere": (
        "a message that is not in the outbox",
        lambda scene: ["UPDATE notice SET message_id = '<other@rdv>' WHERE appointment_id = 1"],
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def calm(request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: Any) -> Iterator[Scene]:
    """Create a sound database of each kind."""
    with sound(databases, request.param, tmp_path_factory.mktemp("calm")) as scene:
        yield scene


@pytest.fixture
def scene(calm: Scene, databases: Databases, tmp_path: Path) -> Iterator[Scene]:
    """Copy it, so that a test can spoil it."""
    kind = "sqlite" if calm.database.is_sqlite else "postgresql"
    calm.database.close()
    told = Path(shutil.copytree(calm.told, tmp_path / "told"))
    with databases.fresh(kind, like=calm.database) as database:
        yield replace(calm, database=database, told=told)


def test_the_judge_has_nothing_to_say_of_a_sound_database(scene: Scene) -> None:
    assert scene.anomalies() == []
    shown = scene.evidence()
    assert (len(shown.picture.appointments), len(shown.came)) == (6, 9)
    scene.spoil("UPDATE place SET address = 'elsewhere'")
    assert scene.anomalies() == [], "tables without constraints are judged alike"


@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds(scene: Scene, name: str) -> None:
    expected, statements = PLANTED[name]
    scene.spoil(*statements(scene))
    found = scene.anomalies()
    assert any(expected in one for one in found), found


def test_n3_the_judge_misses_a_message_that_never_came(scene: Scene) -> None:
    found = scene.anomalies(lambda shown: mail(shown, lambda came: came.pop(next(iter(came)))))
    assert any("recorded as sent, and never came" in one for one in found)
    assert any("a message that was lost" in one for one in found)


def test_n3_the_judge_counts_a_message_that_came_twice_from_one_sending(scene: Scene) -> None:
    found = scene.anomalies(lambda shown: mail(shown, lambda came: came.update([next(iter(came))])))
    assert any("came 2 times, workers sent it 1 times" in one for one in found)


@pytest.mark.parametrize(
    ("before", "kills", "anomaly"),
    [
        (["claim_next", "deliver", "record_sent"], 1, "came 2 times, of its workers: ['sent', 'sent']"),
        (["claim_next", "deliver", "claim_next"], 1, "came 2 times, of its workers: ['forgotten', 'sent']"),
        (["claim_next", "deliver"], 0, "1 messages came again, and workers were killed 0 times"),
        (["claim_next", "deliver"], 1, None),
    ],
    ids=["settled", "forgotten", "nobody was killed", "its worker was killed"],
)
def test_n3_the_judge_allows_a_second_one_for_a_killed_worker_alone(
    scene: Scene, before: list[str], kills: int, anomaly: str | None
) -> None:
    shown = scene.evidence()
    message = next(iter(shown.came))
    number = next(row["id"] for row in shown.picture.rows["notice"] if row["message_id"] == message)
    given = {"by": "worker", "notice": number, "message": message}
    earlier = [Asked("worker0", 1, what, given, None if what == "deliver" else "done") for what in before]
    again = mail(replace(shown, asked=[*earlier, *shown.asked]), lambda came: came.update([message]))
    found = judge(again, kills=kills, drained=True)
    assert found == [] if anomaly is None else any(anomaly in one for one in found), found


@pytest.mark.parametrize(
    ("outcome", "error", "anomaly"),
    [
        ("Conflict", "slot_taken", "more appointments than asked for"),
        ("Crash", "OperationalError()", "told badly"),
        ("Broken", "database_damaged", "told badly"),
    ],
)
def test_the_judge_finds_an_answer_that_was_wrong(scene: Scene, outcome: str, error: str, anomaly: str) -> None:
    """A booking that was made is reported as refused, or an agent sees an error that must not appear."""

    def forged(shown: Evidence) -> Evidence:
        asked = [
            replace(one, outcome=outcome, error=error) if one.given.get("token") == "token 1" else one
            for one in shown.asked
        ]
        return replace(shown, asked=asked)

    assert any(anomaly in one for one in scene.anomalies(forged))


def test_notes_that_end_in_the_middle_of_a_request_say_that_nobody_knows(scene: Scene) -> None:
    notes = scene.told / "agent1.2.jsonl"
    given = {"by": "agent1", "ids": [1]}
    notes.write_text(json.dumps({"n": 1, "t": 0, "what": "appointments.cancel", "given": given}) + '\n{"n": 1, "outc')
    last = next(one for one in scene.evidence().asked if (one.who, one.incarnation) == ("agent1", 2))
    assert (last.is_unknown, last.is_done) == (True, False)
    assert scene.anomalies() == []
