"""The commands of both READMEs, run word by word in a fresh folder (B1)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.fr.md")
TWO_COMMANDS = "pip install uv && uv run rdv demo\npip install uv && uv run pytest\n"


def blocks(page: str) -> list[str]:
    """Return the code blocks of a page."""
    return re.findall(r"^```\w*\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def run_in_shell(script: str, folder: Path) -> Ran:
    """Run shell commands in a folder, with the `rdv` of this environment in the place of `uv run rdv`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu"], input=script.replace("uv run rdv", "rdv"), cwd=folder, env={**os.environ, "PATH": path},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("page", PAGES)
def test_the_two_commands_are_the_first_block(page: str) -> None:
    assert blocks(page)[0] == TWO_COMMANDS


def test_both_languages_show_the_same_commands() -> None:
    english, french = (
        [re.sub(r"RDV_LANG=en|#.*|motdepasse|password", "", block).split() for block in blocks(page)] for page in PAGES
    )
    assert english == french


@pytest.mark.parametrize("page", PAGES)
def test_b1_the_commands_to_try_work_word_by_word(page: str, settings: Path) -> None:
    [to_try] = [block for block in blocks(page) if "rdv apply" in block]
    (settings / "here" / "examples").symlink_to(ROOT / "examples")
    ran = run_in_shell(to_try, settings / "here")
    assert ran.code == 0, ran.err
    assert "DURAND Léa" in ran.out
    assert "AULAN Gilles" in ran.out, "a suspended Friday would affect him"
    assert "VIGNEAU Chloé" in ran.out, "her appointments lost their slot"
