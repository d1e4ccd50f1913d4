"""Held slots: how many, how long, and what becomes of them (P1–P3)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from rdv.engine.booking import appointments, slots
from rdv.engine.citizens import holds
from rdv.engine.setup import types
from rdv.engine.upkeep.checks import check_database
from rdv.store.tables import Message
from rdv.terms import Conflict, Invalid, NotFound, Refused, SlotStatus
from tests.citizens import Person, paris, sign_up
from tests.conftest import FrozenClock, Make

NINE = {"type": 1, "place": 1, "start": paris("2017-04-06T09:00")}


def at(wall: str) -> dict[str, Any]:
    return NINE | {"start": paris(f"2017-04-06T{wall}")}


@pytest.fixture
def lea(make: Make) -> Person:
    make.town("Guichet 1", public=True)
    return sign_up(make)


def keys(person: Person) -> list[tuple[int, Any]]:
    return [(one.counter_id, one.starts_at) for one in person.do(holds.my_holds)]


def test_p2_a_held_slot_is_nobody_elses_until_its_time_has_run_out(make: Make, lea: Person, clock: FrozenClock) -> None:
    held = lea.do(holds.hold, **NINE)
    assert held.expires_at == clock() + timedelta(minutes=15)
    assert (held.type, held.place, held.is_over, held.key) == (
        "Citoyenneté",
        "Mairie principale",
        False,
        f"1-{int(paris('2017-04-06T09:00').timestamp())}",
    )
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.HELD
    other = sign_up(make, "gilles@example.org", "AULAN Gilles")
    with pytest.raises(Conflict) as told:
        other.do(holds.hold, **NINE)
    assert told.value.error == "just_taken"
    clock.advance(minutes=15)
    assert [one.is_over for one in lea.do(holds.my_holds)] == [True]
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.FREE
    assert other.do(holds.hold, **NINE).starts_at == NINE["start"]
    assert lea.do(holds.my_holds) == []


def test_p2_holding_twice_is_holding_once_and_buys_no_time(make: Make, lea: Person, clock: FrozenClock) -> None:
    first = lea.do(holds.hold, **NINE)
    clock.advance(minutes=5)
    assert lea.do(holds.hold, **NINE) == first
    assert lea.do(holds.my_holds) == [first]


def test_p1_at_most_the_maximum_of_the_type_held_or_upcoming_across_sessions(make: Make, lea: Person) -> None:
    make.do(types.set_type, type="Citoyenneté", max_upcoming=2)
    make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    lea.do(holds.hold, **NINE)
    for wall in ("09:30", "10:30"):
        with pytest.raises(Refused) as told:
            lea.do(holds.hold, **at(wall))
        assert (told.value.error, told.value.rule) == ("too_many_upcoming", "P1")
    lea.do(holds.release_hold, counter=1, start=NINE["start"])
    lea.do(holds.hold, **at("09:30"))


def test_p1_a_hold_that_ran_out_and_a_cancelled_appointment_do_not_count(
    make: Make, lea: Person, clock: FrozenClock
) -> None:
    make.do(types.set_type, type="Citoyenneté", max_upcoming=1)
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    make.do(appointments.cancel, appointments=[card.id])
    lea.do(holds.hold, **NINE)
    clock.advance(minutes=20)
    lea.do(holds.hold, **at("09:30"))
    assert [one.starts_at for one in lea.do(holds.my_holds)] == [paris("2017-04-06T09:30")]


@pytest.mark.parametrize("wall", ["2017-04-06T12:30", "2017-04-06T09:10", "2017-04-08T09:00"])
def test_s1_only_a_slot_that_exists_can_be_held(lea: Person, wall: str) -> None:
    with pytest.raises(NotFound):
        lea.do(holds.hold, **NINE | {"start": paris(wall)})


@pytest.mark.parametrize("changes", [{"type": 99}, {"place": 99}, {"type": 2**40}, {"place": 2**40}])
def test_p4_nothing_is_held_where_nothing_is_offered(lea: Person, changes: dict[str, int]) -> None:
    with pytest.raises(NotFound):
        lea.do(holds.hold, **NINE | changes)


def test_p4_nothing_is_held_outside_of_notice_and_horizon(make: Make, lea: Person) -> None:
    make.do(types.set_type, type="Citoyenneté", notice_hours=48, horizon_days=3)
    for wall in ("2017-04-06T09:00", "2017-04-10T09:00"):
        with pytest.raises(Refused) as told:
            lea.do(holds.hold, **NINE | {"start": paris(wall)})
        assert told.value.error == "outside_window"
    lea.do(holds.hold, **NINE | {"start": paris("2017-04-07T09:00")})


def test_s3_a_reserved_or_suspended_slot_is_for_no_citizen(make: Make, lea: Person) -> None:
    make.do(slots.reserve, counter="Guichet 1", start="2017-04-06T09:00")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:30")
    for wall in ("09:00", "09:30"):
        with pytest.raises(Conflict):
            lea.do(holds.hold, **at(wall))


def test_s5_the_next_counter_of_the_place_serves_when_the_first_is_taken(make: Make, lea: Person) -> None:
    make.counter("Guichet 2", public=True)
    make.counter("Guichet 3")
    make.book("Guichet 1", "2017-04-06T09:00")
    assert lea.do(holds.hold, **NINE).counter_id == 2
    other = sign_up(make, "gilles@example.org", "AULAN Gilles")
    with pytest.raises(Conflict):
        other.do(holds.hold, **NINE)


def test_p3_holds_become_appointments_with_one_confirmation(make: Make, lea: Person) -> None:
    for wall in ("09:00", "09:30", "10:00"):
        lea.do(holds.hold, **at(wall))
    made = lea.do(holds.validate, slots=keys(lea), remark="Avec une poussette")
    cards = [make.do(appointments.show_appointment, appointment=number).card for number in made]
    assert [f"{card.starts_at:%H:%M}" for card in cards] == ["09:00", "09:30", "10:00"]
    assert {(card.status, card.taken_by, card.comment, card.partner.code) for card in cards} == {
        ("planned", "portal", "Avec une poussette", lea.actor.name)
    }
    assert lea.do(holds.my_holds) == []
    with make.office.database.read() as session:
        sent = [one.facts["appointments"] for one in session.exec(select(Message)) if one.kind == "confirmation"]
    assert [[told["id"] for told in facts] for facts in sent] == [made]
    assert make.do(check_database) == []
    assert (
        make.rows("SELECT actor, action FROM journal_entry WHERE action = 'appointment.take'")
        == [(lea.actor.name, "appointment.take")] * 3
    )


def test_p3_validating_twice_books_once(make: Make, lea: Person) -> None:
    lea.do(holds.hold, **NINE)
    wanted = keys(lea)
    assert lea.do(holds.validate, slots=wanted) == lea.do(holds.validate, slots=wanted)
    assert make.rows("SELECT count(*) FROM appointment") == [(1,)]
    assert make.rows("SELECT count(*) FROM notice WHERE kind = 'confirmation'") == [(1,)]


def test_p3_all_or_none_when_one_hold_has_run_out(make: Make, lea: Person, clock: FrozenClock) -> None:
    lea.do(holds.hold, **NINE)
    clock.advance(minutes=10)
    lea.do(holds.hold, **at("09:30"))
    wanted = keys(lea)
    clock.advance(minutes=6)
    with pytest.raises(Conflict) as told:
        lea.do(holds.validate, slots=wanted)
    assert (told.value.error, told.value.rule) == ("hold_lost", "P3")
    assert told.value.facts["starts"] == (NINE["start"],)
    assert make.rows("SELECT count(*) FROM appointment") == [(0,)]
    assert [one.is_over for one in lea.do(holds.my_holds)] == [True, False]


def test_p3_what_somebody_else_holds_or_nobody_is_not_validated(make: Make, lea: Person) -> None:
    other = sign_up(make, "gilles@example.org", "AULAN Gilles")
    other.do(holds.hold, **NINE)
    for slot in [(1, NINE["start"]), (1, paris("2017-04-06T10:00")), (2**40, NINE["start"]), (99, NINE["start"])]:
        with pytest.raises(Conflict):
            lea.do(holds.validate, slots=[slot])
    with pytest.raises(Refused):
        lea.do(holds.validate, slots=[])
    with pytest.raises(Invalid):
        lea.do(holds.validate, slots=keys(other), remark="x" * 501)
    lea.do(holds.release_hold, counter=1, start=NINE["start"])
    assert len(other.do(holds.my_holds)) == 1


def test_s4_suspending_a_held_slot_drops_the_hold(make: Make, lea: Person) -> None:
    lea.do(holds.hold, **NINE)
    wanted = keys(lea)
    assert make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:00").holds_dropped == 1
    with pytest.raises(Conflict):
        lea.do(holds.validate, slots=wanted)
