"""`rdv init` and `rdv apply`: making a database and declaring a town hall (B3)."""

import json
from pathlib import Path
from typing import Any

import pytest

from rdv import paths
from rdv.store.session import Database
from tests.cli.conftest import APPOINTMENT, IMPACT, Cli, has_shape
from tests.towns import everything

MAIRIE = str(paths.example("mairie"))


@pytest.fixture
def absent(settings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the settings name a database that does not exist."""
    file = settings / "new" / "rdv.db"
    monkeypatch.setenv("RDV_DATABASE", str(file))
    return file


def content(file: Path) -> dict[str, Any]:
    database = Database(f"sqlite:///{file}")
    found = everything(database)
    database.close()
    return found


# init


def test_g1_init_makes_the_database_and_its_first_administrator(cli: Cli, absent: Path) -> None:
    ran = cli("init", agent="alice")
    assert ran.out == f"The database is ready: {absent}.\nalice is its first administrator.\n"
    assert "rdv apply FILE" in ran.err
    assert cli.json("agent list", agent="alice")[0]["rights"] == ["module", "counters", "appointments"]


def test_init_again_changes_nothing(cli: Cli, absent: Path) -> None:
    assert cli.json("init") == {"database": str(absent), "administrator": "root"}
    before = content(absent)
    assert cli.json("init", agent="eve") == {"database": str(absent), "administrator": None}
    assert content(absent) == before
    assert cli.done("init") == f"The database is ready: {absent}.\n"


@pytest.mark.parametrize("there", ["folder", "text"])
def test_init_where_no_database_can_be_is_told(cli: Cli, settings: Path, there: str) -> None:
    (settings / "folder").mkdir()
    (settings / "text").write_text("this is no database, " * 100)
    for line in ("init", "slot list --from today"):
        ran = cli(f"{line} --json", database=str(settings / there))
        assert ran.code == 5
        assert ran.error["error"] in ("database_unreachable", "database_damaged", "database_absent")
    assert (settings / "text").read_text().startswith("this is no database")


# apply on an absent database


def test_b3_apply_makes_the_database_as_init_does(cli: Cli, absent: Path) -> None:
    plan = cli.json(f"apply {MAIRIE}", agent="alice")
    assert {change["action"] for change in plan["changes"]} == {"added"}
    assert has_shape(plan["impact"], IMPACT)
    assert cli.json("agent show alice", agent="alice")["rights"] == ["module", "counters", "appointments"]
    assert cli.json(f"apply {MAIRIE}", agent="alice")["changes"] == []


def test_b3_a_dry_run_makes_nothing(cli: Cli, absent: Path) -> None:
    plan = cli.json(f"apply {MAIRIE} --dry-run")
    assert len(plan["changes"]) > 40
    assert not absent.parent.exists()
    told = cli(f"apply {MAIRIE} --dry-run")
    assert told.code == 0
    assert "+ counter « Guichet 1 »" in told.out
    assert told.err.endswith("Nothing was written.\n")
    assert not absent.parent.exists()


BAD = [
    ('[[servic]]\nlabel = "A"', 2, "declaration_key"),
    ("[[service]]", 2, "declaration_missing"),
    ("[[service]]\nlabel = 1", 2, "declaration_value"),
    ("label = ", 2, "declaration_toml"),
    ('[[desk]]\nlabel = "A"\n[[desk]]\nlabel = "a"', 2, "declaration_twice"),
    ('[[week]]\nlabel = "A"\nslot = 30\nhours = "Mo 25:00-26:00"', 2, "hours_unreadable"),
    ('[[week]]\nlabel = "A"\nslot = 30\nhours = "Mo 09:00-12:00,11:00-13:00"', 1, "openings_overlap"),
    ('[[week]]\nlabel = "A"\nslot = 30\nhours = "Jul Mo 09:00-12:00"', 1, "hours_rule"),
    ('[[counter]]\nlabel = "A"\ntype = "T"\nplace = "P"\nfrom = 2017-01-01\nweek = "W"', 4, "not_found"),
]


@pytest.mark.parametrize(("text", "code", "error"), BAD)
def test_b3_a_bad_file_makes_nothing(cli: Cli, absent: Path, text: str, code: int, error: str) -> None:
    ran = cli("apply - --json", stdin=text)
    assert (ran.code, ran.error["error"]) == (code, error)
    assert not absent.parent.exists()


@pytest.mark.parametrize(("text", "code", "error"), BAD)
def test_b3_a_bad_file_changes_nothing(cli: Cli, text: str, code: int, error: str) -> None:
    before = cli.everything()
    Path("bad.toml").write_text('[[service]]\nlabel = "Neuf"\n' + text if error != "declaration_toml" else text)
    ran = cli("apply bad.toml --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert cli.everything() == before


@pytest.mark.parametrize(("file", "said"), [("none.toml", "No such file"), (".", "directory"), ("latin.toml", "UTF-8")])
def test_a_file_that_cannot_be_read_is_told(cli: Cli, file: str, said: str) -> None:
    Path("latin.toml").write_bytes(b'[[service]]\nlabel = "\xe9"\n')
    ran = cli(f"apply {file} --json")
    assert (ran.code, ran.error["error"]) == (2, "file_absent")
    assert file in ran.error["message"] and said in ran.error["message"]


# The plan


def test_b3_the_plan_is_told_field_by_field(cli: Cli) -> None:
    change = Path(MAIRIE).read_text("utf-8").replace("1 place de l'Hôtel de Ville", "2 rue Neuve")
    foreseen = json.loads(cli("apply - --json --dry-run", stdin=change).out)
    assert foreseen["changes"] == [
        {
            "action": "changed", "kind": "place", "label": "Mairie principale",
            "fields": {"address": ["1 place de l'Hôtel de Ville", "2 rue Neuve"]},
        }
    ]  # fmt: skip
    told = cli("apply - --dry-run", stdin=change).out
    assert told == "~ place « Mairie principale »\n    address: 1 place de l'Hôtel de Ville → 2 rue Neuve\n"
    french = cli("apply - --dry-run", stdin=change, lang="fr").out
    assert french.splitlines()[1].strip().startswith("adresse")
    assert cli("apply -", stdin=change).err == "Done.\n"
    assert cli("apply -", stdin=change).err == "Nothing to change.\n"


def test_b3_pruning_is_told_and_asked_for(cli: Cli) -> None:
    text = '[[closure]]\nlabel = "Pont"\nfrom = 2017-05-26\n'
    assert [one["action"] for one in json.loads(cli("apply - --json", stdin=text).out)["changes"]] == ["added"]
    pruned = cli("apply - --prune", stdin=text)
    assert pruned.out == "- closure « Travaux, 2017-04-14 »\n"
    assert [one["label"] for one in cli.json("closure list")] == ["Pont"]


def test_i1_a_file_that_touches_appointments_is_applied_with_a_yes(cli: Cli) -> None:
    text = '[[closure]]\nlabel = "Grève"\nfrom = 2017-04-06\n'
    before = cli.everything()
    refused = cli("apply - --json", stdin=text)
    assert (refused.code, refused.error["error"]) == (1, "not_confirmed")
    assert cli("apply -", stdin=text).code == 1
    assert cli.everything() == before
    impact = json.loads(cli("apply - --json --dry-run", stdin=text).out)["impact"]
    assert all(has_shape(one, APPOINTMENT) for one in impact["appointments"])
    assert {one["partner"]["name"] for one in impact["appointments"]} == {"BOIS Jules", "NGUYEN Linh"}
    assert cli.everything() == before
    assert json.loads(cli("apply - --json --yes", stdin=text).out)["impact"]["to_reschedule"] == 2


def test_g1_declaring_takes_the_right_to_configure(cli: Cli) -> None:
    before = cli.everything()
    ran = cli("apply - --json", stdin='[[service]]\nlabel = "A"\n', agent="lucie")
    assert (ran.code, ran.error["error"]) == (3, "right_missing")
    assert cli.everything() == before
