"""`rdv slot`: seeing slots, finding free ones, suspending, reserving, releasing (S1–S7)."""

from collections import Counter

import pytest

from tests.cli.conftest import IMPACT, SLOT, Cli, has_shape

FRIDAY = "slot list --counter 'guichet 1' --from 2017-04-07 --days 1"


def statuses(cli: Cli, line: str = FRIDAY) -> dict[str, str]:
    return {one["starts_at"][11:16]: one["status"] for one in cli.json(line)}


# Seeing


def test_s1_a_slot_is_told_with_its_status_and_the_offset_of_its_place(cli: Cli) -> None:
    listed = cli.json(FRIDAY)
    assert len(listed) == 13
    assert all(has_shape(one, SLOT) for one in listed)
    assert {name: listed[0][name] for name in SLOT} == {
        "counter": "Guichet 1", "counter_id": 1, "type": "Titres d'identité", "place": "Mairie principale",
        "starts_at": "2017-04-07T09:00:00+02:00", "ends_at": "2017-04-07T09:30:00+02:00", "status": "booked",
        "seats_free": 0, "appointment_id": 2,
    }  # fmt: skip
    assert (listed[1]["status"], listed[1]["seats_free"], listed[1]["appointment_id"]) == ("free", 1, None)


def test_s1_people_read_a_table(cli: Cli) -> None:
    rows = cli(FRIDAY).rows
    assert rows[0] == ["Counter", "Place", "Start", "End", "Status", "Free", "Partner"]
    assert rows[1] == ["Guichet 1", "Mairie principale", "Fri 7 Apr 2017 09:00", "09:30", "booked", "0", "AULAN Gilles"]
    french = cli(FRIDAY, lang="fr").rows
    assert french[0][0] == "Guichet"
    assert "ven. 7 avr. 2017 11:00" in french[5] and "réservé" in " ".join(french[5])


def test_s6_slots_of_several_counters_days_types_and_places(cli: Cli) -> None:
    week = cli.json("slot list --from 2017-04-03")
    assert Counter(one["counter"] for one in week)["Guichet 1"] == 13 * 4  # it opens on Tuesday the 4th
    assert {one["counter"] for one in week} == {"Guichet 1", "Citoyenneté", "Etat civil", "Action sociale"}
    two = cli.json("slot list --from 2017-04-05 --days 1 --counter 'guichet 1' --counter citoyennete")
    assert {one["counter"] for one in two} == {"Guichet 1", "Citoyenneté"}
    of_type = cli.json("slot list --from 2017-04-05 --to 2017-04-06 --type 'etat civil' --place 'centre ville'")
    assert {(one["counter"], one["starts_at"][:10]) for one in of_type} == {
        ("Etat civil", "2017-04-05"), ("Etat civil", "2017-04-06"),
    }  # fmt: skip
    assert cli.json("slot list --from 2017-04-05 --type citoyennete --place 'centre ville'") == []


def test_s6_slots_are_filtered_by_status(cli: Cli) -> None:
    found = cli.json("slot list --from 2017-04-03 --status reserved --status suspended")
    assert Counter(one["status"] for one in found) == {"reserved": 1, "suspended": 3}
    assert cli("slot list --from 2017-04-03 --status held").err == "Nothing to show.\n"


def test_c7_a_shared_desk_that_is_taken_makes_the_other_counter_s_slot_occupied(cli: Cli) -> None:
    assert statuses(cli, "slot list --counter 'action sociale' --from 2017-04-05 --days 1")["14:00"] == "occupied"


def test_s6_the_calendar_has_days_across_and_times_down(cli: Cli) -> None:
    shown = cli.done("slot list --from 2017-04-03 --counter 'guichet 1' --calendar")
    lines = shown.splitlines()
    assert lines[0] == "Guichet 1 · Titres d'identité · Mairie principale"
    assert [word for line in lines for word in line.split() if "/04" in word] == ["04/04", "05/04", "06/04", "07/04"]
    (nine,) = [line for line in lines if line.split()[:1] == ["09:00"]]
    assert "● BOIS Jules" in nine and "● AULAN Gilles" in nine
    (eleven,) = [line for line in lines if line.split()[:1] == ["11:00"]]
    assert eleven.rstrip().endswith("◆ reserved (administration)")
    legend = "· free   ◔ held   ● booked   ◆ reserved (administration)   ✕ suspended   ▒ occupied"
    assert lines[-1] == legend, "the statuses of slots, and no others"
    assert "mar. 04/04" in cli.done("slot list --from 2017-04-03 --counter 'guichet 1' --calendar", lang="fr")


