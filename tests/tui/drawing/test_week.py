"""A reference week as a picture: what is open, at a glance (C3)."""

import pytest

from rdv.engine.setup import weeks
from rdv.tui.drawing.week import draw_week, mark_place
from tests.towns import speaking


def drawn(*hours: tuple[str, int], width: int = 70) -> list[str]:
    with speaking("en"):
        return draw_week(weeks.weekly(hours), width)


def test_c3_each_weekday_is_a_line_with_its_openings_at_their_hours_and_its_slots() -> None:
    picture = drawn(("Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00", 30))
    assert picture == [
        "             8h  9h  10h 11h 12h 13h 14h 15h 16h 17h",
        "Mo Monday    · ██████████████·   · ██████████████·       14",
        "Tu Tuesday   · ██████████████·   · ██████████████·       14",
        "We Wednesday · ██████████████·   · ██████████████·       14",
        "Th Thursday  · ██████████████·   · ██████████████·       14",
        "Fr Friday    · ██████████████·   · ██████████████·       14",
        "Sa Saturday  ·   ████████████·   ·   ·   ·   ·   ·        6",
        "Su Sunday    ·   ·   ·   ·   ·   ·   ·   ·   ·   ·        –",
        "█ 30 min  Slots a week: 76",
    ]


def test_c3_a_length_of_slots_has_its_own_shade() -> None:
    picture = drawn(("Mo 09:00-10:00", 20), ("Mo 10:00-12:00", 60))
    assert "████▓▓▓▓▓▓▓▓" in picture[1] and picture[1].endswith(" 5")
    assert picture[-1] == "█ 20 min  ▓ 60 min  Slots a week: 5"


def test_c3_a_quarter_that_is_open_by_half_is_half_a_cell() -> None:
    assert "▐███▌" in drawn(("Mo 09:07-10:08", 10))[1]


@pytest.mark.parametrize("width", [40, 58, 70, 110])
def test_c3_a_long_day_fits_with_fewer_cells_an_hour(width: int) -> None:
    picture = drawn(("Mo-Su 06:00-22:00", 60), width=width)
    assert all(len(line) <= width for line in picture)
    assert all(line.endswith(" 16") for line in picture[1:8])
    assert picture[0].split()[0] == "6h"


def test_c3_a_week_without_openings_is_drawn_empty() -> None:
    picture = drawn()
    assert all(line.endswith("–") for line in picture[1:8])
    assert picture[-1] == "Slots a week: 0"


@pytest.mark.parametrize(
    ("text", "at", "width", "told"),
    [
        ("Mo-Fr 8h", 8, 20, ("Mo-Fr 8h", "       ↑")),
        ("Mo-Fr", 6, 20, ("Mo-Fr", "     ↑")),
        ("", 1, 20, ("", "↑")),
        ("abcdefghijklmnopqrstuvwxyz", 20, 10, ("opqrstuvwx", "     ↑")),
        ("abcdefghijklmnopqrstuvwxyz", 26, 10, ("rstuvwxyz", "        ↑")),
    ],
)
def test_c3_the_place_of_a_mistake_is_pointed_at(text: str, at: int, width: int, told: tuple[str, str]) -> None:
    assert mark_place(text, at, width) == told
