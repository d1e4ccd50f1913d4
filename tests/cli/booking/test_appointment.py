"""`rdv appointment`: lists, and what is done to appointments (A1–A7)."""

import pytest

from tests.cli.conftest import APPOINTMENT, Cli, has_shape


def test_a1_an_appointment_is_listed_with_all_that_scripts_rely_on(cli: Cli) -> None:
    listed = cli.json("appointment list --place 'mairie principale'")
    assert all(has_shape(one, APPOINTMENT) for one in listed)
    assert {name: listed[0][name] for name in APPOINTMENT} == {
        "id": 1, "type": "Titres d'identité", "counter": "Guichet 1", "place": "Mairie principale",
        "partner": {"code": "C000099", "name": "BOIS Jules"}, "starts_at": "2017-04-06T09:00:00+02:00",
        "ends_at": "2017-04-06T09:30:00+02:00", "status": "planned", "taken_at": "2017-04-03T16:01:19+02:00",
        "taken_by": "lucie", "comment": "",
    }  # fmt: skip
    rows = cli("appointment list --place 'mairie principale'").rows
    assert rows == [
        ["No.", "When", "Counter", "Place", "Type", "Partner", "Status"],
        ["1", "Thu 6 Apr 2017 09:00", "Guichet 1", "Mairie principale", "Titres d'identité", "BOIS Jules (C000099)",
         "planned"],
        ["2", "Fri 7 Apr 2017 09:00", "Guichet 1", "Mairie principale", "Titres d'identité", "AULAN Gilles (C000100)",
         "planned"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ("", [15, 16, 1, 17, 2, 3, 5]),
        ("--view planned --from 2017-04-06 --to 2017-04-06", [1, 17]),
        ("--view planned --to vendredi --counter 'guichet 1'", [1, 2]),
        ("--view to-reschedule", [8, 9, 10]),
        ("--view past-without-status", []),
        ("--view past-without-status --all", [14]),
        ("--view all --partner C000098 --type 'etat civil'", [7, 8, 9, 10, 11]),
        ("--view all --partner 'vigneau chloe' --place 'place de la mairie'", [3, 4, 5, 6]),
        ("--view all --partner 0639981201", [1]),
        ("--view all --to 2017-04-03", [12, 13]),
    ],
)
def test_a5_a6_lists_and_their_filters(cli: Cli, options: str, ids: list[int]) -> None:
    assert [one["id"] for one in cli.json(f"appointment list {options}")] == ids


def test_a2_a_past_appointment_without_outcome_says_so(cli: Cli) -> None:
    (past,) = cli.json("appointment list --view past-without-status --all")
    assert past["status"] == "past_without_status"
    assert "passé sans statut" in cli.done("appointment list --view past-without-status --all", lang="fr")


def test_a3_assigning_finds_or_creates_the_partner(cli: Cli) -> None:
    made = cli.json(
        "appointment assign 'guichet 1' '07/04/2017 10:00' --partner 'DURAND Léa' --phone '06 39 98 12 05' "
        "--email lea@example.org --comment 'deux enfants'"
    )
    assert has_shape(made, APPOINTMENT)
    assert made["partner"] == {"code": "C000105", "name": "DURAND Léa"}
    assert (made["status"], made["taken_by"], made["comment"]) == ("planned", "root", "deux enfants")
    assert made["taken_at"] == "2017-04-04T16:35:00+02:00"
    assert cli.json("appointment assign 1 'vendredi 10:30' --partner c000099")["partner"]["name"] == "BOIS Jules"
    told = cli.done("appointment assign 1 'vendredi 14:00' --partner 'durand lea'")
    assert told == "Appointment 20: DURAND Léa (C000105), Fri 7 Apr 2017 14:00, Guichet 1.\n"