@pytest.mark.parametrize(
    "written",
    ["2017-04-07", "07/04/2017", "7/4/2017", "vendredi", "friday", "+3d", "+3j"],
)
def test_days_are_iso_french_or_relative(cli: Cli, written: str) -> None:
    assert cli.json(f"slot list --counter 'guichet 1' --from {written} --days 1") == cli.json(FRIDAY)


def test_s7_an_hour_that_the_autumn_change_repeats_appears_twice_with_its_offsets(cli: Cli) -> None:
    cli.done("week add Nuit --hours 'Su 01:00-04:00' --slot 60")
    cli.done("counter add Nuit --type citoyennete --place 'centre ville' --week nuit --from 2017-10-29")
    listed = cli.json("slot list --counter nuit --from 2017-10-29 --days 1")
    assert [one["starts_at"][11:] for one in listed] == [
        "01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00",
    ]  # fmt: skip
    calendar = cli.done("slot list --counter nuit --from 2017-10-29 --days 1 --calendar")
    assert calendar.count("02:00") == 2


# The time of the place


@pytest.fixture
def guadeloupe(cli: Cli) -> None:
    """Set up a counter in Basse-Terre, six hours behind Paris."""
    cli.done("place add 'Basse-Terre' --timezone America/Guadeloupe")
    cli.done("counter add Outremer --type citoyennete --place basse-terre --week vacances --from 2017-04-03")


@pytest.mark.usefixtures("guadeloupe")
def test_c2_days_and_times_are_those_of_the_place(cli: Cli) -> None:
    today = cli.json("slot list --counter outremer --from today --days 1", now="2017-04-05T03:00")
    assert {one["starts_at"] for one in today} >= {"2017-04-04T09:00:00-04:00"}
    booked = cli.json("appointment assign outremer '06/04/2017 9:00' --partner 'X'")
    assert booked["starts_at"] == "2017-04-06T09:00:00-04:00"
    assert booked["taken_at"] == "2017-04-04T10:35:00-04:00"
    moved = cli.json(f"appointment move {booked['id']} 2017-04-06T15:30:00Z")  # an instant that says its offset
    assert moved["starts_at"] == "2017-04-06T11:30:00-04:00"
    both = cli.json("slot list --counter outremer --counter 'guichet 1' --from 2017-04-06 --days 1")
    assert {one["starts_at"][-6:] for one in both} == {"-04:00", "+02:00"}


@pytest.mark.usefixtures("guadeloupe")
def test_a3_a_slot_is_over_when_it_is_over_there(cli: Cli) -> None:
    at = {"now": "2017-04-04T17:29"}  # 11:29 in Basse-Terre
    assert cli.json("appointment assign outremer 'today 11:00' --partner X", **at)["id"]
    assert cli("appointment assign outremer 'today 10:30' --partner X --json", **at).error["error"] == "slot_past"


# Finding


def test_s6_the_free_slots_nearest_to_a_time(cli: Cli) -> None:
    found = cli.json("slot next --type citoyennete --near 'jeudi 14:30' --count 3")
    assert [one["starts_at"][:16] for one in found] == ["2017-04-06T15:30", "2017-04-06T16:00", "2017-04-06T16:30"]
    assert cli("slot next --type citoyennete --near someday --json").error["error"] == "moment"


