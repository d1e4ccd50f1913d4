"""`rdv search`: lists with their filters, under a name (Q1, Q2)."""

import pytest

from tests.cli.conftest import APPOINTMENT, PARTNER, SLOT, Cli, has_shape

LUCIE, KARIM, INES = ({"agent": login} for login in ("lucie", "karim", "ines"))


@pytest.mark.parametrize(
    ("entry", "options", "listed", "shape"),
    [
        ("appointments", "--view all --type citoyennete --from 03/04/2017 --to '+3d'", "appointment list", APPOINTMENT),
        ("slots", "--from lundi --days 2 --counter 'Guichet 1' --status free", "slot list", SLOT),
        ("partners", "--text bois --limit 3", "partner list", PARTNER),
    ],
)
def test_q2_it_prints_as_the_list_would(
    cli: Cli, entry: str, options: str, listed: str, shape: dict[str, tuple[type, ...]]
) -> None:
    assert cli.done(f"search save Mien --entry {entry} {options}") == "Saved: Mien (1).\n"
    options = options.replace("--text ", "")
    assert cli.done("search run mien") == cli.done(f"{listed} {options}")
    found = cli.json("search run 1")
    assert found == cli.json(f"{listed} {options}") != []
    assert has_shape(found[0], shape)


def test_q2_relative_days_are_read_again(cli: Cli) -> None:
    cli.done("search save Demain --entry slots --from demain --days 1 --counter 'Guichet 1'")
    assert cli.json("search run demain")[0]["starts_at"].startswith("2017-04-05")
    assert cli.json("search run demain", now="2017-04-12T08:00")[0]["starts_at"].startswith("2017-04-13")


def test_searches_are_listed_as_they_were_written(cli: Cli) -> None:
    cli.done("search save Lundi --entry slots --from lundi --type 'etat civil' --type Citoyenneté")
    cli.done("search save Tous --entry appointments --view past-without-status --all")
    assert cli("search list").rows == [
        ["No.", "Name", "List", "For", "Saved by", "Filters"],
        ["1", "Lundi", "slots", "personal", "root", "--from lundi --type 'etat civil' --type 'Citoyenneté'"],
        ["2", "Tous", "appointments", "personal", "root", "--view past-without-status --all"],
    ]
    [lundi] = cli.json("search list --entry slots")
    assert lundi == {
        "id": 1,
        "label": "Lundi",
        "entry": "slots",
        "visibility": "personal",
        "service": None,
        "author": "root",
        "filters": {"from": "lundi", "type": ["etat civil", "Citoyenneté"]},
    }


def test_q1_a_search_of_a_service(cli: Cli) -> None:
    saved = cli.json("search save 'A replanifier' --entry appointments --view to-reschedule --service accueil", **KARIM)
    assert (saved["visibility"], saved["service"]) == ("service", "Accueil")
    assert cli.json("search list", **LUCIE) == [saved]
    assert cli.json("search list", **INES) == []
    assert cli.json("search run 'a replanifier'", **LUCIE) == cli.json("appointment list --view to-reschedule")
    assert cli("search run 'a replanifier' --json", **INES).code == 4
    ran = cli("search remove 'a replanifier'", **LUCIE)
    assert (ran.code, ran.err.splitlines()[0]) == (3, "« A replanifier » was saved by karim (Q1).")
    assert cli.json("search remove 'a replanifier'", **KARIM) == {"removed": "a replanifier"}
    assert cli("search save X --entry slots --service 'Etat civil' --json", **KARIM).code == 3


def test_q1_a_name_is_replaced_when_asked(cli: Cli) -> None:
    cli.done("search save Lundi --entry slots --from lundi")
    ran = cli("search save lundi --entry slots --json")
    assert (ran.code, ran.error["error"]) == (1, "search_taken")
    cli.done("search save lundi --entry slots --from mardi --replace")
    assert [one["filters"] for one in cli.json("search list")] == [{"from": "mardi"}]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("search save X --entry slots --counter 'Guichet 9'", 4, "There is no counter « Guichet 9 »."),
        ("search save X --entry slots --from 'demain matin'", 2, "« demain matin » is not a date or a time."),
        ("search save X --entry slots --text bois", 2, "That list has no filter « text »."),
        ("search save X --entry guichets", 2, "--entry cannot be « guichets »."),
        ("search save X", 2, "--entry is missing."),
        ("search run X", 4, "There is no saved search « X »."),
        ("search remove X", 4, "There is no saved search « X »."),
    ],
)
def test_what_is_wrong_is_told(cli: Cli, line: str, code: int, message: str) -> None:
    ran = cli(line)
    assert (ran.code, ran.err.splitlines()[0], ran.out) == (code, message, "")
    assert cli.json("search list") == []


def test_q2_a_counter_that_was_removed_since_is_told(cli: Cli) -> None:
    cli.done("search save Guichet --entry slots --counter 'Guichet 1'")
    cli.done("counter remove 'Guichet 1' --yes")
    ran = cli("search run guichet")
    assert (ran.code, ran.err.splitlines()[0]) == (4, "There is no counter « Guichet 1 ».")
