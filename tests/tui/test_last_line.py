"""The last line and the help by the mouse: every key can be clicked, also where there is no room for it."""

from types import SimpleNamespace

import pytest
from textual.binding import Binding
from textual.widgets import Input, OptionList

from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.terms import AppointmentList, AppointmentStatus
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.help import HelpDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.widgets.keys import MORE, TURN, Key, Keys, fitting
from tests.tui.clicks import click_bar, click_key, click_option, click_row, open_help
from tests.tui.conftest import SMALL, Opened
from tests.tui.screens.test_slots_page import SIZES


def key(name: str, text: str, *, group: Binding.Group | None = None) -> Key:
    return Key(name, text, SimpleNamespace(binding=Binding(name, text, text, group=group)))


def names(room: int, *keys: Key) -> str:
    """What stands in so many cells, by the names of the keys."""
    return " ".join(one.name for one in fitting(keys, room))


def test_as_many_keys_as_there_is_room_for_and_a_sign_that_there_are_more() -> None:
    keys = [key("a", "xx"), key("b", "yy"), key("?", "zz")]
    assert names(14, *keys) == "a b ?"
    assert names(13, *keys) == "a … ?", "« a xx … ? zz » is 11 cells wide"
    assert names(11, *keys) == "a … ?"
    assert names(10, *keys) == "… ?"
    assert names(80) == ""


def test_back_and_forth_are_seen_together_or_not_at_all() -> None:
    keys = [key("a", "xx"), key(",", "‹", group=TURN), key(".", "›", group=TURN), key("?", "zz")]
    assert names(17, *keys) == "a , . ?"
    assert names(16, *keys) == "a … ?"


@SIZES
async def test_the_help_is_opened_by_a_click_and_closed_by_one(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("to_reschedule", size=size) as hand:
        page = hand.app.screen
        await open_help(hand)
        await hand.click("#close")
        assert hand.app.screen is page
        keys = page.query_one(Keys)
        if keys.shown[-2].name == MORE:
            await click_key(hand, MORE)
            assert isinstance(hand.app.screen, HelpDialog)


@SIZES
async def test_a4_what_has_no_room_on_the_last_line_is_done_by_a_click_in_the_help(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    def waiting() -> list[int]:
        found = town.run(appointments.list_appointments, town.me, view=AppointmentList.TO_RESCHEDULE)
        return [card.id for card in found]

    before = waiting()

    async with opened("to_reschedule", size=size) as hand:
        await click_row(hand, "VIGNEAU")
        await open_help(hand)
        await click_option(hand, hand.app.screen.query_one(OptionList), "Annuler le RDV")
        assert isinstance(hand.app.screen, ConfirmDialog)
        assert "VIGNEAU Chloé" in hand.text
        await hand.click("#yes")
    (gone,) = set(before) - set(waiting())
    card = town.run(appointments.show_appointment, town.me, appointment=gone).card
    assert card.status is AppointmentStatus.CANCELLED


@SIZES
async def test_the_arrows_and_enter_do_it_as_well(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.press("f1", "down", "down", "up", "enter")
        assert isinstance(hand.app.screen, AssignDialog), "the second line of the slots"


@pytest.mark.parametrize("said", ["Menu", "glisser", "suspendu"])
async def test_a_line_that_only_tells_does_nothing(opened: Opened, said: str) -> None:
    async with opened(size=SMALL) as hand:
        await open_help(hand)
        options = hand.app.screen.query_one(OptionList)
        line = next(str(option.prompt) for option in options.options if said in str(option.prompt))
        await click_option(hand, options, line)
        assert isinstance(hand.app.screen, HelpDialog)
        await hand.press("f1")
        assert not isinstance(hand.app.screen, HelpDialog)


@SIZES
async def test_a_dialog_has_its_own_help_which_goes_back_to_it(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await hand.press("a")
        await hand.type("LEGRAND?")
        dialog = hand.app.screen
        await open_help(hand)
        await hand.press("escape")
        assert hand.app.screen is dialog
        await open_help(hand)
        await click_option(hand, hand.app.screen.query_one(OptionList), "Fermer")
        assert not isinstance(hand.app.screen, AssignDialog | HelpDialog)


@SIZES
async def test_a7_where_one_types_letters_are_no_keys_and_a_click_does_it(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened("partners", size=size) as hand:
        assert hand.app.focused is hand.app.screen.query_one("#search")
        await hand.type("legrand?")
        shown = {key.name for key in hand.app.screen.query_one(Keys).shown}
        assert "F1" in shown, "? is a letter there"
        assert not shown & {"n", "?"}
        await click_bar(hand, "add")
        assert isinstance(hand.app.screen, PartnerForm)
        assert hand.app.screen.query_one("#name", Input).value == "legrand?"


async def test_what_is_under_the_mouse_stands_out_and_says_more(opened: Opened) -> None:
    async with opened() as hand:
        keys = hand.app.screen.query_one(Keys)

        def lit() -> str | None:
            return None if keys.under is None else keys.shown[keys.under].name

        await hand.pilot.hover(keys, offset=keys.where(","))
        assert lit() == ","
        assert keys.tooltip == "Période précédente"
        await hand.pilot.hover(keys, offset=(keys.where(",")[0] - 1, 0))
        assert lit() is None, "between two keys there is nothing to click"
        await hand.pilot.hover("Calendar")
        assert lit() is None
