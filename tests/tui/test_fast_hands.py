"""Screens one can trust with fast hands: the right person, no act lost, undo, a visible cursor, a way out."""

import pytest
from textual.widgets import Input

from rdv.changes import Changes
from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.views.appointments import AppointmentCard
from rdv.settings import Settings
from rdv.terms import Actor, AppointmentList, AppointmentStatus, Broken, Right, SlotStatus
from rdv.tui.app import RdvApp
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.table import Table
from tests.conftest import FrozenClock
from tests.databases import Databases
from tests.tui.conftest import SMALL, USUAL, Hand, Opened, at
from tests.tui.keyboard import DELETE, DOWN, ENTER, ESCAPE, RIGHT, SAVE, feed, journal
from tests.tui.screens.test_slots_page import SIZES, slot

NAMES = {"14:00": "AULAN Gilles", "14:30": "MOREL Anne", "15:00": "PETIT Luc", "16:00": "DUVAL Marie"}


@pytest.fixture
def afternoon(town: Office, clock: FrozenClock) -> None:
    """Ten past three on 4 April: four have appointments at Guichet 1, NGUYEN Linh had one elsewhere at 9:30."""
    clock.set("2017-04-04T13:30")
    for start, name in NAMES.items():
        given = {"counter": "Guichet 1", "start": at(f"2017-04-04T{start}"), "partner": name}
        town.run(appointments.assign, town.me, **given)
    clock.set("2017-04-04T15:10")


def today(town: Office) -> dict[str, AppointmentCard]:
    day = at("2017-04-04")
    found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL, first=day, last=day)
    return {card.partner.name: card for card in found}


def with_status(town: Office, status: AppointmentStatus) -> set[str]:
    return {name for name, card in today(town).items() if card.status is status}


async def point_at_first(hand: Hand) -> None:
    """The cursor is on the first row: NGUYEN Linh, 9:30."""
    table = hand.app.screen.query_one(Table)
    table.move_cursor(row=0)
    table.focus()
    await hand.settle()


