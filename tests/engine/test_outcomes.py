"""Outcomes taken back (A8) and arrivals (A9)."""

from typing import Any

import pytest

from rdv import moments
from rdv.engine import appointments as a
from rdv.engine import configuration, counters, journal, slots, weeks
from rdv.engine.views import AppointmentCard
from rdv.terms import (
    AppointmentList,
    AppointmentStatus,
    Conflict,
    NotAllowed,
    NotFound,
    Refused,
    Right,
    SlotStatus,
)
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1 = "Guichet 1"
NINE, HALF, TEN = "2017-04-06T09:00", "2017-04-06T09:30", "2017-04-06T10:00"
PLANNED, TO_RESCHEDULE, CANCELLED, DONE, NO_SHOW, PAST = AppointmentStatus


@pytest.fixture
def town(make: Make) -> Make:
    make.town()
    return make


def reopen(make: Make, *numbers: int, **given: Any) -> list[AppointmentCard]:
    found: list[AppointmentCard] = make.do(a.reopen, appointments=numbers, **given)
    return found


def cancelled(make: Make, start: str = NINE, **given: Any) -> int:
    number = make.book(G1, start, **given).id
    make.do(a.cancel, appointments=[number])
    return number


@pytest.mark.parametrize("outcome", [a.mark_done, a.mark_no_show])
def test_a8_done_and_no_show_are_planned_again_on_the_seat_that_they_kept(
    town: Make, clock: FrozenClock, outcome: Any
) -> None:
    card = town.book(G1, NINE, phone="06 39 98 12 05")
    clock.set("2017-04-06T09:10")
    told = town.rows("SELECT count(*) FROM notice")
    town.do(outcome, appointments=[card.id])
    assert reopen(town, card.id) == [card]
    assert town.slot(G1, NINE).appointments == (card.id,)
    assert town.rows("SELECT count(*) FROM notice") == told, "a slip of the pen is nobody's news"
    town.do(a.move, appointment=card.id, start=TEN)


