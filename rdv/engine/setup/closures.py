"""Closures: days when a place, or every place, is closed (C6), including public holidays."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.named_rows import add_row, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import counters_at, lock_counters, lock_places
from rdv.engine.seats.impact import settle
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import ClosureView
from rdv.store.tables import Closure, Place
from rdv.terms import Invalid, Refused, Right


class Holiday(NamedTuple):
    """A public holiday."""

    day: date
    name: str


@use_case(writes=False)
def list_closures(work: Work) -> list[ClosureView]:
    """Return every closure, by first day."""
    return [
        _view(work, row) for row in work.session.exec(select(Closure).order_by(col(Closure.first_day), Closure.key))
    ]


@use_case(writes=False)
def show_closure(work: Work, *, closure: Ref) -> ClosureView:
    """Return one closure."""
    return _view(work, find(work.session, Closure, closure))


@use_case(Right.MODULE)
def add_closure(
    work: Work, *, label: str, first: Moment | date, last: Moment | date | None = None, place: Ref | None = None
) -> Impact:
    """Close a place (None: every place) from `first` to `last`, both included. Return the impact (I1)."""
    zone = ZoneInfo(work.settings.zone)
    start = work.day(first, zone)
    end = start if last is None else work.day(last, zone)
    _check_order(start, end)
    place_id = None if place is None else id_of(find(work.session, Place, place))
    counters = _owned_at(work, place_id)
    here = [col(Closure.place_id).is_(None) if place_id is None else col(Closure.place_id) == place_id]
    add_row(
        work, Closure, label, *here, col(Closure.first_day) == start,
        place_id=place_id, first_day=start, last_day=end,
    )  # fmt: skip
    return settle(work, counters, cause="closure.add")


@use_case(Right.MODULE)
def add_holidays(
    work: Work, *, country: str, years: Sequence[int] = (), subdivision: str | None = None, place: Ref | None = None
) -> Impact:
    """Close a place (None: every place) on the public holidays of a country, in this year or in the given years.

    Existing closures stay. Raises Invalid for an unknown country or subdivision.
    """
    place_id = None if place is None else id_of(find(work.session, Place, place))
    here = col(Closure.place_id).is_(None) if place_id is None else Closure.place_id == place_id
    counters = _owned_at(work, place_id)
    known = {(row.first_day, row.label) for row in work.session.exec(select(Closure).where(here))}
    this_year = work.now.astimezone(ZoneInfo(work.settings.zone)).year
    for holiday in public_holidays(country, years or (this_year,), subdivision):
        if (holiday.day, holiday.name) not in known:
            add_row(
                work, Closure, holiday.name, here, col(Closure.first_day) == holiday.day,
                place_id=place_id, first_day=holiday.day, last_day=holiday.day,
            )  # fmt: skip
    return settle(work, counters, cause="closure.add")


@use_case(Right.MODULE)
def set_closure(
    work: Work,
    *,
    closure: Ref,
    label: str | None = None,
    first: Moment | date | None = None,
    last: Moment | date | None = None,
    restore: bool = False,
) -> Impact:
    """Change the label or the days of a closure. Return the impact (I1)."""
    row = find(work.session, Closure, closure)
    zone = ZoneInfo(work.settings.zone)
    start = row.first_day if first is None else work.day(first, zone)
    end = row.last_day if last is None else work.day(last, zone)
    _check_order(start, end)
    counters = _owned_at(work, row.place_id)
    here = [col(Closure.place_id).is_(None) if row.place_id is None else col(Closure.place_id) == row.place_id]
    changes = set_row(
        work,
        row,
        *here,
        col(Closure.first_day) == start,
        label=row.label if label is None else label,
        first_day=start,
        last_day=end,
    )
    note_set(work, row, changes)
    return settle(work, counters, cause="closure.set", restore=restore)


@use_case(Right.MODULE)
def remove_closure(work: Work, *, closure: Ref, restore: bool = False) -> Impact:
    """Open the days of a closure again; the impact says who could have a slot back."""
    row = find(work.session, Closure, closure)
    counters = _owned_at(work, row.place_id)
    remove_row(work, row, {})
    return settle(work, counters, cause="closure.remove", restore=restore)


def public_holidays(country: str, years: Iterable[int], subdivision: str | None = None) -> list[Holiday]:
    """Return the public holidays of a country (ISO 3166 code) in some years, by day.

    They have their local names in any language of the machine, because the names identify the days later. Raises
    Invalid for an unknown country or subdivision.
    """
    import holidays  # a large catalogue: loaded when asked for

    try:
        spoken = holidays.country_holidays(
            country, subdiv=subdivision
        ).default_language  # names must not vary with ours
        days = holidays.country_holidays(country, subdiv=subdivision, years=list(years), language=spoken)
    except (NotImplementedError, KeyError):
        raise Invalid("holidays_country", country=country, subdivision=subdivision) from None
    return [Holiday(day, days[day]) for day in sorted(days)]


def _owned_at(work: Work, place_id: int | None) -> list[int]:
    """Lock and return the counters of a place; no counter can be added there during the transaction."""
    lock_places(work.session, place_id, change=True)
    counters = counters_at(work.session, place_id)
    lock_counters(work.session, counters, change=True)
    return counters


def _check_order(first: date, last: date) -> None:
    if last < first:
        raise Refused("period_backwards", rule="C6", first=first, last=last)


def _view(work: Work, row: Closure) -> ClosureView:
    place = None if row.place_id is None else work.session.get(Place, row.place_id)
    return ClosureView(id_of(row), row.label, place.label if place else None, row.first_day, row.last_day)
