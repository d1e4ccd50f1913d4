"""`rdv counter` and `rdv counter exception`: counters, and the days when another week holds (C4, C5, I1)."""

from pathlib import Path

import pytest

from tests.cli.conftest import APPOINTMENT, IMPACT, Cli, has_shape

COUNTER = {
    "id": int, "label": str, "type": str, "place": str, "first_day": str, "last_day": type(None), "week": str,
    "desk": type(None), "capacity": int, "public": bool, "exceptions": list,
}  # fmt: skip
CLOSE_FRIDAYS = "counter set 'Guichet 1' --week Matins"


@pytest.fixture
def mornings(cli: Cli) -> None:
    """Add a week without Fridays: AULAN Gilles would lose his slot, BOIS Jules would keep his."""
    cli.done("week add Matins --hours 'Mo-Th 09:00-12:00' --slot 30")


def test_c4_counters_are_listed_and_filtered_by_type_and_place(cli: Cli) -> None:
    listed = cli.json("counter list")
    assert [one["label"] for one in listed] == ["Action sociale", "Etat civil", "Guichet 1", "Citoyenneté"]
    assert [one["label"] for one in cli.json("counter list --place 'centre ville' --type 'etat civil'")] == [
        "Etat civil"
    ]
    assert [one["label"] for one in cli.json("counter list --place 'centre ville'")] == ["Action sociale", "Etat civil"]
    rows = cli("counter list").rows
    assert rows[0] == ["No.", "Label", "Type", "Place", "First day", "Last day", "Week", "Desk"]
    assert rows[2] == [
        "3", "Etat civil", "Etat civil", "Centre ville", "02/01/2017", "–", "Etat civil", "Bureau 3",
    ]  # fmt: skip


def test_c4_a_counter_is_shown_with_its_exceptions(cli: Cli) -> None:
    shown = cli.json("counter show 'guichet 1'")
    assert {name: type(value) for name, value in shown.items()} == COUNTER
    assert (shown["first_day"], shown["public"]) == ("2017-04-04", True)
    assert shown["exceptions"] == [{"id": 1, "first_day": "2017-07-10", "last_day": "2017-08-25", "week": "Vacances"}]
    told = cli.done("counter show 'GUICHET 1'")
    assert "10/07/2017 – 25/08/2017: Vacances" in told and "04/04/2017" in told


def test_c4_a_counter_is_added_with_dates_as_people_write_them(cli: Cli) -> None:
    made = "--type citoyennete --place 'centre ville' --week vacances"
    added = cli.json(f"counter add 'Guichet 2' {made} --from demain --until 31/12/2017 --capacity 2 --public")
    assert (added["first_day"], added["last_day"]) == ("2017-04-05", "2017-12-31")
    assert (added["capacity"], added["public"], added["desk"]) == (2, True, None)
    plain = cli.json(f"counter add 'Guichet 3' {made} --from 2017-05-01 --desk 'bureau 3'")
    assert (plain["capacity"], plain["public"], plain["desk"], plain["last_day"]) == (1, False, "Bureau 3", None)
    assert cli.done(f"counter add 'Guichet 4' {made} --from +3d --until none --desk none").startswith(
        "Added: Guichet 4"
    )


def test_c4_options_are_emptied_with_none(cli: Cli) -> None:
    cli.json("counter set citoyennete --until 2018-01-31")
    assert cli.json("counter show citoyennete")["last_day"] == "2018-01-31"
    cli.json("counter set citoyennete --until none")
    assert cli.json("counter show citoyennete")["last_day"] is None
    cli.json("counter set 'etat civil' --desk none --capacity 2 --not-public")
    shown = cli.json("counter show 'etat civil'")
    assert (shown["desk"], shown["capacity"], shown["public"]) == (None, 2, False)


# Appointments affected by a change (I1)


@pytest.mark.usefixtures("mornings")
def test_i1_a_dry_run_says_whom_a_change_touches_and_writes_nothing(cli: Cli) -> None:
    before = cli.everything()
    foreseen = cli.json(f"{CLOSE_FRIDAYS} --dry-run")
    assert has_shape(foreseen, IMPACT)
    (touched,) = foreseen["appointments"]
    assert has_shape(touched, APPOINTMENT)
    assert (touched["partner"]["name"], touched["status"]) == ("AULAN Gilles", "to_reschedule")
    assert (foreseen["to_reschedule"], foreseen["past_without_status"], foreseen["holds_dropped"]) == (1, 0, 0)
    told = cli(f"{CLOSE_FRIDAYS} --dry-run")
    assert (told.code, told.out.count("AULAN Gilles (C000100)")) == (0, 1)
    assert "Nothing was written." in told.err
    assert cli.everything() == before


@pytest.mark.usefixtures("mornings")
@pytest.mark.parametrize("json", ["", " --json"])
def test_i1_a_script_that_does_not_say_yes_is_refused_and_nothing_is_written(cli: Cli, json: str) -> None:
    before = cli.everything()
    ran = cli(CLOSE_FRIDAYS + json)
    assert ran.code == 1
    assert "--yes" in ran.err
    assert cli.everything() == before
    if json:
        assert ran.error["error"] == "not_confirmed"
    else:
        assert "AULAN Gilles" in ran.out


@pytest.mark.usefixtures("mornings")
def test_i2_with_yes_the_change_is_done_and_said(cli: Cli) -> None:
    done = cli.json(f"{CLOSE_FRIDAYS} --yes")
    assert done["to_reschedule"] == 1
    assert [one["id"] for one in cli.json("appointment list --view to-reschedule --counter 'guichet 1'")] == [2]
    assert [one["id"] for one in cli.json("appointment list --counter 'guichet 1'")] == [1]
    assert cli.json("counter show 'guichet 1'")["week"] == "Matins"


