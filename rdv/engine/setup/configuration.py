"""Services, places, types and desks: what the administrator sets up once (C1, C2, C7, C8)."""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_
from sqlmodel import col, select

from rdv.engine.lookup.named_rows import add_row, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, find_all, id_of
from rdv.engine.messages.reminders import checked_delays, read_delays, written_delays
from rdv.engine.office import Work, use_case
from rdv.engine.seats.counter_hours import counters_at, lock_counters, lock_places
from rdv.engine.seats.impact import settle
from rdv.engine.views.everything import Impact, LabelView, PlaceView, TypeView
from rdv.store.tables import (
    Agent,
    AgentService,
    Appointment,
    AppointmentType,
    Closure,
    Counter,
    Desk,
    Place,
    SavedSearch,
    Service,
    TypeService,
)
from rdv.terms import Invalid, Right


@use_case(writes=False)
def list_services(work: Work) -> list[LabelView]:
    """Every service, with the number of its agents."""
    return _services(work)


@use_case(writes=False)
def show_service(work: Work, *, service: Ref) -> LabelView:
    """One service."""
    return _services(work, Service.id == find(work.session, Service, service).id)[0]


@use_case(Right.MODULE)
def add_service(work: Work, *, label: str) -> LabelView:
    """A new service."""
    row = add_row(work, Service, label)
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def set_service(work: Work, *, service: Ref, label: str) -> LabelView:
    """Another label for a service."""
    row = find(work.session, Service, service)
    note_set(work, row, set_row(work, row, label=label))
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def remove_service(work: Work, *, service: Ref) -> None:
    """Removes a service without agents, types or saved searches (C8)."""
    row = find(work.session, Service, service)
    of_service = AgentService.service_id == row.id
    agents = work.session.exec(select(Agent.login).join(AgentService).where(of_service, col(Agent.removed) == 0))
    kept = labels(work, AppointmentType, col(AppointmentType.id).in_(_types_of(id_of(row))))
    searches = labels(work, SavedSearch, SavedSearch.service_id == row.id)
    dependents = {"agent": list(agents), "type": kept, "search": searches}
    if not any(dependents.values()):  # agents who left may still be linked
        work.session.execute(delete(AgentService).where(col(AgentService.service_id) == row.id))
    remove_row(work, row, dependents)


@use_case(writes=False)
def list_desks(work: Work) -> list[LabelView]:
    """Every desk, with the number of counters that share it (C7)."""
    return _desks(work)


@use_case(writes=False)
def show_desk(work: Work, *, desk: Ref) -> LabelView:
    """One desk."""
    return _desks(work, Desk.id == find(work.session, Desk, desk).id)[0]


@use_case(Right.MODULE)
def add_desk(work: Work, *, label: str) -> LabelView:
    """A new desk."""
    row = add_row(work, Desk, label)
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def set_desk(work: Work, *, desk: Ref, label: str) -> LabelView:
    """Another label for a desk."""
    row = find(work.session, Desk, desk)
    note_set(work, row, set_row(work, row, label=label))
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def remove_desk(work: Work, *, desk: Ref) -> None:
    """Removes a desk that no counter uses (C8)."""
    row = find(work.session, Desk, desk)
    remove_row(work, row, {"counter": labels(work, Counter, Counter.desk_id == row.id)})


@use_case(writes=False)
def list_places(work: Work) -> list[PlaceView]:
    """Every place (C2)."""
    return [_place(row) for row in work.session.exec(select(Place).order_by(Place.key))]


@use_case(writes=False)
def show_place(work: Work, *, place: Ref) -> PlaceView:
    """One place."""
    return _place(find(work.session, Place, place))


@use_case(Right.MODULE)
def add_place(work: Work, *, label: str, address: str = "", timezone: str | None = None) -> PlaceView:
    """A new place; raises Invalid for a time zone that does not exist (C2)."""
    zone = _zone(timezone or work.settings.zone)
    return _place(add_row(work, Place, label, address=address.strip(), timezone=zone))


@use_case(Right.MODULE)
def set_place(
    work: Work,
    *,
    place: Ref,
    label: str | None = None,
    address: str | None = None,
    timezone: str | None = None,
    restore: bool = False,
) -> Impact:
    """Changes a place. Another time zone moves every slot of its counters: the impact says whom it touches (I1)."""
    row = find(work.session, Place, place)
    zone = None if timezone is None else _zone(timezone)
    lock_places(work.session, id_of(row), change=True)
    counters = counters_at(work.session, id_of(row))
    if zone is not None and zone != row.timezone:
        lock_counters(work.session, counters, change=True)
    changes = set_row(work, row, label=label, address=address, timezone=zone)
    note_set(work, row, changes)
    return settle(work, counters, cause="place.set", restore=restore) if "timezone" in changes else Impact()


