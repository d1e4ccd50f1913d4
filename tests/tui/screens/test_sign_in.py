"""Who comes in, what each sees, and the lock (G1, G4)."""

import pytest
from textual.command import CommandPalette
from textual.widgets import Button, Input

from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.setup.passwords import FAILURES
from rdv.terms import Actor, Invalid, Right
from rdv.tui.app import RdvApp
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.help import HelpDialog
from rdv.tui.screens.sign_in import SignInScreen
from rdv.tui.widgets.banner import Menu
from tests.conftest import FrozenClock
from tests.tui.conftest import SECRET, USUAL, WRONG, Door, Hand, Idle, Opened
from tests.tui.screens.test_slots_page import SIZES


async def sign_in(hand: Hand, password: str = SECRET, login: str = "lucie") -> None:
    """Login and password, and Enter."""
    hand.app.screen.query_one("#login", Input).value = login
    hand.app.screen.query_one("#password", Input).value = password
    hand.app.screen.query_one("#password").focus()
    await hand.press("enter")
    await hand.until(lambda: "…" not in hand.told)
    await hand.settle()


async def leave_alone(hand: Hand, idle: Idle, minutes: float) -> None:
    """Nobody touches anything for so long."""
    idle.seconds += minutes * 60
    hand.app._tick()
    await hand.settle()


@SIZES
async def test_g4_login_and_password_let_the_agent_in(door: Door, size: tuple[int, int]) -> None:
    async with door(size=size) as hand:
        assert hand.app.focused is hand.app.screen.query_one("#login")
        await hand.type("lucie")
        await hand.press("enter")
        await hand.type(SECRET)
        assert SECRET not in hand.text
        await hand.click("#enter")
        await hand.until(lambda: hand.app.opened == "slots")
        assert "Lucie MARCHAND" in hand.text


async def test_g4_a_wrong_password_is_said_and_the_login_stays(door: Door) -> None:
    async with door() as hand:
        await sign_in(hand, WRONG)
        assert "mot de passe" in hand.told
        assert hand.app.screen.query_one("#login", Input).value == "lucie"
        assert hand.app.screen.query_one("#password", Input).value == ""
        assert hand.app.focused is hand.app.screen.query_one("#password")
        await sign_in(hand, SECRET)
        await hand.until(lambda: hand.app.opened == "slots")


async def test_g4_who_guesses_has_to_wait(door: Door, clock: FrozenClock) -> None:
    async with door() as hand:
        for _ in range(FAILURES):
            await sign_in(hand, WRONG)
        await sign_in(hand, SECRET)
        assert "16:50" in hand.told
        assert hand.app.opened == ""
        clock.advance(minutes=16)
        await sign_in(hand, SECRET)
        await hand.until(lambda: hand.app.opened == "slots")


async def test_g1_who_has_no_right_at_all_is_told_so_at_the_door(door: Door, town: Office) -> None:
    town.run(agents.add_agent, town.me, login="lea", rights=())
    town.run(agents.set_password, town.me, agent="lea", password=SECRET)

    async with door() as hand:
        await sign_in(hand, SECRET, "lea")
        assert "lea" in hand.told
        assert "droit" in hand.told
        assert isinstance(hand.app.screen, SignInScreen)


async def test_g4_the_systems_user_comes_in_at_once_where_the_settings_trust_it(opened: Opened) -> None:
    async with opened() as hand:
        assert hand.app.opened == "slots"
        assert "root" in hand.text.splitlines()[0]
        await hand.press("ctrl+l")
        assert hand.app.opened == "slots"
        assert not isinstance(hand.app.screen, SignInScreen)


async def test_g4_a_user_of_the_system_who_is_no_agent_needs_a_password(town: Office, idle: Idle, door: Door) -> None:
    town.settings = town.settings.model_copy(update={"sign_in": "system"})
    town.me = Actor.agent("nobody")

    async with door() as hand:
        assert "nobody" in "\n".join(note.title for note in hand.app._notifications)
        await sign_in(hand)
        await hand.until(lambda: hand.app.opened == "slots")


