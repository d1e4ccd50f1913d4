"""Bulk rescheduling: planned as a whole, applied at once, nothing stolen (I3, A4, A5)."""

from typing import Any

import pytest

from rdv import date_input
from rdv.engine.booking import appointments, proposals, rescheduling, slots
from rdv.engine.booking.rescheduling import Move
from rdv.engine.citizens import holds
from rdv.engine.core.assignment import Assignment
from rdv.engine.office import Work
from rdv.engine.setup import counters, desks, services, types, weeks
from rdv.engine.views.plans import Rescheduled, ReschedulePlan
from rdv.terms import AppointmentList, AppointmentStatus, NotAllowed, NotFound, Right, SlotStatus
from tests.citizens import paris, sign_up
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1, G2 = "Guichet 1", "Guichet 2"


@pytest.fixture
def town(make: Make) -> Make:
    """Set up two counters; on the morning of the 6th, Guichet 1 has lost three appointments to a suspension."""
    make.town(G1, G2)
    for start, name in (("09:00", "A"), ("09:30", "B"), ("10:00", "C")):
        make.book(G1, f"2017-04-06T{start}", name, email=f"{name}@example.org")
    make.do(slots.suspend, counter=G1, start="2017-04-06T09:00", to="2017-04-06T12:00")
    return make


def planned(make: Make, **filters: Any) -> ReschedulePlan:
    found: ReschedulePlan = make.do(rescheduling.plan_moves, **filters)
    return found


def moves(plan: ReschedulePlan) -> list[Move]:
    return [Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in plan.moves]


def applied(make: Make, wanted: list[Move], **more: Any) -> Rescheduled:
    outcome: Rescheduled = make.do(rescheduling.apply_moves, moves=wanted, **more)
    return outcome


def told(plan: ReschedulePlan) -> list[tuple[str, str, str]]:
    return [(m.card.partner.name, m.counter, f"{m.starts_at:%d %H:%M}") for m in plan.moves]


def test_i3_each_gets_the_nearest_slot_of_its_type_and_nothing_is_written(town: Make) -> None:
    before = town.rows("SELECT count(*) FROM journal_entry")
    plan = planned(town)
    assert told(plan) == [("A", G2, "06 09:00"), ("B", G2, "06 09:30"), ("C", G2, "06 10:00")]
    assert plan.unplaced == ()
    assert town.rows("SELECT count(*) FROM journal_entry") == before
    assert town.status(G2, "2017-04-06T09:00") is SlotStatus.FREE


def test_i3_the_plan_is_applied_at_once_with_journal_and_messages(town: Make) -> None:
    outcome = applied(town, moves(planned(town)))
    assert [(card.partner.name, card.counter, card.status) for card in outcome.moved] == [
        (name, G2, AppointmentStatus.PLANNED) for name in "ABC"
    ]
    assert (outcome.again, outcome.refused) == (ReschedulePlan(), ())
    assert town.slot(G2, "2017-04-06T09:30").partners == ("B",)
    assert town.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE) == []
    assert town.rows("SELECT count(*) FROM journal_entry WHERE action = 'appointment.move'") == [(3,)]
    assert town.rows("SELECT count(*) FROM notice WHERE kind = 'move' AND channel = 'email'") == [(3,)]
    file = town.do(appointments.show_appointment, appointment=outcome.moved[0].id)
    last = file.history[-1]
    assert last.facts["before"]["counter"] == G1 and last.facts["counter"] == G2


def test_p2_an_expired_hold_does_not_block_a_bulk_move(make: Make, clock: FrozenClock) -> None:
    make.town(G1, G2, public=True)
    card = make.book(G1, "2017-04-06T10:00", "A")
    make.do(slots.suspend, counter=G1, start="2017-04-06T09:00")
    sign_up(make).do(holds.hold, type=1, place=1, start=paris("2017-04-06T09:00"))
    clock.advance(minutes=15)
    outcome = applied(make, [Move(card.id, G2, date_input.at(paris("2017-04-06T09:00")))])
    assert [(moved.counter, f"{moved.starts_at:%d %H:%M}") for moved in outcome.moved] == [(G2, "06 09:00")]


