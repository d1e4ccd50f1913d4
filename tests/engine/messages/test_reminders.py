"""Reminders (N1): at the hours of the type, one an appointment, slot, delay and channel, of what still holds."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rdv.engine.booking import appointments, partners, slots
from rdv.engine.messages import history, outbox
from rdv.engine.messages.reminders import Due, make_reminders
from rdv.engine.setup import types
from rdv.engine.upkeep import worker
from rdv.terms import Actor, Channel, Invalid, MessageKind
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1 = "Guichet 1"
WHEN = "2017-04-20T09:00"
JOB = Actor.job("worker")


@pytest.fixture
def town(make: Make) -> Make:
    make.office.settings = make.office.settings.model_copy(update={"sms_url": "file:unused", "secret": "s"})
    make.town()
    return make


def remind(make: Make) -> int:
    return worker.remind(make.office, stopped=lambda: False)


def queued(make: Make) -> list[tuple[int, str]]:
    cards = make.do(history.list_messages, kinds=[MessageKind.REMINDER])
    return [(card.appointments[0], card.channel) for card in reversed(cards)]


def leaving(make: Make) -> list[str]:
    """Return the kinds of the messages that leave now."""
    kinds = []
    while (letter := make.do(outbox.claim_next, by=JOB, worker="w")) is not None:
        kinds.append(letter.kind)
        make.do(outbox.record_sent, by=JOB, message=letter.id)
    return kinds


def test_n1_a_partner_is_reminded_two_days_ahead_by_mail_and_sms(town: Make, clock: FrozenClock) -> None:
    number = town.book(G1, WHEN, phone="06 39 98 12 01", email="jules@example.org").id
    clock.set("2017-04-18T08:59")
    assert remind(town) == 0
    clock.set("2017-04-18T09:00")
    assert remind(town) == 2
    assert queued(town) == [(number, "email"), (number, "sms")]


def test_n1_nobody_is_reminded_twice(town: Make, clock: FrozenClock) -> None:
    town.book(G1, WHEN, email="jules@example.org")
    clock.set("2017-04-18T09:00")
    assert [remind(town) for _ in range(3)] == [1, 0, 0]
    leaving(town)
    clock.set("2017-04-19T09:00")
    assert remind(town) == 0


def test_n1_each_delay_of_the_type_reminds(town: Make, clock: FrozenClock) -> None:
    town.do(types.set_type, type="Citoyenneté", reminder_hours=[2, 48])
    assert town.do(types.show_type, type="Citoyenneté").reminder_hours == (48, 2)
    town.book(G1, WHEN, email="jules@example.org")
    made = []
    for now in ("2017-04-18T09:00", "2017-04-20T06:59", "2017-04-20T07:00", "2017-04-20T08:00"):
        clock.set(now)
        made.append(remind(town))
    assert made == [1, 0, 1, 0]


def test_n1_of_delays_that_have_passed_together_only_the_last_reminds(town: Make, clock: FrozenClock) -> None:
    town.do(types.set_type, type="Citoyenneté", reminder_hours=[48, 24, 2])
    town.book(G1, WHEN, email="jules@example.org")
    clock.set("2017-04-20T07:30")
    assert remind(town) == 1


def test_n1_a_type_without_delay_reminds_nobody(town: Make, clock: FrozenClock) -> None:
    town.do(types.set_type, type="Citoyenneté", reminder_hours=[])
    town.book(G1, WHEN, email="jules@example.org")
    clock.set("2017-04-20T08:00")
    assert remind(town) == 0


def test_n1_who_was_told_within_the_delay_is_not_reminded(town: Make, clock: FrozenClock) -> None:
    clock.set("2017-04-19T10:00")
    town.book(G1, WHEN, email="jules@example.org")
    town.do(types.set_type, type="Citoyenneté", reminder_hours=[48, 2])
    assert remind(town) == 0
    clock.set("2017-04-20T07:00")
    assert remind(town) == 1


def test_n1_a_moved_appointment_reminds_anew(town: Make, clock: FrozenClock) -> None:
    number = town.book(G1, WHEN, email="jules@example.org").id
    clock.set("2017-04-18T09:00")
    assert remind(town) == 1
    town.do(appointments.move, appointment=number, start="2017-04-25T09:00")
    assert remind(town) == 0
    clock.set("2017-04-23T09:00")
    assert remind(town) == 1


def cancelled(make: Make, number: int) -> None:
    make.do(appointments.cancel, appointments=[number])


def moved(make: Make, number: int) -> None:
    make.do(appointments.move, appointment=number, start="2017-04-21T09:00")


def lost(make: Make, _number: int) -> None:
    make.do(slots.suspend, counter=G1, start=WHEN)


@pytest.mark.parametrize(
    ("change", "kind"), [(cancelled, "cancellation"), (moved, "move"), (lost, "invitation")]
)  # fmt: skip
def test_n1_what_has_changed_before_it_left_is_not_recalled(
    town: Make, clock: FrozenClock, change: Callable[[Make, int], None], kind: str
) -> None:
    number = town.book(G1, WHEN, email="jules@example.org").id
    assert leaving(town) == ["confirmation"]
    clock.set("2017-04-18T09:00")
    remind(town)
    change(town, number)
    assert leaving(town) == [kind]
    [card] = town.do(history.list_messages, kinds=[MessageKind.REMINDER])
    assert (card.status, card.last_error) == ("dropped", "changed_since")


def test_i2_a_slot_that_was_lost_and_given_back_reminds_once(town: Make, clock: FrozenClock) -> None:
    town.book(G1, WHEN, email="jules@example.org")
    clock.set("2017-04-18T09:00")
    assert remind(town) == 1
    town.do(slots.suspend, counter=G1, start=WHEN)
    town.do(slots.release, counter=G1, start=WHEN, restore=True)
    assert remind(town) == 0


def test_n3_reminders_wait_for_the_morning(town: Make, clock: FrozenClock) -> None:
    town.do(types.set_type, type="Citoyenneté", reminder_hours=[35])  # 22:00 two days before
    town.book(G1, WHEN, email="jules@example.org")
    leaving(town)
    clock.set("2017-04-18T22:00")
    assert remind(town) == 1
    assert leaving(town) == []
    [card] = town.do(history.list_messages, kinds=[MessageKind.REMINDER])
    assert card.due_at == datetime(2017, 4, 19, 8, tzinfo=ZoneInfo("Europe/Paris"))
    clock.set("2017-04-19T08:00")
    assert leaving(town) == ["reminder"]


def test_n3_nobody_is_reminded_of_what_has_begun(town: Make, clock: FrozenClock) -> None:
    town.book(G1, WHEN, email="jules@example.org")
    leaving(town)
    clock.set("2017-04-20T08:59")
    assert remind(town) == 1
    clock.set("2017-04-20T09:00")
    assert leaving(town) == []
    assert remind(town) == 0


def test_n1_wishes_and_addresses_of_the_moment_count(town: Make, clock: FrozenClock) -> None:
    town.book(G1, WHEN, phone="06 39 98 12 01")
    town.do(partners.set_partner, partner="BOIS Jules", email="jules@example.org", wants_sms=False)
    clock.set("2017-04-18T09:00")
    assert remind(town) == 1
    assert queued(town) == [(1, "email")]


def test_n1_without_a_service_of_sms_no_reminder_is_made_for_it(town: Make, clock: FrozenClock) -> None:
    town.office.settings = town.office.settings.model_copy(update={"sms_url": None})
    town.book(G1, WHEN, phone="06 39 98 12 01", email="jules@example.org")
    clock.set("2017-04-18T09:00")
    assert remind(town) == 1
    assert queued(town) == [(1, Channel.EMAIL)]


def test_n1_two_workers_at_once_remind_once(pg_town: Make, meanwhile: Meanwhile) -> None:
    pg_town.book(G1, "2017-04-06T09:00", email="jules@example.org")
    clock = pg_town.office.clock
    assert isinstance(clock, FrozenClock)
    clock.set("2017-04-05T09:00")
    pg_town.do(types.set_type, type="Citoyenneté", reminder_hours=[24])
    made: list[int] = []
    waited, other = meanwhile(lambda work: made.append(make_reminders(work, due=[Due(1, 24)])), lambda: remind(pg_town))
    assert waited
    assert (made, other) == ([1], 0)
    assert queued(pg_town) == [(1, "email")]


@pytest.mark.parametrize(
    ("hours", "error"), [([0], "number"), ([8761], "number"), ([1, 2, 3, 4, 5, 6], "reminders_many")]
)
def test_c1_delays_that_cannot_be_are_refused(town: Make, hours: list[int], error: str) -> None:
    for function, given in (
        (types.add_type, {"label": "X"}), (types.set_type, {"type": "Citoyenneté"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as told:
            town.do(function, reminder_hours=hours, **given)
        assert told.value.error == error
    assert town.do(types.show_type, type="Citoyenneté").reminder_hours == (48,)
