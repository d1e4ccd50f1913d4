"""The whole path in a real browser, on a phone and on a desk, with JavaScript and without, by mail that a real server
received: sign up, hold three slots, validate, change by the link, cancel, choose again (P1–P6, N1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from rdv import date_input
from rdv.engine.booking import slots
from rdv.engine.upkeep import worker
from rdv.terms import Actor
from tests.conftest import Make
from tests.portal.browser import SIZES, chromium, listening, needs_chromium
from tests.post import PostOffice, open_post_office

pytestmark = [needs_chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]

LIGHT_WEIGHT = 100_000
"""Bytes that the whole first page may weigh."""


@dataclass
class Mailbox:
    """What the town's mail server has received."""

    post: PostOffice

    def latest(self, make: Make) -> EmailMessage:
        """The latest message, once the worker has sent what waits."""
        worker.send_due(make.office, worker="test", stopped=lambda: False)
        return self.post.messages[-1]


@pytest.fixture
def mailbox(make: Make) -> Iterator[Mailbox]:
    with open_post_office() as post:
        make.office.settings.mail_url = f"smtp://127.0.0.1:{post.port}"
        yield Mailbox(post)


@pytest.fixture
def address(make: Make, mailbox: Mailbox, tmp_path: Path) -> Iterator[str]:
    make.town("Guichet 1", public=True)
    make.office.settings.lang = "en"
    make.office.settings.sms_url = f"file:{tmp_path}"
    with listening(make.office) as url:
        yield url


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(message: EmailMessage, path: str) -> str:
    found = re.search(rf"http://\S+/{path}/\S+", words(message))
    assert found, words(message)
    return found[0]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("size", SIZES)
def test_p1_p6_the_whole_path(make: Make, address: str, mailbox: Mailbox, size: str, script: bool) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport=SIZES[size], java_script_enabled=script, locale="en-GB")
        problems: list[str] = []
        page = context.new_page()
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.on(
            "requestfailed",
            lambda request: problems.append(request.url) if "ABORTED" not in str(request.failure) else None,
        )
        page.goto(address)
        page.get_by_role("link", name="Citoyenneté").click()
        page.get_by_role("button", name="Thursday 6 April 2017 09:00").click()
        page.get_by_label("E-mail address").first.fill("lea@example.org")
        page.get_by_role("button", name="Receive a link").click()
        page.get_by_text("lea@example.org").wait_for()

        page.goto(link_in(mailbox.latest(make), "inscription"))
        page.get_by_label("Last and first name").fill("DURAND Léa")
        page.get_by_role("button", name="Make my account").click()
        page.get_by_role("button", name="Take this slot").click()
        for wall in ("09:30", "10:00"):
            page.get_by_role("link", name="Add another slot").click()
            page.get_by_role("button", name=f"Thursday 6 April 2017 {wall}").click()
        chosen = page.get_by_role("listitem").filter(has_text="Citoyenneté")
        chosen.nth(2).wait_for()
        assert chosen.count() == 3
        page.go_back()
        page.go_forward()
        page.get_by_role("button", name="Validate my 3 appointments").click()
        page.get_by_text("Your appointments are confirmed").wait_for()

        message = mailbox.latest(make)
        assert message["subject"].startswith("3 appointments confirmed")
        events = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        assert len(events) == 3 and "METHOD:REQUEST" in events[0].get_content()

        stranger = browser.new_context(viewport=SIZES[size], java_script_enabled=script, locale="en-GB").new_page()
        stranger.goto(link_in(message, "lien"))
        assert make.rows("SELECT count(*) FROM appointment WHERE status = 'planned'") == [(3,)]
        stranger.get_by_role("link", name="Change the time").click()
        stranger.get_by_role("button", name="Thursday 6 April 2017 11:00").click()
        stranger.get_by_text("Your appointment is changed").wait_for()
        moved = mailbox.latest(make)
        assert "11:00" in moved["subject"]
        stranger.goto(link_in(moved, "lien"))
        stranger.get_by_role("link", name="Cancel the appointment").click()
        stranger.get_by_role("button", name="Yes, cancel it").click()
        stranger.get_by_text("Your appointment is cancelled").wait_for()
        assert "METHOD:CANCEL" in "".join(
            part.get_content() for part in mailbox.latest(make).walk() if part.get_content_type() == "text/calendar"
        )

        make.office.run(
            slots.suspend, Actor.agent("root"), counter="Guichet 1", start=date_input.read("2017-04-06T09:30"), to=None
        )
        invited = mailbox.latest(make)
        stranger.goto(link_in(invited, "lien"))
        stranger.get_by_role("link", name="Choose another time").click()
        stranger.get_by_role("button", name="Friday 7 April 2017 09:00").first.click()
        stranger.get_by_text("Your appointment is changed").wait_for()
        page.reload()
        assert page.get_by_text("has to be changed").count() == 0
        assert problems == []
    assert make.rows("SELECT status, count(*) FROM appointment GROUP BY status ORDER BY status") == [
        ("cancelled", 1), ("planned", 2)
    ]  # fmt: skip


