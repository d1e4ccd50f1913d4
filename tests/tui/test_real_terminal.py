"""The program at a real pseudo-terminal: bursts in one write, and an end that leaves the terminal as it was."""

import os
import signal
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.terminal import Terminal, at_terminal
from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.town.apply import apply_town
from rdv.terms import Right
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases
from tests.towns import declared, example
from tests.tui.conftest import SMALL, USUAL, at
from tests.tui.keyboard import DOWN, QUIT, SAVE, TOP, journal

PROGRAM = (sys.executable, "-m", "rdv", "tui")
PATIENCE = 60.0

LEAVES_SCREEN, LEAVES_MOUSE = b"\x1b[?1049l", b"\x1b[?1000l"
SIZES = pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])


NOW = "2017-04-04T15:10"


@pytest.fixture
def afternoon(databases: Databases) -> Iterator[Office]:
    """A town at ten past three: people have appointments today, three of them are past."""
    clock = FrozenClock()
    with databases.fresh("sqlite") as database:
        office = office_on(database, clock)
        office.run(apply_town, office.me, town=declared(example("mairie")))
        office.run(agents.set_agent, office.me, agent="root", services=["Action sociale"], rights=tuple(Right))
        clock.set("2017-04-04T13:30")
        for start, name in {"14:00": "AULAN Gilles", "14:30": "MOREL Anne", "15:00": "PETIT Luc"}.items():
            given = {"counter": "Guichet 1", "start": at(f"2017-04-04T{start}"), "partner": name}
            office.run(appointments.assign, office.me, **given)
        clock.set(NOW)
        database.close()
        yield office


def environment(town: Office) -> dict[str, str]:
    return {
        "RDV_DATABASE": str(town.database.file), "RDV_SIGN_IN": "system", "RDV_AGENT": "root", "RDV_LANG": "fr",
        "RDV_NOW": NOW, "RDV_ZONE": "Europe/Paris", "TEXTUAL_ANIMATIONS": "none",
    }  # fmt: skip


def ended(terminal: Terminal) -> int:
    """Read until the program ends, and return its exit code."""
    deadline = time.monotonic() + PATIENCE
    while terminal.running.poll() is None and time.monotonic() < deadline:
        terminal.read_for(0.2)
    return terminal.running.wait(0)


BURST = f"1{TOP}e{DOWN}e{DOWN}n{DOWN}eu2d.asorel{SAVE}{DOWN}adupont{SAVE}"
"""Four people of today, the last one taken back; then two names for free slots of tomorrow."""
WANTED = ["done", "done", "no_show", "done", "reopen", "partner.add", "assign", "partner.add", "assign"]


@SIZES
@pytest.mark.parametrize("is_early", [False, True], ids=["on-the-page", "while-it-starts"])
def test_a_burst_in_one_write_does_all_that_its_keys_mean(
    afternoon: Office, size: tuple[int, int], is_early: bool
) -> None:
    before = len(journal(afternoon))
    with at_terminal(*PROGRAM, **environment(afternoon)) as terminal:
        termios.tcsetwinsize(terminal.master, (size[1], size[0]))
        terminal.until(b"\x1b[?1049h" if is_early else b"Guichet 1")
        terminal.press(BURST.encode())
        deadline = time.monotonic() + PATIENCE
        while len(journal(afternoon)) < before + len(WANTED) and time.monotonic() < deadline:
            terminal.read_for(0.2)
        terminal.press(QUIT.encode())
        assert ended(terminal) == 0
    done = journal(afternoon)[before:]
    assert [action.removeprefix("appointment.") for action, *_ in done] == WANTED
    assert len({number for _action, subject, number, _facts in done if subject == "appointment"}) == 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_and_gives_the_terminal_back(afternoon: Office, number: signal.Signals) -> None:
    with at_terminal(*PROGRAM, **environment(afternoon)) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.until("Créneaux".encode())
        terminal.until(b"Guichet")
        assert termios.tcgetattr(terminal.master) != before
        os.kill(terminal.running.pid, number)
        terminal.until(LEAVES_MOUSE)
        terminal.until(LEAVES_SCREEN)
        assert ended(terminal) == 128 + number
        after = termios.tcgetattr(terminal.master)
        assert after[3] & termios.ECHO == before[3] & termios.ECHO


def test_a_missing_database_ends_the_program_with_the_sentence_and_the_code_of_the_command_line(
    tmp_path: Path,
) -> None:
    absent = {"RDV_DATABASE": str(tmp_path / "none.db"), "RDV_SIGN_IN": "system", "RDV_LANG": "fr"}
    with at_terminal(*PROGRAM, **absent) as terminal:
        painted = terminal.until(b"rdv init")
        assert b"Aucune base rdv" in painted or b"none.db" in painted
        assert ended(terminal) == 5


def test_a_terminal_that_is_closed_ends_the_program(afternoon: Office) -> None:
    """The system sends SIGHUP when the window is closed, and nothing can be painted any more."""
    terminal = Terminal(*PROGRAM, **environment(afternoon))
    terminal.until(b"Guichet 1")
    os.close(terminal.master)
    os.kill(terminal.running.pid, signal.SIGHUP)
    try:
        assert terminal.running.wait(PATIENCE) in (128 + signal.SIGHUP, -signal.SIGHUP)
    finally:
        terminal.running.kill()
