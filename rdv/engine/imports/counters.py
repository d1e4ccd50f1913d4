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
from rdv.engine.town.changes import ChangeCollector
from rdv.engine.views.setup import CounterView, LabelView, PlaceView, TypeView, WeekView
from rdv.store.bulk import insert_rows
from rdv.store.tables import Counter, table
from rdv.terms import Right, fold

_COUNTER = table(Counter)
_DAYS = ("first_day", "last_day")


class CounterLine(NamedTuple):
    """A counter as a line gives it."""

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
        """Return the key of the same counter in the database."""
        return fold(self.place.label), fold(self.label)

    def as_view(self) -> dict[str, Any]:
        """Return the fields as `CounterView` has them."""
        fields = self._asdict()
        named = {kind: fields[kind] and fields[kind].label for kind in ("type", "place", "week", "desk")}
        days = {"first_day": fields.pop("first"), "last_day": fields.pop("last")}
        return fields | named | days

    def as_given(self) -> dict[str, Any]:
        """Return the fields as the use cases take them."""
        fields = self._asdict()
        return fields | {kind: fields[kind] and fields[kind].id for kind in ("type", "place", "week", "desk")}


def bring_counters(collector: ChangeCollector, checking: Checking) -> None:
    """Add and change counters; note what is unknown or refused with the line."""
    known = dict(collector.views("counter"))
    services = services_of_types(collector.work.session, [view.id for view in collector.views("type").values()])
    new: list[CounterLine] = []
    for line in checking.each():
        counter = _read(collector, checking, line)
        if counter is None:
            continue
        with checking.on(line):
            if checking.is_first(line, counter.label, counter.key, counter):
                view = known.get(counter.key)
                if view is not None:
                    _change(collector, checking, view, counter)
                else:
                    _check(collector.work, counter, services.get(counter.type.id, frozenset()))
                    new.append(counter)
    if not checking.problems:
        _add(collector, new)


def _read(collector: ChangeCollector, checking: Checking, line: Line) -> CounterLine | None:
    """Return the counter of a line; None if some of it is unknown."""
    fields: dict[str, Any] = dict(line.fields)
    for kind in ("type", "place", "week", "desk"):
        if kind in fields:
            with checking.on(line, kind):
                fields[kind] = collector.among(kind, fields[kind])
    if line.number in checking.bad:
        return None
    zone = ZoneInfo(fields["place"].timezone)
    for name in _DAYS:
        if name in fields:
            fields[name.removesuffix("_day")] = collector.work.day(fields.pop(name), zone)
    return CounterLine(**fields)


def _change(collector: ChangeCollector, checking: Checking, view: CounterView, counter: CounterLine) -> None:
    """Change a counter to what the columns of the file say, where an empty cell means the default."""
    columns = checking.file.heads
    after = {name: value for name, value in counter.as_view().items() if name in columns}
    arguments = {n: value for n, value in counter.as_given().items() if n in columns or f"{n}_day" in columns}
    collector.bring("counter", counter.label, view, after, arguments=arguments)


def _check(work: Work, counter: CounterLine, services: frozenset[int]) -> None:
    """Check a new counter as its use case does, except for labels in use; raise the same errors."""
    work.need_on_type(Right.COUNTERS, services, counter.type.label)
    checked_label(counter.label)
    desk: Any = counter.desk
    check_counter(counter.label, counter.first, counter.last, counter.capacity, desk)


def _add(collector: ChangeCollector, new: list[CounterLine]) -> None:
    """Store new counters in one statement, because they have no appointments yet."""
    work = collector.work
    for week in sorted({counter.week.id for counter in new}):  # weeks first, then places: everyone locks in this order
        lock_week(work.session, week, change=False)
    for place in sorted({counter.place.id for counter in new}):
        lock_places(work.session, place, change=False)
    rows = [_row(counter) for counter in new]
    ids = insert_rows(work.session, _COUNTER, rows)
    for number, row, counter in zip(ids, rows, new, strict=True):
        known = {name: value for name, value in row.items() if value is not None and name not in ("key", "removed")}
        facts = {name: str(value) if isinstance(value, date) else value for name, value in known.items()}
        work.record("counter.add", "counter", number, **facts)
        fields = {name: (None, value) for name, value in counter.as_view().items() if value is not None}
        collector.note("added", "counter", counter.label, fields)


def _row(counter: CounterLine) -> dict[str, Any]:
    return {
        **checked_label(counter.label),
        "type_id": counter.type.id,
        "place_id": counter.place.id,
        "first_day": counter.first,
        "last_day": counter.last,
        "week_id": counter.week.id,
        "desk_id": None if counter.desk is None else counter.desk.id,
        "capacity": counter.capacity,
        "public": counter.public,
        "removed": 0,
    }
