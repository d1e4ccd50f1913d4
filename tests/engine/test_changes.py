"""What a use case says that it changed is all that it changed: a screen that reads only that is never behind."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from rdv import date_input
from rdv.changes import EVERYTHING, NOTHING, Changes, Part
from rdv.engine.booking import appointments, partners, rescheduling, searches, slots
from rdv.engine.citizens import holds, own_appointments
from rdv.engine.setup import agents, closures
from rdv.terms import AppointmentList
from tests.citizens import paris, sign_up
from tests.conftest import FrozenClock, Make

WEEK = date(2017, 4, 3)
NINE, TEN = "2017-04-06T09:00", "2017-04-07T10:00"


def shown(make: Make) -> dict[tuple[int, date], Any]:
    """What calendars show on each day of each counter: slots, and appointments whatever they are."""
    seen: dict[tuple[int, date], list[Any]] = {}
    for slot in make.do(slots.list_slots, first=WEEK, days=14):
        seen.setdefault((slot.counter_id, slot.starts_at.date()), []).append(slot)
    for card in make.do(appointments.list_appointments, view=AppointmentList.ALL):
        seen.setdefault((card.counter_id, card.starts_at.date()), []).append(card)
    return seen


@pytest.fixture
def told(make: Make) -> Callable[[Callable[[], Any]], Changes]:
    """Have something done, and return what it says that it changed, once that was found to be all."""
    heard: list[Changes] = []
    make.office.listeners.append(heard.append)

    def act(work: Callable[[], Any]) -> Changes:
        before, lists = shown(make), make.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)
        heard.clear()
        work()
        said = NOTHING
        for changes in heard:
            said |= changes
        after = shown(make)
        different = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
        assert said.everything or different <= said.slots
        if lists != make.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE):
            assert said.touch(Part.LISTS)
        return said

    return act


def test_agents_say_what_they_book_move_and_end(make: Make, told: Any, clock: FrozenClock) -> None:
    make.town("Guichet 1", "Guichet 2")
    assert told(lambda: make.book("Guichet 1", NINE)).slots == {(1, date(2017, 4, 6))}
    told(lambda: make.do(appointments.move, appointment=1, counter="Guichet 2", start=TEN))
    told(lambda: make.do(appointments.cancel, appointments=[1]))
    assert told(lambda: make.do(appointments.reopen, appointments=[1])).slots == {(2, date(2017, 4, 7))}
    told(lambda: make.do(slots.suspend, counter="Guichet 2", start=TEN))
    told(lambda: make.do(slots.release, counter="Guichet 2", start=TEN, restore=True))
    clock.set("2017-04-07T10:05")
    told(lambda: make.do(appointments.mark_arrived, appointments=[1]))
    told(lambda: make.do(appointments.mark_no_show, appointments=[1]))
    assert not told(lambda: make.do(appointments.mark_done, appointments=[1])).everything


def test_a_plan_that_is_applied_says_every_slot(make: Make, told: Any) -> None:
    make.town("Guichet 1", "Guichet 2")
    for minutes in (0, 30):
        make.book("Guichet 1", f"2017-04-06T09:{minutes:02}", f"BOIS {minutes}")
    told(lambda: make.do(slots.suspend, counter="Guichet 1", start=NINE, to="2017-04-06T10:00"))
    plan = make.do(rescheduling.plan_moves, appointments=[1, 2])
    moves = [rescheduling.Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in plan.moves]
    assert told(lambda: make.do(rescheduling.apply_moves, moves=moves)).slots


def test_what_changes_hours_or_names_is_everything(make: Make, told: Any) -> None:
    make.town("Guichet 1")
    make.book("Guichet 1", NINE)
    assert told(lambda: make.do(closures.add_closure, label="Pont", first="2017-04-06")) == EVERYTHING
    assert told(lambda: make.do(partners.set_partner, partner="C000001", name="BOIS Julie")) == EVERYTHING


def test_p2_a_citizen_says_what_is_held_given_back_and_taken(make: Make, told: Any) -> None:
    make.town("Guichet 1", public=True)
    lea = sign_up(make)
    start = {"start": paris(NINE)}
    assert told(lambda: lea.do(holds.hold, type=1, place=1, **start)) == Changes(frozenset({(1, date(2017, 4, 6))}))
    assert told(lambda: lea.do(holds.release_hold, counter=1, **start)).slots
    assert told(lambda: lea.do(holds.release_hold, counter=1, **start)) == NOTHING
    told(lambda: lea.do(holds.hold, type=1, place=1, **start))
    told(lambda: lea.do(holds.validate, slots=[(1, paris(NINE))]))
    assert told(lambda: lea.do(own_appointments.cancel_mine, appointment=1)).slots == {(1, date(2017, 4, 6))}


def test_what_no_screen_shows_is_told_to_nobody(make: Make, told: Any) -> None:
    make.town("Guichet 1")
    assert told(lambda: make.do(agents.set_password, agent="root", password="un long mot de passe")) == NOTHING
    saved = {"name": "Miens", "entry": "partners", "filters": {"text": "bois"}}
    assert told(lambda: make.do(searches.save_search, **saved)) == Changes.of(Part.SEARCHES)
    assert told(lambda: make.do(slots.suspend, counter="Guichet 1", start=NINE, preview=True)) == NOTHING
