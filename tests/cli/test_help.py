"""`--help` of every command: in French and in English, with a text for each argument and option, and documented."""

import re
from pathlib import Path
from typing import Any

import pytest

from rdv.cli.main import COMMANDS as NOUNS
from tests.cli.commands import COMMANDS, GROUPS
from tests.cli.conftest import Cli, Process

DOCS = Path(__file__).parent.parent.parent / "docs"
A_DOCUMENT = {
    "demo",
    "portal",
    "tui",
    "export config",
    "export appointments",
    "export slots",
    "export partners",
    "partner export",
}
"""Commands that print a document or open a screen, not the JSON of an answer."""


def options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if "--help" not in parameter.opts]


def test_every_noun_of_the_program_is_listed_with_its_text(cli: Cli) -> None:
    shown = cli.done("--help")
    for name in NOUNS:
        assert re.search(rf"^  {name}  +[A-Z]", shown, re.MULTILINE), name


def test_every_command_and_every_option_has_a_text() -> None:
    assert [path for path, command in COMMANDS.items() if not (command.help or "").endswith(".")] == []
    assert [
        f"{path} {parameter.opts}"
        for path, command in COMMANDS.items()
        for parameter in options(command)
        if not parameter.help
    ] == []


def test_a_group_has_no_option_but_help() -> None:
    named = {path: {name for parameter in group.params for name in parameter.opts} for path, group in GROUPS.items()}
    assert named.pop("") <= {"--install-completion", "--show-completion", "--version"}
    assert [path for path, names in named.items() if names] == []


def test_every_command_says_its_help(cli: Cli) -> None:
    for path, command in COMMANDS.items():
        shown = cli.done(f"{path} --help")
        assert shown.startswith(f"Usage: rdv {path}")
        for parameter in options(command):
            name = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar
            assert name in shown, f"{path} {name}"


def test_b1_every_command_answers_to_scripts_in_json() -> None:
    assert [
        path
        for path, command in COMMANDS.items()
        if path not in A_DOCUMENT and not any("--json" in parameter.opts for parameter in command.params)
    ] == []


def test_i1_every_change_that_may_touch_appointments_can_be_previewed_and_confirmed() -> None:
    for path, command in COMMANDS.items():
        names = {name for parameter in command.params for name in parameter.opts}
        if "--restore" in names:
            assert {"--dry-run", "--yes"} <= names, path


# Both languages need a new process, because help is built when the commands are imported

ENGLISH = re.compile(r"\b(the|of|this|that|and|with|show|list|days?|counter|slot|required|exit)\b", re.I)
SAME = re.compile(r"--[a-z-]+|[A-Z]{2,}[A-Z|.]*|<[^>]*>|'[^']*'|\brdv [a-z -]+|https?://\S+|^  [a-z-]+  ", re.MULTILINE)


@pytest.mark.parametrize("line", ["", "slot", "slot list", "counter exception add"])
def test_help_speaks_the_chosen_language(process: Process, line: str) -> None:
    english = process(f"{line} --help", RDV_LANG="en")
    french = process(f"{line} --help", RDV_LANG="fr")
    assert (english.code, french.code, english.err, french.err) == (0, 0, "", "")
    told = SAME.sub("", french.out.replace("Usage:", ""))
    assert ENGLISH.findall(told) == [], told
    assert "Show this message and exit." in english.out
    assert french.out.count("\n") > 3


def test_french_is_the_default_language(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RDV_LANG")
    assert "créneaux" in process("--help").out


def test_the_settings_file_chooses_the_language_too(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RDV_LANG")
    Path("rdv.toml").write_text('lang = "en"\n')
    assert "Counters and their exception periods." in process("--help").out


# In the documentation


def test_every_command_is_in_the_documentation() -> None:
    pages = "\n".join((DOCS / page).read_text("utf-8") for page in ("administrators.md", "agents.md"))
    assert [path for path in COMMANDS if not re.search(rf"\brdv {path}\b", pages)] == []
