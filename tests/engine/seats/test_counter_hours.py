"""Counters with all that decides their slots, read in few queries, and the locks that keep them still (S5)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from rdv.engine.booking import slots
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import lock_counters, lock_places, lock_week, read_counter, read_counters
from rdv.engine.setup import closures, counters, desks, exceptions, places, weeks
from rdv.store.session import Database
from rdv.terms import NotFound, RdvError
from tests.conftest import Make
from tests.engine.conftest import Meanwhile


def queries(run: Callable[[], object]) -> int:
    """Return how many statements a piece of work sends."""
    seen: list[str] = []

    def note(connection: Connection, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


def test_s6_a_list_of_slots_takes_as_many_queries_for_one_counter_as_for_many(make: Make) -> None:
    def look() -> None:
        make.do(slots.list_slots, first="2017-04-04", days=31)

    make.town("Guichet 1", desk=None)
    make.do(desks.add_desk, label="Poste 1")
    make.counter("Guichet 2", desk="Poste 1")
    few = queries(look)
    for n in range(3, 20):
        make.counter(f"Guichet {n}", desk="Poste 1")
        make.do(exceptions.add_exception, counter=f"Guichet {n}", first="2017-04-10", last="2017-04-11")
    make.book("Guichet 3", "2017-04-13T09:00")
    make.do(closures.add_closure, label="Travaux", first="2017-04-12")
    assert queries(look) == few <= 10


def test_s1_everything_that_decides_the_slots_is_read(make: Make, database: Database) -> None:
    make.do(places.add_place, label="Saint-Denis", timezone="Indian/Reunion")
    make.town("Guichet 1")
    make.do(weeks.add_week, label="Courte", hours=[("Mo 10:00-11:00", 15)])
    make.counter("Océan", place="Saint-Denis", last="2017-12-31", capacity=2, public=True)
    make.do(exceptions.add_exception, counter="Océan", first="2017-05-02", last="2017-05-03", week="Courte")
    make.do(exceptions.add_exception, counter="Océan", first="2017-05-04", last="2017-05-05")
    make.do(closures.add_closure, label="Partout", first="2017-08-15")
    make.do(closures.add_closure, label="Là", first="2017-12-20", place="Saint-Denis")
    with database.read() as session:
        here, ocean = read_counters(session)
        assert [counter.label for counter in read_counters(session, places=[1])] == ["Océan"]
        assert read_counters(session, types=[99]) == []
        with pytest.raises(NotFound):
            read_counter(session, 99)
    assert (ocean.zone.key, ocean.capacity, ocean.public, ocean.place) == ("Indian/Reunion", 2, True, "Saint-Denis")
    assert [(e.first.day, len(e.openings)) for e in ocean.hours.exceptions] == [(2, 1), (4, 0)]
    assert {first.month for first, _ in ocean.hours.closures} == {8, 12}
    assert {first.month for first, _ in here.hours.closures} == {8}
    assert (here.hours.exceptions, here.hours.last) == ((), None)


def owned(lock: Callable[..., None], what: Any) -> Callable[[Work], None]:
    return lambda work: lock(work.session, what, change=True)


def shared(lock: Callable[..., None], what: Any) -> Callable[[Work], None]:
    return lambda work: lock(work.session, what, change=False)


LOCKS: list[tuple[str, Callable[[Work], None], Any, dict[str, Any], bool]] = [
    ("booking waits for a change", owned(lock_counters, [1]), "book", {}, True),
    ("bookings share", shared(lock_counters, [1]), "book", {}, False),
    ("a change waits for a booking", shared(lock_counters, [1]), counters.set_counter,
     {"counter": 1, "capacity": 2}, True),
    ("another counter is free", owned(lock_counters, [2]), "book", {}, False),
    ("giving a week waits for its change", owned(lock_week, 1), counters.set_counter, {"counter": 2, "week": 1}, True),
    ("a week given is not changed", shared(lock_week, 1), weeks.set_week, {"week": 1, "hours": []}, True),
    ("no counter comes to a place being shut", owned(lock_places, 1), counters.add_counter,
     {"label": "X", "type": 1, "place": 1, "first": "2017-04-04", "week": 1}, True),
    ("no counter is moved to a place being shut", owned(lock_places, None), counters.set_counter,
     {"counter": 2, "place": 1}, True),
    ("a place is not shut while a counter comes", shared(lock_places, 1), closures.add_closure,
     {"label": "X", "first": "2017-04-06"}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "function", "given", "waits"), [one[1:] for one in LOCKS], ids=[x[0] for x in LOCKS]
)
def test_s5_booking_and_changing_hours_wait_for_each_other(
    pg_town: Make,
    meanwhile: Meanwhile,
    inside: Callable[[Work], None],
    function: Any,
    given: dict[str, Any],
    waits: bool,
) -> None:
    waited, outcome = meanwhile(
        inside,
        lambda: pg_town.book("Guichet 1", "2017-04-06T09:00") if function == "book" else pg_town.do(function, **given),
    )
    assert waited == waits
    assert not isinstance(outcome, RdvError), "who waited passed in the end"


def test_s5_c6_a_counter_added_while_its_place_is_being_shut_is_shut_too(pg_town: Make, meanwhile: Meanwhile) -> None:
    def come_and_book() -> object:
        pg_town.counter("Guichet 3")
        return pg_town.book("Guichet 3", "2017-04-06T09:00")

    waited, outcome = meanwhile(
        lambda work: closures.add_closure(work, label="Travaux", first=date(2017, 4, 6)), come_and_book
    )
    assert waited
    assert isinstance(outcome, NotFound), "no slot is left that day"