@use_case(Right.MODULE)
def remove_place(work: Work, *, place: Ref) -> None:
    """Removes a place without counters or closures (C8)."""
    row = find(work.session, Place, place)
    dependents = {
        "counter": labels(work, Counter, Counter.place_id == row.id),
        "closure": labels(work, Closure, Closure.place_id == row.id),
        "appointment": _appointments(work, col(Counter.place_id) == row.id),
    }
    remove_row(work, row, dependents)


@use_case(writes=False)
def list_types(work: Work) -> list[TypeView]:
    """Every type of appointment (C1)."""
    return [_type(work, row) for row in work.session.exec(select(AppointmentType).order_by(AppointmentType.key))]


@use_case(writes=False)
def show_type(work: Work, *, type: Ref) -> TypeView:
    """One type."""
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
    """A new type; raises Invalid for a number that cannot be (C1)."""
    numbers = _delays(
        max_upcoming=max_upcoming, notice_hours=notice_hours, horizon_days=horizon_days, hold_minutes=hold_minutes
    )
    reminders = written_delays(checked_delays(reminder_hours))
    kept = find_all(work.session, Service, services)
    fields = {"description": description.strip(), "public": public, "reminder_hours": reminders, **numbers}
    row = add_row(work, AppointmentType, label, **fields)
    _link_services(work, id_of(row), [id_of(service) for service in kept])
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
    """Changes a type; what is None stays."""
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
    """Removes a type without counters or appointments (C8)."""
    row = find(work.session, AppointmentType, type)
    dependents = {
        "counter": labels(work, Counter, Counter.type_id == row.id),
        "appointment": _appointments(work, or_(col(Appointment.type_id) == row.id, col(Counter.type_id) == row.id)),
    }
    if not any(dependents.values()):
        work.session.execute(delete(TypeService).where(col(TypeService.type_id) == row.id))
    remove_row(work, row, dependents)


def _services(work: Work, *where: Any) -> list[LabelView]:
    members = (
        select(func.count())
        .select_from(AgentService)
        .join(Agent, col(Agent.id) == col(AgentService.agent_id))
        .where(col(AgentService.service_id) == col(Service.id), col(Agent.removed) == 0)
        .scalar_subquery()
    )
    rows = work.session.execute(select(Service.id, Service.label, members).where(*where).order_by(Service.key))
    return [LabelView(*row) for row in rows]


def _desks(work: Work, *where: Any) -> list[LabelView]:
    shared = (
        select(func.count()).where(col(Counter.desk_id) == col(Desk.id), col(Counter.removed) == 0).scalar_subquery()
    )
    rows = work.session.execute(select(Desk.id, Desk.label, shared).where(*where).order_by(Desk.key))
    return [LabelView(*row) for row in rows]


def _types_of(service_id: int) -> Sequence[int]:
    return select(TypeService.type_id).where(TypeService.service_id == service_id)  # type: ignore[return-value]


def _appointments(work: Work, where: object) -> list[str]:
    """The ids of some appointments that depend on something, as far as a message can name them."""
    ids = work.session.exec(
        select(Appointment.id).join(Counter, col(Counter.id) == col(Appointment.counter_id)).where(where).limit(5)  # type: ignore[arg-type]
    )
    return [str(number) for number in ids]


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError, ValueError):  # no such zone, or a name that is no path of the zone database
        raise Invalid("timezone", name=name) from None


def _delays(**numbers: int | None) -> dict[str, Any]:
    given = {name: number for name, number in numbers.items() if number is not None}
    for name, number in given.items():
        least = 0 if name == "notice_hours" else 1
        if not least <= number <= 100_000:
            raise Invalid("number", field=name, number=number, least=least)
    return given


def _link_services(work: Work, type_id: int, services: Iterable[int]) -> None:
    work.session.execute(delete(TypeService).where(col(TypeService.type_id) == type_id))
    for service_id in sorted(set(services)):
        work.session.add(TypeService(type_id=type_id, service_id=service_id))
    work.session.flush()


def _place(row: Place) -> PlaceView:
    return PlaceView(id_of(row), row.label, row.address, row.timezone)


def _type(work: Work, row: AppointmentType) -> TypeView:
    services = work.session.exec(
        select(Service.label).join(TypeService).where(TypeService.type_id == row.id).order_by(Service.key)
    )
    return TypeView(
        id_of(row), row.label, row.description, tuple(services), row.public, row.max_upcoming, row.notice_hours,
        row.horizon_days, row.hold_minutes, read_delays(row.reminder_hours),
    )  # fmt: skip
