"""« Créneaux »: what stands there, and what can be done to it (S2–S6, A3, I1)."""

import pytest
from textual.widgets import Button

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.views.slots import SlotView
from rdv.terms import AppointmentList, AppointmentStatus, SlotStatus
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.dialogs.slot import SlotDialog
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.keys import Keys
from tests.tui.conftest import LARGE, SMALL, USUAL, Opened, at

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])


def slot(town: Office, start: str, counter: str = "Guichet 1") -> SlotView:
    """A slot as the engine sees it."""
    found = town.run(slots.list_slots, town.me, first=at(start[:10]), days=1, counters=[counter])
    return next(one for one in found if one.starts_at.isoformat().startswith(start))


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE], ids=["80x24", "120x40", "200x60"])
async def test_s6_the_week_of_the_manual_with_its_days_times_and_signs(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        for seen in ("lun. 03/04", "mar. 04/04", "mer. 05/04", "jeu. 06/04", "ven. 07/04", "▶16:35", "09:00"):
            assert seen in hand.text
        assert "● BOIS" in hand.text
        assert "◆ réservé" in hand.text
        assert "Semaine 14" in hand.text


async def test_s6_day_week_month_and_list_are_one_key_or_one_click_away(opened: Opened) -> None:
    async with opened() as hand:
        await hand.narrow("Guichet 1")
        await hand.press("d")
        assert "mardi 4 avril 2017" in hand.text
        await hand.press("full_stop")
        assert "mercredi 5 avril 2017" in hand.text
        await hand.press("m")
        assert "avril 2017" in hand.text
        assert "libres" in hand.text
        await hand.press("l")
        assert "Attribué à" in hand.text
        await hand.click(next(p for p in hand.app.screen.query(Press) if p.name == "week"))
        await hand.press("comma", "comma")
        assert "20–26 mars 2017" in hand.text
        await hand.press("t")
        assert "Semaine 14" in hand.text


@pytest.mark.parametrize(("entry", "keys"), [("slots", "asrx"), ("planned", "cen")])
async def test_s6_a_month_counts_and_nothing_hidden_behind_it_is_changed(
    opened: Opened, town: Office, entry: str, keys: str
) -> None:
    def changes() -> int:
        return len(town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL))

    before = changes()
    free = slot(town, "2017-04-05T10:00").status

    async with opened(entry) as hand:
        await hand.narrow("Guichet 1")
        if entry == "slots":
            await hand.point("Guichet 1", "2017-04-05T10:00")
        await hand.press("m")
        page = hand.app.screen
        assert not {key.name for key in page.query_one(Keys)._every()} & set(keys)
        await hand.press(*keys)
        assert hand.app.screen is page
        await hand.press("w")
        assert set(keys) <= {key.name for key in page.query_one(Keys)._every()}
    assert (changes(), slot(town, "2017-04-05T10:00").status) == (before, free)


