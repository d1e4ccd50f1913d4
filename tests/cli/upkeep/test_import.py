"""`rdv import`: files of French Excel, every bad line at once, all or nothing even when the process is killed (B2)."""

import csv
import io
import os
import signal
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import import_appointments, read_lines
from rdv.store.session import Database
from tests.cli.conftest import ERROR, Cli, Process, has_shape
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.engine.invariants import Picture, broken
from tests.towns import everything

HEAD = ["Guichet", "Début", "Nom", "Téléphone", "Commentaire"]
ROWS = [
    ["Guichet 1", "10/04/2017 09:00", "LÉVÊQUE Noé", "06 12 34 56 78", "Œuvre à signer"],
    ["Guichet 1", "10/04/17 9h30", "D'ARC Jeanne", "", ""],
]


def excel(path: str, *rows: list[Any], encoding: str = "cp1252") -> None:
    """Return a file as French Excel saves it: semicolons, Windows-1252."""
    with Path(path).open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def test_b2_a_csv_of_french_excel_comes_in(cli: Cli) -> None:
    excel("rdv.csv", ["Rendez-vous repris", "", "", "", ""], [], HEAD, *ROWS)
    ran = cli("import appointments rdv.csv")
    assert (ran.code, ran.err) == (0, "Done.\n")
    assert ran.out.splitlines()[2:] == [
        "+ appointment « LÉVÊQUE Noé, Guichet 1, 2017-04-10 09:00 »",
        "+ appointment « D'ARC Jeanne, Guichet 1, 2017-04-10 09:30 »",
    ]
    (card,) = cli.json("appointment list --partner 'LEVEQUE Noe'")
    assert (card["starts_at"], card["comment"]) == ("2017-04-10T09:00:00+02:00", "Œuvre à signer")


def test_b2_a_workbook_comes_in(cli: Cli) -> None:
    book = Workbook()
    for row in (["Nos fermetures"], [], ["Motif ", "Du", "Au"], ["Ascension", date(2017, 5, 25), None]):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.save("fermetures.xlsx")
    assert cli.done("import closures fermetures.xlsx") == "+ closure « Ascension, 2017-05-25 »\n"
    assert cli("import closures fermetures.xlsx").err == "Nothing to change.\n"


@pytest.mark.parametrize("kind", ImportKind)
def test_b1_every_kind_answers_scripts_and_rehearses(cli: Cli, kind: ImportKind) -> None:
    counter = ["Guichet 9", "Citoyenneté", "Mairie principale", "04/04/2017", "Mairie principale"]
    files: dict[ImportKind, list[list[str]]] = {
        ImportKind.COUNTERS: [["Libellé", "Type", "Lieu", "Début", "Semaine"], counter],
        ImportKind.PARTNERS: [["Nom", "Code"], ["LÉVÊQUE Noé", "C000777"]],
        ImportKind.APPOINTMENTS: [HEAD, ROWS[0]],
        ImportKind.CLOSURES: [["Fermeture", "Du"], ["Ascension", "25/05/2017"]],
    }
    excel("liste.csv", *files[kind])
    before = cli.everything()
    foreseen = cli.json(f"import {kind} liste.csv --dry-run")
    assert cli.everything() == before
    assert cli(f"import {kind} liste.csv --dry-run").err == "Nothing was written.\n"
    done = cli.json(f"import {kind} liste.csv")
    assert done == foreseen
    assert done["changes"][-1] | {"fields": {}} == {
        "action": "added", "kind": kind.removesuffix("s"), "label": done["changes"][-1]["label"], "fields": {},
    }  # fmt: skip
    before = cli.everything()
    assert cli.json(f"import {kind} liste.csv") == {"changes": [], "impact": done["impact"]}
    assert cli.everything() == before


def test_b2_every_bad_line_is_told_with_its_number_and_its_reason(cli: Cli) -> None:
    bad = [["Guichet 9", "31/02/2017", "X", "12"], ["Guichet 1", "10/04/2017 09:00", "Y"], ["Guichet 1", "25h", "X"]]
    excel("rdv.csv", HEAD, ROWS[0], *bad)
    before = cli.everything()
    ran = cli("import appointments rdv.csv")
    assert (ran.code, ran.out) == (1, "")
    how = " Write 2017-04-07T11:00, 07/04/2017 11:00, today, demain, lundi 9:30 or +3d."
    assert ran.err.splitlines() == [
        "rdv.csv: lines that cannot be imported: 3. Nothing was written (B2).",
        f"  line 3, Début · « 31/02/2017 » is not a date or a time.{how}",
        "  line 3, Guichet · There is no counter « Guichet 9 ». Close to it: Guichet 1, Mairie principale.",
        "  line 3, Téléphone · « 12 » is not a phone number. Write 06 12 34 56 78 or +33 6 12 34 56 78.",
        "  line 4, Début · The slot is already taken (S5). Choose another: rdv slot next.",
        "  line 5, Début · « 25h » is not a date or a time.",
        "Correct them in the file, then import it again.",
    ]
    error = cli("import appointments rdv.csv --json").error
    assert has_shape(error, ERROR)
    assert [(one["line"], one["column"], one["error"], one["rule"]) for one in error["lines"]] == [
        (3, "Début", "moment", None), (3, "Guichet", "not_found", None), (3, "Téléphone", "phone", None),
        (4, "Début", "slot_taken", "S5"), (5, "Début", "moment", None),
    ]  # fmt: skip
    assert all(has_shape(one, ERROR) for one in error["lines"])
    assert cli.everything() == before


