"""A town hall declared in one TOML file (B3): reading it, and nothing else. docs/administrators.md lists the keys."""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rdv.engine.core.opening_hours import DatedHours, read_hours
from rdv.engine.core.schedule import Opening
from rdv.engine.setup.weeks import checked
from rdv.terms import Invalid, Refused, Right, fold

Label = Annotated[str, Field(min_length=1)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Holidays(_Declared):
    """Public holidays that close every place; by default of this year and the next."""

    country: str
    subdivision: str | None = None
    years: tuple[int, ...] = ()


class DeclaredService(_Declared):
    """`[[service]]`"""

    label: Label


class DeclaredAgent(_Declared):
    """`[[agent]]`; passwords are never in the file."""

    login: Label
    name: str = ""
    rights: tuple[Right, ...] = ()
    services: tuple[str, ...] = ()


class DeclaredPlace(_Declared):
    """`[[place]]`"""

    label: Label
    address: str = ""
    timezone: str = "Europe/Paris"


class DeclaredType(_Declared):
    """`[[type]]`"""

    label: Label
    description: str = ""
    services: tuple[str, ...] = ()
    public: bool = True
    max_upcoming: int = 3
    notice_hours: int = 0
    horizon_days: int = 90
    hold_minutes: int = 15
    reminder_hours: tuple[int, ...] = (48,)


class DeclaredOpenings(_Declared):
    """Hours with their own slot length, inside `[[week]]`."""

    hours: str
    slot: int


class DeclaredWeek(_Declared):
    """`[[week]]`: `hours` with `slot`, or `openings` where slots have several lengths."""

    label: Label
    hours: str | None = None
    slot: int | None = None
    openings: tuple[DeclaredOpenings, ...] = ()


class DeclaredDesk(_Declared):
    """`[[desk]]`"""

    label: Label


class DeclaredException(_Declared):
    """`[[counter.exception]]`: another week from a day to another, both included; none: closed."""

    first: date = Field(alias="from")
    last: date = Field(alias="until")
    week: str | None = None


class DeclaredCounter(_Declared):
    """`[[counter]]`"""

    label: Label
    type: str
    place: str
    first: date = Field(alias="from")
    last: date | None = Field(default=None, alias="until")
    week: str
    desk: str | None = None
    capacity: int = 1
    public: bool = False
    exceptions: tuple[DeclaredException, ...] = Field(default=(), alias="exception")


class DeclaredClosure(_Declared):
    """`[[closure]]`: without `place`, every place is closed; without `until`, for one day."""

    label: Label
    place: str | None = None
    first: date = Field(alias="from")
    last: date | None = Field(default=None, alias="until")


class DeclaredPartner(_Declared):
    """`[[partner]]`"""

    code: str | None = None
    name: Label
    phone: str | None = None
    email: str | None = None
    language: Literal["fr", "en"] | None = None
    wants_email: bool | None = None
    wants_sms: bool | None = None


class DeclaredSlot(_Declared):
    """`[[slot]]`: reserved or suspended slots that start in `[start, to)`, or the slot at `start`."""

    counter: str
    place: str | None = None
    start: datetime
    to: datetime | None = None
    status: Literal["reserved", "suspended"]


class DeclaredAppointment(_Declared):
    """`[[appointment]]`; `end` is only needed where no slot exists at `start`."""

    counter: str
    place: str | None = None
    start: datetime
    end: datetime | None = None
    partner: str
    status: Literal["planned", "to_reschedule", "cancelled", "done", "no_show"] = "planned"
    taken_at: datetime | None = None
    taken_by: str | None = None
    comment: str = ""


class Declaration(_Declared):
    """The whole file."""

    holidays: Holidays | None = None
    services: tuple[DeclaredService, ...] = Field(default=(), alias="service")
    agents: tuple[DeclaredAgent, ...] = Field(default=(), alias="agent")
    places: tuple[DeclaredPlace, ...] = Field(default=(), alias="place")
    types: tuple[DeclaredType, ...] = Field(default=(), alias="type")
    weeks: tuple[DeclaredWeek, ...] = Field(default=(), alias="week")
    desks: tuple[DeclaredDesk, ...] = Field(default=(), alias="desk")
    counters: tuple[DeclaredCounter, ...] = Field(default=(), alias="counter")
    closures: tuple[DeclaredClosure, ...] = Field(default=(), alias="closure")
    partners: tuple[DeclaredPartner, ...] = Field(default=(), alias="partner")
    slots: tuple[DeclaredSlot, ...] = Field(default=(), alias="slot")
    appointments: tuple[DeclaredAppointment, ...] = Field(default=(), alias="appointment")


def read_declaration(text: str, *, name: str) -> Declaration:
    """Return the town hall that a TOML text declares; `name` is the name of the file in messages.

    Raises Invalid with the place in the file: no TOML, an unknown key (with similar ones), a missing key, an impossible
    value, a record declared twice.
    """
    try:
        town = Declaration.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise Invalid("declaration_toml", path=name, problem=str(problem)) from None
    except ValidationError as problem:
        raise _invalid(problem.errors(), tomllib.loads(text)) from None
    for kind in ("services", "places", "types", "weeks", "desks"):
        _check_once(kind, [fold(one.label) for one in getattr(town, kind)], [one.label for one in getattr(town, kind)])
    _check_once("agents", [agent.login for agent in town.agents], [agent.login for agent in town.agents])
    keys = [f"{fold(counter.place)}/{fold(counter.label)}" for counter in town.counters]
    _check_once("counters", keys, [f"{counter.label}, {counter.place}" for counter in town.counters])
    return town


def openings_of(week: DeclaredWeek) -> tuple[tuple[Opening, ...], tuple[DatedHours, ...], bool]:
    """Return what a declared week holds: openings, dated hours, and whether it closes on public holidays.

    Raises Invalid for hours without a slot length, what `read_hours` raises, and Refused for openings that overlap
    (C3) or dated hours written in several lengths of slots.
    """
    written = [(one.hours, one.slot) for one in week.openings]
    if week.hours is not None:
        if week.slot is None:
            raise Invalid("declaration_missing", where=f"[[week]] « {week.label} »", key="slot")
        written.insert(0, (week.hours, week.slot))
    declared = [read_hours(text, slot) for text, slot in written]
    dated = [period for one in declared for period in one.dated]
    if dated and len(declared) > 1:
        raise Refused("hours_rule", rule="C3", text=week.label, why="dated")
    openings = checked(opening for one in declared for opening in one.openings)
    return openings, tuple(dated), any(one.closed_on_holidays for one in declared)


def shifted(town: Declaration, weeks: int) -> Declaration:
    """Return the same town hall a number of weeks later: every date and time moves, weekdays stay."""
    return Declaration.model_validate(_shift(town.model_dump(by_alias=True, exclude_none=True), timedelta(weeks=weeks)))


def _shift(value: Any, by: timedelta) -> Any:
    if isinstance(value, date):
        return value + by
    if isinstance(value, dict):
        return {name: _shift(one, by) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shift(one, by) for one in value]
    return value


def _check_once(kind: str, keys: Sequence[str], labels: Iterable[str]) -> None:
    seen: set[str] = set()
    for key, label in zip(keys, labels, strict=True):
        if key in seen:
            raise Invalid("declaration_twice", where=f"[[{kind.removesuffix('s')}]] « {label} »")
        seen.add(key)


def _invalid(problems: Sequence[Any], document: dict[str, Any]) -> Invalid:
    """Return the first error of the file; a misspelt key goes before the key that is missing because of it."""
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    path = list(problem["loc"])
    where = _place(path, document)
    key = next(step for step in reversed(path) if isinstance(step, str))
    if problem["type"] == "extra_forbidden":
        return Invalid("declaration_key", where=where, key=key, close=_close(key, path))
    if problem["type"] == "missing":
        return Invalid("declaration_missing", where=where, key=key)
    return Invalid("declaration_value", where=where, key=key, value=problem["input"], why=f"expects_{_kind(problem)}")


def _place(path: list[Any], document: Any) -> str:
    """Return the tables that the path goes through, as people find them in the file; `[…]` at the top of it."""
    names: list[str] = []
    name, value = "", document
    for step in path:
        name = name if isinstance(step, int) else f"{name}.{step}".lstrip(".")
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):  # the path ends at what is missing
            break
        if isinstance(value, dict):
            label = value.get("label") or value.get("login") or value.get("name") or value.get("counter")
            table = f"[[{name}]] {step + 1}" if isinstance(step, int) else f"[{name}]"
            names.append(f"{table} (« {label} »)" if label else table)
    return ", ".join(names) or "[…]"


def _close(key: str, path: list[Any]) -> tuple[str, ...]:
    model: Any = Declaration
    for step in path[:-1]:
        if isinstance(step, str):
            field = next(f for name, f in model.model_fields.items() if step in (name, f.alias))
            model = next((a for a in (field.annotation, *_flat(field.annotation)) if hasattr(a, "model_fields")), model)
    known = [field.alias or name for name, field in model.model_fields.items()]
    return tuple(difflib.get_close_matches(key, known, n=3, cutoff=0.5)) or tuple(known)


def _flat(annotation: Any) -> list[Any]:
    parts = list(get_args(annotation))
    return parts + [inner for one in parts for inner in _flat(one)]


def _kind(problem: Any) -> str:
    kind = str(problem["type"]).partition("_")[0]
    return (
        kind if kind in ("int", "bool", "date", "datetime", "string", "literal", "enum", "tuple", "list") else "other"
    )
