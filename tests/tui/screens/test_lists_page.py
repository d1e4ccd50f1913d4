"""« À replanifier » and « Sans statut »: the lists of those whose slot is gone, and what can be done (A4–A6)."""

from dataclasses import replace

import pytest

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.setup.types import list_types
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, AppointmentStatus
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.plan import PlanDialog
from rdv.tui.widgets.table import Table
from tests.conftest import FrozenClock
from tests.tui.conftest import SMALL, Opened, at
from tests.tui.screens.test_slots_page import SIZES


@pytest.fixture(autouse=True)
def _bois_has_no_slot(town: Office) -> None:
    """The slot of BOIS Jules, on 6 April, is suspended; VIGNEAU Chloé has three to be moved in June."""
    town.run(slots.suspend, town.me, counter="Guichet 1", start=at("2017-04-06T09:00"))


def to_reschedule(town: Office) -> list[AppointmentCard]:
    return town.run(appointments.list_appointments, town.me, view=AppointmentList.TO_RESCHEDULE)


def without_status(town: Office, *, widen: bool = False) -> list[AppointmentCard]:
    view = AppointmentList.PAST_WITHOUT_STATUS
    return town.run(appointments.list_appointments, town.me, view=view, widen=widen)


def card_of(town: Office, number: int) -> AppointmentCard:
    return town.run(appointments.show_appointment, town.me, appointment=number).card


@SIZES
async def test_a5_the_list_says_who_when_where_and_why_the_slot_is_gone(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("to_reschedule", size=size) as hand:
        for seen in ("jeu. 06/04 09:00", "BOIS Jules", "Guichet 1", "créneau suspendu", "VIGNEAU Chloé"):
            assert seen in hand.text
        assert "Rendez-vous : 4" in hand.text
        assert "C000099 · +33 6 39 98 12 01 · Titres d'identité · Mairie principale" in hand.text


@SIZES
async def test_a4_one_is_given_another_slot(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    number = to_reschedule(town)[0].id

    async with opened("to_reschedule", size=size) as hand:
        await hand.press("c")
        assert isinstance(hand.app.screen, PickerDialog)
        await hand.press("enter")
        assert hand.app.screen.query_one(Table).pointed == number, "the cursor stays on its row"
        await hand.press("down")
        assert "BOIS" not in hand.text
    moved = card_of(town, number)
    assert moved.status is AppointmentStatus.PLANNED
    assert f"{moved.starts_at:%d/%m %H:%M}" == "06/04 09:30"


async def test_i3_several_that_are_marked_are_given_other_slots_by_a_plan(opened: Opened, town: Office) -> None:
    async with opened("to_reschedule") as hand:
        await hand.press("space", "space")
        assert "cochés : 2" in hand.text
        await hand.press("c")
        assert isinstance(hand.app.screen, PlanDialog)
        assert len(hand.app.screen.lines) == 2
        await hand.press("ctrl+s")
    assert len(to_reschedule(town)) == 2


@SIZES
async def test_several_are_cancelled_once_it_is_confirmed(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async with opened("to_reschedule", size=size) as hand:
        await hand.press("asterisk", "delete")
        assert isinstance(hand.app.screen, ConfirmDialog)
        await hand.press("escape")
        assert len(to_reschedule(town)) == 4
        await hand.press("delete")
        await hand.click("#yes")
        assert "Aucun rendez-vous à replanifier." in hand.text
    assert to_reschedule(town) == []


async def test_a6_what_is_to_come_has_no_outcome_yet_and_the_screen_says_so(opened: Opened, town: Office) -> None:
    async with opened("to_reschedule", size=SMALL) as hand:
        await hand.press("e")
        assert "(A6)" in hand.told
    assert len(to_reschedule(town)) == 4


@SIZES
async def test_a_row_is_opened_by_key_and_by_mouse(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("to_reschedule", size=size) as hand:
        await hand.press("enter")
        assert isinstance(hand.app.screen, AppointmentDialog)
        await hand.press("escape")
        await hand.click(Table, offset=(6, 2), times=2)
        assert isinstance(hand.app.screen, AppointmentDialog)
        assert "VIGNEAU" in hand.text


async def test_s6_the_list_is_narrowed_by_the_filters_and_the_bar_says_so(opened: Opened, town: Office) -> None:
    types = {view.label: view.id for view in town.run(list_types, town.me)}

    async with opened("to_reschedule") as hand:
        hand.app.shift.filters = replace(hand.app.shift.filters, types=(types["Titres d'identité"],))
        hand.app.screen.reload()
        await hand.settle()
        assert "Type : Titres d'identité" in hand.text
        assert "BOIS" in hand.text
        assert "VIGNEAU" not in hand.text


async def test_what_another_agent_does_leaves_marks_and_cursor_where_they_are(opened: Opened, town: Office) -> None:
    numbers = [card.id for card in to_reschedule(town)]

    async with opened("to_reschedule") as hand:
        table = hand.app.screen.query_one(Table)
        await hand.press("down", "down", "space")
        town.run(appointments.cancel, town.me, appointments=numbers[:1])
        hand.app.screen.reload()
        await hand.settle()
        assert table.marked == {numbers[2]}
        assert table.pointed == numbers[3]
        assert "Rendez-vous : 3" in hand.text


@SIZES
async def test_a6_past_ones_without_slot_then_all_of_them(
    opened: Opened, town: Office, clock: FrozenClock, size: tuple[int, int]
) -> None:
    clock.set("2017-04-07T18:00")
    every = without_status(town, widen=True)
    assert [card.partner.name for card in without_status(town)] == ["BOIS Jules"]

    async with opened("past", size=size) as hand:
        assert "BOIS" in hand.text
        assert "AULAN" not in hand.text
        await hand.press("v")
        assert f"Rendez-vous : {len(every)}" in hand.text
        assert "AULAN" in hand.text
        await hand.click("Press.-mode")
        assert "AULAN" not in hand.text


@pytest.mark.parametrize(("key", "status"), [("e", AppointmentStatus.DONE), ("n", AppointmentStatus.NO_SHOW)])
@SIZES
async def test_a6_a8_one_key_gives_all_the_marked_an_outcome_and_another_takes_it_back(
    opened: Opened, town: Office, clock: FrozenClock, key: str, status: AppointmentStatus, size: tuple[int, int]
) -> None:
    clock.set("2017-04-07T18:00")
    numbers = [card.id for card in without_status(town, widen=True)]

    async with opened("past", size=size) as hand:
        await hand.press("v", "asterisk", key)
        assert {card_of(town, number).status for number in numbers} == {status}
        assert "Tous les rendez-vous passés ont leur statut." in hand.text
        await hand.press("u")
    assert [card.id for card in without_status(town, widen=True)] == numbers


@SIZES
async def test_a6_an_empty_list_does_not_say_that_all_have_an_outcome_when_it_looked_at_some(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    assert without_status(town) == []
    assert without_status(town, widen=True)

    async with opened("past", size=size) as hand:
        assert "Aucun dont le créneau a disparu. v montre tous les passés." in hand.text
        await hand.press("v")
        assert "NGUYEN" in hand.text
