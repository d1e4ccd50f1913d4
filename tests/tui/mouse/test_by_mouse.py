"""What is done elsewhere by keys, by clicks alone: the keys on the last line, the bars, the rows (S2, S6, A6, Q2)."""

from textual.widgets import Input

from rdv.engine.booking import appointments, searches
from rdv.engine.office import Office
from rdv.terms import AppointmentList, AppointmentStatus, SlotStatus
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.screens.planned import PlannedPage
from tests.tui.clicks import choose, click_action, click_bar, click_entry, click_key, click_row, click_slot, tick, write
from tests.tui.conftest import Opened
from tests.tui.screens.test_slots_page import SIZES, slot


@SIZES
async def test_s2_slots_are_suspended_reserved_and_released(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened(size=size) as hand:
        await hand.narrow("Guichet 1")
        await click_slot(hand, "Guichet 1", "2017-04-05T10:00")
        for said, status in (
            ("Suspendre", SlotStatus.SUSPENDED), ("Libérer", SlotStatus.FREE), ("Réserver", SlotStatus.RESERVED),
        ):  # fmt: skip
            await click_action(hand, said)
            assert slot(town, "2017-04-05T10:00").status is status


@SIZES
async def test_s6_the_views_and_the_periods_are_on_a_bar(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        for mode, seen in (("day", "mardi 4 avril 2017"), ("month", "avril 2017"), ("list", "Attribué à")):
            await click_bar(hand, mode)
            assert seen in hand.text
            assert hand.app.pages["slots"].mode == mode
        await click_bar(hand, "week")
        for way, seen in (("forward", "Semaine 15"), ("back", "Semaine 14"), ("back", "Semaine 13")):
            await click_bar(hand, way)
            assert seen in hand.text
        await click_bar(hand, "today")
        assert "Semaine 14" in hand.text


@SIZES
async def test_s6_the_filter_bar_opens_the_filters(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        await click_bar(hand, "places")
        await tick(hand, "places", "Mairie principale")
        await click_key(hand, "^s")
        assert len(hand.app.shift.filters.places) == 1
        assert "Lieu : Mairie principale" in hand.text


@SIZES
async def test_a6_an_outcome_is_given_to_the_row_that_was_clicked(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    def statuses() -> list[AppointmentStatus]:
        found = town.run(appointments.list_appointments, town.me, view=AppointmentList.ALL)
        return [card.status for card in found if card.partner.name == "NGUYEN Linh"]

    assert AppointmentStatus.DONE not in statuses()
    async with opened("past", size=size) as hand:
        await hand.click("Press.-mode")
        await click_row(hand, "NGUYEN")
        await click_action(hand, "Réalisé")
        assert not any("NGUYEN" in line for line in hand.text.splitlines()[:6])
    assert AppointmentStatus.DONE in statuses()


@SIZES
async def test_q1_q2_a_list_is_saved_run_by_a_double_click_and_removed_by_clicks(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("planned", size=size) as hand:
        await hand.narrow("Guichet 1")
        await click_bar(hand, "list")
        await click_action(hand, "Sauvegarder")
        await write(hand, "name", "Guichet un")
        await choose(hand, "service", "Action sociale")
        await hand.click("#save")
        assert [(one.label, one.service) for one in town.run(searches.list_searches, town.me)] == [
            ("Guichet un", "Action sociale")
        ]
        await click_entry(hand, "Recherches")
        await click_row(hand, "Guichet un", times=2)
        assert isinstance(hand.app.screen, PlannedPage)
        assert "BOIS Jules" in hand.text
        assert "NGUYEN" not in hand.text
        await click_entry(hand, "Recherches")
        await click_row(hand, "Guichet un")
        await click_key(hand, "suppr")
        await hand.click("#yes")
    assert town.run(searches.list_searches, town.me) == []


@SIZES
async def test_a7_a_partner_is_looked_for_and_the_form_opened(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("partners", size=size) as hand:
        await hand.click(hand.app.screen.query(Input).first())
        await hand.type("lefevre")
        await click_row(hand, "LEFÈVRE", times=2)
        assert isinstance(hand.app.screen, PartnerDialog)
        assert "LEFÈVRE Zoé (C000104)" in hand.text
        await click_action(hand, "Modifier")
        assert isinstance(hand.app.screen, PartnerForm)