# the person who is meant


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_the_person_under_the_cursor_at_key_time_is_acted_on(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        await point_at_first(hand)
        await feed(hand, f"e{DOWN}")

    assert with_status(town, AppointmentStatus.DONE) == {"NGUYEN Linh"}


@pytest.mark.usefixtures("afternoon")
async def test_two_arrows_behind_no_show_move_nothing_but_the_cursor(opened: Opened, town: Office) -> None:
    async with opened("today", size=SMALL) as hand:
        await point_at_first(hand)
        await feed(hand, f"n{DOWN}{DOWN}")

    assert with_status(town, AppointmentStatus.NO_SHOW) == {"NGUYEN Linh"}


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_no_act_of_a_burst_is_lost(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async with opened("today", size=size) as hand:
        await point_at_first(hand)
        await feed(hand, f"e{DOWN}e{DOWN}e{DOWN}e")

    done = {"NGUYEN Linh", "AULAN Gilles", "MOREL Anne", "PETIT Luc"}
    assert with_status(town, AppointmentStatus.DONE) == done


@SIZES
async def test_what_is_typed_behind_the_key_of_a_dialog_lands_in_the_dialog(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await feed(hand, "asorel")
        assert isinstance(hand.app.screen, AssignDialog)
        assert hand.app.screen.query_one("#partner Input", Input).value == "sorel"
        assert slot(town, "2017-04-05T10:00").status is SlotStatus.FREE
        await feed(hand, SAVE)

    assert slot(town, "2017-04-05T10:00").partners == ("sorel",)


async def test_ctrl_s_does_not_overtake_the_letters_before_it(opened: Opened, town: Office) -> None:
    async with opened(size=SMALL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await feed(hand, f"adupont{SAVE}")

    assert slot(town, "2017-04-05T10:00").partners == ("dupont",)


# undo


@SIZES
async def test_undo_does_not_pass_an_act_that_has_no_undo(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    """The slot of BOIS Jules is suspended, he is moved, and the move cannot be taken back: his slot is gone."""

    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("s")
        await hand.click("#go")
        assert slot(town, "2017-04-06T09:00").status is SlotStatus.SUSPENDED
        await hand.press("4", "c", "enter")
        await hand.press("u")
        assert "Rien n'est défait" in hand.told
        assert "BOIS Jules déplacé au" in hand.told

    assert slot(town, "2017-04-06T09:00").status is SlotStatus.SUSPENDED


@pytest.mark.usefixtures("afternoon")
async def test_a_toast_names_the_act_and_undo_takes_the_move_back(opened: Opened, town: Office) -> None:
    async with opened("today", size=USUAL) as hand:
        hand.app.screen.query_one(Table).point(today(town)["DUVAL Marie"].id)
        await hand.press("c", "enter")
        assert "DUVAL Marie déplacé au mar. 04/04 15:30, Guichet 1 · u pour défaire" in hand.told
        await hand.press("u")
        assert "Défait : DUVAL Marie déplacé au" in hand.told

    assert f"{today(town)['DUVAL Marie'].starts_at:%H:%M}" == "16:00"


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_undo_is_refused_once_another_agent_changed_the_appointment(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    town.run(agents.set_agent, town.me, agent="lucie", rights=tuple(Right))
    number = today(town)["PETIT Luc"].id

    async with opened("today", size=size) as hand:
        hand.app.screen.query_one(Table).point(number)
        await hand.press("h")
        town.run(appointments.mark_done, Actor.agent("lucie"), appointments=[number])
        town.run(appointments.reopen, Actor.agent("lucie"), appointments=[number])
        await hand.press("u")
        assert "Pas défait : PETIT Luc" in hand.told
        assert "lucie a changé ce rendez-vous depuis." in hand.told

    assert today(town)["PETIT Luc"].arrived_at is not None


@pytest.mark.usefixtures("afternoon")
async def test_undo_in_a_burst_takes_back_the_act_before_it(opened: Opened, town: Office) -> None:
    async with opened("today", size=USUAL) as hand:
        await point_at_first(hand)
        await feed(hand, f"e{DOWN}eu{DOWN}n")

    assert with_status(town, AppointmentStatus.DONE) == {"NGUYEN Linh"}
    assert with_status(town, AppointmentStatus.NO_SHOW) == {"MOREL Anne"}


@pytest.mark.usefixtures("afternoon")
async def test_an_outcome_that_corrects_another_is_taken_back_to_that_other(opened: Opened, town: Office) -> None:
    async with opened("today", size=SMALL) as hand:
        await point_at_first(hand)
        await feed(hand, "enu")

    assert with_status(town, AppointmentStatus.DONE) == {"NGUYEN Linh"}


# what has not begun, and marks


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_an_appointment_that_has_not_begun_is_concluded_after_a_question_alone(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("today", size=size) as hand:
        hand.app.screen.query_one(Table).point(today(town)["DUVAL Marie"].id)
        await hand.press("e")
        assert "Pas encore commencé : DUVAL Marie (16:00)" in hand.text
        await hand.press("enter")
        assert with_status(town, AppointmentStatus.DONE) == set()
        await feed(hand, f"e{DOWN}{ENTER}")
        assert with_status(town, AppointmentStatus.DONE) == set(), "keys behind a surprise are not its answer"
        await hand.press("escape", "e", "right", "enter")

    assert with_status(town, AppointmentStatus.DONE) == {"DUVAL Marie"}


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_a_star_marks_up_to_now_then_all_then_none(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async with opened("today", size=size) as hand:
        table = hand.app.screen.query_one(Table)
        now = {today(town)[name].id for name in ("NGUYEN Linh", "AULAN Gilles", "MOREL Anne", "PETIT Luc")}
        await hand.press("asterisk")
        assert table.marked == now
        await hand.press("asterisk")
        assert table.marked == now | {today(town)["DUVAL Marie"].id}
        await hand.press("asterisk")
        assert table.marked == set()
        await feed(hand, "*e")
        assert table.marked == set(), "a mark is for one act"

    assert with_status(town, AppointmentStatus.PLANNED) == {"DUVAL Marie"}


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_the_cursor_stays_on_its_row_where_a_list_gets_shorter(
    opened: Opened, town: Office, clock: FrozenClock, size: tuple[int, int]
) -> None:
    """« e ↓ e » concludes two neighbours, in one read and one key at a time."""
    clock.set("2017-04-04T17:00")

    async with opened("past", size=size) as hand:
        await hand.press("v")
        table = hand.app.screen.query_one(Table)
        await point_at_first(hand)
        first, second, third, fourth = table.keys[:4]
        for key in ("e", DOWN, "e"):
            await feed(hand, key)
        assert table.pointed == second
        await feed(hand, f"{DOWN}e{DOWN}e")
        assert table.pointed == fourth
        cards = [town.run(appointments.show_appointment, town.me, appointment=n).card for n in (first, second, third)]
        assert {card.status for card in cards} == {AppointmentStatus.DONE}


@pytest.mark.usefixtures("afternoon")
async def test_no_neighbour_takes_the_place_of_a_row_that_another_agent_takes_away(
    opened: Opened, town: Office
) -> None:
    async with opened("past", size=USUAL) as hand:
        await hand.press("v")
        table = hand.app.screen.query_one(Table)
        await point_at_first(hand)
        first = table.keys[0]
        town.run(appointments.mark_no_show, town.me, appointments=[first])
        hand.app.screen.reload()
        await hand.settle()
        assert table.pointed == first
        await hand.press("down")
        assert first not in table.keys


# the cursor is visible


def is_seen(calendar: Calendar) -> bool:
    region = calendar._region(*calendar._pointer.place).translate(-calendar.scroll_offset)
    return calendar.head <= region.y and region.bottom <= calendar.room.height and region.x >= 6 and (
        region.right <= calendar.room.width
    )  # fmt: skip


@SIZES
async def test_the_cursor_is_seen_after_every_change_of_view_and_date(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        calendar = hand.app.screen.query_one(Calendar)
        await hand.point("Guichet 1", "2017-04-06T16:30")
        for key in ("d", "w", "d", "full_stop", "w", "comma", "t", "m", "w", "l", "d", "w"):
            await hand.press(key)
            if calendar.display and hand.app.screen.mode in ("day", "week"):
                assert calendar.pointed is not None
                assert is_seen(calendar), key


@SIZES
async def test_going_to_a_day_that_is_shown_moves_the_cursor_there(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        calendar = hand.app.screen.query_one(Calendar)
        await hand.point("Guichet 1", "2017-04-05T10:00")
        await feed(hand, f"g07/04/2017{ENTER}")
        assert calendar.pointed is not None
        assert f"{calendar.pointed.start:%d/%m %H:%M}" == "07/04 10:00"
        assert is_seen(calendar)
        await hand.press("d")
        assert "vendredi 7 avril 2017" in hand.text
        assert f"{calendar.pointed.start:%d/%m %H:%M}" == "07/04 10:00"


@SIZES
async def test_the_cursor_of_a_list_is_seen_after_another_filter(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.press("l", *["down"] * 30)
        table = hand.app.screen.query_one("#list", Table)
        table.scroll_to(y=0, animate=False, force=True, immediate=True)
        await hand.press("f", "ctrl+s")
        row = table.cursor_row - table.scroll_offset.y
        assert 0 <= row < table.size.height - 1


# forms


@SIZES
async def test_escape_asks_before_it_throws_away_what_was_typed(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T10:00")
        page = hand.app.screen
        await feed(hand, f"a{ESCAPE}")
        assert hand.app.screen is page, "nothing was typed"
        await feed(hand, f"adupont{ESCAPE}")
        assert "Fermer et perdre la saisie ?" in hand.text
        await feed(hand, ENTER)
        assert isinstance(hand.app.screen, AssignDialog)
        assert hand.app.screen.query_one("#partner Input", Input).value == "dupont"
        await feed(hand, f"{ESCAPE}{RIGHT}{ENTER}")
        assert hand.app.screen is page


# keys without a meaning


async def test_keys_behind_one_that_has_nothing_to_act_on_are_dropped(opened: Opened, town: Office) -> None:
    async with opened(size=USUAL) as hand:
        await hand.press("m")
        before = journal(town)
        await feed(hand, "asorel")
        assert "Touches ignorées : 5" in hand.told
        await hand.press("w")
        await feed(hand, "zsr")
        assert journal(town) == before


@pytest.mark.usefixtures("afternoon")
async def test_keys_behind_a_refusal_are_dropped(opened: Opened, town: Office, clock: FrozenClock) -> None:
    """« a » finds no free slot any more today: the letters behind it are a name, not commands."""
    clock.set("2017-04-04T19:00")

    async with opened("today", size=USUAL) as hand:
        await feed(hand, "aene")
        assert "Plus aucun créneau libre aujourd'hui" in hand.told

    assert with_status(town, AppointmentStatus.DONE) == set()


# the start and the database


@SIZES
@pytest.mark.usefixtures("afternoon")
async def test_keys_that_are_pressed_while_the_program_starts_wait_for_the_page(
    town: Office, speaks_french: None, size: tuple[int, int]
) -> None:
    app = RdvApp(town.settings, office=town, first="today")
    async with app.run_test(size=size) as pilot:
        hand = Hand(app, pilot)
        await feed(hand, f"e{DOWN}{DELETE}{ENTER}")
        await hand.until(lambda: bool(app.opened))
        await hand.settle()
    assert with_status(town, AppointmentStatus.DONE) == {"PETIT Luc"}
    assert with_status(town, AppointmentStatus.CANCELLED) == set(), "the first answer is no"


@pytest.mark.parametrize("sign_in", ["system", "password"])
async def test_a_missing_database_ends_the_program_with_its_error(
    databases: Databases, speaks_french: None, sign_in: str
) -> None:
    with databases.fresh("sqlite", migrated=False) as database:
        settings = Settings.model_construct(
            database=str(database.file), agent="root", mail_url="file:unused", secret="s", sign_in=sign_in
        )
        app = RdvApp(settings)

        async with app.run_test() as pilot:
            hand = Hand(app, pilot)
            await hand.until(lambda: app.return_value is not None)
    assert isinstance(app.return_value, Broken)
    assert app.return_value.error == "database_absent"


async def test_a_database_that_does_not_answer_at_the_start_is_announced_and_retried(
    opened: Opened, town: Office, speaks_french: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers the third time."""
    real, tries = town.watch, iter(range(3))

    class Away:
        def __init__(self, *, own: bool) -> None:
            self.watch = real(own=own)

        def changed(self, seconds: float) -> Changes:
            if next(tries, None) in (0, 1):
                raise Broken("database_unreachable", database="mairie", problem="refused")
            return self.watch.changed(seconds)

        def close(self) -> None:
            self.watch.close()

    monkeypatch.setattr(town, "watch", Away)

    app = RdvApp(town.settings, office=town)
    async with app.run_test(size=SMALL) as pilot:
        hand = Hand(app, pilot)
        await hand.until(lambda: "Nouvel essai" in hand.text)
        assert not app.opened
        await hand.until(lambda: app.opened == "slots")
        await hand.settle()
        assert "Nouvel essai" not in hand.text


async def test_slots_that_are_taken_back_give_people_their_slot_again(opened: Opened, town: Office) -> None:
    async with opened(size=USUAL) as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-06T09:00")
        await hand.press("s")
        await hand.click("#go")
        assert "jeu. 06/04 09:00, Guichet 1 : suspendu · À replanifier : 1 · u pour défaire" in hand.told
        await hand.press("u")

    assert slot(town, "2017-04-06T09:00").partners == ("BOIS Jules",)
