"""Conditions that always hold in a database of rdv, read by plain SQL.

An independent checker: it uses neither the engine nor the models, only `rdv.engine.core.schedule` for the slots that
the stored hours define. `broken` returns the violations; `dump` and `Picture` are the raw rows for comparisons.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from rdv.engine.core.schedule import ExceptionSpan, Hours, Opening, Slot, expand, local_day
from rdv.store.session import Database

Row = dict[str, Any]
Dump = dict[str, list[Row]]

TABLES = (
    "service", "agent", "agent_right", "agent_service", "place", "appointment_type", "type_service", "reference_week",
    "opening", "desk", "counter", "exception_period", "closure", "partner", "appointment", "claim", "journal_entry",
    "notice", "saved_search",
)  # fmt: skip


def dump(database: Database) -> Dump:
    """Return every row of every table, instants as seconds since 1970 and days as dates, the same on both databases."""
    with database.engine.connect() as connection:
        return {name: _rows(connection, name) for name in TABLES}


def _rows(connection: Connection, name: str) -> list[Row]:
    order = "1, 2, 3" if name == "claim" else "1, 2"
    found = connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY {order}")
    columns = tuple(found.keys())
    return [{c: _plain(c, value) for c, value in zip(columns, row, strict=True)} for row in found]


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if column.endswith("_day") and isinstance(value, str):
        return date.fromisoformat(value)
    return value


@dataclass(frozen=True)
class Picture:
    """A database at one moment, with the slots that its hours mean."""

    rows: Dump
    now: int

    @classmethod
    def of(cls, database: Database, now: datetime) -> "Picture":
        """Return a snapshot of the database."""
        return cls(dump(database), int(now.timestamp()))

    @cached_property
    def standing(self) -> Dump:
        """Return the rows without expired holds, which may go at any time (P2)."""
        return self.rows | {"claim": [c for c in self.rows["claim"] if (c["expires_at"] or self.now + 1) > self.now]}

    def by_id(self, name: str) -> dict[int, Row]:
        """Return the rows of a table by id."""
        return {row["id"]: row for row in self.rows[name]}

    @cached_property
    def counters(self) -> dict[int, Row]:
        """Return the counters that are not removed."""
        return {row["id"]: row for row in self.rows["counter"] if not row["removed"]}

    @cached_property
    def hours(self) -> dict[int, Hours]:
        """Return the hours of these counters."""
        zones = {row["id"]: ZoneInfo(row["timezone"]) for row in self.rows["place"]}
        weeks: dict[int | None, list[Opening]] = defaultdict(list)
        for o in self.rows["opening"]:
            weeks[o["week_id"]].append(Opening(o["weekday"], o["starts"], o["ends"], o["slot"]))
        return {
            counter["id"]: Hours(
                zone=zones[counter["place_id"]],
                first=counter["first_day"],
                last=counter["last_day"],
                openings=tuple(weeks[counter["week_id"]]),
                exceptions=tuple(
                    ExceptionSpan(e["first_day"], e["last_day"], tuple(weeks[e["week_id"]]))
                    for e in self.rows["exception_period"]
                    if e["counter_id"] == counter["id"]
                ),
                closures=tuple(
                    (c["first_day"], c["last_day"])
                    for c in self.rows["closure"]
                    if c["place_id"] in (None, counter["place_id"])
                ),
            )
            for counter in self.counters.values()
        }

    def slots(self, counter_id: int, first: date, until: date) -> list[Slot]:
        """Return the slots of a counter from one day to another, exclusive."""
        return expand(self.hours[counter_id], first, until) if counter_id in self.hours else []

    def has_slot(self, counter_id: int, start: int, end: int) -> bool:
        """Return True if this is a slot of a counter that is not removed."""
        if counter_id not in self.hours:
            return False
        day = local_day(start, self.hours[counter_id].zone)
        return (start, end) in self.slots(counter_id, day, day + timedelta(days=1))

    def can_be_given(self, counter_id: int, start: int) -> bool:
        """Return True if an agent can assign the slot: it has a free or reserved seat, and a free desk."""
        standing = self.standing["claim"]
        here = [
            claim["status"] for claim in standing if (claim["counter_id"], claim["starts_at"]) == (counter_id, start)
        ]
        desk = self.counters[counter_id]["desk_id"]
        day = local_day(start, self.hours[counter_id].zone)
        (end,) = [end for at, end in self.slots(counter_id, day, day + timedelta(days=1)) if at == start]
        desk_is_taken = desk is not None and any(
            claim["desk_id"] == desk and claim["starts_at"] < end and start < claim["ends_at"] for claim in standing
        )
        seat_is_left = len(here) < self.counters[counter_id]["capacity"] or "reserved" in here
        return seat_is_left and "suspended" not in here and not desk_is_taken

    def upcoming(self, *statuses: str) -> dict[int, Row]:
        """Return the appointments with one of these statuses that have not ended."""
        return {
            number: row
            for number, row in self.by_id("appointment").items()
            if row["status"] in statuses and row["ends_at"] > self.now
        }


def broken(picture: Picture) -> list[str]:
    """Return the violations, one sentence each."""
    return [
        *_claims_overlap(picture),
        *_claims_stand_nowhere(picture),
        *_appointments_and_claims_disagree(picture),
        *_marks_are_partial(picture),
        *_configuration_overlaps(picture),
        *_files_are_lost(picture),
    ]


def check(database: Database, now: datetime) -> Picture:
    """Raise AssertionError for any violation."""
    picture = Picture.of(database, now)
    assert broken(picture) == []
    return picture


def _overlaps(rows: Iterable[Row], start: str, end: str, *, closed: bool = False) -> Iterator[tuple[Row, Row]]:
    for one, other in pairwise(sorted(rows, key=lambda row: row[start])):
        if other[start] < one[end] or (closed and other[start] == one[end]):
            yield one, other


def _grouped(rows: Iterable[Row], *keys: str) -> Iterable[list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups.values()


def _claims_overlap(picture: Picture) -> Iterator[str]:
    """Yield seats taken twice (S5), and desks taken twice, by the counter's current desk (C7)."""
    counters = picture.by_id("counter")
    for seat in _grouped(picture.rows["claim"], "counter_id", "seat"):
        yield from (f"a seat twice: {pair}" for pair in _overlaps(seat, "starts_at", "ends_at"))
    seated = [
        claim | {"desk": counters[claim["counter_id"]]["desk_id"]}
        for claim in picture.rows["claim"]
        if claim["status"] in ("held", "booked")
    ]
    for claim in seated:
        if claim["desk_id"] != claim["desk"]:
            yield f"a claim at another desk than its counter: {claim}"
    for desk in _grouped([claim for claim in seated if claim["desk"] is not None], "desk"):
        yield from (f"a desk twice: {pair}" for pair in _overlaps(desk, "starts_at", "ends_at"))


