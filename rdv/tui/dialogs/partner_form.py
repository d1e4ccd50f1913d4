"""Name, phone and e-mail of a partner: a new file, or a change of one (A7)."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid
from textual.widgets import Button, Input, Label

from rdv.engine.booking import partners
from rdv.engine.views.partners import PartnerCard
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import flow
from rdv.tui.shift import Shift

FIELDS = {"name": N_("Name"), "phone": N_("Phone"), "email": N_("E-mail")}


class PartnerForm(Dialog[PartnerCard]):
    """The answer is the file as it was saved; `name` is offered for a new one."""

    TITLE_TEXT = N_("Partner")
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+s", "save", N_("Save"), priority=True)]

    def __init__(self, shift: Shift, card: PartnerCard | None = None, *, name: str = "") -> None:
        super().__init__()
        self.shift, self.card = shift, card
        self.offered = {"name": name}

    def body(self) -> ComposeResult:
        with Grid(classes="form"):
            for name, label in FIELDS.items():
                yield Label(_(label))
                known = self.offered.get(name) if self.card is None else getattr(self.card, name)
                yield Input(known or "", id=name, compact=True)

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Save"), id="save", variant="primary")

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Saves."""
        self._save()

    @flow("act")
    async def _save(self) -> None:
        name, phone, email = (self.query_one(f"#{field}", Input).value.strip() for field in FIELDS)
        try:
            if self.card is None:
                saved: Any = await self.shift.run(
                    partners.add_partner, name=name, phone=phone or None, email=email or None
                )
            else:
                saved = await self.shift.run(
                    partners.set_partner, partner=self.card.code, name=name, phone=phone, email=email
                )
        except RdvError as error:
            self.refuse(error)
        else:
            self.dismiss(saved)
