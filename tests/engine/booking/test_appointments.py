"""Appointments assigned, moved, cancelled and closed: A1–A6, S5, G2 and G3."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv.engine.booking import appointments as a
from rdv.engine.booking import partners, slots
from rdv.engine.setup import counters, desks, places, types, weeks
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import (
    Actor,
    AppointmentList,
    AppointmentStatus,
    Conflict,
    Invalid,
    NotFound,
    Refused,
    Right,
    SlotStatus,
)
from tests.conftest import PARIS, FrozenClock, Make

G1, G2 = "Guichet 1", "Guichet 2"
NINE, HALF, TEN = "2017-04-06T09:00", "2017-04-06T09:30", "2017-04-06T10:00"
PLANNED, TO_RESCHEDULE, CANCELLED, DONE, NO_SHOW, PAST = AppointmentStatus


@pytest.fixture
def town(make: Make) -> Make:
    make.town()
    return make


def shown(make: Make, number: int, by: Actor | None = None) -> AppointmentCard:
    card: AppointmentCard = make.do(a.show_appointment, by=by, appointment=number).card
    return card


def listed(make: Make, view: AppointmentList = AppointmentList.PLANNED, **given: Any) -> list[int]:
    return [card.id for card in make.do(a.list_appointments, view=view, **given)]


def test_a1_an_appointment_keeps_who_what_where_when_and_by_whom(town: Make, clock: FrozenClock) -> None:
    lea = town.agent("lea", (Right.APPOINTMENTS,))
    card = town.book(G1, NINE, by=lea, comment="Apporte le livret")
    assert (card.type, card.counter, card.place, card.partner.name) == (
        "Citoyenneté", G1, "Mairie principale", "BOIS Jules",
    )  # fmt: skip
    assert (card.starts_at, card.ends_at) == (
        datetime(2017, 4, 6, 9, tzinfo=PARIS), datetime(2017, 4, 6, 9, 30, tzinfo=PARIS),
    )  # fmt: skip
    assert (card.taken_at, card.taken_by, card.comment) == (clock.now, "lea", "Apporte le livret")
    assert (card.status, card.has_slot) == (PLANNED, True)
    assert shown(town, card.id) == card
    assert town.status(G1, NINE) is SlotStatus.BOOKED


def test_a1_its_times_are_those_of_its_place(make: Make) -> None:
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.town()
    make.counter("Océan", place="Saint-Denis")
    card = make.book("Océan", NINE)
    assert card.starts_at.isoformat() == "2017-04-06T09:00:00+04:00"
    assert card.starts_at.tzinfo == ZoneInfo("Indian/Reunion")


def test_a1_g3_its_history_tells_every_change_with_its_author(town: Make) -> None:
    lea = town.agent("lea", (Right.APPOINTMENTS,))
    card = town.book(G1, NINE, by=lea)
    town.do(a.move, appointment=card.id, start=HALF)
    town.do(slots.suspend, counter=G1, start=HALF)
    town.do(a.cancel, by=lea, appointments=[card.id])
    history = town.do(a.show_appointment, appointment=card.id).history
    assert [(entry.action, entry.actor) for entry in history] == [
        ("appointment.assign", "lea"), ("appointment.move", "root"), ("appointment.displaced", "root"),
        ("appointment.cancel", "lea"),
    ]  # fmt: skip
    assert history[1].facts["before"] == {"counter_id": 1, "starts_at": "2017-04-06T09:00:00+02:00", "counter": G1}
    assert (history[1].facts["starts_at"], history[1].facts["counter"]) == ("2017-04-06T09:30:00+02:00", G1)
    assert history[2].facts["cause"] == "slot_suspended"
    assert "BOIS" not in str(town.rows("SELECT facts FROM journal_entry")), "names are not journaled"


def test_s5_a_slot_is_given_once(town: Make) -> None:
    card = town.book(G1, NINE)
    with pytest.raises(Conflict) as told:
        town.book(G1, NINE, "AULAN Gilles")
    assert (told.value.error, told.value.rule) == ("slot_taken", "S5")
    assert told.value.facts["start"] == card.starts_at
    assert town.slot(G1, NINE).appointments == (card.id,)
    assert town.do(partners.find_partners, text="aulan") == [], "nothing of the loser is kept"


def test_s5_the_loser_is_told_who_took_the_slot(town: Make) -> None:
    lea, max_ = (town.agent(login, (Right.APPOINTMENTS,)) for login in ("lea", "max"))
    card = town.book(G1, NINE, by=lea)

    def taker(start: str) -> object:
        with pytest.raises(Conflict) as told:
            town.book(G1, start, "AULAN Gilles")
        assert told.value.error == "slot_taken"
        return told.value.facts["by"]

    assert taker(NINE) == "lea"
    town.do(a.move, by=max_, appointment=card.id, start=HALF)
    assert taker(HALF) == "max", "who moved an appointment there took the slot"
    town.do(a.cancel, appointments=[card.id])
    town.do(a.reopen, by=lea, appointments=[card.id])
    assert taker(HALF) == "lea"


def test_s5_of_several_on_one_slot_the_last_one_is_told(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=2)
    for login in ("lea", "max"):
        town.book(G1, NINE, login, by=town.agent(login, (Right.APPOINTMENTS,)))
    with pytest.raises(Conflict) as told:
        town.book(G1, NINE, "AULAN Gilles")
    assert told.value.facts["by"] == "max"


def test_s5_a_slot_of_several_seats_is_given_as_many_times(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=3)
    given = [town.book(G1, NINE, f"P{n}").id for n in range(3)]
    with pytest.raises(Conflict):
        town.book(G1, NINE, "P3")
    assert town.slot(G1, NINE).appointments == tuple(given)


def test_a3_assigning_finds_or_makes_the_partner(town: Make) -> None:
    first = town.book(G1, NINE, "BOIS Jules", phone="06 12 34 56 78", email="Jules@Example.org")
    assert (first.partner.phone, first.partner.email) == ("+33612345678", "jules@example.org")
    again = town.book(G1, HALF, "bois  jules")
    by_code = town.book(G1, TEN, "C000001")
    assert {card.partner.code for card in (first, again, by_code)} == {"C000001"}
    other = town.book(G1, "2017-04-06T10:30", "AULAN Gilles")
    assert other.partner.code == "C000002"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"partner": " "}, "name_empty"),
        ({"phone": "12"}, "phone"),
        ({"phone": "demain"}, "phone"),
        ({"email": "jules"}, "email"),
        ({"email": "a@b@c"}, "email"),
    ],
)
def test_a3_what_a_partner_cannot_have_is_invalid_and_nothing_is_written(
    town: Make, given: dict[str, str], error: str
) -> None:
    with pytest.raises(Invalid) as told:
        town.do(a.assign, counter=G1, start=NINE, **{"partner": "BOIS Jules"} | given)
    assert told.value.error == error
    assert town.status(G1, NINE) is SlotStatus.FREE
    assert town.do(partners.find_partners) == []


def test_a3_an_unknown_code_is_not_found(town: Make) -> None:
    with pytest.raises(NotFound) as told:
        town.book(G1, NINE, "C000007")
    assert told.value.facts["kind"] == "partner"


@pytest.mark.parametrize(
    ("start", "kind", "error"),
    [
        ("2017-04-06T09:10", NotFound, "no_slot"),
        ("2017-04-06T12:30", NotFound, "no_slot"),
        ("2017-04-08T09:00", NotFound, "no_slot"),
        ("2017-04-03T09:00", Refused, "before_first_day"),
        ("2017-12-29T09:00", Refused, "after_last_day"),
        ("2017-04-04T16:00", Refused, "slot_past"),
        ("2017-04-06", NotFound, "no_slot"),
    ],
)
def test_a3_only_a_slot_that_is_there_and_not_over_can_be_assigned(
    town: Make, start: str, kind: type[Exception], error: str
) -> None:
    town.do(counters.set_counter, counter=G1, last="2017-12-28")
    card = town.book(G1, TEN)
    for attempt in (
        lambda: town.book(G1, start, "AULAN Gilles"),
        lambda: town.do(a.move, appointment=card.id, start=start),
    ):
        with pytest.raises(kind) as told:
            attempt()
        assert told.value.error == error  # type: ignore[attr-defined]
    assert shown(town, card.id) == card


def test_a3_a_slot_that_has_begun_can_still_be_assigned(town: Make, clock: FrozenClock) -> None:
    clock.set("2017-04-04T16:59")
    assert town.book(G1, "2017-04-04T16:30").status is PLANNED
    clock.set("2017-04-06T09:30")
    with pytest.raises(Refused) as told:
        town.book(G1, NINE)
    assert told.value.error == "slot_past"


def test_a4_moving_frees_the_old_slot_in_the_same_transaction(town: Make) -> None:
    town.counter(G2)
    card = town.book(G1, NINE)
    moved = town.do(a.move, appointment=card.id, counter=G2, start=TEN)
    assert (moved.id, moved.counter, moved.starts_at.hour, moved.status) == (card.id, G2, 10, PLANNED)
    assert (moved.taken_at, moved.taken_by) == (card.taken_at, card.taken_by)
    assert town.status(G1, NINE) is SlotStatus.FREE
    assert town.slot(G2, TEN).appointments == (card.id,)
    again = town.do(a.move, appointment=card.id, start=HALF)
    assert (again.counter, again.starts_at.minute) == (G2, 30), "the counter that it has, unless told otherwise"


def test_a4_a_move_that_fails_leaves_the_appointment_where_it_was(town: Make) -> None:
    card, other = town.book(G1, NINE), town.book(G1, HALF, "AULAN Gilles")
    town.do(slots.suspend, counter=G1, start=TEN)
    for start, kind in ((HALF, Conflict), (TEN, Refused), ("2017-04-06T12:00", NotFound)):
        with pytest.raises(kind):
            town.do(a.move, appointment=card.id, start=start)
        assert town.slot(G1, NINE).appointments == (card.id,)
    assert town.slot(G1, HALF).appointments == (other.id,)


def test_a4_an_appointment_moves_within_its_type(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    town.counter("Autre", type="Passeport")
    card = town.book(G1, NINE)
    with pytest.raises(Refused) as told:
        town.do(a.move, appointment=card.id, counter="Autre", start=NINE)
    assert (told.value.error, told.value.rule) == ("other_type", "A4")
    assert shown(town, card.id) == card


def test_a4_c7_moving_to_another_counter_of_the_same_desk_and_time_is_possible(make: Make) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town(G1, G2, desk="Poste 1")
    card = make.book(G1, NINE)
    assert make.status(G2, NINE) is SlotStatus.OCCUPIED
    make.do(a.move, appointment=card.id, counter=G2, start=NINE)
    assert (make.status(G1, NINE), make.status(G2, NINE)) == (SlotStatus.OCCUPIED, SlotStatus.BOOKED)


def test_a5_an_appointment_to_reschedule_is_moved_or_cancelled(town: Make) -> None:
    one, other = town.book(G1, NINE), town.book(G1, HALF, "AULAN Gilles")
    town.do(slots.suspend, counter=G1, start=NINE, to=TEN)
    assert listed(town, AppointmentList.TO_RESCHEDULE) == [one.id, other.id]
    assert listed(town) == []
    assert town.do(a.move, appointment=one.id, start=TEN).status is PLANNED
    town.do(a.cancel, appointments=[other.id])
    assert listed(town, AppointmentList.TO_RESCHEDULE) == []
    assert listed(town) == [one.id]
    assert town.status(G1, HALF) is SlotStatus.SUSPENDED, "cancelling frees no slot that it had lost"


def test_a2_a_past_appointment_without_outcome_reads_past_without_status(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-06T09:29:59")
    assert shown(town, card.id).status is PLANNED
    clock.set("2017-04-06T09:30")
    assert shown(town, card.id).status is PAST
    assert town.rows("SELECT status FROM appointment") == [("planned",)], "derived, never stored"
    assert listed(town) == []


def test_a2_a_past_appointment_that_was_to_reschedule_reads_past_without_status_too(
    town: Make, clock: FrozenClock
) -> None:
    card = town.book(G1, NINE)
    town.do(slots.suspend, counter=G1, start=NINE)
    clock.set("2017-04-07T09:00")
    assert shown(town, card.id).status is PAST
    assert listed(town, AppointmentList.TO_RESCHEDULE) == []
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS) == [card.id]


def test_a6_past_ones_whose_slot_is_gone_wait_for_one_of_three_actions(town: Make, clock: FrozenClock) -> None:
    ids = [town.book(G1, f"2017-04-06T{start}", f"P{start}").id for start in ("09:00", "09:30", "10:00", "14:00")]
    clock.set("2017-04-06T18:00")
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS) == [], "their slots are still there"
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS, widen=True) == ids
    impact = town.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 14:00-17:00", 30)])
    assert (impact.to_reschedule, impact.past_without_status) == (0, 3)
    assert {card.status for card in impact.appointments} == {PAST}
    assert town.rows("SELECT count(*) FROM notice WHERE kind = 'invitation'") == [(0,)], "nobody is invited to the past"
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS) == ids[:3]
    assert town.do(a.mark_done, appointments=[ids[0]])[0].status is DONE
    assert town.do(a.mark_no_show, appointments=[ids[1]])[0].status is NO_SHOW
    assert town.do(a.move, appointment=ids[2], start="2017-04-07T14:00").status is PLANNED
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS) == []
    assert listed(town, AppointmentList.PAST_WITHOUT_STATUS, widen=True) == ids[3:]


def test_a6_an_outcome_is_given_when_it_can_be_known(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-05T23:59")
    for function in (a.mark_done, a.mark_no_show):
        with pytest.raises(Refused) as told:
            town.do(function, appointments=[card.id])
        assert (told.value.error, told.value.rule) == ("too_early", "A6")
    clock.set("2017-04-06T08:00")
    with pytest.raises(Refused):
        town.do(a.mark_no_show, appointments=[card.id])
    assert town.do(a.mark_done, appointments=[card.id])[0].status is DONE, "served before the hour"
    clock.set("2017-04-06T09:00")
    assert town.do(a.mark_no_show, appointments=[card.id])[0].status is NO_SHOW, "one outcome corrects the other"
    assert town.status(G1, NINE) is SlotStatus.BOOKED, "the slot has been used"


@pytest.mark.parametrize(("outcome", "status"), [(a.mark_done, DONE), (a.mark_no_show, NO_SHOW), (a.cancel, CANCELLED)])
def test_a2_what_is_over_with_is_neither_moved_nor_cancelled(
    town: Make, clock: FrozenClock, outcome: Any, status: AppointmentStatus
) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-06T09:10")
    town.do(outcome, appointments=[card.id])
    for function, given in ((a.move, {"appointment": card.id, "start": TEN}), (a.cancel, {"appointments": [card.id]})):
        with pytest.raises(Refused) as told:
            town.do(function, **given)
        assert (told.value.error, told.value.rule) == ("appointment_over", "A2")
        assert told.value.facts["status"] is status
    assert shown(town, card.id).status is status


def test_a2_a_cancelled_appointment_gets_no_outcome(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    town.do(a.cancel, appointments=[card.id])
    clock.set("2017-04-06T09:10")
    for function in (a.mark_done, a.mark_no_show):
        with pytest.raises(Refused) as told:
            town.do(function, appointments=[card.id])
        assert told.value.error == "appointment_over"


def test_a2_cancelling_frees_the_slot_for_the_next(town: Make) -> None:
    card = town.book(G1, NINE)
    (cancelled,) = town.do(a.cancel, appointments=[card.id])
    assert (cancelled.status, cancelled.has_slot) == (CANCELLED, False)
    assert town.book(G1, NINE, "AULAN Gilles").status is PLANNED


def test_several_appointments_are_cancelled_or_closed_all_or_none(town: Make, clock: FrozenClock) -> None:
    ids = [town.book(G1, f"2017-04-0{day}T09:00", f"P{day}").id for day in (5, 6, 7)]
    clock.set("2017-04-06T12:00")
    for function, error in ((a.mark_done, "too_early"), (a.mark_no_show, "too_early")):
        with pytest.raises(Refused) as told:
            town.do(function, appointments=ids)
        assert told.value.error == error
    with pytest.raises(NotFound):
        town.do(a.cancel, appointments=[*ids, 99])
    assert [shown(town, one).status for one in ids] == [PAST, PAST, PLANNED]
    assert [card.status for card in town.do(a.mark_done, appointments=ids[:2])] == [DONE, DONE]


@pytest.mark.parametrize("number", [99, 0, -1, 2**31, 10**30])
def test_an_unknown_appointment_is_not_found(town: Make, number: int) -> None:
    for function, given in (
        (a.show_appointment, {"appointment": number}),
        (a.move, {"appointment": number, "start": NINE}),
        (a.cancel, {"appointments": [number]}),
        (a.mark_done, {"appointments": [number]}),
    ):
        with pytest.raises(NotFound) as told:
            town.do(function, **given)
        assert told.value.facts["kind"] == "appointment"


def test_appointments_are_listed_by_start_with_filters_that_combine(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    town.do(places.add_place, label="Annexe")
    town.counter(G2, place="Annexe")
    town.counter("Autre", type="Passeport")
    late, early = town.book(G1, "2017-04-07T09:00").id, town.book(G2, NINE, "AULAN Gilles").id
    other = town.book("Autre", TEN).id
    assert listed(town) == [early, other, late]
    assert listed(town, types=["passeport"]) == [other]
    assert listed(town, places=["annexe"]) == listed(town, counters=[G2]) == [early]
    assert listed(town, partner="bois jules") == [other, late]
    assert listed(town, partner="C000001", places=["mairie principale"], types=["citoyennete"]) == [late]
    assert listed(town, first="2017-04-06", last="2017-04-06") == [early, other]
    assert listed(town, first="2017-04-06T09:30") == [other, late]
    assert listed(town, last="2017-04-06T10:00") == [early]
    assert listed(town, limit=2) == [early, other]
    town.do(a.cancel, appointments=[early])
    assert listed(town, AppointmentList.ALL) == [early, other, late]
    with pytest.raises(NotFound):
        listed(town, partner="PERSONNE")
