"""The searches that were saved from a list, to run one (Q2)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid
from textual.widgets import Button, Input, Label, Select

from rdv.engine.booking import searches
from rdv.engine.views.appointments import SearchView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Conflict, RdvError
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import foreground
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Choices
from rdv.tui.writes import call

MINE = ""
"""The choice of a search that only its author sees."""


class SaveSearchDialog(Dialog[SearchView]):
    """Saves `filters` of a list; `period` is the first and the last day as offered, None where the list has none."""

    TITLE_TEXT = N_("Save this search")
    keeps_typing = True
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+s", "save", N_("Save"), priority=True)]

    def __init__(
        self, shift: Shift, entry: str, filters: Mapping[str, Any], *, name: str, period: tuple[str, str] | None
    ) -> None:
        super().__init__()
        self.shift, self.entry, self.filters, self.called, self.period = shift, entry, filters, name, period
        self.taken = ""

    def body(self) -> ComposeResult:
        with Grid(classes="form"):
            yield Label(_("Name"))
            yield Input(self.called, id="name", compact=True)
            yield Label(_("For"))
            services = [(service, service) for service in self.shift.agent.services]
            yield Select([(_("me alone"), MINE), *services], value=MINE, allow_blank=False, id="service", compact=True)
            if self.period is not None:
                yield Label(_("From"))
                yield Input(self.period[0], id="from", compact=True)
                yield Label(_("To"))
                yield Input(self.period[1], id="to", compact=True)
        if self.period is not None:
            hint = _("Days are kept as written: « today » or « monday » is another day every time.")
            yield Label(hint, classes="wrapped")

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Replace"), id="replace", variant="warning")
        yield Button(_("Save"), id="save", variant="primary")

    def on_mount(self) -> None:
        """Focus the name."""
        super().on_mount()
        self.query_one("#replace").display = False
        self.query_one("#name").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Save the search."""
        self._save(replace=False)

    @on(Button.Pressed, "#replace")
    def _replace(self) -> None:
        self._save(replace=True)

    @foreground
    async def _save(self, *, replace: bool) -> None:
        filters = dict(self.filters)
        for field in ("from", "to") if self.period is not None else ():
            if written := self.query_one(f"#{field}", Input).value.strip():
                filters[field] = written
        given: dict[str, Any] = {
            "name": self.query_one("#name", Input).value,
            "entry": self.entry,
            "filters": {name: value for name, value in filters.items() if value},
            "service": self.query_one("#service", Select).value or None,
            "replace": replace,
        }
        try:
            saved = await self.shift.write(
                call(searches.save_search, **given),
                said=_said,
                back=None if replace else lambda saved, _before: [call(searches.remove_search, search=saved.id)],
            )
        except RdvError as error:
            self.refuse(error)
            self.query_one("#replace").display = isinstance(error, Conflict)
        else:
            self.dismiss(saved)


def _said(saved: SearchView) -> str:
    whose = saved.service or wording.label(saved.visibility)
    return _("« {name} » is saved ({whose})", name=saved.label, whose=whose)


class SearchesDialog(Dialog[SearchView]):
    """The answer is the one to run."""

    TITLE_TEXT: ClassVar[str] = N_("Saved searches")

    def __init__(self, found: Sequence[SearchView]) -> None:
        super().__init__()
        self.found = {search.id: search for search in found}

    def body(self) -> ComposeResult:
        if self.found:
            yield Choices(N_("Name"), N_("For"), N_("Saved by"), id="searches")
        else:
            yield Label(_("No search was saved from this list."))

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        if self.found:
            yield Button(_("Run"), id="run", variant="primary")

    def on_mount(self) -> None:
        """List the searches by name."""
        super().on_mount()
        for table in self.query(Choices):
            table.fill({
                one.id: (one.label, one.service or wording.label(one.visibility), one.author)
                for one in self.found.values()
            })  # fmt: skip
            table.focus()

    @on(Choices.Opened)
    def _opened(self, event: Choices.Opened) -> None:
        self.dismiss(self.found[event.key])

    @on(Button.Pressed, "#run")
    def _run(self) -> None:
        pointed = self.query_one(Choices).pointed
        if pointed is not None:
            self.dismiss(self.found[pointed])
