"""Files of appointments, slots and partners: read back as a spreadsheet and a calendar would."""

import csv
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar, Event
from openpyxl import load_workbook

from rdv.date_input import read
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.exports import files
from rdv.engine.imports.columns import COLUMNS, ImportKind, head
from rdv.engine.imports.files import import_appointments, import_partners, read_lines
from rdv.engine.setup import places, services, types
from rdv.engine.spreadsheets.columns import appointments_sheet, national, partners_sheet
from rdv.engine.spreadsheets.formats import FileForm, form_of
from rdv.engine.spreadsheets.writer import FORMULA
from rdv.i18n import wording
from rdv.terms import AppointmentList, Invalid, NotFound, Right, SlotStatus
from tests.conftest import PARIS, FrozenClock, Make, office_on
from tests.databases import Databases


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use English until a test chooses another language."""
    monkeypatch.setattr(wording, "_chosen", ContextVar[str | None]("language", default="en"))
    yield


@pytest.fixture
def town(make: Make) -> Make:
    """Book two appointments in the manual's town hall, the second with a formula in its comment."""
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", phone="06 39 98 12 01", email="jules.bois@example.org")
    make.book("Guichet 1", "2017-04-07T11:00", "AULAN Gilles", phone="+32 2 612 34 56", comment="=2+3;\n« vu »")
    return make


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Return a CSV as French Excel reads it, by column names."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def events_of(data: bytes) -> list[Event]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def export(make: Make, what: Any, form: FileForm, **filters: Any) -> bytes:
    data = make.do(what, form=form, **filters)
    assert isinstance(data, bytes)
    return data


# CSV


def test_appointments_as_csv_in_english(town: Make) -> None:
    bois, aulan = rows_of(export(town, files.export_appointments, FileForm.CSV))
    assert bois == {
        "counter": "Guichet 1",
        "place": "Mairie principale",
        "type": "Citoyenneté",
        "start": "2017-04-06 09:00",
        "end": "2017-04-06 09:30",
        "partner code": "C000001",
        "name": "BOIS Jules",
        "phone": "06 39 98 12 01",
        "email": "jules.bois@example.org",
        "status": "planned",
        "comment": "",
        "taken at": "2017-04-04 16:35:00",
        "taken by": "root",
    }
    assert (aulan["phone"], aulan["comment"]) == ("00 32 2 612 34 56", "'=2+3;\n« vu »")


def test_appointments_as_csv_in_french_as_french_excel_reads_them(town: Make) -> None:
    wording.use("fr")
    data = export(town, files.export_appointments, FileForm.CSV)
    head_line, first_line = data.decode("utf-8-sig").split("\r\n")[:2]
    assert head_line == (
        "guichet;lieu;type;début;fin;code partenaire;nom;téléphone;courriel;statut;commentaire;pris le;pris par"
    )
    assert first_line == (
        "Guichet 1;Mairie principale;Citoyenneté;06/04/2017 09:00;06/04/2017 09:30;C000001;BOIS Jules;06 39 98 12 01;"
        "jules.bois@example.org;planifié;;04/04/2017 16:35:00;root"
    )


