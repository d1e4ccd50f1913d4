"""Agents, their rights, services and passwords (G1)."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete
from sqlmodel import col, select

from rdv.engine.lookup.references import Ref, find, find_all, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.setup import AgentView
from rdv.store.tables import Agent, AgentRight, AgentService, Appointment, SavedSearch, Service
from rdv.terms import Conflict, Invalid, NotAllowed, Refused, Right

SHORTEST_PASSWORD = 10


@use_case(writes=False)
def list_agents(work: Work) -> list[AgentView]:
    """Return every agent, by login."""
    rows = work.session.exec(select(Agent).where(col(Agent.removed) == 0).order_by(Agent.login))
    return [agent_view(work, row) for row in rows]


@use_case(writes=False)
def show_agent(work: Work, *, agent: Ref) -> AgentView:
    """Return one agent."""
    return agent_view(work, find(work.session, Agent, agent))


@use_case(writes=False)
def who_am_i(work: Work) -> AgentView:
    """Return the agent who asks."""
    row = None if work.agent_id is None else work.session.get(Agent, work.agent_id)
    if row is None:
        raise NotAllowed("agent_unknown", rule="G1", agent=work.actor.name)
    return agent_view(work, row)


@use_case(Right.MODULE)
def add_agent(
    work: Work, *, login: str, name: str = "", rights: Collection[Right] = (), services: Sequence[Ref] = ()
) -> AgentView:
    """Add an agent; raise Conflict for a login in use, Invalid for one with blanks."""
    plain = login.strip()
    if not plain or len(plain.split()) > 1 or not plain.isprintable() or plain.isdecimal():
        raise Invalid("login", login=login)
    if work.session.exec(select(Agent.id).where(Agent.login == plain, col(Agent.removed) == 0)).first():
        raise Conflict("label_taken", kind="agent", label=plain)
    row = Agent(login=plain, name=name.strip() or plain)
    work.session.add(row)
    work.session.flush()
    _link(work, id_of(row), rights, services)
    work.record("agent.add", "agent", row.id, login=plain, rights=sorted(set(rights)))
    return agent_view(work, row)


@use_case(Right.MODULE)
def set_agent(
    work: Work,
    *,
    agent: Ref,
    name: str | None = None,
    rights: Collection[Right] | None = None,
    services: Sequence[Ref] | None = None,
) -> AgentView:
    """Change an agent; None leaves a field unchanged. Raise Refused if no agent would be left to configure."""
    row = find(work.session, Agent, agent)
    before = agent_view(work, row)
    row.name = row.name if name is None else name.strip() or row.login
    _link(
        work, id_of(row), before.rights if rights is None else rights, before.services if services is None else services
    )
    after = agent_view(work, row)
    _check_someone_left(work)
    changed = [field for field in ("name", "rights", "services") if getattr(before, field) != getattr(after, field)]
    if changed:
        facts = {f: [list(getattr(before, f)), list(getattr(after, f))] for f in changed if f != "name"}
        work.record("agent.set", "agent", row.id, fields=changed, changes=facts)
    return after


@use_case(Right.MODULE)
def remove_agent(work: Work, *, agent: Ref) -> None:
    """End an agent's access. The agent stays in the history, without rights or password."""
    row = find(work.session, Agent, agent)
    work.session.execute(delete(AgentRight).where(col(AgentRight.agent_id) == row.id))
    work.session.execute(delete(AgentService).where(col(AgentService.agent_id) == row.id))
    _check_someone_left(work)
    work.record("agent.remove", "agent", row.id, login=row.login)
    if _is_remembered(work, id_of(row)):
        row.removed, row.password = id_of(row), None
    else:
        work.session.delete(row)
    work.session.flush()


@use_case(*Right)
def set_password(work: Work, *, agent: Ref, password: str) -> None:
    """Set an agent's password, stored as an argon2id hash: the actor's own, or any with the right to configure."""
    from argon2 import PasswordHasher

    row = find(work.session, Agent, agent)
    if row.id != work.agent_id and not work.grants.allow(Right.MODULE):
        raise NotAllowed("right_missing", rule="G1", agent=work.actor.name, what=work.case, rights=(Right.MODULE,))
    if len(password) < SHORTEST_PASSWORD:
        raise Refused("password_short", rule="G1", least=SHORTEST_PASSWORD)
    row.password = PasswordHasher().hash(password)
    work.session.flush()
    work.record("agent.password", "agent", row.id)


@use_case(Right.MODULE)
def add_first_agent(work: Work, *, login: str) -> AgentView | None:
    """Make the first administrator of a new database, with every right; None when there is one already.

    For the program alone, as it sets up a database.
    """
    work.need_program()
    if work.session.exec(select(Agent.id).where(col(Agent.removed) == 0)).first() is not None:
        return None
    return add_agent(work, login=login, rights=tuple(Right))


def _is_remembered(work: Work, agent_id: int) -> bool:
    taken = select(Appointment.id).where(Appointment.taken_by == agent_id).limit(1)
    searches = select(SavedSearch.id).where(SavedSearch.agent_id == agent_id).limit(1)
    return any(work.session.exec(query).first() is not None for query in (taken, searches))


def _check_someone_left(work: Work) -> None:
    """Raise Refused if no agent holds the right to configure, because it could never be granted again.

    The transaction owns the rows, so that two administrators who remove each other wait for each other.
    """
    work.session.flush()
    holders = select(AgentRight).where(AgentRight.held == Right.MODULE).with_for_update()
    if work.session.exec(holders).first() is None:
        raise Refused("last_administrator", rule="G1")


def _link(work: Work, agent_id: int, rights: Collection[Right], services: Sequence[Ref]) -> None:
    members = {id_of(service) for service in find_all(work.session, Service, services)}
    work.session.execute(delete(AgentRight).where(col(AgentRight.agent_id) == agent_id))
    work.session.execute(delete(AgentService).where(col(AgentService.agent_id) == agent_id))
    work.session.add_all(AgentRight(agent_id=agent_id, held=right) for right in sorted(set(rights)))
    work.session.add_all(AgentService(agent_id=agent_id, service_id=number) for number in sorted(members))
    work.session.flush()


def agent_view(work: Work, row: Agent) -> AgentView:
    """Return an agent as faces receive one."""
    held = set(work.session.exec(select(AgentRight.held).where(AgentRight.agent_id == row.id)))
    services = work.session.exec(
        select(Service.label).join(AgentService).where(AgentService.agent_id == row.id).order_by(Service.key)
    )
    rights = tuple(right for right in Right if right in held)
    return AgentView(id_of(row), row.login, row.name, rights, tuple(services), row.password is not None)
