"""« Rendez-vous planifiés »: the calendar, the detail, what can be done there (A2, A4, A6, A7)."""

import pytest

from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, AppointmentStatus
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.picker import PickerDialog
from tests.tui.conftest import SMALL, Opened
from tests.tui.screens.test_slots_page import SIZES


def of(town: Office, name: str) -> AppointmentCard:
    """The appointment to come of a partner."""
    found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL)
    return next(card for card in found if card.partner.name == name and f"{card.starts_at:%Y-%m}" == "2017-04")


@SIZES
async def test_a2_the_manuals_week_of_appointments(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("planned", size=size) as hand:
        await hand.narrow("Guichet 1")
        assert "● BOIS Jules" in hand.text
        assert "● AULAN Gilles"[: 9 if size == SMALL else 20] in hand.text
        assert "jeu. 06/04" in hand.text


@SIZES
async def test_a4_the_slot_is_changed_from_the_detail_nearest_first_and_undone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    before = of(town, "BOIS Jules").starts_at

    async with opened("planned", size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("enter")
        assert isinstance(hand.app.screen, AppointmentDialog)
        for seen in ("jeudi 6 avril 2017", "03/04/2017 16:01:19", "BOIS Jules (C000099)"):
            assert seen in hand.text
        await hand.click("#move")
        assert isinstance(hand.app.screen, PickerDialog)
        assert "jeu. 6 avr. 2017 09:30" in hand.text
        await hand.press("enter", "escape")
        assert f"{of(town, 'BOIS Jules').starts_at:%d %H:%M}" == "06 09:30"
        await hand.press("u")
    assert of(town, "BOIS Jules").starts_at == before


async def test_a4_another_day_can_be_asked_of_the_picker(opened: Opened, town: Office) -> None:
    async with opened("planned", size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("c")
        await hand.click("#day")
        await hand.type("18/04/2017")
        await hand.press("enter", "enter")
    assert f"{of(town, 'BOIS Jules').starts_at:%d/%m}" in ("17/04", "18/04")


@SIZES
async def test_a_cancellation_is_asked_first_and_can_be_undone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("planned", size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("delete")
        assert isinstance(hand.app.screen, ConfirmDialog)
        await hand.press("escape")
        assert of(town, "BOIS Jules").status is AppointmentStatus.PLANNED
        await hand.press("delete")
        await hand.click("#yes")
        assert of(town, "BOIS Jules").status is AppointmentStatus.CANCELLED
        assert "BOIS" not in hand.text.split("ven. 07/04")[0]
        await hand.press("u")
        assert of(town, "BOIS Jules").status is AppointmentStatus.PLANNED
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("delete", "right", "left", "down", "enter")  # from button to button with the arrows
        assert of(town, "BOIS Jules").status is AppointmentStatus.CANCELLED
        await hand.press("u")
    assert of(town, "BOIS Jules").status is AppointmentStatus.PLANNED


async def test_a6_done_and_no_show_are_one_key_and_too_early_is_told(opened: Opened, town: Office) -> None:
    async with opened("planned") as hand:
        await hand.point("Citoyenneté", "2017-04-04T09:30")
        await hand.press("n")
        assert of(town, "NGUYEN Linh").status is AppointmentStatus.NO_SHOW
        await hand.press("e")
        assert of(town, "NGUYEN Linh").status is AppointmentStatus.DONE
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("e")
        assert "A6" in hand.told
        assert of(town, "BOIS Jules").status is AppointmentStatus.PLANNED


async def test_a6_several_are_marked_in_the_list_and_concluded_together(opened: Opened, town: Office) -> None:
    async with opened("planned") as hand:
        await hand.press("l", "space", "space", "e")
    done = [card for card in town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL)
            if card.status is AppointmentStatus.DONE and f"{card.starts_at:%m}" == "04"]  # fmt: skip
    assert len(done) == 2


@pytest.mark.parametrize("key", ["f"])
async def test_a7_the_partners_file_opens_from_the_detail(opened: Opened, key: str) -> None:
    async with opened("planned", size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("enter", key)
        assert "BOIS Jules (C000099)" in hand.text
        assert "Titres d'identité (" in hand.text
        await hand.press("escape", "escape")