def test_i1_a_change_that_touches_nobody_asks_nothing(cli: Cli) -> None:
    ran = cli("counter set citoyennete --label 'Citoyenneté A'")
    assert (ran.code, ran.err) == (0, "Done.\n")
    assert cli.json("counter set 'citoyenneté a' --capacity 3")["appointments"] == []


@pytest.mark.usefixtures("mornings")
def test_i2_hours_given_back_are_offered_and_restored(cli: Cli) -> None:
    cli.json(f"{CLOSE_FRIDAYS} --yes")
    back = "counter set 'guichet 1' --week 'mairie principale'"
    foreseen = cli(f"{back} --dry-run")
    assert "Could have their slot back with --restore: AULAN Gilles (2)" in foreseen.err
    assert [one["id"] for one in cli.json(f"{back} --restore")["restored"]] == [2]


def test_i2_a_removed_counter_reschedules_its_appointments(cli: Cli) -> None:
    before = cli.everything()
    assert len(cli.json("counter remove 'guichet 1' --dry-run")["appointments"]) == 2
    assert cli("counter remove 'guichet 1'").code == 1
    assert cli.everything() == before
    assert cli.json("counter remove 'guichet 1' --yes")["to_reschedule"] == 2
    assert cli("counter show 'guichet 1'").code == 4


def test_c4_a_counter_with_appointments_to_come_keeps_its_type(cli: Cli) -> None:
    ran = cli("counter set 'guichet 1' --type citoyennete --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "in_use", "C4")


def test_c7_a_desk_seats_one_person(cli: Cli) -> None:
    ran = cli("counter set 'etat civil' --capacity 2 --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "desk_capacity", "C7")


# Exception periods (C5)


def test_c5_exceptions_are_listed_by_first_day(cli: Cli) -> None:
    cli.json("counter exception add 'guichet 1' --from 2017-05-01 --until 2017-05-05")
    listed = cli.json("counter exception list 'guichet 1'")
    assert [(one["first_day"], one["week"]) for one in listed] == [("2017-05-01", None), ("2017-07-10", "Vacances")]
    assert all(one.keys() == {"id", "first_day", "last_day", "week"} for one in listed)
    assert cli("counter exception list 'guichet 1'").rows == [
        ["No.", "First day", "Last day", "Week"],
        ["2", "01/05/2017", "05/05/2017", "closed"],
        ["1", "10/07/2017", "25/08/2017", "Vacances"],
    ]
    assert cli("counter exception list citoyennete").err == "Nothing to show.\n"


def test_c5_the_counter_may_be_named_before_the_verb(cli: Cli) -> None:
    cli.json("counter exception 'guichet 1' add --from 2017-05-01 --until 2017-05-05")
    assert cli.json("counter exception 'guichet 1' list") == cli.json("counter exception list 'guichet 1'")
    assert [p["first_day"] for p in cli.json("counter exception 1 list")] == ["2017-05-01", "2017-07-10"]


def test_c5_an_exception_closes_or_changes_the_hours_of_its_days_alone(cli: Cli) -> None:
    line = "counter exception add 'guichet 1' --from 07/04/2017 --until 10/04/2017"
    assert [one["partner"]["name"] for one in cli.json(f"{line} --dry-run")["appointments"]] == ["AULAN Gilles"]
    assert cli(f"{line} --json").error["error"] == "not_confirmed"
    assert cli.json(f"{line} --yes")["to_reschedule"] == 1
    slots = cli.json("slot list --counter 'guichet 1' --from 2017-04-06 --days 6")
    assert {one["starts_at"][:10] for one in slots} == {"2017-04-06", "2017-04-11"}


@pytest.mark.parametrize("which", ["2017-08-01", "25/08/2017", "1"])
def test_c5_an_exception_is_named_by_one_of_its_days_or_its_number(cli: Cli, which: str) -> None:
    assert has_shape(cli.json(f"counter exception set 'guichet 1' {which} --until 2017-08-31 --week none"), IMPACT)
    (period,) = cli.json("counter exception list 'guichet 1'")
    assert period == {"id": 1, "first_day": "2017-07-10", "last_day": "2017-08-31", "week": None}
    cli.json(f"counter exception set 'guichet 1' {which} --week vacances --from 2017-07-11")
    assert cli.json("counter exception list 'guichet 1'")[0]["week"] == "Vacances"
    assert cli.json("counter exception remove 'guichet 1' 2017-08-31")["appointments"] == []
    assert cli.json("counter exception list 'guichet 1'") == []


@pytest.mark.parametrize("days", ["--from 2017-08-25 --until 2017-09-01", "--from 2017-07-01 --until 2017-12-31"])
def test_c5_exceptions_of_a_counter_never_overlap(cli: Cli, days: str) -> None:
    before = cli.everything()
    ran = cli(f"counter exception add 'guichet 1' {days} --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "exception_overlap", "C5")
    assert cli.everything() == before


def test_c5_an_exception_that_is_not_there_is_told_with_those_that_are(cli: Cli) -> None:
    for which in ("2017-12-25", "99"):
        ran = cli(f"counter exception remove 'guichet 1' {which} --json")
        assert (ran.code, ran.error["error"]) == (4, "not_found")
        assert "10/07/2017" in ran.error["hint"] or "2017-07-10" in ran.error["hint"]


def test_c4_a_counter_s_days_are_those_of_its_place(cli: Cli, tmp_path: Path) -> None:
    cli.done("place add Papeete --timezone Pacific/Tahiti")
    added = cli.json(
        "counter add G9 --type citoyennete --place papeete --week vacances --from today", now="2017-04-04T08:00"
    )
    assert added["first_day"] == "2017-04-03"
