"""`rdv service`: the five commands of what has nothing but a label."""

import pytest

from tests.cli.conftest import Cli

SERVICE = {"id": int, "label": str, "used_by": int}


def test_services_are_listed_with_the_number_of_their_agents(cli: Cli) -> None:
    listed = cli.json("service list")
    assert {one["label"]: one["used_by"] for one in listed} == {"Accueil": 2, "Action sociale": 1, "Etat civil": 1}
    assert all({name: type(value) for name, value in one.items()} == SERVICE for one in listed)
    assert cli("service list").rows[:2] == [["No.", "Label", "Agents"], ["1", "Accueil", "2"]]


@pytest.mark.parametrize("ref", ["Etat civil", "état  CIVIL", "etat-civil", "2"])
def test_a_service_is_shown_by_number_or_label_whatever_case_and_accents(cli: Cli, ref: str) -> None:
    assert cli.json(f"service show '{ref}'") == {"id": 2, "label": "Etat civil", "used_by": 1}


def test_a_service_is_added_changed_and_removed(cli: Cli) -> None:
    added = cli.json("service add 'Scolarité'")
    assert cli.done("service show scolarite").split() == ["No.", str(added["id"]), "Label", "Scolarité", "Agents", "0"]
    assert cli.json("service set scolarite --label 'Écoles'")["label"] == "Écoles"
    assert cli.done("service set ecoles --label Classes") == "Changed: Classes.\n"
    assert cli.json("service remove classes") == {"removed": "classes"}
    assert "Classes" not in cli.done("service list")


def test_c8_a_service_in_use_is_not_removed(cli: Cli) -> None:
    before = cli.everything()
    ran = cli("service remove accueil")
    assert ran.code == 1
    assert "karim" in ran.err and "lucie" in ran.err
    assert cli.everything() == before


def test_two_services_never_have_one_label(cli: Cli) -> None:
    ran = cli("service add accueil --json")
    assert (ran.code, ran.error["error"]) == (1, "label_taken")
