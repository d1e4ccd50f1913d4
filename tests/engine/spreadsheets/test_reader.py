"""Files as people keep them, read without a database: rows, headers, cells, events (B2)."""

import codecs
import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import NamedStyle

from rdv import date_input
from rdv.date_input import Moment
from rdv.engine.imports.columns import COLUMNS, ImportKind, head
from rdv.engine.imports.files import read_lines
from rdv.engine.imports.lines import Lines
from rdv.engine.spreadsheets import cells as values
from rdv.terms import AppointmentStatus, Invalid, RdvError

PARTNERS, APPOINTMENTS = ImportKind.PARTNERS, ImportKind.APPOINTMENTS
COUNTERS, CLOSURES = ImportKind.COUNTERS, ImportKind.CLOSURES


def read(content: bytes, kind: ImportKind = PARTNERS) -> Lines:
    return read_lines(content, kind, name="liste")


def as_csv(*rows: list[Any], separator: str = ";") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def as_xlsx(*rows: list[Any], merged: str = "") -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def fields(lines: Lines) -> list[dict[str, Any]]:
    return [dict(line.fields) for line in lines.lines]


def problems(lines: Lines) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.column, one.error.error) for one in lines.problems]


ROWS = [["Nom", "Téléphone", "Courriel"], ["BOIS Jules", "06 12 34 56 78", "jules@example.org"], ["NOËL Zoé", "", ""]]
READ = [{"name": "BOIS Jules", "phone": "06 12 34 56 78", "email": "jules@example.org"}, {"name": "NOËL Zoé"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_b2_a_csv_tells_its_separator_and_its_encoding(separator: str, encoding: str) -> None:
    assert fields(read(as_csv(*ROWS, separator=separator).encode(encoding))) == READ


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_b2_separators_inside_cells_do_not_mislead(separator: str) -> None:
    rows = [["Nom", "Prénom"], *(["BOIS, LE; GRAND\tA, B, C", f"Jules {n}"] for n in range(9))]
    assert {one["name"] for one in fields(read(as_csv(*rows, separator=separator).encode()))} == {
        "BOIS, LE; GRAND A, B, C"
    }


def test_b2_the_separator_that_excel_says_is_taken_and_is_no_row() -> None:
    lines = read(("sep=|\r\n" + as_csv(*ROWS, separator="|")).encode())
    assert fields(lines) == READ
    assert [line.number for line in lines.lines] == [2, 3]


def test_b2_lines_have_the_numbers_that_the_spreadsheet_shows() -> None:
    text = 'Liste des partenaires;;\r\n\r\nNom;Tél;Mail\r\n"BOIS\nJules";;\r\n ; ;\r\n;;\r\nNOËL Zoé ;06;\r\n'
    lines = read(text.encode())
    assert [(line.number, line.fields["name"]) for line in lines.lines] == [(4, "BOIS Jules"), (7, "NOËL Zoé")]


def test_b2_the_apostrophe_that_kept_a_cell_from_being_a_formula_goes() -> None:
    assert fields(read("nom;tél\r\nL'Hermite;'+33612345678\r\n".encode())) == [
        {"name": "L'Hermite", "phone": "+33612345678"}
    ]


def test_b2_a_workbook_with_a_merged_title_empty_lines_and_trailing_blanks() -> None:
    content = as_xlsx(
        ["Partenaires de la mairie", None, None], [], [" Nom ", "Prénom", "Tél. *", None], [],
        ["BOIS  ", " Jules", 612345678], [None, "  ", None], ["AULAN", "Gilles", "612345679 "], merged="A1:C1",
    )  # fmt: skip
    lines = read(content)
    assert fields(lines) == [
        {"name": "BOIS", "given_name": "Jules", "phone": "612345678"},
        {"name": "AULAN", "given_name": "Gilles", "phone": "612345679"},
    ]
    assert [line.number for line in lines.lines] == [5, 7]


def test_b2_the_first_visible_sheet_that_holds_something_is_read() -> None:
    book = Workbook()
    hidden, shown = book.create_sheet("Caché"), book.create_sheet("Liste")
    hidden.append(["Nom"])
    hidden.sheet_state = "hidden"
    for row in (["Nom"], ["BOIS Jules"]):
        shown.append(row)
    assert fields(read(saved(book))) == [{"name": "BOIS Jules"}]


def test_b2_excel_keeps_dates_and_times_in_many_ways() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Guichet", "Jour", "Début", "Fin", "Nom"])
    dated, timed = NamedStyle("dated", number_format="dd/mm/yyyy"), NamedStyle("timed", number_format="[h]:mm")
    serial = 42831  # 06/04/2017
    for start, end in ((time(9), 0.39583333), (0.375, timedelta(hours=9, minutes=30)), ("9h", "09:30:00")):
        sheet.append(["Guichet 1", serial, start, end, "BOIS Jules"])
        sheet.cell(sheet.max_row, 2).style = dated
        sheet.cell(sheet.max_row, 3).style = timed
    sheet.append(["Guichet 1", None, datetime(2017, 4, 6, 9), None, "BOIS Jules"])
    sheet.append(["Guichet 1", 42831.375, None, None, "BOIS Jules"])
    sheet.append(["Guichet 1", "42831,3750001", None, None, "BOIS Jules"])
    lines = read(saved(book), APPOINTMENTS)
    assert problems(lines) == []
    whole = {"counter": "Guichet 1", "name": "BOIS Jules"}
    day = Moment(date(2017, 4, 6), at=time())
    at_nine = Moment(date(2017, 4, 6), at=time(9))
    assert fields(lines) == [
        *[whole | {"day": day, "starts_at": time(9), "ends_at": time(9, 30)}] * 3,
        whole | {"starts_at": at_nine},
        *[whole | {"day": at_nine}] * 2,
    ]


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\0\1", b"\xd0\xcf\x11\xe0 old Excel", b"PK\x03\x04 not a workbook", b"a\x81\x8d\x9d", b"\0\0\0"],
)
def test_b2_a_file_of_another_kind_is_told(content: bytes) -> None:
    with pytest.raises(Invalid) as told:
        read(content)
    assert told.value.error == "import_format"


@pytest.mark.parametrize("content", [b"", b"\r\n \r\n", as_xlsx(), codecs.BOM_UTF8])
def test_b2_a_file_without_a_row_is_told(content: bytes) -> None:
    with pytest.raises(Invalid) as told:
        read(content)
    assert told.value.error == "import_empty"


@pytest.mark.parametrize("kind", ImportKind)
def test_b2_a_name_means_one_column_in_either_language(kind: ImportKind) -> None:
    names = [
        head(name) for column in COLUMNS[kind] for name in {head(n): n for n in (*column.names, column.field)}.values()
    ]
    assert len(names) == len(set(names))
    assert set(COLUMNS[kind].by_name()) == set(names)


@pytest.mark.parametrize(
    ("row", "error", "facts"),
    [
        (["Nom", "Telefone"], "import_columns", {"columns": ("Telefone",), "close": ("téléphone",)}),
        (["Nom", "Zzz", "Tél", "Xxx"], "import_columns", {"columns": ("Zzz", "Xxx")}),
        (["BOIS Jules", "0612345678"], "import_columns", {"columns": ("BOIS Jules", "0612345678")}),
        (["Nom", "Usager", "Tél"], "import_column_twice", {"columns": ("Nom", "Usager")}),
        (["Prénom", "Tél"], "import_columns_missing", {"columns": ("nom / name",)}),
    ],
)
def test_b2_columns_that_cannot_be_are_told(row: list[str], error: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as told:
        read(as_csv(row, ["a", "b"]).encode())
    assert told.value.error == error
    assert facts.items() <= told.value.facts.items()


def test_b2_headers_are_known_in_english_too_and_in_any_order_and_case() -> None:
    rows = [
        ["E-MAIL", "first_name", "Last Name:", "PHONE", "code*"],
        ["j@example.org", "Jules", "BOIS", "06", "C000012"],
    ]
    assert fields(read(as_csv(*rows).encode())) == [
        {"email": "j@example.org", "given_name": "Jules", "name": "BOIS", "phone": "06", "code": "C000012"}
    ]


def test_b2_rows_above_the_header_are_titles_only_when_they_are_narrow() -> None:
    titles = [["Nom de la mairie"], ["Export", "du 04/04/2017"], ["Partenaire"]]
    wide = [["Code", "Nom", "Prénom", "Tél"], ["C000001", "BOIS", "Jules", "06"]]
    assert fields(read(as_csv(*titles, *wide, separator=",").encode()))[0]["name"] == "BOIS"
    with pytest.raises(Invalid) as told:
        read(as_csv(["AULAN Gilles", "0612345678", "g@example.org"], *ROWS).encode())
    assert told.value.error == "import_columns"


def test_b2_every_cell_that_cannot_be_read_is_told_with_its_line_and_column() -> None:
    rows = [
        ["Libellé", "Type", "Lieu", "Début", "Semaine", "Capacité", "Visible sur le portail"],
        ["Guichet 9", "Citoyenneté", "Mairie principale", "31/02/2017", "Semaine", "beaucoup", "peut-être"],
        ["", "Citoyenneté", "", "04/04/2017", "Semaine", "1", "oui", "note"],
        ["Guichet 8", "#N/A", "Mairie principale", "04/04/2017 09:00", "Semaine", "0,5", "non"],
    ]
    assert problems(read(as_csv(*rows).encode(), COUNTERS)) == [
        (2, "Début", "day"), (2, "Capacité", "number"), (2, "Visible sur le portail", "import_word"),
        (3, None, "import_stray"), (3, "Libellé", "import_cell_missing"), (3, "Lieu", "import_cell_missing"),
        (4, "Type", "import_formula"), (4, "Début", "day"), (4, "Capacité", "number"),
    ]  # fmt: skip


DAY = date(2017, 4, 6)


@pytest.mark.parametrize(
    "written",
    ["06/04/2017", "6/4/17", "06.04.2017", "6-4-2017", "2017-04-06", "jeudi 6 avril 2017", "jeu. 06/04/17",
     "6 apr 2017", "6 Avril 2017", "le 6 avril 2017", "42831", 42831, 42831.0, datetime(2017, 4, 6), DAY],
)  # fmt: skip
def test_b2_a_day_is_read_as_people_write_it(written: Any) -> None:
    assert values.day(written) == date_input.on(DAY)


def test_b2_a_year_of_two_figures_is_of_this_century_or_the_end_of_the_last() -> None:
    assert [values.day(text).calendar for text in ("1/2/69", "1er février 2017", "1/2/70")] == [
        date(2069, 2, 1), date(2017, 2, 1), date(1970, 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written", ["06/04/2017 09:30", "6/4/17 9h30", "06.04.2017 à 9h30", "2017-04-06T09:30", "jeudi 6 avril 2017, 9:30",
                42831.3958333, datetime(2017, 4, 6, 9, 29, 59, 999600)],
)  # fmt: skip
def test_b2_a_moment_is_read_as_people_write_it(written: Any) -> None:
    assert values.moment(written) == Moment(DAY, at=time(9, 30))


@pytest.mark.parametrize("written", ["demain", "lundi 9:30", "+3d"])
def test_b2_relative_moments_are_those_of_the_command_line(written: str) -> None:
    assert values.moment(written) == date_input.read(written)


@pytest.mark.parametrize(
    "written", ["9h30", "09:30", "9 h 30", "09:30:00", time(9, 30), timedelta(hours=9.5), "0,3958333"]
)
def test_b2_a_time_of_day_is_read_as_people_write_it(written: Any) -> None:
    assert values.moment(written) == time(9, 30)


@pytest.mark.parametrize(
    "cell", ["", "31/02/2017", "6/13/17", "25:00", "25h", "6 ju 2017", 12, -1, 1e300, True, datetime(9999, 12, 31)]
)
def test_b2_what_is_no_moment_is_told(cell: Any) -> None:
    with pytest.raises(Invalid) as told:
        values.moment(cell)
    assert told.value.error == "moment"


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [("Oui", True), ("x", True), ("VRAI", True), (1, True), (True, True), ("1", True), ("yes", True),
     ("non", False), ("No", False), (0.0, False), (False, False), ("faux", False)],
)  # fmt: skip
def test_b2_yes_and_no_are_read_in_both_languages(cell: Any, read_as: bool) -> None:
    assert values.yes_no(cell) is read_as


def test_a2_a_status_is_read_by_its_name_in_both_languages() -> None:
    words = {
        "Annulée": "cancelled",
        "à replanifier": "to_reschedule",
        "to_reschedule": "to_reschedule",
        "no-show": "no_show",
        "passé sans statut": "planned",
        "Réalisé": "done",
        "Planned": "planned",
    }
    assert {word: values.status(word) for word in words} == {w: AppointmentStatus(s) for w, s in words.items()}
    with pytest.raises(Invalid):
        values.status("perdu")


CELLS = (
    st.text() | st.integers() | st.floats() | st.booleans() | st.dates() | st.datetimes() | st.times() | st.timedeltas()
)


@given(cell=CELLS)
def test_b2_whatever_a_cell_holds_it_is_read_or_told(cell: Any) -> None:
    for reader in (values.text, values.prose, values.whole, values.yes_no, values.status, values.day, values.moment):
        try:
            reader(cell)
        except RdvError as error:
            assert isinstance(error, Invalid)


@given(content=st.binary() | st.text().map(lambda text: ("nom;tél\n" + text).encode()))
def test_b2_whatever_a_file_holds_it_is_read_or_told(content: bytes) -> None:
    try:
        read(content)
    except RdvError as error:
        assert isinstance(error, Invalid)


def calendar(*events: str) -> bytes:
    inside = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{inside}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def test_b2_the_days_of_an_event_close_a_place() -> None:
    lines = read(
        calendar(
            "DTSTART;VALUE=DATE:20170501\nSUMMARY:Fête du Travail",
            "DTSTART;VALUE=DATE:20170508\nDTEND;VALUE=DATE:20170510\nSUMMARY:Travaux\\, étage 1\nLOCATION:Centre ville",
            "DTSTART:20170601T080000\nDURATION:PT4H\nSUMMARY:Matinée",
            "DTSTART;VALUE=DATE:20170701\nSUMMARY:Rien\nSTATUS:CANCELLED",
        ),
        CLOSURES,
    )
    assert problems(lines) == []
    first, eighth, ninth = (date_input.on(date(2017, 5, day)) for day in (1, 8, 9))
    assert fields(lines) == [
        {"label": "Fête du Travail", "first_day": first, "last_day": first},
        {"label": "Travaux, étage 1", "place": "Centre ville", "first_day": eighth, "last_day": ninth},
        {"label": "Matinée", "first_day": date_input.at(datetime(2017, 6, 1, 8)),
         "last_day": date_input.at(datetime(2017, 6, 1, 11, 59, 59))},
    ]  # fmt: skip


def test_b2_an_event_is_an_appointment_of_who_is_invited() -> None:
    (line,) = read(
        calendar(
            "DTSTART:20170406T070000Z\nDTEND:20170406T073000Z\nX-RDV-COUNTER:Guichet 1\\; bis\nX-RDV-PLACE:Mairie\n"
            'LOCATION:Guichet 1\nSUMMARY:Passeport\nATTENDEE;CN="BOIS Jules":MAILTO:jules@example.org\n'
            "ORGANIZER:mailto:mairie@example.org\nDESCRIPTION:Deux\\nlignes\nSTATUS:TENTATIVE\nCREATED:20170403T140119Z"
        ),
        APPOINTMENTS,
    ).lines
    utc = date_input.read("2017-04-06T07:00Z")
    assert line.number == 4
    assert line.fields == {
        "counter": "Guichet 1; bis", "place": "Mairie", "name": "BOIS Jules", "email": "jules@example.org",
        "comment": "Deux\nlignes", "status": AppointmentStatus.TO_RESCHEDULE, "starts_at": utc,
        "ends_at": date_input.read("2017-04-06T07:30Z"), "taken_at": date_input.read("2017-04-03T14:01:19Z"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("DTSTART:20170406T090000\nSUMMARY:X\nLOCATION:G\nRRULE:FREQ=DAILY", "import_repeats"),
        ("DTSTART:20170499T090000\nSUMMARY:X\nLOCATION:G", "moment"),
        ("DTSTART;TZID=Nowhere/At_All:20170406T090000\nSUMMARY:X\nLOCATION:G", "timezone"),
        ("SUMMARY:X\nLOCATION:G", "import_property"),
        ("DTSTART:20170406T090000\nSUMMARY:X", "import_property"),
        ("DTSTART:20170406T090000\nLOCATION:G\nATTENDEE:tel:0612345678", "import_property"),
    ],
)
def test_b2_an_event_that_cannot_be_is_told_with_its_line(event: str, error: str) -> None:
    good = "DTSTART:20170406T090000\nSUMMARY:BOIS Jules\nLOCATION:Guichet 1"
    lines = read(calendar(good, event), APPOINTMENTS)
    assert problems(lines) == [(10, None, error)]
    assert len(lines.lines) == 1


@pytest.mark.parametrize(
    ("content", "kind", "error"),
    [
        (calendar(), CLOSURES, "import_empty"),
        (calendar("SUMMARY:X"), PARTNERS, "import_calendar"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\n", CLOSURES, "import_format"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VEVENT\r\n", CLOSURES, "import_format"),
    ],
)
def test_b2_a_calendar_that_cannot_be_is_told(content: bytes, kind: ImportKind, error: str) -> None:
    with pytest.raises(Invalid) as told:
        read(content, kind)
    assert told.value.error == error


def test_an_apostrophe_guards_the_beginning_of_a_cell_alone() -> None:
    lines = read(as_csv(["Nom"], ["'=BOIS"], ["L'-HERMITE"], ["'D'-ARC"]).encode())
    assert [line["name"] for line in fields(lines)] == ["=BOIS", "L'-HERMITE", "'D'-ARC"]
