"""A change leaves no appointment out: I1, I2, S4, invitations, and restored slots."""

from typing import Any

import pytest

from rdv.engine.booking import appointments, journal, slots
from rdv.engine.setup import closures, counters, desks, exceptions, places, types, weeks
from rdv.engine.views.appointments import Impact
from rdv.terms import AppointmentList, AppointmentStatus, Refused, Right, SlotStatus
from tests.conftest import FrozenClock, Make

G1, G2 = "Guichet 1", "Guichet 2"
NINE, HALF = "2017-04-06T09:00", "2017-04-06T09:30"
PLANNED, TO_RESCHEDULE, CANCELLED, DONE, NO_SHOW, PAST = AppointmentStatus
SHORT = [("Mo-Fr 10:00-12:00", 30)]


@pytest.fixture
def town(make: Make) -> Make:
    make.town()
    return make


def shorten(make: Make, **more: Any) -> Impact:
    """Open Guichet 1 only at 10:00."""
    impact: Impact = make.do(weeks.set_week, week="Semaine", hours=SHORT, **more)
    return impact


def statuses(make: Make) -> dict[int, AppointmentStatus]:
    return {card.id: card.status for card in make.do(appointments.list_appointments, view=AppointmentList.ALL)}


def notices(make: Make, kind: str = "invitation") -> list[tuple[Any, ...]]:
    return make.rows("SELECT appointment_id, channel FROM notice WHERE kind = :kind ORDER BY id", kind=kind)


def test_i1_i2_upcoming_ones_are_to_reschedule_past_ones_without_status_and_outcomes_stay(
    town: Make, clock: FrozenClock
) -> None:
    past, done = town.book(G1, "2017-04-05T09:00", "A").id, town.book(G1, "2017-04-05T09:30", "B").id
    absent, gone = town.book(G1, NINE, "C").id, town.book(G1, HALF, "D").id
    ahead = town.book(G1, "2017-04-07T09:00", "E").id
    town.hold(G1, "2017-04-07T09:30", minutes=10_000)
    town.do(appointments.cancel, appointments=[gone])
    clock.set("2017-04-06T09:15")
    town.do(appointments.mark_done, appointments=[done])
    town.do(appointments.mark_no_show, appointments=[absent])
    foreseen = shorten(town, preview=True)
    impact = shorten(town)
    assert impact == foreseen
    assert (impact.to_reschedule, impact.past_without_status, impact.holds_dropped) == (1, 1, 1)
    assert [(card.id, card.status) for card in impact.appointments] == [(past, PAST), (ahead, TO_RESCHEDULE)]
    assert statuses(town) == {past: PAST, done: DONE, absent: NO_SHOW, gone: CANCELLED, ahead: TO_RESCHEDULE}
    assert town.rows("SELECT count(*) FROM claim") == [(0,)]


def test_i2_an_appointment_that_has_begun_is_still_upcoming(town: Make, clock: FrozenClock) -> None:
    card = town.book(G1, NINE)
    clock.set("2017-04-06T09:29")
    assert shorten(town).to_reschedule == 1
    assert statuses(town) == {card.id: TO_RESCHEDULE}


def test_i2_each_citizen_is_invited_once_a_channel_however_many_appointments_are_lost(town: Make) -> None:
    first = town.book(G1, NINE, "VIGNEAU Chloé", phone="0612345678", email="chloe@example.org").id
    town.book(G1, HALF, "VIGNEAU Chloé")
    mail = town.book(G1, "2017-04-07T09:00", "BOIS Jules", email="jules@example.org").id
    silent = town.book(G1, "2017-04-07T09:30", "AULAN Gilles").id
    impact = shorten(town)
    assert sorted(notices(town)) == [(first, "email"), (first, "sms"), (mail, "email")]
    assert [card.id for card in impact.unreachable] == [silent], "whom somebody has to call"


def test_i2_a_preview_invites_nobody(town: Make) -> None:
    town.book(G1, NINE, email="jules@example.org")
    shorten(town, preview=True)
    assert notices(town) == []
    assert town.status(G1, NINE) is SlotStatus.BOOKED


def test_i2_the_journal_tells_of_each_why_it_lost_its_slot(town: Make) -> None:
    card = town.book(G1, NINE)
    shorten(town)
    entry = town.do(journal.read_journal, subject="appointment", subject_id=card.id)[0]
    assert (entry.action, entry.facts["cause"], entry.facts["starts_at"]) == (
        "appointment.displaced", "week.set", "2017-04-06T09:00:00+02:00",
    )  # fmt: skip