def test_s3_an_agent_assigns_a_reserved_slot_and_nobody_a_suspended_one(cli: Cli) -> None:
    assert cli("appointment assign 'guichet 1' 2017-04-07T11:00 --partner X").code == 0
    ran = cli("appointment assign citoyennete 2017-04-06T14:00 --partner X --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "slot_suspended", "S3")
    assert "rdv slot next --type 'Citoyenneté'" in ran.error["hint"]


def test_s5_a_slot_is_given_once(cli: Cli) -> None:
    before = cli.everything()
    ran = cli("appointment assign 'guichet 1' 2017-04-07T09:00 --partner X --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "slot_taken", "S5")
    assert cli.everything() == before


def test_c7_a_desk_that_is_taken_refuses_the_other_counter(cli: Cli) -> None:
    cli.json("type set 'action sociale' --service ''")
    ran = cli("appointment assign 'action sociale' 2017-04-05T14:00 --partner X --json")
    assert (ran.code, ran.error["error"]) == (1, "desk_taken")


def test_a1_an_appointment_is_shown_with_its_whole_story(cli: Cli) -> None:
    cli.json("appointment move 1 2017-04-06T10:00")
    cli.json("appointment cancel 1", now="2017-04-05T09:00")
    shown = cli.json("appointment show 1")
    assert shown["status"] == "cancelled"
    assert [line["action"] for line in shown["history"]] == [
        "appointment.import", "appointment.move", "appointment.cancel",
    ]  # fmt: skip
    assert shown["history"][2]["at"] == "2017-04-05T09:00:00+02:00"
    told = cli.done("appointment show 1")
    assert "03/04/2017 16:01:19" in told and "lucie" in told
    assert "moved from Guichet 1, Thu 6 Apr 2017 09:00 to Guichet 1, Thu 6 Apr 2017 10:00" in told
    french = cli.done("appointment show 1", lang="fr")
    assert "annulé" in french and "Attribué à" in french


def test_a4_moving_frees_the_old_slot(cli: Cli) -> None:
    moved = cli.json("appointment move 1 'vendredi 10:00'")
    assert moved["starts_at"] == "2017-04-07T10:00:00+02:00"
    slots = {one["starts_at"][:16]: one["status"] for one in cli.json("slot list --counter 1 --from jeudi --days 2")}
    assert (slots["2017-04-06T09:00"], slots["2017-04-07T10:00"]) == ("free", "booked")
    assert cli.done("appointment move 1 'vendredi 10:30'") == "Moved to Fri 7 Apr 2017 10:30, Guichet 1.\n"


def test_a4_an_appointment_moves_to_a_counter_of_its_type_alone(cli: Cli) -> None:
    made = "--type citoyennete --place 'centre ville' --week vacances --from today"
    cli.done(f"counter add 'Citoyenneté B' {made}")
    assert cli.json("appointment move 3 2017-06-07T09:00 --counter 'citoyennete b'")["counter"] == "Citoyenneté B"
    ran = cli("appointment move 1 2017-06-07T09:30 --counter 'citoyennete b' --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "other_type", "A4")


def test_a5_an_appointment_to_reschedule_moves_to_a_free_slot(cli: Cli) -> None:
    assert cli.json("appointment move 8 2017-06-07T14:00")["status"] == "planned"
    assert [one["id"] for one in cli.json("appointment list --view to-reschedule")] == [9, 10]


def test_many_appointments_are_cancelled_all_or_none(cli: Cli) -> None:
    before = cli.everything()
    assert cli("appointment cancel 1 2 4 --json").error["error"] == "appointment_over"
    assert cli("appointment cancel 1 999").code == 4
    assert cli.everything() == before
    assert [one["status"] for one in cli.json("appointment cancel 1 2")] == ["cancelled", "cancelled"]
    assert cli.done("appointment cancel 3 5") == "Appointment 3: cancelled.\nAppointment 5: cancelled.\n"


def test_a6_outcomes_are_said_when_they_can_be_known(cli: Cli) -> None:
    later = {"now": "2017-04-06T10:00"}
    for verb in ("done", "no-show"):
        assert cli(f"appointment {verb} 2 --json", **later).error["error"] == "too_early"
    assert cli.json("appointment done 1", **later)[0]["status"] == "done"
    assert cli.json("appointment no-show 1", **later)[0]["status"] == "no_show"  # a slip is corrected
    assert cli("appointment cancel 1 --json", **later).error["error"] == "appointment_over"
    assert cli.done("appointment no-show 14") == "Appointment 14: no show.\n"


def test_g2_a_comment_is_for_the_agents_of_the_service(cli: Cli) -> None:
    line = "appointment assign 'action sociale' 2017-04-07T15:00 --partner X --comment secret"
    number = cli.json(line, agent="ines")["id"]
    assert cli.json(f"appointment show {number}", agent="ines")["comment"] == "secret"
    assert cli.json(f"appointment show {number}", agent="karim")["comment"] is None
    assert "secret" not in cli.done(f"appointment show {number}", agent="karim")


def test_g2_a_type_kept_to_a_service_is_for_its_agents(cli: Cli) -> None:
    before = cli.everything()
    for line in ("assign 'action sociale' 2017-04-07T15:00 --partner X", "cancel 17", "move 17 2017-04-07T15:00"):
        ran = cli(f"appointment {line} --json", agent="karim")
        assert (ran.code, ran.error["error"], ran.error["rule"]) == (3, "service_missing", "G2")
    assert cli.everything() == before


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("appointment assign 'guichet 1' 2017-04-07T09:10 --partner X", 4, "no_slot"),
        ("appointment assign 'guichet 1' 2017-04-08T09:00 --partner X", 4, "no_slot"),
        ("appointment assign 'guichet 1' 2017-04-03T09:00 --partner X", 1, "before_first_day"),
        ("appointment assign citoyennete 2017-04-03T09:30 --partner X", 1, "slot_past"),
        ("appointment assign 'guichet 1' 2017-04-07T10:00 --partner C000999", 4, "not_found"),
        ("appointment assign 'guichet 1' 2017-04-07T10:00 --partner ''", 2, "name_empty"),
        ("appointment assign 'guichet 1' 2017-04-07T10:00 --partner X --phone 12", 2, "phone"),
        ("appointment assign 'guichet 1' 2017-04-07T10:00 --partner X --email lea", 2, "email"),
        ("appointment move 4 2017-04-07T10:00", 1, "appointment_over"),
        ("appointment move 1 2017-04-07T09:00", 1, "slot_taken"),
        ("appointment show 999", 4, "not_found"),
        ("appointment show 99999999999999999999", 4, "not_found"),
        ("appointment show -1", 2, "usage_option"),
        ("appointment list --partner personne", 4, "not_found"),
        ("appointment list --counter 99", 4, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(cli: Cli, line: str, code: int, error: str) -> None:
    before = cli.everything()
    ran = cli(f"{line} --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert cli.everything() == before


def test_a8_an_outcome_is_taken_back(cli: Cli) -> None:
    cli.done("appointment cancel 1 2")
    assert [one["status"] for one in cli.json("appointment reopen 1 2")] == ["planned", "planned"]
    cli.done("appointment cancel 1")
    cli.done("appointment assign 'guichet 1' 2017-04-06T09:00 --partner X")
    ran = cli("appointment reopen 1 --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "slot_taken", "S5")
    assert cli.done("appointment no-show 14", now="2017-04-06T10:00") == "Appointment 14: no show.\n"
    assert cli.done("appointment reopen 14") == "Appointment 14: past without status.\n"
    assert "no longer no show" in cli.done("appointment show 14")
    assert "n'est plus absent" in cli.done("appointment show 14", lang="fr")
    assert cli("appointment reopen 3 --json").error["error"] == "appointment_open"


def test_a9_a_citizen_of_today_is_marked_as_here(cli: Cli) -> None:
    today = {"now": "2017-04-06T08:55"}
    assert cli.json("appointment show 1")["arrived_at"] is None
    assert cli.json("appointment arrived 1", **today)[0]["arrived_at"] == "2017-04-06T08:55:00+02:00"
    assert "Arrived at" in cli.done("appointment show 1") and "08:55" in cli.done("appointment show 1")
    assert cli.done("appointment arrived 1", **today) == "Appointment 1: BOIS Jules is here.\n"
    assert cli.done("appointment arrived 1 --undo", **today) == "Appointment 1: BOIS Jules is not here.\n"
    assert cli.json("appointment show 1")["arrived_at"] is None
    assert "BOIS Jules est là" in cli.done("appointment arrived 1", lang="fr", **today)
    assert cli("appointment arrived 1 --json").error["error"] == "not_today"


def test_a5_a6_the_lists_are_counted(cli: Cli) -> None:
    assert cli.json("appointment counts") == {"planned_today": 0, "to_reschedule": 3, "past_without_status": 0}
    assert cli("appointment counts").rows == [
        ["Planned today, to come", "0"], ["To reschedule", "3"], ["Past without status", "0"],
    ]  # fmt: skip
    assert cli.json("appointment counts", now="2017-04-06T08:00")["planned_today"] == 2
