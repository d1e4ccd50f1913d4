"""Desks that several counters share, so that one person serves one counter at a time (C7, C8)."""

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from rdv.engine.lookup.named_rows import add_row, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.setup import LabelView
from rdv.store.tables import Counter, Desk
from rdv.terms import Right


@use_case(writes=False)
def list_desks(work: Work) -> list[LabelView]:
    """Return every desk, with the number of counters that share it (C7)."""
    return _desks(work)


@use_case(writes=False)
def show_desk(work: Work, *, desk: Ref) -> LabelView:
    """Return one desk."""
    return _desks(work, Desk.id == find(work.session, Desk, desk).id)[0]


@use_case(Right.MODULE)
def add_desk(work: Work, *, label: str) -> LabelView:
    """Add a desk."""
    row = add_row(work, Desk, label)
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def set_desk(work: Work, *, desk: Ref, label: str) -> LabelView:
    """Change the label of a desk."""
    row = find(work.session, Desk, desk)
    note_set(work, row, set_row(work, row, label=label))
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def remove_desk(work: Work, *, desk: Ref) -> None:
    """Remove a desk that no counter uses (C8)."""
    row = find(work.session, Desk, desk)
    remove_row(work, row, {"counter": labels(work, Counter, Counter.desk_id == row.id)})


def _desks(work: Work, *where: Any) -> list[LabelView]:
    shared = (
        select(func.count()).where(col(Counter.desk_id) == col(Desk.id), col(Counter.removed) == 0).scalar_subquery()
    )
    rows = work.session.execute(select(Desk.id, Desk.label, shared).where(*where).order_by(Desk.key))
    return [LabelView(*row) for row in rows]
