"""A REF is a numeric id or the exact label, case and accents ignored (docs/administrators.md)."""

import difflib
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import Session, SQLModel, col, select

from rdv.store.tables import Agent, AppointmentType, Closure, Counter, Desk, Place, ReferenceWeek, Service, table
from rdv.terms import NotFound, Refused, fold

Row = TypeVar("Row", bound=SQLModel)
Ref = str | int

LARGEST_ID = 2**31 - 1
"""The largest id of PostgreSQL; a larger number is a label."""

KINDS: dict[type[SQLModel], str] = {
    Agent: "agent",
    AppointmentType: "type",
    Closure: "closure",
    Counter: "counter",
    Desk: "desk",
    Place: "place",
    ReferenceWeek: "week",
    Service: "service",
}


def find(session: Session, model: type[Row], ref: Ref) -> Row:
    """Return the one row that the reference means.

    Raises NotFound, with the labels that come close, or Refused with the candidates when several answer to it.
    """
    kind = KINDS[model]
    rows = _matching(session, model, ref)
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise Refused("ambiguous", kind=kind, ref=ref, candidates=tuple(_candidate(session, row) for row in rows))
    raise NotFound("not_found", kind=kind, ref=ref, close=_close(session, model, str(ref)))


def find_id(session: Session, model: type[SQLModel], ref: Ref) -> int:
    """Return the id of the row that the reference means, read alone where it is a number; raise as `find` does."""
    if str(ref).isdecimal() and int(ref) <= LARGEST_ID:
        number = session.execute(_id_of(model), {"number": int(ref)}).scalar()
        if number is not None:
            return int(number)
    return id_of(find(session, model, ref))


def find_ids(session: Session, model: type[SQLModel], refs: Iterable[Ref]) -> list[int]:
    """Return the ids of the rows that the references mean, in their order; raise as `find` does."""
    return [find_id(session, model, ref) for ref in refs]


@cache
def _id_of(model: type[SQLModel]) -> Any:
    columns = table(model).c
    there = [columns.removed == 0] if "removed" in columns else []
    return select(columns.id).where(columns.id == bindparam("number"), *there)


def find_all(session: Session, model: type[Row], refs: Iterable[Ref]) -> list[Row]:
    """Return the rows that the references mean, in their order."""
    return [find(session, model, ref) for ref in refs]


def id_of(row: Any) -> int:
    """Return the id of a row that the database holds."""
    assert row.id is not None, "a stored row has an id"
    return int(row.id)


def live(model: type[SQLModel]) -> list[Any]:
    """Return the condition that leaves out what was removed and stays for the history."""
    removed = getattr(model, "removed", None)
    return [] if removed is None else [col(removed) == 0]


def _matching(session: Session, model: type[Row], ref: Ref) -> list[Row]:
    if str(ref).isdecimal() and int(ref) <= LARGEST_ID:
        row = session.get(model, int(ref))
        if row is not None and not getattr(row, "removed", 0):
            return [row]
    key = "login" if model is Agent else "key"
    wanted = str(ref).strip() if model is Agent else fold(str(ref))
    return list(session.exec(select(model).where(getattr(model, key) == wanted, *live(model)).order_by("id")))


def _candidate(session: Session, row: Any) -> str:
    if isinstance(row, Counter):
        place = session.get(Place, row.place_id)
        return f"{row.id} ({row.label}, {place.label if place else ''})"
    if isinstance(row, Closure):
        return f"{row.id} ({row.label}, {row.first_day})"
    return f"{row.id} ({row.label})"


def _close(session: Session, model: type[SQLModel], ref: str) -> tuple[str, ...]:
    name = "login" if model is Agent else "label"
    labels = {fold(label): label for label in session.exec(select(getattr(model, name)).where(*live(model)))}
    return tuple(labels[key] for key in difflib.get_close_matches(fold(ref), labels, n=3, cutoff=0.5))
