"""« Guichets » by the mouse alone: what the administrator sets up, with its forms (C1–C8, G1, I1)."""

import pytest
from textual.widgets import Input, Static

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.setup import agents, closures, counters, desks, passwords, services, types, weeks
from rdv.engine.setup.places import list_places
from rdv.i18n import wording
from rdv.terms import AppointmentStatus, Right, SlotStatus
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.dialogs.kept_slots import KeptSlotsDialog
from rdv.tui.forms.closure_form import ClosureForm
from rdv.tui.forms.counter_form import CounterForm
from rdv.tui.forms.week_form import WeekForm
from rdv.tui.screens.counters import CountersPage
from rdv.tui.widgets.table import Table
from tests.tui.clicks import choose, click_action, click_bar, click_row, reach, tick, write
from tests.tui.conftest import SMALL, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES

G1 = "Guichet 1"


def saved(hand: Hand) -> None:
    """The form was closed: it was saved."""
    assert isinstance(hand.app.screen, CountersPage), hand.told


@SIZES
async def test_c6_i1_a_closure_is_added_with_its_impact_and_removed_again(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    card = town.run(appointments.assign, town.me, counter=G1, start=at("2017-04-06T16:00"), partner="ROY Paule")

    def status() -> AppointmentStatus:
        return town.run(appointments.show_appointment, town.me, appointment=card.id).card.status

    async with opened("counters", size=size) as hand:
        await click_bar(hand, "closures")
        await click_action(hand, "Ajouter")
        assert isinstance(hand.app.screen, ClosureForm)
        await write(hand, "label", "Chantier")
        await choose(hand, "place", "Mairie principale")
        await write(hand, "first", "jeudi")
        await hand.click("#save")
        assert isinstance(hand.app.screen, ImpactDialog) and "ROY Paule" in hand.text
        await hand.click("#close")
        assert isinstance(hand.app.screen, ClosureForm) and status() is AppointmentStatus.PLANNED
        await hand.click("#save")
        await hand.click("#go")
        saved(hand)
        assert status() is AppointmentStatus.TO_RESCHEDULE
        await click_row(hand, "Chantier")
        await click_action(hand, "Supprimer")
        assert isinstance(hand.app.screen, ImpactDialog)
        await hand.click("#restore")
    assert status() is AppointmentStatus.PLANNED
    assert "Chantier" not in [one.label for one in town.run(closures.list_closures, town.me)]


@SIZES
async def test_c6_the_public_holidays_of_a_year_are_added_by_clicks(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await click_bar(hand, "closures")
        await click_action(hand, "Jours fériés")
        await write(hand, "year", "2018")
        await hand.click("#save")
        saved(hand)
    found = [one for one in town.run(closures.list_closures, town.me) if one.first_day.year == 2018]
    assert len(found) == 11


@SIZES
async def test_c3_a_week_is_drawn_in_its_editor_with_two_lengths_of_slots_and_removed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await click_bar(hand, "weeks")
        await click_action(hand, "Ajouter")
        assert isinstance(hand.app.screen, WeekForm)
        await write(hand, "label", "Matins")
        await hand.click(".hours--text")
        await hand.type("Mo-Fr 09:00-12:00")
        assert "██" in str(hand.app.screen.query_one("#drawing", Static).render())
        await click_action(hand, "Autre durée")
        rows = list(hand.app.screen.query(".hours--text").results(Input))
        await reach(hand, rows[-1])
        await hand.type("Sa 10:00-12:00")
        lengths = list(hand.app.screen.query(".hours--slot").results(Input))
        await reach(hand, lengths[-1])
        await hand.press("end", "backspace", "backspace")
        await hand.type("60")
        await hand.click("#save")
        saved(hand)
        kept = town.run(weeks.show_week, town.me, week="Matins").openings
        assert weeks.told_hours(kept) == "Mo-Fr 09:00-12:00 / 30 min; Sa 10:00-12:00 / 60 min"
        await click_row(hand, "Matins")
        await click_action(hand, "Supprimer")
        assert isinstance(hand.app.screen, ConfirmDialog)
        await hand.click("#yes")
    assert "Matins" not in [week.label for week in town.run(weeks.list_weeks, town.me)]


@SIZES
async def test_c1_a_type_is_added_for_a_service_and_hidden_from_the_portal(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await click_bar(hand, "types")
        await click_action(hand, "Ajouter")
        await write(hand, "label", "Urbanisme")
        await tick(hand, "services", "Action sociale")
        await reach(hand, hand.app.screen.query_one("#public"))
        await write(hand, "horizon_days", "30")
        await write(hand, "reminder_hours", "72 24")
        await hand.click("#save")
        saved(hand)
        await click_row(hand, "Urbanisme", times=2)
        await write(hand, "max_upcoming", "1")
        await hand.click("#save")
        saved(hand)
    made = town.run(types.show_type, town.me, type="Urbanisme")
    assert (made.services, made.public, made.horizon_days) == (("Action sociale",), False, 30)
    assert (made.reminder_hours, made.max_upcoming) == ((72, 24), 1)


@SIZES
async def test_c2_a_place_is_added_changed_and_removed(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    def places() -> dict[str, str]:
        return {one.label: one.address for one in town.run(list_places, town.me)}

    async with opened("counters", size=size) as hand:
        await click_bar(hand, "places")
        await click_action(hand, "Ajouter")
        await write(hand, "label", "Annexe")
        await write(hand, "address", "3 rue du Lac")
        await hand.click("#save")
        saved(hand)
        assert places()["Annexe"] == "3 rue du Lac"
        await click_row(hand, "Annexe")
        await click_action(hand, "Modifier")
        await write(hand, "address", "5 rue du Lac")
        await hand.click("#save")
        saved(hand)
        assert places()["Annexe"] == "5 rue du Lac"
        await click_row(hand, "Annexe")
        await click_action(hand, "Supprimer")
        await hand.click("#yes")
    assert "Annexe" not in places()


@SIZES
async def test_g1_an_agent_is_added_with_rights_services_and_a_password(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await click_bar(hand, "agents")
        await click_action(hand, "Ajouter")
        await write(hand, "login", "nadia")
        await write(hand, "name", "Nadia COLIN")
        for right in (Right.APPOINTMENTS, Right.COUNTERS):
            await tick(hand, "rights", wording.label(right))
        await tick(hand, "services", "Action sociale")
        await hand.click("#save")
        saved(hand)
        await click_row(hand, "nadia")
        await click_action(hand, "Mot de passe")
        await write(hand, "password", "cheval agrafe pile")
        await write(hand, "again", "cheval agrafe pile")
        await hand.click("#save")
        saved(hand)
    view = town.run(agents.show_agent, town.me, agent="nadia")
    assert (view.name, set(view.rights), view.services) == (
        "Nadia COLIN", {Right.APPOINTMENTS, Right.COUNTERS}, ("Action sociale",),
    )  # fmt: skip
    assert passwords.sign_in(town, login="nadia", password="cheval agrafe pile").login == "nadia"


@SIZES
async def test_c5_exception_periods_of_a_counter_are_added_changed_and_removed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    def periods() -> list[tuple[str, str, str | None]]:
        found = town.run(counters.show_counter, town.me, counter=G1).exceptions
        return [(f"{one.first_day:%d/%m}", f"{one.last_day:%d/%m}", one.week) for one in found]

    before = periods()

    async with opened("counters", size=size) as hand:
        await click_row(hand, G1, times=2)
        assert isinstance(hand.app.screen, CounterForm)
        await click_bar(hand, "add")
        await write(hand, "first", "02/05/2017")
        await write(hand, "last", "05/05/2017")
        await choose(hand, "week", "Etat civil")
        await hand.click("#save")
        await click_bar(hand, "add")
        await write(hand, "first", "01/06/2017")
        await write(hand, "last", "02/06/2017")
        await hand.click("#save")
        await click_row(hand, "02/05/2017", table=hand.app.screen.query_one(Table))
        await click_bar(hand, "change")
        await write(hand, "last", "04/05/2017")
        await hand.click("#save")
        await hand.click("#save")
        saved(hand)
        assert set(periods()) - set(before) == {("02/05", "04/05", "Etat civil"), ("01/06", "02/06", None)}
        await click_row(hand, G1, times=2)
        await click_row(hand, "01/06/2017", table=hand.app.screen.query_one(Table))
        await click_bar(hand, "remove")
        await hand.click("#save")
        saved(hand)
    assert set(periods()) - set(before) == {("02/05", "04/05", "Etat civil")}


@SIZES
async def test_c4_a_counter_is_added_and_removed(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    async with opened("counters", size=size) as hand:
        await click_action(hand, "Ajouter")
        await write(hand, "label", "Guichet 9")
        await choose(hand, "type", "Citoyenneté")
        await choose(hand, "place", "Mairie principale")
        await choose(hand, "week", "Etat civil")
        await reach(hand, hand.app.screen.query_one("#public"))
        await write(hand, "capacity", "2")
        await hand.click("#save")
        saved(hand)
        made = town.run(counters.show_counter, town.me, counter="Guichet 9")
        assert (made.type, made.place, made.week, made.public, made.capacity) == (
            "Citoyenneté", "Mairie principale", "Etat civil", True, 2,
        )  # fmt: skip
        await click_row(hand, "Guichet 9")
        await click_action(hand, "Supprimer")
        await hand.click("#yes")
    assert "Guichet 9" not in [one.label for one in town.run(counters.list_counters, town.me)]


@SIZES
async def test_s2_kept_slots_are_marked_and_freed_where_counters_are_managed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    town.run(slots.suspend, town.me, counter=G1, start=at("2017-04-13T09:00"), to=at("2017-04-13T11:00"))

    def kept() -> list[str]:
        given = {"counters": [G1], "statuses": [SlotStatus.SUSPENDED]}
        found = town.run(slots.list_slots, town.me, first=at("2017-04-13"), days=1, **given)
        return [f"{one.starts_at:%H:%M}" for one in found]

    async with opened("counters", size=size) as hand:
        await click_row(hand, G1)
        await click_action(hand, "Créneaux suspendus")
        assert isinstance(hand.app.screen, KeptSlotsDialog)
        await write(hand, "from", "13/04/2017")
        await hand.click("#look")
        table = hand.app.screen.query_one(Table)
        for row in (1, 3):
            await hand.click(table, offset=(1, row))
        await hand.click("#release")
        assert kept() == ["09:30", "10:30"]
        await hand.click("#close")
        await click_action(hand, "Défaire")
        assert kept() == ["09:30", "10:00", "10:30"], "the last of the two is kept again"


@pytest.mark.parametrize("name", ["desks", "services"])
async def test_c7_desks_and_services_are_added_and_removed(opened: Opened, town: Office, name: str) -> None:
    listed = {"desks": desks.list_desks, "services": services.list_services}[name]

    async with opened("counters", size=SMALL) as hand:
        await click_bar(hand, name)
        await click_action(hand, "Ajouter")
        await write(hand, "label", "Nouveau venu")
        await hand.click("#save")
        saved(hand)
        assert "Nouveau venu" in [one.label for one in town.run(listed, town.me)]
        await click_row(hand, "Nouveau venu")
        await click_action(hand, "Supprimer")
        await hand.click("#yes")
    assert "Nouveau venu" not in [one.label for one in town.run(listed, town.me)]