async def test_s6_any_date_can_be_gone_to_and_a_slip_is_told_in_the_dialog(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.press("g")
        await hand.type("31/02/2017")
        await hand.press("enter")
        assert "31/02/2017" in hand.told
        await hand.press(*["backspace"] * 10)
        await hand.type("01/06/2017")
        await hand.press("enter")
        assert "29 mai" in hand.text


@SIZES
async def test_s6_filters_narrow_to_a_place_with_the_keyboard(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.press("f", "tab", "down", "space", "ctrl+s")
        assert "Lieu : Mairie principale" in hand.text
        assert "Citoyenne" not in hand.text


@SIZES
async def test_a3_a_double_click_opens_a_slot_which_is_then_assigned(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T09:30")
        calendar = hand.app.screen.query_one(Calendar)
        region = calendar._region(*calendar._pointer.place)
        spot = (region.x + 2 - calendar.scroll_offset.x, region.y - calendar.scroll_offset.y)
        await hand.click(calendar, offset=spot, times=2)
        assert isinstance(hand.app.screen, SlotDialog)
        assert "mercredi 5 avril 2017" in hand.text
        await hand.click("#assign")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.type("DURAND Lea")
        await hand.press("enter")
        await hand.type("0639981205")
        await hand.press("enter", "enter")
        await hand.type("guichet calme")
        await hand.press("enter")
        assert "DURAND" in hand.text
    card = town.run(
        appointments.show_appointment, town.me, appointment=slot(town, "2017-04-05T09:30").appointment_id
    ).card
    assert (card.partner.name, card.partner.phone, card.comment) == ("DURAND Lea", "+33639981205", "guichet calme")


async def test_a3_a_known_partner_is_completed_whatever_the_accents(opened: Opened, town: Office) -> None:
    async with opened(size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await hand.press("a")
        await hand.type("chloe vig")
        assert "VIGNEAU Chloé · C000098" in hand.text
        await hand.type("x")
        assert "une nouvelle fiche sera créée" in hand.text
        await hand.press("backspace")
        assert "nouvelle fiche" not in hand.text
        await hand.press("down", "enter")
        assert "Fiche C000098" in hand.text
        await hand.press("ctrl+s")
    assert slot(town, "2017-04-05T10:00").partners == ("VIGNEAU Chloé",)


@SIZES
async def test_s2_a_range_is_reserved_then_released_and_undone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    def statuses() -> list[SlotStatus]:
        return [slot(town, f"2017-04-05T{hour}").status for hour in ("10:00", "10:30", "11:00", "11:30")]

    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await hand.press("shift+down", "shift+down", "r")
        assert statuses() == [SlotStatus.RESERVED] * 3 + [SlotStatus.FREE]
        await hand.press("u")
        assert statuses() == [SlotStatus.FREE] * 4


async def test_s2_a_drag_selects_and_suspends(opened: Opened, town: Office) -> None:
    async with opened() as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        calendar = hand.app.screen.query_one(Calendar)
        region = calendar._region(*calendar._pointer.place)
        tall = calendar.cell.height
        await hand.pilot.mouse_down(calendar, offset=(region.x + 2, region.y))
        await hand.pilot.hover(calendar, offset=(region.x + 2, region.y + tall))
        await hand.pilot.mouse_up(calendar, offset=(region.x + 2, region.y + tall))
        await hand.press("s")
    assert [slot(town, f"2017-04-05T{hour}").status for hour in ("10:00", "10:30", "11:00")] == [
        SlotStatus.SUSPENDED, SlotStatus.SUSPENDED, SlotStatus.FREE,
    ]  # fmt: skip


@SIZES
async def test_i1_s4_suspending_a_booked_slot_shows_whom_it_touches_first(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    number = slot(town, "2017-04-06T09:00").appointment_id
    assert number is not None
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("s")
        assert isinstance(hand.app.screen, ImpactDialog)
        assert "BOIS Jules" in hand.text
        await hand.press("escape")
        assert slot(town, "2017-04-06T09:00").status is SlotStatus.BOOKED
        await hand.press("s", "ctrl+s")
        assert slot(town, "2017-04-06T09:00").status is SlotStatus.SUSPENDED
        assert town.run(appointments.show_appointment, town.me, appointment=number).card.status is (
            AppointmentStatus.TO_RESCHEDULE
        )
        await hand.press("u")
    assert slot(town, "2017-04-06T09:00").appointment_id == number


async def test_s5_who_was_faster_is_told_and_the_nearest_free_slot_is_offered(opened: Opened, town: Office) -> None:
    async with opened(size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T09:30")
        await hand.press("a")
        await hand.type("DURAND Lea")
        town.run(
            appointments.assign, town.me, counter="Guichet 1", start=at("2017-04-05T09:30"), partner="Quelqu'un d'autre"
        )
        await hand.press("ctrl+s")
        assert "root" in hand.told
        button = hand.app.screen.query_one("#instead", Button)
        assert str(button.label).startswith("Prendre Guichet 1, mer. 5 avr. 2017")
        await hand.press("enter")
    near = [slot(town, f"2017-04-05T{hour}") for hour in ("09:00", "10:00")]
    assert "DURAND Lea" in [name for one in near for name in one.partners]


async def test_live_what_another_does_appears_and_what_is_typed_stays(opened: Opened, town: Office) -> None:
    async with opened() as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T11:00")
        town.run(appointments.assign, town.me, counter="Guichet 1", start=at("2017-04-05T10:00"), partner="MARTIN Zoe")
        await hand.until(lambda: "MARTIN" in hand.text)
        pointed = hand.app.screen.query_one(Calendar).pointed
        assert pointed is not None
        assert pointed.start.isoformat().startswith("2017-04-05T11:00")
