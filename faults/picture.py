"""A snapshot of a database, read by plain SQL with the bare drivers. Instants are seconds since 1970."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

Row = dict[str, Any]

INSTANTS = {"starts_at", "ends_at", "expires_at", "at", "due_at", "sent_at", "made_at", "claimed_until"}
COLUMNS = {
    "place": "id, timezone",
    "appointment_type": "id, max_upcoming",
    "counter": "id, type_id, place_id, first_day, last_day, week_id, desk_id, capacity, removed",
    "opening": "week_id, weekday, starts, ends, slot",
    "exception_period": "counter_id, first_day, last_day, week_id",
    "closure": "place_id, first_day, last_day",
    "appointment": "id, type_id, counter_id, partner_id, starts_at, ends_at, status, comment, sequence",
    "claim": "counter_id, starts_at, seat, ends_at, status, desk_id, appointment_id, partner_id, expires_at",
    "journal_entry": "id, at, actor_kind, actor, action, subject, subject_id, facts",
    "notice": "id, message_id, kind, channel, partner_id, appointment_id, once, facts, status, attempts, last_error",
}


@dataclass(frozen=True)
class Picture:
    """The rows of the tables, and the moment at which they are judged."""

    rows: dict[str, list[Row]]
    now: float

    @cached_property
    def counters(self) -> dict[int, Row]:
        """Return counters by id."""
        return {row["id"]: row for row in self.rows["counter"]}

    @cached_property
    def appointments(self) -> dict[int, Row]:
        """Return appointments by id."""
        return {row["id"]: row for row in self.rows["appointment"]}

    @cached_property
    def claims(self) -> list[Row]:
        """Return valid claims: an expired hold holds nothing (P2)."""
        return [row for row in self.rows["claim"] if row["expires_at"] is None or row["expires_at"] > self.now]

    @cached_property
    def journal(self) -> list[Row]:
        """Return the journal, oldest first."""
        return sorted(self.rows["journal_entry"], key=lambda row: int(row["id"]))

    @cached_property
    def story(self) -> dict[int, list[Row]]:
        """Return the journal entries of each appointment, oldest first."""
        found: dict[int, list[Row]] = defaultdict(list)
        for entry in self.journal:
            if entry["subject"] == "appointment":
                found[entry["subject_id"]].append(entry)
        return found


def take(url: str, clock: Callable[[], float]) -> Picture:
    """Read a snapshot in one transaction. Its moment is the start of the transaction."""
    return _sqlite(url, clock) if url.startswith("sqlite:///") else _postgresql(url, clock)


def waiting(url: str) -> int:
    """Return the number of waiting messages."""
    return sum(row["status"] == "waiting" for row in take(url, lambda: 0.0).rows["notice"])


def _sqlite(url: str, clock: Callable[[], float]) -> Picture:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM place").fetchone()  # the snapshot begins with the first read
        now = clock()
        found = {
            name: _rows(columns, connection.execute(f"SELECT {columns} FROM {name}").fetchall())
            for name, columns in COLUMNS.items()
        }
    finally:
        connection.close()
    return Picture(found, now)


def _postgresql(url: str, clock: Callable[[], float]) -> Picture:
    import psycopg

    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SELECT count(*) FROM place")
        now = clock()
        found = {}
        for name, columns in COLUMNS.items():
            asked = [_epoch(column) for column in columns.split(", ")]
            found[name] = _rows(columns, connection.execute(f"SELECT {', '.join(asked)} FROM {name}").fetchall())
    return Picture(found, now)


def _epoch(column: str) -> str:
    return f"extract(epoch from {column})::float8" if column in INSTANTS else column


def _rows(columns: str, found: list[tuple[Any, ...]]) -> list[Row]:
    names = columns.split(", ")
    return [{name: _plain(name, value) for name, value in zip(names, row, strict=True)} for row in found]


def _plain(name: str, value: Any) -> Any:
    if name == "facts" and isinstance(value, str):
        return json.loads(value)
    if name.endswith("_day") and isinstance(value, str):
        return date.fromisoformat(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
