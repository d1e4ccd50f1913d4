"""Exporting a town hall: applying the export changes nothing, here and in another database (B3)."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from rdv.engine.booking import appointments, partners, slots
from rdv.engine.setup import agents, closures, counters, exceptions, places, types, weeks
from rdv.engine.town.apply import apply_town
from rdv.engine.town.export import export_config
from rdv.engine.views.plans import Plan
from rdv.terms import NotAllowed, Right, SlotStatus
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import KINDS, Databases
from tests.towns import EXAMPLES, declared, everything, example

CONFIGURATION = {"service", "place", "type", "week", "desk", "agent", "counter", "closure"}


@pytest.fixture
def elsewhere(databases: Databases, kind: str, clock: FrozenClock) -> Iterator[Make]:
    """Create an empty town hall on a database of the other kind."""
    (other,) = set(KINDS) - {kind}
    with databases.fresh(other) as database:
        yield Make(office_on(database, clock))


def apply(make: Make, text: str) -> Plan:
    plan: Plan = make.do(apply_town, town=declared(text))
    return plan


def exported(make: Make, *, everything: bool = False) -> str:
    text: str = make.do(export_config, everything=everything)
    return text


def lived_in(make: Make) -> None:
    """Create the manual's town hall after some weeks of work, with every kind of record."""
    apply(make, example("mairie"))
    make.do(agents.set_agent, agent="root", services=["Action sociale"])
    make.agent("eve", (Right.APPOINTMENTS,), ("Accueil",))
    card = make.do(
        appointments.assign, by=make.agent("mia", (Right.APPOINTMENTS,)), counter="Guichet 1",
        start="2017-04-06T10:00", partner='O"NEIL \\ Zoé', comment="deux\nlignes « et »",
    )  # fmt: skip
    make.do(agents.remove_agent, agent="mia")
    make.do(appointments.move, appointment=card.id, start="2017-04-06T10:30")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-10", to="2017-04-10")
    make.do(slots.reserve, counter="Guichet 1", start="2017-04-06T09:00")  # BOIS Jules becomes to reschedule
    make.do(appointments.mark_no_show, appointments=[14])
    make.do(appointments.cancel, appointments=[2])
    make.do(exceptions.add_exception, counter="Citoyenneté", first=date(2017, 12, 25), last=date(2017, 12, 31))
    make.do(counters.set_counter, counter="Action sociale", last=date(2017, 12, 31), desk=None, capacity=3)
    make.do(closures.add_closure, label="Pont", first=date(2017, 5, 26), last=date(2017, 5, 28))
    make.do(weeks.add_week, label="Mixte", hours=[("Mo 09:00-10:00", 30), ("Mo 10:00-12:00; Su 00:00-24:00", 60)])
    make.do(weeks.add_week, label="Jamais", hours=[])
    make.do(types.set_type, type="Citoyenneté", reminder_hours=[72, 2])
    make.do(types.set_type, type="Etat civil", reminder_hours=[])
    make.do(partners.set_partner, partner="C000098", language="en", wants_email=False)
    make.do(partners.merge_partners, partner="C000104", into="C000103")
    make.do(types.set_type, type="Citoyenneté", description='Apporter "tout"', public=False)
    make.do(counters.add_counter, label="Passé", type="Citoyenneté", place="Centre ville", week="Mixte",
            first=date(2017, 1, 1))  # fmt: skip
    make.do(counters.remove_counter, counter="Passé")


@pytest.mark.parametrize(("kind", "name"), [("sqlite", name) for name in EXAMPLES], indirect=["kind"])
def test_b3_an_example_is_exported_as_it_was_declared(make: Make, name: str) -> None:
    apply(make, example(name))
    assert apply(make, exported(make)).changes == ()
    was, now = declared(example(name)), declared(exported(make))
    assert {one.label: one for one in now.places} == {one.label: one for one in was.places}
    assert {one.label: one for one in now.types} == {one.label: one for one in was.types}
    assert {(one.place, one.label): one for one in now.counters} == {
        (one.place, one.label): one for one in was.counters
    }


@pytest.mark.parametrize("whole", [False, True])
def test_b3_what_is_exported_reads_back_with_no_difference(make: Make, whole: bool) -> None:
    lived_in(make)
    before = everything(make.office.database)
    plan = apply(make, exported(make, everything=whole))
    assert plan.changes == ()
    assert everything(make.office.database) == before


@pytest.mark.parametrize("whole", [False, True])
def test_b3_what_is_exported_makes_the_same_town_hall_elsewhere(make: Make, elsewhere: Make, whole: bool) -> None:
    lived_in(make)
    text = exported(make, everything=whole)
    apply(elsewhere, text)
    assert tomllib.loads(exported(elsewhere, everything=whole)) == tomllib.loads(text)
    assert apply(elsewhere, text).changes == ()


def test_b3_slots_and_appointments_stand_elsewhere_as_they_stood_here(make: Make, elsewhere: Make) -> None:
    lived_in(make)
    apply(elsewhere, exported(make, everything=True))

    def seen(one: Make) -> list[tuple[Any, ...]]:
        found = one.do(slots.list_slots, first=date(2017, 4, 3), days=14)
        return [(slot.counter, slot.place, slot.starts_at, slot.status, slot.partners) for slot in found]

    assert seen(elsewhere) == seen(make)
    assert {SlotStatus.SUSPENDED, SlotStatus.RESERVED, SlotStatus.BOOKED, SlotStatus.FREE} <= {
        row[3] for row in seen(make)
    }


def test_b3_the_configuration_alone_names_no_citizen(make: Make) -> None:
    lived_in(make)
    assert tomllib.loads(exported(make)).keys() == CONFIGURATION
    assert "VIGNEAU" not in exported(make)
    whole = tomllib.loads(exported(make, everything=True))
    assert whole.keys() == CONFIGURATION | {"partner", "slot", "appointment"}
    assert "VIGNEAU Chloé" in {one["name"] for one in whole["partner"]}


def test_g1_passwords_are_never_exported(make: Make) -> None:
    make.do(agents.set_password, agent="root", password="correct horse")
    text = exported(make, everything=True)
    assert "argon2" not in text and "password" not in text


def test_c2_exported_times_are_those_of_the_place(make: Make) -> None:
    make.town()
    make.do(places.set_place, place="Mairie principale", timezone="America/Guadeloupe")
    make.book("Guichet 1", "2017-04-06T09:00")
    (line,) = tomllib.loads(exported(make, everything=True))["appointment"]
    assert line["start"] == datetime.fromisoformat("2017-04-06T09:00:00-04:00")
    assert line["start"].hour == 9


def test_b3_an_empty_database_is_exported_as_its_administrator_alone(make: Make) -> None:
    assert tomllib.loads(exported(make, everything=True)) == {
        "agent": [{"login": "root", "name": "root", "rights": [str(right) for right in Right], "services": []}]
    }


def test_g1_exporting_takes_the_right_to_configure(make: Make) -> None:
    with pytest.raises(NotAllowed):
        make.do(export_config, by=make.agent("lea", (Right.COUNTERS, Right.APPOINTMENTS)))