@pytest.mark.parametrize(
    ("rights", "seen", "hidden"),
    [
        ((Right.APPOINTMENTS,), ("Aujourd'hui", "À replanifier"), ("Guichets",)),
        ((Right.COUNTERS,), ("Guichets", "Créneaux"), ("Aujourd'hui", "À replanifier")),
    ],
    ids=["appointments", "counters"],
)
async def test_g1_an_agent_sees_what_the_rights_allow(
    opened: Opened, town: Office, rights: tuple[Right, ...], seen: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    town.run(agents.add_agent, town.me, login="lea", rights=rights)
    town.me = Actor.agent("lea")

    async with opened(size=(200, 60)) as hand:
        menu = hand.text.splitlines()[1]
        assert all(entry in menu for entry in seen)
        assert not any(entry in menu for entry in hidden)
        entries = hand.app.screen.query_one(Menu).entries
        for number, entry in enumerate(entries, 1):
            await hand.press(str(number))
            assert hand.app.opened == entry
            await hand.press("escape")
        await hand.press(str(len(entries) + 1))
        assert hand.app.opened == entries[-1]


async def test_g1_a_key_that_takes_a_right_does_nothing_without_it(opened: Opened, town: Office) -> None:
    town.run(agents.add_agent, town.me, login="lea", rights=[Right.COUNTERS])
    town.me = Actor.agent("lea")

    async with opened() as hand:
        await hand.press("a")
        assert not isinstance(hand.app.screen, AssignDialog)
        assert "Attribuer" not in hand.text.splitlines()[-1]


async def test_g4_the_screen_locks_after_a_time_without_use(door: Door, idle: Idle) -> None:
    async with door() as hand:
        await sign_in(hand)
        await leave_alone(hand, idle, 14)
        await hand.press("t")
        await leave_alone(hand, idle, 14)
        assert hand.app.opened == "slots"
        assert not isinstance(hand.app.screen, SignInScreen)
        await leave_alone(hand, idle, 2)
        assert "Verrouillé" in hand.text
        assert "BOIS" not in hand.text
        await leave_alone(hand, idle, 60)
        await hand.press("tab", "tab", "ctrl+p", "question_mark", "u", "6", "escape")
        assert isinstance(hand.app.screen, SignInScreen)
        assert sum(isinstance(screen, SignInScreen) for screen in hand.app.screen_stack) == 1
        assert not any(isinstance(screen, CommandPalette | HelpDialog) for screen in hand.app.screen_stack)


async def test_g4_what_was_typed_is_there_when_the_same_agent_is_back(door: Door, idle: Idle) -> None:
    async with door() as hand:
        await sign_in(hand)
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T09:00")
        await hand.press("a")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.type("DURAND Lea")
        await leave_alone(hand, idle, 16)
        assert isinstance(hand.app.screen, SignInScreen)
        assert hand.app.screen.query_one("#login", Input).disabled
        assert "DURAND" not in hand.text
        await hand.type(WRONG)
        await hand.press("enter")
        await hand.until(lambda: "mot de passe" in hand.told)
        await hand.type(SECRET)
        await hand.press("enter")
        await hand.until(lambda: not isinstance(hand.app.screen, SignInScreen))
        assert isinstance(hand.app.screen, AssignDialog)
        assert hand.app.screen.query_one("#partner Input", Input).value == "DURAND Lea"
        await hand.press("ctrl+s")
        assert "DURAND Lea" in hand.text


async def test_g4_it_locks_at_once_when_asked_and_never_where_the_settings_say_so(
    door: Door, town: Office, idle: Idle
) -> None:
    town.settings = town.settings.model_copy(update={"lock_minutes": 0})

    async with door() as hand:
        hand.app.settings = hand.app.settings.model_copy(update={"lock_minutes": 0})
        await sign_in(hand)
        await leave_alone(hand, idle, 600)
        assert not isinstance(hand.app.screen, SignInScreen)
        await hand.press("ctrl+l")
        assert isinstance(hand.app.screen, SignInScreen)
        await hand.type(SECRET)
        hand.app.screen.query_one("#enter", Button).press()
        await hand.until(lambda: not isinstance(hand.app.screen, SignInScreen))


@pytest.mark.parametrize(
    ("name", "value"), [("RDV_LOCK_MINUTES", "often"), ("RDV_DATABASE", "mysql://here/rdv"), ("RDV_LANG", "de")]
)
async def test_what_is_wrong_with_the_settings_ends_the_screens_and_is_their_answer(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("RDV_LANG", "en")
    monkeypatch.setenv("RDV_SIGN_IN", "system")
    monkeypatch.setenv(name, value)

    app = RdvApp()
    async with app.run_test() as pilot:
        await Hand(app, pilot).until(lambda: app.return_value is not None)
    assert isinstance(app.return_value, Invalid)
    assert value.split(":")[0] in app.return_value.facts.values()


async def test_the_screens_open_with_the_settings_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, town: Office, speaks_french: None
) -> None:
    for name, value in (("DATABASE", town.settings.database), ("AGENT", "root"), ("NOW", "2017-04-04T16:35")):
        monkeypatch.setenv(f"RDV_{name}", value)
    monkeypatch.setenv("RDV_SIGN_IN", "system")

    app = RdvApp()
    async with app.run_test(size=USUAL) as pilot:
        hand = Hand(app, pilot)
        await hand.until(lambda: app.opened == "slots")
        await hand.until(lambda: "Semaine 14" in hand.text)
        assert "root" in hand.text
    app.office.database.close()
