"""A person at a terminal: asked before appointments are touched, and safe from what the database holds."""

import os
import pty
import select
import shlex
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import Cli, Ran
from tests.conftest import Make

CLOSE = "closure add Grève --from 2017-04-07 --place 'mairie principale'"


# Asked before appointments are touched (I1)


def in_terminal(line: str, typed: str) -> Ran:
    """Run `rdv` in a terminal where a person types; `out` is what it shows."""
    pid, screen = pty.fork()
    if pid == 0:  # the child
        code = "from rdv.cli.main import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", code, *shlex.split(line)])
    os.write(screen, typed.encode())
    shown = b""
    while select.select([screen], [], [], 60)[0]:
        try:
            read = os.read(screen, 65536)
        except OSError:  # the child has gone
            break
        if not read:
            break
        shown += read
    os.close(screen)
    return Ran(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode(), "")


@pytest.mark.parametrize(("typed", "language"), [("y\n", "en"), ("Oui\n", "fr")])
def test_i1_a_person_sees_whom_a_change_touches_and_says_yes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, typed: str, language: str
) -> None:
    monkeypatch.setenv("RDV_LANG", language)
    ran = in_terminal(CLOSE, typed)
    assert ran.code == 0, ran
    assert "AULAN Gilles" in ran.out and "gilles.aulan@example.org" in ran.out
    assert {"en": "Go on? [y/N]", "fr": "[o/N]"}[language] in ran.out
    assert cli.json("appointment show 2")["status"] == "to_reschedule"


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04"])
def test_i1_whatever_is_not_a_yes_changes_nothing(cli: Cli, typed: str) -> None:
    before = cli.everything()
    ran = in_terminal(CLOSE, typed)
    assert ran.code in (1, 130)
    assert "Traceback" not in ran.out
    assert cli.everything() == before


def test_i1_with_yes_nobody_is_asked(cli: Cli) -> None:
    ran = in_terminal(f"{CLOSE} --yes", "")
    assert ran.code == 0
    assert "Go on?" not in ran.out


def test_i1_a_script_in_a_terminal_is_not_asked_either(cli: Cli) -> None:
    before = cli.everything()
    ran = in_terminal(f"{CLOSE} --json", "y\n")
    assert (ran.code, "Go on?" in ran.out) == (1, False)
    assert '"not_confirmed"' in ran.out and "AULAN" not in ran.out
    assert cli.everything() == before


@pytest.mark.parametrize(
    "line",
    [
        CLOSE, "counter remove 1", "counter exception add 1 --from 2017-04-07 --until 2017-04-07",
        "slot suspend 1 2017-04-07T09:00", "place set 1 --timezone Europe/London", "week set 1 --hours off --slot 30",
        "apply closed.toml", "import closures closed.csv", "partner forget C000101", "reschedule apply",
    ],
)  # fmt: skip
def test_b1_where_a_yes_is_wanted_a_script_gets_one_json_error_and_nothing_else(cli: Cli, line: str) -> None:
    Path("closed.toml").write_text('[[closure]]\nlabel = "Grève"\nfrom = 2017-04-07\n')
    Path("closed.csv").write_text("Libellé;Début\nGrève;07/04/2017\n")
    before = cli.everything()
    assert cli(f"{line} --json").error["error"] == "not_confirmed"
    assert cli.everything() == before
    assert cli(f"{line} --json --yes").document


# Stored text never controls the terminal

TITLE = "\x1b]0;rdv was here\x07"
NASTY = f"BOIS {TITLE}\x1b[2J\x9b31m\x7f\u202eJules"
JOURNALED = (
    "INSERT INTO journal_entry (at, actor_kind, actor, action, subject, facts) "
    "VALUES (0, 'agent', :nasty, :nasty, :nasty, '{}')"
)


@pytest.fixture
def nasty(make: Make) -> None:
    """Store texts with control sequences in every text column, by plain SQL."""
    with make.office.database.write() as session:
        for statement in (
            "UPDATE partner SET name = :nasty, phone = :nasty, email = :nasty WHERE id IN (98, 99)",
            "UPDATE appointment SET comment = :nasty",
            "UPDATE counter SET label = :nasty WHERE id = 1",
            "UPDATE place SET label = :nasty, address = :nasty",
            "UPDATE appointment_type SET label = :nasty, description = :nasty WHERE id = 1",
            "UPDATE agent SET name = :nasty",
            "UPDATE reference_week SET label = :nasty WHERE id = 1",
            "UPDATE service SET label = :nasty WHERE id = 1",
            "UPDATE closure SET label = :nasty",
            "UPDATE desk SET label = :nasty",
            JOURNALED,
        ):
            session.execute(text(statement), {"nasty": NASTY})


SHOWN = [
    "partner list", "partner show 98", "partner show 99", "partner history 99", "appointment list --view all",
    "appointment show 1", "counter list", "counter show 1", "counter show 3", "place list", "place show 1",
    "type list", "type show 1", "week list", "week show 1", "service list", "service show 1", "closure list",
    "closure show 1", "desk list", "desk show 1", "agent list", "agent show 3", "journal",
    "slot list --from 2017-04-06",
    "slot list --from 2017-04-03 --calendar", "slot next --type 1", "counter remove 1 --dry-run",
    "closure add X --from 2017-04-06 --dry-run",
]  # fmt: skip


def is_safe(shown: str) -> bool:
    """Return True if a terminal would only print this text: every character is printable or ends a line."""
    return all(c.isprintable() or c == "\n" for c in shown)


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize("line", SHOWN)
def test_stored_text_never_sends_control_sequences(cli: Cli, line: str) -> None:
    ran = cli(line)
    assert ran.code == 0
    assert is_safe(ran.out + ran.err)


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize("line", SHOWN)
def test_nor_does_the_json_of_it_and_scripts_read_it_as_it_is(cli: Cli, line: str) -> None:
    if "--calendar" in line:
        line = "partner show 99"
    ran = cli(f"{line} --json")
    assert is_safe(ran.out + ran.err)
    assert ran.document
    if line == "partner show 99":
        assert ran.document["name"] == NASTY


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize(
    "line",
    ["appointment cancel 999", "counter remove 1", "week remove 1", "type remove 1", f"counter show '{NASTY} X'",
     "appointment assign 1 2017-04-06T09:00 --partner X", "partner merge 99 99", "service add 'a\x1b[2Jb'"],
)  # fmt: skip
def test_nor_do_errors(cli: Cli, line: str) -> None:
    for json in ("", " --json"):
        ran = cli(line + json)
        assert ran.code != 0
        assert is_safe(ran.out + ran.err)


@pytest.mark.usefixtures("nasty")
def test_nor_does_the_exported_town_hall(cli: Cli) -> None:
    assert is_safe(cli.done("export config --all"))
