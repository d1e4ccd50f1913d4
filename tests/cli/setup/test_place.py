"""`rdv place`: where counters are (C2)."""

from tests.cli.conftest import IMPACT, Cli, has_shape


def test_c2_places_have_an_address_and_a_time_zone(cli: Cli) -> None:
    listed = cli.json("place list")
    assert {
        "id": 1, "label": "Mairie principale", "address": "1 place de l'Hôtel de Ville", "timezone": "Europe/Paris",
    } in listed  # fmt: skip
    assert cli("place list").rows[0] == ["No.", "Label", "Address", "Time zone"]
    assert "Europe/Paris" in cli.done("place show 'mairie principale'")


def test_c2_a_place_is_in_paris_unless_told_otherwise(cli: Cli) -> None:
    assert cli.json("place add Annexe")["timezone"] == "Europe/Paris"
    assert cli.json("place add 'Basse-Terre' --timezone America/Guadeloupe")["timezone"] == "America/Guadeloupe"
    assert cli.done("place add 'Halle' --address '2 rue Haute'").startswith("Added: Halle (")


def test_a_place_is_changed_and_removed(cli: Cli) -> None:
    cli.done("place add Annexe")
    assert has_shape(cli.json("place set annexe --label 'Annexe nord' --address '3 rue Basse'"), IMPACT)
    assert cli.json("place show 'annexe nord'")["address"] == "3 rue Basse"
    assert cli.done("place remove 'annexe nord'") == "Removed.\n"


def test_i1_another_time_zone_moves_slots_and_says_whom_it_touches(cli: Cli) -> None:
    foreseen = cli.json("place set 'mairie principale' --timezone Europe/London --dry-run")
    assert [one["partner"]["name"] for one in foreseen["appointments"]] == ["BOIS Jules", "AULAN Gilles"]
    assert cli.json("place show 'mairie principale'")["timezone"] == "Europe/Paris"
    assert cli("place set 'mairie principale' --timezone Europe/London --json").error["error"] == "not_confirmed"
    done = cli.json("place set 'mairie principale' --timezone Europe/London --yes")
    assert done["to_reschedule"] == 2


def test_c8_a_place_with_counters_is_not_removed(cli: Cli) -> None:
    ran = cli("place remove 'Mairie principale' --json")
    assert (ran.code, ran.error["error"]) == (1, "in_use")
    assert "Guichet 1" in ran.error["message"]


def test_c2_a_time_zone_that_does_not_exist_is_refused(cli: Cli) -> None:
    for line in ("place add Annexe --timezone Europe/Pari", "place set 1 --timezone ../../etc/passwd"):
        ran = cli(f"{line} --json")
        assert (ran.code, ran.error["error"]) == (2, "timezone")
