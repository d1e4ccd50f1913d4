"""Debian's Chromium, driven by Playwright, and a portal that listens on this machine.

Where there is no Chromium, these tests are left out, and the run says which and how to have them.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from portal.app import create_app
from rdv.engine.office import Office
from tests.post import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOW = "no Chromium here: apt-get install chromium, and these tests run too"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=HOW)
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def listening(office: Office) -> Iterator[str]:
    """The portal of an office at an address of its own, which its links name too."""
    port = free_port()
    office.settings.portal_url = f"http://127.0.0.1:{port}"
    server = uvicorn.Server(
        uvicorn.Config(create_app(office), port=port, log_level="critical", access_log=False, lifespan="on")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < until, "the portal does not start"
        threading.Event().wait(0.05)
    try:
        yield office.settings.portal_url
    finally:
        server.should_exit = True
        thread.join()
