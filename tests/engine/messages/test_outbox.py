"""Messages on their way (N3): one worker at a time has one, failures are tried again, what is of no use is dropped."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv.engine.booking import appointments, partners, slots
from rdv.engine.messages import history, outbox
from rdv.engine.office import ANY_RIGHT, REGISTRY, UseCase, Work
from rdv.engine.seats.message_queue import new_message, queue_messages
from rdv.engine.views.messages import OutboxState, OutgoingMessage
from rdv.terms import Actor, Channel, MessageKind, MessageStatus
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1 = "Guichet 1"
NINE, HALF, TEN = "2017-04-06T09:00", "2017-04-06T09:30", "2017-04-06T10:00"
JOB = Actor.job("worker")
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def town(make: Make) -> Make:
    make.office.settings = make.office.settings.model_copy(update={"sms_url": "file:unused", "secret": "s"})
    make.town()
    return make


def claim(make: Make, worker: str = "w1") -> OutgoingMessage | None:
    found: OutgoingMessage | None = make.do(outbox.claim_next, by=JOB, worker=worker)
    return found


def claimed(make: Make, worker: str = "w1") -> OutgoingMessage:
    found = claim(make, worker)
    assert found is not None
    return found


def sent(make: Make, letter: OutgoingMessage) -> None:
    make.do(outbox.record_sent, by=JOB, message=letter.id)


def failed(make: Make, letter: OutgoingMessage, worker: str = "w1") -> MessageStatus | None:
    status: MessageStatus | None = make.do(
        outbox.record_failed, by=JOB, message=letter.id, worker=worker, problem="450"
    )
    return status


def statuses(make: Make) -> list[tuple[Any, ...]]:
    return make.rows("SELECT kind, channel, status, last_error FROM notice ORDER BY id")


# Claims


def test_n3_a_message_is_one_worker_s_until_its_lease_runs_out(town: Make, clock: FrozenClock) -> None:
    town.book(G1, NINE, email="jules@example.org")
    first = claimed(town, "w1")
    assert (first.kind, first.channel, first.to, first.attempt) == ("confirmation", "email", "jules@example.org", 1)
    assert claim(town, "w2") is None
    clock.advance(minutes=9, seconds=59)
    assert claim(town, "w2") is None
    clock.advance(seconds=1)
    again = claimed(town, "w2")
    assert (again.id, again.message_id, again.attempt) == (first.id, first.message_id, 2)


def test_n3_what_was_sent_is_not_sent_again(town: Make, clock: FrozenClock) -> None:
    town.book(G1, NINE, email="jules@example.org")
    sent(town, claimed(town))
    clock.advance(days=1)
    assert claim(town) is None
    assert statuses(town) == [("confirmation", "email", "sent", None)]
    [card] = town.do(history.list_messages)
    assert card.sent_at == clock.now - timedelta(days=1)


def test_n3_a_worker_that_comes_back_late_says_what_it_sent_and_not_what_it_failed(
    town: Make, clock: FrozenClock
) -> None:
    town.book(G1, NINE, email="jules@example.org")
    slow = claimed(town, "w1")
    clock.advance(minutes=11)
    claimed(town, "w2")
    assert failed(town, slow, "w1") is None
    assert statuses(town) == [("confirmation", "email", "waiting", None)]
    sent(town, slow)
    assert failed(town, slow, "w2") is None
    assert statuses(town) == [("confirmation", "email", "sent", None)]


def test_n3_two_workers_at_once_never_take_the_same_message(pg_town: Make, meanwhile: Meanwhile) -> None:
    pg_town.book(G1, NINE, email="jules@example.org")
    pg_town.book(G1, HALF, "AULAN Gilles", email="gilles@example.org")
    first: list[OutgoingMessage | None] = []
    waited, second = meanwhile(
        lambda work: first.append(outbox.claim_next(work, worker="w1")), lambda: claim(pg_town, "w2")
    )
    assert not waited, "a claim never waits for another"
    assert isinstance(second, OutgoingMessage) and first[0] is not None
    assert {first[0].to, second.to} == {"jules@example.org", "gilles@example.org"}


# Failures


def test_n3_a_failure_is_tried_again_after_growing_delays_then_parked(town: Make, clock: FrozenClock) -> None:
    town.book(G1, "2017-06-06T09:00", email="jules@example.org")
    for minutes in (1, 5, 30, 120, 360, 1440):
        assert failed(town, claimed(town)) is MessageStatus.WAITING
        clock.advance(minutes=minutes, seconds=-1)
        assert claim(town) is None
        clock.advance(seconds=1)
    assert failed(town, claimed(town)) is MessageStatus.PARKED
    assert statuses(town) == [("confirmation", "email", "parked", "450")]
    clock.advance(days=30)
    assert claim(town) is None


def test_n3_a_message_that_no_worker_survives_is_parked_in_the_end(town: Make, clock: FrozenClock) -> None:
    town.book(G1, "2017-06-06T09:00", email="jules@example.org")
    for _ in range(7):
        claimed(town)
        clock.advance(minutes=10)
    assert claim(town) is None
    assert statuses(town) == [("confirmation", "email", "parked", "worker_lost")]


def test_g3_the_story_of_an_appointment_says_whether_its_partner_was_told(town: Make, clock: FrozenClock) -> None:
    number = town.book(G1, "2017-06-06T09:00", email="jules@example.org", phone="06 39 98 12 01").id
    sent(town, claimed(town))
    for _ in range(7):
        failed(town, claimed(town))
        clock.advance(days=1)
        clock.set(f"{clock.now:%Y-%m-%d}T12:00")
    story = town.do(appointments.show_appointment, appointment=number).history
    assert [(line.action, line.facts.get("channel")) for line in story] == [
        ("appointment.assign", None), ("appointment.told", "email"), ("appointment.not_told", "sms"),
    ]  # fmt: skip
    assert [(line.actor_kind, line.actor) for line in story[1:]] == [("job", "worker")] * 2


# Order and truth


def test_n3_what_a_partner_is_told_is_told_in_the_order_of_the_changes(town: Make) -> None:
    number = town.book(G1, NINE, email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(appointments.cancel, appointments=[number])
    for kind in ("confirmation", "move", "cancellation"):
        letter = claimed(town, "w1")
        assert letter.kind == kind
        assert claim(town, "w2") is None, "the next one waits for it"
        sent(town, letter)


def test_n3_each_message_tells_its_own_change_whatever_came_later(town: Make) -> None:
    number = town.book(G1, NINE, email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(appointments.move, appointment=number, start=TEN)
    told = []
    while (letter := claim(town)) is not None:
        [one] = letter.appointments
        before = one.before and f"{one.before.starts_at:%H:%M}"
        told.append((letter.kind, before, f"{one.slot.starts_at:%H:%M}", one.sequence))
        sent(town, letter)
    assert told == [("confirmation", None, "09:00", 1), ("move", "09:00", "09:30", 2), ("move", "09:30", "10:00", 3)]


def test_n3_what_could_not_be_told_in_time_is_not_told_after_what_came_later(town: Make, clock: FrozenClock) -> None:
    number = town.book(G1, NINE, email="jules@example.org").id
    failed(town, claimed(town))
    town.do(appointments.move, appointment=number, start=HALF)
    letter = claimed(town)
    assert letter.kind == "move", "a failure holds nobody up"
    sent(town, letter)
    clock.advance(minutes=1)
    assert claim(town) is None
    assert statuses(town)[0] == ("confirmation", "email", "dropped", "changed_since")


def test_n3_of_several_appointments_those_that_changed_are_left_out(town: Make, clock: FrozenClock) -> None:
    one, other = (town.book(G1, start, email="jules@example.org").id for start in (NINE, HALF))
    for _ in range(2):
        sent(town, claimed(town))
    town.do(slots.suspend, counter=G1, start=NINE, to=TEN)
    letter = claimed(town)
    assert [told.id for told in letter.appointments] == [one, other]
    failed(town, letter)
    town.do(appointments.move, appointment=one, start="2017-04-07T09:00")
    sent(town, claimed(town))
    clock.advance(minutes=1)
    assert [told.id for told in claimed(town).appointments] == [other]


def test_n2_who_is_told_is_read_when_the_message_leaves(town: Make) -> None:
    town.book(G1, NINE, email="jules@example.org")
    town.do(partners.set_partner, partner="BOIS Jules", email="bois@example.org", name="BOIS-ROY Jules", language="en")
    letter = claimed(town)
    assert (letter.to, letter.name, letter.language) == ("bois@example.org", "BOIS-ROY Jules", "en")


def test_n1_a_partner_without_a_language_is_told_in_that_of_the_settings(town: Make) -> None:
    town.book(G1, NINE, email="jules@example.org")
    assert claimed(town).language == "fr"


# Obsolete messages


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": ""}, "no_address"),
        ({"wants_email": False}, "not_wanted"),
    ],
)
def test_n3_who_has_no_address_or_no_wish_by_now_is_not_told(town: Make, change: dict[str, Any], why: str) -> None:
    town.book(G1, NINE, email="jules@example.org")
    town.do(partners.set_partner, partner="BOIS Jules", **change)
    assert claim(town) is None
    assert statuses(town) == [("confirmation", "email", "dropped", why)]


def test_n3_nobody_is_told_of_the_past(town: Make, clock: FrozenClock) -> None:
    town.book(G1, NINE, email="jules@example.org")
    clock.set("2017-04-06T09:30")
    assert claim(town) is None
    assert statuses(town) == [("confirmation", "email", "dropped", "changed_since")]


def test_n3_without_a_service_of_sms_none_is_sent(town: Make) -> None:
    town.book(G1, NINE, phone="06 39 98 12 01", email="jules@example.org")
    town.office.settings = town.office.settings.model_copy(update={"sms_url": None})
    assert claimed(town).channel == "email"
    assert claim(town) is None
    assert statuses(town)[1] == ("confirmation", "sms", "dropped", "channel_off")


def test_a7_messages_that_wait_follow_a_merged_file(town: Make) -> None:
    town.book(G1, NINE, email="jules@example.org")
    town.do(partners.add_partner, name="BOIS Jules-Henri", email="henri@example.org")
    town.do(partners.merge_partners, partner="C000001", into="C000002")
    letter = claimed(town)
    assert (letter.to, letter.partner_id) == ("henri@example.org", 2)


# Quiet hours


def test_n3_at_night_what_rings_a_telephone_waits_and_a_mail_does_not(town: Make, clock: FrozenClock) -> None:
    clock.set("2017-04-04T22:00")
    town.book(G1, NINE, phone="06 39 98 12 01", email="jules@example.org")
    mail = claimed(town)
    assert mail.channel == Channel.EMAIL
    sent(town, mail)
    assert claim(town) is None
    [sms] = town.do(history.list_messages, channels=[Channel.SMS])
    assert (sms.status, sms.due_at, sms.attempts) == ("waiting", datetime(2017, 4, 5, 8, tzinfo=PARIS), 0)
    clock.set("2017-04-05T08:00")
    assert claimed(town).channel == Channel.SMS


def test_n3_a_town_that_is_never_quiet_sends_at_night(town: Make, clock: FrozenClock) -> None:
    town.office.settings = town.office.settings.model_copy(update={"quiet_hours": ""})
    clock.set("2017-04-04T22:00")
    town.book(G1, NINE, phone="06 39 98 12 01")
    assert claimed(town).channel == Channel.SMS


# Addresses that are in no file


def put(make: Make, **fields: Any) -> None:
    """Queue a message to an address, as for an account without a file."""

    def tell(work: Work) -> None:
        queue_messages(work, [new_message(work, MessageKind.CONFIRMATION, Channel.EMAIL, **fields)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(REGISTRY, tell, UseCase("test", ANY_RIGHT, True))
        make.do(tell)


def test_n2_a_message_may_go_to_an_address_that_is_in_nobody_s_file(town: Make) -> None:
    put(town, address="lea@example.org", facts={"language": "en", "link": {}})
    letter = claimed(town)
    assert (letter.to, letter.name, letter.language, letter.appointments) == ("lea@example.org", "", "en", ())
    sent(town, letter)
    assert statuses(town) == [("confirmation", "email", "sent", None)]


def test_n2_what_is_to_come_once_comes_once(town: Make) -> None:
    put(town, address="lea@example.org", once="sign-up lea@example.org", facts={})
    with pytest.raises(Exception, match="changed_meanwhile"):
        put(town, address="lea@example.org", once="sign-up lea@example.org", facts={})


# How it stands


def test_n3_how_the_outbox_stands(town: Make, clock: FrozenClock) -> None:
    assert town.do(outbox.outbox_state) == OutboxState()
    made = clock.now
    town.book(G1, "2017-06-06T09:00", email="jules@example.org")
    clock.advance(minutes=2)
    town.book(G1, "2017-06-06T09:30", "AULAN Gilles", email="gilles@example.org")
    state = town.do(outbox.outbox_state)
    assert (state.due, state.later, state.parked, state.oldest_due) == (2, 0, 0, made)
    failed(town, claimed(town))
    assert (town.do(outbox.outbox_state).due, town.do(outbox.outbox_state).later) == (1, 1)
