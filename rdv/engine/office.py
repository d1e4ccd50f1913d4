"""The one door: use cases, the work that they do, and the Office that runs them.

A use case is a function marked `@use_case(...)` whose first argument is the `Work`. `Office.run` opens one transaction,
reads the clock once, checks the right, calls, writes the journal and commits. Nothing below commits. The registry of
use cases is the product's table of contents, and tests ask of each a label, a command, a line of documentation and a
test.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError
from sqlmodel import Session, col

from rdv.changes import EVERYTHING, NOTHING, Changes
from rdv.date_input import Moment
from rdv.engine.core.journal_changes import changes_of
from rdv.engine.core.rights import Grants
from rdv.settings import Settings
from rdv.store.change_feed import Watch
from rdv.store.limits import LIMITS, Limits
from rdv.store.replica import Replica
from rdv.store.session import Database, is_lost, is_transient, tell, unreachable, violated
from rdv.store.tables import (
    Agent,
    AgentRight,
    AgentService,
    Appointment,
    Counter,
    JournalEntry,
    Partner,
    Place,
    table,
)
from rdv.terms import Actor, ActorKind, Audience, Broken, Clock, Conflict, Face, NotAllowed, Right

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 12
"""How often a use case is tried when the database asks to try again (deadlock, serialization failure)."""

CONFLICTS = 3
"""How often it is tried when a constraint refuses it: the next time, it sees who was faster and can say so."""

RECONNECTS = 5
"""How often it is tried when the connection was lost before anything was kept; the database is back within seconds,
or not at all."""

ANY_RIGHT = tuple(Right)
"""Every agent with any right: the condition for reading."""

_AGENT, _RIGHT, _SERVICE = table(Agent), table(AgentRight), table(AgentService)
_ADMITTED = (
    select(_AGENT.c.id, _RIGHT.c.held, _SERVICE.c.service_id)
    .outerjoin(_RIGHT, _RIGHT.c.agent_id == _AGENT.c.id)
    .outerjoin(_SERVICE, _SERVICE.c.agent_id == _AGENT.c.id)
    .where(_AGENT.c.login == bindparam("login"), _AGENT.c.removed == 0)
)
"""An agent's rights and services, each with each: few of both, and one question to the database."""
_RECORDED = insert(table(JournalEntry))

MOST_UNNAMED = 400
"""The most appointments of one change whose slots are looked up for the change feed; more count as everything."""