@pytest.mark.parametrize("trap", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", " =1"])
def test_no_cell_of_a_csv_starts_a_formula(make: Make, trap: str) -> None:
    make.town(trap.strip("\x00\r\n\t "))
    number = make.book(trap.strip("\x00\r\n\t "), "2017-04-06T09:00", f"{trap.strip(chr(0))} X").id
    with make.office.database.write() as session:
        row = session.get_one(appointments.Appointment, number)
        row.comment = trap.replace("\x00", "")  # PostgreSQL has no NUL in a text
    for what in (files.export_appointments, files.export_partners):
        for row_ in rows_of(export(make, what, FileForm.CSV)):
            assert not [cell for cell in row_.values() if cell.startswith(FORMULA)]
            assert row_["name"].lstrip("'")[0] in "=+-@"


def test_a_phone_number_is_text_for_every_spreadsheet() -> None:
    assert national("+33639981201", "FR") == "06 39 98 12 01"
    assert national("+3226123456", "FR") == "00 32 2 612 34 56"
    assert national("+3226123456", "BE") == "02 612 34 56"
    assert national("3615", "FR") == "3615"
    assert national("?", "FR") == "?"
    assert national(None, "FR") is None


def test_control_characters_do_not_leave(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", comment="a\x1b[31m\x9b\x07b\r\nc\td\xa0e")
    [row] = rows_of(export(make, files.export_appointments, FileForm.CSV))
    assert row["comment"] == "a[31mb\nc d\xa0e"
    page = load_workbook(BytesIO(export(make, files.export_appointments, FileForm.XLSX))).active
    assert page is not None and page["K2"].value == "a[31mb\nc d\xa0e"
    [event] = events_of(export(make, files.export_appointments, FileForm.ICS))
    assert str(event["DESCRIPTION"]) == "a[31mb\nc d\xa0e"


def test_the_filters_are_those_of_the_list(town: Make) -> None:
    found = export(town, files.export_appointments, FileForm.CSV, partner="C000002", last="2017-04-07")
    assert [row["name"] for row in rows_of(found)] == ["AULAN Gilles"]
    view = AppointmentList.TO_RESCHEDULE
    assert rows_of(export(town, files.export_appointments, FileForm.CSV, view=view)) == []
    with pytest.raises(NotFound):
        export(town, files.export_appointments, FileForm.CSV, counters=["Guichet 9"])


def test_slots_as_csv(town: Make) -> None:
    town.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:30")
    found = rows_of(export(town, files.export_slots, FileForm.CSV, first="2017-04-06", days=1))
    assert len(found) == 12
    assert found[0] == {
        "counter": "Guichet 1",
        "place": "Mairie principale",
        "type": "Citoyenneté",
        "start": "2017-04-06 09:00",
        "end": "2017-04-06 09:30",
        "status": "booked",
        "free seats": "0",
        "partners": "BOIS Jules",
    }
    assert [row["status"] for row in found[1:3]] == ["suspended", "free"]
    free = export(town, files.export_slots, FileForm.CSV, first="2017-04-06", days=1, statuses=[SlotStatus.FREE])
    assert len(rows_of(free)) == 10


def test_partners_as_csv_all_of_them_or_those_that_a_text_means(town: Make) -> None:
    for number in range(60):
        town.do(partners.add_partner, name=f"MARTIN {number:02}")
    assert len(rows_of(export(town, files.export_partners, FileForm.CSV))) == 62
    [aulan] = rows_of(export(town, files.export_partners, FileForm.CSV, text="gilles"))
    assert aulan == {
        "code": "C000002", "name": "AULAN Gilles", "phone": "00 32 2 612 34 56", "email": "",
        "language": "", "messages by e-mail": "yes", "messages by SMS": "yes", "appointments": "1",
    }  # fmt: skip
    assert len(rows_of(export(town, files.export_partners, FileForm.CSV, text="martin", limit=3))) == 3


# Round trips through imports


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_b2_an_import_knows_the_columns_of_an_export(language: str) -> None:
    wording.use(language)
    for kind, sheet in (
        (ImportKind.APPOINTMENTS, appointments_sheet([], "FR")),
        (ImportKind.PARTNERS, partners_sheet([], "FR")),
    ):
        assert [name for name in sheet.head if head(name) not in COLUMNS[kind].by_name()] == []


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("form", FileForm)
def test_b2_importing_what_was_exported_changes_nothing(town: Make, form: FileForm, language: str) -> None:
    wording.use(language)
    town.do(appointments.cancel, appointments=[1])
    town.do(partners.set_partner, partner="C000002", language="en", wants_sms=False)
    taken = export(town, files.export_appointments, form, view=AppointmentList.ALL)
    plan = town.do(import_appointments, lines=read_lines(taken, ImportKind.APPOINTMENTS, name=form))
    assert plan.changes == ()
    if form is not FileForm.ICS:
        people = export(town, files.export_partners, form)
        assert town.do(import_partners, lines=read_lines(people, ImportKind.PARTNERS, name=form)).changes == ()


@pytest.mark.parametrize("form", [FileForm.CSV, FileForm.XLSX])
def test_b2_another_town_hall_imports_what_was_exported(town: Make, form: FileForm, databases: Databases) -> None:
    with databases.fresh("sqlite") as other:
        there = Make(office_on(other, FrozenClock()))
        there.town()
        for what, use_case, kind in (
            (files.export_partners, import_partners, ImportKind.PARTNERS),
            (files.export_appointments, import_appointments, ImportKind.APPOINTMENTS),
        ):
            there.do(use_case, lines=read_lines(export(town, what, form), kind, name=form))
        assert there.do(appointments.list_appointments) == town.do(appointments.list_appointments)


# XLSX


@pytest.mark.parametrize(
    ("language", "title", "minutes", "seconds"),
    [
        ("fr", "Rendez-vous", "dd/mm/yyyy hh:mm", "dd/mm/yyyy hh:mm:ss"),
        ("en", "Appointments", "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss"),
    ],
)
def test_appointments_as_a_workbook_with_real_dates(
    town: Make, language: str, title: str, minutes: str, seconds: str
) -> None:
    wording.use(language)
    book = load_workbook(BytesIO(export(town, files.export_appointments, FileForm.XLSX)))
    page = book[title]
    assert (page.freeze_panes, page.auto_filter.ref, page.dimensions) == ("A2", "A1:M3", "A1:M3")
    assert page.column_dimensions["G"].width == 28
    assert page["A1"].font.bold
    assert (page["D2"].value, page["D2"].number_format) == (datetime(2017, 4, 6, 9, 0), minutes)
    assert (page["L2"].value, page["L2"].number_format) == (datetime(2017, 4, 4, 16, 35), seconds)
    assert (page["K3"].value, page["K3"].data_type) == ("=2+3;\n« vu »", "s")


def test_slots_and_partners_as_workbooks(town: Make) -> None:
    data = export(town, files.export_slots, FileForm.XLSX, first="2017-04-06", days=1)
    page = load_workbook(BytesIO(data))["Slots"]
    assert [page["D2"].value, page["G2"].value, page["G3"].value] == [datetime(2017, 4, 6, 9, 0), 0, 1]
    page = load_workbook(BytesIO(export(town, files.export_partners, FileForm.XLSX)))["Partners"]
    assert [cell.value for cell in page[3]] == [
        "C000001", "BOIS Jules", "06 39 98 12 01", "jules.bois@example.org", None, "yes", "yes", 1,
    ]  # fmt: skip


# iCalendar


def test_appointments_as_a_calendar(town: Make) -> None:
    data = export(town, files.export_appointments, FileForm.ICS)
    assert b"DTSTART;TZID=Europe/Paris:20170406T090000\r\n" in data
    calendar = Calendar.from_ical(data)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    bois, aulan = events_of(data)
    assert (str(bois["UID"]), str(bois["SUMMARY"]), str(bois["STATUS"])) == (
        "appointment-1@rdv",
        "BOIS Jules",
        "CONFIRMED",
    )
    assert bois.start == datetime(2017, 4, 6, 9, 0, tzinfo=PARIS)
    assert bois.end == datetime(2017, 4, 6, 9, 30, tzinfo=PARIS)
    assert str(bois["LOCATION"]) == "Guichet 1, Mairie principale, 1 place de la Mairie"
    assert str(bois["CONTACT"]) == "BOIS Jules (C000001), +33639981201, jules.bois@example.org"
    assert bois.categories == ["Citoyenneté"]
    assert "DESCRIPTION" not in bois
    assert str(aulan["DESCRIPTION"]) == "=2+3;\n« vu »"


def test_the_uid_of_an_appointment_stays_and_its_status_tells_what_became_of_it(town: Make) -> None:
    town.do(appointments.move, appointment=1, start=read("2017-04-06T10:00"))
    town.do(appointments.cancel, appointments=[1])
    town.do(slots.suspend, counter="Guichet 1", start="2017-04-07T11:00")
    found = events_of(export(town, files.export_appointments, FileForm.ICS, view=AppointmentList.ALL))
    assert [(str(event["UID"]), str(event["STATUS"])) for event in found] == [
        ("appointment-1@rdv", "CANCELLED"),
        ("appointment-2@rdv", "TENTATIVE"),
    ]


def test_slots_as_a_calendar(town: Make) -> None:
    town.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:30")
    booked, suspended, free, *_ = events_of(export(town, files.export_slots, FileForm.ICS, first="2017-04-06", days=1))
    assert str(booked["UID"]) == "slot-1-20170406T070000Z@rdv"
    assert [(str(e["SUMMARY"]), str(e["STATUS"]), str(e["TRANSP"])) for e in (booked, suspended, free)] == [
        ("BOIS Jules – Citoyenneté", "CONFIRMED", "OPAQUE"),
        ("suspended – Citoyenneté", "CANCELLED", "OPAQUE"),
        ("free – Citoyenneté", "CONFIRMED", "TRANSPARENT"),
    ]


def test_s7_a_calendar_tells_the_hour_that_comes_twice(make: Make, clock: FrozenClock) -> None:
    clock.set("2017-10-01T09:00")
    make.town("Nuit", hours="Su 00:00-06:00", slot=60)
    data = export(make, files.export_slots, FileForm.ICS, first="2017-10-29", days=1)
    starts = [event.start.astimezone(UTC) for event in events_of(data)]
    assert [start.hour for start in starts] == [22, 23, 0, 1, 2, 3, 4]


def test_places_in_several_zones_each_have_theirs(town: Make) -> None:
    town.do(places.add_place, label="Pointe-à-Pitre", timezone="America/Guadeloupe")
    town.counter("Antilles", place="Pointe-à-Pitre")
    town.book("Antilles", "2017-04-06T09:00")
    data = export(town, files.export_appointments, FileForm.ICS)
    assert {str(zone["TZID"]) for zone in Calendar.from_ical(data).walk("VTIMEZONE")} == {
        "Europe/Paris",
        "America/Guadeloupe",
    }
    [late] = [event for event in events_of(data) if "Antilles" in event["LOCATION"]]
    assert late.start.astimezone(UTC) == datetime(2017, 4, 6, 13, 0, tzinfo=UTC)


def test_partners_are_no_calendar(make: Make) -> None:
    with pytest.raises(Invalid) as refused:
        export(make, files.export_partners, FileForm.ICS)
    assert refused.value.error == "export_no_dates"


# Rights, names


def test_g2_comments_go_to_those_who_may_read_them(make: Make) -> None:
    make.do(services.add_service, label="Etat civil")
    make.do(services.add_service, label="Accueil")
    make.town()
    make.do(types.set_type, type="Citoyenneté", services=["Etat civil"])
    lucie = make.agent("lucie", (Right.APPOINTMENTS,), ("Etat civil",))
    karim = make.agent("karim", (Right.APPOINTMENTS,), ("Accueil",))
    ines = make.agent("ines", (Right.COUNTERS,), ("Etat civil",))
    make.book("Guichet 1", "2017-04-06T09:00", comment="entre nous", by=lucie)

    def seen(by: Any) -> tuple[str, bool]:
        [row] = rows_of(export(make, files.export_appointments, FileForm.CSV, by=by))
        calendar = export(make, files.export_appointments, FileForm.ICS, by=by)
        return row["comment"], b"entre nous" in calendar

    assert seen(lucie) == ("entre nous", True)
    assert seen(karim) == ("", False)
    assert seen(ines) == ("", False)


@pytest.mark.parametrize(
    ("path", "said", "form"),
    [
        ("a.csv", None, FileForm.CSV),
        ("a.XLSX", None, FileForm.XLSX),
        ("dossier.csv/a.ics", None, FileForm.ICS),
        ("a.txt", FileForm.CSV, FileForm.CSV),
        (None, None, FileForm.CSV),
        (None, FileForm.ICS, FileForm.ICS),
    ],
)
def test_the_name_of_a_file_says_its_form(path: str | None, said: FileForm | None, form: FileForm) -> None:
    assert form_of(None if path is None else Path(path), said) is form


@pytest.mark.parametrize("path", ["a", "a.xls", ".csv", "a.csv.zip"])
def test_a_name_that_says_no_form_is_refused(path: str) -> None:
    with pytest.raises(Invalid) as refused:
        form_of(Path(path))
    assert refused.value.error == "export_form"
