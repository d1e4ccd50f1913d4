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
from rdv.engine.town.changes import Applying
from rdv.engine.views.setup import PlaceView
from rdv.store.tables import Closure
from rdv.terms import Refused, fold

EVERY_PLACE = ("tous les lieux", "tous", "every place", "all")
"""How a list of closures says that every place is shut."""


class _Shut(NamedTuple):
    """A closure as a line tells it; without `place`, of every place."""

    label: str
    place: PlaceView | None
    first: date
    last: date

    @property
    def key(self) -> Hashable:
        """What makes it the same as one that is there."""
        return fold(self.place.label if self.place else ""), fold(self.label), self.first

    @property
    def told(self) -> str:
        """The closure as a line of a plan names it."""
        return f"{self.label}, {self.first}"


def bring_closures(applying: Applying, checking: Checking) -> None:
    """Adds closures and changes their last days; what is wrong is noted with the line."""
    lock_places(applying.work.session, None, change=True)
    known = applying.views("closure")
    new: list[tuple[Line, _Shut]] = []
    other: list[tuple[Line, _Shut]] = []
    for line in checking.each():
        place = None
        if fold(line.given.get("place", "all")) not in EVERY_PLACE:
            with checking.on(line, "place"):
                place = applying.among("place", line.given["place"])
        if line.number in checking.bad:
            continue
        with checking.on(line):
            shut = _shut(applying.work, line, place)
            view = known.get(shut.key)
            if checking.is_first(line, shut.label, shut.key, shut) and (view is None or view.last_day != shut.last):
                (new if view is None else other).append((line, shut))
    _write(applying, checking, new, "closure.add")
    _write(applying, checking, other, "closure.set")


def _shut(work: Work, line: Line, place: PlaceView | None) -> _Shut:
    zone = ZoneInfo(work.settings.zone)
    first = _day(work, line.given["first_day"], zone)
    last = _day(work, line.given.get("last_day", line.given["first_day"]), zone)
    if last < first:
        raise Refused("period_backwards", rule="C6", first=first, last=last)
    return _Shut(line.given["label"], place, first, last)


def _day(work: Work, when: Moment, zone: ZoneInfo) -> date:
    """The day of a moment, which a calendar may tell in another zone."""
    return work.day(when, zone) if when.at is None else when.instant(zone, work.now).astimezone(zone).date()


def _write(applying: Applying, checking: Checking, found: Sequence[tuple[Line, _Shut]], cause: str) -> None:
    """Writes these, then settles what that does to the appointments of their places."""
    if not found:
        return
    session = applying.work.session
    places = {shut.place.id if shut.place else None for _line, shut in found}
    counters = {counter for place in ({None} if None in places else places) for counter in counters_at(session, place)}
    lock_counters(session, counters, change=True)
    for line, shut in found:
        with checking.on(line, "label"):
            (_add if cause == "closure.add" else _change)(applying, shut)
    applying.impacts.append(settle(applying.work, counters, cause=cause))


def _add(applying: Applying, shut: _Shut) -> None:
    place_id = shut.place.id if shut.place else None
    here = col(Closure.place_id).is_(None) if place_id is None else col(Closure.place_id) == place_id
    add_row(
        applying.work, Closure, shut.label, here, col(Closure.first_day) == shut.first,
        place_id=place_id, first_day=shut.first, last_day=shut.last,
    )  # fmt: skip
    applying.note("added", "closure", shut.told, {"last_day": (None, shut.last)})


def _change(applying: Applying, shut: _Shut) -> None:
    row = applying.work.session.get_one(Closure, applying.views("closure")[shut.key].id)
    changes = set_row(applying.work, row, last_day=shut.last)
    note_set(applying.work, row, changes)
    applying.note("changed", "closure", shut.told, changes)
