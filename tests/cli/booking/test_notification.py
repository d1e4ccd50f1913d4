"""`rdv notification`: the messages to citizens."""

from tests.cli.conftest import Cli

NOTIFICATION = {
    "id", "message_id", "kind", "channel", "status", "partner", "to", "appointments", "made_at", "due_at", "attempts",
    "last_error", "sent_at",
}  # fmt: skip
BOOK = "appointment assign 'Guichet 1' 2017-04-10T09:00 --partner 'DURAND Léa' --email lea@example.org"


def test_n3_messages_are_listed_and_shown(cli: Cli) -> None:
    number = cli.json(f"{BOOK} --phone '06 39 98 12 05'")["id"]
    sms, mail = cli.json("notification list")
    assert set(mail) == NOTIFICATION
    assert mail | {"message_id": "", "id": 0} == {
        "id": 0, "message_id": "", "kind": "confirmation", "channel": "email", "status": "waiting",
        "partner": {"code": "C000105", "name": "DURAND Léa"}, "to": "lea@example.org", "appointments": [number],
        "made_at": "2017-04-04T16:35:00+02:00", "due_at": "2017-04-04T16:35:00+02:00", "attempts": 0,
        "last_error": None, "sent_at": None,
    }  # fmt: skip
    assert cli.json(f"notification show {mail['id']}") == mail
    assert cli.json("notification list --channel sms --status waiting --kind confirmation --limit 5") == [sms]
    assert cli.json("notification list --partner C000105 --appointment 1") == []
    assert cli.json("notification list --from 2017-04-05") == []
    head, row = cli("notification list --channel email").rows
    assert head == ["No.", "Made on", "Message", "Channel", "Partner", "Recipient", "Status", "Problem"]
    assert row[2:] == ["confirmation", "e-mail", "DURAND Léa (C000105)", "lea@example.org", "waiting", "–"]
    assert mail["message_id"] in cli.done(f"notification show {mail['id']}")
    assert "en attente" in cli.done(f"notification show {mail['id']}", lang="fr")


def test_n3_what_is_parked_is_tried_again(cli: Cli) -> None:
    cli.json(BOOK)
    with cli.database.write() as session:
        session.connection().exec_driver_sql("UPDATE notice SET status = 'parked', last_error = '550 unknown'")
    assert cli("notification list").rows[1][-2:] == ["parked", "550 unknown"]
    assert cli.done("notification retry 1") == "Message 1: waiting.\n"
    [again] = cli.json("notification retry 1")
    assert (again["status"], again["last_error"]) == ("waiting", None)
    ran = cli("notification retry 1 99 --json")
    assert (ran.code, ran.error["error"]) == (4, "not_found")


def test_n3_why_a_message_was_dropped_is_said(cli: Cli) -> None:
    cli.json(BOOK)
    cli.done("partner set C000105 --no-mail")
    cli.done("worker --once")
    assert cli("notification list --kind confirmation").rows[1][-2:] == [
        "dropped", "the partner does not want such messages",
    ]  # fmt: skip


def test_n3_the_story_of_an_appointment_says_whether_its_partner_was_told(cli: Cli) -> None:
    number = cli.json(BOOK)["id"]
    cli.done("worker --once")
    shown = cli.done(f"appointment show {number}")
    assert "confirmation sent by e-mail" in shown
    assert "confirmation par courriel" in cli.done(f"appointment show {number}", lang="fr")
