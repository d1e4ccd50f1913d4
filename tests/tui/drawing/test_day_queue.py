"""A day at the counters, as values: who is next, who waits, who is late (A9)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.partners import PartnerCard
from rdv.terms import AppointmentStatus
from rdv.tui.drawing import day_queue
from tests.conftest import PARIS
from tests.towns import speaking

NOW = datetime(2017, 4, 4, 10, 10, tzinfo=PARIS)


def card(number: int, start: str, *, counter: int = 1, here: str = "", **changes: object) -> AppointmentCard:
    """A planned appointment of half an hour, of today."""
    begins = datetime.fromisoformat(f"2017-04-04T{start}").replace(tzinfo=PARIS)
    arrived = datetime.fromisoformat(f"2017-04-04T{here}").replace(tzinfo=PARIS) if here else None
    made = AppointmentCard(
        number, "Citoyenneté", counter, f"Guichet {counter}", "Mairie", PartnerCard(number, "C000001", "X", None, None),
        begins, begins + timedelta(minutes=30), AppointmentStatus.PLANNED, begins, "root", "", True, 1, 1, arrived,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def numbers(cards: list[AppointmentCard]) -> list[int]:
    return [one.id for one in cards]


def test_a9_next_is_the_first_of_each_counter_that_is_not_over() -> None:
    cards = [card(1, "09:00"), card(2, "10:00"), card(3, "10:30"), card(4, "11:00", counter=2)]
    assert numbers(day_queue.next_up(cards, NOW)) == [2, 4]


def test_a9_who_is_here_is_not_forgotten_when_the_slot_is_over() -> None:
    late = card(1, "09:00", here="09:20", status=AppointmentStatus.PAST_WITHOUT_STATUS)
    assert numbers(day_queue.next_up([late, card(2, "10:00")], NOW)) == [1]


def test_a9_of_those_who_start_together_who_came_first_is_next() -> None:
    cards = [card(1, "10:30"), card(2, "10:30", here="10:05"), card(3, "10:30", here="09:55")]
    assert numbers(day_queue.next_up(cards, NOW)) == [3]


@pytest.mark.parametrize("status", [AppointmentStatus.DONE, AppointmentStatus.NO_SHOW])
def test_who_has_an_outcome_is_not_next(status: AppointmentStatus) -> None:
    assert day_queue.next_up([card(1, "10:30", here="10:00", status=status)], NOW) == []


def test_who_lost_the_slot_is_not_next() -> None:
    assert day_queue.next_up([card(1, "10:30", status=AppointmentStatus.TO_RESCHEDULE, has_slot=False)], NOW) == []


def test_the_line_for_now_stands_before_what_has_not_begun() -> None:
    cards = [card(1, "09:00"), card(2, "10:10"), card(3, "10:30")]
    assert day_queue.now_before(cards, NOW) == 2
    assert day_queue.now_before([], NOW) == 0
    assert day_queue.now_before(cards[:1], NOW) == 1


@pytest.mark.parametrize(
    ("one", "told", "style"),
    [
        (card(1, "10:30", here="09:05"), "▶ là à 09:05, 1 h 05", "here"),
        (card(1, "10:00"), "… en retard de 10 min", "expected"),
        (card(1, "10:30"), "● planifié", "expected"),
        (card(1, "09:00", status=AppointmentStatus.DONE, here="09:00"), "✓ réalisé", "over"),
        (card(1, "11:00", status=AppointmentStatus.TO_RESCHEDULE, has_slot=False), "↻ à replanifier", "lost"),
    ],
)
def test_a9_a_row_says_who_waits_since_when_and_who_is_late(one: AppointmentCard, told: str, style: str) -> None:
    with speaking("fr"):
        assert day_queue.state(one, NOW) == told
    assert day_queue.style(one) == style
