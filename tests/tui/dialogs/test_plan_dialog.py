"""New slots for many appointments, on the screen: proposed, edited, applied whole or in part (I3)."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from textual.widgets import Button, ProgressBar

from rdv import date_input
from rdv.engine.booking import appointments, rescheduling, slots
from rdv.engine.office import REGISTRY, Office
from rdv.engine.setup import counters
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, AppointmentStatus
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.plan import Closed, PlanDialog, distance
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.table import Table
from tests.conftest import PARIS
from tests.towns import speaking
from tests.tui.conftest import SMALL, Hand, Opened, at
from tests.tui.screens.test_slots_page import SIZES


@pytest.fixture(autouse=True)
def _bois_has_no_slot(town: Office) -> None:
    """The slot of BOIS Jules, on 6 April, is suspended; VIGNEAU Chloé has three to be moved in June."""
    town.run(slots.suspend, town.me, counter="Guichet 1", start=at("2017-04-06T09:00"))


def to_reschedule(town: Office) -> list[AppointmentCard]:
    return town.run(appointments.list_appointments, town.me, view=AppointmentList.TO_RESCHEDULE)


def card_of(town: Office, number: int) -> AppointmentCard:
    return town.run(appointments.show_appointment, town.me, appointment=number).card


def plan_of(hand: Hand) -> PlanDialog:
    screen = hand.app.screen
    assert isinstance(screen, PlanDialog)
    return screen


def label_of(hand: Hand) -> str:
    """What the button that applies says."""
    return str(hand.app.screen.query_one("#apply", Button).label)


@SIZES
async def test_i3_the_plan_shows_old_and_new_slots_and_moves_all_at_once(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    numbers = [card.id for card in to_reschedule(town)]

    async with opened("to_reschedule", size=size) as hand:
        await hand.press("p")
        for seen in ("BOIS Jules", "jeu. 06/04 09:00", "→ jeu. 06/04 09:30", "+30 min", "→ mer. 07/06 13:30"):
            assert seen in hand.text
        assert "Nouveaux créneaux : 4 · sans créneau : 0" in hand.text
        assert plan_of(hand).closeness == "meilleur plan possible"
        assert plan_of(hand).closeness in hand.text
        assert label_of(hand) == "Appliquer les 4"
        assert len(to_reschedule(town)) == 4
        await hand.press("ctrl+s")
        assert "Aucun rendez-vous à replanifier." in hand.text
        assert "4" in hand.told
    assert {card_of(town, number).status for number in numbers} == {AppointmentStatus.PLANNED}


@SIZES
async def test_i3_a_row_that_is_left_out_stays_as_it_is(opened: Opened, town: Office, size: tuple[int, int]) -> None:
    first = to_reschedule(town)[0]

    async with opened("to_reschedule", size=size) as hand:
        await hand.click(next(iter(hand.app.screen.query(Press).filter(".-mode"))))
        await hand.press("delete")
        assert "✕ écarté" in hand.text
        assert "meilleur plan possible" not in hand.text  # the plan is no longer the one that was proposed
        assert label_of(hand) == "Appliquer les 3"
        await hand.click("#leave_out")
        assert label_of(hand) == "Appliquer les 4"
        button = hand.app.screen.query_one("#leave_out")
        await hand.until(lambda: not button.has_class("-active"))
        await hand.click("#leave_out")
        assert label_of(hand) == "Appliquer les 3"
        await hand.click("#apply")
    assert to_reschedule(town) == [first]


async def test_i3_the_marked_rows_alone_are_applied_and_the_others_stay_in_the_plan(
    opened: Opened, town: Office
) -> None:
    async with opened("to_reschedule") as hand:
        await hand.press("p", "down", "space")
        assert label_of(hand) == "Appliquer les 1 cochés"
        await hand.press("ctrl+s")
        assert len(plan_of(hand).lines) == 3
        assert label_of(hand) == "Appliquer les 3"
        await hand.press("escape")
        assert "Rendez-vous : 3" in hand.text
    assert len(to_reschedule(town)) == 3


async def test_i3_nothing_is_written_when_the_plan_is_closed(opened: Opened, town: Office) -> None:
    before = to_reschedule(town)

    async with opened("to_reschedule") as hand:
        await hand.press("p", "escape")
    assert to_reschedule(town) == before


@SIZES
async def test_i3_another_slot_is_picked_for_a_row_none_that_the_plan_gives_away(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    june = to_reschedule(town)[2:]

    def plan_of_below(hand: Hand) -> PlanDialog:
        below = hand.app.screen_stack[-2]
        assert isinstance(below, PlanDialog)
        return below

    async with opened("to_reschedule", size=size) as hand:
        await hand.press("p", "down", "down", "enter")
        picker = hand.app.screen
        assert isinstance(picker, PickerDialog)
        given = {line.move.starts_at for line in plan_of_below(hand).lines.values() if line.move}
        own = plan_of_below(hand).lines[june[0].id].move
        assert own is not None
        offered = {slot.starts_at for slot in picker.free if slot.counter_id == own.counter_id}
        assert offered & given == {own.starts_at}
        await hand.press("down", "down", "enter")
        await hand.press("ctrl+s")
    starts = [card_of(town, card.id).starts_at for card in june]
    assert to_reschedule(town) == []
    assert starts[0] > starts[1]


async def test_i3_those_without_a_slot_come_first_and_are_named_with_the_reason(opened: Opened, town: Office) -> None:
    town.run(counters.remove_counter, town.me, counter="Etat civil")

    async with opened("to_reschedule") as hand:
        await hand.press("p")
        assert "sans créneau : 4" in hand.text
        lines = [line for line in hand.text.splitlines() if "VIGNEAU" in line]
        assert len(lines) == 3
        assert all("✕ aucun guichet" in line for line in lines)
        assert list(plan_of(hand).lines.values())[-1].goes
        await hand.press("delete")
        assert label_of(hand) == "Appliquer les 1"
        await hand.press("ctrl+s")
        assert "sans créneau : 4" in hand.told
    assert len(to_reschedule(town)) == 4


@SIZES
async def test_i3_a_slot_that_someone_took_meanwhile_is_said_and_another_proposed(
    opened: Opened, town: Office, size: tuple[int, int]
) -> None:
    bois = to_reschedule(town)[0].id

    async with opened("to_reschedule", size=size) as hand:
        await hand.press("p")
        line = plan_of(hand).lines[bois]
        assert line.move is not None
        start = date_input.at(line.move.starts_at)
        town.run(appointments.assign, town.me, counter=line.move.counter_id, start=start, partner="MARTIN Rose")
        await hand.press("ctrl+s")
        assert list(plan_of(hand).lines) == [bois]
        assert "Le créneau prévu pour BOIS Jules a été pris entre-temps." in hand.told
        assert "→ jeu. 06/04 10:00" in hand.text
        await hand.press("ctrl+s")
        assert not isinstance(hand.app.screen, PlanDialog)
    assert f"{card_of(town, bois).starts_at:%d/%m %H:%M}" == "06/04 10:00"


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[threading.Event]:
    """A use case of rescheduling that says a quarter of its work is done, then waits until it may go on."""
    real, gate = getattr(rescheduling, name), threading.Event()

    @functools.wraps(real)
    def waits(work: Any, *, progress: Any, **given: Any) -> Any:
        progress(1, 4)
        gate.wait(20)
        return real(work, progress=progress, **given)

    monkeypatch.setattr(rescheduling, name, waits)
    monkeypatch.setitem(REGISTRY, waits, REGISTRY[real])
    try:
        yield gate
    finally:
        gate.set()


async def test_a_long_planning_shows_how_far_it_is_and_the_screen_answers(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("to_reschedule", size=SMALL) as hand:
        with slow(monkeypatch, "plan_moves") as gate:
            await hand.pilot.press("p")
            await hand.until(lambda: "Recherche des créneaux libres" in hand.text)
            await hand.until(lambda: hand.app.screen.query_one(ProgressBar).percentage == 0.25)
            assert hand.app.screen.query_one("#apply", Button).disabled
            assert not hand.app.screen.query_one(Table).display
            dialog = plan_of(hand)
            await hand.pilot.press("escape")
            await hand.until(lambda: not isinstance(hand.app.screen, PlanDialog))
            await hand.until(lambda: not dialog.is_attached)
            with pytest.raises(Closed):  # the thread ends its work the next time that it tells how far it is
                dialog._told(2, 4)
            gate.set()
            await hand.settle()


async def test_what_is_being_written_is_not_closed_halfway(
    opened: Opened, town: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("to_reschedule") as hand:
        await hand.press("p")
        with slow(monkeypatch, "apply_moves") as gate:
            await hand.pilot.press("ctrl+s")
            await hand.until(lambda: hand.app.screen.query_one(ProgressBar).percentage == 0.25)
            await hand.pilot.press("escape", "ctrl+s")
            assert isinstance(hand.app.screen, PlanDialog)
            gate.set()
            await hand.until(lambda: not isinstance(hand.app.screen, PlanDialog))
            await hand.settle()
    assert to_reschedule(town) == []


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("2017-04-06T09:00", "même heure"), ("2017-04-06T09:30", "+30 min"), ("2017-04-06T07:55", "−1 h 05"),
        ("2017-04-07T08:00", "+1 j"), ("2017-03-30T09:00", "−7 j"),
    ],
)  # fmt: skip
def test_a_distance_reads_as_people_say_it(new: str, told: str) -> None:
    old = datetime(2017, 4, 6, 9, tzinfo=PARIS)
    with speaking("fr"):
        assert distance(old, datetime.fromisoformat(new).replace(tzinfo=PARIS)) == told
        assert distance(old, old + timedelta(seconds=10)) == "même heure"
