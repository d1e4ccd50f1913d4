"""The first lines of a list are those that the whole list begins with, whatever index they are read from (S6)."""

from itertools import product
from typing import Any

import pytest

from rdv.engine.booking import appointments
from rdv.engine.seats import lists
from rdv.engine.setup import exceptions, places
from rdv.terms import AppointmentList, AppointmentStatus
from tests.conftest import FrozenClock, Make

VIEWS: list[dict[str, Any]] = [
    {"view": AppointmentList.PLANNED},
    {"view": AppointmentList.TO_RESCHEDULE},
    {"view": AppointmentList.PAST_WITHOUT_STATUS},
    {"view": AppointmentList.PAST_WITHOUT_STATUS, "widen": True},
    {"view": AppointmentList.ALL},
]
FILTERS: list[dict[str, Any]] = [
    {},
    {"counters": ["Guichet 2"]},
    {"counters": ["Guichet 1", "Guichet 3"]},
    {"places": ["1"]},
    {"places": ["1"], "counters": ["Guichet 2"]},
    {"types": ["1"]},
    {"types": ["1"], "counters": ["Guichet 1"]},
    {"partner": "C000002"},
]


@pytest.fixture
def town(make: Make, clock: FrozenClock) -> Make:
    """Appointments of every status at three counters, some past, some to come, many at the same time."""
    make.town("Guichet 1", "Guichet 2", "Guichet 3")
    for day in ("2017-04-06", "2017-04-20"):
        for number in range(15):
            start = f"{day}T{9 + number // 6:02}:{number // 3 % 2 * 3}0"
            make.book(f"Guichet {1 + number % 3}", start, f"PERSONNE {number % 4}")
    make.do(appointments.cancel, appointments=[1, 20])
    make.do(exceptions.add_exception, counter="Guichet 2", first="2017-04-20", last="2017-04-20")
    clock.set("2017-04-07T09:00")
    make.do(appointments.mark_done, appointments=[2, 3])
    make.do(exceptions.add_exception, counter="Guichet 3", first="2017-04-06", last="2017-04-06")
    return make


def listed(make: Make, **filters: Any) -> list[int]:
    return [card.id for card in make.do(appointments.list_appointments, **filters)]


def test_s6_the_first_of_a_list_are_its_first(town: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    wholes = [(view | filters, listed(town, **view, **filters)) for view, filters in product(VIEWS, FILTERS)]
    assert len({tuple(whole) for _filters, whole in wholes}) > len(VIEWS)
    for most_paths in (lists.MOST_PATHS, 1):
        monkeypatch.setattr(lists, "MOST_PATHS", most_paths)
        for filters, whole in wholes:
            first = [listed(town, **filters, limit=most) for most in (1, 4, 100)]
            assert first == [whole[:1], whole[:4], whole], filters


def test_a6_past_appointments_without_slot_are_those_that_lost_it(town: Make) -> None:
    found = town.do(appointments.list_appointments, view=AppointmentList.PAST_WITHOUT_STATUS)
    assert [card.id for card in found] == [6, 9, 12, 15]
    assert {(card.status, card.has_slot) for card in found} == {(AppointmentStatus.PAST_WITHOUT_STATUS, False)}


def test_a6_a8_one_that_lost_its_slot_is_listed_again_once_its_outcome_is_taken_back(town: Make) -> None:
    town.do(appointments.mark_done, appointments=[6])
    assert listed(town, view=AppointmentList.PAST_WITHOUT_STATUS) == [9, 12, 15]
    town.do(appointments.reopen, appointments=[3, 6])
    assert listed(town, view=AppointmentList.PAST_WITHOUT_STATUS) == [3, 6, 9, 12, 15]


def test_s6_a_place_without_counters_has_an_empty_list(town: Make) -> None:
    town.do(places.add_place, label="Annexe")
    assert listed(town, places=["Annexe"], limit=5) == listed(town, places=["Annexe"]) == []
