"""Counters: C4, C7, G2, I1 and I2; their exception periods are in test_exceptions.py."""

from datetime import date, timedelta
from typing import Any

import pytest

from rdv.engine.booking import appointments, journal, slots
from rdv.engine.setup import counters, desks, exceptions, places, services, types, weeks
from rdv.engine.views.setup import CounterView
from rdv.terms import (
    Actor,
    AppointmentList,
    AppointmentStatus,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    Right,
    SlotStatus,
)
from tests.conftest import FrozenClock, Make

G1 = "Guichet 1"
THURSDAY = "2017-04-06"


def shown(make: Make, counter: str = G1) -> CounterView:
    view: CounterView = make.do(counters.show_counter, counter=counter)
    return view


def starts(make: Make, day: str = THURSDAY, counter: str = G1) -> list[str]:
    """Return the starts of the slots of a counter on a day."""
    return [f"{s.starts_at:%H:%M}" for s in make.do(slots.list_slots, first=day, days=1, counters=[counter])]


@pytest.fixture
def town(make: Make) -> Make:
    """Set up Guichet 1, and a short week next to its own."""
    make.town()
    make.do(weeks.add_week, label="Courte", hours=[("Mo-Fr 10:00-11:00", 30)])
    return make


def test_c4_a_counter_shows_all_that_was_said_of_it(town: Make) -> None:
    town.do(desks.add_desk, label="Poste 1")
    made = town.counter("Guichet  2", last="2017-12-31", desk="poste 1", public=True)
    assert made == shown(town, "GUICHET 2")
    assert (made.label, made.type, made.place, made.week) == (
        "Guichet 2",
        "Citoyenneté",
        "Mairie principale",
        "Semaine",
    )
    assert (made.first_day, made.last_day) == (date(2017, 4, 4), date(2017, 12, 31))
    assert (made.desk, made.capacity, made.public, made.exceptions) == ("Poste 1", 1, True, ())
    assert (shown(town).desk, shown(town).last_day, shown(town).public) == (None, None, False)
    assert [view.label for view in town.do(counters.list_counters)] == [G1, "Guichet 2"]


