"""The public offer of the portal: public types and counters, within notice and horizon (P1, P4)."""

from datetime import date

import pytest

from rdv.engine.booking import slots
from rdv.engine.citizens import offer
from rdv.engine.office import REGISTRY
from rdv.engine.setup import counters, desks, places, types, weeks
from rdv.terms import VISITOR, Actor, Audience, NotAllowed, NotFound, SlotStatus
from tests.citizens import paris
from tests.conftest import FrozenClock, Make
from tests.use_cases import USE_CASES

SEE = {"by": VISITOR}


def starts(found: list) -> list[str]:  # type: ignore[type-arg]
    return [f"{slot.starts_at:%d/%m %H:%M}" for slot in found]


def test_p4_only_public_types_with_a_public_counter_are_offered(make: Make) -> None:
    make.town("Guichet 1", public=True)
    make.do(types.add_type, label="Cachée", public=False)
    make.do(types.add_type, label="Sans guichet")
    make.do(types.add_type, label="Guichet privé")
    make.counter("Guichet 2", type="Cachée", public=True)
    make.counter("Guichet 3", type="Guichet privé")
    assert [type.label for type in make.do(offer.open_types, **SEE)] == ["Citoyenneté"]
    [open_type] = make.do(offer.open_types, **SEE)
    assert [place.label for place in make.do(offer.open_places, type=open_type.id, **SEE)] == ["Mairie principale"]
    for hidden in (open_type.id + 1, 99, -1, 2**40):
        with pytest.raises(NotFound):
            make.do(offer.open_places, type=hidden, **SEE)
    make.do(counters.remove_counter, counter="Guichet 1")
    assert make.do(offer.open_types, **SEE) == []


def test_p4_free_slots_lie_within_notice_and_horizon(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="Mo-Fr 09:00-11:00", slot=60)
    make.do(types.set_type, type="Citoyenneté", notice_hours=17, horizon_days=2)
    found = make.do(offer.free_slots, type=1, **SEE)  # it is Tuesday 16:35
    assert starts(found) == ["05/04 10:00", "06/04 09:00", "06/04 10:00"]
    assert starts(make.do(offer.first_free, type=1, count=2, **SEE)) == ["05/04 10:00", "06/04 09:00"]
    assert starts(make.do(offer.first_free, type=1, after=date(2017, 4, 6), **SEE)) == ["06/04 09:00", "06/04 10:00"]
    assert make.do(offer.free_slots, type=1, first=date(2017, 4, 10), **SEE) == []


def test_p4_a_time_that_several_counters_offer_is_there_once(make: Make) -> None:
    make.town("Guichet 1", "Guichet 2", public=True, hours="We 09:00-10:00", slot=30)
    make.counter("Guichet 3")
    make.book("Guichet 1", "2017-04-05T09:00")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-05T09:30")
    make.do(slots.reserve, counter="Guichet 2", start="2017-04-05T09:30")
    [one] = make.do(offer.free_slots, type=1, days=2, **SEE)
    assert (one.starts_at, one.seats) == (paris("2017-04-05T09:00"), 1)
    [first, second] = make.do(offer.first_free, type=1, count=2, **SEE)
    assert first == one
    assert (second.starts_at, second.seats) == (paris("2017-04-12T09:00"), 2)


