"""A burst does what the same keys do one at a time: every action of every page, by keys and clicks, as a terminal sends
them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdv.engine.booking import appointments, partners, searches, slots
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.town.apply import apply_town
from rdv.settings import Settings
from rdv.terms import AppointmentList, Right
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases
from tests.towns import declared, example
from tests.tui.conftest import SMALL, USUAL, Opened, at
from tests.tui.keyboard import (
    BOTTOM,
    DELETE,
    DOWN,
    END,
    ENTER,
    ESCAPE,
    HOME,
    LEFT,
    NEW_LINE,
    RIGHT,
    SAVE,
    TOP,
    UP,
    Played,
    clicked,
    play,
)  # fmt: skip

Fresh = Callable[[], Office]

SIZES = {"80x24": SMALL, "120x40": USUAL}


@pytest.fixture(scope="module")
def busy_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A town on 4 April at ten past three, with people today, people who lost their slot, and a saved search."""
    clock = FrozenClock()
    with databases.fresh("sqlite") as database:
        office = office_on(database, clock)
        office.run(apply_town, office.me, town=declared(example("mairie")))
        office.run(agents.set_agent, office.me, agent="root", services=["Action sociale"], rights=tuple(Right))
        clock.set("2017-04-04T13:30")
        for start, name in {"14:00": "AULAN Gilles", "14:30": "MOREL Anne", "15:00": "PETIT Luc"}.items():
            given = {"counter": "Guichet 1", "start": at(f"2017-04-04T{start}"), "partner": name}
            office.run(appointments.assign, office.me, **given)
        office.run(appointments.assign, office.me, counter="Guichet 1", start=at("2017-04-04T16:00"), partner="DUVAL M")
        clock.set("2017-04-04T15:10")
        office.run(slots.suspend, office.me, counter="Guichet 1", start=at("2017-04-06T09:00"))
        view = str(AppointmentList.TO_RESCHEDULE)
        office.run(searches.save_search, office.me, name="Perdus", entry="appointments", filters={"view": view})
        office.run(partners.add_partner, office.me, name="AULAN Giles", phone=None, email=None)
        database.close()
        kept = tmp_path_factory.mktemp("town") / "busy.db"
        shutil.copy(database.file or "", kept)
        yield kept


@contextmanager
def copies(busy_town: Path, databases: Databases, clock: FrozenClock) -> Iterator[Fresh]:
    """Give fresh copies of the town."""
    with ExitStack() as closing:

        def fresh() -> Office:
            database = closing.enter_context(databases.fresh("sqlite", migrated=False))
            shutil.copy(busy_town, database.file or "")
            known = {"agent": "root", "mail_url": "file:unused", "secret": "s", "sign_in": "system"}
            return Office(database, clock, Settings.model_construct(database=str(database.file), **known))

        yield fresh


@pytest.fixture
def fresh(busy_town: Path, databases: Databases, clock: FrozenClock) -> Iterator[Fresh]:
    clock.set("2017-04-04T15:10")
    with copies(busy_town, databases, clock) as made:
        yield made


async def twice(
    opened: Opened, fresh: Fresh, entry: str, keys: list[str], size: tuple[int, int]
) -> tuple[Played, Played]:
    """Play the keys in one read, and those of them that were handled one at a time."""
    at_once = await play(opened, fresh(), entry, ["".join(keys)], size)
    handled = keys[: len(keys) - at_once.dropped]
    return at_once, await play(opened, fresh(), entry, handled, size)


def typed(*parts: str | list[str]) -> list[str]:
    """Return keys: a list is taken as keys, a text letter by letter."""
    return [key for part in parts for key in part]


