"""Exception periods of a counter: C5, I1 and I2."""

from datetime import date
from typing import Any

import pytest

from rdv.engine.booking import journal, slots
from rdv.engine.setup import counters, exceptions, weeks
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import CounterView
from rdv.terms import NotFound, Refused
from tests.conftest import Make

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


def test_c5_an_exception_replaces_the_week_between_its_days_both_included(town: Make) -> None:
    town.do(exceptions.add_exception, counter=G1, first="2017-04-06", last="2017-04-07", week="Courte")
    assert [len(starts(town, f"2017-04-{day:02}")) for day in (5, 6, 7, 10)] == [12, 2, 2, 12]
    town.do(exceptions.add_exception, counter=G1, first="2017-04-10", last="2017-04-10")
    assert starts(town, "2017-04-10") == [], "with no week it is closed"


def test_c5_exceptions_are_listed_by_first_day(town: Make) -> None:
    for first, last, week in (("2017-08-01", "2017-08-31", "Courte"), ("2017-05-01", "2017-05-01", None)):
        town.do(exceptions.add_exception, counter=G1, first=first, last=last, week=week)
    told = [(e.first_day.month, e.last_day.day, e.week) for e in shown(town).exceptions]
    assert told == [(5, 1, None), (8, 31, "Courte")]


@pytest.mark.parametrize(("first", "last"), [("2017-04-10", "2017-04-20"), ("2017-04-01", "2017-04-10"),
                                             ("2017-04-12", "2017-04-12"), ("2017-04-01", "2017-04-30")])  # fmt: skip
def test_c5_exceptions_of_a_counter_never_overlap(town: Make, first: str, last: str) -> None:
    town.counter("Guichet 2")
    town.do(exceptions.add_exception, counter=G1, first="2017-04-10", last="2017-04-14")
    town.do(exceptions.add_exception, counter=G1, first="2017-06-01", last="2017-06-02", week="Courte")
    for function, more in ((exceptions.add_exception, {}), (exceptions.set_exception, {"exception": "2017-06-01"})):
        with pytest.raises(Refused) as told:
            town.do(function, counter=G1, first=first, last=last, **more)
        assert (told.value.error, told.value.rule) == ("exception_overlap", "C5")
        assert told.value.facts["first"] == date(2017, 4, 10)
    town.do(exceptions.add_exception, counter="Guichet 2", first=first, last=last)
    assert [e.first_day.month for e in shown(town).exceptions] == [4, 6]


def test_c5_an_exception_ends_after_it_starts(town: Make) -> None:
    with pytest.raises(Refused) as told:
        town.do(exceptions.add_exception, counter=G1, first="2017-04-10", last="2017-04-09")
    assert (told.value.error, told.value.rule) == ("period_backwards", "C5")


def test_c5_an_exception_is_changed_and_removed_by_one_of_its_days_or_its_id(town: Make) -> None:
    town.do(exceptions.add_exception, counter=G1, first="2017-04-06", last="2017-04-07")
    town.do(exceptions.set_exception, counter=G1, exception="2017-04-07", last="2017-04-10", week="Courte")
    (period,) = shown(town).exceptions
    assert (period.first_day, period.last_day, period.week) == (date(2017, 4, 6), date(2017, 4, 10), "Courte")
    town.do(exceptions.set_exception, counter=G1, exception=period.id, week=None)
    assert starts(town) == []
    town.do(exceptions.remove_exception, counter=G1, exception="2017-04-08")
    assert shown(town).exceptions == ()
    assert len(starts(town)) == 12
    with pytest.raises(NotFound) as told:
        town.do(exceptions.remove_exception, counter=G1, exception="2017-04-08")
    assert told.value.facts["kind"] == "exception"


def test_c5_an_exception_of_another_counter_is_not_found(town: Make) -> None:
    town.counter("Guichet 2")
    town.do(exceptions.add_exception, counter="Guichet 2", first="2017-04-06", last="2017-04-07")
    (period,) = shown(town, "Guichet 2").exceptions
    with pytest.raises(NotFound) as told:
        town.do(exceptions.remove_exception, counter=G1, exception=period.id)
    assert told.value.facts["close"] == ()
    assert shown(town, "Guichet 2").exceptions == (period,)