def test_a8_a_past_one_without_slot_goes_back_to_its_list(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-06T18:00")
    town.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 14:00-17:00", 30)])
    town.do(a.mark_no_show, appointments=[card.id])
    (again,) = reopen(town, card.id)
    assert (again.status, again.has_slot) == (PAST, False)
    listed = town.do(a.list_appointments, view=AppointmentList.PAST_WITHOUT_STATUS)
    assert [one.id for one in listed] == [card.id]


def test_a8_a_cancelled_one_has_its_slot_again_and_its_partner_is_told(town: Make) -> None:
    card = town.book(G1, NINE, phone="06 39 98 12 05")
    town.do(a.cancel, appointments=[card.id])
    assert reopen(town, card.id) == [card]
    assert town.slot(G1, NINE).appointments == (card.id,)
    kinds = [kind for (kind,) in town.rows("SELECT kind FROM notice ORDER BY id")]
    assert kinds == ["confirmation", "cancellation", "confirmation"]


def test_a8_a_past_one_that_was_cancelled_has_its_slot_again_and_nobody_is_told(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE, phone="06 39 98 12 05")
    clock.set("2017-04-06T18:00")
    town.do(a.cancel, appointments=[card.id])
    (again,) = reopen(town, card.id)
    assert (again.status, again.has_slot) == (PAST, True)
    assert town.rows("SELECT count(*) FROM notice") == [(1,)]


def test_a8_s5_a_slot_that_somebody_has_is_not_given_back(town: Make) -> None:
    number = cancelled(town)
    other = town.book(G1, NINE, "AULAN Gilles")
    with pytest.raises(Conflict) as told:
        reopen(town, number)
    assert (told.value.error, told.value.rule) == ("slot_taken", "S5")
    assert town.slot(G1, NINE).appointments == (other.id,)
    assert town.do(a.show_appointment, appointment=number).card.status is CANCELLED


def test_a8_a_seat_that_is_left_is_enough(town: Make) -> None:
    number = cancelled(town)
    town.do(counters.set_counter, counter=G1, capacity=2)
    other = town.book(G1, NINE, "AULAN Gilles")
    assert reopen(town, number)[0].status is PLANNED
    assert set(town.slot(G1, NINE).appointments) == {number, other.id}


def test_a8_c7_a_desk_that_is_taken_is_not_given_back(make: Make) -> None:
    make.do(configuration.add_desk, label="Poste 1")
    make.town(G1, "Guichet 2", desk="Poste 1")
    number = cancelled(make)
    make.book("Guichet 2", NINE, "AULAN Gilles")
    with pytest.raises(Conflict) as told:
        reopen(make, number)
    assert told.value.error == "desk_taken"


def test_a8_s3_a_reserved_slot_is_given_back_and_a_suspended_one_is_not(town: Make) -> None:
    number = cancelled(town)
    town.do(slots.suspend, counter=G1, start=NINE)
    with pytest.raises(Refused) as told:
        reopen(town, number)
    assert (told.value.error, told.value.rule) == ("slot_suspended", "S3")
    town.do(slots.release, counter=G1, start=NINE)
    town.do(slots.reserve, counter=G1, start=NINE)
    assert reopen(town, number)[0].status is PLANNED
    assert town.status(G1, NINE) is SlotStatus.BOOKED


@pytest.mark.parametrize(
    ("function", "given", "error"),
    [
        (weeks.set_week, {"week": "Semaine", "hours": [("Mo-Fr 14:00-17:00", 30)]}, "slot_gone"),
        (weeks.set_week, {"week": "Semaine", "hours": [("Mo-Fr 09:00-12:00", 20)]}, "slot_gone"),
        (counters.set_counter, {"counter": G1, "last": "2017-04-05"}, "slot_gone"),
        (counters.remove_counter, {"counter": G1}, "slot_gone"),
        (counters.set_counter, {"counter": G1, "type": "Passeport"}, "other_type"),
    ],
)
def test_a8_a_slot_that_is_no_more_what_it_was_is_not_given_back(
    town: Make, clock: FrozenClock, function: Any, given: dict[str, Any], error: str
) -> None:
    """Nor to one that is done before its hour and lost its seat since."""
    town.do(configuration.add_type, label="Passeport")
    early = town.book(G1, TEN, "AULAN Gilles").id
    number = cancelled(town)
    clock.set("2017-04-06T08:00")
    town.do(a.mark_done, appointments=[early])
    town.do(function, **given)
    for one, status in ((number, CANCELLED), (early, DONE)):
        with pytest.raises(Refused) as told:
            reopen(town, one)
        assert told.value.error == error
        assert told.value.facts["counter"] == G1
        assert town.do(a.show_appointment, appointment=one).card.status is status


def test_a8_one_that_was_done_early_and_lost_its_seat_takes_it_again(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-06T08:00")
    town.do(a.mark_done, appointments=[card.id])
    town.do(slots.suspend, counter=G1, start=NINE)
    with pytest.raises(Refused):
        reopen(town, card.id)
    town.do(slots.release, counter=G1, start=NINE)
    assert reopen(town, card.id) == [card]


def test_a8_only_an_outcome_is_taken_back(town: Make) -> None:
    planned, lost = town.book(G1, NINE).id, town.book(G1, HALF, "AULAN Gilles").id
    town.do(slots.suspend, counter=G1, start=HALF)
    for number in (planned, lost):
        with pytest.raises(Refused) as told:
            reopen(town, number)
        assert (told.value.error, told.value.rule) == ("appointment_open", "A8")
    with pytest.raises(NotFound):
        reopen(town, 99)


def test_a8_several_are_taken_back_all_or_none(town: Make) -> None:
    one, other = cancelled(town), cancelled(town, HALF)
    town.book(G1, HALF, "AULAN Gilles")
    with pytest.raises(Conflict):
        reopen(town, one, other)
    assert town.status(G1, NINE) is SlotStatus.FREE
    assert [card.status for card in reopen(town, one)] == [PLANNED]


def test_a8_g2_it_takes_the_right_and_a_service_of_the_type(town: Make) -> None:
    number = cancelled(town)
    town.do(configuration.add_service, label="État civil")
    town.do(configuration.set_type, type="Citoyenneté", services=["État civil"])
    for login, rights in (("max", (Right.COUNTERS,)), ("lea", (Right.APPOINTMENTS,))):
        with pytest.raises(NotAllowed):
            reopen(town, number, by=town.agent(login, rights))
    assert reopen(town, number, by=town.agent("ana", (Right.APPOINTMENTS,), ("État civil",)))[0].status is PLANNED


def test_a8_g3_the_journal_tells_what_was_taken_back(town: Make) -> None:
    number = cancelled(town)
    reopen(town, number)
    (entry,) = town.do(journal.read_journal, action="appointment.reopen")
    assert (entry.subject_id, entry.facts, entry.actor) == (number, {"status": "cancelled"}, "root")


def test_a8_s5_who_takes_an_outcome_back_waits_for_who_is_taking_the_slot(pg_town: Make, meanwhile: Meanwhile) -> None:
    number = cancelled(pg_town)
    waited, outcome = meanwhile(
        lambda work: a.assign(work, counter=G1, start=moments.read(NINE), partner="AULAN Gilles"),
        lambda: reopen(pg_town, number),
    )
    assert waited
    assert isinstance(outcome, Conflict)
    assert outcome.error == "slot_taken"
