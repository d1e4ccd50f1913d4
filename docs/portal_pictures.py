"""Makes the pictures of the portal in `docs/images/`, with Debian's Chromium: `uv run python docs/portal_pictures.py`.

The demonstration is the one of `pictures.py`; somebody signs up, holds slots, and validates them.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from docs.pictures import IMAGES, demonstration
from rdv.engine.office import Office
from rdv.settings import load
from tests.citizens import link_for
from tests.portal.browser import SIZES, chromium, listening

EMAIL = "lea.durand@example.org"


def main() -> None:
    """Walks through the portal on a phone by day and at a desk by night, and keeps what it shows."""
    with demonstration():
        os.environ |= {"RDV_TOWN": "Mairie de Villeneuve", "RDV_TOWN_CONTACT": "01 99 00 12 34"}
        office = Office.open(load())
        with listening(office) as address, chromium() as browser:
            phone = browser.new_context(viewport=SIZES["phone"], locale="fr-FR", device_scale_factor=1.5).new_page()
            phone.goto(address)
            keep(phone, "portal-home")
            phone.get_by_role("link", name="Citoyenneté").click()
            keep(phone, "portal-phone")
            phone.locator(".first button").nth(1).click()
            phone.locator("#email-link").fill(EMAIL)
            phone.get_by_role("button", name="Recevoir un lien").click()
            phone.goto(address + link_for(office, EMAIL)[0])
            phone.locator("#name").fill("DURAND Léa")
            phone.get_by_role("button", name="Créer mon compte").click()
            phone.get_by_role("button", name="Prendre ce créneau").click()
            keep(phone, "portal-held")
            phone.get_by_role("button", name="Valider mon rendez-vous").click()
            phone.goto(f"{address}/rendez-vous")
            keep(phone, "portal-mine")
            desk = browser.new_context(viewport=SIZES["desktop"], locale="fr-FR", color_scheme="dark").new_page()
            desk.goto(f"{address}/rendez-vous/nouveau?type=1")
            keep(desk, "portal-desktop")


def keep(page: object, name: str) -> None:
    """What the screen shows, as PNG."""
    page.screenshot(path=str(IMAGES / f"{name}.png"))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
