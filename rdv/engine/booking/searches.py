"""Saved searches: a list with its filters under a name, personal or of a service (Q1, Q2).

Filters are stored as they were typed, so that "today" or "lundi" means a new date each time. They are checked by
running the list, when the search is saved and each time it runs.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col

from rdv import date_input
from rdv.engine.booking.appointments import list_appointments
from rdv.engine.booking.partners import find_partners
from rdv.engine.booking.slots import list_slots
from rdv.engine.lookup.named_rows import checked_label
from rdv.engine.lookup.partner_lookup import code_of, find_partner
from rdv.engine.lookup.references import Ref, find, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.appointments import Found, SearchView
from rdv.store.tables import Agent, SavedSearch, Service
from rdv.terms import (
    AppointmentList,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    Right,
    SlotStatus,
    Visibility,
    fold,
)

Filters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter of a list: the argument that takes it, how its words are read, whether there may be several."""

    argument: str
    read: Callable[[str], Any] = str
    many: bool = False


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(text)
    return int(text)


_COMMON = {
    "from": _Filter("first", date_input.read_day),
    "to": _Filter("last", date_input.read_day),
    "type": _Filter("types", many=True),
    "place": _Filter("places", many=True),
    "counter": _Filter("counters", many=True),
}
FILTERS: dict[str, dict[str, _Filter]] = {
    "appointments": _COMMON
    | {
        "view": _Filter("view", AppointmentList),
        "all": _Filter("widen", "yes".__eq__),
        "service": _Filter("services", many=True),
        "partner": _Filter("partner"),
    },
    "slots": _COMMON | {"days": _Filter("days", _number), "status": _Filter("statuses", SlotStatus, many=True)},
    "partners": {"text": _Filter("text"), "limit": _Filter("limit", _number)},
}
"""The filters of each entry, named as the options of its list."""

_LISTS: dict[str, Callable[..., Sequence[Any]]] = {
    "appointments": list_appointments,
    "slots": list_slots,
    "partners": find_partners,
}


@use_case()
def save_search(
    work: Work, *, name: str, entry: str, filters: Filters, service: Ref | None = None, replace: bool = False
) -> SearchView:
    """Keep the filters of a list under a name: for oneself, or for every agent of a service (Q1).

    Raises what the list raises, Invalid for a filter that the list has not, NotAllowed for a service that is not one's
    own, Conflict("search_taken") when one has saved another under this name there, unless it is to `replace` it.
    """
    if work.agent_id is None:
        raise NotAllowed("agent_unknown", rule="Q1", agent=work.actor.name)
    stored = dict(filters)
    if entry == "appointments" and "partner" in stored:
        stored["partner"] = code_of(id_of(find_partner(work, str(stored["partner"]))))  # a person's name is not kept
    _run(work, entry, stored)
    of_service = None if service is None else _own_service(work, service)
    visibility = Visibility.PERSONAL if of_service is None else Visibility.SERVICE
    values: dict[str, Any] = checked_label(name) | {
        "service_id": of_service,
        "visibility": visibility,
        "filters": stored,
    }
    taken = {"agent_id": work.agent_id, "entry": entry, "key": values["key"]}
    row = work.session.scalars(select(SavedSearch).filter_by(**taken)).one_or_none()
    if row is None:
        row = SavedSearch(agent_id=work.agent_id, entry=entry, **values)
    elif replace:
        for field, value in values.items():
            setattr(row, field, value)
    else:
        raise Conflict("search_taken", rule="Q1", label=row.label)
    work.session.add(row)
    work.session.flush()
    work.record("search.save", "search", row.id, entry=entry, service_id=of_service)
    return _views(work, SavedSearch.id == row.id)[0]


@use_case(writes=False)
def list_searches(work: Work, *, entry: str | None = None) -> list[SearchView]:
    """Return the searches that the agent sees, by name: one's own, and those of one's services (Q1)."""
    return _views(work, _seen(work), *([] if entry is None else [SavedSearch.entry == entry]))


