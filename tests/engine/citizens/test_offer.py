"""The public offer of the portal: public types and counters, within notice and horizon (P1, P4)."""

from datetime import date

import pytest

from rdv.engine.booking import slots
from rdv.engine.citizens import offer
from rdv.engine.office import REGISTRY
from rdv.engine.setup import counters, places, types, weeks
from rdv.terms import VISITOR, Actor, Audience, NotAllowed, NotFound
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
