"""« Créneaux »: what stands there, and what can be done to it (S2–S6, A3)."""

import asyncio

from rdv.engine import slots
from rdv.engine.office import Office
from tests.tui.conftest import Opened, at


def test_s6_the_week_shows_the_manuals_appointments(opened: Opened) -> None:
    async def walk() -> None:
        async with opened("planned") as hand:
            assert "BOIS" in hand.text

    asyncio.run(walk())


def test_a3_a_free_slot_is_assigned_from_its_detail(opened: Opened, town: Office) -> None:
    async def walk() -> None:
        async with opened("slots") as hand:
            await hand.press("right", "right", "down", "enter", "a")
            await hand.type("DURAND Lea")
            await hand.press("ctrl+s")
            assert "DURAND" in hand.text, hand.told

    asyncio.run(walk())
    found = town.run(slots.list_slots, town.me, first=at("2017-04-03"), days=7)
    assert any("DURAND Lea" in slot.partners for slot in found)
