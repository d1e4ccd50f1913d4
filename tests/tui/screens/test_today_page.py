"""« Ce jour »: who is next, the line for now, one key a gesture (A3, A6, A9)."""

import pytest
from textual.widgets import Static

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, AppointmentStatus, SlotStatus
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.walk_in import WalkInDialog
from rdv.tui.screens.today import TodayPage
from rdv.tui.widgets.next_up import NextCard
from rdv.tui.widgets.table import RULE, Table
from tests.conftest import FrozenClock
from tests.tui.conftest import SMALL, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES

NAMES = {"14:30": "MOREL Anne", "15:00": "PETIT Luc", "16:00": "DUVAL Marie"}


@pytest.fixture(autouse=True)
def _afternoon(town: Office, clock: FrozenClock) -> None:
    """Ten past three on 4 April: three have appointments at Guichet 1, NGUYEN Linh had one elsewhere at 9:30."""
    clock.set("2017-04-04T14:00")
    for start, name in NAMES.items():
        given = {"counter": "Guichet 1", "start": at(f"2017-04-04T{start}"), "partner": name}
        town.run(appointments.assign, town.me, **given, phone="06 39 98 12 44")
    clock.set("2017-04-04T15:10")


def of(town: Office, name: str) -> AppointmentCard:
    day = at("2017-04-04")
    found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL, first=day, last=day)
    return next(card for card in found if card.partner.name == name)


def page_of(hand: Hand) -> TodayPage:
    screen = hand.app.screen
    assert isinstance(screen, TodayPage)
    return screen


def row(hand: Hand, name: str) -> str:
    """The line of the list in which somebody stands."""
    return next(line for line in hand.text.splitlines() if name in line and "–" in line)


def next_name(hand: Hand) -> str:
    """Who is shown large."""
    card = next(card for card in hand.app.screen.query(NextCard) if card.display)
    return str(card.query_one(".next--name", Static).render())


async def point(hand: Hand, town: Office, name: str) -> None:
    hand.app.screen.query_one(Table).point(of(town, name).id)
    await hand.settle()


