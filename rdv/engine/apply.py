"""Applying a declared town hall: compared with what exists, then brought to it, in one transaction (B3).

Each kind is compared field by field and changed by the very use cases that the commands run. What the file leaves
out of a thing takes its default; things that the file leaves out altogether stay, unless `prune` is asked: then
those of a kind that the file declares at all go away, the past and the acting agent excepted.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from rdv.engine import agents, closures, configuration, counters, weeks
from rdv.engine.apply_records import bring_appointment, bring_partner, bring_slot
from rdv.engine.applying import Applying
from rdv.engine.declaration import (
    Declaration,
    DeclaredClosure,
    DeclaredCounter,
    DeclaredException,
    openings_of,
)
from rdv.engine.office import Work, use_case
from rdv.engine.rights import Grants
from rdv.engine.views import CounterView, LabelView, Plan
from rdv.engine.week import Opening
from rdv.terms import NotFound, Refused, Right, fold


@use_case(Right.MODULE)
def apply_town(work: Work, *, town: Declaration, prune: bool = False) -> Plan:
    """Brings the database to the declared town hall; returns what that changed and whom it touched.

    Applied twice, it changes nothing. Raises what the use cases raise; nothing is kept then.
    """
    work.grants = Grants(unlimited=True)  # whoever configures could give himself every right and service
    applying = Applying(work)
    _configuration(applying, town)
    extra = _weeks(applying, town)
    _counters(applying, town, extra)
    _closures(applying, town)
    for partner in town.partners:
        bring_partner(applying, partner)
    for slot in town.slots:
        bring_slot(applying, slot)
    for appointment in town.appointments:
        bring_appointment(applying, appointment)
    if prune:
        _prune(applying, town)
    return applying.plan()


def _configuration(applying: Applying, town: Declaration) -> None:
    for service in town.services:
        _labelled(applying, "service", service.label)
    after: dict[str, Any]
    for place in town.places:
        after = {"label": _spaced(place.label), "address": place.address.strip(), "timezone": place.timezone}
        applying.bring("place", place.label, _find(applying, "place", place.label), after, given=after)
    for one in town.types:
        services = [_among(applying, "service", label) for label in one.services]
        after = one.model_dump() | {"label": _spaced(one.label), "description": one.description.strip()}
        after["services"] = _labels(services)
        given = after | {"services": [service.id for service in services]}
        applying.bring("type", one.label, _find(applying, "type", one.label), after, given=given)
    for desk in town.desks:
        _labelled(applying, "desk", desk.label)
    for agent in town.agents:
        services = [_among(applying, "service", label) for label in agent.services]
        rights = tuple(right for right in Right if right in agent.rights)
        after = {"name": agent.name.strip() or agent.login, "rights": rights, "services": _labels(services)}
        given = after | {"services": [service.id for service in services]}
        view = next((view for view in agents.list_agents(applying.work) if view.login == agent.login), None)
        applying.bring("agent", agent.login, view, after, given=given, new={"login": agent.login})


def _labelled(applying: Applying, kind: str, label: str) -> None:
    after = {"label": _spaced(label)}
    applying.bring(kind, label, _find(applying, kind, label), after, given=after)


def _weeks(applying: Applying, town: Declaration) -> dict[str, list[DeclaredException]]:
    """The weeks; returns the exception periods that dated hours make, by the key of the week that carries them."""
    extra: dict[str, list[DeclaredException]] = {}
    for one in town.weeks:
        openings, dated, closed_on_holidays = openings_of(one)
        if closed_on_holidays and town.holidays is None:
            raise Refused("hours_rule", rule="C3", text="PH off", why="public_holidays_undeclared")
        _week(applying, one.label, openings)
        for period in dated:
            label = f"{one.label} ({period.first})" if period.openings else None
            if label is not None:
                _week(applying, label, period.openings)
            made = DeclaredException.model_validate({"from": period.first, "until": period.last, "week": label})
            extra.setdefault(fold(one.label), []).append(made)
    return extra


def _week(applying: Applying, label: str, openings: Sequence[Opening]) -> None:
    view = _find(applying, "week", label)
    before = None if view is None else {"label": view.label, "hours": weeks.told_hours(view.openings)}
    after = {"label": _spaced(label), "hours": weeks.told_hours(openings)}
    applying.bring(
        "week", label, view, after, before=before, given={"label": label, "hours": weeks.written(openings)}
    )  # fmt: skip


def _counters(applying: Applying, town: Declaration, extra: dict[str, list[DeclaredException]]) -> None:
    for one in town.counters:
        things = {
            "type": _among(applying, "type", one.type),
            "place": _among(applying, "place", one.place),
            "week": _among(applying, "week", one.week),
            "desk": None if one.desk is None else _among(applying, "desk", one.desk),
        }
        same = {"label": _spaced(one.label), "capacity": one.capacity, "public": one.public}
        after = same | {name: thing and thing.label for name, thing in things.items()}
        given = same | {name: thing and thing.id for name, thing in things.items()}
        view = _counter(applying, one)
        applying.bring(
            "counter", one.label, view, after | {"first_day": one.first, "last_day": one.last},
            given=given | {"first": one.first, "last": one.last},
        )  # fmt: skip
        _exceptions(applying, one, extra.get(fold(one.week), []))


def _exceptions(applying: Applying, one: DeclaredCounter, extra: Iterable[DeclaredException]) -> None:
    """The exception periods of a counter, those of its week's dated hours among them; the file says all that hold."""
    counter = _counter(applying, one)
    assert counter is not None, "it has just been brought"
    ahead = [period for period in extra if period.last >= one.first]
    wanted = {(period.first, period.last): period.week for period in (*one.exceptions, *ahead)}
    present = {(period.first_day, period.last_day): period for period in counter.exceptions}
    for days, period in present.items():
        if days not in wanted:
            outcome = counters.remove_exception(applying.work, counter=counter.id, exception=period.id)
            applying.note("removed", "exception", f"{one.label}, {days[0]} – {days[1]}", {}, outcome)
    for days, label in sorted(wanted.items()):
        week = None if label is None else _among(applying, "week", label)
        here = {"counter": counter.id}
        applying.bring(
            "exception", f"{one.label}, {days[0]} – {days[1]}", present.get(days),
            {"week": week and week.label},
            given=here | {"week": week and week.id}, new={"first": days[0], "last": days[1]},
        )  # fmt: skip


