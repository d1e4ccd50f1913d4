"""Figures (F1): load, outcomes and waits, as the lists themselves have them."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.date_input import read
from rdv.engine.booking import appointments, slots
from rdv.engine.booking.statistics import count_figures, stretches
from rdv.engine.setup import agents, closures, counters, services, types
from rdv.engine.setup.places import add_place
from rdv.engine.views.statistics import Figures, Statistics
from rdv.terms import Grouping, NotAllowed, Refused, Right, SlotStatus
from tests.conftest import FrozenClock, Make

G1, G2 = "Guichet 1", "Guichet 2"
DAY = read("2017-04-06")


def figures(make: Make, **given: Any) -> Statistics:
    return make.office.run(count_figures, make.office.me, **{"first": DAY, "last": DAY} | given)


def by_label(found: Statistics) -> dict[str, Figures]:
    return {line.label: line.figures for line in found.lines}


@pytest.fixture
def day(make: Make, clock: FrozenClock) -> Make:
    """Set up Thursday 6 April at noon: 12 seats at each of two counters, 9 booked at the first, 1 suspended."""
    make.town(G1, G2)
    for start in ("09:00", "09:30", "10:00", "10:30", "11:00", "14:00", "14:30", "15:00", "15:30"):
        make.book(G1, f"2017-04-06T{start}", f"P{start}")
    make.do(slots.suspend, counter=G1, start="2017-04-06T16:00")
    clock.set("2017-04-06T12:00")
    make.do(appointments.mark_done, appointments=[1, 2])
    make.do(appointments.mark_no_show, appointments=[3])
    make.do(appointments.cancel, appointments=[9])
    make.do(slots.suspend, counter=G1, start="2017-04-06T15:00")
    return make


def test_f1_load_outcomes_and_waits_of_a_counter(day: Make) -> None:
    found = by_label(figures(day))[G1]
    assert (found.seats, found.suspended, found.booked) == (10, 2, 7)
    assert found.load == 0.7
    assert (found.done, found.no_show, found.cancelled) == (2, 1, 1)
    assert (found.past_without_status, found.planned, found.to_reschedule) == (2, 2, 1)
    assert found.no_show_share == pytest.approx(1 / 3)
    assert found.first_free is not None and found.first_free.isoformat() == "2017-04-06T15:30:00+02:00"
    assert found.wait == 0


def test_f1_the_whole_is_the_sum_of_its_lines(day: Make) -> None:
    found = figures(day)
    assert found.total.seats == sum(line.figures.seats for line in found.lines) == 22
    assert found.total.load == pytest.approx(7 / 22)
    assert found.total.first_free == by_label(found)[G2].first_free
    for by in Grouping:
        assert figures(day, by=by).total == found.total


def test_f1_seats_and_seats_taken_are_those_of_the_list_of_slots(day: Make) -> None:
    listed = day.do(slots.list_slots, first=DAY, days=1)
    found = figures(day).total
    assert found.seats + found.suspended == len(listed)
    assert found.booked == sum(slot.status is SlotStatus.BOOKED for slot in listed)


def test_f1_types_places_and_stretches_make_lines(day: Make) -> None:
    day.do(add_place, label="Annexe")
    day.do(types.add_type, label="Mariages")
    day.counter("Salle", type="Mariages", place="Annexe", capacity=3)
    assert {label: one.seats for label, one in by_label(figures(day, by=Grouping.TYPE)).items()} == {
        "Citoyenneté": 22, "Mariages": 36,
    }  # fmt: skip
    places = figures(day, by=Grouping.PLACE).lines
    assert [(line.label, line.figures.seats) for line in places] == [("Annexe", 36), ("Mairie principale", 22)]
    weeks = figures(day, by=Grouping.WEEK, last=read("2017-04-12"), types=["Citoyenneté"])
    assert [(line.day, line.figures.seats, line.figures.booked) for line in weeks.lines] == [
        (date(2017, 4, 6), 22 + 24, 7), (date(2017, 4, 10), 3 * 24, 0),
    ]  # fmt: skip
    assert {line.figures.first_free for line in weeks.lines} == {None}


def test_f1_filters_combine(day: Make) -> None:
    day.do(services.add_service, label="Population")
    day.do(agents.set_agent, agent="root", services=["Population"])
    day.do(types.add_type, label="Mariages", services=["Population"])
    day.counter("Salle", type="Mariages")
    assert figures(day, counters=[G2]).total.seats == 12
    assert figures(day, types=["Mariages"]).total.seats == 12
    assert figures(day, services=["Population"]).total.seats == 12
    assert figures(day, services=["Population"], types=["Citoyenneté"]).total == Figures()
    assert figures(day, places=["Mairie principale"]).total.seats == 34


def test_f1_what_happened_at_a_removed_counter_stays_in_the_figures(day: Make) -> None:
    day.do(counters.remove_counter, counter=G1)
    found = by_label(figures(day))[G1]
    assert (found.seats, found.booked, found.done, found.no_show) == (0, 0, 2, 1)


def test_f1_days_are_those_of_each_place(make: Make, clock: FrozenClock) -> None:
    make.town(hours="Mo-Su 00:00-24:00", slot=60)
    make.do(add_place, label="Pointe-à-Pitre", timezone="America/Guadeloupe")
    make.counter("Lointain", place="Pointe-à-Pitre")
    clock.set("2017-04-06T12:00")
    for label in (G1, "Lointain"):
        make.book(label, "2017-04-06T23:00")
        make.book(label, "2017-04-07T00:00")
    assert {label: (one.seats, one.booked) for label, one in by_label(figures(make)).items()} == {
        G1: (24, 1), "Lointain": (24, 1),
    }  # fmt: skip
    days = figures(make, by=Grouping.DAY, last=read("2017-04-07"))
    assert [(line.figures.booked, line.figures.planned) for line in days.lines] == [(2, 2), (2, 2)]


def test_f1_s7_a_day_with_a_change_of_clock_has_its_own_length(make: Make) -> None:
    make.town(hours="Mo-Su 00:00-24:00", slot=60)
    days = figures(make, by=Grouping.DAY, first=read("2017-10-28"), last=read("2017-10-30"))
    assert [line.figures.seats for line in days.lines] == [24, 25, 24]


def test_f1_the_wait_is_in_days_and_none_where_nothing_is_ever_free(day: Make) -> None:
    day.do(closures.add_closure, label="Travaux", first="2017-04-06", last="2017-04-30")
    assert by_label(figures(day))[G2].wait == 25
    day.do(closures.add_closure, label="Plus rien", first="2017-05-01", last="2030-01-01")
    found = by_label(figures(day))[G2]
    assert (found.first_free, found.wait, found.seats, found.load) == (None, None, 0, None)


def test_f1_the_last_thirty_days_unless_told(day: Make) -> None:
    assert (figures(day, first=None, last=None).first, figures(day, first=None, last=None).last) == (
        date(2017, 3, 8), date(2017, 4, 6),
    )  # fmt: skip
    assert figures(day, first=None, last=read("2017-03-30")).first == date(2017, 3, 1)
    assert figures(day, first=read("2017-04-01"), last=None).last == date(2017, 4, 6)
    assert figures(day, first=read("2017-05-01"), last=None).last == date(2017, 5, 30)


def test_f1_days_that_cannot_be_are_refused(day: Make) -> None:
    for first, last, error in (("2017-04-06", "2017-04-05", "period_backwards"), ("2016-01-01", None, "period_long")):
        with pytest.raises(Refused) as told:
            figures(day, first=read(first), last=last and read(last))
        assert told.value.error == error


def test_g1_figures_are_for_whoever_holds_some_right(day: Make) -> None:
    reader = day.agent("lea", rights=(Right.COUNTERS,))
    assert day.office.run(count_figures, reader, first=DAY, last=DAY).total.seats == 22
    nobody = day.agent("max")
    with pytest.raises(NotAllowed):
        day.office.run(count_figures, nobody, first=DAY, last=DAY)


@given(
    first=st.dates(date(2016, 1, 1), date(2018, 1, 1)), length=st.integers(1, 400), by=st.sampled_from(list(Grouping))
)
def test_f1_stretches_cover_the_days_without_gap(first: date, length: int, by: Grouping) -> None:
    until = date.fromordinal(first.toordinal() + length)
    found = stretches(first, until, by)
    assert found[0] == first and found == sorted(set(found)) and found[-1] < until
    if by is Grouping.DAY:
        assert len(found) == length
    if by is Grouping.WEEK:
        assert {day.weekday() for day in found[1:]} <= {0}
    if by is Grouping.MONTH:
        assert {day.day for day in found[1:]} <= {1}
    if not by.is_time:
        assert found == [first]
