"""An agent at work: who is on, over which office, what is looked at, what was last done."""

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

P = ParamSpec("P")
T = TypeVar("T")

UNDOABLE = 20
"""How many actions back can be taken back."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the calendars and lists are narrowed to, by ids; an empty one lets all pass (S6)."""

    types: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    counters: tuple[int, ...] = ()

    def as_given(self) -> dict[str, Any]:
        """As use cases take them."""
        return {"types": self.types, "places": self.places, "counters": self.counters}


@dataclass(frozen=True, slots=True)
class Undo:
    """How an action is taken back: what it was, in words, and the use case that does it."""

    said: str
    function: Callable[..., Any]
    given: dict[str, Any]


@dataclass
class Shift:
    """What every screen holds: the office and the agent, the filters and the day that the screens share.

    `asked` are saved searches that a page is to run when it opens, by its entry; `known` is what `know` has read.
    """

    office: Office
    agent: AgentView
    day: date
    filters: Filters = field(default_factory=Filters)
    undos: list[Undo] = field(default_factory=list)
    asked: dict[str, SearchView] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

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
        """Runs a use case beside the screen, in a thread of its own. Raises what it raises."""
        answer = await asyncio.to_thread(self.office.run, function, self.actor, *args, **kwargs)
        if REGISTRY[function].writes:
            self.forget()
        return answer

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
        """What a use case would do; nothing is kept (I1)."""
        return await asyncio.to_thread(self.office.preview, function, self.actor, *args, **kwargs)

    def remember(self, said: str, function: Callable[..., Any], **given: Any) -> None:
        """Notes how what was just done is taken back."""
        self.undos.append(Undo(said, function, given))
        del self.undos[:-UNDOABLE]
