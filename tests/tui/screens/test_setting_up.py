"""Weeks, closures and what else is set up on « Guichets » (C1–C3, C6–C8, G1, I1)."""

from datetime import date

import pytest
from textual.widgets import Input, SelectionList, Static

from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.engine.setup import agents, closures, desks, passwords, places, services, types, weeks
from rdv.engine.views.setup import WeekView
from rdv.terms import AppointmentStatus, Right
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.forms.closure_form import ClosureForm, HolidaysForm
from rdv.tui.forms.week_form import HoursRow, WeekForm
from rdv.tui.screens.counters import CountersPage
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.table import Table
from tests.tui.conftest import SMALL, Hand, Opened, at
from tests.tui.screens.test_counters_page import choose, fill, point
from tests.tui.screens.test_slots_page import SIZES

G1 = "Guichet 1"


async def go_to(hand: Hand, name: str) -> None:
    """A click on the name of a list."""
    await hand.click(next(press for press in hand.app.screen.query(Press) if press.name == name))


def shown(town: Office, week: str) -> WeekView:
    return town.run(weeks.show_week, town.me, week=week)


def drawing(hand: Hand) -> str:
    return str(hand.app.screen.query_one("#drawing", Static).render())


def problem(hand: Hand) -> str:
    return str(hand.app.screen.query_one("#problem", Static).render())


@SIZES
async def test_c3_a_week_is_drawn_as_it_is_typed_and_kept(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async with opened("counters", size=size) as hand:
        await hand.press("full_stop", "a")
        assert isinstance(hand.app.screen, WeekForm)
        await hand.type("Matins")
        await hand.press("tab")
        await hand.type("Mo-Fr 08:30-12:00")
        assert "Créneaux par semaine : 35" in hand.text and "██████████████" in drawing(hand)
        await hand.type(",13")
        assert "illisible" in hand.text and "↑" in problem(hand)
        assert hand.app.screen.query_one("#drawing").has_class("-stale"), "the last good drawing stays"
        await hand.type(":30-17:00")
        assert problem(hand) == "" and "Créneaux par semaine : 70" in hand.text
        await hand.press("ctrl+n")
        await hand.type("Sa 09:00-12:00")
        await hand.press("tab", *["backspace"] * 2)
        await hand.type("60")
        assert "▓ 60 min" in hand.text
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
        assert "Matins" in hand.text
    assert weeks.told_hours(shown(town, "Matins").openings) == (
        "Mo-Fr 08:30-12:00,13:30-17:00 / 30 min; Sa 09:00-12:00 / 60 min"
    )


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("Mo-Fr 8h30", "à partir du caractère"),
        ("Mo-Fr 09:00-12:00; PH off", "PH off"),
        ("Mo 09:00-12:00,11:00-13:00", "(C3)"),
        ("2017 Jul 01-Aug 31 off", "(C3)"),
    ],
)
async def test_c3_hours_that_a_week_cannot_hold_are_refused_in_the_form(
    opened: Opened, town: Office, hours: str, told: str
) -> None:
    async with opened("counters") as hand:
        await hand.press("full_stop", "a")
        await hand.type("Essai")
        row = hand.app.screen.query_one(HoursRow)
        row.query_one(".hours--text", Input).value = hours
        await hand.settle()
        assert problem(hand)
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, WeekForm) and told in hand.told
        assert row.text == hours
    assert "Essai" not in [week.label for week in town.run(weeks.list_weeks, town.me)]


@SIZES
async def test_i1_other_hours_show_first_whom_they_touch_on_every_counter(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    card = town.run(appointments.assign, town.me, counter=G1, start=at("2017-04-06T16:00"), partner="ROY Paule")
    before = shown(town, "Mairie principale")

    async with opened("counters", size=size) as hand:
        await hand.press("full_stop")
        await point(hand, "Mairie principale")
        await hand.press("enter")
        hand.app.screen.query_one(".hours--text", Input).value = "Mo-Fr 09:00-12:00"
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, ImpactDialog) and "ROY Paule" in hand.text
        await hand.press("escape")
        assert isinstance(hand.app.screen, WeekForm)
        assert shown(town, "Mairie principale").openings == before.openings
        await hand.click("#save")
        await hand.click("#go")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    after = town.run(appointments.show_appointment, town.me, appointment=card.id).card
    assert after.status is AppointmentStatus.TO_RESCHEDULE
    assert weeks.told_hours(shown(town, "Mairie principale").openings) == "Mo-Fr 09:00-12:00 / 30 min"


async def test_c8_a_week_that_a_counter_uses_is_not_removed_and_its_counters_are_told(
    opened: Opened, town: Office
) -> None:
    async with opened("counters", size=SMALL) as hand:
        await go_to(hand, "weeks")
        await point(hand, "Mairie principale")
        await hand.press("delete")
        assert G1 in hand.told and isinstance(hand.app.screen, CountersPage)
        town.run(weeks.add_week, town.me, label="Essai", hours=[])
        hand.app.screen.reload()
        await hand.settle()
        await point(hand, "Essai")
        await hand.press("delete")
        assert isinstance(hand.app.screen, ConfirmDialog)
        await hand.click("#yes")
    labels = [week.label for week in town.run(weeks.list_weeks, town.me)]
    assert "Essai" not in labels and "Mairie principale" in labels


