"""The plan of an application in the making: one way to add, change or remove a thing and to say so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rdv.engine import agents, closures, configuration, counters, weeks
from rdv.engine.cards import cards_of
from rdv.engine.office import Work
from rdv.engine.views import Change, Impact, Plan
from rdv.terms import AppointmentStatus

ADD: dict[str, Callable[..., Any]] = {
    "service": configuration.add_service,
    "place": configuration.add_place,
    "type": configuration.add_type,
    "week": weeks.add_week,
    "desk": configuration.add_desk,
    "agent": agents.add_agent,
    "counter": counters.add_counter,
    "exception": counters.add_exception,
    "closure": closures.add_closure,
}
SET: dict[str, Callable[..., Any]] = {
    "service": configuration.set_service,
    "place": configuration.set_place,
    "type": configuration.set_type,
    "week": weeks.set_week,
    "desk": configuration.set_desk,
    "agent": agents.set_agent,
    "counter": counters.set_counter,
    "exception": counters.set_exception,
    "closure": closures.set_closure,
}
REMOVE: dict[str, Callable[..., Any]] = {
    "service": configuration.remove_service,
    "place": configuration.remove_place,
    "type": configuration.remove_type,
    "week": weeks.remove_week,
    "desk": configuration.remove_desk,
    "agent": agents.remove_agent,
    "counter": counters.remove_counter,
    "closure": closures.remove_closure,
}


@dataclass(slots=True)
class Applying:
    """The changes so far, and whom they touched. A use case names what it changes by its kind."""

    work: Work
    changes: list[Change] = field(default_factory=list)
    impacts: list[Impact] = field(default_factory=list)

    def bring(
        self,
        kind: str,
        label: str,
        view: Any,
        after: dict[str, Any],
        *,
        given: dict[str, Any],
        new: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
    ) -> None:
        """Adds what is absent (no `view`), changes what differs from `after`, and notes either with its fields.

        `given` are the arguments of the use cases, `new` those that only adding takes; `before` are the fields of the
        view where they are not its attributes.
        """
        if view is None:
            fields = {name: (None, value) for name, value in after.items() if value not in (None, "", ())}
            self.note("added", kind, label, fields, ADD[kind](self.work, **given, **(new or {})))
            return
        was = before or {name: getattr(view, name) for name in after}
        changed = {name: (was[name], value) for name, value in after.items() if was[name] != value}
        if changed:
            self.note("changed", kind, label, changed, SET[kind](self.work, **{kind: view.id}, **given))

    def remove(self, kind: str, label: str, number: int) -> None:
        """Removes a thing and notes it."""
        self.note("removed", kind, label, {}, REMOVE[kind](self.work, **{kind: number}))

    def note(
        self, action: str, kind: str, label: str, fields: dict[str, tuple[Any, Any]], outcome: object = None
    ) -> None:
        """A line of the plan; an outcome that is an impact is kept with the others."""
        self.changes.append(Change(action, kind, label, fields))
        if isinstance(outcome, Impact):
            self.impacts.append(outcome)

    def plan(self) -> Plan:
        """All of it, the appointments as they read in the end."""
        cards = cards_of(self.work, {card.id for impact in self.impacts for card in impact.appointments})
        impact = Impact(
            appointments=tuple(cards),
            to_reschedule=sum(card.status is AppointmentStatus.TO_RESCHEDULE for card in cards),
            past_without_status=sum(card.status is AppointmentStatus.PAST_WITHOUT_STATUS for card in cards),
            holds_dropped=sum(impact.holds_dropped for impact in self.impacts),
        )
        return Plan(tuple(self.changes), impact)
