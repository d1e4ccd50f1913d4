"""Adding, changing and removing what has a label: one way for services, places, types, weeks, desks, counters."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, select

from rdv.engine.lookup.references import KINDS, id_of, live
from rdv.engine.office import Work
from rdv.store.tables import Appointment, Counter
from rdv.terms import Conflict, Invalid, Refused, fold

Row = TypeVar("Row", bound=SQLModel)

LONGEST_LABEL = 120


def checked_label(label: str) -> dict[str, str]:
    """Return the label and its key as they are stored; raise Invalid when nothing can be read in it, or too much."""
    spaced = " ".join(label.split())
    if not any(sign.isalnum() for sign in spaced) or not spaced.isprintable():
        raise Invalid("label_empty", label=label)
    if len(spaced) > LONGEST_LABEL:
        raise Invalid("label_long", label=spaced[:40], most=LONGEST_LABEL)
    return {"label": spaced, "key": fold(spaced)}


def add_row(work: Work, model: type[Row], label: str, *among: Any, **values: Any) -> Row:
    """Store a row under a label that is unique among the rows that pass the conditions, and record it."""
    named = checked_label(label)
    _check_free(work, model, named, None, *among)
    row = model(**named, **values)
    work.session.add(row)
    work.session.flush()
    facts = {name: _plain(value) for name, value in values.items() if value is not None}
    work.record(f"{KINDS[model]}.add", KINDS[model], id_of(row), label=named["label"], **facts)
    return row


def set_row(
    work: Work, row: Any, *among: Any, emptied: Sequence[str] = (), **values: Any
) -> dict[str, tuple[Any, Any]]:
    """Change the fields that are not None, and empty those named. Return the changed ones, as (before, after)."""
    new_values = {name: value for name, value in values.items() if value is not None} | dict.fromkeys(emptied)
    if "label" in new_values:
        new_values |= checked_label(new_values["label"])
        _check_free(work, type(row), new_values, row.id, *among)
    changes = {name: (getattr(row, name), value) for name, value in new_values.items() if getattr(row, name) != value}
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    work.session.flush()
    changes.pop("key", None)
    return changes


def note_set(work: Work, row: Any, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Note in the journal what changed, if anything did."""
    if changes:
        plain = {name: [_plain(before), _plain(after)] for name, (before, after) in changes.items()}
        work.record(f"{KINDS[type(row)]}.set", KINDS[type(row)], id_of(row), changes=plain)


def remove_row(work: Work, row: Any, dependents: Mapping[str, Sequence[str]]) -> None:
    """Delete a row that nothing depends on; raise Refused with the list of what does (C8)."""
    refuse_in_use(row, dependents)
    work.record(f"{KINDS[type(row)]}.remove", KINDS[type(row)], id_of(row), label=row.label)
    work.session.delete(row)
    work.session.flush()


def refuse_in_use(row: Any, dependents: Mapping[str, Sequence[str]]) -> None:
    """Raise Refused when something depends on the row (C8)."""
    used = {kind: tuple(labels) for kind, labels in dependents.items() if labels}
    if used:
        raise Refused("in_use", rule="C8", kind=KINDS[type(row)], label=row.label, dependents=used)


def labels(work: Work, model: Any, *where: Any) -> list[str]:
    """Return the labels of the rows that pass the conditions, in the order of the alphabet."""
    return list(work.session.exec(select(model.label).where(*where, *live(model)).distinct().order_by(model.label)))


def appointment_numbers(work: Work, where: object) -> list[str]:
    """Return the numbers of the first five appointments that pass the condition, as an error message shows them."""
    ids = work.session.exec(
        select(Appointment.id).join(Counter, col(Counter.id) == col(Appointment.counter_id)).where(where).limit(5)  # type: ignore[arg-type]
    )
    return [str(number) for number in ids]


def _check_free(work: Work, model: type[SQLModel], named: Mapping[str, str], but: int | None, *among: Any) -> None:
    m: Any = model
    where = [m.key == named["key"], *live(model), *among]
    if but is not None:
        where.append(col(m.id) != but)
    if work.session.exec(select(m.id).where(*where)).first() is not None:
        raise Conflict("label_taken", kind=KINDS[model], label=named["label"])


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)
