"""`rdv stats` (F1): the figures as a table and as JSON."""

from tests.cli.conftest import Cli

ASSIGN = "appointment assign 'Guichet 1' 2017-04-10T09:00 --partner 'DURAND Léa'"


def test_f1_figures_as_json(cli: Cli) -> None:
    cli.json(ASSIGN)
    found = cli.json("stats --from 2017-04-10 --to 10/04/2017 --counter 'Guichet 1'")
    assert (found["from"], found["to"], found["by"]) == ("2017-04-10", "2017-04-10", "counter")
    [line] = found["lines"]
    assert (line["label"], line["booked"], line["planned"], line["no_show_share"]) == ("Guichet 1", 1, 1, None)
    assert line["load"] == 1 / line["seats"]
    assert found["total"] == {name: value for name, value in line.items() if name not in ("label", "place")}


def test_f1_figures_as_a_table_end_with_the_whole(cli: Cli) -> None:
    cli.json(ASSIGN)
    ran = cli("stats --by day --from 2017-04-10 --to +7d --counter 'Guichet 1'")
    assert ran.err == "From 10/04/2017 to 11/04/2017.\n"
    assert [row[0] for row in ran.rows] == ["Day", "10/04/2017", "11/04/2017", "Total"]
    assert ran.rows[1][2] == "1"
    french = cli("stats --by type", lang="fr")
    assert french.rows[0][:4] == ["Type", "Places", "Attribués", "Remplissage"]
    assert french.rows[-1][3] == "0 %"


def test_f1_days_that_cannot_be_are_refused(cli: Cli) -> None:
    ran = cli("stats --from 2017-04-10 --to 2017-04-09 --json")
    assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "period_backwards", "S6")
    assert cli("stats --by hour").code == 2