KEYS: dict[str, tuple[str, list[str], list[str]]] = {
    # today: the cursor begins on PETIT Luc, the line for now comes next
    "outcomes": ("today", typed([TOP], "e", [DOWN], "n", [DOWN], "h", [DOWN], "e"), ["done", "no_show", "arrived"]),
    "undo": ("today", typed([TOP], "e", [DOWN], "eu", [DOWN], "nuu"), ["done", "done", "reopen", "no_show"]),
    "marks": ("today", typed("*e", [TOP], " n"), ["done", "no_show"]),
    "move": ("today", typed("c", [ENTER], "h", [UP], "e"), ["move", "arrived", "done"]),
    "move-near-a-day": ("today", typed("c", [UP], [ESCAPE], "e"), ["done"]),
    "walk-in": ("today", typed("a", [DOWN, ENTER], "LEROY", [SAVE], "e"), ["assign", "arrived", "done"]),
    "cancel": ("today", typed([DELETE, RIGHT, ENTER], [TOP], "e"), ["cancel", "done"]),
    "details": ("today", typed([ENTER], "e", [ESCAPE], [TOP], "n"), ["done", "no_show"]),
    "filter": ("today", typed("f", [SAVE], [TOP], "e"), ["done"]),
    # slots: the cursor begins on Tuesday, after ten past three
    "assign": ("slots", typed("d.", "a", "sorel", [SAVE], [DOWN], "a", "dupont", [SAVE]), ["assign", "assign"]),
    "keep": ("slots", typed(".", "s", [DOWN], "r", [DOWN], "r", [UP], "x", "u"), ["suspend", "reserve", "release"]),
    "go-to": ("slots", typed("g07/04/2017", [ENTER], "d", "r"), ["reserve"]),
    "slot-details": ("slots", typed("..", [ENTER], "s", [DOWN], [ENTER], "r"), ["suspend", "reserve"]),
    "slot-list": ("slots", typed("l", [BOTTOM], "s", [UP], "r"), ["suspend", "reserve"]),
    "month": ("slots", typed("m", [RIGHT, RIGHT, ENTER], "r"), ["reserve"]),
    "save-search": ("slots", typed("lk", "Semaine", [SAVE], "8", [BOTTOM], [DELETE, RIGHT, ENTER]), ["search"]),
    # planned
    "planned": ("planned", typed("d", [HOME], "e", [DOWN], "n", [DOWN], "c", [ENTER]), ["done", "no_show", "move"]),
    "planned-list": ("planned", typed("l", [TOP, DOWN, DOWN], "e", [DOWN], " n"), ["done", "no_show"]),
    # those who lost their slot
    "reschedule": ("to_reschedule", typed("c", [ENTER, DOWN], [DELETE, RIGHT, ENTER]), ["move", "cancel"]),
    "plan": ("to_reschedule", typed("p", [SAVE], "1", [TOP], "e"), ["move", "done"]),
    "plan-of-marked": ("to_reschedule", typed("  c", [SAVE], [ESCAPE]), ["move"]),
    "past": ("past", typed("v", [TOP], "e", [DOWN], "e", [DOWN], "n"), ["done", "done", "no_show"]),
    # partners
    "new-file": ("partners", typed([ESCAPE], "n", "MARTIN Zoe", [SAVE], "h", [ESCAPE]), ["partner"]),
    "change-file": ("partners", typed("boi", [DOWN], "m", "X", [SAVE], "u"), ["partner", "partner"]),
    "merge": ("partners", typed("aulan", [DOWN], "  g", [RIGHT, ENTER]), ["partner"]),
    # counters
    "change-counter": ("counters", typed("m", "Z", [SAVE], ".", "a", "Semaine B", [SAVE, ESCAPE]), ["counter"]),
    "service": ("counters", typed(",,", "a", "Archives", [SAVE], [TOP], "m", "Z", [SAVE]), ["service", "service"]),
    "remove": (
        "counters",
        typed(",,", "a", "Archives", [SAVE], "/archives", [DOWN, DELETE, RIGHT, ENTER]),
        ["service"],
    ),
    "closure": ("counters", typed("..", "a", "Pont", "\t\t", "05/05/2017", [SAVE]), ["closure"]),
    "periods": ("counters", typed("m", [NEW_LINE], "05/06/2017", "\t", "06/06/2017", [SAVE, SAVE]), ["counter"]),
    # searches
    "run-search": ("searches", typed([ENTER], "c", [ENTER]), ["move"]),
    # everywhere
    "other-pages": ("slots", typed("1", [TOP], "e", "4", "c", [ENTER], "5", "v", "n"), ["done", "move", "no_show"]),
    "refused": ("today", typed([TOP], "e", "z", "nnee"), ["done"]),
    "nothing-there": ("slots", typed("m", "asorel"), []),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", KEYS)
async def test_a_burst_does_what_the_same_keys_do_one_at_a_time(
    opened: Opened, fresh: Fresh, name: str, size: tuple[int, int]
) -> None:
    entry, keys, verbs = KEYS[name]
    at_once, slowly = await twice(opened, fresh, entry, keys, size)
    assert (at_once.actions, at_once.screens) == (slowly.actions, slowly.screens)
    left = iter(at_once.verbs)
    assert all(any(wanted in verb for verb in left) for wanted in verbs), at_once.verbs


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_clicks_between_keys_stay_in_order(opened: Opened, fresh: Fresh, size: tuple[int, int]) -> None:
    """A key, a click on the first row of the day, a key, a click on an entry of the menu, a key."""
    first_row = 9
    keys = ["e", clicked(20, first_row), "n", clicked(3, 1), "u"]
    at_once, slowly = await twice(opened, fresh, "today", keys, size)
    assert at_once.actions == slowly.actions
    assert at_once.verbs[:1] == ["appointment.done"]


ANY_KEY = st.sampled_from(
    [*"enhcupfagdwlmvsrx*k124567.,", " ", UP, DOWN, LEFT, RIGHT, HOME, END, ENTER, ESCAPE, DELETE, SAVE]
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    entry=st.sampled_from(["today", "slots", "planned", "past", "to_reschedule"]),
    keys=st.lists(ANY_KEY, max_size=12),
    size=st.sampled_from([SMALL, USUAL]),
)
async def test_any_burst_does_what_the_same_keys_do_one_at_a_time(
    opened: Opened, busy_town: Path, databases: Databases, entry: str, keys: list[str], size: tuple[int, int]
) -> None:
    clock = FrozenClock()
    clock.set("2017-04-04T15:10")
    with copies(busy_town, databases, clock) as fresh:
        at_once, slowly = await twice(opened, fresh, entry, keys, size)
    assert (at_once.actions, at_once.screens) == (slowly.actions, slowly.screens)