@SIZES
async def test_the_day_in_order_of_time_with_a_line_for_now_and_who_is_next(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        await hand.until(lambda: "15:10 maintenant" in hand.text)
        order = [hand.text.index(seen) for seen in ("09:30 –", "14:30 –", "15:00 –", "15:10 maintenant", "16:00 –")]
        assert order == sorted(order)
        assert next_name(hand) == "PETIT Luc"
        assert "… en retard de 10 min" in row(hand, "PETIT Luc")
        assert "● planifié" in row(hand, "DUVAL Marie")


@SIZES
async def test_a9_one_key_says_that_someone_is_here_and_the_wait_grows_with_time(
    opened: Opened, town: Office, clock: FrozenClock, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        await point(hand, town, "DUVAL Marie")
        await hand.press("h")
        assert "▶ là à 15:10, 0 min" in row(hand, "DUVAL Marie")
        clock.advance(minutes=25)
        hand.app._tick()
        await hand.settle()
        assert "▶ là à 15:10, 25 min" in row(hand, "DUVAL Marie")
        assert "15:35 maintenant" in hand.text
        assert next_name(hand) == "DUVAL Marie"
    arrived = of(town, "DUVAL Marie").arrived_at
    assert arrived is not None
    assert f"{arrived:%H:%M}" == "15:10"


async def test_the_screen_follows_the_clock_by_itself(opened: Opened, clock: FrozenClock) -> None:
    async with opened("today") as hand:
        clock.advance(minutes=1)
        await hand.until(lambda: "15:11 maintenant" in hand.text)


@pytest.mark.parametrize(
    ("key", "status", "told"),
    [("e", AppointmentStatus.DONE, "✓ réalisé"), ("n", AppointmentStatus.NO_SHOW, "∅ absent")],
)
@SIZES
async def test_a6_one_key_gives_the_outcome_and_the_next_one_comes_up(
    opened: Opened, town: Office, key: str, status: AppointmentStatus, told: str, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        assert hand.app.screen.query_one(Table).pointed == of(town, "PETIT Luc").id
        await hand.press(key)
        assert told in row(hand, "PETIT Luc").lower()
        assert next_name(hand) == "DUVAL Marie"
    assert of(town, "PETIT Luc").status is status


async def test_a4_the_slot_is_changed_from_here(opened: Opened, town: Office) -> None:
    async with opened("today", size=SMALL) as hand:
        await point(hand, town, "DUVAL Marie")
        await hand.press("c")
        assert isinstance(hand.app.screen, PickerDialog)
        await hand.press("enter")
    assert f"{of(town, 'DUVAL Marie').starts_at:%H:%M}" in ("15:30", "16:30")


@SIZES
async def test_the_details_open_by_key_and_by_a_double_click_on_who_is_next(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        await hand.press("enter")
        assert isinstance(hand.app.screen, AppointmentDialog)
        await hand.press("escape")
        await hand.click(NextCard, times=2)
        assert isinstance(hand.app.screen, AppointmentDialog)
        assert "PETIT Luc" in hand.text


@SIZES
async def test_a3_a9_a_walk_in_is_given_the_next_free_slot_of_today_and_is_here(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        await hand.press("a")
        dialog = hand.app.screen
        assert isinstance(dialog, WalkInDialog)
        offered = [(slot.counter, f"{slot.starts_at:%H:%M}") for slot in dialog.free.values()]
        assert ("Guichet 1", "15:30") in offered
        assert ("Citoyenneté", "15:00") in offered
        await hand.press(*["down"] * offered.index(("Guichet 1", "15:30")), "enter")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.type("LEROY Nadia")
        await hand.press("ctrl+s")
        assert "▶ là à 15:10" in row(hand, "LEROY Nadia")
        assert hand.app.screen.query_one(Table).pointed == of(town, "LEROY Nadia").id
        await hand.press("u")
    assert of(town, "LEROY Nadia").status is AppointmentStatus.CANCELLED


async def test_a_walk_in_at_a_single_counter_is_asked_for_the_name_at_once(opened: Opened) -> None:
    async with opened("today") as hand:
        await hand.narrow("Guichet 1")
        assert "NGUYEN" not in hand.text
        await hand.press("a")
        assert isinstance(hand.app.screen, AssignDialog)
        assert "15:30" in hand.text


async def test_a_walk_in_is_told_when_nothing_is_left_today(opened: Opened, town: Office, clock: FrozenClock) -> None:
    clock.set("2017-04-04T19:00")
    free = town.run(slots.list_slots, town.me, first=at("2017-04-04"), days=1, statuses=[SlotStatus.FREE])
    assert all(slot.ends_at < clock() for slot in free)

    async with opened("today") as hand:
        await hand.press("a")
        assert "Plus aucun créneau libre aujourd'hui" in hand.told
        assert "Plus personne n'est attendu aujourd'hui." in hand.text


async def test_the_line_for_now_is_neither_opened_nor_marked(opened: Opened, town: Office) -> None:
    async with opened("today") as hand:
        table = hand.app.screen.query_one(Table)
        table.point(RULE)
        await hand.press("enter", "space", "h", "e")
        assert table.marked == set()
        assert isinstance(hand.app.screen, TodayPage)
        await hand.press("asterisk", "asterisk")
        assert table.marked == {of(town, name).id for name in (*NAMES.values(), "NGUYEN Linh")}
        await hand.press("asterisk")
        assert table.marked == set()
    assert of(town, "DUVAL Marie").arrived_at is None


async def test_a_day_without_appointments_says_so(opened: Opened, clock: FrozenClock) -> None:
    clock.set("2017-04-08T10:00")

    async with opened("today", size=SMALL) as hand:
        assert "Aucun rendez-vous aujourd'hui à ces guichets." in hand.text
