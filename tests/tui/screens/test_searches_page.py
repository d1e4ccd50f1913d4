"""« Recherches »: a list with its filters kept under a name, and run where it was saved (Q1, Q2)."""

from textual.widgets import ContentSwitcher, Input

from rdv.engine.booking import searches
from rdv.engine.office import Office
from rdv.terms import Visibility
from rdv.tui.dialogs.searches import SaveSearchDialog
from rdv.tui.screens.planned import PlannedPage
from rdv.tui.widgets.table import Table
from tests.tui.conftest import SMALL, Hand, Opened


async def save(hand: Hand, name: str) -> None:
    """Saves the list that is shown under a name, for oneself."""
    await hand.press("l", "k")
    assert isinstance(hand.app.screen, SaveSearchDialog)
    field = hand.app.screen.query_one("#name", Input)
    field.focus()
    await hand.press("end", *["backspace"] * len(field.value))
    await hand.type(name)
    await hand.press("ctrl+s")


async def test_q1_the_filters_of_a_list_are_kept_under_a_name(opened: Opened, town: Office) -> None:
    async with opened("planned") as hand:
        await hand.narrow("Guichet 1")
        await save(hand, "Guichet un")
    kept = town.run(searches.list_searches, town.me)
    assert [(view.label, view.visibility) for view in kept] == [("Guichet un", Visibility.PERSONAL)]
    assert "Guichet 1" in str(kept[0].filters)


async def test_q2_a_search_runs_by_its_name_in_list_mode_where_it_was_saved(opened: Opened, town: Office) -> None:
    async with opened("planned", size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await save(hand, "Guichet un")
        await hand.press("8")
        assert len(hand.app.screen.query_one(Table).keys) == 1
        await hand.press("enter")
        assert isinstance(hand.app.screen, PlannedPage)
        assert hand.app.screen.query_one(ContentSwitcher).current == "list"
        assert "BOIS Jules" in hand.text
        assert "NGUYEN" not in hand.text
        await hand.press("escape")


async def test_q1_ones_own_search_is_removed(opened: Opened, town: Office) -> None:
    async with opened("planned") as hand:
        await save(hand, "Guichet un")
        await hand.press("8")
        assert len(hand.app.screen.query_one(Table).keys) == 1
        await hand.press("delete")
        if town.run(searches.list_searches, town.me):
            await hand.click("#yes")
    assert town.run(searches.list_searches, town.me) == []
