"""Reference weeks: the opening hours that counters share (C3, C8)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert
from sqlmodel import col, select

from rdv.engine.core.opening_hours import read_hours, write_hours
from rdv.engine.core.schedule import Opening
from rdv.engine.core.spans import first_overlap
from rdv.engine.lookup.named_rows import add_row, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import counters_on_week, lock_counters, lock_week, read_openings
from rdv.engine.seats.impact import settle
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import WeekView
from rdv.store import tables
from rdv.store.tables import Counter, ReferenceWeek
from rdv.terms import Refused, Right

WrittenHours = Sequence[tuple[str, int]]
"""Opening hours as people write them: (OpenStreetMap `opening_hours`, slot length in minutes), any number of them."""


@use_case(writes=False)
def list_weeks(work: Work) -> list[WeekView]:
    """Return every reference week with its openings."""
    openings = read_openings(work.session)
    rows = work.session.execute(select(ReferenceWeek.id, ReferenceWeek.label).order_by(ReferenceWeek.key))
    return [WeekView(number, label, openings.get(number, ())) for number, label in rows]


@use_case(writes=False)
def show_week(work: Work, *, week: Ref) -> WeekView:
    """Return one week, with the counters that depend on it."""
    row = find(work.session, ReferenceWeek, week)
    return _view(work, row, used_by=True)


@use_case(Right.MODULE)
def add_week(work: Work, *, label: str, hours: WrittenHours) -> WeekView:
    """Add a week; see `weekly` for what it raises."""
    openings = weekly(hours)
    row = add_row(work, ReferenceWeek, label)
    _write(work, id_of(row), openings)
    return _view(work, row)


@use_case(Right.MODULE)
def set_week(
    work: Work, *, week: Ref, label: str | None = None, hours: WrittenHours | None = None, restore: bool = False
) -> Impact:
    """Change a week. Return the impact of other openings on every counter that uses it (I1)."""
    row = find(work.session, ReferenceWeek, week)
    week_id = id_of(row)
    openings = None if hours is None else weekly(hours)
    lock_week(work.session, week_id, change=True)
    counters = counters_on_week(work.session, week_id)
    lock_counters(work.session, counters, change=True)
    changes = set_row(work, row, label=label)
    before = read_openings(work.session, [week_id])[week_id]
    if openings is not None and openings != before:
        work.session.execute(delete(tables.Opening).where(col(tables.Opening.week_id) == week_id))
        _write(work, week_id, openings)
        changes["hours"] = (told_hours(before), told_hours(openings))
    note_set(work, row, changes)
    return settle(work, counters, cause="week.set", restore=restore) if "hours" in changes else Impact()


@use_case(Right.MODULE)
def remove_week(work: Work, *, week: Ref) -> None:
    """Remove a week that no counter uses, neither as reference nor in an exception (C8)."""
    row = find(work.session, ReferenceWeek, week)
    used = counters_on_week(work.session, id_of(row))
    dependents = {"counter": labels(work, Counter, col(Counter.id).in_(used))}
    if not used:
        work.session.execute(delete(tables.Opening).where(col(tables.Opening.week_id) == row.id))
    remove_row(work, row, dependents)


def weekly(hours: WrittenHours) -> tuple[Opening, ...]:
    """Return the openings of a week that some written hours mean, Monday first.

    Raises Invalid for what cannot be read, Refused by its name for a rule that a week cannot hold (dates, public
    holidays, …), and for openings that overlap (C3).
    """
    openings: list[Opening] = []
    for text, slot in hours:
        declared = read_hours(text, slot)
        if declared.dated:
            raise Refused("hours_rule", rule="C3", text=text, why="dated")
        if declared.closed_on_holidays:
            raise Refused("hours_rule", rule="C3", text="PH off", why="public_holidays")
        openings += declared.openings
    return checked(openings)


def checked(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Return the openings in order; raise Refused when two of one weekday overlap (C3)."""
    in_order = sorted(openings)
    for weekday in range(7):
        clash = first_overlap((o.start, o.end) for o in in_order if o.weekday == weekday)
        if clash:
            raise Refused("openings_overlap", rule="C3", text=told_hours(o for o in in_order if o.weekday == weekday))
    return tuple(in_order)


def told_hours(openings: Iterable[Opening]) -> str:
    """Return openings as one line: hours by slot length."""
    return "; ".join(f"{text} / {slot} min" for text, slot in written(openings))


def written(openings: Iterable[Opening]) -> list[tuple[str, int]]:
    """Return openings as written hours, one text a slot length, shortest slots first: `weekly` reads them back."""
    listed = list(openings)
    lengths = sorted({opening.slot for opening in listed})
    return [(write_hours(o for o in listed if o.slot == length), length) for length in lengths]


def _write(work: Work, week_id: int, openings: Iterable[Opening]) -> None:
    rows = [
        {"week_id": week_id, "weekday": o.weekday, "starts": o.start, "ends": o.end, "slot": o.slot} for o in openings
    ]
    if rows:
        work.session.execute(insert(tables.Opening), rows)


def _view(work: Work, row: ReferenceWeek, *, used_by: bool = False) -> WeekView:
    used = counters_on_week(work.session, id_of(row)) if used_by else []
    names = labels(work, Counter, col(Counter.id).in_(used)) if used else []
    openings = read_openings(work.session, [id_of(row)])
    return WeekView(id_of(row), row.label, openings[id_of(row)], tuple(names))
