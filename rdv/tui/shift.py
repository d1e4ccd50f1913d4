"""An agent at work: who is on, over which office, what the screens look at, what was written."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from rdv.engine.office import REGISTRY, Office, Work
from rdv.engine.views.appointments import SearchView
from rdv.engine.views.setup import AgentView
from rdv.terms import Actor, Right
from rdv.tui.writes import Call, Write, Writes

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the calendars and lists are narrowed to, by ids; an empty one lets all pass (S6)."""

    types: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    counters: tuple[int, ...] = ()

    def as_given(self) -> dict[str, Any]:
        """As use cases take them."""
        return {"types": self.types, "places": self.places, "counters": self.counters}


@dataclass
class Shift:
    """What every screen holds: the office and the agent, the filters and the day that the screens share.

    `asked` are saved searches that a page is to run when it opens, by its entry; `known` is what `know` has read.
    """

    office: Office
    agent: AgentView
    day: date
    filters: Filters = field(default_factory=Filters)
    asked: dict[str, SearchView] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)
    writes: Writes = field(init=False)

    def __post_init__(self) -> None:
        self.writes = Writes(self.office, self.actor)

    @classmethod
    def begin(cls, office: Office, agent: AgentView) -> "Shift":
        """A shift that looks at today."""
        return cls(office, agent, office.clock().astimezone(ZoneInfo(office.settings.zone)).date())

    @property
    def actor(self) -> Actor:
        """The agent, as use cases take it."""
        return Actor.agent(self.agent.login)

    @property
    def now(self) -> datetime:
        """The time at the counter."""
        return self.office.clock().astimezone(ZoneInfo(self.office.settings.zone))

    def may(self, *rights: Right) -> bool:
        """Whether the agent holds one of these rights (G1)."""
        return any(right in self.agent.rights for right in rights)

    async def run(self, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case that reads, in a thread, behind the writes that wait. Raise what it raises."""
        assert not REGISTRY[function].writes, f"{function.__name__} writes: queue it, so that no key cancels it"
        await self.writes.finish()
        return await asyncio.to_thread(self.office.run, function, self.actor, *args, **kwargs)

    async def know(self, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a use case reads of what is set up: types, places, counters. It is read once until that changes.

        Raises what the use case raises.
        """
        key = (function, args, tuple(sorted(kwargs.items())))
        known = self.known
        if key not in known:
            known[key] = await self.run(function, *args, **kwargs)
        answer: T = known[key]
        return answer

    def forget(self) -> None:
        """Read again what is set up, because it may have changed."""
        self.known = {}

    async def preview(self, function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a use case would do, behind the writes that wait; nothing is kept (I1)."""
        await self.writes.finish()
        return await asyncio.to_thread(self.office.preview, function, self.actor, *args, **kwargs)

    async def write(self, does: Call, **more: Any) -> Any:
        """Make a write, which `Write` describes, and return its answer. Raise what it raises."""
        return await self.writes.make(Write(does, **more))

    def put(self, does: Call, **more: Any) -> None:
        """Queue a write, which `Write` describes, and return at once. A failure is told."""
        self.writes.put(Write(does, **more))