def test_i3_a_part_of_a_plan_may_be_applied(town: Make) -> None:
    plan = planned(town)
    applied(town, moves(plan)[1:2])
    left = town.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)
    assert [card.partner.name for card in left] == ["A", "C"]


def test_i3_a_slot_taken_in_the_meantime_is_reported_and_planned_anew_never_stolen(town: Make) -> None:
    plan = planned(town)
    town.book(G2, "2017-04-06T09:30", "Quicker")
    outcome = applied(town, moves(plan))
    assert [card.partner.name for card in outcome.moved] == ["A", "C"]
    assert told(outcome.again) == [("B", G1, "06 14:00")]  # its own counter in the afternoon, before another one
    assert town.slot(G2, "2017-04-06T09:30").partners == ("Quicker",)
    assert town.do(appointments.show_appointment, appointment=outcome.again.moves[0].card.id).card.status is (
        AppointmentStatus.TO_RESCHEDULE
    )
    again = applied(town, moves(outcome.again))
    assert [card.partner.name for card in again.moved] == ["B"]


@pytest.mark.parametrize("start", ["2017-04-06T11:00", None], ids=["moved", "cancelled"])
def test_i3_s5_what_becomes_of_an_appointment_meanwhile_is_what_counts(
    pg_town: Make, meanwhile: Meanwhile, start: str | None
) -> None:
    card = pg_town.book(G1, "2017-04-06T09:00", "A", email="a@example.org")

    def inside(work: Work) -> None:
        if start is None:
            appointments.cancel(work, appointments=[card.id])
        else:
            appointments.move(work, appointment=card.id, start=date_input.read(start))

    waited, outcome = meanwhile(
        inside, lambda: applied(pg_town, [Move(card.id, G2, date_input.read("2017-04-06T10:00"))])
    )
    assert waited and isinstance(outcome, Rescheduled)
    after = pg_town.do(appointments.show_appointment, appointment=card.id)
    if start is None:
        assert [(one.appointment, one.why) for one in outcome.refused] == [(card.id, "appointment_over")]
        assert after.card.status is AppointmentStatus.CANCELLED
        assert pg_town.rows("SELECT count(*) FROM claim") == [(0,)]
    else:
        assert [one.counter for one in outcome.moved] == [G2]
        assert after.history[-1].facts["before"]["starts_at"] == after.history[-2].facts["starts_at"]


def test_i3_s5_who_loses_the_slot_meanwhile_is_moved_all_the_same(pg_town: Make, meanwhile: Meanwhile) -> None:
    card = pg_town.book(G1, "2017-04-06T09:00", "A", email="a@example.org")
    waited, _ = meanwhile(
        lambda work: slots.suspend(work, counter=G1, start=date_input.read("2017-04-06T09:00")),
        lambda: applied(pg_town, [Move(card.id, G2, date_input.read("2017-04-06T10:00"))]),
    )
    assert waited
    after = pg_town.do(appointments.show_appointment, appointment=card.id)
    assert (after.card.counter, after.card.status) == (G2, AppointmentStatus.PLANNED)
    assert [entry.action for entry in after.history[-2:]] == ["appointment.displaced", "appointment.move"]


