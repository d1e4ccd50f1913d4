"""« Guichets »: the list, the form with its exception periods, the slots that are freed (C4, C5, C7, S2, I1, G1)."""

from datetime import date
from typing import Any

import pytest
from textual.widgets import Checkbox, Input, Select

from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.setup import agents, counters, exceptions
from rdv.engine.views.setup import CounterView
from rdv.terms import AppointmentStatus, Right, SlotStatus
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.dialogs.kept_slots import KeptSlotsDialog
from rdv.tui.forms.counter_form import CounterForm
from rdv.tui.forms.exception_form import ExceptionForm
from rdv.tui.screens.counters import CountersPage
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.table import Table
from tests.tui.conftest import LARGE, SMALL, USUAL, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES

G1 = "Guichet 1"
THURSDAY = "2017-04-06"


def shown(town: Office, counter: str = G1) -> CounterView:
    return town.run(counters.show_counter, town.me, counter=counter)


async def point(hand: Hand, label: str) -> None:
    """The cursor on the row of a label."""
    page = hand.app.screen
    assert isinstance(page, CountersPage)
    found = next(key for key, view in page.found.items() if getattr(view, "label", None) == label)
    page.table.point(found)
    page.table.focus()
    await hand.settle()


async def fill(hand: Hand, **texts: str) -> None:
    """Other words in fields, typed after what was there is wiped out."""
    for field, text in texts.items():
        found = hand.app.screen.query_one(f"#{field}", Input)
        found.focus()
        found.value = ""
        await hand.settle()
        await hand.type(text)


async def choose(hand: Hand, field: str, label: str) -> None:
    """One of a list: opened, found by its first letters, taken."""
    hand.app.screen.query_one(f"#{field}", Select).focus()
    await hand.press("enter")
    await hand.type(label)
    await hand.press("enter")


