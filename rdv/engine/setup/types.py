"""Types of appointments, with their rules for the portal (C1, C8)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, or_
from sqlmodel import col, select

from rdv.engine.core.reminder_delays import checked_delays, read_delays, written_delays
from rdv.engine.lookup.named_rows import add_row, appointment_numbers, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, find_all, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.setup import TypeView
from rdv.store.tables import Appointment, AppointmentType, Counter, Service, TypeService
from rdv.terms import Invalid, Right


@use_case(writes=False)
def list_types(work: Work) -> list[TypeView]:
    """Return every type of appointment (C1)."""
    return [_type(work, row) for row in work.session.exec(select(AppointmentType).order_by(AppointmentType.key))]


@use_case(writes=False)
def show_type(work: Work, *, type: Ref) -> TypeView:
    """Return one type."""
    return _type(work, find(work.session, AppointmentType, type))


@use_case(Right.MODULE)
def add_type(
    work: Work,
    *,
    label: str,
    description: str = "",
    services: Sequence[Ref] = (),
    public: bool = True,
    max_upcoming: int = 3,
    notice_hours: int = 0,
    horizon_days: int = 90,
    hold_minutes: int = 15,
    reminder_hours: Sequence[int] = (48,),
) -> TypeView:
    """Add a type; raise Invalid for a number that cannot be (C1)."""
    numbers = _delays(
        max_upcoming=max_upcoming, notice_hours=notice_hours, horizon_days=horizon_days, hold_minutes=hold_minutes
    )
    reminders = written_delays(checked_delays(reminder_hours))
    service_rows = find_all(work.session, Service, services)
    fields = {"description": description.strip(), "public": public, "reminder_hours": reminders, **numbers}
    row = add_row(work, AppointmentType, label, **fields)
    _link_services(work, id_of(row), [id_of(service) for service in service_rows])
    return _type(work, row)


@use_case(Right.MODULE)
def set_type(
    work: Work,
    *,
    type: Ref,
    label: str | None = None,
    description: str | None = None,
    services: Sequence[Ref] | None = None,
    public: bool | None = None,
    max_upcoming: int | None = None,
    notice_hours: int | None = None,
    horizon_days: int | None = None,
    hold_minutes: int | None = None,
    reminder_hours: Sequence[int] | None = None,
) -> TypeView:
    """Change a type; None leaves a field unchanged."""
    row = find(work.session, AppointmentType, type)
    numbers = _delays(
        max_upcoming=max_upcoming, notice_hours=notice_hours, horizon_days=horizon_days, hold_minutes=hold_minutes
    )
    if reminder_hours is not None:
        numbers["reminder_hours"] = written_delays(checked_delays(reminder_hours))
    changes = set_row(work, row, label=label, description=description, public=public, **numbers)
    if services is not None:
        before = _type(work, row).services
        _link_services(work, id_of(row), [id_of(service) for service in find_all(work.session, Service, services)])
        after = _type(work, row).services
        if before != after:
            changes["services"] = (", ".join(before), ", ".join(after))
    note_set(work, row, changes)
    return _type(work, row)


@use_case(Right.MODULE)
def remove_type(work: Work, *, type: Ref) -> None:
    """Remove a type without counters or appointments (C8)."""
    row = find(work.session, AppointmentType, type)
    dependents = {
        "counter": labels(work, Counter, Counter.type_id == row.id),
        "appointment": appointment_numbers(
            work, or_(col(Appointment.type_id) == row.id, col(Counter.type_id) == row.id)
        ),
    }
    if not any(dependents.values()):
        work.session.execute(delete(TypeService).where(col(TypeService.type_id) == row.id))
    remove_row(work, row, dependents)


def _delays(**numbers: int | None) -> dict[str, Any]:
    set_numbers = {name: number for name, number in numbers.items() if number is not None}
    for name, number in set_numbers.items():
        least = 0 if name == "notice_hours" else 1
        if not least <= number <= 100_000:
            raise Invalid("number", field=name, number=number, least=least)
    return set_numbers


def _link_services(work: Work, type_id: int, services: Iterable[int]) -> None:
    work.session.execute(delete(TypeService).where(col(TypeService.type_id) == type_id))
    for service_id in sorted(set(services)):
        work.session.add(TypeService(type_id=type_id, service_id=service_id))
    work.session.flush()


def _type(work: Work, row: AppointmentType) -> TypeView:
    services = work.session.exec(
        select(Service.label).join(TypeService).where(TypeService.type_id == row.id).order_by(Service.key)
    )
    return TypeView(
        id_of(row), row.label, row.description, tuple(services), row.public, row.max_upcoming, row.notice_hours,
        row.horizon_days, row.hold_minutes, read_delays(row.reminder_hours),
    )  # fmt: skip
