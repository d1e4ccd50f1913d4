"""The searches that were saved from a list, to run one (Q2)."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Label

from rdv.engine.views.everything import SearchView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.widgets.table import Choices


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
            yield Label(_(N_("No search was saved from this list.")))

    def buttons(self) -> ComposeResult:
        yield Button(_(N_("Close")), id="close")
        if self.found:
            yield Button(_(N_("Run")), id="run", variant="primary")

    def on_mount(self) -> None:
        """By name."""
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
