"""The base of every form: named fields, saved together; errors appear below, and typed text is never lost."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Label, Select, SelectionList
from textual.widgets.selection_list import Selection

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Invalid, RdvError
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import foreground
from rdv.tui.shift import Shift
from rdv.tui.widgets.day_field import DayField
from rdv.tui.widgets.table import printable

T = TypeVar("T")


class Form(Dialog[T]):
    """Fields one under the other; subclasses compose them, and `save` them.

    `NEW` and `KNOWN` are its titles; `REQUIRED` are fields that must be filled in, with their labels.
    """

    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+s", "save", N_("Save"), priority=True)]
    keeps_typing = True
    NEW: ClassVar[str] = ""
    KNOWN: ClassVar[str] = ""
    REQUIRED: ClassVar[Mapping[str, str]] = {}

    def __init__(self, shift: Shift, view: Any = None) -> None:
        super().__init__()
        self.shift, self.view = shift, view

    def heading(self) -> str:
        """Return the name of the record, new or existing."""
        return _(self.NEW) if self.view is None else f"{_(self.KNOWN)} — {self.view.label}"

    def body(self) -> ComposeResult:
        with Grid(classes="form -wide"):
            yield from self.fields()

    def buttons(self) -> ComposeResult:
        yield Button(_("Close without saving"), id="close")
        yield Button(_("Save"), id="save", variant="primary")

    # for subclasses

    def fields(self) -> ComposeResult:
        """Yield the labels and the fields."""
        yield from ()

    async def save(self) -> T | None:
        """Save and return the answer, or None if the agent changed their mind. Raise errors of use cases."""
        raise NotImplementedError

    # making fields

    def label_for(self, field: str, label: str) -> Label:
        """Return the label of a field; a star marks a required one."""
        return Label(f"{_(label)} *" if field in self.REQUIRED else _(label), markup=False)

    def choice(
        self, field: str, options: Mapping[int, str], value: int | None, nothing: str | None = None
    ) -> Select[int]:
        """Return a choice of one record by id; `nothing` is the text for none."""
        return Select(
            [(Text(printable(label)), key) for key, label in options.items()],
            prompt=_(nothing) if nothing else _("Choose"),
            value=Select.NULL if value is None else value,
            id=field,
            compact=True,
        )

    def several(self, field: str, options: Iterable[tuple[str, Any]], ticked: Iterable[Any]) -> SelectionList[Any]:
        """Return a choice of several records."""
        held = set(ticked)
        choices = [Selection(Text(printable(label)), key, key in held) for label, key in options]
        return SelectionList(*choices, id=field, compact=True)

    # values

    def text(self, field: str) -> str:
        """Return a text without spaces at its ends."""
        return self.query_one(f"#{field}", Input).value.strip()

    def number(self, field: str, least: int = 1) -> int:
        """Return a whole number. Raise Invalid for anything else."""
        typed = self.text(field)
        try:
            return int(typed)
        except ValueError:
            self.query_one(f"#{field}").focus()
            raise Invalid("number", field=field, number=typed, least=least) from None

    def day(self, field: str) -> date | None:
        """Return a day, or None for an empty field. Raise Invalid for anything else."""
        return self.query_one(f"#{field}", DayField).day

    def chosen(self, field: str) -> int | None:
        """Return the id of the chosen record."""
        value = self.query_one(f"#{field}", Select).value
        return value if isinstance(value, int) else None

    def ticked(self, field: str) -> list[Any]:
        """Return the ticked records."""
        return list(self.query_one(f"#{field}", SelectionList).selected)

    def flag(self, field: str) -> bool:
        """Return a yes or a no."""
        return self.query_one(f"#{field}", Checkbox).value

    # saving

    def on_mount(self) -> None:
        """Focus the first field."""
        super().on_mount()
        self.query(".dialog--body Input, .dialog--body Select").first(Widget).focus()

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Save the form."""
        self._save()

    @foreground
    async def _save(self) -> None:
        self.complain("")
        shown = {field: label for field, label in self.REQUIRED.items() if self.query(f"#{field}")}
        empty = {field: label for field, label in shown.items() if self._is_empty(field)}
        if empty:
            self.complain(_("Still to fill in: {fields}.", fields=[_(label) for label in empty.values()]))
            self.query_one(f"#{next(iter(empty))}").focus()
            self.drop_keys()
            return
        try:
            answer = await self.save()
        except RdvError as error:
            self.refuse(error)
        else:
            if answer is not None:
                self.dismiss(answer)

    def _is_empty(self, field: str) -> bool:
        found = self.query_one(f"#{field}")
        return self.chosen(field) is None if isinstance(found, Select) else not self.text(field)


def saved(label: str, *, is_new: bool = False) -> str:
    """Return the words for a record that was saved."""
    return _(N_("Added: {label}") if is_new else N_("Saved: {label}"), label=label)


def by_label(options: Mapping[int, str], label: str | None) -> int | None:
    """Return the id of the record with this label."""
    return next((key for key, text in options.items() if text == label), None)
