"""`rdv retention apply` (D1): looked at first, asked, done; and the worker does it by itself."""

from tests.cli.conftest import Cli

BOOK = "appointment assign 'Guichet 1' 2017-04-10T09:00 --partner 'DURAND Léa' --phone '06 39 98 12 05'"
LATER = {"now": "2019-05-01T10:00", "retention_months": "24"}


def test_d1_it_shows_what_it_would_erase_and_writes_nothing(cli: Cli) -> None:
    cli.json(BOOK)
    before = cli.everything()
    found = cli.json("retention apply --dry-run", **LATER)
    assert found["files"] >= 1 and found["before"] == "2017-05-01T00:00:00+02:00"
    ran = cli("retention apply --dry-run", **LATER)
    assert (ran.code, ran.err) == (0, "Nothing was written.\n")
    assert ran.rows[0] == ["Older than", "01/05/2017"]
    assert cli.everything() == before


def test_d1_a_script_has_to_say_yes(cli: Cli) -> None:
    ran = cli("retention apply --json", **LATER)
    assert (ran.code, ran.error["error"]) == (1, "not_confirmed")


def test_d1_erased_for_good(cli: Cli) -> None:
    cli.json(BOOK)
    assert cli.json("retention apply --yes", **LATER)["files"] >= 1
    assert cli.json("partner list 'durand léa'", **LATER) == []
    assert "files" in cli.done("journal --action retention.", **LATER)


def test_d1_kept_for_ever_until_the_settings_say_how_long(cli: Cli) -> None:
    ran = cli("retention apply --yes", now=LATER["now"])
    assert (ran.code, ran.err) == (0, "Personal data are kept for ever: RDV_RETENTION_MONTHS is 0.\n")


def test_d1_once_the_worker_does_it(cli: Cli) -> None:
    cli.json(BOOK)
    cli.json("worker --once", **LATER)
    assert cli.json("partner list 'durand léa'", **LATER) == []


def test_g1_it_takes_the_right_to_configure(cli: Cli) -> None:
    cli.done("agent add max --right appointments")
    assert cli("retention apply --yes", agent="max").code == 3
