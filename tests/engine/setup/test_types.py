"""Types of appointments: their settings, their services, their label (C1, C8, S6)."""

from typing import Any

import pytest

from rdv.engine.booking import appointments, journal, slots
from rdv.engine.setup import counters, services, types
from rdv.terms import Invalid, NotFound, Refused
from tests.conftest import Make


def test_c1_a_type_keeps_all_that_is_said_of_it(make: Make) -> None:
    for label in ("État civil", "Accueil"):
        make.do(services.add_service, label=label)
    usual = make.do(types.add_type, label="Passeport")
    assert (usual.services, usual.public, usual.max_upcoming, usual.hold_minutes) == ((), True, 3, 15)
    said: dict[str, Any] = {
        "description": "Photo d'identité", "public": False, "max_upcoming": 1, "notice_hours": 48, "horizon_days": 30,
        "hold_minutes": 5,
    }  # fmt: skip
    made = make.do(types.add_type, label="Mariage", services=["etat civil", "accueil"], **said)
    assert made.services == ("Accueil", "État civil")
    assert {name: getattr(made, name) for name in said} == said
    changed = make.do(types.set_type, type="mariage", description="", services=["Accueil"], max_upcoming=2)
    assert (changed.description, changed.services, changed.max_upcoming) == ("", ("Accueil",), 2)
    assert changed.notice_hours == 48, "what is not given stays"
    assert make.do(types.set_type, type="mariage", services=[]).services == ()
    facts = [e.facts["changes"] for e in make.do(journal.read_journal, action="type.set")]
    assert facts[0] == {"services": ["Accueil", ""]}


@pytest.mark.parametrize(
    "wrong",
    [{"max_upcoming": 0}, {"notice_hours": -1}, {"horizon_days": 0}, {"hold_minutes": 0}, {"hold_minutes": 100_001}],
)
def test_c1_a_number_that_cannot_be_is_invalid(make: Make, wrong: dict[str, int]) -> None:
    make.do(types.add_type, label="Passeport")
    ((name, number),) = wrong.items()
    for function, named in ((types.add_type, {"label": "Mariage"}), (types.set_type, {"type": "Passeport"})):
        with pytest.raises(Invalid) as told:
            make.do(function, **named, **wrong)
        assert told.value.error == "number"
        assert (told.value.facts["field"], told.value.facts["number"]) == (name, number)
    assert [one.label for one in make.do(types.list_types)] == ["Passeport"]


def test_c1_a_type_of_an_unknown_service_is_not_made(make: Make) -> None:
    with pytest.raises(NotFound):
        make.do(types.add_type, label="Mariage", services=["Noces"])
    assert [one.label for one in make.do(types.list_types)] == []


def test_c8_a_type_whose_removed_counter_history_remembers_is_kept(make: Make) -> None:
    """The counter served another type when the appointment was taken: it is the counter that needs the new type."""
    make.town()
    make.do(types.add_type, label="Passeport")
    card = make.book("Guichet 1", "2017-04-06T09:00")
    make.do(appointments.cancel, appointments=[card.id])
    make.do(counters.set_counter, counter="Guichet 1", type="Passeport")
    make.do(counters.remove_counter, counter="Guichet 1")
    with pytest.raises(Refused) as told:
        make.do(types.remove_type, type="Passeport")
    assert (told.value.error, told.value.rule) == ("in_use", "C8")
    assert told.value.facts["dependents"] == {"appointment": (str(card.id),)}


def test_s6_slots_can_be_found_by_the_new_label_at_once(make: Make) -> None:
    make.town()
    make.do(types.set_type, type="Citoyenneté", label="Titres")
    assert {slot.type for slot in make.do(slots.list_slots, first="2017-04-06", days=1, types=["titres"])} == {"Titres"}
