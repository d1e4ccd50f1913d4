"""`rdv agent`: agents, their rights and passwords (G1)."""

from types import SimpleNamespace

import pytest

from tests.cli.conftest import Cli

AGENT = {"id", "login", "name", "rights", "services", "has_password"}


def test_agents_are_listed_with_their_rights_and_services(cli: Cli) -> None:
    listed = {one["login"]: one for one in cli.json("agent list")}
    assert all(one.keys() == AGENT for one in listed.values())
    assert listed["karim"]["rights"] == ["appointments"]
    assert listed["lucie"]["services"] == ["Accueil", "Etat civil"]
    assert listed["root"]["rights"] == ["module", "counters", "appointments"]
    assert ["3", "karim", "Karim BENALI", "appointments", "Accueil"] in cli("agent list").rows


def test_an_agent_is_shown_by_login_or_number(cli: Cli) -> None:
    assert cli.json("agent show karim") == cli.json("agent show 3")
    assert "Karim BENALI" in cli.done("agent show karim")
    assert cli("agent show KARIM").code == 4  # logins are as they are written


def test_an_agent_is_added_with_rights_and_services(cli: Cli) -> None:
    added = cli.json("agent add mia --name 'Mia ROY' --right counters --right appointments --service accueil")
    assert (added["rights"], added["services"]) == (["counters", "appointments"], ["Accueil"])
    assert cli.done("agent add leo") == "Added: leo, rights: –.\n"


def test_what_is_given_replaces_the_rights_and_services_and_the_rest_stays(cli: Cli) -> None:
    assert cli.json("agent set lucie --right module")["rights"] == ["module"]
    assert cli.json("agent set lucie --service accueil")["services"] == ["Accueil"]
    assert cli.json("agent set lucie --service ''")["services"] == []
    assert cli.json("agent set lucie --no-right")["rights"] == []
    lucie = cli.json("agent set lucie --name 'Lucie M.'")
    assert (lucie["name"], lucie["rights"], lucie["services"]) == ("Lucie M.", [], [])


def test_an_agent_who_is_removed_is_no_agent_any_more(cli: Cli) -> None:
    assert cli.done("agent remove lucie") == "Removed.\n"
    assert cli("service list", agent="lucie").code == 3
    assert cli.json("agent remove karim") == {"removed": "karim"}
    assert cli.json("appointment show 1")["taken_by"] == "lucie"


def test_g1_the_last_who_may_configure_is_neither_removed_nor_stripped(cli: Cli) -> None:
    for line in ("agent remove root", "agent set root --no-right", "agent set root --right counters"):
        ran = cli(f"{line} --json")
        assert (ran.code, ran.error["error"], ran.error["rule"]) == (1, "last_administrator", "G1")


def test_g1_a_password_is_read_from_standard_input_and_kept_as_a_hash(cli: Cli) -> None:
    assert cli("agent password karim", stdin="correct horse\n").code == 0
    assert cli.json("agent show karim")["has_password"] is True
    stored = [row[3] for row in cli.everything()["agent"] if row[1] == "karim"]
    assert stored[0].startswith("$argon2id$")


@pytest.mark.parametrize("secret", ["short\n", ""])
def test_g1_a_short_password_is_refused(cli: Cli, secret: str) -> None:
    ran = cli("agent password karim --json", stdin=secret)
    assert (ran.code, ran.error["error"]) == (1, "password_short")
    assert cli.json("agent show karim")["has_password"] is False


def test_g1_one_s_own_password_takes_no_right_and_another_s_takes_it(cli: Cli) -> None:
    assert cli("agent password karim", stdin="correct horse\n", agent="karim").code == 0
    assert cli("agent password lucie", stdin="correct horse\n", agent="karim").code == 3


def test_g1_a_person_types_the_password_twice_unseen(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool, str]] = []

    def prompt(text: str, *, hide_input: bool, confirmation_prompt: str) -> str:
        asked.append((text, hide_input, confirmation_prompt))
        return "correct horse"

    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("rdv.cli.commands.setup.agent.sys", terminal)
    assert cli("agent password karim").code == 0
    assert asked == [("Password", True, "Once more")]
    assert cli.json("agent show karim")["has_password"] is True


def test_g1_whoami_shows_the_agent_who_acts(cli: Cli) -> None:
    assert cli.json("agent whoami", agent="karim") == cli.json("agent show karim")
    assert "Karim BENALI" in cli.done("agent whoami", agent="karim")
    assert cli("agent whoami --json", agent="nobody").error["error"] == "agent_unknown"


def test_g4_sign_in_says_whether_a_password_is_the_agents(cli: Cli) -> None:
    cli.done("agent password karim", stdin="correct horse\n")
    right = cli("agent sign-in karim --json", stdin="correct horse\n", agent="nobody")
    assert right.document == cli.json("agent show karim")
    assert cli("agent sign-in karim", stdin="correct horse\n").out == "This is the password of karim.\n"
    for login in ("karim", "lucie", "nobody"):
        wrong = cli(f"agent sign-in {login} --json", stdin="wrong horse\n")
        assert (wrong.code, wrong.error["error"], wrong.error["rule"]) == (3, "sign_in_failed", "G4")
        assert f"rdv agent password {login}" in wrong.error["hint"]


def test_g4_after_too_many_failures_sign_in_says_when_to_try_again(cli: Cli) -> None:
    for _ in range(5):
        assert cli("agent sign-in karim", stdin="wrong horse\n").code == 3
    slowed = cli("agent sign-in karim --json", stdin="correct horse\n")
    assert (slowed.code, slowed.error["error"]) == (1, "sign_in_slowed")
    assert "4 Apr 2017 16:50" in slowed.error["hint"]


def test_g4_a_person_types_the_password_to_check_once_unseen(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool, bool]] = []

    def prompt(text: str, *, hide_input: bool, confirmation_prompt: bool) -> str:
        asked.append((text, hide_input, confirmation_prompt))
        return "correct horse"

    cli.done("agent password karim", stdin="correct horse\n")
    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("rdv.cli.commands.setup.agent.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    assert cli("agent sign-in karim").code == 0
    assert asked == [("Password", True, False)]
