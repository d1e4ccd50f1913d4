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
from rdv.tui.flows import foreground
from rdv.tui.shift import Shift
from rdv.tui.writes import call

FIELDS = {"name": N_("Name"), "phone": N_("Phone"), "email": N_("E-mail")}


class PartnerForm(Dialog[PartnerCard]):
    """The answer is the file as it was saved; `name` is offered for a new one."""

    TITLE_TEXT = N_("Partner")
    keeps_typing = True
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
        """Save the file."""
        self._save()

    @foreground
    async def _save(self) -> None:
        name, phone, email = (self.query_one(f"#{field}", Input).value.strip() for field in FIELDS)
        try:
            self.dismiss(await self._write(name, phone, email))
        except RdvError as error:
            self.refuse(error)

    async def _write(self, name: str, phone: str, email: str) -> Any:
        before = self.card
        if before is None:
            return await self.shift.write(
                call(partners.add_partner, name=name, phone=phone or None, email=email or None),
                said=lambda card: _("{name}: file {code}", name=card.name, code=card.code),
            )
        known = {"name": before.name, "phone": before.phone or "", "email": before.email or ""}
        return await self.shift.write(
            call(partners.set_partner, partner=before.code, name=name, phone=phone, email=email),
            said=_("File of {name} changed", name=before.name),
            back=lambda *_: [call(partners.set_partner, partner=before.code, **known)],
        )
