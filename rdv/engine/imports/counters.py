"""The counters that a file means (B2, C4): the new ones written at once, the others changed by their use case."""

from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rdv.engine.imports.lines import Checking, Line
from rdv.engine.lookup.authorisation import services_of_types
from rdv.engine.lookup.named_rows import checked_label
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import lock_places, lock_week
from rdv.engine.setup.counters import check_counter
from rdv.engine.town.changes import Applying
from rdv.engine.views.setup import CounterView, LabelView, PlaceView, TypeView, WeekView
from rdv.store.bulk import insert_rows
from rdv.store.tables import Counter, table
from rdv.terms import Right, fold

_COUNTER = table(Counter)
_DAYS = ("first_day", "last_day")


class Told(NamedTuple):
    """A counter as a line tells it."""

    label: str
    type: TypeView
    place: PlaceView
    week: WeekView
    first: date
    last: date | None = None
    desk: LabelView | None = None
    capacity: int = 1
    public: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same as one that is there."""
        return fold(self.place.label), fold(self.label)

    def as_view(self) -> dict[str, Any]:
        """The fields as `CounterView` has them."""
        given = self._asdict()
        named = {kind: given[kind] and given[kind].label for kind in ("type", "place", "week", "desk")}
        days = {"first_day": given.pop("first"), "last_day": given.pop("last")}
        return given | named | days

    def as_given(self) -> dict[str, Any]:
        """The fields as the use cases take them."""
        given = self._asdict()
        return given | {kind: given[kind] and given[kind].id for kind in ("type", "place", "week", "desk")}


def bring_counters(applying: Applying, checking: Checking) -> None:
    """Adds and changes counters; what is not known or is refused is noted with the line."""
    known = dict(applying.views("counter"))
    services = services_of_types(applying.work.session, [view.id for view in applying.views("type").values()])
    new: list[Told] = []
    for line in checking.each():
        told = _told(applying, checking, line)
        if told is None:
            continue
        with checking.on(line):
            if checking.is_first(line, told.label, told.key, told):
                view = known.get(told.key)
                if view is not None:
                    _change(applying, checking, view, told)
                else:
                    _check(applying.work, told, services.get(told.type.id, frozenset()))
                    new.append(told)
    if not checking.problems:
        _add(applying, new)


def _told(applying: Applying, checking: Checking, line: Line) -> Told | None:
    """The counter of a line; None when some of it is not known."""
    given: dict[str, Any] = dict(line.given)
    for kind in ("type", "place", "week", "desk"):
        if kind in given:
            with checking.on(line, kind):
                given[kind] = applying.among(kind, given[kind])
    if line.number in checking.bad:
        return None
    zone = ZoneInfo(given["place"].timezone)
    for name in _DAYS:
        if name in given:
            given[name.removesuffix("_day")] = applying.work.day(given.pop(name), zone)
    return Told(**given)


def _change(applying: Applying, checking: Checking, view: CounterView, told: Told) -> None:
    """Brings a counter to what the columns of the file say, where an empty cell says the default."""
    columns = checking.file.heads
    after = {name: value for name, value in told.as_view().items() if name in columns}
    given = {n: value for n, value in told.as_given().items() if n in columns or f"{n}_day" in columns}
    applying.bring("counter", told.label, view, after, given=given)


def _check(work: Work, told: Told, services: frozenset[int]) -> None:
    """What the use case checks of a new counter, labels of others apart; raises what it does."""
    work.need_on_type(Right.COUNTERS, services, told.type.label)
    checked_label(told.label)
    desk: Any = told.desk
    check_counter(told.label, told.first, told.last, told.capacity, desk)


def _add(applying: Applying, new: list[Told]) -> None:
    """Stores new counters in one statement: nobody has an appointment there yet."""
    work = applying.work
    for week in sorted({told.week.id for told in new}):  # weeks first, then places: everyone locks in this order
        lock_week(work.session, week, change=False)
    for place in sorted({told.place.id for told in new}):
        lock_places(work.session, place, change=False)
    rows = [_row(told) for told in new]
    ids = insert_rows(work.session, _COUNTER, rows)
    for number, row, told in zip(ids, rows, new, strict=True):
        known = {name: value for name, value in row.items() if value is not None and name not in ("key", "removed")}
        facts = {name: str(value) if isinstance(value, date) else value for name, value in known.items()}
        work.record("counter.add", "counter", number, **facts)
        fields = {name: (None, value) for name, value in told.as_view().items() if value is not None}
        applying.note("added", "counter", told.label, fields)


def _row(told: Told) -> dict[str, Any]:
    return {
        **checked_label(told.label),
        "type_id": told.type.id,
        "place_id": told.place.id,
        "first_day": told.first,
        "last_day": told.last,
        "week_id": told.week.id,
        "desk_id": None if told.desk is None else told.desk.id,
        "capacity": told.capacity,
        "public": told.public,
        "removed": 0,
    }
