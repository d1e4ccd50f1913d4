"""The lists of « Guichets »: what each shows, how a row reads, the form of one, how one is removed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rdv.engine.setup import agents, closures, counters, desks, places, services, types, weeks
from rdv.engine.views.setup import WeekView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Right
from rdv.tui.drawing.week import draw_week
from rdv.tui.forms.closure_form import EVERYWHERE, ClosureForm
from rdv.tui.forms.counter_form import Choices, CounterForm
from rdv.tui.forms.record_forms import AgentForm, LabelForm, PlaceForm, TypeForm
from rdv.tui.forms.week_form import WeekForm
from rdv.tui.shift import Shift

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A list. `right` is what changing it takes; those that are not `open_to_all` are seen with it only.

    `form` makes the form of a view, None for a new one; `remove` is called with the id as `kind`. The first `whole`
    columns are the last that a narrow screen cuts.
    """

    kind: str
    title: str
    right: Right
    columns: tuple[str, ...]
    read: Callable[..., Any]
    row: Callable[[Any], Row]
    form: Callable[[Shift, Any], Awaitable[Any]]
    remove: Callable[..., Any]
    open_to_all: bool = False
    whole: int = 1


def seen_by(shift: Shift) -> dict[str, Section]:
    """The lists that this agent can see (G1), by name."""
    return {name: section for name, section in SECTIONS.items() if section.open_to_all or shift.may(section.right)}


def detail(view: Any, known: Mapping[str, WeekView], width: int) -> list[str]:
    """What a row has no room for: the week of a counter and its exception periods, or the week itself."""
    if isinstance(view, WeekView):
        return draw_week(view.openings, width)
    week = known.get(getattr(view, "week", ""))
    if week is None:
        return []
    closed, heading = _("Closed"), _("Exception periods")
    told = [
        f"{wording.day(one.first_day)} – {wording.day(one.last_day)} : {one.week or closed}" for one in view.exceptions
    ]
    periods = f"{heading} : {' · '.join(told)}" if told else _("No exception period.")
    return [*draw_week(week.openings, width), periods]


async def _counter_form(shift: Shift, view: Any) -> CounterForm:
    return CounterForm(shift, await Choices.read(shift), view)


async def _week_form(shift: Shift, view: Any) -> WeekForm:
    return WeekForm(shift, view)


async def _closure_form(shift: Shift, view: Any) -> ClosureForm:
    return ClosureForm(shift, await place_labels(shift), view)


async def _type_form(shift: Shift, view: Any) -> TypeForm:
    return TypeForm(shift, await _service_labels(shift), view)


async def _place_form(shift: Shift, view: Any) -> PlaceForm:
    return PlaceForm(shift, view)


async def _desk_form(shift: Shift, view: Any) -> LabelForm:
    return LabelForm(shift, "desk", view)


async def _service_form(shift: Shift, view: Any) -> LabelForm:
    return LabelForm(shift, "service", view)


async def _agent_form(shift: Shift, view: Any) -> AgentForm:
    return AgentForm(shift, await _service_labels(shift), view)


async def place_labels(shift: Shift) -> dict[int, str]:
    """Return the labels of the places, by id."""
    return {view.id: view.label for view in await shift.know(places.list_places)}


async def _service_labels(shift: Shift) -> dict[int, str]:
    return {view.id: view.label for view in await shift.know(services.list_services)}


def _counter(view: Any) -> Row:
    return (
        view.place, view.label, view.type, view.week, view.first_day, view.last_day,
        view.desk, view.capacity, view.public,
    )  # fmt: skip


def _week(view: Any) -> Row:
    return view.label, weeks.told_hours(view.openings)


def _closure(view: Any) -> Row:
    return view.label, view.place or _(EVERYWHERE), view.first_day, view.last_day


def _type(view: Any) -> Row:
    return view.label, view.services, view.public, view.max_upcoming, view.horizon_days, view.description


def _place(view: Any) -> Row:
    return view.label, view.address, view.timezone


def _used(view: Any) -> Row:
    return view.label, view.used_by


def _agent(view: Any) -> Row:
    rights = [wording.label(right) for right in view.rights]
    return view.login, view.name, rights, view.services, view.has_password


SECTIONS: dict[str, Section] = {
    "counters": Section(
        "counter", N_("Counters"), Right.COUNTERS,
        (N_("Place"), N_("Counter"), N_("Type"), N_("Hours"), N_("From"), N_("Until"),
         N_("Desk"), N_("Capacity"), N_("Portal")),
        counters.list_counters, _counter, _counter_form, counters.remove_counter, open_to_all=True, whole=4,
    ),
    "weeks": Section(
        "week", N_("Opening weeks"), Right.MODULE, (N_("Label"), N_("Hours")),
        weeks.list_weeks, _week, _week_form, weeks.remove_week, open_to_all=True,
    ),
    "closures": Section(
        "closure", N_("Closures"), Right.MODULE, (N_("Label"), N_("Place"), N_("From"), N_("Until")),
        closures.list_closures, _closure, _closure_form, closures.remove_closure, open_to_all=True,
    ),
    "types": Section(
        "type", N_("Types"), Right.MODULE,
        (N_("Label"), N_("Services"), N_("Portal"), N_("Upcoming"), N_("Horizon"), N_("Description")),
        types.list_types, _type, _type_form, types.remove_type,
    ),
    "places": Section(
        "place", N_("Places"), Right.MODULE, (N_("Label"), N_("Address"), N_("Time zone")),
        places.list_places, _place, _place_form, places.remove_place,
    ),
    "desks": Section(
        "desk", N_("Desks"), Right.MODULE, (N_("Label"), N_("Counters")),
        desks.list_desks, _used, _desk_form, desks.remove_desk,
    ),
    "services": Section(
        "service", N_("Services"), Right.MODULE, (N_("Label"), N_("Agents")),
        services.list_services, _used, _service_form, services.remove_service,
    ),
    "agents": Section(
        "agent", N_("Agents"), Right.MODULE,
        (N_("Login"), N_("Name"), N_("Rights"), N_("Services"), N_("Password")),
        agents.list_agents, _agent, _agent_form, agents.remove_agent,
    ),
}  # fmt: skip
"""In the order of the bar above the list."""
