"""Languages, themes, the palette and the help: what makes the screens anybody's."""

import pytest
from textual.command import CommandPalette
from textual.theme import Theme
from textual.widgets import OptionList

from rdv.i18n import wording
from rdv.terms import AppointmentStatus, SlotStatus
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.help import HelpDialog
from rdv.tui.palette import ours
from rdv.tui.screens.partners import PartnersPage
from rdv.tui.themes import THEMES
from rdv.tui.widgets.banner import ENTRIES
from tests.tui.conftest import SMALL, Hand, Opened
from tests.tui.screens.test_slots_page import SIZES

TINTS = {
    "free": 6, "held": 18, "booked": 22, "reserved": 18, "suspended": 18,
    "occupied": 14, "done": 14, "no-show": 14, "lost": 14,
}  # fmt: skip
"""How thickly, in percent, the sheet lays the colour of a status under its own words."""

LEGIBLE = 4.5
"""The contrast that small text needs (WCAG 2.1, 1.4.3)."""


def luminance(colour: str) -> float:
    """How bright a colour is to the eye, as WCAG reckons."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far apart two colours are, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, background: str, percent: int) -> str:
    """A colour laid thinly over a background, as the sheet says with « $free 18% »."""
    pairs = [(int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(under + (over - under) * percent / 100):02x}" for over, under in pairs)


def test_the_contrast_of_black_on_white_is_the_largest() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mixed("#ff0000", "#0000ff", 50) == "#800080"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_status_is_legible_on_its_background(theme: Theme) -> None:
    assert theme.background and theme.surface
    for name, colour in theme.variables.items():
        for background in (theme.background, theme.surface, mixed(colour, theme.background, TINTS[name])):
            assert contrast(colour, background) >= LEGIBLE, (name, colour, background)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_words_are_legible_wherever_they_stand(theme: Theme) -> None:
    assert theme.foreground and theme.background and theme.surface and theme.panel
    assert theme.accent and theme.error and theme.warning
    for background in (theme.background, theme.surface, theme.panel):
        assert contrast(theme.foreground, background) >= LEGIBLE
    assert contrast(theme.background, theme.primary) >= LEGIBLE
    assert contrast(theme.background, theme.accent) >= LEGIBLE
    for colour in (theme.primary, theme.error, theme.warning):
        assert contrast(colour, theme.surface) >= LEGIBLE


def test_a_status_is_never_told_by_colour_alone() -> None:
    signs = [wording.SIGNS[status] for status in SlotStatus]
    assert len(set(signs)) == len(signs)
    told = [wording.SIGNS[status] for status in AppointmentStatus]
    assert len(set(told)) == len(told)


@SIZES
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_every_theme_draws_the_screens(opened: Opened, theme: Theme, size: tuple[int, int]) -> None:
    async with opened(size=size) as hand:
        hand.app.action_theme(theme.name)
        await hand.settle()
        assert hand.app.current_theme.name == theme.name
        assert hand.app.screen.styles.background.hex.lower() == theme.background
        for entry in ENTRIES:
            await hand.app.action_open(entry)
            await hand.settle()
            assert hand.app.opened == entry
            assert "rdv" in hand.text


async def test_another_language_holds_for_everything_at_once_and_is_taken_back(opened: Opened) -> None:
    async with opened() as hand:
        await hand.press("6", "escape", "2")
        assert "Créneaux" in hand.text
        assert "Aujourd'hui" in hand.text
        await hand.app.action_language("en")
        await hand.settle()
        assert hand.app.opened == "slots"
        for seen in ("Slots", "Today", "Week 14", "Assign", "Undo", "free"):
            assert seen in hand.text
        assert "Créneaux" not in hand.text
        await hand.press("6", "escape")
        assert isinstance(hand.app.screen, PartnersPage)
        assert "Found: 7" in hand.text
        await hand.press("2", "question_mark")
        assert "Keys and signs" in hand.text
        await hand.press("escape")
        await hand.app.action_language("fr")
        await hand.settle()
        assert "Semaine 14" in hand.text
        assert "Attribuer" in hand.text
        await hand.app.action_language("fr")
        assert hand.app.opened == "slots"


async def palette(hand: Hand, words: str) -> None:
    """Opens the palette, and types."""
    await hand.press("ctrl+p")
    assert isinstance(hand.app.screen, CommandPalette)
    await hand.type(words)
    await hand.until(lambda: hand.app.screen.query_one(OptionList).option_count > 0)


@SIZES
@pytest.mark.parametrize("entry", ENTRIES)
async def test_the_palette_holds_every_action_and_the_help_every_key(
    opened: Opened, entry: str, size: tuple[int, int]
) -> None:
    async with opened(entry, size=size) as hand:
        if entry == "partners":
            await hand.press("escape")
        page = hand.app.screen
        held = {command.title for command in hand.app.get_system_commands(page)}
        wanted = {one.binding.tooltip or one.binding.description for one in ours(page.active_bindings).values()}
        menu = {wording.say("Menu"), wording.say("Everything")}
        assert len(wanted) > 4
        assert {wording.say(title) for title in wanted} - menu <= held
        assert {wording.say(ENTRIES[other][0]) for other in ENTRIES} <= held
        assert {"Français", "English", "Sombre", "Clair"} <= held
        await hand.press("question_mark")
        assert isinstance(hand.app.screen, HelpDialog)
        helped = "\n".join(str(line.prompt) for line in hand.app.screen.query_one(OptionList).options)
        assert all(wording.say(title) in helped for title in wanted)
        assert "suspendu" in helped
        await hand.press("escape")
        assert hand.app.screen is page


async def test_an_action_is_done_from_the_palette(opened: Opened) -> None:
    async with opened() as hand:
        await palette(hand, "Mois")
        await hand.press("enter")
        await hand.until(lambda: "avril 2017" in hand.text.splitlines()[3])
        await palette(hand, "Sans statut")
        await hand.press("enter")
        await hand.until(lambda: hand.app.opened == "past")
        await palette(hand, "English")
        await hand.press("enter")
        await hand.until(lambda: "Partners" in hand.text)
        await palette(hand, "Light")
        await hand.press("enter")
        await hand.until(lambda: hand.app.theme == "rdv-light")


async def test_keys_of_the_page_do_nothing_behind_a_dialog(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        await hand.press("a")
        assert isinstance(hand.app.screen, AssignDialog)
        await hand.press("escape", "question_mark", "6", "t")
        assert hand.app.opened == "slots"
        assert isinstance(hand.app.screen, HelpDialog)