PAGES = (
    "/", "/connexion", "/inscription", "/rendez-vous/nouveau?type=1", "/rendez-vous/nouveau/choix", "/rendez-vous",
    "/rendez-vous/1", "/rendez-vous/1/changer", "/rendez-vous/1/annuler", "/compte", "/compte/suppression",
    "/nulle-part", "/connexion/x", "/rendez-vous/nouveau?creneau=1.1.1491548400",
)  # fmt: skip
CODE_SENT = "/compte/dossier"
"""Where a form leads, and no address."""


def enter(page: Any, make: Make, address: str, mailbox: Mailbox) -> None:
    """Signs up, with an appointment that is to be changed and a slot that is held."""
    page.goto(f"{address}/inscription")
    page.get_by_label("E-mail address").fill("lea@example.org")
    page.get_by_role("button", name="Receive a link").click()
    page.get_by_text("lea@example.org").wait_for()
    page.goto(link_in(mailbox.latest(make), "inscription"))
    page.get_by_label("Last and first name").fill("DURAND Léa")
    page.get_by_role("button", name="Make my account").click()
    page.get_by_role("button", name="Sign out", exact=True).wait_for()
    make.book("Guichet 1", "2017-04-06T09:30", "C000001")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:30")
    page.goto(f"{address}/rendez-vous/nouveau?type=1")
    page.get_by_role("button", name="Thursday 6 April 2017 10:00").click()
    page.get_by_role("link", name="Add another slot").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_knows(make: Make, address: str, mailbox: Mailbox, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    with chromium() as browser:
        for size in SIZES.values():
            page = browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB", bypass_csp=True).new_page()
            if size == SIZES["phone"]:
                enter(page, make, address, mailbox)
                cookies = page.context.cookies()
            else:
                page.context.add_cookies(cookies)
            for path in (*PAGES, CODE_SENT):
                if path == CODE_SENT:
                    page.goto(f"{address}/compte")
                    page.get_by_label("Mobile phone that the counter knows").fill("06 39 98 12 05")
                    page.get_by_role("button", name="Receive a code").click()
                    page.get_by_role("heading", name="Look at your phone").wait_for()
                else:
                    page.goto(address + path)
                found = axe.run(page)
                assert found.violations_count == 0, f"{path}: {found.generate_report()}"
                wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                assert not wide, f"{path} is wider than the screen"
                small = page.evaluate(
                    "[...document.querySelectorAll('main button, nav a, input[type=submit]')]"
                    ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)"
                )
                assert small == [], f"{path} has targets that a finger misses"


def test_every_page_is_used_by_keyboard_alone(make: Make, address: str, mailbox: Mailbox) -> None:
    with chromium() as browser:
        page = browser.new_context(viewport=SIZES["desktop"], locale="en-GB").new_page()
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Go to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rendez-vous/nouveau?type=1")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "creneau":
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "where one is can be seen"
        page.keyboard.press("Enter")
        page.wait_for_url("**/connexion?suite=*")


def test_the_first_page_is_light(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        weights: list[int] = []
        page.on("response", lambda answer: weights.append(len(answer.body())))
        page.goto(address, wait_until="networkidle")
        assert len(weights) >= 4
        assert sum(weights) < LIGHT_WEIGHT
