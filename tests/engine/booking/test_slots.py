"""Slots seen, found, suspended, reserved and released: S1–S4, S6, S7, C7, G2 and P2."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv import date_input
from rdv.engine.booking import appointments, journal, slots
from rdv.engine.setup import closures, counters, desks, places, services, types, weeks
from rdv.engine.views.slots import SlotView
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
from tests.conftest import PARIS, FrozenClock, Make

G1, G2 = "Guichet 1", "Guichet 2"
NINE, HALF, TEN = "2017-04-06T09:00", "2017-04-06T09:30", "2017-04-06T10:00"
FREE, HELD, BOOKED, RESERVED, SUSPENDED, OCCUPIED = (
    SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.RESERVED, SlotStatus.SUSPENDED, SlotStatus.OCCUPIED,
)  # fmt: skip


@pytest.fixture
def town(make: Make) -> Make:
    make.town()
    return make


def listed(make: Make, **given: Any) -> list[SlotView]:
    found: list[SlotView] = make.do(slots.list_slots, **given)
    return found


def test_s1_a_slot_has_one_of_six_statuses(make: Make) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town(G1, G2, desk="Poste 1")
    make.book(G1, NINE)
    make.do(slots.reserve, counter=G1, start=HALF)
    make.do(slots.suspend, counter=G1, start=TEN)
    make.hold(G1, "2017-04-06T10:30")
    make.book(G2, "2017-04-06T11:00", "AULAN Gilles")
    told = [slot.status for slot in listed(make, first="2017-04-06", days=1, counters=[G1])][:6]
    assert told == [BOOKED, RESERVED, SUSPENDED, HELD, OCCUPIED, FREE]
    assert set(told) == set(SlotStatus)


def test_s1_a_slot_tells_its_counter_its_place_and_who_is_booked(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=2)
    one, other = town.book(G1, NINE), town.book(G1, NINE, "AULAN Gilles")
    slot = town.slot(G1, NINE)
    assert (slot.counter, slot.type, slot.place) == (G1, "Citoyenneté", "Mairie principale")
    assert slot.starts_at == datetime(2017, 4, 6, 9, tzinfo=ZoneInfo("Europe/Paris"))
    assert slot.ends_at - slot.starts_at == timedelta(minutes=30)
    assert (slot.appointments, slot.partners) == ((one.id, other.id), ("BOIS Jules", "AULAN Gilles"))
    assert (slot.seats_free, slot.appointment_id) == (0, one.id)
    assert town.slot(G1, HALF).appointment_id is None


def test_s6_slots_are_listed_by_days_with_filters_that_combine(make: Make) -> None:
    make.town(G1, G2)
    make.do(places.add_place, label="Annexe")
    make.do(types.add_type, label="Passeport")
    make.counter("A", place="Annexe")
    make.counter("B", place="Annexe", type="Passeport")
    make.book(G1, NINE)

    def by(**filters: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for slot in listed(make, first="2017-04-06", **filters):
            found[slot.counter] = found.get(slot.counter, 0) + 1
        return found

    assert by(days=1) == {"A": 12, "B": 12, G1: 12, G2: 12}, "several counters on one screen, by place and label"
    assert list(by(days=1)) == ["A", "B", G1, G2]
    assert by(days=1, counters=[G2, "B"]) == {G2: 12, "B": 12}
    assert by(days=1, types=["citoyennete"], places=["annexe"]) == {"A": 12}
    assert by(days=1, statuses=[BOOKED]) == {G1: 1}
    assert by(days=1, statuses=[BOOKED, FREE], counters=[G1]) == {G1: 12}
    assert by(counters=[G1]) == {G1: 60}, "a week from Thursday on: five days of work"
    assert by(last="2017-04-07", counters=[G1]) == {G1: 24}, "the last day is included"


def test_s6_the_days_are_those_of_each_place(make: Make, clock: FrozenClock) -> None:
    make.town()
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.counter("Océan", place="Saint-Denis")
    clock.set("2017-04-05T23:30")
    found = listed(make, first="today", days=1)
    assert {(slot.counter, slot.starts_at.date()) for slot in found} == {
        (G1, date(2017, 4, 5)),
        ("Océan", date(2017, 4, 6)),
    }
    assert {slot.starts_at.utcoffset() for slot in found} == {timedelta(hours=2), timedelta(hours=4)}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"last": "2017-04-05"}, "period_backwards"),
        ({"days": 0}, "period_backwards"),
        ({"days": -3}, "period_backwards"),
        ({"days": 401}, "period_long"),
        ({"days": 10**12}, "period_long"),
        ({"days": -(10**12)}, "period_long"),
        ({"last": "2018-12-31"}, "period_long"),
    ],
)
def test_s6_a_period_that_cannot_be_shown_is_refused(town: Make, given: dict[str, Any], error: str) -> None:
    with pytest.raises(Refused) as told:
        listed(town, first="2017-04-06", **given)
    assert (told.value.error, told.value.rule) == (error, "S6")


def test_s7_every_slot_of_a_day_of_clock_change_has_its_real_duration_and_appears_once(make: Make) -> None:
    make.town(hours="24/7", slot=60, first="2017-01-01")
    for day, hours in (("2017-03-26", 23), ("2017-10-29", 25), ("2017-03-27", 24)):
        found = listed(make, first=day, days=1)
        assert len(found) == hours
        assert len({slot.starts_at.timestamp() for slot in found}) == hours
        assert {slot.ends_at.timestamp() - slot.starts_at.timestamp() for slot in found} == {3600}


def test_s7_both_hours_that_the_autumn_repeats_can_be_booked(make: Make) -> None:
    make.town(hours="24/7", slot=60)
    first = make.book(G1, "2017-10-29T02:00+02:00")
    second = make.book(G1, "2017-10-29T02:00+01:00", "AULAN Gilles")
    assert second.starts_at.timestamp() - first.starts_at.timestamp() == 3600
    assert (first.starts_at.utcoffset(), second.starts_at.utcoffset()) == (timedelta(hours=2), timedelta(hours=1))
    with pytest.raises(Conflict):
        make.book(G1, "2017-10-29T02:00", "PETIT Zoé")
    booked = [slot.partners[0] for slot in listed(make, first="2017-10-29", days=1, statuses=[BOOKED])]
    assert booked == ["BOIS Jules", "AULAN Gilles"]


def test_s2_a_free_slot_is_reserved_or_suspended_and_freed_again(town: Make) -> None:
    for function, status in ((slots.reserve, RESERVED), (slots.suspend, SUSPENDED)):
        assert town.do(function, counter=G1, start=NINE).is_empty
        assert town.status(G1, NINE) is status
        assert town.do(slots.release, counter=G1, start=NINE).freed == 1
        assert town.status(G1, NINE) is FREE


def test_s2_a_reserved_slot_may_be_suspended_but_a_suspended_one_is_released_first(town: Make) -> None:
    town.do(slots.reserve, counter=G1, start=NINE)
    town.do(slots.suspend, counter=G1, start=NINE)
    assert town.status(G1, NINE) is SUSPENDED
    with pytest.raises(Refused) as told:
        town.do(slots.reserve, counter=G1, start=NINE)
    assert (told.value.error, told.value.rule) == ("slot_suspended_first", "S2")
    assert town.status(G1, NINE) is SUSPENDED


def test_s3_nobody_is_given_a_suspended_slot_but_an_agent_may_be_given_a_reserved_one(town: Make) -> None:
    town.do(slots.suspend, counter=G1, start=NINE)
    with pytest.raises(Refused) as told:
        town.book(G1, NINE)
    assert (told.value.error, told.value.rule) == ("slot_suspended", "S3")
    town.do(slots.reserve, counter=G1, start=HALF)
    card = town.book(G1, HALF)
    assert town.slot(G1, HALF).appointments == (card.id,)


@pytest.mark.parametrize(("function", "status"), [(slots.suspend, SUSPENDED), (slots.reserve, RESERVED)])
def test_s4_suspending_or_reserving_a_booked_slot_asks_to_reschedule(
    town: Make, function: Any, status: SlotStatus
) -> None:
    town.do(counters.set_counter, counter=G1, capacity=2)
    told_by_both = town.book(G1, NINE, phone="06 12 34 56 78", email="jules@example.org")
    silent = town.book(G1, NINE, "AULAN Gilles")
    foreseen = town.do(function, counter=G1, start=NINE, preview=True)
    impact = town.do(function, counter=G1, start=NINE)
    assert impact == foreseen
    assert impact.to_reschedule == 2
    assert {card.status for card in impact.appointments} == {AppointmentStatus.TO_RESCHEDULE}
    assert (town.slot(G1, NINE).status, town.slot(G1, NINE).seats_free) == (status, 0), "every seat of it"
    waiting = town.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)
    assert [card.id for card in waiting] == [told_by_both.id, silent.id]
    invited = town.rows("SELECT appointment_id, channel FROM notice WHERE kind = 'invitation' ORDER BY channel")
    assert invited == [(told_by_both.id, "email"), (told_by_both.id, "sms")]


def test_s4_a_hold_on_a_suspended_slot_is_dropped(town: Make) -> None:
    town.hold(G1, NINE)
    assert town.do(slots.suspend, counter=G1, start=NINE).holds_dropped == 1
    assert town.status(G1, NINE) is SUSPENDED


def test_p2_a_held_slot_is_nobody_elses_until_its_time_has_run_out(town: Make, clock: FrozenClock) -> None:
    town.hold(G1, NINE, minutes=15)
    with pytest.raises(Conflict) as told:
        town.book(G1, NINE)
    assert (told.value.error, told.value.rule) == ("slot_held", "S5")
    clock.advance(minutes=14, seconds=59)
    assert town.status(G1, NINE) is HELD
    clock.advance(seconds=1)
    assert town.status(G1, NINE) is FREE, "no job had to run"
    assert [slot.starts_at.hour for slot in town.do(slots.next_free, type="Citoyenneté", count=1)] == [9]
    card = town.book(G1, NINE)
    assert town.slot(G1, NINE).appointments == (card.id,)
    assert town.rows("SELECT count(*) FROM claim") == [(1,)]


def test_p2_c7_a_hold_that_has_run_out_frees_the_desk_too(make: Make, clock: FrozenClock) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town(G1, desk="Poste 1")
    make.do(weeks.add_week, label="Longue", hours=[("Mo-Fr 08:45-12:00", 60)])
    make.counter(G2, desk="Poste 1", week="Longue")
    make.hold(G2, "2017-04-06T08:45")
    assert [make.status(G1, start) for start in (NINE, HALF)] == [OCCUPIED, OCCUPIED]
    with pytest.raises(Conflict) as told:
        make.book(G1, NINE)
    assert (told.value.error, told.value.rule) == ("desk_taken", "C7")
    clock.advance(minutes=15)
    assert make.status(G1, NINE) is FREE
    make.book(G1, NINE)
    assert make.status(G2, "2017-04-06T08:45") is OCCUPIED


def test_c7_a_booking_occupies_the_overlapping_slots_of_the_desk_and_no_others(make: Make) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town(G1, desk="Poste 1")
    make.do(weeks.add_week, label="Longue", hours=[("Mo-Fr 08:45-12:00", 60)])
    make.counter(G2, desk="Poste 1", week="Longue")
    make.counter("Guichet 3")
    card = make.book(G1, NINE)
    found = [
        f"{s.starts_at:%H:%M}" for s in listed(make, first="2017-04-06", days=1, counters=[G2], statuses=[OCCUPIED])
    ]
    assert found == ["08:45"]
    make.do(appointments.move, appointment=card.id, start=HALF)
    found = [
        f"{s.starts_at:%H:%M}" for s in listed(make, first="2017-04-06", days=1, counters=[G2], statuses=[OCCUPIED])
    ]
    assert found == ["08:45", "09:45"]
    assert make.status("Guichet 3", HALF) is FREE
    make.do(appointments.cancel, appointments=[card.id])
    assert not listed(make, first="2017-04-06", days=1, statuses=[OCCUPIED])


def test_s2_several_slots_are_marked_and_released_at_once(town: Make) -> None:
    town.book(G1, TEN)
    impact = town.do(slots.suspend, counter=G1, start=NINE, to="2017-04-06T10:30")
    assert impact.to_reschedule == 1
    assert [town.status(G1, start) for start in (NINE, HALF, TEN, "2017-04-06T10:30")] == [SUSPENDED] * 3 + [FREE]
    assert town.do(slots.release, counter=G1, start="2017-04-06", to="2017-04-06").freed == 3
    town.do(slots.reserve, counter=G1, start="2017-04-06", to="2017-04-07")
    assert len(listed(town, first="2017-04-06", days=5, statuses=[RESERVED])) == 24, "the last day is included"
    town.do(slots.suspend, counter=G1, start="2017-04-10")
    assert len(listed(town, first="2017-04-10", days=5, statuses=[SUSPENDED])) == 12, "a day alone is that day"


def test_s2_marking_twice_changes_nothing_the_second_time(town: Make) -> None:
    town.do(slots.reserve, counter=G1, start=NINE)
    before = len(town.do(journal.read_journal))
    town.do(slots.reserve, counter=G1, start=NINE)
    assert len(town.do(journal.read_journal)) == before
    assert town.rows("SELECT count(*) FROM claim") == [(1,)]


def test_s2_only_what_is_to_come_is_marked(town: Make, clock: FrozenClock) -> None:
    done = town.book(G1, NINE)
    clock.set("2017-04-06T10:10")
    town.do(slots.suspend, counter=G1, start=NINE, to="2017-04-06T11:00")
    found = [town.status(G1, start) for start in (NINE, HALF, TEN, "2017-04-06T10:30")]
    assert found == [BOOKED, FREE, SUSPENDED, SUSPENDED], "10:00–10:30 has begun but is not over"
    assert town.do(appointments.show_appointment, appointment=done.id).card.has_slot
    with pytest.raises(Refused) as told:
        town.do(slots.reserve, counter=G1, start=NINE, to=TEN)
    assert (told.value.error, told.value.rule) == ("slot_past", "S2")


@pytest.mark.parametrize("function", [slots.suspend, slots.reserve, slots.release])
def test_s1_where_no_slot_starts_nothing_is_marked(town: Make, function: Any) -> None:
    with pytest.raises(NotFound) as told:
        town.do(function, counter=G1, start="2017-04-06T09:10")
    assert (told.value.error, told.value.rule) == ("no_slot", "S1")
    assert [f"{near:%H:%M}" for near in told.value.facts["close"]] == ["09:00", "09:30", "10:00"]  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        town.do(function, counter=G1, start="2017-04-08", to="2017-04-09")
    with pytest.raises(Refused) as refused:
        town.do(function, counter=G1, start="2017-04-03T09:00")
    assert refused.value.error == "before_first_day"
    for to, error in ((NINE, "period_backwards"), ("2019-04-06", "period_long"), ("2017-04-05", "period_backwards")):
        with pytest.raises(Refused) as refused:
            town.do(function, counter=G1, start=NINE, to=to)
        assert refused.value.error == error
    assert town.rows("SELECT count(*) FROM claim") == [(0,)]


def test_s2_releasing_what_is_not_kept_is_refused(town: Make) -> None:
    town.book(G1, NINE)
    with pytest.raises(Refused) as told:
        town.do(slots.release, counter=G1, start=NINE, to=TEN)
    assert (told.value.error, told.value.rule) == ("nothing_to_release", "S2")
    assert town.status(G1, NINE) is BOOKED


def test_s2_releasing_a_slot_of_several_seats_leaves_who_is_booked(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=3)
    town.do(slots.reserve, counter=G1, start=NINE)
    card = town.book(G1, NINE)
    assert (town.slot(G1, NINE).status, town.slot(G1, NINE).seats_free) == (RESERVED, 0)
    town.do(slots.release, counter=G1, start=NINE)
    assert (town.slot(G1, NINE).appointments, town.slot(G1, NINE).seats_free) == ((card.id,), 2)


def test_s2_g2_a_suspended_slot_is_freed_by_those_who_manage_the_counter(town: Make) -> None:
    books = town.agent("books", (Right.APPOINTMENTS,))
    manages = town.agent("manages", (Right.COUNTERS,))
    town.do(slots.suspend, by=books, counter=G1, start=NINE)
    town.do(slots.reserve, by=books, counter=G1, start=HALF)
    with pytest.raises(NotAllowed) as told:
        town.do(slots.release, by=books, counter=G1, start=NINE)
    assert (told.value.error, told.value.facts["rights"]) == ("right_missing", (Right.COUNTERS,))
    with pytest.raises(NotAllowed):
        town.do(slots.release, by=manages, counter=G1, start=HALF)
    with pytest.raises(NotAllowed):
        town.do(slots.release, by=books, counter=G1, start=NINE, to=TEN)
    assert [town.status(G1, start) for start in (NINE, HALF)] == [SUSPENDED, RESERVED], "all or nothing"
    town.do(slots.release, by=manages, counter=G1, start=NINE)
    town.do(slots.release, by=books, counter=G1, start=HALF)
    assert [town.status(G1, start) for start in (NINE, HALF)] == [FREE, FREE]


@pytest.mark.parametrize("function", [slots.suspend, slots.reserve, slots.release])
def test_g2_slots_are_kept_and_freed_by_agents_of_the_type(town: Make, function: Any) -> None:
    for label in ("État civil", "Accueil"):
        town.do(services.add_service, label=label)
    town.do(slots.reserve, counter=G1, start=HALF)
    town.do(types.set_type, type="Citoyenneté", services=["État civil"])
    before = [slot.status for slot in listed(town, first="2017-04-06", days=1)]
    elsewhere = town.agent("elsewhere", (Right.COUNTERS, Right.APPOINTMENTS), ("Accueil",))
    configures = town.agent("configures", (Right.MODULE,), ("État civil",))
    for actor in (elsewhere, configures):
        with pytest.raises(NotAllowed):
            town.do(function, by=actor, counter=G1, start=HALF)
    assert [slot.status for slot in listed(town, first="2017-04-06", days=1)] == before
    inside = town.agent("inside", (Right.APPOINTMENTS,), ("État civil",))
    town.do(function, by=inside, counter=G1, start=HALF)


def test_s6_the_next_free_slots_come_earliest_first_whatever_the_counter(make: Make, clock: FrozenClock) -> None:
    make.town(G1, G2)
    make.do(types.add_type, label="Passeport")
    make.counter("Autre", type="Passeport")
    make.book(G1, "2017-04-05T09:00")
    make.do(slots.suspend, counter=G2, start="2017-04-05T09:00", to="2017-04-05T10:00")
    clock.set("2017-04-04T16:05")

    def found(**given: Any) -> list[tuple[str, str]]:
        return [(s.counter, f"{s.starts_at:%d %H:%M}") for s in make.do(slots.next_free, type="Citoyenneté", **given)]

    assert found(count=4) == [(G1, "04 16:30"), (G2, "04 16:30"), (G1, "05 09:30"), (G1, "05 10:00")]
    assert found(count=2, counters=[G2]) == [(G2, "04 16:30"), (G2, "05 10:00")]
    assert found(count=0) == []
    assert len(found()) == 5
    assert found(places=["mairie principale"], count=1) == [(G1, "04 16:30")]
    clock.set("2017-04-04T16:30")
    assert found(count=1) == [(G1, "04 16:30")], "a slot that starts now is still free"


def test_p2_s6_the_next_free_slot_of_many_counters_may_be_one_whose_hold_has_run_out(
    make: Make, clock: FrozenClock
) -> None:
    clock.set("2017-04-05T08:00")
    labels = [f"Guichet {n}" for n in range(1, 6)]
    make.town(*labels, hours="Mo-Fr 09:00-10:00")
    for label in labels:
        make.do(slots.suspend, counter=label, start=date_input.read("2017-04-05"), to=date_input.read("2017-04-21"))
    make.do(slots.release, counter="Guichet 3", start=date_input.read("2017-04-12T09:30"))
    make.hold("Guichet 3", "2017-04-12T09:30", minutes=15)

    def following() -> list[tuple[str, str]]:
        found = make.do(slots.next_free, type="Citoyenneté", count=1)
        return [(slot.counter, f"{slot.starts_at:%d %H:%M}") for slot in found]

    assert following() == [("Guichet 1", "24 09:00")]
    clock.advance(minutes=16)
    assert following() == [("Guichet 3", "12 09:30")]


def test_s6_the_next_free_slots_of_many_counters_are_those_of_their_lists_and_say_who_is_there(
    make: Make, clock: FrozenClock
) -> None:
    clock.set("2017-04-05T08:00")
    labels = [f"Guichet {n:02}" for n in range(1, 24)]
    make.town(*labels, hours="Mo-Fr 09:00-12:00", capacity=2)
    for label in labels[1:]:
        make.do(
            slots.suspend, counter=label, start=date_input.read("2017-04-05"), to=date_input.read("2017-04-07T11:00")
        )
    make.do(
        slots.suspend,
        counter=labels[0],
        start=date_input.read("2017-04-05T09:00"),
        to=date_input.read("2017-04-06T09:00"),
    )
    make.book(labels[0], "2017-04-06T10:00", partner="NOËL Zoé")
    whole = make.do(slots.list_slots, first="2017-04-05", days=10, statuses=[SlotStatus.FREE])
    there = sorted(whole, key=lambda slot: (slot.starts_at, slot.counter_id))
    found = make.do(slots.next_free, type="Citoyenneté", count=100)
    assert found == there[:100]
    assert [slot.partners for slot in found if slot.partners] == [("NOËL Zoé",)]


def test_c7_s6_the_next_free_slots_know_who_sits_down_at_the_desk_before_they_end(
    make: Make, clock: FrozenClock
) -> None:
    clock.set("2017-04-05T08:00")
    labels = [f"Guichet {n:02}" for n in range(1, 24)]
    make.town(*labels, hours="Mo-Fr 09:00-12:00")
    make.do(desks.add_desk, label="Poste 1")
    make.do(weeks.add_week, label="Décalée", hours=[("Mo-Fr 09:40-11:40", 30)])
    make.counter("Fixe", desk="Poste 1")
    make.counter("Décalé", desk="Poste 1", week="Décalée")
    for label in labels:
        make.do(slots.suspend, counter=label, start=date_input.read("2017-04-05"), to=date_input.read("2017-04-07"))
    make.book("Décalé", "2017-04-05T09:40")
    found = make.do(slots.next_free, type="Citoyenneté", count=4)
    assert [(slot.counter, f"{slot.starts_at:%d %H:%M}") for slot in found] == [
        ("Fixe", "05 09:00"), ("Décalé", "05 10:10"), ("Fixe", "05 10:30"), ("Décalé", "05 10:40"),
    ]  # fmt: skip


def test_s6_the_next_free_slot_is_found_far_away_and_not_beyond_the_end(make: Make) -> None:
    make.town(last="2018-12-28")
    make.do(closures.add_closure, label="Travaux", first="2017-04-04", last="2018-12-26")
    found = make.do(slots.next_free, type="Citoyenneté", count=100)
    assert [f"{slot.starts_at:%Y-%m-%d %H:%M}" for slot in (found[0], found[-1])] == [
        "2018-12-27 09:00",
        "2018-12-28 16:30",
    ]
    make.do(closures.add_closure, label="Travaux", first="2018-12-27", last="2018-12-31")
    assert make.do(slots.next_free, type="Citoyenneté") == []


def test_s6_the_free_slots_nearest_to_a_time_come_nearest_first(make: Make) -> None:
    make.town(G1, G2)
    make.book(G1, "2017-04-06T10:00")
    make.book(G2, "2017-04-06T10:00")

    def found(near: str, **given: Any) -> list[tuple[str, str]]:
        views = make.do(slots.next_free, type="Citoyenneté", near=date_input.read(near), **given)
        return [(s.counter, f"{s.starts_at:%d %H:%M}") for s in views]

    assert found("2017-04-06T10:00", count=5) == [
        (G1, "06 09:30"), (G2, "06 09:30"), (G1, "06 10:30"), (G2, "06 10:30"), (G1, "06 09:00"),
    ]  # fmt: skip
    assert found("2017-04-06T10:00", count=2, counters=[G2]) == [(G2, "06 09:30"), (G2, "06 10:30")]
    assert found("2017-04-09T00:00", count=1, counters=[G1]) == [(G1, "07 16:30")], "over a weekend"
    assert found("2016-01-01T10:00", count=2, counters=[G1]) == [(G1, "05 09:00"), (G1, "05 09:30")], "never past"
    assert found("2017-04-06T10:00", count=0) == []


@pytest.mark.parametrize("near", ["2017-04-01", "2017-05-20T09:10", "2018-04-02T23:00", "2019-04-03", "2031-01-01"])
def test_s6_nearest_is_what_the_distance_says_of_all_free_slots(make: Make, near: str) -> None:
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.town(last="2018-12-28")
    make.counter("Océan", place="Saint-Denis")
    make.do(closures.add_closure, label="Travaux", first="2017-04-20", last="2017-06-26")
    every = make.do(slots.next_free, type="Citoyenneté", count=100_000)
    wanted = date_input.read(near)
    wall = wanted.instant(PARIS, make.office.clock()).astimezone(PARIS).replace(tzinfo=None)

    def away(slot: SlotView) -> float:
        meant = max(wall.replace(tzinfo=slot.starts_at.tzinfo), make.office.clock())
        return abs(slot.starts_at.timestamp() - meant.timestamp())

    found = make.do(slots.next_free, type="Citoyenneté", near=wanted, count=40)
    assert len(found) == 40
    assert [away(slot) for slot in found] == sorted(away(slot) for slot in every)[:40]
    few = make.do(slots.next_free, type="Citoyenneté", near=wanted, count=100_000)
    assert sorted(few, key=lambda s: (s.starts_at, s.counter_id)) == every


def test_s6_an_unknown_type_counter_or_place_is_not_found(town: Make) -> None:
    for given in ({"types": ["Mariage"]}, {"counters": ["Guichet 9"]}, {"places": ["Ailleurs"]}):
        with pytest.raises(NotFound):
            listed(town, first="2017-04-06", **given)
    with pytest.raises(NotFound):
        town.do(slots.next_free, type="Mariage")


def test_g3_the_journal_tells_each_slot_that_was_kept_or_freed(town: Make) -> None:
    town.do(slots.suspend, counter=G1, start=NINE, to=TEN)
    town.do(slots.release, counter=G1, start=NINE)
    told = [(e.action, e.facts["starts_at"]) for e in town.do(journal.read_journal, action="slot.")]
    assert told == [
        ("slot.release", "2017-04-06T09:00:00+02:00"),
        ("slot.suspend", "2017-04-06T09:30:00+02:00"),
        ("slot.suspend", "2017-04-06T09:00:00+02:00"),
    ]