def _closures(applying: Applying, town: Declaration) -> None:
    known = {
        _closure_key(view.place, view.label, view.first_day): view for view in closures.list_closures(applying.work)
    }
    for one in _all_closures(applying.work, town):
        place = None if one.place is None else _among(applying, "place", one.place)
        last = one.last or one.first
        applying.bring(
            "closure", f"{one.label}, {one.first}", known.get(_closure_key(one.place, one.label, one.first)),
            {"last_day": last},
            given={"label": one.label, "first": one.first, "last": last}, new={"place": place and place.id},
        )  # fmt: skip


def _closure_key(place: str | None, label: str, first: date) -> tuple[str, str, date]:
    return fold(place or ""), fold(label), first


def _all_closures(work: Work, town: Declaration) -> list[DeclaredClosure]:
    """The closures of the file and its public holidays."""
    if town.holidays is None:
        return list(town.closures)
    this = work.now.astimezone(ZoneInfo(work.settings.zone)).year
    years = town.holidays.years or (this, this + 1)
    found = closures.public_holidays(town.holidays.country, years, town.holidays.subdivision)
    return [*town.closures, *(DeclaredClosure.model_validate({"label": name, "from": day}) for day, name in found)]


def _prune(applying: Applying, town: Declaration) -> None:
    """Removes what the file leaves out of the kinds that it declares: what depends on others goes first (C8)."""
    work = applying.work
    today = work.now.astimezone(ZoneInfo(work.settings.zone)).date()
    shut = {_closure_key(one.place, one.label, one.first) for one in _all_closures(work, town)}
    for closure in closures.list_closures(work) if shut else []:
        if closure.last_day >= today and _closure_key(closure.place, closure.label, closure.first_day) not in shut:
            applying.remove("closure", f"{closure.label}, {closure.first_day}", closure.id)
    at = {(fold(one.place), fold(one.label)) for one in town.counters}
    for counter in counters.list_counters(work) if at else []:
        if (fold(counter.place), fold(counter.label)) not in at:
            applying.remove("counter", counter.label, counter.id)
    logins = {one.login for one in town.agents} | {work.actor.name}
    for agent in agents.list_agents(work) if town.agents else []:
        if agent.login not in logins:
            applying.remove("agent", agent.login, agent.id)
    dated = {fold(label) for label in _dated_labels(town)}
    for kind, declared in (
        ("desk", town.desks), ("week", town.weeks), ("type", town.types), ("place", town.places),
        ("service", town.services),
    ):  # fmt: skip
        labels = {fold(one.label) for one in declared} | dated
        for view in LISTS[kind](work) if declared else []:
            if fold(view.label) not in labels:
                applying.remove(kind, view.label, view.id)


def _dated_labels(town: Declaration) -> list[str]:
    """The labels of the weeks that dated hours make."""
    return [f"{one.label} ({p.first})" for one in town.weeks for p in openings_of(one)[1] if p.openings]


LISTS: dict[str, Callable[[Work], list[Any]]] = {
    "service": configuration.list_services,
    "place": configuration.list_places,
    "type": configuration.list_types,
    "week": weeks.list_weeks,
    "desk": configuration.list_desks,
}


def _find(applying: Applying, kind: str, label: str) -> Any:
    """What has this label now; None when nothing has."""
    return next((view for view in LISTS[kind](applying.work) if fold(view.label) == fold(label)), None)


def _among(applying: Applying, kind: str, label: str) -> Any:
    """What the file means by this label; raises NotFound with the labels that come close."""
    views = {fold(view.label): view for view in LISTS[kind](applying.work)}
    if fold(label) not in views:
        close = difflib.get_close_matches(fold(label), views, n=3, cutoff=0.5)
        raise NotFound("not_found", kind=kind, ref=label, close=tuple(views[key].label for key in close))
    return views[fold(label)]


def _counter(applying: Applying, one: DeclaredCounter) -> CounterView | None:
    key = (fold(one.place), fold(one.label))
    views = counters.list_counters(applying.work, places=[_among(applying, "place", one.place).id])
    return next((view for view in views if (fold(view.place), fold(view.label)) == key), None)


def _labels(services: Iterable[LabelView]) -> tuple[str, ...]:
    return tuple(sorted((service.label for service in services), key=fold))


def _spaced(label: str) -> str:
    return " ".join(label.split())