def test_c5_i2_an_exception_displaces_those_of_its_own_days_only(town: Make) -> None:
    gone = town.book(G1, "2017-04-06T09:00")
    kept = town.book(G1, "2017-04-06T10:00", "AULAN Gilles")
    later = town.book(G1, "2017-04-10T09:00", "PETIT Zoé")
    given: dict[str, Any] = {"counter": G1, "first": "2017-04-06", "last": "2017-04-07", "week": "Courte"}
    foreseen = town.do(exceptions.add_exception, preview=True, **given)
    assert town.do(exceptions.add_exception, **given) == foreseen
    assert [card.id for card in foreseen.appointments] == [gone.id]
    foreseen = town.do(exceptions.set_exception, preview=True, counter=G1, exception="2017-04-07", last="2017-04-10")
    assert [card.id for card in foreseen.appointments] == [later.id]
    assert town.do(exceptions.set_exception, counter=G1, exception="2017-04-07", week=None).to_reschedule == 1, kept
    town.book(G1, "2017-04-11T09:00", "ROUX Paul")
    assert town.do(exceptions.remove_exception, counter=G1, exception="2017-04-07").is_empty


def test_i2_removing_an_exception_displaces_who_had_a_slot_of_it(town: Make) -> None:
    town.do(weeks.add_week, label="Samedi", hours=[("Sa 09:00-12:00", 30)])
    town.do(exceptions.add_exception, counter=G1, first="2017-04-08", last="2017-04-08", week="Samedi")
    card = town.book(G1, "2017-04-08T09:00")
    impact = town.do(exceptions.remove_exception, counter=G1, exception="2017-04-08")
    assert [one.id for one in impact.appointments] == [card.id]


def test_c5_a_form_gives_all_exception_periods_at_once_and_the_impact_is_of_all_of_them(town: Make) -> None:
    town.do(exceptions.add_exception, counter=G1, first="2017-05-01", last="2017-05-05")
    town.do(exceptions.add_exception, counter=G1, first="2017-06-05", last="2017-06-09")
    kept, _gone = shown(town).exceptions
    card = town.book(G1, f"{THURSDAY}T09:00")
    wanted = [
        exceptions.Period(date(2017, 5, 2), kept.last_day, "Courte", kept.id),
        exceptions.Period(date(2017, 4, 6), date(2017, 4, 6)),
    ]
    impact = town.do(counters.set_counter, counter=G1, label="Accueil", exceptions=wanted)
    assert [one.id for one in impact.appointments] == [card.id]
    found = shown(town, "Accueil").exceptions
    assert [(one.first_day, one.last_day, one.week) for one in found] == [
        (date(2017, 4, 6), date(2017, 4, 6), None),
        (date(2017, 5, 2), date(2017, 5, 5), "Courte"),
    ]
    assert found[1].id == kept.id
    actions = {line.action for line in town.do(journal.read_journal, subject="counter")}
    assert {"exception.remove", "exception.set", "exception.add", "counter.set"} <= actions
    assert town.do(counters.set_counter, counter="Accueil", exceptions=[
        exceptions.Period(one.first_day, one.last_day, one.week, one.id) for one in found
    ]) == Impact()  # fmt: skip


def test_c5_a_new_counter_comes_with_its_exception_periods(town: Make) -> None:
    made = town.counter("Guichet 9", exceptions=[exceptions.Period(date(2017, 5, 1), date(2017, 5, 5), "Courte")])
    assert [(one.first_day, one.last_day, one.week) for one in made.exceptions] == [
        (date(2017, 5, 1), date(2017, 5, 5), "Courte")
    ]


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ([(5, 1)], "period_backwards"),
        ([(1, 5), (5, 9)], "exception_overlap"),
        ([(20, 22), (1, 30)], "exception_overlap"),
    ],
)
def test_c5_periods_of_a_form_that_cannot_be_are_refused_and_nothing_is_written(
    town: Make, days: list[tuple[int, int]], error: str
) -> None:
    wanted = [exceptions.Period(date(2017, 5, first), date(2017, 5, last)) for first, last in days]
    before = shown(town)
    with pytest.raises(Refused) as told:
        town.do(counters.set_counter, counter=G1, capacity=4, exceptions=wanted)
    assert (told.value.error, told.value.rule) == (error, "C5")
    assert shown(town) == before