def test_s6_the_next_free_slots_of_a_type_earliest_first(cli: Cli) -> None:
    found = cli.json('slot next --type "titres d\'identite" --count 2')
    assert [one["starts_at"] for one in found] == ["2017-04-05T09:00:00+02:00", "2017-04-05T09:30:00+02:00"]
    assert all(has_shape(one, SLOT) and one["status"] == "free" for one in found)
    assert len(cli.json("slot next --type 'etat civil'")) == 5
    rows = cli("slot next --type 'etat civil' --place 'centre ville' --counter 'etat civil' --count 1").rows
    assert rows == [
        ["Start", "End", "Counter", "Place"],
        ["Tue 4 Apr 2017 17:00", "17:30", "Etat civil", "Centre ville"],
    ]


# Suspending, reserving, releasing


def test_s2_free_slots_are_suspended_reserved_and_released(cli: Cli) -> None:
    assert has_shape(cli.json("slot suspend 'guichet 1' '07/04/2017 9:30'"), IMPACT)
    assert statuses(cli)["09:30"] == "suspended"
    cli.json("slot reserve 'guichet 1' 2017-04-07T10:00")
    assert statuses(cli)["10:00"] == "reserved"
    assert cli.json("slot release 'guichet 1' 2017-04-07T09:30 --to 2017-04-07T11:30")["freed"] == 3
    assert statuses(cli) == {time: "booked" if time == "09:00" else "free" for time in statuses(cli)}
    cli.json("slot suspend 'guichet 1' 2017-04-07T13:30 --to 2017-04-07")
    assert [time for time, status in statuses(cli).items() if status == "suspended"] == [
        "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", ["suspend", "reserve"])
def test_s4_a_booked_slot_is_not_taken_back_without_a_yes(cli: Cli, verb: str) -> None:
    line = f"slot {verb} 'guichet 1' 2017-04-07T09:00"
    before = cli.everything()
    assert cli.json(f"{line} --dry-run")["to_reschedule"] == 1
    assert cli(f"{line} --json").error["error"] == "not_confirmed"
    assert cli.everything() == before
    assert cli.json(f"{line} --yes")["appointments"][0]["status"] == "to_reschedule"
    assert statuses(cli)["09:00"] == f"{verb.removesuffix('e')}ed"
    released = "slot release 'guichet 1' 2017-04-07T09:00"
    assert [one["id"] for one in cli.json(f"{released} --dry-run")["restorable"]] == [2]
    assert [one["id"] for one in cli.json(f"{released} --restore")["restored"]] == [2]
    assert statuses(cli)["09:00"] == "booked"


def test_s2_a_dry_run_of_a_release_frees_nothing(cli: Cli) -> None:
    before = cli.everything()
    told = cli("slot release 'guichet 1' 2017-04-07T11:00 --dry-run")
    assert (told.code, told.err) == (0, "Slots freed: 1\nNothing was written.\n")
    assert cli.everything() == before


def test_s2_releasing_a_suspended_slot_takes_the_right_to_manage_the_counter(cli: Cli) -> None:
    line = "slot release citoyennete 2017-04-06T14:00 --json"
    ran = cli(line, agent="karim")
    assert (ran.code, ran.error["error"]) == (3, "right_missing")
    assert cli(line, agent="lucie").document["freed"] == 1


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("slot release 'guichet 1' 2017-04-07T10:00", 1, "nothing_to_release"),
        ("slot reserve citoyennete 2017-04-06T14:00", 1, "slot_suspended_first"),
        ("slot suspend citoyennete 2017-04-03T09:00", 1, "slot_past"),
        ("slot suspend 'guichet 1' 2017-04-07T09:10", 4, "no_slot"),
        ("slot suspend 'guichet 1' 2017-04-08", 4, "no_slot"),
        ("slot suspend 'guichet 1' 2017-04-03T09:00", 1, "before_first_day"),
        ("slot suspend 'guichet 1' 2017-04-07T10:00 --to 2017-04-07T09:00", 1, "period_backwards"),
        ("slot suspend 'guichet 1' 2017-04-07T10:00 --to 2019-04-07", 1, "period_long"),
        ("slot list --from 2017-04-07 --to 2017-04-06", 1, "period_backwards"),
        ("slot list --from 2017-04-07 --days 401", 1, "period_long"),
        ("slot next --type Passeport", 4, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(cli: Cli, line: str, code: int, error: str) -> None:
    before = cli.everything()
    ran = cli(f"{line} --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert cli.everything() == before
