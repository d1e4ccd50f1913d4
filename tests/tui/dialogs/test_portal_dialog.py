"""The citizens' site beside the screens: its address, and a code that telephones read."""

import segno

from rdv.engine.office import Office
from rdv.tui.app import RdvApp
from rdv.tui.dialogs.portal import QUIET, PortalDialog, qr_code
from rdv.tui.widgets.banner import Address
from tests.tui.conftest import SMALL, Hand, Opened
from tests.tui.screens.test_slots_page import SIZES

ADDRESS = "http://127.0.0.1:8123"


@SIZES
async def test_the_address_is_in_the_first_line_and_opens_its_code(
    town: Office, speaks_french: None, size: tuple[int, int]
) -> None:
    town.settings = town.settings.model_copy(update={"mail_url": "file:/srv/essai/outbox"})

    app = RdvApp(town.settings, office=town, portal=ADDRESS)
    async with app.run_test(size=size) as pilot:
        hand = Hand(app, pilot)
        await hand.until(lambda: bool(app.opened))
        await hand.settle()
        assert ADDRESS in hand.text.splitlines()[0]
        for opening in ("key", "mouse"):
            await (hand.press("i") if opening == "key" else hand.click(Address))
            assert isinstance(app.screen, PortalDialog)
            for seen in (ADDRESS, "rdv demo --host 0.0.0.0", "/srv/essai/outbox", "Fermer", "▀" * 29):
                assert seen in hand.text
            await hand.press("escape")
            assert app.opened == "slots" and not isinstance(app.screen, PortalDialog)


async def test_without_a_site_there_is_neither_address_nor_key(opened: Opened) -> None:
    async with opened(size=SMALL) as hand:
        assert "http" not in hand.text and "Portail" not in hand.text
        await hand.press("i")
        assert not isinstance(hand.app.screen, PortalDialog)


def test_the_code_is_drawn_module_by_module_dark_on_light_in_every_theme() -> None:
    drawn = qr_code(ADDRESS)
    wanted = [list(row) for row in segno.make(ADDRESS, micro=False).matrix_iter(border=QUIET)]
    styles = [span.style for span in drawn.spans]
    width = len(wanted[0])
    cells = [styles[start : start + width] for start in range(0, len(styles), width)]
    upper = [[style.color.triplet.hex == "#000000" for style in row] for row in cells]
    lower = [[style.bgcolor.triplet.hex == "#000000" for style in row] for row in cells]
    found = [row for pair in zip(upper, lower, strict=True) for row in pair][: len(wanted)]
    assert found == [[bool(module) for module in row] for row in wanted]
