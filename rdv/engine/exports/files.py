"""Appointments, slots and partners as files: CSV, XLSX, iCalendar. Each takes the filters of its list."""

from typing import Any, Unpack

from sqlmodel import select

from rdv.engine.booking.appointments import list_appointments
from rdv.engine.booking.partners import find_partners
from rdv.engine.booking.slots import list_slots
from rdv.engine.lookup.references import LARGEST_ID
from rdv.engine.office import Work, use_case
from rdv.engine.seats.lists import ListFilters
from rdv.engine.spreadsheets.columns import Sheet, appointments_sheet, partners_sheet, slots_sheet
from rdv.engine.spreadsheets.formats import FileForm
from rdv.engine.spreadsheets.writer import as_csv, as_xlsx
from rdv.store.tables import Place
from rdv.terms import Invalid


@use_case(writes=False)
def export_appointments(work: Work, /, *, form: FileForm, **filters: Unpack[ListFilters]) -> bytes:
    """Return the appointments of `list_appointments` as a file, with comments if the agent may read them (G2)."""
    cards = list_appointments(work, **filters)
    if form is FileForm.ICS:
        from rdv.engine.exports.calendars import appointments_calendar

        return appointments_calendar(cards, _addresses(work), work.now)
    return _book(form, appointments_sheet(cards, work.settings.country))


@use_case(writes=False)
def export_slots(work: Work, /, *, form: FileForm, **filters: Any) -> bytes:
    """Return the slots that `list_slots` finds, as a file."""
    views = list_slots(work, **filters)
    if form is FileForm.ICS:
        from rdv.engine.exports.calendars import slots_calendar

        return slots_calendar(views, _addresses(work), work.now)
    return _book(form, slots_sheet(views))


@use_case(writes=False)
def export_partners(work: Work, *, form: FileForm, text: str = "", limit: int | None = None) -> bytes:
    """Return the partners that `find_partners` finds, all of them unless there is a limit, as a file.

    Raises Invalid("export_no_dates") for a calendar.
    """
    if form is FileForm.ICS:
        raise Invalid("export_no_dates")
    cards = find_partners(work, text=text, limit=LARGEST_ID if limit is None else limit)
    return _book(form, partners_sheet(cards, work.settings.country))


def _book(form: FileForm, sheet: Sheet) -> bytes:
    return as_xlsx(sheet) if form is FileForm.XLSX else as_csv(sheet)


def _addresses(work: Work) -> dict[str, str]:
    """Return the address of each place, by its label."""
    return dict(work.session.exec(select(Place.label, Place.address)).all())