def test_c4_counters_are_listed_by_place_and_label_with_filters_that_combine(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    town.do(places.add_place, label="Annexe")
    town.counter("B", place="Annexe")
    town.counter("A", place="Annexe", type="Passeport")
    town.counter("C", type="Passeport")

    def labels(**filters: Any) -> list[str]:
        return [view.label for view in town.do(counters.list_counters, **filters)]

    assert labels() == ["A", "B", "C", G1]
    assert labels(types=["passeport"]) == ["A", "C"]
    assert labels(types=["passeport"], places=["annexe"]) == ["A"]
    assert labels(places=["annexe", "mairie principale"]) == ["A", "B", "C", G1]
    with pytest.raises(NotFound):
        labels(types=["Mariage"])


def test_c4_it_is_open_from_its_first_to_its_last_day_both_included(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, first="2017-04-05", last="2017-04-06")
    found = town.do(slots.list_slots, first="2017-04-03", days=7, counters=[G1])
    assert {slot.starts_at.day for slot in found} == {5, 6}
    town.do(counters.set_counter, counter=G1, last=None)
    assert {s.starts_at.day for s in town.do(slots.list_slots, first="2017-04-03", days=7)} == {5, 6, 7}


def test_c4_its_days_are_those_of_its_place(make: Make, clock: FrozenClock) -> None:
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.town()
    clock.set("2017-04-04T23:30")
    make.counter("Océan", place="Saint-Denis", first="today")
    assert shown(make, "Océan").first_day == date(2017, 4, 5), "it is already tomorrow there"


@pytest.mark.parametrize(
    ("wrong", "kind", "error", "rule"),
    [
        ({"last": "2017-04-03"}, Refused, "period_backwards", "C4"),
        ({"capacity": 0}, Invalid, "number", None),
        ({"capacity": 101}, Invalid, "number", None),
        ({"desk": "Poste 1", "capacity": 2}, Refused, "desk_capacity", "C7"),
        ({"week": "Été"}, NotFound, "not_found", None),
        ({"desk": "Poste 2"}, NotFound, "not_found", None),
        ({"place": "Annexe"}, NotFound, "not_found", None),
        ({"type": "Mariage"}, NotFound, "not_found", None),
        ({"label": " "}, Invalid, "label_empty", None),
    ],
)
def test_c4_what_a_counter_cannot_be_is_refused_and_nothing_is_written(
    town: Make, wrong: dict[str, Any], kind: type[Exception], error: str, rule: str | None
) -> None:
    town.do(desks.add_desk, label="Poste 1")
    before = shown(town)
    for attempt in (
        lambda: town.counter(**{"label": "Guichet 2"} | wrong),
        lambda: town.do(counters.set_counter, counter=G1, **wrong),
    ):
        with pytest.raises(kind) as told:
            attempt()
        assert (told.value.error, told.value.rule) == (error, rule)  # type: ignore[attr-defined]
    assert town.do(counters.list_counters) == [before]


def test_c7_a_desk_cannot_be_given_to_a_counter_of_several_seats_nor_the_reverse(town: Make) -> None:
    town.do(desks.add_desk, label="Poste 1")
    town.counter("Large", capacity=3)
    with pytest.raises(Refused):
        town.do(counters.set_counter, counter="Large", desk="Poste 1")
    town.do(counters.set_counter, counter=G1, desk="Poste 1")
    with pytest.raises(Refused):
        town.do(counters.set_counter, counter=G1, capacity=2)
    town.do(counters.set_counter, counter=G1, desk=None, capacity=2)
    town.do(counters.set_counter, counter="Large", desk="Poste 1", capacity=1)
    assert [(v.desk, v.capacity) for v in town.do(counters.list_counters)] == [(None, 2), ("Poste 1", 1)]


def test_c4_a_label_belongs_to_one_counter_of_a_place(town: Make) -> None:
    town.do(places.add_place, label="Annexe")
    town.counter(G1, place="Annexe")
    town.counter("Guichet 2")
    for attempt in (
        lambda: town.counter("GUICHET-1"),
        lambda: town.do(counters.set_counter, counter="Guichet 2", label="guichet 1"),
        lambda: town.do(counters.set_counter, counter=1, place="Annexe"),
    ):
        with pytest.raises(Conflict) as told:
            attempt()
        assert told.value.error == "label_taken"
        assert told.value.facts["kind"] == "counter"
    assert len(town.do(counters.list_counters)) == 3


def test_c4_what_is_not_given_stays(town: Make) -> None:
    town.counter("Guichet 2", last="2017-12-31", public=True, capacity=3)
    before = shown(town, "Guichet 2")
    assert town.do(counters.set_counter, counter="Guichet 2").is_empty
    assert shown(town, "Guichet 2") == before
    town.do(counters.set_counter, counter="Guichet 2", label="Accueil", public=False)
    after = shown(town, "Accueil")
    assert (after.public, after.capacity, after.last_day) == (False, 3, before.last_day)


def test_i1_i2_another_week_for_a_counter_touches_that_counter_only(town: Make) -> None:
    town.counter("Guichet 2")
    gone = town.book(G1, "2017-04-06T09:00")
    kept = town.book(G1, "2017-04-06T10:00", "AULAN Gilles")
    town.book("Guichet 2", "2017-04-06T09:00", "PETIT Zoé")
    foreseen = town.do(counters.set_counter, counter=G1, week="Courte", preview=True)
    assert shown(town).week == "Semaine"
    impact = town.do(counters.set_counter, counter=G1, week="Courte")
    assert impact == foreseen
    assert [card.id for card in impact.appointments] == [gone.id]
    assert town.slot(G1, "2017-04-06T10:00").appointments == (kept.id,)
    assert town.status("Guichet 2", "2017-04-06T09:00") is SlotStatus.BOOKED


def test_i2_a_shorter_validity_displaces_those_outside_it(town: Make) -> None:
    early, late = town.book(G1, "2017-04-05T09:00"), town.book(G1, "2017-04-07T09:00", "AULAN Gilles")
    middle = town.book(G1, "2017-04-06T09:00", "PETIT Zoé")
    assert [c.id for c in town.do(counters.set_counter, counter=G1, first="2017-04-06").appointments] == [early.id]
    assert [c.id for c in town.do(counters.set_counter, counter=G1, last="2017-04-06").appointments] == [late.id]
    assert town.slot(G1, "2017-04-06T09:00").appointments == (middle.id,)


def test_i2_what_is_suspended_or_reserved_goes_with_its_slot(town: Make) -> None:
    for function, start in ((slots.suspend, "09:00"), (slots.reserve, "09:30"), (slots.suspend, "10:00")):
        town.do(function, counter=G1, start=f"{THURSDAY}T{start}")
    assert town.do(counters.set_counter, counter=G1, week="Courte").is_empty, "nobody was there"
    town.do(counters.set_counter, counter=G1, week="Semaine")
    found = [town.status(G1, f"{THURSDAY}T{start}") for start in ("09:00", "09:30", "10:00")]
    assert found == [SlotStatus.FREE, SlotStatus.FREE, SlotStatus.SUSPENDED]


def test_i2_a_smaller_capacity_keeps_as_many_as_there_are_seats(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=3)
    cards = [town.book(G1, "2017-04-06T09:00", f"P{n}") for n in range(3)]
    lone = [town.book(G1, "2017-04-06T09:30", f"Q{n}") for n in range(3)]
    town.do(appointments.cancel, appointments=[lone[0].id, lone[1].id])
    impact = town.do(counters.set_counter, counter=G1, capacity=2)
    assert [card.id for card in impact.appointments] == [cards[2].id], "who came last; a seat was left at 09:30"
    impact = town.do(counters.set_counter, counter=G1, capacity=1)
    assert [card.id for card in impact.appointments] == [cards[1].id]
    assert town.slot(G1, "2017-04-06T09:00").appointments == (cards[0].id,)
    assert town.slot(G1, "2017-04-06T09:30").appointments == (lone[2].id,)
    assert town.slot(G1, "2017-04-06T09:30").status is SlotStatus.BOOKED


def test_c4_a_larger_capacity_frees_seats_but_not_in_a_slot_that_is_kept(town: Make) -> None:
    town.book(G1, "2017-04-06T09:00")
    town.do(slots.suspend, counter=G1, start="2017-04-06T09:30")
    town.do(slots.reserve, counter=G1, start="2017-04-06T10:00")
    town.do(counters.set_counter, counter=G1, capacity=3)
    seats = [town.slot(G1, f"2017-04-06T{start}") for start in ("09:00", "09:30", "10:00", "10:30")]
    assert [slot.seats_free for slot in seats] == [2, 0, 0, 3]
    assert [slot.status for slot in seats] == [
        SlotStatus.FREE, SlotStatus.SUSPENDED, SlotStatus.RESERVED, SlotStatus.FREE,
    ]  # fmt: skip
    assert town.do(slots.release, counter=G1, start="2017-04-06T09:30").freed == 1
    assert town.slot(G1, "2017-04-06T09:30").seats_free == 3


def test_p2_a_hold_that_has_run_out_takes_no_seat_from_an_appointment(town: Make, clock: FrozenClock) -> None:
    town.do(counters.set_counter, counter=G1, capacity=2)
    town.hold(G1, "2017-04-06T09:00", seat=1)
    card = town.book(G1, "2017-04-06T09:00")
    clock.advance(hours=1)
    impact = town.do(counters.set_counter, counter=G1, capacity=1)
    assert impact.is_empty, "the hold had ended by itself"
    assert town.slot(G1, "2017-04-06T09:00").appointments == (card.id,)


def test_i2_an_appointment_is_kept_before_a_hold(town: Make) -> None:
    town.do(counters.set_counter, counter=G1, capacity=2)
    town.hold(G1, "2017-04-06T09:00", seat=1)
    card = town.book(G1, "2017-04-06T09:00")
    impact = town.do(counters.set_counter, counter=G1, capacity=1)
    assert (impact.appointments, impact.holds_dropped) == ((), 1)
    assert town.slot(G1, "2017-04-06T09:00").appointments == (card.id,)


def test_c7_i2_a_counter_that_comes_to_a_desk_gives_way_to_who_is_there(town: Make) -> None:
    town.do(desks.add_desk, label="Poste 1")
    town.counter("Guichet 2", desk="Poste 1")
    there = town.book("Guichet 2", "2017-04-06T09:00")
    gone = town.book(G1, "2017-04-06T09:00", "AULAN Gilles")
    kept = town.book(G1, "2017-04-06T09:30", "PETIT Zoé")
    town.do(slots.suspend, counter=G1, start="2017-04-07T09:00")
    impact = town.do(counters.set_counter, counter=G1, desk="Poste 1")
    assert [card.id for card in impact.appointments] == [gone.id]
    assert town.slot("Guichet 2", "2017-04-06T09:00").appointments == (there.id,)
    assert town.slot(G1, "2017-04-06T09:30").appointments == (kept.id,)
    assert town.status("Guichet 2", "2017-04-06T09:30") is SlotStatus.OCCUPIED
    assert town.status("Guichet 2", "2017-04-07T09:00") is SlotStatus.FREE, "a suspended slot takes no desk"
    town.do(counters.set_counter, counter=G1, desk=None)
    assert town.status("Guichet 2", "2017-04-06T09:30") is SlotStatus.FREE


def test_c7_p2_a_hold_that_has_run_out_keeps_nobody_from_a_desk(town: Make, clock: FrozenClock) -> None:
    town.do(desks.add_desk, label="Poste 1")
    town.counter("Guichet 2", desk="Poste 1")
    town.hold("Guichet 2", "2017-04-06T09:00")
    card = town.book(G1, "2017-04-06T09:00")
    clock.advance(hours=1)
    assert town.do(counters.set_counter, counter=G1, desk="Poste 1").is_empty
    assert town.slot(G1, "2017-04-06T09:00").appointments == (card.id,)


def test_c4_another_type_waits_until_nobody_is_expected(town: Make) -> None:
    town.do(types.add_type, label="Passeport")
    card = town.book(G1, "2017-04-06T09:00")
    with pytest.raises(Refused) as told:
        town.do(counters.set_counter, counter=G1, type="Passeport")
    assert (told.value.error, told.value.rule) == ("in_use", "C4")
    assert told.value.facts["dependents"] == {"appointment": (str(card.id),)}
    town.do(appointments.cancel, appointments=[card.id])
    town.do(counters.set_counter, counter=G1, type="Passeport")
    assert shown(town).type == "Passeport"


def test_c2_i2_another_place_moves_the_slots_with_its_time(town: Make) -> None:
    town.do(places.add_place, label="Pointe-à-Pitre", timezone="America/Guadeloupe")
    card = town.book(G1, "2017-04-06T09:00")
    impact = town.do(counters.set_counter, counter=G1, place="Pointe-à-Pitre")
    assert [one.id for one in impact.appointments] == [card.id]
    assert town.slot(G1, "2017-04-06T09:00").starts_at.utcoffset() == timedelta(hours=-4)


def test_i2_removing_a_counter_leaves_nobody_behind(town: Make, clock: FrozenClock) -> None:
    past = town.book(G1, "2017-04-05T09:00")
    clock.set("2017-04-05T12:00")
    ahead = town.book(G1, "2017-04-06T09:00", "AULAN Gilles")
    town.hold(G1, "2017-04-06T09:30")
    foreseen = town.do(counters.remove_counter, counter=G1, preview=True)
    impact = town.do(counters.remove_counter, counter=G1)
    assert impact == foreseen
    assert (impact.to_reschedule, impact.past_without_status, impact.holds_dropped) == (1, 1, 1)
    assert {card.id for card in impact.appointments} == {past.id, ahead.id}
    assert town.do(counters.list_counters) == []
    assert town.do(slots.list_slots, first=THURSDAY) == []
    waiting = town.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)
    assert [(card.id, card.counter) for card in waiting] == [(ahead.id, G1)]
    town.counter(G1)
    moved = town.do(appointments.move, appointment=ahead.id, counter=G1, start="2017-04-07T09:00")
    assert moved.status is AppointmentStatus.PLANNED


