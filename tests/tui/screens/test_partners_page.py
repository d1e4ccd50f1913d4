"""« Partenaires »: found as one types, their files, two files made one (A7)."""

import pytest
from textual.widgets import Button, Input, TabbedContent

from rdv.engine.booking import partners
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.views.partners import PartnerCard
from rdv.terms import Actor, Right
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.merge import MergeDialog
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.widgets.table import Table
from tests.conftest import FrozenClock
from tests.tui.conftest import Hand, Opened
from tests.tui.screens.test_slots_page import SIZES

MANUAL = """\
▾ Citoyenneté (4)
Place de la mairie  Citoyenneté  12/06/2017 09:30:00  – annulé
Place de la mairie  Citoyenneté  06/06/2017 15:00:00  ? passé sans statut
Place de la mairie  Citoyenneté  06/06/2017 09:00:00  – annulé
Place de la mairie  Citoyenneté  05/06/2017 09:00:00  ? passé sans statut
▾ Etat civil (5)
Centre ville        Etat civil   12/06/2017 10:45:00  – annulé
Centre ville        Etat civil   12/06/2017 10:00:00  ↻ à replanifier
Centre ville        Etat civil   12/06/2017 09:15:00  ↻ à replanifier
Centre ville        Etat civil   07/06/2017 10:00:00  ↻ à replanifier
Centre ville        Etat civil   07/06/2017 09:15:00  – annulé"""
"""The file of VIGNEAU Chloé as the manual shows it, on 06/06/2017 at 17:00."""


def lines(hand: Hand) -> list[str]:
    """What is on the screen, without the frame of a dialog."""
    return [line.strip(" │") for line in hand.text.splitlines()]


def listed(hand: Hand) -> list[list[str]]:
    """The rows of the list, in words."""
    return [line.split() for line in hand.text.splitlines() if " C000" in line and "Trouvés" not in line]


def found(town: Office, text: str) -> list[PartnerCard]:
    return town.run(partners.find_partners, town.me, text=text)


@SIZES
@pytest.mark.parametrize("words", ["lefevre zoe", "LEFÈVRE", "c000104"])
async def test_a7_partners_are_found_as_one_types(opened: Opened, words: str, size: tuple[int, int]) -> None:
    async with opened("partners", size=size) as hand:
        assert "Trouvés : 7" in hand.text
        await hand.type(words)
        assert listed(hand) == [["LEFÈVRE", "Zoé", "C000104", "1", "–", "–"]]
        assert "Trouvés : 1" in hand.text
        await hand.press("enter")
        assert "LEFÈVRE Zoé (C000104)" in hand.text


@pytest.mark.parametrize(("words", "who"), [("06 39 98 12 03", "GARNIER"), ("chloe.vigneau@example", "VIGNEAU")])
async def test_a7_a_phone_number_or_an_address_finds_them_too(opened: Opened, words: str, who: str) -> None:
    async with opened("partners") as hand:
        hand.app.screen.query_one("#search", Input).value = words
        await hand.settle()
        assert who in hand.text
        assert "Trouvés : 1" in hand.text


@SIZES
async def test_a7_the_file_reads_as_the_manual_shows_it(
    opened: Opened, clock: FrozenClock, size: tuple[int, int]
) -> None:
    clock.set("2017-06-06T17:00")

    async with opened("partners", size=size) as hand:
        await hand.type("vigneau")
        await hand.press("down", "enter")
        seen = lines(hand)
        assert "VIGNEAU Chloé (C000098)" in seen
        assert [line.split() for line in MANUAL.splitlines()] == [
            line.split() for line in seen if line.startswith(("▾", "Place de la mairie ", "Centre ville "))
        ]
        assert {"Voir tous", "À venir"} <= {str(button.label) for button in hand.app.screen.query(Button)}


@SIZES
async def test_a7_all_of_them_or_the_planned_ones_to_come(
    opened: Opened, clock: FrozenClock, size: tuple[int, int]
) -> None:
    async with opened("partners", size=size) as hand:
        await hand.type("vigneau")
        await hand.press("enter", "b")
        assert "▾ Citoyenneté (2)" in hand.text
        assert "annulé" not in hand.text
        await hand.click("#all")
        assert "▾ Etat civil (5)" in hand.text
        await hand.click("#upcoming")
        assert "Etat civil (5)" not in hand.text


