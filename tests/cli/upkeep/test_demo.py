"""`rdv demo`: a sample town hall in its own folder, and the commands to try next."""

import shlex
from pathlib import Path

import pytest

from rdv.cli import main
from tests.cli.conftest import Cli

MADE = Path("rdv") / "demo" / "rdv.db"


def test_the_demonstration_shows_the_week_of_its_counters(cli: Cli, settings: Path) -> None:
    before = cli.everything()
    shown = cli.done("demo", now="2026-11-24T10:00")
    assert (settings / "data" / MADE).is_file()
    assert cli.everything() == before  # the town hall of the settings is left alone
    for counter in ("Guichet 1", "Citoyenneté", "Etat civil", "Action sociale"):
        assert f"{counter} · " in shown
    assert "Mon 23/11" in shown and "● BOIS Jules" in shown and "◆ reserved (administration)" in shown
    assert "lun. 23/11" in cli.done("demo", now="2026-11-24T10:00", lang="fr")


def test_what_it_says_to_type_next_works(cli: Cli, settings: Path) -> None:
    shown = cli.done("demo", now="2026-11-24T10:00")
    steps = [line.strip() for line in shown.split("What to type next:\n")[1].splitlines()]
    name, _, value = shlex.split(steps[0])[1].partition("=")
    assert (name, value) == ("RDV_DATABASE", str(settings / "data" / MADE))
    for step in steps[1:]:
        words = step.removeprefix("rdv ")
        assert step != words
        ran = cli(words, database=value, now="2026-11-24T10:00")
        assert (ran.code, ran.err) == (0, ""), step
        assert ran.out


def test_a_demonstration_that_is_there_is_kept_until_it_is_begun_anew(cli: Cli, settings: Path) -> None:
    at = {"now": "2026-11-24T10:00"}
    cli.done("demo", **at)
    cli.done("appointment cancel 1", database=str(settings / "data" / MADE), **at)
    assert "BOIS Jules" not in cli.done("demo", **at)
    assert "BOIS Jules" in cli.done("demo --reset", **at)


def test_it_needs_no_terminal_and_no_setting(settings: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    for name in ("RDV_NOW", "RDV_DATABASE", "RDV_AGENT", "RDV_LANG"):
        monkeypatch.delenv(name)
    ran = cli("demo")
    assert (ran.code, ran.err) == (0, "")
    assert "BOIS Jules" in ran.out and "rdv partner show C000098" in ran.out
    assert main.run(["demo"]) == 0