def test_i3_a_partner_is_never_in_two_places_at_once(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    town.counter("Guichet 3", type="Passeport")
    town.book("Guichet 3", "2017-04-06T09:00", "A")
    assert told(planned(town)) == [("A", G2, "06 09:30"), ("B", G2, "06 09:00"), ("C", G2, "06 10:00")]
    elsewhere = next(c for c in town.do(counters.list_counters) if c.label == G2)
    number = planned(town).moves[0].card.id
    forced = [Move(number, elsewhere.id, date_input.read("2017-04-06T09:00"))]
    assert applied(town, forced).moved == ()


def test_i3_c7_two_counters_of_one_desk_are_not_given_one_time(make: Make) -> None:
    make.do(desks.add_desk, label="Poste")
    make.town(G1)
    make.counter("Bureau A", desk="Poste")
    make.counter("Bureau B", desk="Poste")
    for partner in ("A", "B"):
        make.book(G1, "2017-04-06T09:00" if partner == "A" else "2017-04-06T09:30", partner)
    make.do(counters.remove_counter, counter=G1)
    plan = planned(make)
    assert len({one.starts_at for one in plan.moves}) == 2
    assert len(applied(make, moves(plan)).moved) == 2


def test_i3_the_notice_of_the_type_is_respected(town: Make) -> None:
    town.do(types.set_type, type="Citoyenneté", notice_hours=48)
    assert all(one.starts_at >= date_input.read("2017-04-06T16:35").instant(one.starts_at.tzinfo, one.starts_at)
               for one in planned(town).moves)  # fmt: skip


def test_i3_those_who_cannot_be_placed_are_named_with_the_reason(town: Make) -> None:
    for label in (G1, G2):
        town.do(counters.set_counter, counter=label, last="2017-04-04")
    plan = planned(town)
    assert plan.moves == ()
    assert [(one.card and one.card.partner.name, one.why) for one in plan.unplaced] == [
        (name, "no_free_slot") for name in "ABC"
    ]
    for label in (G1, G2):
        town.do(counters.remove_counter, counter=label)
    assert {one.why for one in planned(town).unplaced} == {"no_counter"}


def reasons(plan: ReschedulePlan) -> dict[str, str]:
    return {one.card.partner.name: one.why for one in plan.unplaced if one.card}


def next_free(make: Make) -> list[str]:
    return [f"{slot.counter} {slot.starts_at:%d %H:%M}" for slot in make.do(slots.next_free, type="Citoyenneté")]


def test_i3_nobody_hears_that_no_slot_is_free_where_the_plan_gives_the_free_ones_to_others(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, last="2017-04-04")
    town.do(counters.set_counter, counter=G2, last="2017-04-06")
    town.do(slots.suspend, counter=G2, start="2017-04-05T09:00", to="2017-04-06T16:00")
    assert next_free(town) == [f"{G2} 06 16:00", f"{G2} 06 16:30"]
    plan = planned(town)
    assert told(plan) == [("B", G2, "06 16:00"), ("C", G2, "06 16:30")]
    assert reasons(plan) == {"A": "given_to_others"}
    assert plan.gap == 0


def test_i3_nobody_hears_that_no_slot_is_free_where_the_partner_is_expected_elsewhere(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    town.counter("Guichet 3", type="Passeport")
    town.book("Guichet 3", "2017-04-06T16:30", "A")
    town.do(counters.set_counter, counter=G1, last="2017-04-04")
    town.do(counters.set_counter, counter=G2, last="2017-04-06")
    town.do(slots.suspend, counter=G2, start="2017-04-05T09:00", to="2017-04-06T16:30")
    assert next_free(town) == [f"{G2} 06 16:30"]
    plan = planned(town, partner="A")
    assert (plan.moves, reasons(plan)) == ((), {"A": "partner_busy"})


def test_i3_nobody_hears_that_no_slot_is_free_where_the_free_ones_are_within_the_notice(town: Make) -> None:
    for label in (G1, G2):
        town.do(counters.set_counter, counter=label, last="2017-04-05")
    town.do(types.set_type, type="Citoyenneté", notice_hours=48)
    assert next_free(town)
    assert set(reasons(planned(town)).values()) == {"short_notice"}


def test_i3_what_the_search_finds_for_someone_left_out_is_proposed(town: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals, "match", lambda *_given, **_named: Assignment({}, is_fullest=False))
    plan = planned(town)
    assert (len(plan.moves), plan.unplaced, plan.gap) == (3, (), None)
    assert len({(one.counter, one.starts_at) for one in plan.moves}) == 3


def test_i3_the_plan_says_how_close_it_is_to_the_best_one(town: Make) -> None:
    assert planned(town).gap == 0


def test_i3_appointments_that_are_over_or_of_another_type_are_refused_by_name(town: Make) -> None:
    plan = planned(town)
    first, second, third = moves(plan)
    town.do(appointments.cancel, appointments=[first.appointment])
    town.do(types.add_type, label="Passeport")
    other = town.counter("Guichet 3", type="Passeport").id
    outcome = applied(
        town, [first, Move(second.appointment, other, second.start), third, Move(999, other, third.start)]
    )
    assert [(one.appointment, one.why) for one in outcome.refused] == [
        (first.appointment, "appointment_over"),
        (second.appointment, "other_type"),
        (999, "appointment_over"),
    ]
    assert [card.id for card in outcome.moved] == [third.appointment]


def test_i3_filters_and_numbers_choose_whom_to_plan(town: Make) -> None:
    everyone = [one.card.id for one in planned(town).moves]
    assert [one.card.id for one in planned(town, appointments=everyone[:2]).moves] == everyone[:2]
    assert told(planned(town, partner="B")) == [("B", G2, "06 09:30")]
    assert planned(town, counters=[G2]).moves == ()
    assert planned(town, first="2017-04-07").moves == ()


def test_a6_past_ones_without_status_can_be_given_a_new_slot(town: Make, clock: FrozenClock) -> None:
    clock.set("2017-04-10T08:00")
    assert planned(town).moves == ()
    plan = planned(town, view=AppointmentList.PAST_WITHOUT_STATUS)
    assert told(plan)[0] == ("A", G1, "10 09:00")
    assert all(card.status is AppointmentStatus.PLANNED for card in applied(town, moves(plan)).moved)


def test_g2_planning_and_moving_take_the_right_and_a_service_of_the_type(town: Make) -> None:
    town.do(services.add_service, label="Etat civil")
    town.do(types.set_type, type="Citoyenneté", services=["Etat civil"])
    stranger = town.agent("lea", (Right.APPOINTMENTS,))
    member = town.agent("ali", (Right.APPOINTMENTS,), ("Etat civil",))
    with pytest.raises(NotAllowed):
        planned(town, by=stranger)
    plan = planned(town, by=member)
    with pytest.raises(NotAllowed):
        applied(town, moves(plan), by=stranger)
    assert len(applied(town, moves(plan), by=member).moved) == 3


def test_i3_a_counter_is_named_by_number_or_label_and_place(town: Make) -> None:
    plan = planned(town)
    number = plan.moves[0].card.id
    start = date_input.read("2017-04-07T09:00")
    with pytest.raises(NotFound):
        applied(town, [Move(number, "Guichet 9", start)])
    outcome = applied(town, [Move(number, "guichet 2", start, "mairie principale")])
    assert [card.counter for card in outcome.moved] == [G2]


def test_i3_seats_of_a_large_counter_are_given_one_by_one(make: Make) -> None:
    make.town(G1)
    make.do(weeks.add_week, label="Large", hours=[("Mo-Fr 09:00-10:00", 60)])
    make.counter("Salle", week="Large", capacity=3)
    for minute, partner in (("09:00", "A"), ("09:30", "B"), ("10:00", "C"), ("10:30", "D")):
        make.book(G1, f"2017-04-06T{minute}", partner)
    make.do(counters.remove_counter, counter=G1)
    outcome = applied(make, moves(planned(make)))
    assert len(outcome.moved) == 4
    assert sorted(f"{card.starts_at:%d}" for card in outcome.moved) in (
        ["05", "06", "06", "06"],
        ["06", "06", "06", "07"],
    )


def test_i3_progress_is_told(town: Make) -> None:
    told_so_far: list[tuple[int, int]] = []
    plan = planned(town, progress=lambda done, total: told_so_far.append((done, total)))
    applied(town, moves(plan), progress=lambda done, total: told_so_far.append((done, total)))
    assert told_so_far[-1] == (3, 3)
