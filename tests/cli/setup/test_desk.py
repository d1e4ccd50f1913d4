"""`rdv desk`: desks that several counters share (C7)."""

from tests.cli.conftest import Cli


def test_c7_desks_are_listed_with_the_number_of_their_counters(cli: Cli) -> None:
    assert cli.json("desk list") == [{"id": 1, "label": "Bureau 3", "used_by": 2}]
    assert cli("desk list").rows == [["No.", "Label", "Counters"], ["1", "Bureau 3", "2"]]


def test_a_desk_is_added_changed_and_removed(cli: Cli) -> None:
    assert cli.json("desk add 'Bureau 4'")["used_by"] == 0
    assert cli.done("desk set 'bureau 4' --label 'Bureau 5'") == "Changed: Bureau 5.\n"
    assert "Bureau 5" in cli.done("desk show 'BUREAU 5'")
    assert cli.done("desk remove 'bureau 5'") == "Removed.\n"
    assert len(cli.json("desk list")) == 1


def test_c8_a_desk_in_use_is_not_removed(cli: Cli) -> None:
    ran = cli("desk remove 'Bureau 3' --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "in_use", "C8")
    assert "Etat civil" in ran.error["message"] and "Action sociale" in ran.error["message"]