def _claims_stand_nowhere(picture: Picture) -> Iterator[str]:
    """Yield claims without an existing slot and seat (S1)."""
    counters = picture.by_id("counter")
    for claim in picture.rows["claim"]:
        if not picture.has_slot(claim["counter_id"], claim["starts_at"], claim["ends_at"]):
            yield f"a claim without slot: {claim}"
        elif claim["seat"] > counters[claim["counter_id"]]["capacity"]:
            yield f"a claim on a seat that is none: {claim}"


def _appointments_and_claims_disagree(picture: Picture) -> Iterator[str]:
    """Yield planned appointments without exactly one seat at their slot, and others that own a seat (A4, A5)."""
    claims: dict[int, list[Row]] = defaultdict(list)
    for claim in picture.rows["claim"]:
        if claim["appointment_id"] is not None:
            claims[claim["appointment_id"]].append(claim)
    counters = picture.by_id("counter")
    for number, row in picture.by_id("appointment").items():
        owned = claims.pop(number, [])
        expected = row["status"] == "planned" and row["ends_at"] > picture.now
        if len(owned) > 1 or (expected and not owned) or (owned and row["status"] in ("cancelled", "to_reschedule")):
            yield f"{row} owns {owned}"
        for claim in owned:
            if any(claim[key] != row[key] for key in ("counter_id", "starts_at", "ends_at")):
                yield f"{row} owns a seat elsewhere: {claim}"
        if expected and counters[row["counter_id"]]["type_id"] != row["type_id"]:
            yield f"{row} is expected at a counter of another type"
    if claims:
        yield f"claims of nobody: {claims}"


def _marks_are_partial(picture: Picture) -> Iterator[str]:
    """Yield suspended slots with a seat that is not suspended (S3)."""
    counters = picture.by_id("counter")
    for slot in _grouped(picture.rows["claim"], "counter_id", "starts_at"):
        suspended = [claim for claim in slot if claim["status"] == "suspended"]
        if suspended and len(suspended) != counters[slot[0]["counter_id"]]["capacity"]:
            yield f"a slot suspended in part: {slot}"


def _configuration_overlaps(picture: Picture) -> Iterator[str]:
    """Yield overlapping openings of a weekday and exceptions of a counter (C3, C5)."""
    for day in _grouped(picture.rows["opening"], "week_id", "weekday"):
        yield from (f"openings overlap: {pair}" for pair in _overlaps(day, "starts", "ends"))
    for counter in _grouped(picture.rows["exception_period"], "counter_id"):
        pairs = _overlaps(counter, "first_day", "last_day", closed=True)
        yield from (f"exceptions overlap: {pair}" for pair in pairs)


def _files_are_lost(picture: Picture) -> Iterator[str]:
    """Yield appointments and holds of merged files, and labels or logins used twice (A7)."""
    merged = {row["id"] for row in picture.rows["partner"] if row["merged_into_id"] is not None}
    for name in ("appointment", "claim"):
        yield from (f"{row} is of a merged file" for row in picture.rows[name] if row["partner_id"] in merged)
    for row in picture.rows["partner"]:
        if row["merged_into_id"] in merged:
            yield f"{row} leads to a merged file"
    for name, keys in (("counter", ("place_id", "key")), ("agent", ("login",))):
        for one, other in combinations([row for row in picture.rows[name] if not row["removed"]], 2):
            if all(one[key] == other[key] for key in keys):
                yield f"{name} twice: {one}, {other}"
