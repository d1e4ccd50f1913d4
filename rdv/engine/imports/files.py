"""Imports: counters, partners, appointments and closures from files that people keep (B2).

Reading the file asks no database and is done first. A use case then checks every line, tells all that is wrong in one
go, and writes all or nothing, in one transaction. The same file twice changes nothing.
"""

from collections.abc import Callable

from rdv.engine.booking.taken_elsewhere import write_arrivals
from rdv.engine.imports import calendar, tables
from rdv.engine.imports.appointments import find_arrivals, find_counters
from rdv.engine.imports.closures import bring_closures
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.counters import bring_counters
from rdv.engine.imports.lines import Checking, Lines, Progress
from rdv.engine.imports.partners import People, check_contacts
from rdv.engine.office import Work, use_case
from rdv.engine.town.changes import ChangeCollector
from rdv.engine.views.plans import Plan
from rdv.terms import Right


def read_lines(content: bytes, kind: ImportKind, *, name: str, country: str | None = None) -> Lines:
    """Return the lines of a CSV, XLSX or (closures, appointments) iCalendar file, told apart by what is in it.

    `name` is what messages call the file. With the `country` of the settings, phone numbers and e-mail addresses are
    checked here, so that the transaction that writes them need not. Raises Invalid for a file that cannot be read at
    all; what is wrong with one line is told with the others by the use case.
    """
    read = calendar.read_events if calendar.is_calendar(content) else tables.read_table
    lines = read(content, kind, name=name)
    return lines if country is None else check_contacts(lines, country)


@use_case(Right.APPOINTMENTS)
def import_partners(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Partners, found again by code, or by name and phone or e-mail (A7); a phone or e-mail that was not known is kept.

    Raises Refused("import_lines") with every bad line, two people of one name that nothing tells apart among them.
    """
    checking = Checking(lines, progress)
    people = People(work, listed=True)
    people.find(checking)
    checking.refuse_bad()
    return Plan(tuple(people.write()))


@use_case(Right.APPOINTMENTS)
def import_appointments(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Return appointments as they were taken elsewhere, with their partners, found or made; no message is sent.

    Known by partner, counter and start, or by the moment when they were taken, they are left alone. Raises
    Refused("import_lines") with every bad line: an unknown counter, no slot, a slot that is taken, homonyms.
    """
    checking = Checking(lines, progress, passes=2)
    counters = find_counters(work, checking)  # before the people, because every use case locks in this order
    people = People(work, listed=False)
    people.find(checking)
    arrivals = find_arrivals(work, checking, counters, people.by_line)
    checking.refuse_bad()
    return Plan((*people.write(), *write_arrivals(work, arrivals)))


@use_case(Right.COUNTERS)
def import_counters(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Counters, known by place and label, as far as the actor manages those of their types (C4, G2).

    A cell left empty takes the default of its column; what has no column stays as it is. Whom the changes touch is in
    the plan (I1). Raises Refused("import_lines") with every bad line.
    """
    checking = Checking(lines, progress)
    collector = ChangeCollector(work)
    bring_counters(collector, checking)
    checking.refuse_bad()
    return collector.plan(restore=False)


@use_case(Right.MODULE)
def import_closures(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Closures, known by place, label and first day (C6); without a place, every place is shut.

    Whom they touch is in the plan (I1). Raises Refused("import_lines") with every bad line.
    """
    checking = Checking(lines, progress)
    collector = ChangeCollector(work)
    bring_closures(collector, checking)
    checking.refuse_bad()
    return collector.plan(restore=False)


BY_KIND: dict[ImportKind, Callable[..., Plan]] = {
    ImportKind.COUNTERS: import_counters,
    ImportKind.PARTNERS: import_partners,
    ImportKind.APPOINTMENTS: import_appointments,
    ImportKind.CLOSURES: import_closures,
}
"""The use case of each kind of file."""
