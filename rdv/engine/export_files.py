"""Appointments, slots and partners as files: CSV, XLSX, iCalendar. Each takes the filters of its list."""

from typing import Any, Unpack

from sqlmodel import select

from rdv.engine.appointments import list_appointments
from rdv.engine.export_books import as_csv, as_xlsx
from rdv.engine.export_forms import FileForm
from rdv.engine.export_sheets import Sheet, appointments_sheet, partners_sheet, slots_sheet
from rdv.engine.lists import ListFilters
from rdv.engine.office import Work, use_case
from rdv.engine.partners import find_partners
from rdv.engine.references import LARGEST_ID
from rdv.engine.slots import list_slots
from rdv.store.tables import Place
from rdv.terms import Invalid


@use_case(writes=False)
def export_appointments(work: Work, /, *, form: FileForm, **filters: Unpack[ListFilters]) -> bytes:
    """The appointments that `list_appointments` finds, as a file; comments for those who may read them (G2)."""
    cards = list_appointments(work, **filters)
    if form is FileForm.ICS:
        from rdv.engine.export_calendars import appointments_calendar

        return appointments_calendar(cards, _addresses(work), work.now)
    return _book(form, appointments_sheet(cards, work.settings.country))


@use_case(writes=False)
def export_slots(work: Work, /, *, form: FileForm, **filters: Any) -> bytes:
    """The slots that `list_slots` finds, as a file."""
    views = list_slots(work, **filters)
    if form is FileForm.ICS:
        from rdv.engine.export_calendars import slots_calendar

        return slots_calendar(views, _addresses(work), work.now)
    return _book(form, slots_sheet(views))


@use_case(writes=False)
def export_partners(work: Work, *, form: FileForm, text: str = "", limit: int | None = None) -> bytes:
    """The partners that `find_partners` finds, all of them unless there is a limit, as a file.

    Raises Invalid("export_no_dates") for a calendar.
    """
    if form is FileForm.ICS:
        raise Invalid("export_no_dates")
    cards = find_partners(work, text=text, limit=LARGEST_ID if limit is None else limit)
    return _book(form, partners_sheet(cards, work.settings.country))


def _book(form: FileForm, sheet: Sheet) -> bytes:
    return as_xlsx(sheet) if form is FileForm.XLSX else as_csv(sheet)


def _addresses(work: Work) -> dict[str, str]:
    """The address of each place, by its label."""
    return dict(work.session.exec(select(Place.label, Place.address)).all())
