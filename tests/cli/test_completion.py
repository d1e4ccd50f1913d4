"""Completion for bash, zsh and fish: the scripts, and what they complete."""

import re
import shutil
import subprocess

import pytest

from tests.cli.conftest import Process

SHELLS = ("bash", "zsh", "fish")


def completed(process: Process, shell: str, typed: str) -> list[str]:
    """Return the words that a shell offers after the typed text."""
    if shell == "bash":
        given = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    else:
        given = {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    ran = process("", _RDV_COMPLETE=f"complete_{shell}", **given)
    assert ran.code == 0 and ran.err == ""
    if shell == "zsh":
        return re.findall(r'"([^":]+)":', ran.out)
    return [line.split("\t")[0] for line in ran.out.splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(process: Process, shell: str) -> None:
    ran = process("", _RDV_COMPLETE=f"source_{shell}")
    assert (ran.code, ran.err) == (0, "")
    assert f"_RDV_COMPLETE=complete_{shell}" in ran.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.out, text=True, check=True, capture_output=True)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("rdv cou", {"counter"}),
        ("rdv slot re", {"reserve", "release"}),
        ("rdv counter exception ", {"list", "add", "set", "remove"}),
    ],
)
def test_nouns_and_verbs_are_completed(process: Process, shell: str, typed: str, words: set[str]) -> None:
    assert set(completed(process, shell, typed)) == words


def test_options_and_their_words_are_completed(process: Process) -> None:
    assert "--counter" in completed(process, "bash", "rdv slot list --co")
    assert completed(process, "bash", "rdv slot list --status res") == ["reserved"]
    assert completed(process, "bash", "rdv appointment list --view to") == ["to-reschedule"]


def test_all_nouns_are_offered(process: Process) -> None:
    assert {"slot", "appointment", "counter", "apply", "db"} <= set(completed(process, "bash", "rdv "))
