"""Closures and public holidays: C6, I1 and I2."""

from datetime import date

import pytest

from rdv.engine.booking import slots
from rdv.engine.setup import closures, exceptions, places, weeks
from rdv.terms import Conflict, Invalid, NotAllowed, NotFound, Refused, Right, SlotStatus
from tests.conftest import Make


@pytest.fixture
def two_places(make: Make) -> Make:
    """Set up Guichet 1 at the Mairie principale and Guichet 2 at the Annexe."""
    make.town("Guichet 1")
    make.do(places.add_place, label="Annexe")
    make.counter("Guichet 2", place="Annexe")
    return make


def open_days(make: Make, counter: str) -> list[int]:
    """Return the days from 10 to 14 April 2017 on which a counter has slots."""
    found = make.do(slots.list_slots, first="2017-04-10", last="2017-04-14", counters=[counter])
    return sorted({slot.starts_at.day for slot in found})


def test_c6_a_closure_shuts_one_place_or_all_of_them(two_places: Make) -> None:
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-11", last="2017-04-12", place="Annexe")
    two_places.do(closures.add_closure, label="Pont", first="2017-04-14")
    assert open_days(two_places, "Guichet 1") == [10, 11, 12, 13]
    assert open_days(two_places, "Guichet 2") == [10, 13]
    told = [(c.label, c.place, c.first_day.day, c.last_day.day) for c in two_places.do(closures.list_closures)]
    assert told == [("Travaux", "Annexe", 11, 12), ("Pont", None, 14, 14)]
    assert two_places.do(closures.show_closure, closure="pont").place is None


def test_c6_a_closure_wins_over_the_week_and_over_an_exception(two_places: Make) -> None:
    two_places.do(weeks.add_week, label="Longue", hours=[("24/7", 60)])
    two_places.do(exceptions.add_exception, counter="Guichet 1", first="2017-04-10", last="2017-04-14", week="Longue")
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-12")
    assert open_days(two_places, "Guichet 1") == [10, 11, 13, 14]


def test_c6_i2_a_closure_displaces_those_of_its_days_and_opening_again_gives_the_slots_back(two_places: Make) -> None:
    gone = two_places.book("Guichet 1", "2017-04-12T09:00")
    two_places.book("Guichet 1", "2017-04-13T09:00", "AULAN Gilles")
    two_places.book("Guichet 2", "2017-04-12T09:00", "PETIT Zoé")
    given = {"label": "Travaux", "first": "2017-04-12", "place": "Mairie principale"}
    foreseen = two_places.do(closures.add_closure, preview=True, **given)
    impact = two_places.do(closures.add_closure, **given)
    assert impact == foreseen
    assert [card.id for card in impact.appointments] == [gone.id]
    moved = two_places.do(closures.set_closure, closure="Travaux", first="2017-04-13", last="2017-04-13")
    assert moved.to_reschedule == 1, "AULAN Gilles"
    assert open_days(two_places, "Guichet 1") == [10, 11, 12, 14]
    two_places.do(closures.remove_closure, closure="Travaux")
    assert two_places.status("Guichet 1", "2017-04-12T09:00") is SlotStatus.FREE
    assert two_places.do(closures.list_closures) == []


def test_c6_a_closure_ends_after_it_starts(two_places: Make) -> None:
    with pytest.raises(Refused) as told:
        two_places.do(closures.add_closure, label="Travaux", first="2017-04-12", last="2017-04-11")
    assert (told.value.error, told.value.rule) == ("period_backwards", "C6")
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-12")
    with pytest.raises(Refused):
        two_places.do(closures.set_closure, closure="Travaux", first="2017-04-13")
    assert open_days(two_places, "Guichet 1") == [10, 11, 13, 14]


def test_c6_two_closures_of_one_name_differ_by_their_day_or_their_place(two_places: Make) -> None:
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-11")
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-12")
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-11", place="Annexe")
    with pytest.raises(Conflict) as told:
        two_places.do(closures.add_closure, label="TRAVAUX", first="2017-04-11")
    assert told.value.error == "label_taken"
    with pytest.raises(Conflict):
        two_places.do(closures.set_closure, closure=2, first="2017-04-11", last="2017-04-11")
    two_places.do(closures.add_closure, label="Peinture", first="2017-04-11", place="Mairie principale")
    two_places.do(closures.set_closure, closure="Peinture", label="Travaux")
    assert [c.label for c in two_places.do(closures.list_closures)] == ["Travaux"] * 4


def test_an_ambiguous_closure_is_refused_with_the_candidates(two_places: Make) -> None:
    for day in ("2017-04-11", "2017-04-12"):
        two_places.do(closures.add_closure, label="Travaux", first=day)
    with pytest.raises(Refused) as told:
        two_places.do(closures.remove_closure, closure="Travaux")
    assert told.value.error == "ambiguous"
    assert told.value.facts["candidates"] == ("1 (Travaux, 2017-04-11)", "2 (Travaux, 2017-04-12)")


@pytest.mark.parametrize("language", ["fr_FR.UTF-8", "en_US.UTF-8", "C"])
def test_c6_public_holidays_have_their_local_names_and_are_added_once(
    two_places: Make, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    card = two_places.book("Guichet 1", "2017-04-17T09:00")
    impact = two_places.do(closures.add_holidays, country="FR", years=[2017])
    assert [one.id for one in impact.appointments] == [card.id], "Easter Monday"
    first = two_places.do(closures.list_closures)
    assert len(first) == 11
    assert (first[0].label, first[0].first_day) == ("Jour de l'an", date(2017, 1, 1))
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, language)
    assert two_places.do(closures.add_holidays, country="FR", years=[2017]).is_empty
    assert two_places.do(closures.list_closures) == first


def test_c6_the_holidays_of_a_subdivision_shut_its_place_alone(two_places: Make) -> None:
    two_places.do(closures.add_holidays, country="FR", subdivision="57", years=[2017], place="Annexe")
    assert open_days(two_places, "Guichet 2") == [10, 11, 12, 13], "Good Friday is one in Moselle"
    assert open_days(two_places, "Guichet 1") == [10, 11, 12, 13, 14]


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("FR", "Atlantide"), ("", None)])
def test_c6_unknown_holidays_are_invalid(two_places: Make, country: str, subdivision: str | None) -> None:
    with pytest.raises(Invalid) as told:
        two_places.do(closures.add_holidays, country=country, subdivision=subdivision, years=[2017])
    assert told.value.error == "holidays_country"
    assert two_places.do(closures.list_closures) == []


def test_c6_an_unknown_place_is_not_shut(two_places: Make) -> None:
    with pytest.raises(NotFound):
        two_places.do(closures.add_closure, label="Travaux", first="2017-04-11", place="Ailleurs")


def test_g1_closing_takes_the_right_to_configure(two_places: Make) -> None:
    lea = two_places.agent("lea", (Right.COUNTERS, Right.APPOINTMENTS))
    two_places.do(closures.add_closure, label="Travaux", first="2017-04-11")
    for function, given in (
        (closures.add_closure, {"label": "X", "first": "2017-04-12"}),
        (closures.add_holidays, {"country": "FR", "years": [2017]}),
        (closures.set_closure, {"closure": 1, "last": "2017-04-14"}),
        (closures.remove_closure, {"closure": 1}),
    ):
        with pytest.raises(NotAllowed):
            two_places.do(function, by=lea, **given)
    assert open_days(two_places, "Guichet 1") == [10, 12, 13, 14]
