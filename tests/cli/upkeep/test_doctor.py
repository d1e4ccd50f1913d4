"""`rdv doctor`: the state of each part, and how to fix it, for people and scripts."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ERROR, Cli, has_shape


def test_all_is_well(cli: Cli, settings: Path) -> None:
    told = cli.json("doctor")
    assert told["settings_file"] is None
    assert [(one["name"], one["problem"]) for one in told["examined"]] == [
        ("database", None), ("agent", None), ("mail", None), ("sms", None), ("portal", None), ("outbox", None),
    ]  # fmt: skip
    shown = cli.done("doctor")
    assert shown.count("✓") == 6 and "✗" not in shown
    assert str(settings / "rdv.db") in shown
    assert "base de données" in cli.done("doctor", lang="fr")


def test_the_settings_file_in_force_is_named(cli: Cli, settings: Path) -> None:
    Path("rdv.toml").write_text('mail_url = "file:somewhere"\n')
    assert cli.json("doctor")["settings_file"] == "rdv.toml"
    assert cli.json("doctor")["examined"][2]["value"] == "file:somewhere"


@pytest.mark.parametrize(
    ("setting", "value", "code", "error"),
    [
        ("database", "{}/none.db", 5, "database_absent"),
        ("database", "postgresql://127.0.0.1:1/rdv", 5, "database_unreachable"),
        ("agent", "nobody", 1, "agent_unknown"),
        ("mail_url", "smtp://127.0.0.1:1", 1, "mail_unreachable"),
        ("mail_url", "pigeon", 1, "mail_unreachable"),
        ("sms_url", "nothing", 1, "sms_url"),
    ],
)
def test_what_is_wrong_is_told_with_how_to_mend_it(
    cli: Cli, settings: Path, setting: str, value: str, code: int, error: str
) -> None:
    given = {setting: value.format(settings)}
    before = cli.everything()
    ran = cli("doctor --json", **given)
    assert (ran.code, ran.err) == (code, "")
    problems = [one["problem"] for one in json.loads(ran.out)["examined"] if one["problem"]]
    assert problems[0]["error"] == error
    assert all(has_shape(problem, ERROR) and problem["hint"] for problem in problems)
    told = cli("doctor", **given)
    assert told.code == code
    assert "✗" in told.out and problems[0]["message"] in told.out and problems[0]["hint"] in told.out
    assert cli.everything() == before
