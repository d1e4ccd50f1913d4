"""The changes made while a town file or a list is applied: one way to add, change or remove a thing and report it."""

import difflib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from rdv.engine.office import Work
from rdv.engine.seats.cards import cards_of
from rdv.engine.seats.counter_hours import counters_at
from rdv.engine.seats.impact import offer_back
from rdv.engine.setup import agents, closures, counters, desks, exceptions, places, services, types, weeks
from rdv.engine.views.appointments import Impact
from rdv.engine.views.plans import Change, Plan
from rdv.engine.views.setup import ClosureView
from rdv.terms import AppointmentStatus, NotFound, fold

ADD: dict[str, Callable[..., Any]] = {
    "service": services.add_service,
    "place": places.add_place,
    "type": types.add_type,
    "week": weeks.add_week,
    "desk": desks.add_desk,
    "agent": agents.add_agent,
    "counter": counters.add_counter,
    "exception": exceptions.add_exception,
    "closure": closures.add_closure,
}
SET: dict[str, Callable[..., Any]] = {
    "service": services.set_service,
    "place": places.set_place,
    "type": types.set_type,
    "week": weeks.set_week,
    "desk": desks.set_desk,
    "agent": agents.set_agent,
    "counter": counters.set_counter,
    "exception": exceptions.set_exception,
    "closure": closures.set_closure,
}
REMOVE: dict[str, Callable[..., Any]] = {
    "service": services.remove_service,
    "place": places.remove_place,
    "type": types.remove_type,
    "week": weeks.remove_week,
    "desk": desks.remove_desk,
    "agent": agents.remove_agent,
    "counter": counters.remove_counter,
    "closure": closures.remove_closure,
}


LISTS: dict[str, Callable[[Work], list[Any]]] = {
    "service": services.list_services,
    "place": places.list_places,
    "type": types.list_types,
    "week": weeks.list_weeks,
    "desk": desks.list_desks,
    "agent": agents.list_agents,
    "counter": counters.list_counters,
    "closure": closures.list_closures,
}


def key_of(kind: str, thing: Any) -> Hashable:
    """Return the key that a thing of the file and the same thing of the database share."""
    if kind == "agent":
        return str(thing.login)
    if kind == "counter":
        return fold(thing.place), fold(thing.label)
    if kind == "closure":
        first = thing.first_day if isinstance(thing, ClosureView) else thing.first
        return fold(thing.place or ""), fold(thing.label), first
    return fold(thing if isinstance(thing, str) else thing.label)


@dataclass(slots=True)
class ChangeCollector:
    """The changes so far and the appointments that they touched."""

    work: Work
    changes: list[Change] = field(default_factory=list)
    impacts: list[Impact] = field(default_factory=list)
    known: dict[str, dict[Hashable, Any]] = field(default_factory=dict)

    def views(self, kind: str) -> dict[Hashable, Any]:
        """Return the things of a kind as they are now, by key."""
        if kind not in self.known:
            self.known[kind] = {key_of(kind, view): view for view in LISTS[kind](self.work)}
        return self.known[kind]

    def find(self, kind: str, thing: Any) -> Any:
        """Return the thing of the database that matches, or None."""
        return self.views(kind).get(key_of(kind, thing))

    def among(self, kind: str, label: str) -> Any:
        """Return the thing with this label; raise NotFound with the labels that come close."""
        views = self.views(kind)
        if fold(label) not in views:
            close = difflib.get_close_matches(fold(label), [str(key) for key in views], n=3, cutoff=0.5)
            raise NotFound("not_found", kind=kind, ref=label, close=tuple(views[key].label for key in close))
        return views[fold(label)]

    def bring(
        self,
        kind: str,
        label: str,
        view: Any,
        after: dict[str, Any],
        *,
        arguments: dict[str, Any],
        new: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
    ) -> None:
        """Add a missing record (no `view`), or change the fields that differ from `after`, and note the changed fields.

        `arguments` are those of the use cases, `new` those of adding only; `before` are the fields of the view that are
        not its attributes.
        """
        if view is None:
            fields = {name: (None, value) for name, value in after.items() if value not in (None, "", ())}
            outcome = ADD[kind](self.work, **arguments, **(new or {}))
            self.note("added", kind, label, fields, outcome)
            if kind in self.known and not isinstance(outcome, Impact):
                self.known[kind][key_of(kind, outcome)] = outcome
            return
        was = before or {name: getattr(view, name) for name in after}
        changed = {name: (was[name], value) for name, value in after.items() if was[name] != value}
        if changed:
            self.note("changed", kind, label, changed, SET[kind](self.work, **{kind: view.id}, **arguments))
            self.known.pop(kind, None)

    def remove(self, kind: str, label: str, number: int) -> None:
        """Remove a thing and note it."""
        self.note("removed", kind, label, {}, REMOVE[kind](self.work, **{kind: number}))
        self.known.pop(kind, None)

    def note(
        self, action: str, kind: str, label: str, fields: dict[str, tuple[Any, Any]], outcome: object = None
    ) -> None:
        """Add a line to the plan, and the impact, if the outcome is one."""
        self.changes.append(Change(action, kind, label, fields))
        if isinstance(outcome, Impact):
            self.impacts.append(outcome)

    def plan(self, *, restore: bool) -> Plan:
        """Return the plan with the appointments as they are in the end; with `restore`, give slots back first."""
        everywhere = counters_at(self.work.session, None) if self.changes else []
        back = offer_back(self.work, everywhere, Impact(), restore=restore)
        cards = cards_of(self.work, {card.id for impact in self.impacts for card in impact.appointments})
        impact = Impact(
            appointments=tuple(cards),
            to_reschedule=sum(card.status is AppointmentStatus.TO_RESCHEDULE for card in cards),
            past_without_status=sum(card.status is AppointmentStatus.PAST_WITHOUT_STATUS for card in cards),
            holds_dropped=sum(impact.holds_dropped for impact in self.impacts),
            restorable=back.restorable,
            restored=back.restored,
        )
        return Plan(tuple(self.changes), impact)
