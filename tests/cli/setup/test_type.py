"""`rdv type`: types of appointments (C1)."""

import pytest

from tests.cli.conftest import Cli

TYPE = {
    "id": int, "label": str, "description": str, "services": list, "public": bool, "max_upcoming": int,
    "notice_hours": int, "horizon_days": int, "hold_minutes": int, "reminder_hours": list,
}  # fmt: skip


def test_c1_a_type_has_all_that_the_rule_says(cli: Cli) -> None:
    listed = cli.json("type list")
    assert all({name: type(value) for name, value in one.items()} == TYPE for one in listed)
    assert cli.json("type show 'action sociale'") == next(one for one in listed if one["label"] == "Action sociale")
    assert cli("type list").rows[0] == [
        "No.", "Label", "Services", "Portal", "Upcoming", "Notice (h)", "Horizon (d)",
    ]  # fmt: skip
    assert "livret de famille" in cli.done("type show 'etat civil'")


def test_c1_what_is_not_given_takes_its_default(cli: Cli) -> None:
    added = cli.json("type add Mariage")
    assert {name: added[name] for name in ("description", "services", "public", "max_upcoming", "reminder_hours")} == {
        "description": "", "services": [], "public": True, "max_upcoming": 3, "reminder_hours": [48],
    }  # fmt: skip


def test_c1_a_type_is_added_and_changed_field_by_field(cli: Cli) -> None:
    added = cli.json(
        "type add Mariage --description 'Livret' --service 'etat civil' --service accueil --not-public "
        "--max-upcoming 1 --notice-hours 48 --horizon-days 30 --hold-minutes 5 --reminder 2 --reminder 48"
    )
    assert added == {
        "id": added["id"], "label": "Mariage", "description": "Livret", "services": ["Accueil", "Etat civil"],
        "public": False, "max_upcoming": 1, "notice_hours": 48, "horizon_days": 30, "hold_minutes": 5,
        "reminder_hours": [48, 2],
    }  # fmt: skip
    changed = cli.json("type set mariage --public --service '' --notice-hours 0")
    assert changed == added | {"public": True, "services": [], "notice_hours": 0}
    assert cli.json("type set mariage --no-reminder")["reminder_hours"] == []
    assert cli.json("type set mariage --reminder 24")["reminder_hours"] == [24]
    assert "24" in cli.done("type show mariage")
    assert cli.done("type set mariage --label Noces") == "Changed: Noces.\n"
    assert cli.json("type remove noces") == {"removed": "noces"}


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ("--max-upcoming 0", "upcoming appointments"),
        ("--notice-hours -1", "notice"),
        ("--horizon-days 0", "horizon"),
        ("--hold-minutes 0", "hold time"),
        ("--reminder 0", "reminders"),
        ("--hold-minutes 99999999999999999999", "hold time"),
    ],
)
def test_c1_a_number_that_cannot_be_is_refused(cli: Cli, option: str, field: str) -> None:
    before = cli.everything()
    ran = cli(f"type set citoyennete {option} --json")
    assert (ran.code, ran.error["error"]) == (2, "number")
    assert ran.error["message"].startswith(field)
    assert cli.everything() == before


def test_c8_a_type_with_counters_is_not_removed(cli: Cli) -> None:
    ran = cli("type remove citoyennete --json")
    assert (ran.code, ran.error["error"]) == (1, "in_use")
    assert "Citoyenneté" in ran.error["message"]
