"""« Messages »: what could not be sent is seen by those who can do something about it, and tried again (N3)."""

import pytest
from sqlalchemy import text

from rdv.engine.booking import appointments
from rdv.engine.messages import history
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.views.messages import MessageCard
from rdv.terms import Actor, MessageStatus, Right
from rdv.tui.dialogs.message import MessageDialog
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.widgets.banner import Menu
from rdv.tui.widgets.table import Table
from tests.tui.conftest import SMALL, Opened, at
from tests.tui.screens.test_slots_page import SIZES


@pytest.fixture(autouse=True)
def _three_messages(town: Office) -> None:
    """Two that could not be sent, to two partners, and one that waits."""
    for start, name in (("10:00", "DURAND Léa"), ("10:30", "PETIT Marc"), ("11:00", "ROY Inès")):
        given = {"partner": name, "email": f"{name.split()[1].lower()}@example.org".replace("é", "e").replace("è", "e")}
        town.run(appointments.assign, town.me, counter="Guichet 1", start=at(f"2017-04-07T{start}"), **given)
    park(town, [card.id for card in messages(town)][1:3])


def park(town: Office, numbers: list[int]) -> None:
    with town.database.write() as session:
        for number in numbers:
            session.execute(
                text("UPDATE notice SET status='parked', attempts=7, last_error='550 no such box' WHERE id=:number"),
                {"number": number},
            )


def messages(town: Office, *statuses: MessageStatus) -> list[MessageCard]:
    return town.run(history.list_messages, town.me, statuses=statuses)


@SIZES
async def test_n3_the_menu_counts_them_and_the_page_says_to_whom_and_why(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        assert "Messages 2" in hand.text.splitlines()[1]
        await hand.press("9")
        assert hand.app.opened == "messages"
        for seen in ("non partis : 2", "PETIT Marc", "marc@example.org", "confirmation", "550 no such box"):
            assert seen in hand.text
        assert "ROY" not in hand.text


@SIZES
async def test_n3_one_is_tried_again_by_a_key_and_several_by_a_click(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("messages", size=size) as hand:
        await hand.press("r", "down")
        assert len(messages(town, MessageStatus.PARKED)) == 1
        assert "DURAND" in hand.text and "PETIT" not in hand.text
        park(town, [card.id for card in messages(town)])
        hand.app.screen.reload()
        await hand.settle()
        await hand.press("asterisk")
        assert "cochés : 3" in hand.text
        await hand.click("Press.-retry")
        assert messages(town, MessageStatus.PARKED) == []
        assert "non partis : 0" in hand.text
    assert {card.attempts for card in messages(town)} == {0}


@SIZES
async def test_n3_a_message_is_opened_and_says_all_but_its_text(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("messages", size=size) as hand:
        await hand.click(Table, offset=(6, 1), times=2)
        assert isinstance(hand.app.screen, MessageDialog)
        for seen in ("PETIT Marc", "marc@example.org", "550 no such box", "7", "confirmation"):
            assert seen in hand.text
        assert "http" not in hand.text
        await hand.press("escape", "enter", "f")
        assert isinstance(hand.app.screen, PartnerDialog)
        await hand.press("escape", "enter", "r")
        assert hand.app.opened == "messages" and "non partis : 1" in hand.text
    assert len(messages(town, MessageStatus.PARKED)) == 1


async def test_all_messages_are_shown_when_asked(opened: Opened, town: Office) -> None:
    async with opened("messages") as hand:
        await hand.press("v")
        assert "Messages : 3" in hand.text and "ROY Inès" in hand.text
        await hand.click("Press.-mode")
        assert "ROY" not in hand.text


async def test_the_menu_is_as_ever_while_nothing_is_parked_and_an_entry_is_clicked_where_it_stands(
    opened: Opened, town: Office
) -> None:
    async with opened(size=SMALL) as hand:
        menu = hand.app.screen.query_one(Menu)
        await hand.click(Menu, offset=(hand.text.splitlines()[1].index("Messages"), 0))
        assert hand.app.opened == "messages"
        await hand.press("asterisk", "r", "2")
        await hand.until(lambda: "Messages" not in hand.text.splitlines()[1])
        assert menu.entries[-1] == "messages"
        await hand.press("9")
        assert hand.app.opened == "messages"


async def test_g1_without_the_right_to_appointments_there_is_no_such_entry(opened: Opened, town: Office) -> None:
    town.run(agents.add_agent, town.me, login="lea", rights=(Right.COUNTERS,))
    town.me = Actor.agent("lea")

    async with opened() as hand:
        assert "Messages" not in hand.text
        await hand.app.action_open("messages")
        assert hand.app.opened == "slots"
