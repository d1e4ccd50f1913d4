"""« Création d'un guichet »: the form of the manual, with its exception periods (C4, C5, C7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Checkbox, Input

from rdv import date_input
from rdv.engine.setup import counters, weeks
from rdv.engine.setup.desks import list_desks
from rdv.engine.setup.places import list_places
from rdv.engine.setup.types import list_types
from rdv.engine.views.setup import CounterView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.form import Form, by_label, saved
from rdv.tui.dialogs.impact import change
from rdv.tui.flows import ask, foreground
from rdv.tui.forms.exception_form import Draft, ExceptionForm
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.day_field import DayField
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call


@dataclass(frozen=True, slots=True)
class Choices:
    """What a counter can be given: labels by id."""

    types: Mapping[int, str]
    places: Mapping[int, str]
    weeks: Mapping[int, str]
    desks: Mapping[int, str]

    @classmethod
    async def read(cls, shift: Shift) -> "Choices":
        """Return all that there is, as the shift knows it."""
        lists: tuple[Any, ...] = (
            list_types, list_places, weeks.list_weeks, list_desks,
        )  # fmt: skip
        return cls(*[{view.id: view.label for view in await shift.know(one)} for one in lists])


class Periods(Table):
    """Rows of which Enter changes one."""

    BINDINGS: ClassVar[list[Any]] = [Binding("enter", "open", N_("Change"), key_display="⏎")]


class CounterForm(Form[str]):
    """All of a counter at once; what touches appointments is shown before it is saved (I1). The answer is its label."""

    NEW = N_("New counter")
    KNOWN = N_("Counter")
    REQUIRED: ClassVar[Mapping[str, str]] = {
        "label": N_("Label"),
        "type": N_("Type of appointment"),
        "place": N_("Place"),
        "first": N_("First day"),
        "week": N_("Reference week"),
    }
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+n", "add", N_("Add a period")),
        Binding("delete", "remove", N_("Remove the period")),
    ]

    def __init__(self, shift: Shift, choices: Choices, view: CounterView | None = None) -> None:
        super().__init__(shift, view)
        self.choices = choices
        self.periods = [
            Draft(one.first_day, one.last_day, by_label(choices.weeks, one.week), one.id)
            for one in (view.exceptions if view else ())
        ]

    def fields(self) -> ComposeResult:
        view, known, today = self.view, self.choices, self.shift.now.date()
        yield self.label_for("label", N_("Label"))
        yield Input(view.label if view else "", id="label", compact=True)
        for field, label, options in (
            ("type", N_("Type of appointment"), known.types),
            ("place", N_("Place"), known.places),
        ):
            yield self.label_for(field, label)
            yield self.choice(field, options, _of(options, view and getattr(view, field)))
        yield self.label_for("first", N_("First day"))
        yield DayField(view.first_day if view else today, today, id="first")
        yield self.label_for("last", N_("Last day"))
        yield DayField(view and view.last_day, today, id="last")
        yield self.label_for("week", N_("Reference week"))
        yield self.choice("week", known.weeks, _of(known.weeks, view and view.week))
        with Vertical(classes="form--side"):
            yield self.label_for("exceptions", N_("Exception periods"))
            for sign, label, name in (
                ("+", N_("Add"), "add"),
                ("±", N_("Change"), "change"),
                ("−", N_("Remove"), "remove"),
            ):
                yield Press(f"{sign} {_(label)}", name)
        yield Periods(N_("From"), N_("Until"), N_("Hours"), id="exceptions")
        yield self.label_for("public", N_("Visible on the portal"))
        yield Checkbox("", view.public if view else False, id="public", compact=True)
        yield self.label_for("desk", N_("Desk"))
        yield self.choice("desk", known.desks, by_label(known.desks, view and view.desk), nothing=N_("None"))
        yield self.label_for("capacity", N_("Capacity"))
        yield Input(str(view.capacity if view else 1), id="capacity", compact=True, max_length=3)

    def on_mount(self) -> None:
        """With its exception periods, by first day."""
        super().on_mount()
        self._show()

    async def save(self) -> str | None:
        """Adds the counter, or changes it once the impact is accepted."""
        last = self.day("last")
        given: dict[str, Any] = {
            "label": self.text("label"),
            "type": self.chosen("type"),
            "place": self.chosen("place"),
            "first": date_input.on(self.day("first") or self.shift.now.date()),
            "last": None if last is None else date_input.on(last),
            "week": self.chosen("week"),
            "desk": self.chosen("desk"),
            "capacity": self.number("capacity"),
            "public": self.flag("public"),
            "exceptions": [draft.as_given() for draft in self.periods],
        }
        if self.view is None:
            made: CounterView = await self.shift.write(
                call(counters.add_counter, **given), said=saved(given["label"], is_new=True)
            )
            return made.label
        does = call(counters.set_counter, counter=self.view.id, **given)
        done = await change(self, self.shift, does, said=saved(given["label"]))
        return None if done is None else str(given["label"])

    # the exception periods

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A period is removed where one points at it."""
        if action == "remove":
            return self.focused is not None and self.focused.id == "exceptions"
        return super().check_action(action, parameters)

    def _show(self) -> None:
        self.periods.sort(key=lambda draft: draft.first)
        self.query_one(Table).fill({
            number: (wording.day(draft.first), wording.day(draft.last), self._week(draft))
            for number, draft in enumerate(self.periods)
        })  # fmt: skip

    def _week(self, draft: Draft) -> str:
        return _("Closed") if draft.week is None else self.choices.weeks[draft.week]

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        {"add": self.action_add, "change": self.action_change, "remove": self.action_remove}[event.name]()

    @on(Table.Opened)
    def _opened(self) -> None:
        self.action_change()

    def content(self) -> tuple[Any, ...]:
        """Return what the fields hold, and the exception periods."""
        return (*super().content(), *self.periods)

    def action_add(self) -> None:
        """Add a period."""
        self.edit_period(None)

    def action_change(self) -> None:
        """Change the days or the week of the period under the cursor."""
        pointed = self.query_one(Table).pointed
        if pointed is not None:
            self.edit_period(self.periods[pointed])

    def action_remove(self) -> None:
        """Takes the period off that is pointed at; it is gone when the counter is saved."""
        pointed = self.query_one(Table).pointed
        if pointed is not None:
            del self.periods[pointed]
            self._show()

    @foreground
    async def edit_period(self, before: Draft | None) -> None:
        """Ask for its days and its week; None: for those of a new one."""
        others = [draft for draft in self.periods if draft is not before]
        form = ExceptionForm(self.shift, self.choices.weeks, before, self.text("label"), others)
        after = await ask(self, form)
        if after is not None:
            self.periods = [*others, after]
            self._show()
            self.query_one(Table).point(self.periods.index(after))
            self.query_one(Table).focus()


def _of(options: Mapping[int, str], label: str | None) -> int | None:
    """The id of what has this label; without a label, that of the only one that there is."""
    if label is None and len(options) == 1:
        return next(iter(options))
    return by_label(options, label)
