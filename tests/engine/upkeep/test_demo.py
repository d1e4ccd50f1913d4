"""The demonstration: the manual's week, moved to the current week."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from rdv.date_input import at
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.office import Office
from rdv.engine.upkeep.checks import check_database
from rdv.engine.upkeep.demo import MONDAY, set_up
from rdv.settings import Settings
from rdv.terms import AppointmentStatus, SlotStatus
from tests.conftest import FrozenClock, Make
from tests.databases import Databases
from tests.towns import everything, example


@pytest.fixture
def nothing(databases: Databases, kind: str, clock: FrozenClock) -> Iterator[Office]:
    """Return an office over a database that does not exist yet."""
    with databases.fresh(kind, migrated=False) as database:
        yield Office(database, clock, Settings.model_construct(agent="alice", mail_url="file:unused"))


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        ("2017-04-04T16:35", "2017-04-03"),
        ("2026-11-22T23:59", "2026-11-16"),
        ("2027-03-22T00:00", "2027-03-22"),  # the clock changes on that week's Sunday
    ],
)
def test_the_week_of_the_manual_is_this_one(nothing: Office, clock: FrozenClock, today: str, monday: str) -> None:
    clock.set(today)
    first = date.fromisoformat(monday)
    assert set_up(nothing, example("mairie")) == first
    make = Make(nothing)
    thursday, friday = first + timedelta(days=3), first + timedelta(days=4)
    assert make.slot("Guichet 1", f"{thursday}T09:00").partners == ("BOIS Jules",)
    assert make.slot("Guichet 1", f"{friday}T09:00").partners == ("AULAN Gilles",)
    assert make.status("Guichet 1", f"{friday}T11:00") is SlotStatus.RESERVED
    file = make.do(partners.show_partner, partner="C000098")
    assert [(group.type, group.count) for group in file.groups] == [("Citoyenneté", 4), ("Etat civil", 5)]
    shift = first - MONDAY
    assert file.groups[1].appointments[0].starts_at.date() == date(2017, 6, 12) + shift
    assert make.do(check_database) == []


def test_whoever_sets_it_up_is_its_administrator(nothing: Office) -> None:
    set_up(nothing, example("mairie"))
    make = Make(nothing)
    assert make.rows("SELECT login FROM agent WHERE id = 1") == [("alice",)]
    assert make.do(slots.next_free, type="Titres d'identité", count=1)


def test_g2_whoever_sets_it_up_can_give_slots_of_every_type(nothing: Office) -> None:
    set_up(nothing, example("mairie"))
    free = nothing.run(slots.next_free, nothing.me, type="Action sociale", count=1)[0]
    nothing.run(appointments.assign, nothing.me, counter=free.counter_id, start=at(free.starts_at), partner="C000098")
    assert Make(nothing).status("Action sociale", f"{free.starts_at:%Y-%m-%dT%H:%M}") is SlotStatus.BOOKED


def test_a_demonstration_that_is_there_is_left_as_it_is(nothing: Office, clock: FrozenClock) -> None:
    set_up(nothing, example("mairie"))
    make = Make(nothing)
    make.do(appointments.cancel, appointments=[1])
    before = everything(nothing.database)
    clock.advance(days=7)
    assert set_up(nothing, example("mairie")) == date(2017, 4, 10)
    assert everything(nothing.database) == before
    assert make.do(appointments.show_appointment, appointment=1).card.status is AppointmentStatus.CANCELLED
