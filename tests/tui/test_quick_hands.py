"""Who types faster than the screen looks up gets what was meant; what an action is called is what it does (A3, A4)."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from rdv.engine.booking import appointments, partners, searches, slots
from rdv.engine.office import REGISTRY, Office
from rdv.terms import AppointmentList
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.plan import PlanDialog
from rdv.tui.dialogs.words import DateDialog
from rdv.tui.screens import appointment_lists
from rdv.tui.widgets.completion import Completion
from rdv.tui.widgets.keys import Keys
from rdv.tui.widgets.table import Table
from tests.tui.conftest import SMALL, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES, slot


async def burst(hand: Hand, *keys: str) -> None:
    """Keys in one go, none of which waits for what the one before did."""
    for key in keys:
        hand.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await hand.settle()


async def begin(hand: Hand) -> None:
    """The form of a free slot, with the cursor in the name."""
    await hand.narrow("Guichet 1")
    await hand.point("Guichet 1", "2017-04-05T10:00")
    await hand.press("a")
    assert isinstance(hand.app.screen, AssignDialog)


@contextmanager
def held_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The search for partners answers only once it may."""
    real, gate = partners.find_partners, threading.Event()

    @functools.wraps(real)
    def waits(*args: Any, **given: Any) -> Any:
        gate.wait(20)
        return real(*args, **given)

    monkeypatch.setattr(partners, "find_partners", waits)
    monkeypatch.setitem(REGISTRY, waits, REGISTRY[real])
    try:
        yield gate
    finally:
        gate.set()


async def test_a3_down_and_enter_in_one_burst_take_the_offer_that_is_seen(opened: Opened, town: Office) -> None:
    async with opened(size=SMALL) as hand:
        await begin(hand)
        await hand.type("chloe vig")
        assert "VIGNEAU Chloé · C000098" in hand.text
        await burst(hand, "down", "enter")
        assert "Fiche C000098" in hand.text
        await hand.press("ctrl+s")
    assert slot(town, "2017-04-05T10:00").partners == ("VIGNEAU Chloé",)


async def test_a3_down_and_enter_wait_for_the_offers_that_are_looked_up_still(
    opened: Opened, town: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as hand:
        await begin(hand)
        with held_back(monkeypatch) as gate:
            await hand.pilot.press(*"chloe", "space", *"vig", "down", "enter")
            assert hand.app.focused is hand.app.screen.query_one("#partner Input"), "nothing is done yet"
            gate.set()
            await hand.until(lambda: "Fiche C000098" in hand.text)
        await hand.press("ctrl+s")
    assert slot(town, "2017-04-05T10:00").partners == ("VIGNEAU Chloé",)


@pytest.mark.parametrize("keys", [("down",), ("down", "enter")], ids=["down", "down-enter"])
async def test_a3_where_nobody_is_found_the_field_stays_as_it_is(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    async with opened(size=SMALL) as hand:
        await begin(hand)
        with held_back(monkeypatch) as gate:
            await hand.pilot.press(*"zzz", *keys)
            gate.set()
            await hand.until(lambda: "une nouvelle fiche sera créée" in hand.text)
        await hand.settle()  # the keys that waited are dropped
        field = hand.app.screen.query_one("#partner Input", Input)
        assert hand.app.focused is field and field.value == "zzz"
        await hand.press("enter")
        assert hand.app.focused is hand.app.screen.query_one("#phone"), "Enter goes on, as ever"


async def test_a3_another_letter_after_down_is_typed_on(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(size=SMALL) as hand:
        await begin(hand)
        with held_back(monkeypatch) as gate:
            await hand.pilot.press(*"chloe", "down", "space", *"vig")
            gate.set()
            await hand.until(lambda: "VIGNEAU Chloé · C000098" in hand.text)
        await hand.settle()
        assert hand.app.screen.query_one(Completion).value == "chloe vig"
        assert hand.app.focused is hand.app.screen.query_one("#partner Input")


@SIZES
async def test_a4_the_picker_says_that_it_chooses_and_its_example_is_today(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened("to_reschedule", size=size) as hand:
        await hand.press("c")
        assert isinstance(hand.app.screen, PickerDialog)
        assert "⏎ Choisir" in hand.text.splitlines()[-1]
        assert "04/04/2017" in hand.app.screen.query_one("#day", Input).placeholder
        await hand.press("escape", "p")
        assert isinstance(hand.app.screen, PlanDialog)
        assert next(key.text for key in hand.app.screen.query_one(Keys).shown) == "Choisir un autre créneau"


async def test_s6_the_example_of_a_date_is_today(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.press("g")
        assert isinstance(hand.app.screen, DateDialog)
        assert "04/04/2017, demain, lundi" in hand.text


@SIZES
async def test_q2_a_saved_search_of_a_list_is_cut_as_the_list_and_says_so(
    opened: Opened, town: Office, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(appointment_lists, "MOST", 2)
    town.run(slots.suspend, town.me, counter="Guichet 1", start=at("2017-04-06T09:00"))
    view = AppointmentList.TO_RESCHEDULE
    waiting = town.run(appointments.list_appointments, town.me, view=view)
    town.run(searches.save_search, town.me, name="Tous", entry="appointments", filters={"view": str(view)})

    async with opened("to_reschedule", size=size) as hand:
        assert len(hand.app.screen.query_one(Table).keys) == 2
        await hand.press("8", "enter")
        assert hand.app.opened == "to_reschedule"
        assert len(hand.app.screen.query_one(Table).keys) == 2
        assert f"Recherche : Tous (2 sur {len(waiting)})" in hand.text
    assert len(waiting) > 2
