"""A REF is a numeric id or the exact label, case and accents ignored: docs/administrators.md."""

from typing import Any

import pytest

from rdv.engine.booking import slots
from rdv.engine.setup import agents, closures, counters, desks, places, services, types, weeks
from rdv.terms import NotFound, Refused, Right
from tests.conftest import Make


@pytest.fixture
def town(make: Make) -> Make:
    make.town("Guichet n° 1")
    return make


@pytest.mark.parametrize("ref", ["Guichet n° 1", "guichet N° 1", " GUICHET   n°-1 ", "1", 1, "01"])
def test_a_counter_is_meant_by_its_id_or_its_label(town: Make, ref: str | int) -> None:
    assert town.do(counters.show_counter, counter=ref).label == "Guichet n° 1"


@pytest.mark.parametrize("ref", ["Guichet", "2", 2, 0, -1, "", "99999999999999999999", 2**31, "²", "guichet n° 1 bis"])
def test_what_means_nothing_is_not_found_with_what_comes_close(town: Make, ref: str | int) -> None:
    with pytest.raises(NotFound) as told:
        town.do(counters.show_counter, counter=ref)
    assert (told.value.error, told.value.facts["kind"], told.value.facts["ref"]) == ("not_found", "counter", ref)
    if str(ref).lower().startswith("guichet"):
        assert told.value.facts["close"] == ("Guichet n° 1",)


def test_a_label_that_is_a_number_is_found_when_no_id_is_meant(make: Make) -> None:
    make.town("2017")
    assert make.do(counters.show_counter, counter="2017").id == 1
    make.counter("1")
    assert make.do(counters.show_counter, counter="1").label == "2017", "an id comes first"
    assert make.do(counters.show_counter, counter=2).label == "1"


def test_several_of_one_label_are_refused_with_the_candidates(town: Make) -> None:
    town.do(places.add_place, label="Annexe")
    town.counter("Guichet n° 1", place="Annexe")
    with pytest.raises(Refused) as told:
        town.do(counters.show_counter, counter="guichet n° 1")
    assert told.value.error == "ambiguous"
    assert told.value.facts["candidates"] == ("1 (Guichet n° 1, Mairie principale)", "2 (Guichet n° 1, Annexe)")
    assert town.do(counters.show_counter, counter="2").place == "Annexe"


def test_what_was_removed_is_meant_by_nothing(town: Make) -> None:
    town.book("Guichet n° 1", "2017-04-06T09:00")
    town.do(counters.remove_counter, counter=1)
    for ref in (1, "Guichet n° 1"):
        with pytest.raises(NotFound) as told:
            town.do(counters.show_counter, counter=ref)
        assert told.value.facts["close"] == ()
    with pytest.raises(NotFound):
        town.do(slots.list_slots, first="2017-04-06", counters=[1])


def test_a_login_is_meant_as_it_is_written(make: Make) -> None:
    make.agent("Lea", (Right.MODULE,))
    assert make.do(agents.show_agent, agent=" Lea ").login == "Lea"
    with pytest.raises(NotFound) as told:
        make.do(agents.show_agent, agent="lea")
    assert told.value.facts["close"] == ("Lea",)


KINDS: list[tuple[Any, str]] = [
    (agents.show_agent, "agent"),
    (services.show_service, "service"),
    (places.show_place, "place"),
    (types.show_type, "type"),
    (desks.show_desk, "desk"),
    (weeks.show_week, "week"),
    (counters.show_counter, "counter"),
    (closures.show_closure, "closure"),
]


@pytest.mark.parametrize(("show", "kind_of"), KINDS, ids=[kind for _, kind in KINDS])
def test_every_kind_is_shown_by_its_label_and_says_which_kind_is_not_there(town: Make, show: Any, kind_of: str) -> None:
    town.do(services.add_service, label="Accueil")
    town.do(desks.add_desk, label="Poste 1")
    town.do(closures.add_closure, label="Travaux", first="2017-08-01")
    labels = {"agent": "root", "service": "ACCUEIL", "place": "mairie principale", "type": "citoyennete",
              "desk": "poste-1", "week": "semaine", "counter": "guichet n° 1", "closure": "travaux"}  # fmt: skip
    assert town.do(show, **{kind_of: labels[kind_of]}).id == 1
    with pytest.raises(NotFound) as told:
        town.do(show, **{kind_of: "Nulle part"})
    assert told.value.facts["kind"] == kind_of
