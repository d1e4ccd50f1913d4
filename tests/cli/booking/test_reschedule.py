"""`rdv reschedule`: how close the plan is to the best one, and Ctrl+C (I3)."""

import pytest

from tests.cli.conftest import Cli, Process

INTERRUPTED = """
import signal
from contextlib import contextmanager
from rdv.cli import render

titles = []

@contextmanager
def progress(title):
    titles.append(title)
    yield lambda done, total: signal.raise_signal(signal.SIGINT) if len(titles) == {number} else None

render.progress = progress
from rdv.cli.main import main
main()
"""
"""Runs `rdv` and presses Ctrl+C as soon as the first or second bar reports progress."""


def test_i3_the_plan_says_how_close_it_is_to_the_best_one(cli: Cli) -> None:
    assert cli.json("reschedule plan")["gap"] == 0
    ran = cli("reschedule plan")
    assert "New slots: 3, the best possible plan." in ran.err
    assert "Nouveaux créneaux : 3, meilleur plan possible." in cli("reschedule plan", lang="fr").err


@pytest.mark.parametrize(
    ("line", "number"), [("reschedule plan", 1), ("reschedule apply --yes", 1), ("reschedule apply --yes", 2)]
)
def test_i3_ctrl_c_stops_planning_and_moving_and_nothing_is_written(
    cli: Cli, process: Process, line: str, number: int
) -> None:
    before = cli.everything()
    ran = process(line, code=INTERRUPTED.format(number=number))
    assert ran.code == 130, ran
    assert "Traceback" not in ran.err
    assert cli.everything() == before
    assert cli.json("reschedule apply --yes")["moved"]
