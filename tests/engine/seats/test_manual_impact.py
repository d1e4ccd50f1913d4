"""The manual's town hall when the week of « Etat civil » changes: the partner's file reads as its picture (I1, I2)."""

from typing import Any

import pytest

from rdv import paths
from rdv.engine.booking import appointments, partners
from rdv.engine.setup import counters
from rdv.engine.town.apply import apply_town
from rdv.engine.town.declaration import read_declaration
from rdv.engine.views.appointments import Impact
from rdv.terms import AppointmentList, AppointmentStatus
from tests.conftest import FrozenClock, Make

OLD, NEW = "Etat civil, 45 minutes", "Etat civil"
PICTURE = [
    ("12/06/2017 10:45", "cancelled"),
    ("12/06/2017 10:00", "to_reschedule"),
    ("12/06/2017 09:15", "to_reschedule"),
    ("07/06/2017 10:00", "to_reschedule"),
    ("07/06/2017 09:15", "cancelled"),
]


@pytest.fixture
def before(make: Make, clock: FrozenClock) -> Make:
    """Set up the town hall on 06/06/2017 at 17:00, before the week changed: « Etat civil » has slots of 45 minutes."""
    text = paths.example("mairie").read_text("utf-8")
    make.do(apply_town, town=read_declaration(text, name="mairie.toml"))
    clock.set("2017-06-01T09:00")
    week(make, OLD, restore=True)
    make.do(appointments.assign, counter="Etat civil", start="2017-06-02T08:30", partner="GARNIER Paul")
    make.do(appointments.assign, counter="Etat civil", start="2017-06-12T11:30", partner="NGUYEN Linh")
    clock.set("2017-06-06T17:00")
    return make


def week(make: Make, label: str, **more: Any) -> Impact:
    impact: Impact = make.do(counters.set_counter, counter="Etat civil", week=label, **more)
    return impact


def file_of_chloe(make: Make) -> list[tuple[str, str]]:
    groups = make.do(partners.show_partner, partner="C000098").groups
    listed = next(group for group in groups if group.type == "Etat civil").appointments
    return [(f"{card.starts_at:%d/%m/%Y %H:%M}", str(card.status)) for card in listed]


def names(make: Make, view: AppointmentList) -> list[str]:
    return [card.partner.name for card in make.do(appointments.list_appointments, view=view, counters=["Etat civil"])]


def test_i1_i2_changing_the_week_sends_exactly_those_without_a_slot_to_the_right_lists(before: Make) -> None:
    assert {status for _, status in file_of_chloe(before)} == {"planned", "cancelled"}
    foreseen = week(before, NEW, preview=True)
    assert {status for _, status in file_of_chloe(before)} == {"planned", "cancelled"}, "nothing written"
    applied = week(before, NEW)
    assert applied == foreseen
    assert (applied.to_reschedule, applied.past_without_status) == (4, 1)
    assert file_of_chloe(before) == PICTURE
    assert names(before, AppointmentList.TO_RESCHEDULE) == ["VIGNEAU Chloé"] * 3 + ["NGUYEN Linh"]
    assert names(before, AppointmentList.PAST_WITHOUT_STATUS) == ["GARNIER Paul", "GARNIER Paul"]
    assert [card.partner.name for card in applied.unreachable] == []


def test_i2_undoing_the_change_brings_back_what_can_be(before: Make) -> None:
    week(before, NEW)
    offered = week(before, OLD, preview=True)
    assert len(offered.restorable) == 5 and offered.restored == ()
    before.do(appointments.cancel, appointments=[offered.restorable[-1].id])
    undone = week(before, OLD, restore=True)
    assert len(undone.restored) == 4 and undone.restorable == ()
    assert names(before, AppointmentList.TO_RESCHEDULE) == []
    assert all(card.has_slot for card in undone.restored)
    assert {card.status for card in undone.restored} <= {
        AppointmentStatus.PLANNED, AppointmentStatus.PAST_WITHOUT_STATUS,
    }  # fmt: skip