def test_i2_a_card_says_what_took_its_slot_the_last_time_until_it_has_one(town: Make) -> None:
    town.book(G1, NINE)
    shorten(town)
    card = town.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)[0]
    assert card.displaced_by == "week.set"
    moved = town.do(appointments.move, appointment=card.id, start="2017-04-10T10:00")
    assert moved.displaced_by is None
    town.do(slots.suspend, counter=G1, start="2017-04-10T10:00")
    assert town.do(appointments.show_appointment, appointment=card.id).card.displaced_by == "slot_suspended"


CAUSES: list[tuple[str, Any, dict[str, Any], Right]] = [
    ("week.set", weeks.set_week, {"week": "Semaine", "hours": SHORT}, Right.MODULE),
    ("counter.set", counters.set_counter, {"counter": G1, "first": "2017-04-10"}, Right.COUNTERS),
    ("counter.remove", counters.remove_counter, {"counter": G1}, Right.COUNTERS),
    ("exception.add", exceptions.add_exception,
     {"counter": G1, "first": "2017-04-06", "last": "2017-04-06"}, Right.COUNTERS),
    ("closure.add", closures.add_closure, {"label": "Travaux", "first": "2017-04-06"}, Right.MODULE),
    ("place.set", places.set_place, {"place": 1, "timezone": "America/Guadeloupe"}, Right.MODULE),
    ("slot_suspended", slots.suspend, {"counter": G1, "start": NINE}, Right.APPOINTMENTS),
    ("slot_reserved", slots.reserve, {"counter": G1, "start": NINE}, Right.APPOINTMENTS),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "function", "given", "right"), CAUSES, ids=[one[0] for one in CAUSES])
def test_i1_s4_every_change_that_takes_a_slot_away_can_be_previewed_and_leaves_nobody_behind(
    town: Make, cause: str, function: Any, given: dict[str, Any], right: Right
) -> None:
    card = town.book(G1, NINE, email="jules@example.org")
    lea = town.agent("lea", (right,))
    foreseen = town.do(function, by=lea, preview=True, **given)
    assert statuses(town) == {card.id: PLANNED}
    assert town.do(function, by=lea, **given) == foreseen
    assert ([one.id for one in foreseen.appointments], foreseen.to_reschedule) == ([card.id], 1)
    assert statuses(town) == {card.id: TO_RESCHEDULE}
    assert notices(town) == [(card.id, "email")]
    entry = town.do(journal.read_journal, action="appointment.displaced")[0]
    assert (entry.facts["cause"], entry.actor) == (cause, "lea")


def test_i1_the_slots_that_come_back_are_offered_to_who_had_lost_them(town: Make) -> None:
    card = town.book(G1, NINE)
    town.do(closures.add_closure, label="Travaux", first="2017-04-06")
    foreseen = town.do(closures.remove_closure, closure="Travaux", preview=True)
    assert [one.id for one in foreseen.restorable] == [card.id]
    impact = town.do(closures.remove_closure, closure="Travaux")
    assert (impact, impact.restored) == (foreseen, ())
    assert statuses(town) == {card.id: TO_RESCHEDULE}, "nothing is given back unasked"
    assert town.status(G1, NINE) is SlotStatus.FREE


def test_i1_asked_for_the_slots_are_given_back_and_the_citizens_are_told(town: Make, clock: FrozenClock) -> None:
    past = town.book(G1, "2017-04-05T09:00", "AULAN Gilles", email="gilles@example.org")
    card = town.book(G1, NINE, email="jules@example.org")
    shorten(town)
    clock.set("2017-04-05T12:00")
    told = len(notices(town, "confirmation"))
    impact = town.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 09:00-12:00", 30)], restore=True)
    assert [(one.id, one.status) for one in impact.restored] == [(past.id, PAST), (card.id, PLANNED)]
    assert town.slot(G1, NINE).appointments == (card.id,)
    assert town.slot(G1, "2017-04-05T09:00").appointments == (past.id,)
    assert notices(town, "confirmation")[told:] == [(card.id, "email")], "the past is not confirmed"
    entry = town.do(journal.read_journal, action="appointment.restore", subject_id=card.id)[0]
    assert entry.facts["starts_at"] == "2017-04-06T09:00:00+02:00"


def test_i1_s2_a_released_slot_is_given_back_to_who_took_it_first(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=3)
    first, second, third = (town.book(G1, NINE, name).id for name in ("A", "B", "C"))
    town.do(slots.suspend, counter=G1, start=NINE)
    town.do(appointments.move, appointment=second, start=HALF)
    town.do(counters.set_counter, counter=G1, capacity=1)
    assert [one.id for one in town.do(slots.release, counter=G1, start=NINE, preview=True).restorable] == [first]
    impact = town.do(slots.release, counter=G1, start=NINE, restore=True)
    assert ([one.id for one in impact.restored], impact.freed) == ([first], 1)
    assert statuses(town) == {first: PLANNED, second: PLANNED, third: TO_RESCHEDULE}
    assert town.slot(G1, NINE).appointments == (first,)


