"""What is done elsewhere by keys, by clicks alone: the keys on the last line, the bars, the rows (S2, S6, A6, Q2)."""

from collections.abc import Callable
from typing import Any

from textual.widget import Widget
from textual.widgets import Input, SelectionList
from textual.widgets._footer import FooterKey

from rdv.engine import appointments, searches
from rdv.engine.office import Office
from rdv.terms import AppointmentList, AppointmentStatus, SlotStatus
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.screens.planned import PlannedPage
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.table import Table
from tests.tui.conftest import Hand, Opened
from tests.tui.test_searches_page import save
from tests.tui.test_slots_page import SIZES, slot, walk


async def click_key(hand: Hand, key: str) -> None:
    """Clicks a key on the last line."""
    await hand.click(next(one for one in hand.app.screen.query(FooterKey) if one.key_display == key))


async def click_bar(hand: Hand, named: Callable[[Any], bool]) -> None:
    """Clicks a word of a bar."""
    await hand.click(next(one for one in hand.app.screen.query(Press) if named(one)))


async def click_row(hand: Hand, table: Widget, row: int, *, times: int = 1) -> None:
    """Clicks a row of a list."""
    await hand.click(table, offset=(8, 1 + row), times=times)


@SIZES
def test_s2_slots_are_suspended_reserved_and_released(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async def steps(hand: Hand) -> None:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        calendar = hand.app.screen.query_one(Calendar)
        spot = calendar._region(*calendar._pointer.place).offset - calendar.scroll_offset
        await hand.point("Guichet 1", "2017-04-06T10:00")
        await hand.click(calendar, offset=(spot.x + 2, spot.y))
        for key, status in (("s", SlotStatus.SUSPENDED), ("x", SlotStatus.FREE), ("r", SlotStatus.RESERVED)):
            await click_key(hand, key)
            assert slot(town, "2017-04-05T10:00").status is status

    walk(opened, steps, size=size)


@SIZES
def test_s6_the_views_and_the_periods_are_on_a_bar(opened: Opened, size: tuple[int, int]) -> None:
    async def steps(hand: Hand) -> None:
        for mode, seen in (("day", "mardi 4 avril 2017"), ("month", "avril 2017"), ("list", "Attribué à")):
            await click_bar(hand, lambda press, mode=mode: press.name == mode)
            assert seen in hand.text
            assert hand.app.pages["slots"].mode == mode
        await click_bar(hand, lambda press: press.name == "week")
        for way, seen in (("forward", "Semaine 15"), ("back", "Semaine 14"), ("back", "Semaine 13")):
            await click_bar(hand, lambda press, way=way: press.name == way)
            assert seen in hand.text
        await click_bar(hand, lambda press: press.name == "today")
        assert "Semaine 14" in hand.text

    walk(opened, steps, size=size)


@SIZES
def test_s6_the_filter_bar_opens_the_filters(opened: Opened, size: tuple[int, int]) -> None:
    async def steps(hand: Hand) -> None:
        await click_bar(hand, lambda press: "Lieu" in str(press.render()))
        places = hand.app.screen.query(SelectionList)[1]
        await hand.click(places, offset=(5, 1))
        await click_key(hand, "^s")
        assert len(hand.app.shift.filters.places) == 1
        assert "Lieu : Mairie principale" in hand.text

    walk(opened, steps, size=size)


@SIZES
def test_a6_an_outcome_is_given_to_the_row_that_was_clicked(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async def steps(hand: Hand) -> None:
        await hand.click("Press.-mode")
        await click_row(hand, hand.app.screen.query_one(Table), 0)
        await click_key(hand, "e")
        assert not any("NGUYEN" in line for line in hand.text.splitlines()[:6])

    def statuses() -> list[AppointmentStatus]:
        found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL)
        return [card.status for card in found if card.partner.name == "NGUYEN Linh"]

    assert AppointmentStatus.DONE not in statuses()
    walk(opened, steps, entry="past", size=size)
    assert AppointmentStatus.DONE in statuses()


@SIZES
def test_q1_q2_a_search_is_run_by_a_double_click_and_removed_by_clicks(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async def steps(hand: Hand) -> None:
        await hand.narrow("Guichet 1")
        await save(hand, "Guichet un")
        await hand.press("8")
        await click_row(hand, hand.app.screen.query_one(Table), 0, times=2)
        assert isinstance(hand.app.screen, PlannedPage)
        assert "BOIS Jules" in hand.text
        assert "NGUYEN" not in hand.text
        await hand.press("8")
        await click_row(hand, hand.app.screen.query_one(Table), 0)
        await click_key(hand, "suppr")
        await hand.click("#yes")

    walk(opened, steps, entry="planned", size=size)
    assert town.run(searches.list_searches, town.me) == []


@SIZES
def test_a7_a_partner_is_looked_for_and_the_form_opened(opened: Opened, size: tuple[int, int]) -> None:
    async def steps(hand: Hand) -> None:
        await hand.click(hand.app.screen.query(Input).first())
        await hand.type("lefevre")
        await click_row(hand, hand.app.screen.query_one(Table), 0, times=2)
        assert isinstance(hand.app.screen, PartnerDialog)
        assert "LEFÈVRE Zoé (C000104)" in hand.text
        await click_key(hand, "m")
        assert isinstance(hand.app.screen, PartnerForm)

    walk(opened, steps, entry="partners", size=size)
