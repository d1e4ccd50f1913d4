"""The filters of calendars and lists: types, places, counters (S6)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label, SelectionList
from textual.widgets.selection_list import Selection

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.shift import Filters
from rdv.tui.widgets.bars import FILTERS


class FiltersDialog(Dialog[Filters]):
    """Three lists to tick; none ticked lets all pass. `choices` are labels by id, by filter."""

    TITLE_TEXT = N_("Show only")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+s", "apply", N_("Show"), priority=True),
        Binding("backspace", "clear", N_("All")),
    ]

    def __init__(self, choices: Mapping[str, Mapping[int, str]], chosen: Filters, first: str = "types") -> None:
        super().__init__()
        self.choices, self.chosen, self.first = choices, chosen, first

    def body(self) -> ComposeResult:
        with Horizontal(classes="columns"):
            for name, label in FILTERS.items():
                with Vertical():
                    yield Label(_(label))
                    ticked = getattr(self.chosen, name)
                    yield SelectionList[int](
                        *(Selection(Text(text), key, key in ticked) for key, text in self.choices[name].items()),
                        id=name,
                        compact=True,
                    )

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("All"), id="clear")
        yield Button(_("Show"), id="apply", variant="primary")

    def on_mount(self) -> None:
        """Focus the filter that was clicked."""
        super().on_mount()
        self.query_one(f"#{self.first}").focus()

    @on(Button.Pressed, "#apply")
    def action_apply(self) -> None:
        """Answer with the ticked items."""
        self.dismiss(Filters(*(tuple(self.query_one(f"#{name}", SelectionList).selected) for name in FILTERS)))

    @on(Button.Pressed, "#clear")
    def action_clear(self) -> None:
        """Clear all filters."""
        self.dismiss(Filters())