def field(hand: Hand, name: str) -> str:
    return hand.app.screen.query_one(f"#{name}", Input).value


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE], ids=["80x24", "120x40", "200x60"])
async def test_c4_counters_are_listed_by_place_with_the_week_of_the_one_that_is_pointed_at(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        table = hand.app.screen.query_one("#counters", Table)
        listed = [row[:2] for row in table.filled.values()]
        assert listed == [
            ("Centre ville", "Action sociale"), ("Centre ville", "Etat civil"),
            ("Mairie principale", G1), ("Place de la mairie", "Citoyenneté"),
        ]  # fmt: skip
        assert all(f"{place}" in hand.text and f"{label}" in hand.text for place, label in listed)
        await point(hand, G1)
        assert "Mo lundi" in hand.text and "Créneaux par semaine : 65" in hand.text
        assert "10/07/2017 – 25/08/2017 : Vacances" in hand.text


@SIZES
async def test_c4_the_list_narrows_as_one_types(opened: Opened, size: tuple[int, int]) -> None:
    async with opened("counters", size=size) as hand:
        await hand.press("slash")
        await hand.type("sociale CENTRE")
        table = hand.app.screen.query_one("#counters", Table)
        assert len(table.keys) == 1 and "1 sur 4" in hand.text
        await hand.press("escape")
        assert table.has_focus and len(table.keys) == 1
        await hand.press("slash", *["backspace"] * 20, "down")
        assert table.has_focus and len(table.keys) == 4


@SIZES
async def test_c4_c5_a_counter_is_created_with_an_exception_period_as_in_the_manual(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    async with opened("counters", size=size) as hand:
        await hand.press("a")
        assert isinstance(hand.app.screen, CounterForm) and field(hand, "first") == "04/04/2017"
        await hand.type("Guichet 7")
        await choose(hand, "type", "Titres")
        await choose(hand, "place", "Mairie p")
        await fill(hand, first="lundi", last="30/06/2017")
        await choose(hand, "week", "Mairie p")
        assert field(hand, "first") == "10/04/2017", "what was understood is shown"
        await hand.press("ctrl+n")
        assert isinstance(hand.app.screen, ExceptionForm)
        await fill(hand, first="15/05/2017", last="19/05/2017")
        await choose(hand, "week", "Vacances")
        await hand.press("ctrl+s")
        assert "15/05/2017" in hand.text and "19/05/2017" in hand.text
        await hand.click("#public")
        await fill(hand, capacity="2")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
        assert "Guichet 7" in hand.text and "Ajouté : Guichet 7 · ne se défait pas" in hand.told
    made = shown(town, "Guichet 7")
    assert (made.type, made.place, made.week) == ("Titres d'identité", "Mairie principale", "Mairie principale")
    assert (made.first_day, made.last_day) == (date(2017, 4, 10), date(2017, 6, 30))
    assert (made.capacity, made.public, made.desk) == (2, True, None)
    assert [(one.first_day, one.last_day, one.week) for one in made.exceptions] == [
        (date(2017, 5, 15), date(2017, 5, 19), "Vacances")
    ]


@SIZES
async def test_c4_what_is_wrong_is_said_in_the_form_and_nothing_typed_is_lost(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    before = town.run(counters.list_counters, town.me)
    async with opened("counters", size=size) as hand:
        await hand.press("a", "ctrl+s")
        assert "À renseigner : Libellé, Type de rendez-vous, Lieu, Semaine de référence." in hand.told
        await hand.type("Guichet 8")
        await choose(hand, "type", "Titres")
        await choose(hand, "place", "Mairie p")
        await choose(hand, "week", "Mairie p")
        for last, told in (("le 30 du mois", "« le 30 du mois »"), ("01/04/2017", "(C4)")):
            await fill(hand, last=last)
            await hand.press("ctrl+s")
            assert isinstance(hand.app.screen, CounterForm) and told in hand.told
            assert (field(hand, "label"), field(hand, "last")) == ("Guichet 8", last)
        await fill(hand, last="", capacity="six")
        await hand.press("ctrl+s")
        assert "six" in hand.told
        await fill(hand, capacity="1", label=G1)
        await hand.press("ctrl+s")
        assert f"« {G1} »" in hand.told
        await hand.press("escape")
        assert "Fermer et perdre la saisie ?" in hand.text
        await hand.press("right", "enter")
        assert isinstance(hand.app.screen, CountersPage)
    assert town.run(counters.list_counters, town.me) == before


@SIZES
async def test_i1_another_week_shows_first_whom_it_touches_and_changes_nothing_until_it_is_accepted(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    card = town.run(
        appointments.assign, town.me, counter=G1, start=at(f"{THURSDAY}T16:00"), partner="ROY Paule", phone="0639981240"
    )

    async with opened("counters", size=size) as hand:
        await point(hand, G1)
        await hand.press("enter")
        await choose(hand, "week", "Vacances")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, ImpactDialog) and "ROY Paule" in hand.text
        await hand.press("enter")
        assert isinstance(hand.app.screen, CounterForm), "the careful answer leads back to the form"
        assert shown(town).week == "Mairie principale"
        await hand.press("ctrl+s")
        await hand.click("#go")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    assert shown(town).week == "Vacances"
    assert len(shown(town).exceptions) == 1, "what was not touched stays"
    after = town.run(appointments.show_appointment, town.me, appointment=card.id)
    assert after.card.status is AppointmentStatus.TO_RESCHEDULE


async def test_i1_going_back_to_the_old_week_offers_the_slots_back(opened: Opened, town: Office) -> None:
    card = town.run(
        appointments.assign, town.me, counter=G1, start=at(f"{THURSDAY}T16:00"), partner="ROY Paule", phone="0639981240"
    )
    town.run(counters.set_counter, town.me, counter=G1, week="Vacances")

    async with opened("counters") as hand:
        await point(hand, G1)
        await hand.press("m")
        await choose(hand, "week", "Mairie p")
        await hand.press("ctrl+s")
        assert "ROY Paule" in hand.text
        await hand.click("#restore")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    after = town.run(appointments.show_appointment, town.me, appointment=card.id)
    assert after.card.status is AppointmentStatus.PLANNED and after.card.has_slot


async def test_c5_exception_periods_are_changed_and_removed_in_the_form_and_kept_with_it(
    opened: Opened, town: Office
) -> None:
    town.run(exceptions.add_exception, town.me, counter=G1, first=date(2017, 5, 2), last=date(2017, 5, 5))

    async with opened("counters", size=SMALL) as hand:
        await point(hand, G1)
        await hand.press("enter")
        table = hand.app.screen.query_one("#exceptions", Table)
        assert [row[0] for row in table.filled.values()] == ["02/05/2017", "10/07/2017"], "by first day"
        table.focus()
        await hand.press("home", "enter")
        await fill(hand, first="12/07/2017", last="14/07/2017")
        await hand.press("ctrl+s")
        assert "(C5)" in hand.told, "it would overlap the summer"
        await fill(hand, first="03/05/2017", last="03/05/2017")
        await hand.press("ctrl+s")
        table.focus()
        await hand.press("end", "down", "delete")
        assert [row[0] for row in table.filled.values()] == ["03/05/2017"]
        assert len(shown(town).exceptions) == 2, "nothing is kept before the form is"
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
    assert [(one.first_day, one.last_day) for one in shown(town).exceptions] == [(date(2017, 5, 3),) * 2]


async def test_c5_with_the_mouse_a_period_is_added_changed_and_removed(opened: Opened, town: Office) -> None:
    async with opened("counters") as hand:
        await point(hand, "Citoyenneté")
        await hand.press("enter")
        presses = {press.name: press for press in hand.app.screen.query(Press)}
        await hand.click(presses["add"])
        await fill(hand, first="02/05/2017", last="05/05/2017")
        await hand.click("#save")
        await hand.click(presses["change"])
        assert isinstance(hand.app.screen, ExceptionForm) and field(hand, "last") == "05/05/2017"
        await hand.click("#close")
        await hand.click(presses["remove"])
        assert not hand.app.screen.query_one("#exceptions", Table).keys
        await hand.click("#close")
    assert shown(town, "Citoyenneté").exceptions == ()


@SIZES
async def test_s2_suspended_and_reserved_slots_of_a_counter_are_freed_where_counters_are_managed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    town.run(slots.suspend, town.me, counter=G1, start=at("2017-04-13T09:00"), to=at("2017-04-13T12:00"))
    town.run(slots.suspend, town.me, counter=G1, start=at("2017-04-20T14:00"))

    def kept() -> list[str]:
        found = town.run(
            slots.list_slots, town.me, first=at("2017-04-04"), days=60, counters=[G1], statuses=[SlotStatus.SUSPENDED]
        )
        return [f"{one.starts_at:%d %H:%M}" for one in found]

    async with opened("counters", size=size) as hand:
        await point(hand, G1)
        await hand.press("s")
        assert isinstance(hand.app.screen, KeptSlotsDialog) and "jeudi 13 avril 2017" in hand.text
        table = hand.app.screen.query_one(Table)
        rows = {number: str(row) for number, row in table.filled.items()}
        table.point(next(number for number, row in rows.items() if "13 avril" in row and "09:00" in row))
        await hand.press("space", "space", "x")
        assert kept() == ["13 10:00", "13 10:30", "13 11:00", "13 11:30", "20 14:00"]
        await hand.press("asterisk")
        await hand.click("#release")
        assert kept() == []
        await hand.press("escape", "u")
        assert kept() == ["13 10:00", "13 10:30", "13 11:00", "13 11:30", "20 14:00"], "what was freed is kept again"


async def test_s2_a_counter_without_suspended_slots_says_so(opened: Opened) -> None:
    async with opened("counters", size=SMALL) as hand:
        await point(hand, "Etat civil")
        await hand.press("s")
        assert "n'est suspendu ni réservé" in hand.text
        await fill(hand, **{"from": "un jour"})
        await hand.press("enter")
        assert "« un jour »" in hand.told


@SIZES
async def test_i2_removing_a_counter_shows_whom_it_touches_else_asks(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    town.run(appointments.assign, town.me, counter=G1, start=at(f"{THURSDAY}T16:00"), partner="ROY Paule")

    async with opened("counters", size=size) as hand:
        await point(hand, G1)
        await hand.press("delete")
        assert isinstance(hand.app.screen, ImpactDialog) and "ROY Paule" in hand.text
        await hand.press("escape")
        assert shown(town).label == G1
        town.run(counters.add_counter, town.me, label="Vide", type="Etat civil", place="Centre ville",
                 first=date(2017, 4, 4), week="Etat civil")  # fmt: skip
        hand.app.screen.reload()  # type: ignore[attr-defined]
        await hand.settle()
        await point(hand, "Vide")
        await hand.press("delete")
        assert isinstance(hand.app.screen, ConfirmDialog) and "Supprimer « Vide » ?" in hand.text
        await hand.click("#yes")
    assert "Vide" not in [view.label for view in town.run(counters.list_counters, town.me)]


async def test_c7_a_desk_and_the_portal_are_set_by_keyboard(opened: Opened, town: Office) -> None:
    public = shown(town).public
    async with opened("counters") as hand:
        await point(hand, G1)
        await hand.press("enter")
        await choose(hand, "desk", "Bureau")
        hand.app.screen.query_one(Checkbox).focus()
        await hand.press("space", "ctrl+s")
        assert isinstance(hand.app.screen, CountersPage), hand.told
        await hand.press("enter")
        await fill(hand, capacity="3")
        await hand.press("ctrl+s")
        assert "(C7)" in hand.told
    assert (shown(town).desk, shown(town).public, shown(town).capacity) == ("Bureau 3", not public, 1)


@pytest.mark.parametrize(
    ("rights", "keys", "lists"),
    [
        ((Right.COUNTERS,), {"add", "edit", "remove", "kept"}, ["counters", "weeks", "closures"]),
        ((Right.MODULE,), set(), ["counters", "weeks", "closures", "types", "places", "desks", "services", "agents"]),
    ],
    ids=["counters", "module"],
)
async def test_g1_keys_and_lists_are_those_of_the_rights(
    opened: Opened, town: Office, rights: tuple[Right, ...], keys: set[str], lists: list[str]
) -> None:
    town.run(agents.add_agent, town.me, login="second", rights=tuple(Right))
    town.run(agents.set_agent, town.me, agent="root", rights=rights)

    async with opened("counters") as hand:
        page: Any = hand.app.screen
        assert list(page.sections) == lists
        actions = {active.binding.action for active in page.active_bindings.values()}
        assert actions & {"add", "edit", "remove", "kept"} == keys
        await hand.press("full_stop")
        actions = {active.binding.action for active in page.active_bindings.values()}
        assert ("add" in actions) == (Right.MODULE in rights)


async def test_g2_a_counter_of_another_service_is_refused_in_the_form(opened: Opened, town: Office) -> None:
    town.run(agents.set_agent, town.me, agent="root", services=[])

    async with opened("counters") as hand:
        await point(hand, "Action sociale")
        await hand.press("enter")
        await fill(hand, label="Autre")
        await hand.press("ctrl+s")
        assert isinstance(hand.app.screen, CounterForm) and "(G2)" in hand.told
    assert shown(town, "Action sociale").label == "Action sociale"
