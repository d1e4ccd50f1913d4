"""The command line as its users run it: `cli` in this process, `process` in a separate one.

Both have their own folder, home and settings. `cli` uses the manual's town hall on SQLite, with `root` as its
administrator, at the time of the manual's pictures.
"""

import gc
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rdv.cli import main
from rdv.engine.office import Office
from rdv.store.session import Database
from rdv.terms import Face
from tests.conftest import FrozenClock, Make, office_on
from tests.towns import everything

NOW = "2017-04-04T16:35"
TEXT, NUMBER, FLAG, MAYBE = (str,), (int,), (bool,), (str, type(None))

SLOT = {
    "counter": TEXT, "counter_id": NUMBER, "type": TEXT, "place": TEXT, "starts_at": TEXT, "ends_at": TEXT,
    "status": TEXT, "seats_free": NUMBER, "appointment_id": (int, type(None)),
}  # fmt: skip
APPOINTMENT = {
    "id": NUMBER, "type": TEXT, "counter": TEXT, "place": TEXT, "partner": (dict,), "starts_at": TEXT, "ends_at": TEXT,
    "status": TEXT, "taken_at": TEXT, "taken_by": TEXT, "comment": MAYBE,
}  # fmt: skip
PARTNER = {"code": TEXT, "name": TEXT, "phone": MAYBE, "email": MAYBE, "appointments": (int, list)}
IMPACT = {"appointments": (list,), "to_reschedule": NUMBER, "past_without_status": NUMBER, "holds_dropped": NUMBER}
ERROR = {"error": TEXT, "message": TEXT, "hint": TEXT}
"""The JSON shapes that scripts rely on, by the types of their fields (interfaces.md)."""


def has_shape(document: Any, shape: Mapping[str, tuple[type, ...]]) -> bool:
    """Return True if a JSON object has these fields with these types; a boolean is not a number."""
    return all(name in document and type(document[name]) in types for name, types in shape.items())


@dataclass(frozen=True)
class Ran:
    """The result of a command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return the one JSON document on standard output; both outputs are otherwise empty."""
        assert (self.code, self.err) == (0, ""), self
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """Return the one JSON error on standard error; standard output is empty."""
        assert self.code != 0 and self.out == "", self
        return json.loads(self.err)

    @property
    def rows(self) -> list[list[str]]:
        """Return the rows of a printed table, head first; two spaces separate cells."""
        lines = [line.strip() for line in self.out.splitlines()]
        return [
            [cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines if line and "─" not in line
        ]


@dataclass
class Cli:
    """Runs command lines; keywords are settings (`lang="fr"`, `agent="karim"`, `now=…`) for one run."""

    database: Database
    capsys: pytest.CaptureFixture[str]
    opened: list[Office] = field(default_factory=list)

    def __call__(self, line: str, *, stdin: str = "", **settings: str) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"RDV_{name.upper()}", value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            self.capsys.readouterr()
            try:
                code = main.run(shlex.split(line))
            finally:
                for office in self.opened:
                    office.database.close()
            out, err = self.capsys.readouterr()
        return Ran(code, out, err)

    def json(self, line: str, **settings: str) -> Any:
        """Return the JSON answer of a command."""
        return self(f"{line} --json", **settings).document

    def done(self, line: str, **settings: str) -> str:
        """Return the output of a successful command."""
        ran = self(line, **settings)
        assert ran.code == 0, ran
        return ran.out

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        return everything(self.database)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty folder and no settings except the agent, the time and English. Return the folder."""
    for name in [name for name in os.environ if name.startswith(("RDV_", "_RDV_"))]:
        monkeypatch.delenv(name)
    for name, value in {
        "HOME": tmp_path / "home", "XDG_DATA_HOME": tmp_path / "data", "XDG_CONFIG_HOME": tmp_path / "config",
        "RDV_LANG": "en", "RDV_AGENT": "root", "RDV_NOW": NOW, "LANGUAGE": "en", "COLUMNS": "200",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def database(settings: Path, manual: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return the manual's town hall, which the settings name."""
    file = settings / "rdv.db"
    shutil.copy(manual.file or "", file)
    monkeypatch.setenv("RDV_DATABASE", str(file))
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


def run_in_process(database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a `Cli` that closes offices when a command ends, as the end of a process does."""
    cli = Cli(database, capsys)
    opening = Office.open

    def opened(settings: Any, *face: Face) -> Office:
        cli.opened.append(opening(settings, *face))
        return cli.opened[-1]

    monkeypatch.setattr(Office, "open", opened)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    return cli


@pytest.fixture
def cli(database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return run_in_process(database, capsys, monkeypatch)


@pytest.fixture
def make(database: Database) -> Make:
    """Return the engine on the same database, at the same time."""
    return Make(office_on(database, FrozenClock()))


@dataclass(frozen=True)
class Process:
    """Runs `rdv` as a separate process, in the folder and with the settings of the test."""

    folder: Path

    def __call__(self, line: str, *, code: str = "from rdv.cli.main import main; main()", **env: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-c", code, *shlex.split(line)],
            cwd=self.folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def process(settings: Path) -> Process:
    return Process(settings / "here")
