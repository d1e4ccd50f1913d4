"""« Créneaux » by the mouse alone: a drag, the buttons of a slot, undoing, the month (S2, S6, I1)."""

from datetime import date

from textual.widgets import OptionList

from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.terms import AppointmentStatus, SlotStatus
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.dialogs.slot import SlotDialog
from rdv.tui.dialogs.words import DateDialog
from tests.tui.clicks import click_action, click_bar, click_day, click_option, click_slot, drag, write
from tests.tui.conftest import Opened
from tests.tui.screens.test_slots_page import SIZES, slot

G1 = "Guichet 1"


def statuses(town: Office, day: str, *hours: str) -> list[SlotStatus]:
    """How some slots of a day stand, as the engine sees them."""
    return [slot(town, f"{day}T{hour}").status for hour in hours]


@SIZES
async def test_s2_slots_that_are_dragged_over_are_reserved_then_undone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    hours = ("10:00", "10:30", "11:00", "11:30")

    async with opened(size=size) as hand:
        await hand.narrow(G1)
        await drag(hand, G1, "2017-04-05T10:00", "2017-04-05T11:00")
        await click_action(hand, "Réserver")
        assert statuses(town, "2017-04-05", *hours) == [SlotStatus.RESERVED] * 3 + [SlotStatus.FREE]
        await click_action(hand, "Défaire")
        assert statuses(town, "2017-04-05", *hours) == [SlotStatus.FREE] * 4
        await drag(hand, G1, "2017-04-05T11:00", "2017-04-05T10:30")
        await click_action(hand, "Suspendre")
    kept = [SlotStatus.SUSPENDED] * 2
    assert statuses(town, "2017-04-05", *hours) == [SlotStatus.FREE, *kept, SlotStatus.FREE]


@SIZES
async def test_i1_s4_a_drag_over_an_appointment_shows_whom_it_touches_and_freeing_gives_the_slot_back(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    number = slot(town, "2017-04-06T09:00").appointment_id
    assert number is not None
    hours = ("09:00", "09:30", "10:00")

    def status() -> AppointmentStatus:
        return town.run(appointments.show_appointment, town.me, appointment=number).card.status

    async with opened(size=size) as hand:
        await hand.narrow(G1)
        await drag(hand, G1, "2017-04-06T09:00", "2017-04-06T10:00")
        await click_action(hand, "Suspendre")
        assert isinstance(hand.app.screen, ImpactDialog) and "BOIS Jules" in hand.text
        await hand.click("#close")
        assert SlotStatus.SUSPENDED not in statuses(town, "2017-04-06", *hours)
        await click_action(hand, "Suspendre")
        await hand.click("#go")
        assert statuses(town, "2017-04-06", *hours) == [SlotStatus.SUSPENDED] * 3
        assert status() is AppointmentStatus.TO_RESCHEDULE
        await drag(hand, G1, "2017-04-06T09:00", "2017-04-06T10:00")
        await click_action(hand, "Libérer")
        assert isinstance(hand.app.screen, ImpactDialog) and "BOIS Jules" in hand.text
        await hand.click("#restore")
    assert status() is AppointmentStatus.PLANNED
    assert statuses(town, "2017-04-06", *hours) == [SlotStatus.BOOKED, SlotStatus.FREE, SlotStatus.FREE]


@SIZES
async def test_s2_the_buttons_of_a_slot_do_all_that_its_keys_do(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    start = "2017-04-05T10:00"

    async with opened(size=size) as hand:
        await hand.narrow(G1)
        for button, status in (
            ("#suspend", SlotStatus.SUSPENDED), ("#release", SlotStatus.FREE),
            ("#reserve", SlotStatus.RESERVED), ("#release", SlotStatus.FREE),
        ):  # fmt: skip
            await click_slot(hand, G1, start, times=2)
            assert isinstance(hand.app.screen, SlotDialog)
            await hand.click(button)
            assert slot(town, start).status is status
        await click_slot(hand, G1, start, times=2)
        await hand.click("#close")
        assert hand.app.opened == "slots" and not isinstance(hand.app.screen, SlotDialog)


@SIZES
async def test_a3_a_known_partner_is_taken_from_the_offers_by_a_click(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        await hand.narrow(G1)
        await click_slot(hand, G1, "2017-04-05T10:00")
        await click_action(hand, "Attribuer")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.type("vigneau")
        offers = hand.app.screen.query_one("#partner OptionList", OptionList)
        await click_option(hand, offers, str(offers.options[0].prompt))
        assert "Fiche C000098" in hand.text
        await write(hand, "comment", "Poussette")
        await hand.click("#assign")
    number = slot(town, "2017-04-05T10:00").appointment_id
    card = town.run(appointments.show_appointment, town.me, appointment=number).card
    assert (card.partner.code, card.comment) == ("C000098", "Poussette")


@SIZES
async def test_s6_a_date_is_gone_to_by_the_month_or_by_a_click_on_the_period(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        await click_bar(hand, "month")
        await click_bar(hand, "forward")
        await click_bar(hand, "forward")
        await click_day(hand, date(2017, 6, 15), times=2)
        assert hand.app.pages["slots"].mode == "day"
        assert "jeudi 15 juin 2017" in hand.text
        await click_bar(hand, "date")
        assert isinstance(hand.app.screen, DateDialog)
        await write(hand, "day", "02/05/2017")
        await hand.click("#go")
        assert "mardi 2 mai 2017" in hand.text
        await click_bar(hand, "today")
        assert hand.app.shift.day == date(2017, 4, 4)
