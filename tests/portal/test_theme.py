"""The town's colour, whatever it is, is read on the light ground and on the dark one (WCAG 1.4.3)."""

import re

import pytest
from hypothesis import given, strategies

from portal.theme import DARK_GROUND, LIGHT_GROUND, contrast, style, theme

COLOURS = strategies.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
WCAG_AA = 4.5


@given(COLOURS)
def test_any_colour_is_made_readable_on_both_grounds_and_so_is_what_is_written_on_it(colour: str) -> None:
    made = theme(colour)
    assert contrast(made.light, LIGHT_GROUND) >= WCAG_AA
    assert contrast(made.dark, DARK_GROUND) >= WCAG_AA
    assert contrast(made.on_light, made.light) >= WCAG_AA
    assert contrast(made.on_dark, made.dark) >= WCAG_AA


@pytest.mark.parametrize("colour", ["#1f5a8a", "#8a1f2f"])
def test_a_colour_that_can_be_read_is_left_as_it_is(colour: str) -> None:
    assert theme(colour).light == colour


@pytest.mark.parametrize(
    ("one", "other", "wanted"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)]
)
def test_contrast_is_that_of_wcag_either_way_round(one: str, other: str, wanted: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(wanted, abs=0.005)


def test_the_style_sheet_has_a_colour_for_each_ground() -> None:
    sheet = style("#1f5a8a")
    light, dark = re.findall(r"--town:(#[0-9a-f]{6});--on-town:(#[0-9a-f]{6})", sheet)
    made = theme("#1f5a8a")
    assert (light, dark) == ((made.light, made.on_light), (made.dark, made.on_dark))
    assert "prefers-color-scheme:dark" in sheet and "<" not in sheet
