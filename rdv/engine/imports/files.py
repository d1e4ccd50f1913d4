"""Imports: counters, partners, appointments and closures from files (B2).

The file is read first, without the database. A use case then checks every line, reports all errors at once, and writes
all or nothing, in one transaction. Importing a file twice changes nothing.
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
    """Return the lines of a CSV, XLSX or (closures, appointments) iCalendar file, recognised by its contents.

    `name` is the name of the file in messages. With the `country` of the settings, phone numbers and e-mail addresses
    are checked here, outside the transaction that writes them. Raises Invalid for an unreadable file; the use case
    reports the errors of lines.
    """
    read = calendar.read_events if calendar.is_calendar(content) else tables.read_table
    lines = read(content, kind, name=name)
    return lines if country is None else check_contacts(lines, country)


@use_case(Right.APPOINTMENTS)
def import_partners(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Import partners, recognised by code, or by name and phone or e-mail (A7). A new phone or e-mail is added.

    Raises Refused("import_lines") with every bad line, including two people of one name that nothing distinguishes.
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
    """Import counters, recognised by place and label, if the actor manages those of their types (C4, G2).

    An empty cell takes the default of its column; a missing column changes nothing. The plan lists the appointments
    affected (I1). Raises Refused("import_lines") with every bad line.
    """
    checking = Checking(lines, progress)
    collector = ChangeCollector(work)
    bring_counters(collector, checking)
    checking.refuse_bad()
    return collector.plan(restore=False)


@use_case(Right.MODULE)
def import_closures(work: Work, *, lines: Lines, progress: Progress | None = None) -> Plan:
    """Import closures, recognised by place, label and first day (C6); without a place, every place is closed.

    The plan lists the appointments affected (I1). Raises Refused("import_lines") with every bad line.
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