def test_s4_i2_suspending_is_undone_by_a_release_that_gives_back_again_and_again(town: Make) -> None:
    cards = [town.book(G1, start, start, email="a@example.org") for start in (NINE, HALF)]
    given = {"counter": G1, "start": NINE, "to": "2017-04-06T10:00"}
    for _ in range(3):
        for function in (slots.suspend, slots.reserve):
            lost = town.do(function, **given)
            assert [(one.id, one.status) for one in lost.appointments] == [(card.id, TO_RESCHEDULE) for card in cards]
            back = town.do(slots.release, restore=True, **given)
            assert (back.freed, back.restored) == (2, tuple(cards))
            assert [town.slot(G1, start).appointments for start in (NINE, HALF)] == [(card.id,) for card in cards]


def test_i2_a_release_gives_back_the_slots_that_it_frees_and_no_other(town: Make) -> None:
    first, other = town.book(G1, NINE, "A").id, town.book(G1, HALF, "B").id
    town.do(slots.suspend, counter=G1, start=NINE, to="2017-04-06T10:00")
    town.do(slots.release, counter=G1, start=NINE)
    foreseen = town.do(slots.release, counter=G1, start=HALF, restore=True, preview=True)
    assert [one.id for one in foreseen.restored] == [other]
    assert town.do(slots.release, counter=G1, start=HALF, restore=True) == foreseen
    assert statuses(town) == {first: TO_RESCHEDULE, other: PLANNED}


def test_i1_a_slot_that_another_has_taken_meanwhile_is_not_given_back(town: Make) -> None:
    card = town.book(G1, NINE)
    town.do(slots.suspend, counter=G1, start=NINE)
    town.do(slots.release, counter=G1, start=NINE)
    other = town.book(G1, NINE, "AULAN Gilles")
    town.do(slots.suspend, counter=G1, start=HALF)
    impact = town.do(slots.release, counter=G1, start=HALF, restore=True)
    assert (impact.restorable, impact.restored) == ((), ())
    assert town.slot(G1, NINE).appointments == (other.id,)
    assert statuses(town)[card.id] is TO_RESCHEDULE


def test_i1_c7_two_that_had_lost_the_same_desk_are_not_both_given_it_back(make: Make) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town(G1, G2, desk="Poste 1")
    first = make.book(G1, NINE).id
    make.do(slots.suspend, counter=G1, start=NINE)
    second = make.book(G2, NINE, "AULAN Gilles").id
    make.do(slots.suspend, counter=G2, start=NINE)
    for counter in (G1, G2):
        make.do(slots.release, counter=counter, start=NINE)
    other_hours = [("Mo-Fr 09:00-11:00", 30)]
    foreseen = make.do(weeks.set_week, week="Semaine", hours=other_hours, preview=True)
    assert [one.id for one in foreseen.restorable] == [first]
    impact = make.do(weeks.set_week, week="Semaine", hours=other_hours, restore=True)
    assert [one.id for one in impact.restored] == [first]
    assert statuses(make) == {first: PLANNED, second: TO_RESCHEDULE}
    assert (make.status(G1, NINE), make.status(G2, NINE)) == (SlotStatus.BOOKED, SlotStatus.OCCUPIED)


def test_i1_a_counter_that_serves_another_type_now_gives_nothing_back(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    card = town.book(G1, NINE)
    town.do(slots.suspend, counter=G1, start=NINE)
    town.do(counters.set_counter, counter=G1, type="Passeport")
    impact = town.do(slots.release, counter=G1, start=NINE, restore=True)
    assert (impact.freed, impact.restored) == (1, ())
    assert statuses(town) == {card.id: TO_RESCHEDULE}


def test_i1_what_was_cancelled_or_closed_is_not_given_back(town: Make, clock: FrozenClock) -> None:
    cancelled, done = town.book(G1, NINE).id, town.book(G1, HALF, "AULAN Gilles").id
    shorten(town)
    town.do(appointments.cancel, appointments=[cancelled])
    clock.set("2017-04-06T08:00")
    town.do(appointments.mark_done, appointments=[done])
    impact = town.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 09:00-12:00", 30)], restore=True)
    assert impact.restored == ()
    assert statuses(town) == {cancelled: CANCELLED, done: DONE}


def test_i2_a_change_that_is_refused_touches_nobody(town: Make) -> None:
    card = town.book(G1, NINE)
    town.do(exceptions.add_exception, counter=G1, first="2017-05-01", last="2017-05-02")
    with pytest.raises(Refused):
        town.do(exceptions.add_exception, counter=G1, first="2017-04-06", last="2017-05-01")
    assert statuses(town) == {card.id: PLANNED}
    assert notices(town) == []
