"""Forms of what the administrator sets up once: types, places, desks, services, agents (C1, C2, C7, G1)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Checkbox, Input

from rdv.engine.setup import agents, desks, places, types
from rdv.engine.setup.services import add_service, set_service
from rdv.engine.views.setup import AgentView, PlaceView, TypeView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Invalid, Right
from rdv.tui.dialogs.form import Form, saved
from rdv.tui.dialogs.impact import change
from rdv.tui.shift import Shift
from rdv.tui.writes import call

DELAYS = {
    "max_upcoming": (N_("Upcoming appointments at most"), 3),
    "notice_hours": (N_("Notice, in hours"), 0),
    "horizon_days": (N_("Bookable ahead, in days"), 90),
    "hold_minutes": (N_("Held while confirming, in minutes"), 15),
}
"""The delays of a type: how they are called, and what a new type has."""

USUAL_REMINDERS = (48,)


CASES: dict[str, tuple[Any, Any]] = {
    "service": (add_service, set_service),
    "desk": (desks.add_desk, desks.set_desk),
    "type": (types.add_type, types.set_type),
    "agent": (agents.add_agent, agents.set_agent),
}
"""What adds and what changes each kind of record."""


class RecordForm(Form[str]):
    """A form that adds a record of a kind or changes it, by one use case each; the answer is its label."""

    def __init__(self, shift: Shift, kind: str, view: Any = None) -> None:
        super().__init__(shift, view)
        self.kind = kind

    async def save(self) -> str | None:
        """Saves what `given` says."""
        given = self.given()
        add, change_it = CASES[self.kind]
        does = call(add, **given) if self.view is None else call(change_it, **{self.kind: self.view.id}, **given)
        return _label_of(await self.shift.write(does, said=lambda made: saved(_label_of(made))))

    def given(self) -> dict[str, Any]:
        """What is in the fields, as both use cases take it."""
        raise NotImplementedError


class LabelForm(RecordForm):
    """A service or a desk: nothing but a label."""

    REQUIRED: ClassVar[Mapping[str, str]] = {"label": N_("Label")}

    def heading(self) -> str:
        """What it is the label of."""
        titles = {
            "service": (N_("New service"), N_("Service")),
            "desk": (N_("New desk"), N_("Desk")),
        }
        new, known = titles[self.kind]
        return _(new) if self.view is None else f"{_(known)} — {self.view.label}"

    def fields(self) -> ComposeResult:
        yield self.label_for("label", N_("Label"))
        yield Input(self.view.label if self.view else "", id="label", compact=True)

    def given(self) -> dict[str, Any]:
        return {"label": self.text("label")}


class PlaceForm(Form[str]):
    """A place; another time zone moves the slots of its counters, and its impact is shown (I1)."""

    NEW = N_("New place")
    KNOWN = N_("Place")
    REQUIRED: ClassVar[Mapping[str, str]] = {"label": N_("Label"), "timezone": N_("Time zone")}

    def fields(self) -> ComposeResult:
        view: PlaceView | None = self.view
        yield self.label_for("label", N_("Label"))
        yield Input(view.label if view else "", id="label", compact=True)
        yield self.label_for("address", N_("Address"))
        yield Input(view.address if view else "", id="address", compact=True)
        yield self.label_for("timezone", N_("Time zone"))
        yield Input(view.timezone if view else self.shift.office.settings.zone, id="timezone", compact=True)

    async def save(self) -> str | None:
        """Adds the place, or changes it once the impact is accepted."""
        given = {field: self.text(field) for field in ("label", "address", "timezone")}
        if self.view is None:
            await self.shift.write(call(places.add_place, **given), said=saved(given["label"]))
            return given["label"]
        does = call(places.set_place, place=self.view.id, **given)
        done = await change(self, self.shift, does, said=saved(given["label"]))
        return None if done is None else given["label"]


class TypeForm(RecordForm):
    """A type of appointment, the services that it is kept to, its delays."""

    NEW = N_("New type of appointment")
    KNOWN = N_("Type of appointment")
    REQUIRED: ClassVar[Mapping[str, str]] = {
        "label": N_("Label"),
        **{field: label for field, (label, _usual) in DELAYS.items()},
    }

    def __init__(self, shift: Shift, services: Mapping[int, str], view: TypeView | None = None) -> None:
        super().__init__(shift, "type", view)
        self.services = services

    def fields(self) -> ComposeResult:
        view: TypeView | None = self.view
        yield self.label_for("label", N_("Label"))
        yield Input(view.label if view else "", id="label", compact=True)
        yield self.label_for("description", N_("Description"))
        yield Input(view.description if view else "", id="description", compact=True)
        yield self.label_for("services", N_("Services"))
        yield self.several("services", _by_label(self.services), view.services if view else ())
        yield self.label_for("public", N_("Visible on the portal"))
        yield Checkbox("", view.public if view else True, id="public", compact=True)
        for field, (label, usual) in DELAYS.items():
            yield self.label_for(field, label)
            yield Input(str(getattr(view, field) if view else usual), id=field, compact=True, max_length=6)
        yield self.label_for("reminder_hours", N_("Reminders, in hours before"))
        reminders = view.reminder_hours if view else USUAL_REMINDERS
        yield Input(
            " ".join(map(str, reminders)), placeholder=_("48 2; empty: none"), id="reminder_hours", compact=True
        )

    def given(self) -> dict[str, Any]:
        return {
            "label": self.text("label"),
            "description": self.text("description"),
            "services": _ids(self.services, self.ticked("services")),
            "public": self.flag("public"),
            "reminder_hours": self._reminders(),
            **{field: self.number(field) for field in DELAYS},
        }

    def _reminders(self) -> list[int]:
        typed = self.text("reminder_hours").replace(",", " ").split()
        for word in typed:
            if not word.isdecimal():
                raise Invalid("number", field="reminder_hours", number=word, least=1)
        return [int(word) for word in typed]


class AgentForm(RecordForm):
    """An agent, with rights and services (G1)."""

    NEW = N_("New agent")
    KNOWN = N_("Agent")
    REQUIRED: ClassVar[Mapping[str, str]] = {"login": N_("Login")}

    def __init__(self, shift: Shift, services: Mapping[int, str], view: AgentView | None = None) -> None:
        super().__init__(shift, "agent", view)
        self.services = services

    def heading(self) -> str:
        """Who it is."""
        return _(self.NEW) if self.view is None else f"{_(self.KNOWN)} — {self.view.login}"

    def fields(self) -> ComposeResult:
        view: AgentView | None = self.view
        if view is None:
            yield self.label_for("login", N_("Login"))
            yield Input(id="login", compact=True)
        yield self.label_for("name", N_("Name"))
        yield Input(view.name if view else "", id="name", compact=True)
        yield self.label_for("rights", N_("Rights"))
        rights = [(wording.label(right), right) for right in Right]
        yield self.several("rights", rights, view.rights if view else ())
        yield self.label_for("services", N_("Services"))
        yield self.several("services", _by_label(self.services), view.services if view else ())

    def given(self) -> dict[str, Any]:
        login = {"login": self.text("login")} if self.view is None else {}
        services = _ids(self.services, self.ticked("services"))
        return {**login, "name": self.text("name"), "rights": self.ticked("rights"), "services": services}


class PasswordForm(Form[str]):
    """Another password for an agent, typed twice (G1)."""

    NEW = N_("Password")
    KNOWN = N_("Password")
    REQUIRED: ClassVar[Mapping[str, str]] = {"password": N_("New password"), "again": N_("Once more")}

    def heading(self) -> str:
        """Whose password."""
        return f"{_(self.KNOWN)} — {self.view.login}"

    def fields(self) -> ComposeResult:
        for field, label in self.REQUIRED.items():
            yield self.label_for(field, label)
            yield Input(id=field, password=True, compact=True)

    async def save(self) -> str | None:
        """Gives it, when both are the same."""
        first, again = (self.query_one(f"#{field}", Input).value for field in self.REQUIRED)
        if first != again:
            self.complain(_("The two passwords are not the same."))
            return None
        does = call(agents.set_password, agent=self.view.id, password=first)
        await self.shift.write(does, said=_("Password of {login} changed", login=self.view.login))
        return str(self.view.login)


def _label_of(made: Any) -> str:
    return str(made.login if isinstance(made, AgentView) else made.label)


def _by_label(services: Mapping[int, str]) -> list[tuple[str, str]]:
    return [(label, label) for label in services.values()]


def _ids(services: Mapping[int, str], labels: list[str]) -> list[int]:
    return [key for key, label in services.items() if label in labels]