def test_c8_a_counter_that_nobody_remembers_goes_entirely(town: Make) -> None:
    town.do(exceptions.add_exception, counter=G1, first="2017-05-01", last="2017-05-02")
    town.do(counters.remove_counter, counter=G1)
    assert town.rows("SELECT (SELECT count(*) FROM counter), (SELECT count(*) FROM exception_period)") == [(0, 0)]
    with pytest.raises(NotFound):
        shown(town)


CHANGES: list[tuple[Any, dict[str, Any]]] = [
    (counters.set_counter, {"public": True}),
    (counters.set_counter, {"week": "Courte"}),
    (counters.remove_counter, {}),
    (exceptions.add_exception, {"first": "2017-06-01", "last": "2017-06-02"}),
    (exceptions.set_exception, {"exception": 1, "week": None}),
    (exceptions.remove_exception, {"exception": 1}),
]


@pytest.mark.parametrize(("function", "given"), CHANGES)
def test_g2_a_counter_is_managed_with_the_right_and_a_service_of_its_type(
    town: Make, function: Any, given: dict[str, Any]
) -> None:
    for label in ("État civil", "Accueil"):
        town.do(services.add_service, label=label)
    town.do(exceptions.add_exception, counter=G1, first="2017-05-01", last="2017-05-02", week="Courte")
    town.do(types.set_type, type="Citoyenneté", services=["État civil"])
    before = shown(town)
    without_right = town.agent("a", (Right.MODULE, Right.APPOINTMENTS), ("État civil",))
    without_service = town.agent("b", (Right.COUNTERS,), ("Accueil",))
    for actor, error in (
        (without_right, "right_missing"),
        (without_service, "service_missing"),
        (None, "service_missing"),
    ):
        with pytest.raises(NotAllowed) as told:
            town.do(function, by=actor, counter=G1, **given)
        assert told.value.error == error
    assert shown(town) == before
    town.do(function, by=town.agent("c", (Right.COUNTERS,), ("Accueil", "État civil")), counter=G1, **given)
    assert town.do(counters.list_counters) != [before]