_APPOINTMENT, _COUNTER, _PLACE = table(Appointment), table(Counter), table(Place)
_PLACED = (
    select(_APPOINTMENT.c.counter_id, _APPOINTMENT.c.starts_at, _PLACE.c.timezone)
    .join(_COUNTER, _COUNTER.c.id == _APPOINTMENT.c.counter_id)
    .join(_PLACE, _PLACE.c.id == _COUNTER.c.place_id)
    .where(_APPOINTMENT.c.id.in_(bindparam("appointments", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class UseCase:
    """An entry of the registry: `name` is module.function; an agent needs one of the `rights`.

    Use cases of citizens and visitors need no right: they show and change public data or the citizen's own.
    """

    name: str
    rights: tuple[Right, ...]
    writes: bool
    audience: Audience = Audience.AGENTS


REGISTRY: dict[Callable[..., Any], UseCase] = {}


def use_case(*rights: Right, writes: bool = True) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Register a function as a use case that takes one of these rights (none given: any of them)."""

    return _register(rights or ANY_RIGHT, writes, Audience.AGENTS)


def citizen_case(*, writes: bool = True) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Register a function as a use case of a citizen, whose file is `work.partner_id` (P5)."""
    return _register((), writes, Audience.CITIZENS)


def public_case(*, writes: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Register a function as a use case of any visitor of the portal."""
    return _register((), writes, Audience.ANYBODY)


def _register(
    rights: tuple[Right, ...], writes: bool, audience: Audience
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    def register(function: Callable[P, T]) -> Callable[P, T]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        REGISTRY[function] = UseCase(name, rights, writes, audience)
        return function

    return register


@dataclass(slots=True)
class Work:
    """One use case at work: its transaction, its moment, its author, its name, what the journal will say of it."""

    session: Session
    now: datetime
    actor: Actor
    case: str
    settings: Settings
    grants: Grants
    agent_id: int | None = None
    partner_id: int | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    touched: Changes | None = None

    @property
    def instant(self) -> int:
        """Return the time in seconds since 1970, the unit of the pure core."""
        return int(self.now.timestamp())

    def record(self, action: str, subject: str, subject_id: int | None, **facts: Any) -> None:
        """Note for the journal what was done to what (G3). `facts` are codes, ids and plain values, never names."""
        self.entries.append(
            {
                "at": self.now,
                "actor_kind": self.actor.kind.value,
                "actor": self.actor.name,
                "action": action,
                "subject": subject,
                "subject_id": subject_id,
                "facts": facts,
            }
        )

    def touch(self, changes: Changes) -> None:
        """Note what screens show of a change that the journal does not name. Without a note, a change counts as
        everything.
        """
        self.touched = changes if self.touched is None else self.touched | changes

    @property
    def citizen_id(self) -> int:
        """Return the file of the citizen who acts, in a use case of citizens."""
        assert self.partner_id is not None, "the door admits nobody else"
        return self.partner_id

    def need_program(self) -> None:
        """Raise NotAllowed for everyone but the program itself."""
        if self.actor.kind is not ActorKind.JOB:
            raise NotAllowed("right_missing", rule="G1", agent=self.actor.name, what=self.case, rights=(Right.MODULE,))

    def need_on_type(self, right: Right, type_services: frozenset[int], label: str) -> None:
        """Raise NotAllowed unless the actor holds the right and a service of the type (G2)."""
        if not self.grants.allow(right):
            raise NotAllowed("right_missing", rule="G1", agent=self.actor.name, what=self.case, rights=(right,))
        if not self.grants.allow_on_type(right, type_services):
            raise NotAllowed("service_missing", rule="G2", agent=self.actor.name, type=label)

    def day(self, when: Moment | date, zone: ZoneInfo) -> date:
        """Return a date as given by a face, in a place."""
        return when.day(self.now.astimezone(zone).date()) if isinstance(when, Moment) else when


@dataclass
class Office:
    """The one object that a face holds."""

    database: Database
    clock: Clock
    settings: Settings
    pause: Callable[[float], None] = time.sleep
    replica: Replica | None = None
    listeners: list[Callable[[Changes], None]] = field(default_factory=list)
    """Are called, in the thread that wrote, with what a use case of this office has just changed."""

    @classmethod
    def open(cls, settings: Settings, face: Face = Face.COMMANDS) -> "Office":
        """Return the office that the settings describe, for a face. It connects at the first use case."""
        limits = _limits(settings, face)
        database = Database(settings.database_url, face=face, limits=limits)
        url = settings.replica_url
        replica = Replica(Database(url, face=face, limits=limits)) if url else None
        return cls(database, settings.clock(), settings, replica=replica)

    @cached_property
    def me(self) -> Actor:
        """Return the agent that the settings name."""
        return Actor.agent(self.settings.agent)

    def watch(self, *, own: bool = True) -> Watch:
        """Return the change feed of every process; without `own`, that of other offices only."""
        return Watch(self.database, own=own)

    def run(self, function: Callable[Concatenate[Work, P], T], actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case for an actor, in one transaction, and commit it.

        Raises NotAllowed without the right, any error of the use case, Conflict if another transaction took the slot
        first, Broken if the database cannot serve.
        """
        return self._run(function, actor, True, *args, **kwargs)

    def look(
        self, function: Callable[Concatenate[Work, P], T], actor: Actor, /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case that only reads, and whose answer may be some seconds old: on the replica if one serves,
        else on the primary database.
        """
        assert not REGISTRY[function].writes, "a replica is for reading"
        if self.replica is not None and self.replica.serves():
            try:
                return replace(self, database=self.replica.database).run(function, actor, *args, **kwargs)
            except Broken:
                self.replica.rest()
        return self.run(function, actor, *args, **kwargs)

    def close(self) -> None:
        """Close every connection; the office may be used again."""
        self.database.close()
        if self.replica is not None:
            self.replica.database.close()

    def preview(
        self, function: Callable[Concatenate[Work, P], T], actor: Actor, /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case by the very same code, return what it would do, and keep nothing (I1)."""
        return self._run(function, actor, False, *args, **kwargs)

    def _run(
        self,
        function: Callable[Concatenate[Work, P], T],
        actor: Actor,
        keep: bool,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        case = REGISTRY[function]
        attempt = lost = 0
        while True:
            attempt += 1
            longest = 0.01 * attempt
            try:
                return self._once(case, function, actor, keep, *args, **kwargs)
            except IntegrityError as problem:
                if attempt == CONFLICTS:
                    raise _conflict(problem) from problem
            except DBAPIError as problem:
                if is_lost(problem) or (lost and isinstance(problem, OperationalError)):
                    lost += 1  # a server that is not there after a loss restarts
                    longest = 0.1 * 2**lost
                if not (is_transient(problem) or 0 < lost <= RECONNECTS) or attempt == ATTEMPTS:
                    raise unreachable(self.database, problem) from problem
            except TimeoutError:
                full = self.database.limits.connections
                raise Broken("database_full", database=self.database.label, connections=full) from None
            self.pause(random.uniform(longest / 2 if lost else 0, longest))

    def _once(
        self,
        case: UseCase,
        function: Callable[Concatenate[Work, P], T],
        actor: Actor,
        keep: bool,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with self.database.write() if case.writes else self.database.read() as session:
            work = Work(session, self.clock(), actor, case.name, self.settings, Grants())
            _admit(work, case)
            done = function(work, *args, **kwargs)
            if not keep:
                session.rollback()
                return done
            if work.entries:
                session.flush()
                session.execute(_RECORDED, work.entries)
            changes = _changes(work) if case.writes else NOTHING
            tell(session, changes, entries=len(work.entries))
        if changes:
            for listen in self.listeners:
                listen(changes)
        return done


def _changes(work: Work) -> Changes:
    """Return what the work changed of what screens show."""
    if not work.entries:
        return EVERYTHING if work.touched is None else work.touched
    told, unnamed = changes_of(work.entries)
    changes = told | (work.touched or NOTHING)
    if changes.everything or not unnamed:
        return changes
    if len(unnamed) > MOST_UNNAMED:
        return EVERYTHING
    rows = work.session.execute(_PLACED, {"appointments": unnamed})
    slots = {(counter, start.astimezone(ZoneInfo(zone)).date()) for counter, start, zone in rows}
    return changes | Changes(frozenset(slots))


def _limits(settings: Settings, face: Face) -> Limits:
    usual = LIMITS[face]
    seconds = settings.statement_seconds
    return replace(
        usual,
        connections=settings.pool or usual.connections,
        statement_seconds=usual.statement_seconds if seconds is None else seconds,
    )


def _conflict(problem: IntegrityError) -> Conflict:
    taken = "claim" in violated(problem)
    return Conflict("slot_taken" if taken else "changed_meanwhile", rule="S5" if taken else None)


def _admit(work: Work, case: UseCase) -> None:
    """Give the work its author: the current rights of an agent, or the file of a citizen.

    Raises NotAllowed if the use case is not for the actor, or if the actor has none of its rights.
    """
    if case.audience is Audience.CITIZENS:
        _admit_citizen(work)
    elif case.audience is Audience.AGENTS:
        _admit_agent(work, case)


def _admit_citizen(work: Work) -> None:
    """Return the file of the citizen's code, or the one into which it was merged (P5)."""
    name = work.actor.name
    if work.actor.kind is not ActorKind.CITIZEN:
        raise NotAllowed("citizens_only", rule="P5", actor=name, what=work.case)
    number = int(name[1:]) if name[:1] == "C" and name[1:].isdecimal() else None
    while number is not None:
        row = work.session.execute(
            select(col(Partner.id), col(Partner.merged_into_id)).where(col(Partner.id) == number)
        ).first()
        if row is None:
            break
        work.partner_id, number = row
        if number is None:
            return
    raise NotAllowed("sign_in_needed", rule="P5")


def _admit_agent(work: Work, case: UseCase) -> None:
    if work.actor.kind is ActorKind.JOB:
        work.grants = Grants(unlimited=True)
        return
    rows = work.session.execute(_ADMITTED, {"login": work.actor.name}).all()
    if work.actor.kind is not ActorKind.AGENT or not rows:
        raise NotAllowed("agent_unknown", rule="G1", agent=work.actor.name)
    work.agent_id = rows[0][0]
    held = frozenset(Right(right) for _, right, _ in rows if right)
    work.grants = Grants(held, frozenset(service for _, _, service in rows if service is not None))
    if held.isdisjoint(case.rights):
        raise NotAllowed("right_missing", rule="G1", agent=work.actor.name, what=case.name, rights=case.rights)
