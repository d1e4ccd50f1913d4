"""The outbox as agents see it (N3): lists with filters, and trying again what is parked."""

from typing import Any

import pytest

from rdv import date_input
from rdv.engine.booking import appointments
from rdv.engine.messages import outbox
from rdv.engine.messages.history import list_messages, retry_messages, show_message
from rdv.engine.setup import services, types
from rdv.engine.views.messages import MessageCard
from rdv.terms import Actor, Channel, MessageKind, MessageStatus, NotAllowed, NotFound, Refused, Right
from tests.conftest import FrozenClock, Make

G1 = "Guichet 1"
JOB = Actor.job("worker")


@pytest.fixture
def town(make: Make) -> Make:
    """Set up two partners: one informed by mail and SMS of one appointment and its move, one by mail of two."""
    make.office.settings = make.office.settings.model_copy(update={"sms_url": "file:unused", "secret": "s"})
    make.town()
    number = make.book(G1, "2017-04-10T09:00", phone="06 39 98 12 01", email="jules@example.org").id
    make.do(appointments.move, appointment=number, start=date_input.read("2017-04-10T09:30"))
    make.book(G1, "2017-04-11T09:00", "AULAN Gilles", email="gilles@example.org")
    return make


def listed(make: Make, **filters: Any) -> list[MessageCard]:
    found: list[MessageCard] = make.do(list_messages, **filters)
    return found


def park(make: Make, number: int = 1) -> None:
    with make.office.database.write() as session:
        session.connection().exec_driver_sql(
            f"UPDATE notice SET status = 'parked', attempts = 7, last_error = '550 unknown' WHERE id = {number}"
        )


def test_n3_messages_are_listed_the_latest_first(town: Make) -> None:
    cards = listed(town)
    assert [card.id for card in cards] == [5, 4, 3, 2, 1]
    first = cards[-1]
    assert (first.kind, first.channel, first.status, first.to) == (
        "confirmation", "email", "waiting", "jules@example.org",
    )  # fmt: skip
    assert first.partner is not None and first.partner.name == "BOIS Jules"
    assert (first.appointments, first.attempts, first.sent_at) == ((1,), 0, None)
    assert cards[-2].to == "+33639981201"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"kinds": [MessageKind.MOVE]}, [4, 3]),
        ({"channels": [Channel.SMS]}, [4, 2]),
        ({"kinds": [MessageKind.MOVE, MessageKind.CONFIRMATION], "channels": [Channel.SMS]}, [4, 2]),
        ({"partner": "AULAN Gilles"}, [5]),
        ({"appointment": 1}, [4, 3, 2, 1]),
        ({"appointment": 99}, []),
        ({"appointment": 10**30}, []),
        ({"statuses": [MessageStatus.SENT]}, []),
        ({"statuses": [MessageStatus.WAITING, MessageStatus.SENT], "limit": 2}, [5, 4]),
        ({"first": date_input.read("2017-04-05")}, []),
        ({"first": date_input.read("2017-04-04"), "last": date_input.read("2017-04-04")}, [5, 4, 3, 2, 1]),
        ({"last": date_input.read("2017-04-03")}, []),
    ],
)
def test_n3_filters_combine_and_several_values_of_one_add_up(
    town: Make, filters: dict[str, Any], found: list[int]
) -> None:
    assert [card.id for card in listed(town, **filters)] == found


def test_n3_a_message_of_several_appointments_is_found_by_each(town: Make) -> None:
    other = town.book(G1, "2017-04-11T09:30", "AULAN Gilles").id
    town.do(appointments.cancel, appointments=[2, other])
    for number in (2, other):
        assert listed(town, appointment=number)[0].appointments == (2, other)


def test_n3_one_message_is_shown_and_an_unknown_one_is_not_found(town: Make) -> None:
    assert town.do(show_message, message=1) == listed(town)[-1]
    for number in (99, 10**30):
        with pytest.raises(NotFound):
            town.do(show_message, message=number)


def test_n3_what_is_parked_is_tried_again_with_all_its_attempts(town: Make, clock: FrozenClock) -> None:
    park(town)
    clock.advance(hours=1)
    [card] = town.do(retry_messages, messages=[1])
    assert (card.status, card.attempts, card.last_error, card.due_at) == ("waiting", 0, None, clock.now)
    letter = town.do(outbox.claim_next, by=JOB, worker="w")
    assert letter is not None
    assert town.rows("SELECT action, subject_id FROM journal_entry WHERE action LIKE 'notice.%'") == [
        ("notice.retry", 1)
    ]


def test_n3_what_has_changed_since_is_not_sent_by_trying_again(town: Make, clock: FrozenClock) -> None:
    park(town)
    clock.advance(hours=1)
    town.do(retry_messages, messages=[1])
    kinds = []
    while (letter := town.do(outbox.claim_next, by=JOB, worker="w")) is not None:
        kinds.append((letter.kind, letter.channel, letter.name))
        town.do(outbox.record_sent, by=JOB, message=letter.id)
    assert ("confirmation", "email", "BOIS Jules") not in kinds
    assert ("move", "email", "BOIS Jules") in kinds
    assert town.do(show_message, message=1).status == MessageStatus.DROPPED


def test_n3_what_was_sent_or_is_on_its_way_is_not_tried_again(town: Make) -> None:
    letter = town.do(outbox.claim_next, by=JOB, worker="w")
    park(town, 5)
    with pytest.raises(Refused) as refused:
        town.do(retry_messages, messages=[5, letter.id])
    assert refused.value.error == "notice_sent"
    assert town.do(show_message, message=5).status == MessageStatus.PARKED, "all or none"
    town.do(outbox.record_sent, by=JOB, message=letter.id)
    with pytest.raises(Refused):
        town.do(retry_messages, messages=[letter.id])


def test_n3_a_failure_is_noted_by_whoever_had_the_message(town: Make) -> None:
    letter = town.do(outbox.claim_next, by=JOB, worker="w")
    assert town.do(outbox.record_failed, by=JOB, message=letter.id, worker="other", problem="x") is None
    assert town.do(outbox.record_failed, by=JOB, message=letter.id, worker="w", problem="x") is MessageStatus.WAITING


def test_g2_trying_again_takes_the_services_of_the_types(town: Make) -> None:
    town.do(services.add_service, label="Etat civil")
    town.do(types.set_type, type="Citoyenneté", services=["Etat civil"])
    park(town)
    karim = town.agent("karim", (Right.APPOINTMENTS,))
    with pytest.raises(NotAllowed) as refused:
        town.do(retry_messages, messages=[1], by=karim)
    assert refused.value.error == "service_missing"
    lucie = town.agent("lucie", (Right.APPOINTMENTS,), ("Etat civil",))
    assert town.do(retry_messages, messages=[1], by=lucie)[0].status == MessageStatus.WAITING
    assert town.do(list_messages, by=karim)
