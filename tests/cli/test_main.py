"""The program around its commands: exit codes, one JSON document, no traceback, interruptions."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rdv.cli import main
from rdv.terms import Broken, Conflict, Invalid, NotAllowed, NotFound, RdvError, Refused
from tests.cli.conftest import ERROR, Cli, Process, has_shape


@pytest.mark.parametrize(
    ("family", "code"), [(Refused, 1), (Conflict, 1), (Invalid, 2), (NotAllowed, 3), (NotFound, 4), (Broken, 5)]
)
def test_each_family_of_errors_has_its_exit_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, family: type[RdvError], code: int
) -> None:
    def fail() -> None:
        raise family("not_confirmed")

    monkeypatch.setattr("rdv.cli.session.office", fail)
    assert cli("slot list --from today").code == code


def test_an_error_of_the_program_is_told_in_one_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("rdv.cli.session.office", fail)
    ran = cli("slot list --from today")
    assert ran.code == main.INTERNAL
    assert ran.err.splitlines()[0] == "Something unexpected happened: ZeroDivisionError: division by zero."
    assert cli("slot list --from today --json").error["error"] == "internal"


def test_an_interruption_is_no_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rdv.cli.session.office", interrupt)
    ran = cli("slot list --from today")
    assert (ran.code, ran.out, ran.err) == (main.INTERRUPTED, "", "")


def test_the_program_says_its_version(cli: Cli) -> None:
    project = Path(main.__file__).parents[2] / "pyproject.toml"
    declared = tomllib.loads(project.read_text("utf-8"))["project"]["version"]
    assert cli.done("--version") == f"rdv {declared}\n"


@pytest.mark.parametrize("line", ["", "slot", "counter exception", "db"])
def test_a_noun_without_a_verb_says_its_help(cli: Cli, line: str) -> None:
    ran = cli(line)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: rdv")
    assert ran.out == cli(f"{line} --help").out


@pytest.mark.parametrize(
    ("line", "close"),
    [("wek list", "week"), ("slot lst", "list"), ("conter list", "counter"), ("counter exception ad", "add")],
)
def test_an_unknown_command_is_told_with_those_that_come_close(cli: Cli, line: str, close: str) -> None:
    for language in ("en", "fr"):
        error = cli(f"{line} --json", lang=language).error
        assert error["error"] == "usage_command"
        assert close in error["hint"]


def test_an_unknown_option_is_told_with_those_that_come_close(cli: Cli) -> None:
    error = cli("slot list --form today --json").error
    assert "--from" in error["hint"] and "rdv slot list --help" in error["hint"]


@pytest.mark.usefixtures("database")
def test_the_exit_code_is_that_of_the_process(process: Process) -> None:
    for line, code in {"slot next --type citoyennete": 0, "slot list": 2, "counter show X": 4}.items():
        ran = process(line)
        assert ran.code == code, ran
        assert "Traceback" not in ran.err
        assert (ran.out == "") == (code > 0)


@pytest.mark.usefixtures("database")
def test_a_script_gets_one_json_document_and_nothing_else(process: Process) -> None:
    assert len(process("slot list --from 2017-04-07 --days 1 --counter 1 --json").document) == 13
    assert has_shape(process("counter show X --json").error, ERROR)


@pytest.mark.usefixtures("database")
def test_a_reader_that_leaves_early_is_no_error(settings: Path) -> None:
    line = "from rdv.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", line, "slot", "list", "--from", "2017-04-04", "--days", "300", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as writing:  # fmt: skip
        assert writing.stdout is not None and writing.stderr is not None
        assert writing.stdout.readline() == "[\n"
        writing.stdout.close()
        assert writing.stderr.read() == ""
    assert writing.returncode in (0, 1)


@pytest.mark.usefixtures("database")
def test_json_is_utf_8_and_readable_by_people(process: Process) -> None:
    assert '"name": "VIGNEAU Chloé"' in process("partner show C000098 --json").out


def test_rdv_is_on_the_path() -> None:
    ran = subprocess.run([Path(sys.executable).parent / "rdv", "--help"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("Usage: rdv")


def test_the_real_clock_is_read_where_none_is_set(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RDV_NOW")
    ran = cli("appointment assign citoyennete 2017-06-07T09:00 --partner X --json")
    assert json.loads(ran.err)["error"] == "slot_past"
