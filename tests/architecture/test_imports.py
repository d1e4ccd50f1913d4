"""Imports between rooms, and the modules that a command loads: import-linter's contracts, and new processes
inspected.
"""

import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import rdv.cli

ROOT = Path(__file__).parent.parent.parent
HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "textual", "fastapi", "starlette"}
"""Modules that a command without a database never loads."""


def loaded(code: str) -> set[str]:
    """Return the modules that a new process has loaded after running some code."""
    told = f"{code}\nimport json, sys\nprint(json.dumps([*sys.modules]), file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(ran.stderr.splitlines()[-1])
    return set(found)


def test_the_contracts_of_the_rooms_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def test_the_help_of_the_program_loads_neither_the_store_nor_a_face_nor_rich() -> None:
    modules = loaded("from rdv.cli.main import run; run(['--help'])")
    assert modules.isdisjoint(HEAVY | {"rich", "babel", "phonenumbers", "holidays"})
    assert "rdv.cli.main" in modules
    assert not {name for name in modules if name.startswith(("rdv.engine", "rdv.store"))}


@pytest.mark.parametrize("line", ["slot --help", "slot list --help", "counter exception add --help", "slot lst"])
def test_nor_does_the_help_of_a_command_or_a_slip_of_the_pen(line: str) -> None:
    modules = loaded(f"from rdv.cli.main import run; run({line.split()!r})")
    assert modules.isdisjoint(HEAVY | {"rich"})


def test_a_command_loads_its_own_noun_alone() -> None:
    modules = loaded("from rdv.cli.main import run; run(['slot', 'list', '--help'])")
    nouns = {name for name in modules if name.startswith("rdv.cli.")}
    assert "rdv.cli.commands.booking.slot" in nouns
    assert nouns.isdisjoint(
        {
            "rdv.cli.commands.setup.counter",
            "rdv.cli.commands.booking.partner",
            "rdv.cli.commands.setup.town",
            "rdv.cli.commands.setup.week",
        }
    )


def test_no_noun_loads_the_store_before_a_command_runs() -> None:
    nouns = [name for _, name, _ in pkgutil.walk_packages(rdv.cli.__path__, "rdv.cli.")]
    modules = loaded(f"import {', '.join(nouns)}")
    assert modules.issuperset(nouns)
    assert modules.isdisjoint(HEAVY)


def test_commands_that_run_load_no_other_face(tmp_path: Path) -> None:
    code = f"""
import os
os.environ.update(RDV_DATABASE={str(tmp_path / "rdv.db")!r}, RDV_AGENT="root", RDV_NOW="2017-04-04T16:35")
from rdv.cli.main import run
assert run(["apply", "examples/mairie.toml"]) == 0
assert run("slot list --from 2017-04-04".split()) == 0
assert run("appointment cancel 1 --json".split()) == 0
assert run(["doctor"]) == 0
"""
    assert loaded(code).isdisjoint({"textual", "fastapi", "starlette", "uvicorn", "jinja2", "yagmail", "apprise"})


def test_sqlite_never_loads_the_driver_of_postgresql(tmp_path: Path) -> None:
    code = f"""
import os
os.environ.update(RDV_DATABASE={str(tmp_path / "rdv.db")!r}, RDV_AGENT="root", RDV_LANG="en")
from rdv.cli.main import run
assert run(["init"]) == 0
"""
    assert "psycopg" not in loaded(code)


def test_the_first_picture_of_the_screens_needs_neither_settings_nor_engine_nor_store() -> None:
    modules = loaded("import rdv.cli.commands.upkeep.tui, rdv.tui.app")
    assert "textual" in modules
    assert modules.isdisjoint({"pydantic", "sqlmodel", "sqlalchemy", "alembic", "babel", "phonenumbers"})
    assert modules.isdisjoint({"rdv.settings", "rdv.engine.office"})


def test_the_command_that_opens_the_screens_loads_them_late() -> None:
    assert loaded("from rdv.cli.main import run; run(['tui', '--help'])").isdisjoint(HEAVY)


@pytest.mark.parametrize("package", ["rdv", "portal"])
def test_mail_leaves_through_yagmail_and_no_module_imports_smtplib(package: str) -> None:
    importing = re.compile(r"^\s*(?:import|from)\s.*\bsmtplib\b", re.MULTILINE)
    assert [file.name for file in (ROOT / package).rglob("*.py") if importing.search(file.read_text("utf-8"))] == []
