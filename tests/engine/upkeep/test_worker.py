"""The worker (N3): due messages leave, failures are retried, and a stop waits for the message on its way."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rdv import logs
from rdv.engine.booking import appointments
from rdv.engine.messages import history, outbox
from rdv.engine.office import Office
from rdv.engine.upkeep import worker
from rdv.engine.views.messages import Round
from rdv.store.session import Database
from rdv.terms import Broken, MessageStatus
from tests.conftest import FrozenClock, Make
from tests.post import Gateway, PostOffice, free_port, open_gateway, open_post_office

G1 = "Guichet 1"
NINE, HALF = "2017-04-10T09:00", "2017-04-10T09:30"


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as made:
        yield made


@pytest.fixture
def town(make: Make, post: PostOffice, gateway: Gateway) -> Make:
    change(
        make.office, mail_url=f"smtp://127.0.0.1:{post.port}", secret="s", mail_from="Mairie <rdv@example.org>",
        sms_url=f"json://127.0.0.1:{gateway.port}/?:to={{phone}}",
    )  # fmt: skip
    make.town()
    return make


def change(office: Office, **settings: Any) -> None:
    office.settings = office.settings.model_copy(update=settings)


def send(make: Make) -> Round:
    return worker.send_due(make.office, worker="w", stopped=lambda: False)


def statuses(make: Make) -> list[MessageStatus]:
    return [card.status for card in reversed(make.do(history.list_messages))]


def test_n3_what_is_due_leaves_by_mail_and_sms(town: Make, post: PostOffice, gateway: Gateway) -> None:
    number = town.book(G1, NINE, phone="06 39 98 12 01", email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(appointments.cancel, appointments=[number])
    assert send(town) == Round(sent=6)
    assert [str(one["Subject"]).split("\N{NO-BREAK SPACE}")[0] for one in post.messages] == [
        "Rendez-vous confirmé", "Rendez-vous déplacé", "Rendez-vous annulé",
    ]  # fmt: skip
    assert [sms["message"].partition("10/04")[0] for _path, sms in gateway.seen] == [
        "RDV confirmé lun. ", "RDV déplacé au lun. ", "RDV annulé : lun. ",
    ]  # fmt: skip
    assert {sms["to"] for _path, sms in gateway.seen} == {"+33639981201"}
    assert statuses(town) == [MessageStatus.SENT] * 6
    assert send(town) == Round()


def test_n1_calendars_get_one_uid_and_a_growing_sequence(town: Make, post: PostOffice) -> None:
    number = town.book(G1, NINE, email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(appointments.cancel, appointments=[number])
    send(town)
    events = [one.get_payload()[2].get_content() for one in post.messages]  # type: ignore[union-attr,index]
    fields = [dict(line.split(":", 1) for line in event.splitlines() if ":" in line) for event in events]
    assert [one["METHOD"] for one in fields] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one["SEQUENCE"] for one in fields] == ["1", "2", "3"]
    assert len({one["UID"] for one in fields}) == 1


def test_n1_reminders_are_made_and_sent_in_one_round(town: Make, clock: FrozenClock, post: PostOffice) -> None:
    town.book(G1, NINE, email="jules@example.org")
    send(town)
    clock.set("2017-04-08T09:00")
    assert send(town) == Round(reminders=1, sent=1)
    assert "Rappel" in str(post.messages[-1]["Subject"])


def test_n3_one_that_fails_keeps_no_other_from_leaving(town: Make, clock: FrozenClock, gateway: Gateway) -> None:
    town.book(G1, NINE, phone="06 39 98 12 01", email="jules@example.org")
    gateway.answer = 500
    assert send(town) == Round(sent=1, failed=1)
    [sms] = town.do(history.list_messages, statuses=[MessageStatus.WAITING])
    assert (sms.attempts, sms.channel) == (1, "sms")
    assert "500" in (sms.last_error or "")
    gateway.answer = 200
    assert send(town) == Round()
    clock.advance(minutes=1)
    assert send(town) == Round(sent=1)


def test_n3_a_server_that_never_answers_has_the_message_parked(town: Make, clock: FrozenClock) -> None:
    change(town.office, mail_url=f"smtp://127.0.0.1:{free_port()}")
    town.book(G1, "2017-06-06T09:00", email="jules@example.org")
    rounds = []
    for _ in range(7):
        rounds.append(send(town))
        clock.advance(days=1)
        clock.set(f"{clock.now:%Y-%m-%d}T12:00")
    assert rounds == [Round(failed=1)] * 6 + [Round(parked=1)]
    assert statuses(town) == [MessageStatus.PARKED]


def test_a_template_that_cannot_be_used_is_a_failure_like_another(town: Make, tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "confirmation.jinja").write_text("{% if %}")
    change(town.office, templates=tmp_path)
    town.book(G1, NINE, email="jules@example.org")
    assert send(town) == Round(failed=1)
    [card] = town.do(history.list_messages)
    assert "confirmation.jinja" in (card.last_error or "")


def test_n3_a_stop_is_heard_between_two_messages(town: Make, post: PostOffice) -> None:
    for start in (NINE, HALF):
        town.book(G1, start, email="jules@example.org")
    done = worker.send_due(town.office, worker="w", stopped=lambda: len(post.boxes) == 1)
    assert done == Round(sent=1)
    assert statuses(town) == [MessageStatus.SENT, MessageStatus.WAITING]
    assert send(town) == Round(sent=1), "nobody else has it"


def test_progress_is_told_message_by_message(town: Make) -> None:
    for start in (NINE, HALF):
        town.book(G1, start, email="jules@example.org")
    told: list[tuple[int, int]] = []
    worker.send_due(town.office, worker="w", stopped=lambda: False, progress=lambda n, of: told.append((n, of)))
    assert told == [(1, 2), (2, 2)]


def test_n3_a_worker_that_serves_sends_what_comes(
    town: Make, post: PostOffice, capfd: pytest.CaptureFixture[str]
) -> None:
    """The messages leave without a call: the worker sees the change."""
    asked = threading.Event()
    other = Office(Database(str(town.office.database.url.render_as_string(hide_password=False))), town.office.clock,
                   town.office.settings)  # fmt: skip
    logs.start()
    thread = threading.Thread(
        target=worker.serve,
        args=(other,),
        kwargs={"worker": "w", "stopped": asked.is_set, "wait": asked.wait},
    )
    thread.start()
    try:
        for count, start in enumerate((NINE, HALF), start=1):
            town.book(G1, start, phone="06 39 98 12 01", email="jules@example.org")
            watch = town.office.watch()
            while statuses(town).count(MessageStatus.SENT) < 2 * count:
                assert watch.changed(20), "the worker sends nothing"
            watch.close()
    finally:
        asked.set()
        thread.join(20)
        other.database.close()
        logging.getLogger(logs.NAME).handlers.clear()
    assert not thread.is_alive()
    assert len(post.boxes) == 2
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["started", *["sent"] * 4, "stopped"]
    assert {line.get("channel") for line in lines[1:-1]} == {"email", "sms"}
    everything = json.dumps(lines)
    for secret in ("BOIS", "jules", "33639981201", "example.org"):
        assert secret not in everything, "a log names nobody"


def test_n3_a_database_that_cannot_serve_is_waited_for(
    town: Make, post: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Office(Database("sqlite:////nowhere/rdv.db"), town.office.clock, town.office.settings)
    waited: list[float] = []
    with caplog.at_level(logging.INFO, logger=logs.NAME):
        worker.serve(gone, worker="w", stopped=lambda: len(waited) == 2, wait=waited.append)
    assert waited == [worker.TROUBLE] * 2
    assert [record.getMessage() for record in caplog.records] == ["started", "database", "database", "stopped"]
    assert {record.facts["error"] for record in caplog.records[1:3]} == {"database_absent"}  # type: ignore[attr-defined]


def test_n3_a_message_that_left_while_the_database_was_away_is_recorded_when_it_is_back(
    town: Make, post: PostOffice, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.book(G1, NINE, email="jules@example.org")
    waited: list[float] = []
    run = town.office.run

    def away_twice(function: Any, *args: Any, **given: Any) -> Any:
        if function is outbox.record_sent and len(waited) < 2:
            raise Broken("database_unreachable")
        return run(function, *args, **given)

    monkeypatch.setattr(town.office, "run", away_twice)
    with monkeypatch.context() as at_once:
        at_once.setattr(worker, "_rest", lambda watch, stopped: waited.append(0))
        worker.serve(town.office, worker="w", stopped=lambda: len(waited) == 3, wait=waited.append)
    assert waited == [worker.TROUBLE, worker.TROUBLE, 0]
    assert (len(post.boxes), statuses(town)) == (1, [MessageStatus.SENT])
    clock.advance(minutes=11)
    assert send(town) == Round(), "no lease is left to run out"


def test_two_workers_never_have_one_name() -> None:
    assert worker.own_name() != worker.own_name()
