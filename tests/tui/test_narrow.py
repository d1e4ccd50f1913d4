"""What narrow screens leave out, and say that they do: keys, columns, rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.widgets import OptionList

from rdv.i18n import wording
from rdv.tui.base import calendar_page
from rdv.tui.dialogs.help import HelpDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.widgets.keys import Keys, called
from rdv.tui.widgets.table import NARROWEST, Table, share
from tests.tui.conftest import LARGE, SMALL, Opened
from tests.tui.screens.test_slots_page import SIZES


@pytest.mark.parametrize(
    ("room", "shared"),
    [
        (66, [20, 10, 20, 10]),
        (58, [20, 10, 20, 8]),
        (57, [20, 10, 19, 8]),
        (44, [20, 8, 8, 8]),
        (43, [20, 10, 13]),
        (36, [20, 8, 8]),
        (35, [20, 10]),
        (27, [20]),
        (12, [12]),
        (5, [8]),
    ],
)
def test_the_last_columns_give_first_then_go_and_the_first_one_is_the_last_to_give(
    room: int, shared: Sequence[int]
) -> None:
    assert NARROWEST == 8
    assert share([20, 10, 20, 10], room, spared=1) == shared


def test_columns_that_are_narrow_already_stay_as_they_are() -> None:
    assert share([20, 3, 12], 32, spared=1) == [20, 3, 9]
    assert share([20, 3, 12], 38, spared=1, around=2) == [20, 3, 9]
    assert share([], 10) == []


def test_a_moment_in_a_list_has_its_year_where_it_is_another(speaks_french: None) -> None:
    now = datetime(2017, 4, 4, 16, 35, tzinfo=UTC)
    assert wording.short_moment(datetime(2017, 4, 7, 11, tzinfo=UTC), now) == "ven. 07/04 11:00"
    assert wording.short_moment(datetime(2018, 1, 5, 9, 30, tzinfo=UTC), now) == "ven. 05/01/2018 09:30"


@pytest.mark.parametrize("entry", ["today", "slots", "planned", "to_reschedule", "partners", "counters"])
async def test_a_list_fits_in_the_smallest_screen(opened: Opened, entry: str) -> None:
    async with opened(entry, size=SMALL) as hand:
        await hand.press({"planned": "l", "slots": "l", "partners": "escape"}.get(entry, "home"))
        table = hand.app.screen.query(Table).first()
        assert table.keys
        assert not table.show_horizontal_scrollbar
        assert table.virtual_size.width <= SMALL[0]
        narrow, pointed = len(table.ordered_columns), table.pointed
        await hand.pilot.resize_terminal(*LARGE)
        await hand.settle()
        assert len(table.ordered_columns) >= narrow
        assert len(table.ordered_columns) == len(table.heads) + table.markable
        assert table.pointed == pointed
        assert table.ordered_columns[-1].width >= table.ordered_columns[-1].label.cell_len
        assert "…" not in hand.text.splitlines()[10]


@SIZES
@pytest.mark.parametrize("entry", ["slots", "planned", "to_reschedule", "past", "counters", "today"])
async def test_the_keys_on_the_last_line_are_whole_and_the_help_is_always_there(
    opened: Opened, entry: str, size: tuple[int, int]
) -> None:
    async with opened(entry, size=size) as hand:
        keys = hand.app.screen.query_one(Keys)
        last = hand.text.splitlines()[-1]
        assert last == " ".join(f"{key.name} {key.text}".strip() for key in keys.shown)
        assert last.endswith("? Aide")
        left_out = {key.name for key in keys._every()} - {key.name for key in keys.shown}
        assert ("… ? Aide" in last) == bool(left_out)
        assert {",", "."} & left_out in (set(), {",", "."}), "back and forth are seen together"


async def test_what_a_page_is_for_comes_before_what_every_page_can(opened: Opened) -> None:
    async with opened() as hand:
        last = hand.text.splitlines()[-1]
        places = [last.index(key) for key in ("⏎ Ouvrir", "a Attribuer", "s Suspendre", "t Aujourd'hui", "f Filtrer")]
        assert places == sorted(places)
        await hand.press("l")
        assert "x Libérer" in hand.text


async def test_keys_are_called_as_on_a_french_keyboard(opened: Opened) -> None:
    assert called("a") == "a"
    assert called("ctrl+p") == "^p"

    async with opened("to_reschedule") as hand:
        assert "espace Cocher" in hand.text
        assert [called(key) for key in ("delete", "escape", "question_mark")] == ["suppr", "échap", "?"]


async def test_the_help_tells_of_arrows_and_mouse(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.press("question_mark")
        assert isinstance(hand.app.screen, HelpDialog)
        told = "\n".join(str(line.prompt) for line in hand.app.screen.query_one(OptionList).options)
        for seen in ("maj ↑ ↓ ← →", "double clic", "glisser"):
            assert seen in told


async def test_i1_whom_a_change_touches_is_said_whole(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("s")
        assert isinstance(hand.app.screen, ImpactDialog)
        inside = [line.split("│")[1] for line in hand.text.splitlines() if line.count("│") == 2]
        words = " ".join(" ".join(inside).split())
        assert "À replanifier : 1 · passés sans statut : 0 · pré-réservations annulées : 0" in words
        assert "jeu. 06/04 09:00 BOIS Jules" in words and "à replanifier" in words


async def test_the_palette_says_that_it_finds_nothing(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.press("ctrl+p")
        await hand.type("xyzzy")
        await hand.until(lambda: "Aucune action ne porte ce nom." in hand.text)
        assert "No matches" not in hand.text
        await hand.press("enter")
        assert not isinstance(hand.app.screen, CommandPalette)


async def test_a_list_that_is_cut_says_how_much_it_shows(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_page, "MOST", 20)

    async with opened(size=SMALL) as hand:
        page: Any = hand.app.screen
        await hand.press("l")
        assert len(hand.app.screen.query_one(Table).keys) == 20
        assert f"20 premiers sur {len(page.found)}" in hand.text, hand.text.splitlines()[3]
        await hand.press("w")
        assert "Semaine 14" in hand.text
