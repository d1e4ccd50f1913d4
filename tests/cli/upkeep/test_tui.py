"""`rdv tui`: the screens in a terminal, and in a browser, whose visitor is not the user of this machine (G4)."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import textual_serve.server

import rdv.tui
from rdv.cli.main import run
from rdv.terms import Invalid
from rdv.tui.app import RdvApp


def test_the_screens_open_and_read_the_settings_behind_their_first_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[RdvApp] = []
    monkeypatch.setattr(RdvApp, "run", lambda app: opened.append(app))
    assert run(["tui"]) == 0
    assert [app.settings for app in opened] == [None]


def test_settings_that_cannot_be_read_end_the_screens_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(RdvApp, "run", lambda app: Invalid("setting", name="RDV_SIGN_IN", value="key"))
    assert run(["tui"]) == 2
    assert "RDV_SIGN_IN" in capsys.readouterr().err


def test_settings_that_cannot_be_read_are_not_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RDV_LOCK_MINUTES", "often")
    assert run(["tui", "--serve"]) == 2
    assert "RDV_LOCK_MINUTES" in capsys.readouterr().err


def test_g4_in_a_browser_the_password_is_asked_whatever_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []

    class Recorded:
        def __init__(self, command: str, **given: Any) -> None:
            served.append({"command": command, **given})

        def serve(self) -> None:
            served[-1]["sign_in"] = os.environ["RDV_SIGN_IN"]

    monkeypatch.setattr(textual_serve.server, "Server", Recorded)
    monkeypatch.setenv("RDV_SIGN_IN", "system")
    assert run(["tui", "--serve", "--port", "8002", "--url", "https://guichet.example.org"]) == 0
    assert (served[0]["sign_in"], served[0]["port"], served[0]["public_url"]) == (
        "password", 8002, "https://guichet.example.org",
    )  # fmt: skip
    assert served[0]["command"].endswith(" -m rdv tui")
    assert (served[0]["templates_path"] / "app_index.html").is_file()


def test_the_page_that_is_served_fetches_nothing_from_elsewhere() -> None:
    page = (Path(rdv.tui.__path__[0]) / "served" / "app_index.html").read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!\{\{)', page) == []