@use_case(writes=False)
def run_search(work: Work, *, search: Ref, entry: str | None = None) -> Found:
    """Return what a saved search finds now (Q2); `search` is a number or a name, one's own before a service's.

    Raises what the list raises, such as NotFound for a counter that has been removed since.
    """
    view = _find(search, list_searches(work, entry=entry), work.actor.name)
    return Found(view, tuple(_run(work, view.entry, view.filters)))


@use_case()
def remove_search(work: Work, *, search: Ref) -> None:
    """Remove a saved search of the agent; with the right to configure, any that a service sees.

    Raises NotAllowed for a search that another agent of the service saved.
    """
    administers = work.grants.allow(Right.MODULE)
    seen = or_(_seen(work), col(SavedSearch.service_id).is_not(None)) if administers else _seen(work)
    view = _find(search, _views(work, seen), work.actor.name)
    row = work.session.get_one(SavedSearch, view.id)
    if row.agent_id != work.agent_id and not administers:
        raise NotAllowed("search_of_another", rule="Q1", label=view.label, author=view.author)
    work.record("search.remove", "search", view.id, entry=view.entry, service_id=row.service_id)
    work.session.delete(row)


def _run(work: Work, entry: str, filters: Filters) -> Sequence[Any]:
    """Return the list of an entry, with these filters; slots are listed from today on unless it is said otherwise."""
    if entry not in FILTERS:
        raise Invalid("usage_word", parameter="entry", value=entry, words=tuple(FILTERS))
    started: Filters = {"from": "today"} if entry == "slots" else {}
    return _LISTS[entry](work, **dict(_argument(entry, *one) for one in {**started, **filters}.items()))


def _argument(entry: str, name: str, value: str | Sequence[str]) -> tuple[str, Any]:
    """Return a filter as the argument of its list. Raise Invalid if the list has no such filter or cannot read it."""
    known = FILTERS[entry].get(name)
    if known is None:
        raise Invalid("search_filter", filter=name, known=tuple(FILTERS[entry]))
    words = [value] if isinstance(value, str) else value
    try:
        values = [known.read(word) for word in words]
    except ValueError:
        raise Invalid("search_value", filter=name, value=", ".join(words)) from None
    return known.argument, values if known.many else values[-1]


def _own_service(work: Work, service: Ref) -> int:
    row = find(work.session, Service, service)
    if id_of(row) not in work.grants.services:
        raise NotAllowed("service_of_others", rule="Q1", agent=work.actor.name, service=row.label)
    return id_of(row)


def _seen(work: Work) -> Any:
    """Return which searches the actor sees."""
    return or_(col(SavedSearch.agent_id) == work.agent_id, col(SavedSearch.service_id).in_(work.grants.services))


def _views(work: Work, *where: Any) -> list[SearchView]:
    rows = work.session.execute(
        select(SavedSearch, col(Service.label), col(Agent.login))
        .join(Agent, col(Agent.id) == col(SavedSearch.agent_id))
        .outerjoin(Service, col(Service.id) == col(SavedSearch.service_id))
        .where(*where)
        .order_by(col(SavedSearch.key), col(SavedSearch.id))
    )
    return [
        SearchView(id_of(row), row.label, row.entry, Visibility(row.visibility), service, login, row.filters)
        for row, service, login in rows
    ]


def _find(ref: Ref, seen: Sequence[SearchView], login: str) -> SearchView:
    """Return the search with this number or name among those the agent sees, the agent's own first."""
    numbered = [view for view in seen if str(view.id) == str(ref)]
    named = [view for view in seen if fold(view.label) == fold(str(ref))]
    candidates = numbered or [view for view in named if view.author == login] or named
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise Refused("ambiguous", kind="search", ref=ref, candidates=tuple(map(_candidate, candidates)))
    raise NotFound("not_found", kind="search", ref=ref, close=_close(str(ref), seen))


def _candidate(view: SearchView) -> str:
    return f"{view.id} ({view.label}, {view.entry}, {view.author})"


def _close(ref: str, seen: Iterable[SearchView]) -> tuple[str, ...]:
    labels = {fold(view.label): view.label for view in seen}
    return tuple(labels[key] for key in difflib.get_close_matches(fold(ref), labels, n=3, cutoff=0.5))
