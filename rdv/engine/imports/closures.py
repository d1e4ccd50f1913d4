"""The closures that a file means, settled once for all of them (B2, C6, I2)."""

from collections.abc import Hashable, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import col

from rdv.date_input import Moment
from rdv.engine.imports.lines import Checking, Line
from rdv.engine.lookup.named_rows import add_row, note_set, set_row
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import counters_at, lock_counters, lock_places
from rdv.engine.seats.impact import settle
from rdv.engine.town.changes import ChangeCollector
from rdv.engine.views.setup import PlaceView
from rdv.store.tables import Closure
from rdv.terms import Refused, fold

EVERY_PLACE = ("tous les lieux", "tous", "every place", "all")
"""The words of a list of closures for "every place"."""


class _Shut(NamedTuple):
    """A closure as a line gives it; without `place`, of every place."""

    label: str
    place: PlaceView | None
    first: date
    last: date

    @property
    def key(self) -> Hashable:
        """Return the key of the same closure in the database."""
        return fold(self.place.label if self.place else ""), fold(self.label), self.first

    @property
    def full_label(self) -> str:
        """Return the closure as a plan names it."""
        return f"{self.label}, {self.first}"


def bring_closures(collector: ChangeCollector, checking: Checking) -> None:
    """Add closures and change their last days; note what is wrong with the line."""
    lock_places(collector.work.session, None, change=True)
    known = collector.views("closure")
    new: list[tuple[Line, _Shut]] = []
    other: list[tuple[Line, _Shut]] = []
    for line in checking.each():
        place = None
        if fold(line.fields.get("place", "all")) not in EVERY_PLACE:
            with checking.on(line, "place"):
                place = collector.among("place", line.fields["place"])
        if line.number in checking.bad:
            continue
        with checking.on(line):
            shut = _shut(collector.work, line, place)
            view = known.get(shut.key)
            if checking.is_first(line, shut.label, shut.key, shut) and (view is None or view.last_day != shut.last):
                (new if view is None else other).append((line, shut))
    _write(collector, checking, new, "closure.add")
    _write(collector, checking, other, "closure.set")


def _shut(work: Work, line: Line, place: PlaceView | None) -> _Shut:
    zone = ZoneInfo(work.settings.zone)
    first = _day(work, line.fields["first_day"], zone)
    last = _day(work, line.fields.get("last_day", line.fields["first_day"]), zone)
    if last < first:
        raise Refused("period_backwards", rule="C6", first=first, last=last)
    return _Shut(line.fields["label"], place, first, last)


def _day(work: Work, when: Moment, zone: ZoneInfo) -> date:
    """Return the day of a moment, which a calendar may give in another zone."""
    return work.day(when, zone) if when.at is None else when.instant(zone, work.now).astimezone(zone).date()


def _write(collector: ChangeCollector, checking: Checking, closures: Sequence[tuple[Line, _Shut]], cause: str) -> None:
    """Write closures, then settle the appointments of their places."""
    if not closures:
        return
    session = collector.work.session
    places = {shut.place.id if shut.place else None for _line, shut in closures}
    counters = {counter for place in ({None} if None in places else places) for counter in counters_at(session, place)}
    lock_counters(session, counters, change=True)
    for line, shut in closures:
        with checking.on(line, "label"):
            (_add if cause == "closure.add" else _change)(collector, shut)
    collector.impacts.append(settle(collector.work, counters, cause=cause))


def _add(collector: ChangeCollector, shut: _Shut) -> None:
    place_id = shut.place.id if shut.place else None
    here = col(Closure.place_id).is_(None) if place_id is None else col(Closure.place_id) == place_id
    add_row(
        collector.work, Closure, shut.label, here, col(Closure.first_day) == shut.first,
        place_id=place_id, first_day=shut.first, last_day=shut.last,
    )  # fmt: skip
    collector.note("added", "closure", shut.full_label, {"last_day": (None, shut.last)})


def _change(collector: ChangeCollector, shut: _Shut) -> None:
    row = collector.work.session.get_one(Closure, collector.views("closure")[shut.key].id)
    changes = set_row(collector.work, row, last_day=shut.last)
    note_set(collector.work, row, changes)
    collector.note("changed", "closure", shut.full_label, changes)
