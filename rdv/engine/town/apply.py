"""Applying a declared town hall: compare it with the database, then change the database, in one transaction (B3).

Each kind is compared field by field and changed by the use cases that commands run. A missing field takes its default.
A missing record stays, unless `prune` is set: then records of the kinds in the file are removed, except the past and
the acting agent.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rdv.engine.core.reminder_delays import checked_delays
from rdv.engine.core.rights import Grants
from rdv.engine.core.schedule import Opening
from rdv.engine.office import Work, use_case
from rdv.engine.setup import closures, exceptions, weeks
from rdv.engine.town.changes import ChangeCollector, key_of
from rdv.engine.town.declaration import Declaration, DeclaredClosure, DeclaredCounter, DeclaredException, openings_of
from rdv.engine.town.records import bring_appointments, bring_partner, bring_slots
from rdv.engine.views.plans import Plan
from rdv.engine.views.setup import LabelView
from rdv.terms import Refused, Right, fold


@use_case(Right.MODULE)
def apply_town(work: Work, *, town: Declaration, prune: bool = False, restore: bool = False) -> Plan:
    """Bring the database to the declared town hall; return what changed and which appointments were touched.

    A second run changes nothing. Raises what the use cases raise; nothing is stored then.
    """
    work.grants = Grants(unlimited=True)  # an agent who configures could grant himself every right and service
    collector = ChangeCollector(work)
    _configuration(collector, town)
    extra = _weeks(collector, town)
    _counters(collector, town, extra)
    _closures(collector, town)
    for partner in town.partners:
        bring_partner(collector, partner)
    bring_slots(collector, town.slots)
    bring_appointments(collector, town.appointments)
    if prune:
        _prune(collector, town)
    return collector.plan(restore=restore)


def _configuration(collector: ChangeCollector, town: Declaration) -> None:
    for service in town.services:
        _labelled(collector, "service", service.label)
    after: dict[str, Any]
    for place in town.places:
        after = {"label": _spaced(place.label), "address": place.address.strip(), "timezone": place.timezone}
        collector.bring("place", place.label, collector.find("place", place), after, arguments=after)
    for one in town.types:
        services = [collector.among("service", label) for label in one.services]
        after = one.model_dump() | {"label": _spaced(one.label), "description": one.description.strip()}
        after["reminder_hours"] = checked_delays(one.reminder_hours)
        after["services"] = _labels(services)
        arguments = after | {"services": [service.id for service in services]}
        collector.bring("type", one.label, collector.find("type", one), after, arguments=arguments)
    for desk in town.desks:
        _labelled(collector, "desk", desk.label)
    for agent in town.agents:
        services = [collector.among("service", label) for label in agent.services]
        rights = tuple(right for right in Right if right in agent.rights)
        after = {"name": agent.name.strip() or agent.login, "rights": rights, "services": _labels(services)}
        arguments = after | {"services": [service.id for service in services]}
        collector.bring(
            "agent", agent.login, collector.find("agent", agent), after, arguments=arguments, new={"login": agent.login}
        )  # fmt: skip


def _labelled(collector: ChangeCollector, kind: str, label: str) -> None:
    after = {"label": _spaced(label)}
    collector.bring(kind, label, collector.find(kind, label), after, arguments=after)


def _weeks(collector: ChangeCollector, town: Declaration) -> dict[str, list[DeclaredException]]:
    """Apply the weeks; return the exception periods that dated hours make, by the key of their week."""
    extra: dict[str, list[DeclaredException]] = {}
    for one in town.weeks:
        openings, dated, closed_on_holidays = openings_of(one)
        if closed_on_holidays and town.holidays is None:
            raise Refused("hours_rule", rule="C3", text="PH off", why="public_holidays_undeclared")
        _week(collector, one.label, openings)
        for period in dated:
            label = f"{one.label} ({period.first})" if period.openings else None
            if label is not None:
                _week(collector, label, period.openings)
            exception = DeclaredException.model_validate({"from": period.first, "until": period.last, "week": label})
            extra.setdefault(fold(one.label), []).append(exception)
    return extra


def _week(collector: ChangeCollector, label: str, openings: Sequence[Opening]) -> None:
    view = collector.find("week", label)
    before = None if view is None else {"label": view.label, "hours": weeks.told_hours(view.openings)}
    after = {"label": _spaced(label), "hours": weeks.told_hours(openings)}
    collector.bring(
        "week", label, view, after, before=before, arguments={"label": label, "hours": weeks.written(openings)}
    )  # fmt: skip


def _counters(collector: ChangeCollector, town: Declaration, extra: dict[str, list[DeclaredException]]) -> None:
    for one in town.counters:
        things = {
            "type": collector.among("type", one.type),
            "place": collector.among("place", one.place),
            "week": collector.among("week", one.week),
            "desk": None if one.desk is None else collector.among("desk", one.desk),
        }
        same = {"label": _spaced(one.label), "capacity": one.capacity, "public": one.public}
        after = same | {name: thing and thing.label for name, thing in things.items()}
        arguments = same | {name: thing and thing.id for name, thing in things.items()}
        view = collector.find("counter", one)
        collector.bring(
            "counter", one.label, view, after | {"first_day": one.first, "last_day": one.last},
            arguments=arguments | {"first": one.first, "last": one.last},
        )  # fmt: skip
        _exceptions(collector, one, extra.get(fold(one.week), []))


def _exceptions(collector: ChangeCollector, one: DeclaredCounter, extra: Iterable[DeclaredException]) -> None:
    """Apply all exception periods of a counter, those of its week's dated hours among them."""
    counter = collector.find("counter", one)
    ahead = [period for period in extra if period.last >= one.first]
    wanted = {(period.first, period.last): period.week for period in (*one.exceptions, *ahead)}
    present = {(period.first_day, period.last_day): period for period in counter.exceptions}
    for days, period in present.items():
        if days not in wanted:
            outcome = exceptions.remove_exception(collector.work, counter=counter.id, exception=period.id)
            collector.note("removed", "exception", f"{one.label}, {days[0]} – {days[1]}", {}, outcome)
    for days, label in sorted(wanted.items()):
        week = None if label is None else collector.among("week", label)
        here = {"counter": counter.id}
        collector.bring(
            "exception", f"{one.label}, {days[0]} – {days[1]}", present.get(days),
            {"week": week and week.label},
            arguments=here | {"week": week and week.id}, new={"first": days[0], "last": days[1]},
        )  # fmt: skip


