"""Appointments by the mouse alone: moved, cancelled, put to other slots by a plan, taken at the counter (A3–A6, I3)."""

from typing import Any

import pytest
from textual.widgets import Button

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, AppointmentStatus
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.plan import PlanDialog
from rdv.tui.dialogs.walk_in import WalkInDialog
from rdv.tui.widgets.next_up import NextCard
from rdv.tui.widgets.table import Table
from tests.conftest import FrozenClock
from tests.tui.clicks import click_action, click_bar, click_row, click_slot, write
from tests.tui.conftest import Opened, at
from tests.tui.screens.test_slots_page import SIZES, slot

G1 = "Guichet 1"
BOIS = "2017-04-06T09:00"


def card_of(town: Office, number: int | None) -> AppointmentCard:
    return town.run(appointments.show_appointment, town.me, appointment=number).card


def waiting(town: Office) -> list[AppointmentCard]:
    return town.run(appointments.list_appointments, town.me, view=AppointmentList.TO_RESCHEDULE)


@SIZES
async def test_a4_an_appointment_is_moved_through_the_picker_and_taken_back(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    number = slot(town, BOIS).appointment_id
    chosen: list[Any] = []

    async with opened("planned", size=size) as hand:
        await hand.narrow(G1)
        await click_slot(hand, G1, BOIS, times=2)
        assert isinstance(hand.app.screen, AppointmentDialog)
        await hand.click("#move")
        picker = hand.app.screen
        assert isinstance(picker, PickerDialog)
        await write(hand, "day", "12/04/2017 10:00")
        await hand.click("#look")
        chosen.append(picker.free[2])
        await hand.click(Table, offset=(4, 3))
        await hand.click("#pick")
        moved = card_of(town, number)
        assert (moved.counter_id, moved.starts_at) == (chosen[0].counter_id, chosen[0].starts_at)
        await hand.click("#close")
        await click_action(hand, "Défaire")
    assert card_of(town, number).starts_at.isoformat().startswith(BOIS)
    assert str(chosen[0].starts_at.date()) == "2017-04-12"


@SIZES
async def test_a4_an_appointment_is_cancelled_with_a_yes_alone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    number = slot(town, BOIS).appointment_id

    async with opened("planned", size=size) as hand:
        await hand.narrow(G1)
        await click_slot(hand, G1, BOIS)
        await click_action(hand, "Annuler le RDV")
        assert isinstance(hand.app.screen, ConfirmDialog) and "BOIS Jules (jeu. 06/04 09:00) ?" in hand.text
        await hand.click("#close")
        assert card_of(town, number).status is AppointmentStatus.PLANNED
        await click_action(hand, "Annuler le RDV")
        await hand.click("#yes")
        assert card_of(town, number).status is AppointmentStatus.CANCELLED
        await click_action(hand, "Défaire")
        assert card_of(town, number).status is AppointmentStatus.PLANNED
        await click_slot(hand, G1, BOIS, times=2)
        await hand.click("#cancel")
        await hand.click("#yes")
    assert card_of(town, number).status is AppointmentStatus.CANCELLED


@SIZES
async def test_i3_a_plan_is_proposed_edited_and_applied_in_part(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    town.run(slots.suspend, town.me, counter=G1, start=at(BOIS))
    bois, first, second, third = (card.id for card in waiting(town))
    picked: list[Any] = []

    async with opened("to_reschedule", size=size) as hand:
        await click_bar(hand, "plan")
        plan = hand.app.screen
        assert isinstance(plan, PlanDialog)
        apply = plan.query_one("#apply", Button)
        table = plan.query_one(Table)
        await click_row(hand, "BOIS")
        await hand.click("#leave_out")
        assert plan.lines[bois].left_out and str(apply.label) == "Appliquer les 3"
        await hand.click(table, offset=(6, 1 + list(plan.lines).index(second)), times=2)
        picker = hand.app.screen
        assert isinstance(picker, PickerDialog)
        await hand.click(Table, offset=(4, 4))
        picked.append(picker.free[3])
        await hand.click("#pick")
        for number in (first, second):
            await hand.click(table, offset=(1, 1 + list(plan.lines).index(number)))
        assert table.marked == {first, second} and str(apply.label) == "Appliquer les 2 cochés"
        await hand.click("#apply")
        assert list(plan.lines) == [bois, third]
        await hand.click("#close")
    assert [card.id for card in waiting(town)] == [bois, third]
    moved = card_of(town, second)
    assert (moved.status, moved.starts_at) == (AppointmentStatus.PLANNED, picked[0].starts_at)


@SIZES
async def test_a4_rows_are_marked_by_clicks_and_all_of_them_in_the_head(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    numbers = [card.id for card in waiting(town)]

    async with opened("to_reschedule", size=size) as hand:
        table = hand.app.screen.query_one(Table)
        for row in (1, 3):
            await hand.click(table, offset=(1, row))
        assert table.marked == {numbers[0], numbers[2]} and "cochés : 2" in hand.text
        await hand.click(table, offset=(1, 3))
        assert table.marked == {numbers[0]}
        await hand.click(table, offset=(1, 0))
        assert table.marked == set(numbers)
        await hand.click(table, offset=(1, 0))
        assert table.marked == set()
        await hand.click(table, offset=(1, 2))
        await click_action(hand, "Annuler le RDV")
        await hand.click("#yes")
    assert [card.id for card in waiting(town)] == [numbers[0], numbers[2]]


@SIZES
async def test_a3_a9_someone_without_an_appointment_gets_one_and_is_here(
    opened: Opened, town: Office, clock: FrozenClock, size: tuple[int, int]
) -> None:
    clock.set("2017-04-04T14:05")

    async with opened("today", size=size) as hand:
        await click_action(hand, "Sans rendez-vous")
        walk_in = hand.app.screen
        assert isinstance(walk_in, WalkInDialog)
        await click_row(hand, "Titres d'identité", table=walk_in.query_one(Table))
        await hand.click("#pick")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.type("FABRE Nino")
        await hand.click("#assign")
        assert "FABRE Nino" in hand.text
    day = at("2017-04-04")
    found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL, first=day, last=day)
    card = next(card for card in found if card.partner.name == "FABRE Nino")
    assert card.arrived_at is not None and card.type == "Titres d'identité"


@pytest.mark.parametrize(
    ("said", "status"), [("Réalisé", AppointmentStatus.DONE), ("Absent", AppointmentStatus.NO_SHOW)]
)
@SIZES
async def test_a6_a9_who_is_next_is_opened_by_a_click_arrives_and_gets_an_outcome(
    opened: Opened, town: Office, clock: FrozenClock, said: str, status: AppointmentStatus, size: tuple[int, int]
) -> None:
    card = town.run(appointments.assign, town.me, counter=G1, start=at("2017-04-04T16:30"), partner="MOREL Anne")

    async with opened("today", size=size) as hand:
        await hand.click(next(one for one in hand.app.screen.query(NextCard) if one.display), times=2)
        assert isinstance(hand.app.screen, AppointmentDialog) and "MOREL Anne" in hand.text
        await hand.click("#arrived")
        assert card_of(town, card.id).arrived_at is not None
        await hand.click("#close")
        clock.set("2017-04-04T16:50")
        await click_row(hand, "MOREL")
        await click_action(hand, said)
    assert card_of(town, card.id).status is status
