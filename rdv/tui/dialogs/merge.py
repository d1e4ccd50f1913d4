"""Two files of one person: which code stays (A7)."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Label

from rdv.engine.views.partners import PartnerCard
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.widgets.table import contact


class MergeDialog(Dialog[PartnerCard]):
    """The answer is the file that stays; the older one is offered first."""

    TITLE_TEXT: ClassVar[str] = N_("Merge two files")

    def __init__(self, one: PartnerCard, other: PartnerCard) -> None:
        super().__init__()
        self.cards = sorted((one, other), key=lambda card: card.id)

    def body(self) -> ComposeResult:
        for card in self.cards:
            told = _("{code} {name}: {count} appointments", code=card.code, name=card.name, count=card.appointments)
            reached = contact(card)
            yield Label(f"{told} · {reached}" if reached else told, classes="wrapped", markup=False)
        yield Label("")
        told = N_("All appointments go to the file that stays, under its name. Both codes lead to it. No undo.")
        yield Label(_(told), classes="wrapped")

    def buttons(self) -> ComposeResult:
        yield Button(_("Merge nothing"), id="close")
        for card in self.cards:
            yield Button(_("{code} stays", code=card.code), id=card.code, variant="warning")

    def on_mount(self) -> None:
        """Focus the careful answer."""
        super().on_mount()
        self.query_one("#close").focus()

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        for card in self.cards:
            if event.button.id == card.code:
                self.dismiss(card)
