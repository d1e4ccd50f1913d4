"""Services: groups of agents and the types of appointments kept to them (C1, C8)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import col, select

from rdv.engine.lookup.named_rows import add_row, labels, note_set, remove_row, set_row
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.setup import LabelView
from rdv.store.tables import Agent, AgentService, AppointmentType, SavedSearch, Service, TypeService
from rdv.terms import Right


@use_case(writes=False)
def list_services(work: Work) -> list[LabelView]:
    """Return every service, with the number of its agents."""
    return _services(work)


@use_case(writes=False)
def show_service(work: Work, *, service: Ref) -> LabelView:
    """Return one service."""
    return _services(work, Service.id == find(work.session, Service, service).id)[0]


@use_case(Right.MODULE)
def add_service(work: Work, *, label: str) -> LabelView:
    """Add a service."""
    row = add_row(work, Service, label)
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def set_service(work: Work, *, service: Ref, label: str) -> LabelView:
    """Change the label of a service."""
    row = find(work.session, Service, service)
    note_set(work, row, set_row(work, row, label=label))
    return LabelView(id_of(row), row.label)


@use_case(Right.MODULE)
def remove_service(work: Work, *, service: Ref) -> None:
    """Remove a service without agents, types or saved searches (C8)."""
    row = find(work.session, Service, service)
    of_service = AgentService.service_id == row.id
    agents = work.session.exec(select(Agent.login).join(AgentService).where(of_service, col(Agent.removed) == 0))
    users = labels(work, AppointmentType, col(AppointmentType.id).in_(_types_of(id_of(row))))
    searches = labels(work, SavedSearch, SavedSearch.service_id == row.id)
    dependents = {"agent": list(agents), "type": users, "search": searches}
    if not any(dependents.values()):  # agents who left may still be linked
        work.session.execute(delete(AgentService).where(col(AgentService.service_id) == row.id))
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


def _types_of(service_id: int) -> Sequence[int]:
    return select(TypeService.type_id).where(TypeService.service_id == service_id)  # type: ignore[return-value]
