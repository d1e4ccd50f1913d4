"""Files, messages, the palette, the door and the lock by the mouse alone (A7, N3, G4)."""

from sqlalchemy import text
from textual.command import CommandPalette
from textual.widgets import Input, OptionList, TabbedContent

from rdv.engine.booking import appointments, partners
from rdv.engine.messages import history
from rdv.engine.office import Office
from rdv.terms import MessageStatus
from rdv.tui.dialogs.merge import MergeDialog
from rdv.tui.dialogs.message import MessageDialog
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.screens.partners import PartnersPage
from rdv.tui.screens.sign_in import SignInScreen
from tests.tui.clicks import click_action, click_bar, click_entry, click_option, click_row, write
from tests.tui.conftest import SECRET, WRONG, Door, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES


@SIZES
async def test_a7_two_files_are_marked_and_become_one(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    twin = town.run(partners.add_partner, town.me, name="LEFEVRE Zoe", phone="06 39 98 12 66")
    kept = next(card for card in town.run(partners.find_partners, town.me, text="lefevre") if card.code != twin.code)

    async with opened("partners", size=size) as hand:
        await hand.type("lefevre")
        for code in (twin.code, kept.code):
            await click_row(hand, code, mark=True)
        await click_action(hand, "Fusionner")
        assert isinstance(hand.app.screen, MergeDialog)
        await hand.click("#close")
        assert town.run(partners.show_partner, town.me, partner=twin.code).card.name == "LEFEVRE Zoe"
        await click_action(hand, "Fusionner")
        await hand.click(f"#{kept.code}")
    found = town.run(partners.find_partners, town.me, text="lefevre")
    assert [card.code for card in found] == [kept.code]
    assert town.run(partners.show_partner, town.me, partner=twin.code).card.code == kept.code


@SIZES
async def test_a7_a_file_is_made_seen_by_its_tabs_and_changed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("partners", size=size) as hand:
        await hand.type("FABRE Nino")
        await click_bar(hand, "add")
        assert isinstance(hand.app.screen, PartnerForm)
        await write(hand, "phone", "06 39 98 12 77")
        await hand.click("#save")
        assert isinstance(hand.app.screen, PartnersPage)
        await click_row(hand, "FABRE Nino", times=2)
        assert isinstance(hand.app.screen, PartnerDialog)
        await hand.click("#--content-tab-history")
        assert hand.app.screen.query_one(TabbedContent).active == "history"
        await hand.click("#edit")
        await write(hand, "email", "nino@example.org")
        await hand.click("#save")
        await hand.click("#close")
        await click_action(hand, "Modifier")
        await write(hand, "name", "FABRE Ninon")
        await hand.click("#save")
        await click_action(hand, "Défaire")
    (card,) = town.run(partners.find_partners, town.me, text="fabre")
    assert (card.name, card.phone, card.email) == ("FABRE Nino", "+33639981277", "nino@example.org")


@SIZES
async def test_n3_a_parked_message_is_found_opened_and_tried_again(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    for start, name in (("10:00", "DURAND Luc"), ("10:30", "PETIT Marc")):
        mail = f"{name.split()[1].lower()}@example.org"
        town.run(
            appointments.assign, town.me, counter="Guichet 1", start=at(f"2017-04-07T{start}"), partner=name, email=mail
        )
    with town.database.write() as session:
        session.execute(text("UPDATE notice SET status='parked', attempts=7, last_error='550 no such box'"))

    def parked() -> list[str]:
        found = town.run(history.list_messages, town.me, statuses=(MessageStatus.PARKED,))
        return [card.partner.name for card in found if card.partner]

    async with opened(size=size) as hand:
        await click_entry(hand, "Messages")
        assert sorted(parked()) == ["DURAND Luc", "PETIT Marc"]
        await click_row(hand, "PETIT Marc", times=2)
        assert isinstance(hand.app.screen, MessageDialog) and "550 no such box" in hand.text
        await hand.click("#retry")
        assert parked() == ["DURAND Luc"]
        await click_row(hand, "DURAND Luc")
        await click_action(hand, "Réessayer")
    assert parked() == []


@SIZES
async def test_the_palette_is_opened_by_a_click_and_does_what_is_clicked(opened: Opened, size: tuple[int, int]) -> None:
    async def choose(hand: Hand, said: str) -> None:
        await click_action(hand, "Tout")
        palette = hand.app.screen
        assert isinstance(palette, CommandPalette)
        await hand.until(lambda: hand.app.screen.query_one(OptionList).option_count > 9)
        await click_option(hand, palette.query_one(OptionList), said)
        await hand.until(lambda: hand.app.screen is not palette)
        await hand.settle()

    async with opened(size=size) as hand:
        await choose(hand, "Clair\nCouleurs")
        assert hand.app.theme == "rdv-light"
        await choose(hand, "Contraste élevé\nCouleurs")
        assert hand.app.theme == "rdv-contrast"
        await choose(hand, "Partenaires\nMenu")
        assert hand.app.opened == "partners"
        await choose(hand, "English\nLangue")
        assert "Found:" in hand.text


@SIZES
async def test_g4_one_signs_in_locks_and_comes_back_by_clicks(door: Door, size: tuple[int, int]) -> None:
    async with door(size=size) as hand:
        await write(hand, "login", "lucie")
        await write(hand, "password", WRONG)
        await hand.click("#enter")
        await hand.until(lambda: "mot de passe" in hand.told)
        assert hand.app.opened == "" and isinstance(hand.app.screen, SignInScreen)
        await write(hand, "password", SECRET)
        await hand.click("#enter")
        await hand.until(lambda: hand.app.opened == "slots")
        await hand.settle()
        assert "Lucie MARCHAND" in hand.text
        await click_action(hand, "Verrouiller")
        assert isinstance(hand.app.screen, SignInScreen) and "Lucie" not in hand.text
        assert hand.app.screen.query_one("#login", Input).disabled
        await write(hand, "password", SECRET)
        await hand.click("#enter")
        await hand.until(lambda: not isinstance(hand.app.screen, SignInScreen))
        await hand.settle()
        assert "Lucie MARCHAND" in hand.text
