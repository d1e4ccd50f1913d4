"""Imports: every line checked, all or nothing, the same file twice changes nothing (B2)."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import event

from rdv import date_input
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.exports.files import export_appointments, export_partners
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import (
    import_appointments,
    import_closures,
    import_counters,
    import_partners,
    read_lines,
)
from rdv.engine.setup import closures, counters, desks, places, services, types, weeks
from rdv.engine.spreadsheets.formats import FileForm
from rdv.engine.town.apply import apply_town
from rdv.engine.town.declaration import read_declaration
from rdv.engine.views.plans import Plan
from rdv.terms import Actor, AppointmentList, AppointmentStatus, Refused, Right, SlotStatus
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile
from tests.engine.invariants import Picture, broken
from tests.towns import everything, speaking

Rows = Sequence[Sequence[Any]]
USE_CASES = {
    "partners": import_partners,
    "appointments": import_appointments,
    "counters": import_counters,
    "closures": import_closures,
}
COUNTERS = ["Libellé", "Type", "Lieu", "Début de validité", "Semaine de référence"]
GUICHET = ["Guichet 2", "Citoyenneté", "Mairie principale", "04/04/2017", "Semaine"]
APPOINTMENTS = ["Guichet", "Début", "Nom", "Téléphone", "Courriel"]


def bring(
    make: Make, kind: str, rows: Rows | bytes, *, by: Actor | None = None, preview: bool = False, progress: Any = None
) -> Plan:
    """Import rows as a CSV of French Excel, or a file."""
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    lines = read_lines(content, ImportKind(kind), name="liste.csv", country=make.office.settings.country)
    plan: Plan = make.do(USE_CASES[kind], by=by, preview=preview, lines=lines, progress=progress)
    return plan


def as_csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("cp1252")


def as_xlsx(rows: Rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def told(plan: Plan) -> list[str]:
    return [f"{change.action} {change.kind} {change.label}" for change in plan.changes]


def refused(make: Make, kind: str, rows: Rows | bytes, *, by: Actor | None = None) -> list[tuple[int, str | None, str]]:
    """Return the problems of the lines, after checking that nothing was written."""
    before = everything(make.office.database)
    with pytest.raises(Refused) as error:
        bring(make, kind, rows, by=by)
    assert error.value.error == "import_lines"
    assert error.value.rule == "B2"
    assert everything(make.office.database) == before
    lines: Any = error.value.facts["lines"]
    assert error.value.facts["count"] == len({one.line for one in lines})
    return [(one.line, one.column, one.error.error) for one in lines]


def changes_nothing_again(make: Make, kind: str, rows: Rows | bytes) -> None:
    before = everything(make.office.database)
    assert bring(make, kind, rows).changes == ()
    assert everything(make.office.database) == before


def sound(make: Make) -> None:
    assert broken(Picture.of(make.office.database, make.office.clock())) == []


# Partners (A7)


def test_b2_partners_come_with_their_contacts_and_a_line_in_the_journal(make: Make) -> None:
    rows = [
        ["NOM", "Prénom", "Tél", "Mail", "Code"],
        ["BOIS", "Jules", "06 12 34 56 78", "Jules@Example.org", ""],
        ["NOËL", "Zoé ", "612345679", "", "C000098"],
    ]
    plan = bring(make, "partners", rows)
    assert told(plan) == ["added partner BOIS Jules (C000099)", "added partner NOËL Zoé (C000098)"]
    assert plan.changes[0].fields == {"phone": (None, "+33612345678"), "email": (None, "jules@example.org")}
    assert make.rows("SELECT id, name, phone, email FROM partner ORDER BY id") == [
        (98, "NOËL Zoé", "+33612345679", None), (99, "BOIS Jules", "+33612345678", "jules@example.org"),
    ]  # fmt: skip
    written = make.rows("SELECT action, actor, subject_id FROM journal_entry WHERE subject = 'partner' ORDER BY 3")
    assert written == [("partner.add", "root", 98), ("partner.add", "root", 99)]
    changes_nothing_again(make, "partners", rows)
    assert make.do(partners.add_partner, name="Après").code == "C000100"


def test_b2_a_partner_of_the_same_name_and_contact_is_reused_and_completed(make: Make) -> None:
    make.do(partners.add_partner, name="Bois Jules", phone="0612345678")
    make.do(partners.add_partner, name="BOIS Jules", phone="0699999999")
    rows = [
        ["Nom", "Tél", "Mail"],
        ["BOIS JULES", "06.12.34.56.78", "j@example.org"],
        ["Bois-Jules", "", "j@example.org"],
    ]
    plan = bring(make, "partners", rows)
    assert [(change.action, change.label, change.fields) for change in plan.changes] == [
        ("changed", "Bois Jules (C000001)", {"email": (None, "j@example.org")})
    ]
    changes_nothing_again(make, "partners", rows)


def test_n1_b2_partners_come_with_how_they_want_to_be_told_and_what_is_not_said_stays(make: Make) -> None:
    head = ("nom", "téléphone", "langue", "messages par courriel", "messages par SMS")
    rows = [head, ("BOIS Jules", "06 39 98 12 01", "anglais", "non", "oui"), ("AULAN Gilles", "", "", "", "")]
    bring(make, "partners", rows)
    jules, gilles = (make.do(partners.find_partners, text=name)[0] for name in ("jules", "gilles"))
    assert (jules.language, jules.wants_email, jules.wants_sms) == ("en", False, True)
    assert (gilles.language, gilles.wants_email, gilles.wants_sms) == (None, True, True)
    changes_nothing_again(make, "partners", rows)
    bring(make, "partners", [("nom", "téléphone"), ("BOIS Jules", "06 39 98 12 01")])
    assert make.do(partners.find_partners, text="jules")[0] == jules
    plan = bring(make, "partners", [("code", "nom", "messages par SMS"), (jules.code, "BOIS Jules", "non")])
    assert [change.fields for change in plan.changes] == [{"wants_sms": (True, False)}]


def test_n1_b2_wishes_that_cannot_be_or_contradict_each_other_are_told(make: Make) -> None:
    head = ("nom", "langue", "messages par SMS")
    told = refused(make, "partners", [head, ("BOIS Jules", "de", "oui"), ("AULAN Gilles", "fr", "peut-être")])
    assert [(line, error) for line, _column, error in told] == [(2, "language"), (3, "import_word")]
    head = ("nom", "téléphone", "messages par SMS")
    twice = [head, ("BOIS Jules", "06 39 98 12 01", "oui"), ("BOIS Jules", "06 39 98 12 01", "non")]
    assert [(line, error) for line, _column, error in refused(make, "partners", twice)] == [(3, "import_twice")]


def test_b2_another_phone_is_another_person_and_the_order_of_lines_does_not_matter(make: Make) -> None:
    rows = [["Nom", "Tél", "Mail"], ["Marie", "0611111111", ""], ["Marie", "", "m@example.org"],
            ["Marie", "0622222222", ""], ["Marie", "0611111111", "n@example.org"]]  # fmt: skip
    bring(make, "partners", rows)
    people = "SELECT phone, email FROM partner ORDER BY phone"
    assert make.rows(people) == [("+33611111111", "n@example.org"), ("+33622222222", "m@example.org")]
    changes_nothing_again(make, "partners", rows)
    changes_nothing_again(make, "partners", [rows[0], *reversed(rows[1:])])


def test_b2_homonyms_that_nothing_tells_apart_are_told(make: Make) -> None:
    for phone in ("0611111111", "0622222222"):
        make.do(partners.add_partner, name="DURAND Paul", phone=phone)
    rows = [["Nom", "Tél"], ["DURAND Paul", ""], ["LUCAS Anne", ""], ["Lucas Anne", ""], ["LUCAS Anne", "0633333333"]]
    assert refused(make, "partners", rows) == [(2, "Nom", "ambiguous"), (4, "Nom", "import_twice")]


def test_b2_a_code_that_is_somebody_elses_is_told(make: Make) -> None:
    make.do(partners.add_partner, name="BOIS Jules", phone="0611111111")
    rows = [["Code", "Nom", "Tél"], ["C000001", "AULAN Gilles", ""], ["1", "bois jules", "0622222222"],
            ["C1", "", "0633333333"], ["C12 bis", "X", ""], ["C000007", "Y", "06111"], ["7", "Y", "0644444444"],
            ["C000007", "Y", "0655555555"]]  # fmt: skip
    assert refused(make, "partners", rows) == [
        (2, "Code", "import_code"), (4, "Nom", "import_cell_missing"), (4, "Code", "import_twice"),
        (5, "Code", "code"), (6, "Tél", "phone"), (8, "Code", "import_twice"),
    ]  # fmt: skip
    assert told(bring(make, "partners", [rows[0], rows[2]])) == ["changed partner BOIS Jules (C000001)"]


def test_b2_a_merged_code_means_the_file_that_stays(make: Make) -> None:
    make.do(partners.add_partner, name="VIGNEAU Chloe")
    make.do(partners.add_partner, name="VIGNEAU Chloé Anne")
    make.do(partners.merge_partners, partner="C000001", into="C000002")
    rows = [["Code", "Nom", "Mail"], ["C000001", "VIGNEAU Chloé", "c@example.org"]]
    assert told(bring(make, "partners", rows)) == ["changed partner VIGNEAU Chloé Anne (C000002)"]
    changes_nothing_again(make, "partners", rows)


def test_b2_every_bad_line_is_told_at_once(make: Make) -> None:
    rows = [["Nom", "Tél", "Mail"], ["BOIS Jules", "12", "nobody"], [""], ["", "0611111111", ""], ["---", "", ""],
            ["AULAN Gilles", "", "a@example.org"]]  # fmt: skip
    assert refused(make, "partners", rows) == [
        (2, "Tél", "phone"), (2, "Mail", "email"), (4, "Nom", "import_cell_missing"), (5, "Nom", "name_empty"),
    ]  # fmt: skip


# Appointments


def test_b2_appointments_come_with_their_partners_their_seats_and_no_message(make: Make) -> None:
    make.town()
    taken = "03/04/2017 16:01:19"
    rows = [[*APPOINTMENTS, "Commentaire", "Statut", "Pris le", "Pris par"],
            ["guichet 1", "06/04/2017 09:00", "BOIS Jules", "0612345678", "", "Fenêtre", "", taken, "root"],
            ["Guichet 1", "6/4/17 9h30", "AULAN Gilles", "", "g@example.org", "", "Planifié", "", ""],
            ["Guichet 1", "06/04/2017 10:00", "BOIS Jules", "", "", "", "annulé", "", "portail"],
            ["Guichet 1", "05/04/2017 10:00", "BOIS Jules", "", "", "", "à replanifier", "", ""]]  # fmt: skip
    plan = bring(make, "appointments", rows)
    assert told(plan) == [
        "added partner BOIS Jules (C000001)", "added partner AULAN Gilles (C000002)",
        "added appointment BOIS Jules, Guichet 1, 2017-04-06 09:00",
        "added appointment AULAN Gilles, Guichet 1, 2017-04-06 09:30",
        "added appointment BOIS Jules, Guichet 1, 2017-04-06 10:00",
        "added appointment BOIS Jules, Guichet 1, 2017-04-05 10:00",
    ]  # fmt: skip
    cards = make.do(appointments.list_appointments, view=AppointmentList.ALL)
    assert [
        (f"{c.starts_at:%d %H:%M}", c.partner.name, c.status, c.taken_by, c.has_slot, c.comment) for c in cards
    ] == [
        ("05 10:00", "BOIS Jules", AppointmentStatus.TO_RESCHEDULE, "root", False, ""),
        ("06 09:00", "BOIS Jules", AppointmentStatus.PLANNED, "root", True, "Fenêtre"),
        ("06 09:30", "AULAN Gilles", AppointmentStatus.PLANNED, "root", True, ""),
        ("06 10:00", "BOIS Jules", AppointmentStatus.CANCELLED, "portal", False, ""),
    ]
    assert f"{cards[1].taken_at:%d/%m/%Y %H:%M:%S}" == taken
    assert make.rows("SELECT count(*) FROM notice") == [(0,)]
    story = make.do(appointments.show_appointment, appointment=cards[1].id).history
    assert [(line.action, line.actor, line.facts["starts_at"]) for line in story] == [
        ("appointment.import", "root", "2017-04-06T09:00:00+02:00")
    ]
    sound(make)
    changes_nothing_again(make, "appointments", rows)


def test_b2_known_appointments_are_left_alone_moved_cancelled_or_without_a_slot(make: Make) -> None:
    make.town()
    head = [*APPOINTMENTS, "Pris le"]
    taken = "03/04/2017 16:01:19"  # three at once, as a citizen takes them
    rows = [head, *(["Guichet 1", f"06/04/2017 {h}:00", "BOIS Jules", "", "", taken] for h in ("09", "10", "11"))]
    assert len(bring(make, "appointments", rows).changes) == 4
    first, second, _third = make.do(appointments.list_appointments)
    make.do(appointments.move, appointment=first.id, start="2017-04-07T09:00")
    make.do(appointments.cancel, appointments=[second.id])
    make.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 14:00-17:00", 30)])
    changes_nothing_again(make, "appointments", rows)
    assert (
        len(
            bring(make, "appointments", [*rows, ["Guichet 1", "06/04/2017 15:00", "BOIS Jules", "", "", taken]]).changes
        )
        == 1
    )


def test_b3_a_declared_town_brings_all_that_was_taken_at_one_moment(make: Make) -> None:
    make.town()
    text = "".join(
        f"[[appointment]]\ncounter = 'Guichet 1'\nstart = 2017-04-06T{hour}:00:00\npartner = 'BOIS Jules'\n"
        "taken_at = 2017-04-03T16:01:19\n"
        for hour in ("09", "10", "11", "11")
    )
    town = read_declaration(text, name="rdv.toml")
    assert len(make.do(apply_town, town=town).changes) == 3
    card = make.do(appointments.list_appointments)[0]
    make.do(appointments.move, appointment=card.id, start="2017-04-07T09:00")
    assert make.do(apply_town, town=town).changes == ()


def test_b2_dates_of_a_workbook_and_of_several_columns_make_a_start(make: Make) -> None:
    make.town("Guichet 1", "Guichet 2")
    rows = [["Guichet", "Date", "Heure", "Fin", "Usager"], ["Guichet 1", date(2017, 4, 6), 0.375, None, "BOIS Jules"],
            ["Guichet 1", datetime(2017, 4, 6), datetime(2017, 4, 6, 9, 30).time(), "10:00", "BOIS Jules"],
            ["Guichet 2", datetime(2017, 4, 6, 9, 30), None, 0.41666666, "AULAN Gilles"]]  # fmt: skip
    assert told(bring(make, "appointments", as_xlsx(rows)))[2:] == [
        "added appointment BOIS Jules, Guichet 1, 2017-04-06 09:00",
        "added appointment BOIS Jules, Guichet 1, 2017-04-06 09:30",
        "added appointment AULAN Gilles, Guichet 2, 2017-04-06 09:30",
    ]
    changes_nothing_again(make, "appointments", as_xlsx(rows))


def test_b2_every_line_that_no_appointment_can_come_from_is_told(make: Make) -> None:
    make.town("Guichet 1", "Guichet 2", "Guichet 3", last="2017-12-31")
    make.do(places.add_place, label="Annexe")
    make.counter("Guichet 3", place="Annexe")
    make.do(slots.suspend, counter="Guichet 2", start="2017-04-06T09:30")
    make.book("Guichet 2", "2017-04-06T10:00")
    make.hold("Guichet 2", "2017-04-06T10:30")
    rows = [["Guichet", "Lieu", "Type", "Début", "Fin", "Nom", "Tél", "Statut", "Pris le", "Pris par"],
            ["Guichet 1", "", "", "06/04/2017 09:00", "", "A A", "", "", "", ""],
            ["Guichet 1", "", "", "06/04/2017 09:00", "", "B B", "", "", "", ""],
            ["Guichet 9", "", "", "06/04/2017 09:00", "", "C C", "", "", "", ""],
            ["Guichet 3", "", "", "06/04/2017 09:00", "", "D D", "", "", "", ""],
            ["Guichet 3", "Annexe", "", "06/04/2017 09:10", "", "E E", "", "", "", ""],
            ["Guichet 2", "", "Passeport", "06/04/2017 09:00", "", "F F", "", "", "", ""],
            ["Guichet 2", "Annexe", "", "06/04/2017 09:00", "", "G G", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 09:30", "", "H H", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 10:00", "", "I I", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 10:30", "", "J J", "", "", "", ""],
            ["Guichet 2", "", "", "02/01/2018 10:30", "", "K K", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 11:00", "10:30", "L L", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 11:00", "11:20", "M M", "", "", "", ""],
            ["Guichet 2", "", "", "11:00", "", "N N", "", "", "", ""],
            ["Guichet 2", "", "", "06/04/2017 14:00", "", "O O", "", "", "12:00", ""],
            ["Guichet 2", "", "", "06/04/2017 14:00", "", "P P", "", "perdu", "", "nobody"],
            ["Guichet 2", "", "", "06/04/2017 14:00", "", "Q Q", "", "", "", "nobody"],
            ["Guichet 9", "", "", "31/02/2017", "", "C000077", "12", "", "", ""]]  # fmt: skip
    assert refused(make, "appointments", rows) == [
        (3, "Début", "slot_taken"), (4, "Guichet", "not_found"), (5, "Guichet", "ambiguous"), (6, "Début", "no_slot"),
        (7, "Guichet", "other_type"), (8, "Guichet", "not_found"), (9, "Début", "slot_suspended"),
        (10, "Début", "slot_taken"), (11, "Début", "slot_held"), (12, "Début", "after_last_day"),
        (13, "Début", "period_backwards"), (14, "Début", "no_slot"), (15, None, "day"), (16, None, "day"),
        (17, "Statut", "import_word"), (18, None, "not_found"), (19, "Début", "moment"), (19, "Guichet", "not_found"),
        (19, "Tél", "phone"),
    ]  # fmt: skip
    unknown = [rows[0], ["Guichet 1", "", "", "06/04/2017 09:00", "", "C000077", "", "", "", ""]]
    assert refused(make, "appointments", unknown) == [(2, None, "not_found")]


def test_s5_seats_are_given_as_a_booking_gives_them(make: Make, clock: FrozenClock) -> None:
    make.town("Guichet 1", capacity=2)
    make.do(slots.reserve, counter="Guichet 1", start="2017-04-06T09:00")
    make.hold("Guichet 1", "2017-04-06T09:30", minutes=1)
    clock.advance(minutes=2)
    make.book("Guichet 1", "2017-04-06T09:30", "AULAN Gilles")
    rows = [APPOINTMENTS, *(["Guichet 1", "06/04/2017 09:00", f"Reçu {n}", "", ""] for n in (1, 2)),
            ["Guichet 1", "06/04/2017 09:30", "Reçu 3", "", ""]]  # fmt: skip
    assert refused(make, "appointments", [*rows, ["Guichet 1", "06/04/2017 09:30", "De trop", "", ""]]) == [
        (5, "Début", "slot_taken")
    ]
    bring(make, "appointments", rows)
    assert make.slot("Guichet 1", "2017-04-06T09:00").partners == ("Reçu 1", "Reçu 2")
    assert make.slot("Guichet 1", "2017-04-06T09:30").partners == ("AULAN Gilles", "Reçu 3")
    assert make.rows("SELECT count(*) FROM claim WHERE status <> 'booked'") == [(0,)]
    sound(make)


def test_c7_a_desk_is_given_to_one_person_at_a_time(make: Make) -> None:
    make.town()
    make.do(desks.add_desk, label="Bureau")
    make.do(weeks.add_week, label="Quarts", hours=[("Mo-Fr 09:00-12:00", 15)])
    make.counter("Guichet 2", desk="Bureau")
    make.counter("Guichet 3", desk="Bureau", week="Quarts")
    make.counter("Guichet 4", desk="Bureau")
    make.book("Guichet 4", "2017-04-06T10:00")
    wanted = (("2", "09:00"), ("3", "09:15"), ("3", "09:30"), ("2", "10:00"))
    rows = [APPOINTMENTS, *([f"Guichet {n}", f"06/04/2017 {at}", f"A{n} {at}", "", ""] for n, at in wanted)]
    assert refused(make, "appointments", rows) == [(3, "Début", "desk_taken"), (5, "Début", "desk_taken")]
    assert len(bring(make, "appointments", [rows[0], rows[1], rows[3]]).changes) == 4
    sound(make)


def test_b2_the_past_comes_in_with_its_outcomes_slot_or_not(make: Make) -> None:
    make.town(first="2017-03-01")
    rows = [[*APPOINTMENTS, "Fin", "Statut"],
            ["Guichet 1", "06/03/2017 09:00", "A A", "", "", "", "réalisé"],
            ["Guichet 1", "06/03/2017 09:30", "B B", "", "", "10:00", "absente"],
            ["Guichet 1", "06/03/2017 12:15", "C C", "", "", "12:45", "passé sans statut"]]  # fmt: skip
    bring(make, "appointments", rows)
    cards = make.do(appointments.list_appointments, view=AppointmentList.ALL)
    assert [(str(card.status), card.has_slot) for card in cards] == [
        ("done", True), ("no_show", True), ("past_without_status", False),
    ]  # fmt: skip
    sound(make)
    changes_nothing_again(make, "appointments", rows)
    assert refused(make, "appointments", [rows[0], ["Guichet 1", "06/03/2017 12:45", "C C", "", "", "", ""]]) == [
        (2, "Début", "no_slot")
    ]


def test_b2_a_calendar_of_appointments_comes_in(make: Make) -> None:
    make.town()
    content = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
        b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20170406T090000\r\nDURATION:PT30M\r\n"
        b"LOCATION:Guichet 1\r\n"
        b"SUMMARY:BOIS Jules\r\nATTENDEE:mailto:jules@example.org\r\nEND:VEVENT\r\n"
        b"BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20170406T073000Z\r\nX-RDV-COUNTER:Guichet 1\r\nSUMMARY:AULAN Gilles\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert told(bring(make, "appointments", content))[2:] == [
        "added appointment BOIS Jules, Guichet 1, 2017-04-06 09:00",
        "added appointment AULAN Gilles, Guichet 1, 2017-04-06 09:30",
    ]
    assert make.rows("SELECT email FROM partner ORDER BY id") == [("jules@example.org",), (None,)]
    changes_nothing_again(make, "appointments", content)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("form", FileForm)
def test_b2_what_was_exported_changes_nothing_when_it_comes_back(make: Make, form: FileForm, language: str) -> None:
    make.town(first="2017-03-01")
    make.book("Guichet 1", "2017-04-06T09:00", phone="+32 2 612 34 56", email="jules@example.org", comment="=1+1")
    card = make.book("Guichet 1", "2017-04-06T09:30", "AULAN Gilles")
    make.book("Guichet 1", "2017-04-06T10:00", "VIGNEAU Chloé", phone="0612345678")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T10:00")
    make.do(appointments.cancel, appointments=[card.id])
    with speaking(language):
        content = make.do(export_appointments, form=form, view=AppointmentList.ALL)
        people = None if form is FileForm.ICS else make.do(export_partners, form=form)
    changes_nothing_again(make, "appointments", content)
    if people is not None:
        changes_nothing_again(make, "partners", people)


def test_s5_a_booking_that_was_faster_is_told(pg_town: Make, meanwhile: Meanwhile) -> None:
    pg_town.do(partners.add_partner, name="AULAN Gilles")
    start = date_input.read("2017-04-06T09:00")
    waited, outcome = meanwhile(
        lambda work: appointments.assign(work, counter="Guichet 1", start=start, partner="AULAN Gilles"),
        lambda: bring(pg_town, "appointments", [APPOINTMENTS, ["Guichet 1", "06/04/2017 09:00", "Aulan Gilles", "", ""],
                                                ["Guichet 1", "06/04/2017 09:00", "BOIS Jules", "", ""]]),
    )  # fmt: skip
    assert waited
    assert isinstance(outcome, Refused)
    lines: Any = outcome.facts["lines"]
    assert [(one.line, one.error.error) for one in lines] == [(3, "slot_taken")]
    sound(pg_town)


def test_a7_a_file_that_is_merged_meanwhile_gets_nothing(pg_town: Make, meanwhile: Meanwhile) -> None:
    pg_town.do(partners.add_partner, name="VIGNEAU Chloé", email="c@example.org")
    pg_town.do(partners.add_partner, name="VIGNEAU Chloé", phone="0612345678")
    row = ["Guichet 1", "06/04/2017 09:00", "VIGNEAU Chloé", "", "c@example.org"]
    waited, outcome = meanwhile(
        lambda work: partners.merge_partners(work, partner="C000001", into="C000002"),
        lambda: bring(pg_town, "appointments", [APPOINTMENTS, row]),
    )
    assert waited
    assert isinstance(outcome, Plan)
    assert pg_town.rows("SELECT partner_id FROM appointment") == [(2,)]
    sound(pg_town)


# Counters (C4)


def test_b2_counters_come_with_all_their_form(make: Make) -> None:
    make.town()
    make.do(desks.add_desk, label="Bureau 3")
    rows = [[*COUNTERS, "Fin de validité", "Poste", "Capacité", "Visible sur le portail"],
            [*GUICHET, "31/12/2017", "bureau 3", "1", "oui"],
            ["Guichet 12 ", *GUICHET[1:], "", "", "2,0", ""]]  # fmt: skip
    assert refused(make, "counters", rows) == [(3, "Capacité", "number")]
    rows[2][7] = "2"
    plan = bring(make, "counters", rows)
    assert told(plan) == ["added counter Guichet 2", "added counter Guichet 12"]
    views = {view.label: view for view in make.do(counters.list_counters)}
    second, twelfth = views["Guichet 2"], views["Guichet 12"]
    assert (second.first_day, second.last_day, second.week) == (date(2017, 4, 4), date(2017, 12, 31), "Semaine")
    assert (second.desk, second.capacity, second.public) == ("Bureau 3", 1, True)
    assert (twelfth.last_day, twelfth.desk, twelfth.capacity, twelfth.public) == (None, None, 2, False)
    assert make.status("Guichet 2", "2017-04-06T09:00") is SlotStatus.FREE
    by_hand = make.counter("Guichet 13", capacity=2)
    alike = make.rows("SELECT action, facts FROM journal_entry WHERE subject_id IN (:a, :b) AND subject = 'counter'",
                      a=twelfth.id, b=by_hand.id)  # fmt: skip
    assert str(alike[0]).replace("12", "13") == str(alike[1])
    changes_nothing_again(make, "counters", rows)


def test_i1_a_counter_that_changes_says_whom_it_touches(make: Make) -> None:
    make.town()
    make.do(weeks.add_week, label="Matin", hours=[("Mo-Fr 09:00-10:00", 30)])
    make.book("Guichet 1", "2017-04-06T10:00")
    rows = [COUNTERS, ["Guichet 1", *GUICHET[1:4], "Matin"]]
    foreseen = bring(make, "counters", rows, preview=True)
    assert (foreseen.changes[0].fields, foreseen.impact.to_reschedule) == ({"week": ("Semaine", "Matin")}, 1)
    assert make.do(counters.show_counter, counter="Guichet 1").week == "Semaine"
    assert bring(make, "counters", rows) == foreseen
    sound(make)
    changes_nothing_again(make, "counters", rows)


def test_b2_what_has_no_column_stays_and_an_empty_cell_takes_the_default(make: Make) -> None:
    make.town(last="2017-12-31", public=True, capacity=3)
    bring(make, "counters", [[*COUNTERS, "Capacité"], ["Guichet 1", *GUICHET[1:], ""]])
    view = make.do(counters.show_counter, counter="Guichet 1")
    assert (view.last_day, view.public, view.capacity) == (date(2017, 12, 31), True, 1)


def test_b2_every_line_that_no_counter_can_come_from_is_told(make: Make) -> None:
    make.town()
    make.do(desks.add_desk, label="Bureau")
    rows = [[*COUNTERS, "Fin", "Poste", "Capacité"], [*GUICHET, "", "", ""],
            ["Guichet 3", "Citoyen", "Mairie", "04/04/2017", "Semaine 2", "", "Comptoir", ""],
            ["Guichet 4", *GUICHET[1:], "03/04/2017", "", ""],
            ["Guichet 5", *GUICHET[1:], "", "Bureau", "2"], ["Guichet 6", *GUICHET[1:], "", "", "0"],
            ["guichet 2", *GUICHET[1:], "", "", "2"], ["---", *GUICHET[1:], "", "", ""],
            ["G" * 200, *GUICHET[1:], "", "", ""], ["Guichet 1", *GUICHET[1:], "01/04/2017", "", ""]]  # fmt: skip
    assert refused(make, "counters", rows) == [
        (3, "Type", "not_found"), (3, "Lieu", "not_found"), (3, "Semaine de référence", "not_found"),
        (3, "Poste", "not_found"), (4, None, "period_backwards"), (5, None, "desk_capacity"), (6, None, "number"),
        (7, None, "import_twice"), (8, None, "label_empty"), (9, None, "label_long"), (10, None, "period_backwards"),
    ]  # fmt: skip


# Closures (C6)


def test_i2_closures_shut_places_and_say_whom_they_touch(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T10:00")
    make.book("Guichet 1", "2017-04-07T10:00")
    rows = [["Fermeture", "Lieu", "Du", "Au"], ["Travaux", "Mairie principale", "06/04/2017", "07/04/2017"],
            ["Fête", "tous les lieux", "1er mai 2017", ""], ["Fête", "", "01/05/2017", ""]]  # fmt: skip
    plan = bring(make, "closures", rows)
    assert told(plan) == ["added closure Travaux, 2017-04-06", "added closure Fête, 2017-05-01"]
    assert plan.impact.to_reschedule == 2
    assert [(v.label, v.place, v.last_day.day) for v in make.do(closures.list_closures)] == [
        ("Travaux", "Mairie principale", 7), ("Fête", None, 1),
    ]  # fmt: skip
    changes_nothing_again(make, "closures", rows)
    rows[2][3] = "02/05/2017"
    plan = bring(make, "closures", rows[:3])
    assert [(c.action, c.fields) for c in plan.changes] == [
        ("changed", {"last_day": (date(2017, 5, 1), date(2017, 5, 2))})
    ]
    assert make.rows("SELECT count(*) FROM notice") == [(0,)]
    sound(make)


def test_b2_every_line_that_no_closure_can_come_from_is_told(make: Make) -> None:
    make.town()
    rows = [["Fermeture", "Lieu", "Du", "Au"], ["Travaux", "Ailleurs", "06/04/2017", ""],
            ["Travaux", "", "06/04/2017", "05/04/2017"], ["Fête", "", "01/05/2017", ""],
            ["fête", "", "01/05/2017", "2/5/17"], ["--", "", "01/05/2017", ""]]  # fmt: skip
    assert refused(make, "closures", rows) == [
        (2, "Lieu", "not_found"), (3, None, "period_backwards"), (5, None, "import_twice"),
        (6, "Fermeture", "label_empty"),
    ]  # fmt: skip


# All kinds


FILES: dict[str, Rows] = {
    "partners": [["Nom"], ["BOIS Jules"]],
    "appointments": [APPOINTMENTS, ["Guichet 1", "06/04/2017 09:00", "BOIS Jules", "", ""]],
    "counters": [COUNTERS, GUICHET],
    "closures": [["Fermeture", "Du"], ["Fête", "01/05/2017"]],
}


@pytest.mark.parametrize("kind", FILES)
def test_b2_a_preview_says_the_same_and_writes_nothing(make: Make, kind: str) -> None:
    make.town()
    before = everything(make.office.database)
    foreseen = bring(make, kind, FILES[kind], preview=True)
    assert everything(make.office.database) == before
    done = bring(make, kind, FILES[kind])
    assert [c.action for c in done.changes] == [c.action for c in foreseen.changes]


@pytest.mark.parametrize(
    ("kind", "right"),
    [("partners", "appointments"), ("appointments", "appointments"), ("counters", "counters"), ("closures", "module")],
)
def test_g1_each_import_takes_its_right(make: Make, kind: str, right: str) -> None:
    make.town()
    others = tuple(one for one in Right if one != right)
    with pytest.raises(Exception, match="right_missing"):
        bring(make, kind, FILES[kind], by=make.agent("sans", rights=others))
    assert bring(make, kind, FILES[kind], by=make.agent("avec", rights=(Right(right),))).changes


@pytest.mark.parametrize("kind", ["appointments", "counters"])
def test_g2_a_type_of_another_service_is_told_line_by_line(make: Make, kind: str) -> None:
    make.town()
    for label in ("Accueil", "Etat civil"):
        make.do(services.add_service, label=label)
    make.do(types.set_type, type="Citoyenneté", services=["Etat civil"])
    rights = (Right.APPOINTMENTS, Right.COUNTERS)
    stranger = make.agent("sans", rights=rights, services=("Accueil",))
    assert [error for _line, _column, error in refused(make, kind, FILES[kind], by=stranger)] == ["service_missing"]
    assert bring(make, kind, FILES[kind], by=make.agent("avec", rights=rights, services=("Etat civil",))).changes


@pytest.mark.parametrize("kind", FILES)
def test_progress_is_told_up_to_the_end(make: Make, kind: str) -> None:
    make.town()
    steps: list[tuple[int, int]] = []
    bring(make, kind, FILES[kind], progress=lambda *step: steps.append(step))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] > 0


def test_a7_an_import_gives_no_code_that_somebody_had(make: Make) -> None:
    make.town()
    bring(make, "partners", [["Nom"], ["BOIS Jules"], ["NOËL Zoé"]])
    with make.office.database.writing.begin() as connection:
        gone = connection.exec_driver_sql("SELECT max(id) FROM partner").scalar_one()
        connection.exec_driver_sql(f"DELETE FROM partner WHERE id = {gone}")
    bring(make, "partners", [["Nom"], ["ROUX Ève"], ["PETIT Ana"]])
    added = make.do(partners.add_partner, name="LEROY Sam")
    with make.office.database.engine.connect() as connection:
        ids = list(connection.exec_driver_sql("SELECT id FROM partner ORDER BY id").scalars())
    assert ids[-3:] == [gone + 1, gone + 2, added.id]
    assert added.id > gone + 2


def test_b2_many_lines_take_few_statements(make: Make) -> None:
    make.town(*(f"Guichet {n}" for n in range(1, 11)), capacity=100)
    seen: list[str] = []
    event.listen(make.office.database.writing, "before_cursor_execute", lambda c, cursor, text, *_: seen.append(text))
    rows = [APPOINTMENTS, *([f"Guichet {n % 10 + 1}", "06/04/2017 09:00", f"Nom {n}", "", ""] for n in range(1000))]
    assert len(bring(make, "appointments", rows).changes) == 2000
    assert len(seen) < 60
    sound(make)


def test_b2_contacts_are_checked_before_the_transaction_that_writes_them(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = as_csv([["Nom", "Téléphone", "Courriel"], ["BOIS Jules", "06 39 98 12 01", "Jules@Example.org"]])
    lines = read_lines(file, ImportKind.PARTNERS, name="liste.csv", country="FR")
    monkeypatch.setattr("rdv.engine.lookup.partner_lookup._phone_or_none", None)
    monkeypatch.setattr("rdv.engine.lookup.partner_lookup._email_or_none", None)
    make.do(import_partners, lines=lines)
    assert make.rows("SELECT phone, email FROM partner") == [("+33639981201", "jules@example.org")]
