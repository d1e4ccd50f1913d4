"""`rdv export config`: the town hall as TOML, which `rdv apply` reads back (B3)."""

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_b3_the_configuration_goes_to_standard_output_and_reads_back(cli: Cli, settings: Path) -> None:
    text = cli.done("export config")
    assert "partner" not in tomllib.loads(text)
    before = cli.everything()
    ran = cli("apply - --json", stdin=text)
    assert ran.document["changes"] == []
    assert cli.everything() == before


def test_b3_all_of_it_makes_the_same_town_hall_elsewhere(cli: Cli, settings: Path) -> None:
    assert cli("export config --all --out all.toml").err == "Written: all.toml.\n"
    elsewhere = {"database": str(settings / "other.db")}
    assert cli("apply all.toml", **elsewhere).code == 0
    line = "slot list --from 2017-04-03 --days 14"
    assert cli.done(line, **elsewhere) == cli.done(line)
    assert cli.done("export config --all", **elsewhere) == Path("all.toml").read_text("utf-8")


@pytest.mark.parametrize(("out", "code", "error"), [("taken.toml", 1, "file_exists"), ("no/where.toml", 2, "file_un")])
def test_a_file_that_cannot_be_written_is_told(cli: Cli, out: str, code: int, error: str) -> None:
    Path("taken.toml").write_text("mine")
    ran = cli(f"export config --out {out}")
    assert (ran.code, ran.out) == (code, "")
    assert out in ran.err
    assert Path("taken.toml").read_text() == "mine"


def test_g1_exporting_takes_the_right_to_configure(cli: Cli) -> None:
    ran = cli("export config", agent="lucie")
    assert (ran.code, ran.out) == (3, "")
