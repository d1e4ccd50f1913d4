"""`rdv closure`: days when one place, or every place, is closed (C6)."""

import pytest

from tests.cli.conftest import IMPACT, Cli, has_shape


def test_c6_closures_are_listed_by_first_day(cli: Cli) -> None:
    cli.json("closure add Pont --from 2017-04-10")
    listed = cli.json("closure list")
    assert listed == [
        {"id": 2, "label": "Pont", "place": None, "first_day": "2017-04-10", "last_day": "2017-04-10"},
        {"id": 1, "label": "Travaux", "place": "Centre ville", "first_day": "2017-04-14", "last_day": "2017-04-14"},
    ]
    assert cli("closure list").rows == [
        ["No.", "Label", "Place", "First day", "Last day"],
        ["2", "Pont", "every place", "10/04/2017", "10/04/2017"],
        ["1", "Travaux", "Centre ville", "14/04/2017", "14/04/2017"],
    ]
    assert cli.json("closure show travaux") == listed[1]
    assert "Centre ville" in cli.done("closure show 1")


def test_i1_a_closure_says_whom_it_touches_before_anything_is_written(cli: Cli) -> None:
    before = cli.everything()
    line = "closure add Grève --from jeudi --to vendredi --place 'mairie principale'"
    foreseen = cli.json(f"{line} --dry-run")
    assert has_shape(foreseen, IMPACT)
    assert [one["partner"]["name"] for one in foreseen["appointments"]] == ["BOIS Jules", "AULAN Gilles"]
    assert cli(f"{line} --json").error["error"] == "not_confirmed"
    assert cli.everything() == before
    assert cli.json(f"{line} --yes")["to_reschedule"] == 2
    assert cli.json("closure show greve")["last_day"] == "2017-04-07"


def test_c6_a_closure_is_changed_and_removed(cli: Cli) -> None:
    assert has_shape(cli.json("closure set travaux --label Chantier --from 2017-04-13 --to 2017-04-18"), IMPACT)
    shown = cli.json("closure show chantier")
    assert (shown["first_day"], shown["last_day"]) == ("2017-04-13", "2017-04-18")
    assert cli.json("closure remove chantier")["appointments"] == []
    assert cli.json("closure list") == []


def test_i2_days_that_open_again_are_offered_to_those_who_lost_them(cli: Cli) -> None:
    cli.json("closure add Grève --from 2017-04-06 --yes")
    assert "BOIS Jules (1)" in cli("closure remove greve --dry-run").err
    restored = cli.json("closure remove greve --restore")["restored"]
    assert "BOIS Jules" in [one["partner"]["name"] for one in restored]


def test_c6_public_holidays_are_those_of_a_country_and_its_parts(cli: Cli) -> None:
    touched = cli.json("closure holidays --year 2017 --year 2018 --yes")["appointments"]
    assert [one["starts_at"][:10] for one in touched] == ["2017-06-05"]  # Whit Monday
    days = {one["first_day"]: one for one in cli.json("closure list")}
    assert {"2017-05-01", "2017-12-25", "2018-07-14"} <= days.keys()
    assert days["2017-05-01"]["place"] is None
    before = cli.everything()
    cli.json("closure holidays --year 2017 --year 2018")  # those already known are left
    assert {name: rows for name, rows in cli.everything().items() if name != "journal_entry"} == {
        name: rows for name, rows in before.items() if name != "journal_entry"
    }
    cli.json("closure holidays --country FR --subdivision 974 --year 2017 --place 'centre ville'")
    (abolition,) = [one for one in cli.json("closure list") if one["first_day"] == "2017-12-20"]
    assert abolition["place"] == "Centre ville"


def test_c6_public_holidays_are_of_this_year_unless_told(cli: Cli) -> None:
    cli.json("closure holidays --yes")
    assert {one["first_day"][:4] for one in cli.json("closure list")} == {"2017"}
    cli.json("closure holidays", now="2017-12-31T23:30:00+00:00")  # it is 2018 in Paris
    assert {one["first_day"][:4] for one in cli.json("closure list")} == {"2017", "2018"}


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("closure add X --from 2017-05-02 --to 2017-05-01", 1, "period_backwards"),
        ("closure set travaux --to 2017-04-01", 1, "period_backwards"),
        ("closure add X --from 2017-02-30", 2, "moment"),
        ("closure add X --from 2017-05-02 --place Annexe", 4, "not_found"),
        ("closure add Travaux --from 2017-04-14 --place 'centre ville'", 1, "label_taken"),
        ("closure holidays --country ZZ", 2, "holidays_country"),
        ("closure holidays --subdivision ZZ", 2, "holidays_country"),
        ("closure show Pont", 4, "not_found"),
    ],
)
def test_c6_what_cannot_be_is_refused_and_nothing_is_written(cli: Cli, line: str, code: int, error: str) -> None:
    before = cli.everything()
    ran = cli(f"{line} --json")
    assert (ran.code, ran.error["error"]) == (code, error)
    assert cli.everything() == before