@SIZES
async def test_c6_i1_a_closure_shows_whom_it_touches_is_changed_and_opened_again(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    card = town.run(appointments.assign, town.me, counter=G1, start=at("2017-04-06T16:00"), partner="ROY Paule")

    def status() -> AppointmentStatus:
        return town.run(appointments.show_appointment, town.me, appointment=card.id).card.status

    async with opened("counters", size=size) as hand:
        await go_to(hand, "closures")
        await hand.press("a")
        assert isinstance(hand.app.screen, ClosureForm)
        await hand.type("Chantier")
        await choose(hand, "place", "Mairie p")
        await fill(hand, first="jeudi")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, ImpactDialog) and "ROY Paule" in hand.text
        await hand.click("#go")
        assert "06/04/2017" in hand.text and status() is AppointmentStatus.TO_RESCHEDULE
        await point(hand, "Chantier")
        await hand.press("m")
        await fill(hand, last="05/04/2017")
        await hand.press("ctrl+s")
        assert "(C6)" in hand.told and field(hand, "label") == "Chantier"
        await hand.press("escape")
        await point(hand, "Chantier")
        await hand.press("delete")
        assert "ROY Paule" in hand.text
        await hand.click("#restore")
    assert status() is AppointmentStatus.PLANNED
    assert "Chantier" not in [one.label for one in town.run(closures.list_closures, town.me)]


def field(hand: Hand, name: str) -> str:
    return hand.app.screen.query_one(f"#{name}", Input).value


@SIZES
async def test_c6_the_public_holidays_of_a_year_are_shown_and_added_in_one_go(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await go_to(hand, "closures")
        await hand.press("h")
        assert isinstance(hand.app.screen, HolidaysForm) and field(hand, "year") == "2017"
        await fill(hand, year="2018")
        table = hand.app.screen.query_one(Table)
        assert "mardi 8 mai 2018" in hand.text and len(table.keys) == 11
        await fill(hand, subdivision="Moselle")
        assert len(table.keys) == 13
        await fill(hand, subdivision="nulle part")
        assert "nulle part" in problem(hand)
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, HolidaysForm) and "nulle part" in hand.told
        await fill(hand, subdivision="")
        await hand.click("#save")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    found = town.run(closures.list_closures, town.me)
    assert len([one for one in found if one.first_day.year == 2018 and one.place is None]) == 11
    assert date(2018, 5, 8) in [one.first_day for one in found]


@SIZES
async def test_c1_a_type_is_added_and_changed_with_its_services_and_delays(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await go_to(hand, "types")
        await hand.press("a")
        await hand.type("Urbanisme")
        await fill(hand, description="Permis de construire.", horizon_days="trente", reminder_hours="72, 24")
        hand.app.screen.query_one(SelectionList).focus()
        await hand.press("space", "ctrl+s")
        assert "trente" in hand.told
        await fill(hand, horizon_days="30")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
        await point(hand, "Urbanisme")
        await hand.press("enter")
        await fill(hand, max_upcoming="1")
        await hand.press("ctrl+s")
    made = town.run(types.show_type, town.me, type="Urbanisme")
    assert (made.description, made.services, made.public) == ("Permis de construire.", ("Accueil",), True)
    assert (made.horizon_days, made.max_upcoming, made.reminder_hours) == (30, 1, (72, 24))


async def test_c2_c7_places_desks_and_services_are_simple_lists_with_forms(opened: Opened, town: Office) -> None:
    async with opened("counters") as hand:
        await go_to(hand, "places")
        await hand.press("a")
        await hand.type("Annexe")
        await fill(hand, address="3 rue du Lac", timezone="Europe/Nulle-Part")
        await hand.press("ctrl+s")
        assert "Europe/Nulle-Part" in hand.told
        await fill(hand, timezone="Indian/Reunion")
        await hand.press("ctrl+s")
        assert "Annexe" in hand.text
        await point(hand, "Annexe")
        await hand.press("enter")
        await fill(hand, label="Annexe du lac")
        await hand.press("ctrl+s")
        for name, label in (("desks", "Bureau 9"), ("services", "Urbanisme")):
            await go_to(hand, name)
            await hand.press("a")
            await hand.type(label)
            await hand.press("ctrl+s")
            await point(hand, label)
            await hand.press("enter")
            await hand.press("end")
            await hand.type(" bis")
            await hand.press("ctrl+s")
            assert f"{label} bis" in hand.text, hand.told
    place = town.run(places.show_place, town.me, place="Annexe du lac")
    assert (place.address, place.timezone) == ("3 rue du Lac", "Indian/Reunion")
    assert "Bureau 9 bis" in [one.label for one in town.run(desks.list_desks, town.me)]
    assert "Urbanisme bis" in [one.label for one in town.run(services.list_services, town.me)]


async def test_g1_an_agent_gets_rights_services_and_a_password(opened: Opened, town: Office) -> None:
    async with opened("counters") as hand:
        await go_to(hand, "agents")
        await hand.press("a")
        await hand.type("nadia")
        await fill(hand, name="Nadia COLIN")
        hand.app.screen.query_one("#rights", SelectionList).select(Right.APPOINTMENTS)
        hand.app.screen.query_one("#services", SelectionList).focus()
        await hand.press("space", "ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
        page = hand.app.screen
        page.table.point(next(key for key, view in page.found.items() if view.login == "nadia"))
        await hand.settle()
        await hand.press("p")
        await fill(hand, password="court", again="autre")
        await hand.press("ctrl+s")
        assert "Les deux mots de passe diffèrent." in hand.told
        await fill(hand, again="court")
        await hand.press("ctrl+s")
        assert "(G1)" in hand.told
        await fill(hand, password="cheval agrafe pile", again="cheval agrafe pile")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    view = town.run(agents.show_agent, town.me, agent="nadia")
    assert (view.name, view.rights, view.services) == ("Nadia COLIN", (Right.APPOINTMENTS,), ("Accueil",))
    assert passwords.sign_in(town, login="nadia", password="cheval agrafe pile").login == "nadia"