def test_g2_a_type_without_service_is_open_to_every_agent_with_the_right(town: Make) -> None:
    lea = town.agent("lea", (Right.COUNTERS,))
    assert town.do(counters.set_counter, by=lea, counter=G1, label="Accueil").is_empty
    assert shown(town, "Accueil").id == 1


def test_g2_a_counter_is_given_only_a_type_that_one_may_manage(town: Make) -> None:
    town.do(services.add_service, label="État civil")
    town.do(types.add_type, label="Mariage", services=["État civil"])
    lea = town.agent("lea", (Right.COUNTERS,))
    for function, given in (
        (counters.set_counter, {"counter": G1, "type": "Mariage"}),
        (counters.add_counter, {"label": "X", "type": "Mariage", "place": 1, "first": "2017-04-04", "week": 1}),
    ):
        with pytest.raises(NotAllowed) as told:
            town.do(function, by=lea, **given)
        assert (told.value.error, told.value.rule) == ("service_missing", "G2")


def test_g3_the_journal_tells_who_changed_what_of_a_counter(town: Make) -> None:
    lea = town.agent("lea", (Right.COUNTERS,))
    town.do(counters.set_counter, by=lea, counter=G1, capacity=2, last="2017-12-31")
    town.do(exceptions.add_exception, by=lea, counter=G1, first="2017-05-01", last="2017-05-02")
    town.do(exceptions.set_exception, by=lea, counter=G1, exception=1, last="2017-05-03")
    town.do(exceptions.set_exception, by=lea, counter=G1, exception=1, last="2017-05-03")
    town.do(exceptions.remove_exception, by=lea, counter=G1, exception=1)
    town.do(counters.remove_counter, by=lea, counter=G1)
    entries = town.do(journal.read_journal, actor="lea")
    assert [entry.action for entry in reversed(entries)] == [
        "counter.set", "exception.add", "exception.set", "exception.remove", "counter.remove",
    ]  # fmt: skip
    assert entries[-1].facts["changes"] == {"capacity": [1, 2], "last_day": [None, "2017-12-31"]}
    assert {(entry.subject, entry.subject_id) for entry in entries} == {("counter", 1)}


def test_an_unknown_counter_is_not_found_with_the_labels_that_come_close(town: Make) -> None:
    for function, given in CHANGES:
        with pytest.raises(NotFound) as told:
            town.do(function, by=Actor.agent("root"), counter="Guichet 11", **given)
        assert told.value.facts == {"kind": "counter", "ref": "Guichet 11", "close": (G1,)}
