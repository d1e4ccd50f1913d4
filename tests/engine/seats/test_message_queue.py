"""Messages to citizens, written with the change that they announce: A3, A4, S4 and N2."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rdv.engine.booking import appointments, partners, slots
from rdv.terms import Conflict, Invalid
from tests.conftest import FrozenClock, Make

G1 = "Guichet 1"
NINE, HALF = "2017-04-06T09:00", "2017-04-06T09:30"


@pytest.fixture
def town(make: Make) -> Make:
    make.town()
    return make


def outbox(make: Make) -> list[tuple[Any, ...]]:
    return make.rows("SELECT kind, channel, appointment_id FROM notice ORDER BY id")


def facts(make: Make) -> dict[str, Any]:
    """Return the facts of the latest message."""
    ((found,),) = make.rows("SELECT facts FROM notice ORDER BY id DESC LIMIT 1")
    told: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return told


def test_n2_each_change_of_an_appointment_is_told_on_the_channels_that_the_file_knows(town: Make) -> None:
    number = town.book(G1, NINE, phone="0612345678", email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(slots.suspend, counter=G1, start=HALF)
    town.do(appointments.cancel, appointments=[number])
    told = outbox(town)
    assert [kind for kind, _, _ in told[::2]] == ["confirmation", "move", "invitation", "cancellation"]
    assert sorted(told) == sorted(
        (kind, channel, number)
        for kind in ("confirmation", "move", "invitation", "cancellation")
        for channel in ("email", "sms")
    )


@pytest.mark.parametrize(
    ("contact", "channels"),
    [({}, []), ({"phone": "0612345678"}, ["sms"]), ({"email": "jules@example.org"}, ["email"])],
)
def test_n2_who_has_no_address_on_a_channel_is_told_nothing_there(
    town: Make, contact: dict[str, str], channels: list[str]
) -> None:
    town.book(G1, NINE, **contact)
    assert [channel for _, channel, _ in outbox(town)] == channels


def test_n2_a_message_waits_to_be_sent_at_once_under_an_identity_of_its_own(town: Make, clock: FrozenClock) -> None:
    town.book(G1, NINE, phone="0612345678", email="jules@example.org")
    rows = town.rows("SELECT status, attempts, last_error, sent_at FROM notice")
    assert rows == [("waiting", 0, None, None)] * 2
    assert len({row for (row,) in town.rows("SELECT message_id FROM notice")}) == 2
    at = [made if isinstance(made, datetime) else datetime.fromtimestamp(made, UTC) for row in
          town.rows("SELECT made_at, due_at FROM notice") for made in row]  # fmt: skip
    assert at == [clock.now] * 4


def test_n2_a_move_tells_where_the_appointment_was(town: Make) -> None:
    number = town.book(G1, NINE, email="jules@example.org").id
    town.do(appointments.move, appointment=number, start=HALF)
    slots_told = [
        {"counter_id": 1, "starts_at": f"2017-04-06T{start}:00+02:00", "ends_at": f"2017-04-06T{end}:00+02:00"}
        for start, end in (("09:00", "09:30"), ("09:30", "10:00"))
    ]
    assert facts(town) == {"appointments": [{"id": number, "sequence": 2, **slots_told[1], "before": slots_told[0]}]}


def test_n2_no_message_without_its_change_and_none_for_a_preview(town: Make) -> None:
    town.book(G1, NINE, "AULAN Gilles")
    with pytest.raises(Conflict):
        town.book(G1, NINE, phone="0612345678", email="jules@example.org")
    with pytest.raises(Invalid):
        town.book(G1, HALF, email="jules")
    town.do(appointments.assign, preview=True, counter=G1, start=HALF, partner="X", email="x@example.org")
    assert outbox(town) == []


def test_nobody_is_told_of_what_happens_to_the_past(town: Make, clock: FrozenClock) -> None:
    numbers = [town.book(G1, start, name, email=f"{name}@example.org").id for start, name in ((NINE, "a"), (HALF, "b"))]
    before = outbox(town)
    clock.set("2017-04-06T12:00")
    town.do(appointments.cancel, appointments=numbers[:1])
    town.do(appointments.mark_done, appointments=numbers[1:])
    assert outbox(town) == before


def test_n2_messages_name_appointments_and_no_person(town: Make) -> None:
    """Names, phones and addresses are read when the message is sent: a corrected address is the one used."""
    number = town.book(G1, NINE, phone="0612345678", email="jules@example.org").id
    town.do(partners.set_partner, partner="BOIS Jules", email="bois@example.org")
    town.do(appointments.cancel, appointments=[number])
    everything = str(town.rows("SELECT * FROM notice"))
    for secret in ("BOIS", "612345678", "example.org"):
        assert secret not in everything


def test_n1_what_a_partner_does_not_want_is_not_recorded(town: Make) -> None:
    town.do(partners.add_partner, name="BOIS Jules", phone="0612345678", email="jules@example.org", wants_sms=False)
    town.book(G1, NINE, "C000001")
    assert [channel for _, channel, _ in outbox(town)] == ["email"]
    town.do(partners.set_partner, partner="C000001", wants_sms=True, wants_email=False)
    town.book(G1, HALF, "C000001")
    assert [channel for _, channel, _ in outbox(town)] == ["email", "sms"]


def test_n2_several_cancelled_at_once_are_one_message(town: Make) -> None:
    numbers = [town.book(G1, start, email="jules@example.org").id for start in (NINE, HALF)]
    town.do(appointments.cancel, appointments=numbers)
    assert outbox(town)[2:] == [("cancellation", "email", numbers[0])]
    assert [one["id"] for one in facts(town)["appointments"]] == numbers


def test_n1_the_number_of_changes_grows_whether_somebody_is_told_or_not(town: Make) -> None:
    number = town.book(G1, NINE).id
    town.do(appointments.move, appointment=number, start=HALF)
    town.do(slots.suspend, counter=G1, start=HALF)
    town.do(slots.release, counter=G1, start=HALF, restore=True)
    town.do(appointments.cancel, appointments=[number])
    assert town.rows("SELECT sequence FROM appointment") == [(5,)]
    assert outbox(town) == []
