"""`rdv week`: reference weeks, written as OpenStreetMap writes opening hours (C3)."""

import pytest

from tests.cli.conftest import IMPACT, Cli, has_shape


def test_c3_weeks_are_listed_with_their_hours(cli: Cli) -> None:
    listed = {one["label"]: one for one in cli.json("week list")}
    assert listed["Etat civil, 45 minutes"]["openings"][0] == {
        "weekday": 0, "start": "08:30", "end": "12:15", "slot": 45,
    }  # fmt: skip
    rows = cli("week list").rows
    assert rows[0] == ["No.", "Label", "Hours"]
    assert ["5", "Vacances", "Mo-Fr 09:00-12:00 / 30 min"] in rows


def test_c3_a_week_is_shown_day_by_day_with_the_counters_that_use_it(cli: Cli) -> None:
    week = cli.json("week show 'Place de la mairie'")
    assert week["used_by"] == ["Citoyenneté"]
    assert [one["weekday"] for one in week["openings"]] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    shown = cli.done("week show 'Place de la mairie'")
    assert "Monday" in shown and "09:00–12:00 (30 min), 14:00–17:00 (30 min)" in shown
    assert "samedi" in cli.done("week show 'Place de la mairie'", lang="fr")


def test_c3_a_week_has_hours_of_several_slot_lengths(cli: Cli) -> None:
    week = cli.json("week add Mixte --hours 'Mo 09:00-10:00' --slot 30 --hours 'Mo 14:00-16:00' --slot 60")
    assert [(one["start"], one["slot"]) for one in week["openings"]] == [("09:00", 30), ("14:00", 60)]
    assert cli.done("week add Courte --hours 'Mo 09:00-10:00; Tu 09:00-10:00' --slot 20").startswith("Added: Courte (")
    assert cli.json("week add Jamais --hours off --slot 30")["openings"] == []


def test_c3_one_slot_length_is_for_all_the_hours(cli: Cli) -> None:
    week = cli.json("week add A --hours 'Mo 09:00-10:00' --hours 'Tu 09:00-10:00' --slot 15")
    assert {one["slot"] for one in week["openings"]} == {15}


@pytest.mark.parametrize(
    "options",
    ["", "--hours 'Mo 09:00-10:00'", "--slot 30", "--hours 'Mo' --hours 'Tu' --hours 'We' --slot 30 --slot 15"],
)
def test_c3_hours_without_their_slot_lengths_are_refused(cli: Cli, options: str) -> None:
    ran = cli(f"week add A {options} --json")
    assert (ran.code, ran.error["error"]) == (2, "hours_slots")


def test_i2_changing_a_week_says_whom_it_touches_on_every_counter(cli: Cli) -> None:
    change = "week set 'Etat civil' --hours 'Mo-Fr 15:00-17:00' --slot 30"
    before = cli.everything()
    foreseen = cli.json(f"{change} --dry-run")
    assert has_shape(foreseen, IMPACT)
    assert [one["partner"]["name"] for one in foreseen["appointments"]] == ["GARNIER Paul"]
    assert cli.everything() == before
    assert cli(f"{change} --json").error["error"] == "not_confirmed"
    assert cli.everything() == before
    assert cli.json(f"{change} --yes")["to_reschedule"] == 1
    back = "week set 'Etat civil' --hours 'Mo-Fr 13:30-17:30' --slot 30"
    assert [one["partner"]["name"] for one in cli.json(f"{back} --dry-run")["restorable"]] == ["GARNIER Paul"]
    assert [one["status"] for one in cli.json(f"{back} --restore")["restored"]] == ["planned"]


def test_a_new_label_touches_nobody(cli: Cli) -> None:
    assert cli.json("week set 'Etat civil' --label 'Après-midi'")["appointments"] == []
    assert "Après-midi" in cli.done("week list")


def test_c8_a_week_in_use_is_not_removed_even_when_only_an_exception_uses_it(cli: Cli) -> None:
    for label in ("Mairie principale", "Vacances"):
        ran = cli(f"week remove '{label}' --json")
        assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "in_use", "C8")
        assert "Guichet 1" in ran.error["message"]
    assert cli.done("week remove 'Etat civil, 45 minutes'") == "Removed.\n"


@pytest.mark.parametrize(
    ("hours", "code", "error"),
    [
        ("Mo 9h-12h", 2, "hours_unreadable"),
        ("Mo 25:00-26:00", 2, "hours_unreadable"),
        ("Mo 09:00-12:00,11:00-13:00", 1, "openings_overlap"),
        ("Jul 01 09:00-12:00", 1, "hours_rule"),
        ("2026 Jul 01 09:00-12:00", 1, "hours_rule"),
        ("Mo-Fr 09:00-12:00; PH off", 1, "hours_rule"),
        ("sunrise-sunset", 1, "hours_rule"),
        ("Fr 22:00-02:00", 1, "hours_rule"),
    ],
)
def test_c3_hours_that_a_week_cannot_hold_are_refused_by_name(cli: Cli, hours: str, code: int, error: str) -> None:
    before = cli.everything()
    ran = cli(f"week add A --hours '{hours}' --slot 30 --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert hours.partition(";")[0] in ran.error["message"] or "PH off" in ran.error["message"]
    assert cli.everything() == before
