"""Outcomes taken back (A8) and arrivals (A9)."""

from typing import Any

import pytest

from rdv import date_input
from rdv.engine.booking import appointments as a
from rdv.engine.booking import journal, slots
from rdv.engine.booking.rescheduling import Move, apply_moves
from rdv.engine.setup import counters, desks, places, services, types, weeks
from rdv.engine.views.appointments import AppointmentCard
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
    make.do(desks.add_desk, label="Poste 1")
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
    """Also not to an appointment marked as done before its time, which lost its seat since."""
    town.do(types.add_type, label="Passeport")
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
    town.do(services.add_service, label="État civil")
    town.do(types.set_type, type="Citoyenneté", services=["État civil"])
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
        lambda work: a.assign(work, counter=G1, start=date_input.read(NINE), partner="AULAN Gilles"),
        lambda: reopen(pg_town, number),
    )
    assert waited
    assert isinstance(outcome, Conflict)
    assert outcome.error == "slot_taken"


def arrive(make: Make, *numbers: int, **given: Any) -> list[AppointmentCard]:
    found: list[AppointmentCard] = make.do(a.mark_arrived, appointments=numbers, **given)
    return found


def test_a9_who_is_here_today_is_marked_early_or_late_and_the_first_moment_stays(
    town: Make, clock: FrozenClock
) -> None:
    early, late = town.book(G1, TEN).id, town.book(G1, NINE, "AULAN Gilles").id
    clock.set("2017-04-06T09:40")
    marked = arrive(town, early, late)
    assert [(card.arrived_at, card.status) for card in marked] == [(clock.now, PAST), (clock.now, PLANNED)]
    first = clock.now
    clock.advance(minutes=5)
    assert arrive(town, early)[0].arrived_at == first
    (again,) = arrive(town, early, arrived=False)
    assert again.arrived_at is None
    arrive(town, early, arrived=False)
    story = town.do(a.show_appointment, appointment=early).history
    assert [entry.action for entry in story] == [
        "appointment.assign", "appointment.arrived", "appointment.not_arrived",
    ]  # fmt: skip


def test_a9_the_day_and_the_moment_are_those_of_the_place(make: Make, clock: FrozenClock) -> None:
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.town()
    make.counter("Océan", place="Saint-Denis")
    number = make.book("Océan", NINE).id
    clock.set("2017-04-05T21:59")
    with pytest.raises(Refused):
        arrive(make, number)
    clock.set("2017-04-05T22:00")
    (card,) = arrive(make, number)
    assert card.arrived_at is not None
    assert card.arrived_at.isoformat() == "2017-04-06T00:00:00+04:00"


@pytest.mark.parametrize("now", ["2017-04-05T23:59", "2017-04-07T00:00"])
def test_a9_nobody_arrives_on_another_day(town: Make, clock: FrozenClock, now: str) -> None:
    today, other = town.book(G1, NINE).id, town.book(G1, "2017-04-05T09:00", "AULAN Gilles").id
    clock.set(now)
    with pytest.raises(Refused) as told:
        arrive(town, today)
    assert (told.value.error, told.value.rule) == ("not_today", "A9")
    with pytest.raises(Refused):
        arrive(town, other, today)
    assert town.rows("SELECT arrived_at FROM appointment") == [(None,), (None,)], "all or none"


@pytest.mark.parametrize(
    ("function", "status"),
    [(a.cancel, CANCELLED), (a.mark_done, DONE), (a.mark_no_show, NO_SHOW), (None, TO_RESCHEDULE)],
)
def test_a9_only_who_is_expected_arrives(
    town: Make, clock: FrozenClock, function: Any, status: AppointmentStatus
) -> None:
    number = town.book(G1, NINE).id
    clock.set("2017-04-06T09:10")
    if function is None:
        town.do(slots.suspend, counter=G1, start=NINE)
    else:
        town.do(function, appointments=[number])
    with pytest.raises(Refused) as told:
        arrive(town, number)
    assert (told.value.error, told.value.rule, told.value.facts["status"]) == ("not_expected", "A9", status)


def test_a9_moving_and_cancelling_forget_it_and_an_outcome_keeps_it(town: Make, clock: FrozenClock) -> None:
    numbers = [town.book(G1, start, f"P{start}").id for start in (NINE, HALF, TEN)]
    lost = town.book(G1, "2017-04-06T10:30", "P").id
    clock.set("2017-04-06T09:00")
    arrive(town, *numbers, lost)
    assert town.do(a.move, appointment=numbers[0], start="2017-04-06T11:00").arrived_at is None
    assert town.do(a.cancel, appointments=[numbers[1]])[0].arrived_at is None
    assert reopen(town, numbers[1])[0].arrived_at is None
    assert town.do(a.mark_done, appointments=[numbers[2]])[0].arrived_at == clock.now
    town.do(slots.suspend, counter=G1, start="2017-04-06T10:30")
    town.do(apply_moves, moves=[Move(appointment=lost, counter=G1, start=date_input.read("2017-04-06T11:30"))])
    assert town.do(a.show_appointment, appointment=lost).card.arrived_at is None


def test_a9_g2_it_takes_the_right_of_booking(town: Make, clock: FrozenClock) -> None:
    number = town.book(G1, NINE).id
    clock.set("2017-04-06T09:00")
    with pytest.raises(NotAllowed):
        arrive(town, number, by=town.agent("max", (Right.COUNTERS,)))
    assert arrive(town, number, by=town.agent("lea", (Right.APPOINTMENTS,)))[0].arrived_at == clock.now
