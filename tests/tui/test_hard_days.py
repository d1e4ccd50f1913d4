"""Two screens for one slot, a database that is locked, a PostgreSQL that is restarted: said, and nothing is lost."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from textual.widgets import Input

from rdv.engine.booking import slots
from rdv.engine.office import Office
from rdv.engine.town.apply import apply_town
from rdv.terms import SlotStatus
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.widgets.calendar import Calendar
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases
from tests.towns import declared, example
from tests.tui.conftest import SMALL, USUAL, Hand, Opened, at


def takers(town: Office, start: str) -> tuple[str, ...]:
    """Who has the slot of Guichet 1."""
    found = town.run(slots.list_slots, town.me, first=at(start[:10]), days=1, counters=["Guichet 1"])
    return next(one.partners for one in found if one.starts_at.isoformat().startswith(start))


async def ready(hand: Hand, name: str, start: str = "2017-04-05T09:30") -> None:
    """The form for a slot of Guichet 1 is filled in and waits for its key."""
    await hand.narrow("Guichet 1")
    await hand.point("Guichet 1", start)
    await hand.press("a")
    await hand.type(name)


async def test_s5_of_two_screens_that_want_one_slot_one_wins_and_the_other_is_told(
    opened: Opened, town: Office
) -> None:
    async with opened("slots", size=USUAL) as one, opened("slots", size=SMALL) as other:
        await ready(one, "ABEL Ana")
        await ready(other, "BERG Ben")
        await asyncio.gather(one.pilot.press("ctrl+s"), other.pilot.press("ctrl+s"))
        await one.until(lambda: all(not w.is_running or w.group != "assign" for w in one.app.workers))
        await other.until(lambda: all(not w.is_running or w.group != "assign" for w in other.app.workers))
        await one.settle()
        await other.settle()
        still_asking = [hand for hand in (one, other) if isinstance(hand.app.screen, AssignDialog)]
        assert len(still_asking) == 1
        assert still_asking[0].told
        assert still_asking[0].app.screen.query_one("#instead").display
    assert len(takers(town, "2017-04-05T09:30")) == 1


async def test_a_locked_database_is_said_and_the_form_keeps_what_was_typed(opened: Opened, town: Office) -> None:
    town.database.busy_seconds = 0.2
    town.database.close()

    async with opened("slots", size=SMALL) as hand:
        await ready(hand, "DURAND Lea")
        lock = sqlite3.connect(town.database.file or "", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        await hand.press("ctrl+s")
        await hand.until(lambda: bool(hand.told))
        assert hand.app.screen.query_one("#partner Input", Input).value == "DURAND Lea"
        lock.execute("ROLLBACK")
        lock.close()
        await hand.press("ctrl+s")
        await hand.until(lambda: not isinstance(hand.app.screen, AssignDialog))
    assert takers(town, "2017-04-05T09:30") == ("DURAND Lea",)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Databases]:
    """A PostgreSQL that this test alone uses, and may stop."""
    with ExitStack() as closing:
        yield Databases(tmp_path, closing)


async def test_a_postgresql_that_is_restarted_is_waited_for_and_what_is_typed_stays(
    own_server: Databases, opened: Opened, clock: FrozenClock
) -> None:
    own_server.admin("SELECT 1")
    with own_server.fresh("postgresql") as database:
        town = office_on(database, clock)
        town.run(apply_town, town.me, town=declared(example("mairie")))
        town.settings = town.settings.model_copy(update={"sign_in": "system"})

        async with opened("slots", size=USUAL, office=town) as hand:
            await ready(hand, "DURAND Lea")
            own_server.admin.__self__.close()  # type: ignore[attr-defined]
            await asyncio.to_thread(own_server.server.stop)
            await hand.pilot.press("ctrl+s")
            await hand.until(lambda: bool(hand.told))
            assert hand.app.screen.query_one("#partner Input", Input).value == "DURAND Lea"
            await asyncio.to_thread(own_server.server.start)
            await hand.press("ctrl+s")
            await hand.until(lambda: not isinstance(hand.app.screen, AssignDialog))
            await hand.settle()
            block = hand.app.screen.query_one(Calendar).pointed
            assert block is not None
            assert block.items[0].status is SlotStatus.BOOKED
            await hand.press("d", "full_stop")
            await asyncio.to_thread(own_server.server.stop)
            await hand.pilot.press("t")
            await hand.until(lambda: "Nouvel essai" in hand.text)
            await asyncio.to_thread(own_server.server.start)
            await hand.until(lambda: "mardi 4 avril" in hand.text and "Nouvel essai" not in hand.text)
        assert takers(town, "2017-04-05T09:30") == ("DURAND Lea",)
        del own_server.admin