def test_b2_a_column_that_is_not_known_is_told_with_those_that_come_close(cli: Cli) -> None:
    excel("gens.csv", ["Nom", "Telefone", "Âge"], ["X", "06", "12"])
    ran = cli("import partners gens.csv")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "gens.csv: these columns are not known: Telefone, Âge.",
        "Did you mean: téléphone? Rename those, delete the others.",
    ]


def test_a_file_that_cannot_be_read_is_told(cli: Cli, settings: Path) -> None:
    Path("old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1")
    assert cli("import partners nowhere.csv").code == 2
    assert cli("import partners .").code == 2
    assert cli("import partners old.xls --json").error["error"] == "import_format"


def test_b1_standard_input_is_a_file_too(cli: Cli) -> None:
    assert "added" in str(cli("import partners - --json", stdin="name,phone\nNOËL Zoé,0612345678\n").document)


def test_i1_whom_a_closure_touches_is_asked_first(cli: Cli) -> None:
    excel("fermetures.csv", ["Fermeture", "Du"], ["Travaux", "06/04/2017"])
    before = cli.everything()
    ran = cli("import closures fermetures.csv")
    assert ran.code == 1
    assert "To reschedule: " in ran.err
    assert ran.err.splitlines()[-2:] == ["Nothing was changed.", "Answer yes, or give --yes."]
    assert cli.everything() == before
    assert cli("import closures fermetures.csv --yes").code == 0
    assert cli.json("appointment list --view to-reschedule")


def test_g1_importing_takes_the_right(cli: Cli) -> None:
    excel("fermetures.csv", ["Fermeture", "Du"], ["Travaux", "06/05/2017"])
    assert cli("import closures fermetures.csv", agent="lucie").code == 3


def test_progress_shows_on_a_terminal_alone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    excel("rdv.csv", HEAD, *ROWS)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "Importing" in cli("import appointments rdv.csv").err


def test_control_characters_of_a_file_never_reach_the_terminal(cli: Cli) -> None:
    excel("gens.csv", ["Nom\x1b[31m"], ["X"])
    assert "\x1b" not in cli("import partners gens.csv").err
    excel("gens.csv", ["Nom", "Tél"], ["X", "\x1b[31m06"])
    ran = cli("import partners gens.csv")
    assert ran.code == 1
    assert "\x1b" not in ran.err


def test_b2_a_process_of_its_own_imports_silently(process: Process, database: Database) -> None:
    excel("rdv.csv", HEAD, *ROWS)
    ran = process("import appointments rdv.csv --json", RDV_DATABASE=str(database.file))
    assert len(ran.document["changes"]) == 4


# Killed in the middle


LINES = 5000
IMPORT = """
import sys
from pathlib import Path
from sqlalchemy import event
from rdv.cli.session import office
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import import_appointments, read_lines

def wait():
    print("there", flush=True)
    sys.stdin.read()

def look(connection, cursor, statement, *rest):
    if statement.lower().startswith(moment):
        wait()

file, moment = sys.argv[1:]
here = office()
event.listen(here.database.writing, "before_cursor_execute", look)
if moment == "commit":
    event.listen(here.database.writing, "commit", lambda connection: wait())
lines = read_lines(Path(file).read_bytes(), ImportKind.APPOINTMENTS, name=file)
here.run(import_appointments, here.me, lines=lines)
wait()
"""
"""An import that stops at a point and reports it, so that the test can end it from outside."""


def many_lines() -> bytes:
    """Write 5,000 appointments at 20 counters."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEAD)
    start = datetime(2017, 5, 2, 9)
    for number in range(LINES):
        day, rest = divmod(number, 20 * 24)
        when = start + timedelta(days=day, minutes=30 * (rest // 20))
        writer.writerow([f"Guichet {rest % 20}", f"{when:%d/%m/%Y %H:%M}", f"NOM {number}", f"06{number:08}", ""])
    return text.getvalue().encode("cp1252")


@pytest.mark.parametrize("moment", ["insert into claim", "commit", "done"])
def test_b2_a_killed_import_leaves_nothing_or_all(settings: Path, databases: Databases, kind: str, moment: str) -> None:
    file = settings / "many.csv"
    file.write_bytes(many_lines())
    with databases.fresh(kind) as database:
        make = Make(office_on(database, FrozenClock()))
        make.town(*(f"Guichet {n}" for n in range(20)), hours="Mo-Su 09:00-21:00")
        before = everything(database)
        database.close()
        address = database.url.render_as_string(hide_password=False)
        child = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(file), moment],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "RDV_DATABASE": address},
        )  # fmt: skip
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"there\n"
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        whole = moment == "done"
        assert (everything(database) == before) is not whole
        lines = read_lines(file.read_bytes(), ImportKind.APPOINTMENTS, name=file.name)
        assert len(make.do(import_appointments, lines=lines).changes) == (0 if whole else 2 * LINES)
        assert make.rows("SELECT count(*) FROM claim WHERE status = 'booked'") == [(LINES,)]
        assert broken(Picture.of(database, make.office.clock())) == []