def test_p4_places_are_apart_and_each_in_its_own_time(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-10:00", slot=60)
    make.do(places.add_place, label="Réunion", timezone="Indian/Reunion")
    make.do(weeks.add_week, label="Autre", hours=[("We 09:00-10:00", 60)])
    make.counter("Guichet 2", place="Réunion", week="Autre", public=True)
    found = make.do(offer.free_slots, type=1, days=2, **SEE)
    assert [(slot.place, slot.starts_at.isoformat()) for slot in found] == [
        ("Réunion", "2017-04-05T09:00:00+04:00"),
        ("Mairie principale", "2017-04-05T09:00:00+02:00"),
    ]
    assert [slot.place for slot in make.do(offer.free_slots, type=1, place=2, days=2, **SEE)] == ["Réunion"]
    assert make.do(offer.free_slots, type=1, place=2**40, days=2, **SEE) == []


def test_p4_one_picture_has_the_type_its_places_and_a_week(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-10:00", slot=30)
    seen = make.do(offer.look, type=1, count=3, **SEE)
    assert (seen.type.label, [place.label for place in seen.places]) == ("Citoyenneté", ["Mairie principale"])
    assert (seen.today, seen.monday) == (date(2017, 4, 4), date(2017, 4, 3))
    assert starts(seen.first) == ["05/04 09:00", "05/04 09:30", "12/04 09:00"]
    assert starts(seen.slots) == ["05/04 09:00", "05/04 09:30"]
    assert starts(make.do(offer.look, type=1, week=date(2017, 4, 16), **SEE).slots) == ["12/04 09:00", "12/04 09:30"]
    assert make.do(offer.look, type=1, place=99, **SEE).first == ()
    with pytest.raises(NotFound):
        make.do(offer.look, type=99, **SEE)


def test_p4_a_held_slot_is_offered_again_when_its_time_has_run_out(make: Make, clock: FrozenClock) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-10:00", slot=60)
    make.hold("Guichet 1", "2017-04-05T09:00")
    assert make.do(offer.free_slots, type=1, days=2, **SEE) == []
    clock.advance(minutes=15)
    assert len(make.do(offer.free_slots, type=1, days=2, **SEE)) == 1


def test_p5_g1_nobody_runs_a_use_case_that_is_for_others(make: Make) -> None:
    strangers = {
        Audience.AGENTS: (VISITOR, Actor.citizen("C000001")),
        Audience.CITIZENS: (VISITOR, make.office.me, Actor.job("init"), Actor.citizen("C000999"), Actor.citizen("Cx")),
        Audience.ANYBODY: (),
    }
    for name, function in USE_CASES.items():
        case = REGISTRY[function]
        assert (case.rights != ()) == (case.audience is Audience.AGENTS), name
        for stranger in strangers[case.audience]:
            with pytest.raises(NotAllowed):
                make.office.run(function, stranger)
                pytest.fail(f"{stranger} may run {name}")


DAY = date(2017, 4, 5)


def seen_at_the_counter(make: Make, first: date, days: int) -> list[tuple[str, str, str, int]]:
    """Return what the agents' list of slots has free at public counters: place, start, end of the first, seats."""
    free: dict[tuple[str, str], tuple[str, int]] = {}
    for slot in sorted(make.do(slots.list_slots, first=first, days=days), key=lambda slot: slot.counter_id):
        if slot.status is SlotStatus.FREE:
            end, seats = free.get((slot.starts_at.isoformat(), slot.place), (slot.ends_at.isoformat(), 0))
            free[slot.starts_at.isoformat(), slot.place] = end, seats + slot.seats_free
    return [(place, start, end, seats) for (start, place), (end, seats) in sorted(free.items())]


def seen_on_the_portal(make: Make, first: date, days: int) -> list[tuple[str, str, str, int]]:
    found = make.do(offer.free_slots, type=1, first=first, days=days, **SEE)
    return [(slot.place, slot.starts_at.isoformat(), slot.ends_at.isoformat(), slot.seats) for slot in found]


def test_p4_seats_counted_by_the_database_are_those_that_agents_see(make: Make, clock: FrozenClock) -> None:
    make.town("Guichet 1", "Guichet 2", "Guichet 3", public=True, hours="We 09:00-12:00")
    make.do(places.add_place, label="Annexe")
    make.counter("Guichet 4", public=True, capacity=3, place="Annexe")
    for start in ("2017-04-05T09:00", "2017-04-05T09:30"):
        make.book("Guichet 1", start)
        make.book("Guichet 4", start)
    make.book("Guichet 4", "2017-04-05T09:00")
    make.do(slots.suspend, counter="Guichet 2", start="2017-04-05T09:30")
    make.do(slots.reserve, counter="Guichet 4", start="2017-04-05T10:00")
    make.hold("Guichet 3", "2017-04-05T09:00", minutes=60)
    make.hold("Guichet 3", "2017-04-05T09:30", minutes=5)
    clock.advance(minutes=10)
    seen = seen_on_the_portal(make, DAY, 8)
    assert seen == seen_at_the_counter(make, DAY, 8)
    by_start = {(place, start[:16]): seats for place, start, _end, seats in seen}
    assert by_start["Mairie principale", "2017-04-05T09:00"] == 1
    assert by_start["Mairie principale", "2017-04-05T09:30"] == 1
    assert by_start["Annexe", "2017-04-05T09:00"] == 1
    assert ("Annexe", "2017-04-05T10:00") not in by_start


def test_p4_a_suspended_slot_stays_suspended_when_its_counter_has_more_seats(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-10:00", capacity=1)
    make.counter("Guichet 2", public=True)
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-05T09:00")
    make.do(counters.set_counter, counter="Guichet 1", capacity=4)
    assert seen_on_the_portal(make, DAY, 1) == seen_at_the_counter(make, DAY, 1)
    assert [seats for *_, seats in seen_on_the_portal(make, DAY, 1)] == [1, 5]


def test_c7_a_desk_taken_by_another_counter_frees_no_seat_on_the_portal(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-11:00")
    make.do(desks.add_desk, label="Bureau 12")
    make.do(types.add_type, label="Passeport")
    make.counter("Guichet 2", public=True, desk="Bureau 12")
    make.counter("Guichet 3", type="Passeport", desk="Bureau 12")
    make.book("Guichet 3", "2017-04-05T09:30")
    make.book("Guichet 2", "2017-04-05T10:30")
    seen = seen_on_the_portal(make, DAY, 1)
    assert [seats for *_, seats in seen] == [2, 1, 2, 1]


def test_p4_slots_of_one_start_and_two_lengths_end_with_the_first_counter_that_is_free(make: Make) -> None:
    make.town("Guichet 1", public=True, hours="We 09:00-11:00")
    make.do(weeks.add_week, label="Longue", hours=[("We 09:00-11:00", 60)])
    make.counter("Guichet 2", public=True, week="Longue")
    make.book("Guichet 1", "2017-04-05T09:00")
    assert seen_on_the_portal(make, DAY, 1) == seen_at_the_counter(make, DAY, 1)
    ends = [end[11:16] for _, _, end, _ in seen_on_the_portal(make, DAY, 1)]
    assert ends == ["10:00", "10:00", "10:30", "11:00"]