def _closures(collector: ChangeCollector, town: Declaration) -> None:
    present = collector.views("closure")
    for one in _all_closures(collector.work, town):
        place = None if one.place is None else collector.among("place", one.place)
        last = one.last or one.first
        collector.bring(
            "closure", f"{one.label}, {one.first}", present.get(key_of("closure", one)), {"last_day": last},
            arguments={"label": one.label, "first": one.first, "last": last}, new={"place": place and place.id},
        )  # fmt: skip


def _all_closures(work: Work, town: Declaration) -> list[DeclaredClosure]:
    """Return the closures of the file and its public holidays, each once."""
    if town.holidays is None:
        return list(town.closures)
    this = work.now.astimezone(ZoneInfo(work.settings.zone)).year
    years = town.holidays.years or (this, this + 1)
    holidays = [
        DeclaredClosure.model_validate({"label": name, "from": day})
        for day, name in closures.public_holidays(town.holidays.country, years, town.holidays.subdivision)
    ]
    declared = {key_of("closure", one) for one in town.closures}
    return [*town.closures, *(one for one in holidays if key_of("closure", one) not in declared)]


def _prune(collector: ChangeCollector, town: Declaration) -> None:
    """Remove what the file leaves out of the kinds that it declares, dependents first (C8)."""
    today = collector.work.now.astimezone(ZoneInfo(collector.work.settings.zone)).date()
    declared: dict[str, Sequence[Any]] = {
        "closure": _all_closures(collector.work, town), "counter": town.counters, "agent": town.agents,
        "desk": town.desks, "week": town.weeks, "type": town.types, "place": town.places, "service": town.services,
    }  # fmt: skip
    for kind, things in declared.items():
        staying = {key_of(kind, thing) for thing in things}
        if kind == "week":
            staying |= {key_of("week", label) for label in _dated_labels(town)}
        if kind == "agent":
            staying.add(collector.work.actor.name)
        for key, view in list(collector.views(kind).items()) if things else []:
            if key not in staying and not (kind == "closure" and view.last_day < today):
                collector.remove(kind, _label(kind, view), view.id)


def _label(kind: str, view: Any) -> str:
    if kind == "closure":
        return f"{view.label}, {view.first_day}"
    return str(view.login if kind == "agent" else view.label)


def _dated_labels(town: Declaration) -> list[str]:
    """Return the labels of the weeks that dated hours make."""
    return [f"{one.label} ({p.first})" for one in town.weeks for p in openings_of(one)[1] if p.openings]


def _labels(services: Iterable[LabelView]) -> tuple[str, ...]:
    return tuple(sorted((service.label for service in services), key=fold))


def _spaced(label: str) -> str:
    return " ".join(label.split())
