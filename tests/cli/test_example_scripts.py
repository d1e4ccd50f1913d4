"""The scripts of `examples/scripts`, run as an administrator runs them, on a fresh town hall (B1)."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Process, Ran

ROOT = Path(__file__).parents[2]
Script = Callable[..., Ran]


@pytest.fixture
def script(settings: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Run an example script on the database of the test, with the `rdv` of this environment."""
    monkeypatch.setenv("RDV_DATABASE", str(settings / "rdv.db"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def run(name: str, *arguments: str) -> Ran:
        done = subprocess.run(
            ["sh", ROOT / "examples" / "scripts" / name, *arguments],
            cwd=settings / "here", capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def town(script: Script, process: Process) -> Process:
    """Create the town hall of the manual. Return the command line on it."""
    assert process(f"apply {ROOT / 'examples' / 'mairie.toml'} --yes").code == 0
    return process


def test_n1_the_nightly_script_sends_reminders_and_reports_the_appointments_to_reschedule(
    script: Script, town: Process, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = town("appointment assign 'Guichet 1' 2017-04-07T10:00 --partner 'DURAND Léa' --email lea@example.org")
    assert booked.code == 0
    monkeypatch.setenv("RDV_NOW", "2017-04-05T18:00")
    ran = script("nightly.sh", "report.csv")
    assert ran.code == 0, ran.err
    sent = {(one["kind"], one["to"]) for one in town("notification list --status sent --json").document}
    assert sent == {
        ("confirmation", "lea@example.org"), ("reminder", "lea@example.org"), ("reminder", "gilles.aulan@example.org"),
    }  # fmt: skip
    with (settings / "here" / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {row["status"] for row in rows} == {"to reschedule"}
    assert len(rows) == 3
    assert [file.name for file in (settings / "here").iterdir()] == ["report.csv"]


def test_i1_the_closed_day_script_shows_the_impact_and_writes_nothing_without_yes(
    script: Script, town: Process
) -> None:
    ran = script("closed_day.sh", "Mairie principale", "2017-04-07", "Power cut")
    assert ran.code == 0, ran.err
    assert "AULAN Gilles" in ran.out
    assert "Power cut" not in town("closure list").out


def test_i3_the_closed_day_script_moves_every_appointment_of_the_day(script: Script, town: Process) -> None:
    ran = script("closed_day.sh", "--yes", "Mairie principale", "2017-04-07", "Power cut")
    assert ran.code == 0, ran.err
    listed = town("appointment list --place 'Mairie principale' --json").document
    starts = {one["partner"]["name"]: one["starts_at"] for one in listed}
    assert starts.keys() >= {"AULAN Gilles", "BOIS Jules"}
    assert not starts["AULAN Gilles"].startswith("2017-04-07")


def test_i3_the_closed_day_script_ends_with_1_if_someone_has_no_other_slot(script: Script, town: Process) -> None:
    assert town("counter set 'Guichet 1' --until 2017-04-07 --yes").code == 0
    for day in ("2017-04-05", "2017-04-06"):
        assert town(f"slot suspend 'Guichet 1' {day} --yes").code == 0
    assert town("slot suspend 'Guichet 1' 2017-04-04 --yes").code == 0
    ran = script("closed_day.sh", "--yes", "Mairie principale", "2017-04-07", "Power cut")
    assert ran.code == 1, ran
    assert "AULAN Gilles" in ran.out


def test_c6_the_new_year_script_adds_holidays_and_extends_the_counters_that_end(script: Script, town: Process) -> None:
    assert town("counter set 'Guichet 1' --until 2017-12-31 --yes").code == 0
    for _ in range(2):  # again after a failure, or by mistake: nothing changes
        ran = script("new_year.sh", "2018")
        assert ran.code == 0, ran.err
    holidays = [one for one in town("closure list --json").document if one["first_day"].startswith("2018-")]
    assert "2018-05-01" in [one["first_day"] for one in holidays]
    assert len({one["first_day"] for one in holidays}) == len(holidays)
    last_days = {one["label"]: one["last_day"] for one in town("counter list --json").document}
    assert last_days["Guichet 1"] == "2018-12-31"
    assert last_days["Citoyenneté"] is None


@pytest.mark.parametrize("name", ["nightly.sh", "closed_day.sh", "new_year.sh"])
def test_b1_a_script_without_arguments_ends_with_2_and_says_how_to_use_it(script: Script, name: str) -> None:
    ran = script(name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("usage:")


def test_b1_a_script_ends_with_the_exit_code_of_the_command_that_fails(script: Script, town: Process) -> None:
    assert script("closed_day.sh", "--yes", "Nowhere", "2017-04-07", "Power cut").code == 4
