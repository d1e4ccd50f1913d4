"""Places where counters are, with their time zone (C2, C8)."""

from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.engine.lookup.named_rows import add_row, appointment_numbers, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import counters_at, lock_counters, lock_places
from rdv.engine.seats.impact import settle
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import PlaceView
from rdv.store.tables import Closure, Counter, Place
from rdv.terms import Invalid, Right


@use_case(writes=False)
def list_places(work: Work) -> list[PlaceView]:
    """Return every place (C2)."""
    return [_place(row) for row in work.session.exec(select(Place).order_by(Place.key))]


@use_case(writes=False)
def show_place(work: Work, *, place: Ref) -> PlaceView:
    """Return one place."""
    return _place(find(work.session, Place, place))


@use_case(Right.MODULE)
def add_place(work: Work, *, label: str, address: str = "", timezone: str | None = None) -> PlaceView:
    """Add a place; raise Invalid for a time zone that does not exist (C2)."""
    zone = _zone(timezone or work.settings.zone)
    return _place(add_row(work, Place, label, address=address.strip(), timezone=zone))


@use_case(Right.MODULE)
def set_place(
    work: Work,
    *,
    place: Ref,
    label: str | None = None,
    address: str | None = None,
    timezone: str | None = None,
    restore: bool = False,
) -> Impact:
    """Change a place. Another time zone moves every slot of its counters. Return the impact (I1)."""
    row = find(work.session, Place, place)
    zone = None if timezone is None else _zone(timezone)
    lock_places(work.session, id_of(row), change=True)
    counters = counters_at(work.session, id_of(row))
    if zone is not None and zone != row.timezone:
        lock_counters(work.session, counters, change=True)
    changes = set_row(work, row, label=label, address=address, timezone=zone)
    note_set(work, row, changes)
    return settle(work, counters, cause="place.set", restore=restore) if "timezone" in changes else Impact()


@use_case(Right.MODULE)
def remove_place(work: Work, *, place: Ref) -> None:
    """Remove a place without counters or closures (C8)."""
    row = find(work.session, Place, place)
    dependents = {
        "counter": labels(work, Counter, Counter.place_id == row.id),
        "closure": labels(work, Closure, Closure.place_id == row.id),
        "appointment": appointment_numbers(work, col(Counter.place_id) == row.id),
    }
    remove_row(work, row, dependents)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError, ValueError):  # no such zone, or a name that is no path of the zone database
        raise Invalid("timezone", name=name) from None


def _place(row: Place) -> PlaceView:
    return PlaceView(id_of(row), row.label, row.address, row.timezone)