async def test_a7_a_type_is_folded_and_an_appointment_opened_from_the_file(opened: Opened) -> None:
    async with opened("partners") as hand:
        await hand.type("vigneau")
        await hand.press("enter", "enter")
        assert "▸ Citoyenneté (4)" in hand.text
        assert "15:00:00" not in hand.text
        await hand.press("enter", "down", "down", "enter")
        assert isinstance(hand.app.screen, AppointmentDialog)
        assert "mardi 6 juin 2017" in hand.text
        await hand.press("escape")
        assert isinstance(hand.app.screen, PartnerDialog)
        await hand.press("escape")
        assert hand.app.opened == "partners"
        assert hand.app.screen.query_one("#search", Input).value == "vigneau"


@SIZES
async def test_a7_a_new_file_takes_the_name_that_was_looked_for(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("partners", size=size) as hand:
        await hand.type("MOREL Adam")
        await hand.press("escape", "n")
        assert isinstance(hand.app.screen, PartnerForm)
        await hand.press("tab")
        await hand.type("12")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, PartnerForm)
        assert "12" in hand.told
        hand.app.screen.query_one("#phone", Input).value = "06 39 98 12 30"
        await hand.click("#save")
        assert listed(hand) == [["MOREL", "Adam", "C000105", "0", "+33", "6", "39", "98", "12", "30", "–"]]
    assert [card.phone for card in found(town, "morel")] == ["+33639981230"]


async def test_a7_a_file_is_changed_and_changed_back(opened: Opened, town: Office) -> None:
    async with opened("partners") as hand:
        await hand.type("bois")
        await hand.press("escape", "m")
        hand.app.screen.query_one("#email", Input).value = "jules.bois@example.org"
        await hand.press("ctrl+s")
        assert "jules.bois@example.org" in hand.text
        await hand.press("u")
        assert "jules.bois@example.org" not in hand.text
    assert [(card.phone, card.email) for card in found(town, "bois")] == [("+33639981201", None)]


@SIZES
async def test_a7_two_marked_files_become_one_whose_code_is_chosen(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    twin = town.run(partners.add_partner, town.me, name="BOIS Julles", email="jules.bois@example.org")

    async with opened("partners", size=size) as hand:
        await hand.type("bois")
        await hand.press("escape", "g")
        assert "Marquez deux fiches" in hand.told
        await hand.press("space", "space", "g")
        assert isinstance(hand.app.screen, MergeDialog)
        assert "C000099 BOIS Jules : 1 rendez-vous" in hand.text
        await hand.press("escape")
        assert len(found(town, "bois")) == 2
        await hand.press("g")
        await hand.click("#C000099")
        assert "Trouvés : 1" in hand.text
        assert f"{twin.code} est désormais C000099" in hand.told
    assert [(card.code, card.email) for card in found(town, "bois")] == [("C000099", "jules.bois@example.org")]
    assert town.run(partners.show_partner, town.me, partner=twin.code).card.code == "C000099"


@SIZES
async def test_the_history_of_a_file(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    town.run(partners.set_partner, town.me, partner="C000099", email="jules.bois@example.org")

    async with opened("partners", size=size) as hand:
        await hand.type("bois")
        await hand.press("escape", "h")
        assert hand.app.screen.query_one(TabbedContent).active == "history"
        assert "mar. 4 avr. 2017 16:35  root" in hand.text
        await hand.press("h")
        assert hand.app.screen.query_one(TabbedContent).active == "appointments"


async def test_a_file_opens_with_a_double_click(opened: Opened) -> None:
    async with opened("partners") as hand:
        await hand.click(Table, offset=(8, 2), times=2)
        assert isinstance(hand.app.screen, PartnerDialog)
        assert "BOIS Jules (C000099)" in hand.text


async def test_g1_without_the_right_files_are_read_only(opened: Opened, town: Office) -> None:
    town.run(agents.add_agent, town.me, login="lea", rights=[Right.COUNTERS])
    town.me = Actor.agent("lea")

    async with opened("partners") as hand:
        await hand.type("bois")
        await hand.press("escape", "n", "m", "g")
        assert not isinstance(hand.app.screen, PartnerForm | MergeDialog)
        await hand.press("enter")
        assert isinstance(hand.app.screen, PartnerDialog)
        await hand.press("m")
        assert isinstance(hand.app.screen, PartnerDialog)
        assert "Modifier" not in hand.text
