"""`rdv partner`: the people who come to the counter (A7)."""

import pytest

from tests.cli.conftest import APPOINTMENT, PARTNER, Cli, has_shape


def test_a7_partners_are_listed_with_the_number_of_their_appointments(cli: Cli) -> None:
    listed = cli.json("partner list")
    assert all(has_shape(one, PARTNER) for one in listed)
    assert [one["name"] for one in listed] == [
        "AULAN Gilles", "BOIS Jules", "GARNIER Paul", "LEFÈVRE Zoé", "NGUYEN Linh", "PRÉVOST Anaïs", "VIGNEAU Chloé",
    ]  # fmt: skip
    assert listed[-1] == {
        "code": "C000098", "name": "VIGNEAU Chloé", "phone": None, "email": "chloe.vigneau@example.org",
        "appointments": 9, "language": None, "wants_email": True, "wants_sms": True,
    }  # fmt: skip
    assert cli("partner list vigneau").rows == [
        ["Code", "Name", "Phone", "E-mail", "Appointments"],
        ["C000098", "VIGNEAU Chloé", "–", "chloe.vigneau@example.org", "9"],
    ]
    assert len(cli.json("partner list --limit 2")) == 2


@pytest.mark.parametrize("known", ["chloe", "VIGN", "'chloé vig'", "c000098", "98", "chloe.vigneau@example.org"])
def test_a7_a_partner_is_found_by_any_part_of_what_is_known(cli: Cli, known: str) -> None:
    assert [one["code"] for one in cli.json(f"partner list {known}")] == ["C000098"]


def test_a7_a_partner_is_found_by_a_part_of_the_phone_number(cli: Cli) -> None:
    assert [one["name"] for one in cli.json("partner list '39 98 12 01'")] == ["BOIS Jules"]
    assert cli("partner list personne").err == "Nothing to show.\n"


def test_a7_a_file_groups_the_appointments_by_type(cli: Cli) -> None:
    shown = cli.json("partner show 'vigneau chloe'")
    assert has_shape(shown, PARTNER)
    assert all(has_shape(one, APPOINTMENT) for one in shown["appointments"])
    assert shown["groups"] == [{"type": "Citoyenneté", "count": 4}, {"type": "Etat civil", "count": 5}]
    assert {one["status"] for one in cli.json("partner show C000098 --upcoming")["appointments"]} == {"planned"}
    told = cli.done("partner show C000098")
    assert told.startswith("VIGNEAU Chloé (C000098)\n")
    assert "Citoyenneté (4)" in told and "Etat civil (5)" in told


def test_a7_a_partner_is_added_under_the_next_code_or_a_given_one(cli: Cli) -> None:
    assert cli.json("partner add 'DURAND Léa' --phone '06 39 98 12 05'") == {
        "code": "C000105", "name": "DURAND Léa", "phone": "+33639981205", "email": None, "appointments": 0,
        "language": None, "wants_email": True, "wants_sms": True,
    }  # fmt: skip
    assert cli.json("partner add 'DURAND Luc' --code C000500 --email Luc@Example.org")["email"] == "luc@example.org"
    assert cli.done("partner add 'DURAND Lou'") == "Added: DURAND Lou (C000501).\n"


def test_a7_a_partner_is_changed_and_what_is_emptied_is_taken_off(cli: Cli) -> None:
    assert cli.json("partner set C000099 --name 'BOIS-ROY Jules'")["name"] == "BOIS-ROY Jules"
    assert cli.json("partner set C000099 --phone ''")["phone"] is None
    assert cli.done("partner set C000099 --email jules@example.org") == "Changed: BOIS-ROY Jules (C000099).\n"
    assert [line["action"] for line in cli.json("partner history C000099")] == ["partner.add"] + ["partner.set"] * 3


def test_a7_two_files_of_one_person_become_one(cli: Cli) -> None:
    assert cli.json("partner merge C000099 C000100")["code"] == "C000100"
    assert [one["id"] for one in cli.json("appointment list --partner C000099")] == [1, 2]
    assert cli.json("partner show C000099")["code"] == "C000100"
    assert cli.done("partner merge C000101 'garnier paul'") == "Merged into GARNIER Paul (C000102).\n"
    assert "BOIS Jules" not in cli.done("partner list")
    assert "partner.merge" in cli.done("partner history C000100")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("partner show C000001", 4, "not_found"),
        ("partner show Personne", 4, "not_found"),
        ("partner add ''", 2, "name_empty"),
        ("partner add X --phone abc", 2, "phone"),
        ("partner add X --email abc", 2, "email"),
        ("partner add X --code 0", 2, "code"),
        ("partner add X --code C000099", 1, "code_taken"),
        ("partner set C000099 --name ' '", 2, "name_empty"),
        ("partner merge C000099 C000099", 1, "merge_itself"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(cli: Cli, line: str, code: int, error: str) -> None:
    before = cli.everything()
    ran = cli(f"{line} --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert cli.everything() == before


def test_a3_two_people_of_one_name_are_told_apart_by_their_codes(cli: Cli) -> None:
    cli.done("partner add 'BOIS Jules' --phone '06 39 98 12 99'")
    ran = cli("appointment assign 'guichet 1' 2017-04-07T10:00 --partner 'bois jules' --json")
    assert (ran.code, ran.error["error"]) == (1, "ambiguous")
    assert "C000099" in ran.error["message"] and "C000105" in ran.error["message"]
    line = "appointment assign 'guichet 1' 2017-04-07T10:00 --partner 'bois jules' --phone '06 39 98 12 99'"
    assert cli.json(line)["partner"]["code"] == "C000105"


def test_n1_how_a_partner_wants_to_be_told(cli: Cli) -> None:
    wishes = ("language", "wants_email", "wants_sms")
    made = cli.json("partner add 'DURAND Léa' --language en --no-sms")
    assert [made[wish] for wish in wishes] == ["en", True, False]
    assert "e-mail, en" in cli.done(f"partner show {made['code']}")
    changed = cli.json(f"partner set {made['code']} --language '' --sms --no-mail")
    assert [changed[wish] for wish in wishes] == [None, False, True]
    assert cli("partner set C000098 --language de --json").error["error"] == "language"
