"""« Attribution du créneau » (A3): who takes the slot."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid
from textual.widgets import Button, Input, Label

from rdv import date_input
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.partners import PartnerCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Conflict, RdvError
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.completion import Completion
from rdv.tui.widgets.table import contact
from rdv.tui.writes import Call, call

OFFERS = 6
"""How many partners are offered as one types."""


class AssignDialog(Dialog[AppointmentCard]):
    """Finds or creates the partner and gives the slot; the answer is the appointment.

    When someone was faster, says so and offers the nearest free slot: nothing typed is lost (S5).
    """

    TITLE_TEXT = N_("Assignment of the slot")
    keeps_typing = True
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+s", "assign", N_("Assign"), priority=True)]

    def __init__(self, slot: SlotView, shift: Shift, *, is_here: bool = False) -> None:
        super().__init__()
        self.slot, self.shift, self.is_here = slot, shift, is_here
        self.instead: SlotView | None = None
        self.partner: PartnerCard | None = None
        self.found: dict[str, PartnerCard] = {}

    def heading(self) -> str:
        """The slot is in the title: it may become another."""
        return f"{_(self.TITLE_TEXT)} — {_where(self.slot)}"

    def body(self) -> ComposeResult:
        with Grid(classes="form"):
            yield Label(_("Partner"))
            yield Completion(_("Name, phone or code"), id="partner")
            yield Label(_("Phone"))
            yield Input(id="phone", compact=True)
            yield Label(_("E-mail"))
            yield Input(id="email", compact=True)
            yield Label(_("Comment"))
            yield Input(id="comment", compact=True)
        yield Label("", id="known", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button("", id="instead")
        yield Button(_("Assign"), id="assign", variant="primary")

    def on_mount(self) -> None:
        """The name comes first."""
        super().on_mount()
        self.query_one("#instead").display = False
        self.query_one("#partner Input").focus()

    @on(Completion.Typed)
    def _typed(self, event: Completion.Typed) -> None:
        self._forget()
        self._complete(event.text)

    @reading
    async def _complete(self, text: str) -> None:
        if len(text.strip()) < 2:
            self.query_one(Completion).offer({})
            self.query_one("#known", Label).update("")
            return
        found = await self.shift.run(partners.find_partners, text=text, limit=OFFERS)
        self.found = {card.code: card for card in found}
        self.query_one("#known", Label).update("" if found else _("Unknown: a new file will be made."))
        self.query_one(Completion).offer({card.code: _described(card) for card in found})

    @on(Completion.Chosen)
    def _chosen(self, event: Completion.Chosen) -> None:
        self.partner = self.found[event.key]
        self.query_one(Completion).take(self.partner.name)
        self.query_one("#phone", Input).value = self.partner.phone or ""
        self.query_one("#email", Input).value = self.partner.email or ""
        self.query_one("#known", Label).update(_("File {code}", code=self.partner.code))
        self.query_one("#comment").focus()

    def _forget(self) -> None:
        if self.partner is not None:
            self.partner = None
            self.query_one("#known", Label).update("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "comment":
            self.action_assign()
        else:
            self.focus_next()

    @on(Button.Pressed, "#assign")
    def action_assign(self) -> None:
        """Gives the slot."""
        self._assign()

    @on(Button.Pressed, "#instead")
    def _take_instead(self) -> None:
        if self.instead is not None:
            self.slot, self.instead = self.instead, None
            self.query_one(".dialog--title", Label).update(self.heading())
            self.query_one("#instead").display = False
            self._assign()

    @foreground
    async def _assign(self) -> None:
        self.complain("")
        given = {name: self.query_one(f"#{name}", Input).value.strip() for name in ("phone", "email", "comment")}
        partner = self.partner.code if self.partner else self.query_one(Completion).value.strip()
        try:
            card = await self.shift.write(
                call(
                    appointments.assign,
                    counter=self.slot.counter_id,
                    start=date_input.at(self.slot.starts_at),
                    partner=partner,
                    phone=given["phone"] or None,
                    email=given["email"] or None,
                    comment=given["comment"],
                ),
                said=self._said,
                back=lambda card, _before: [call(appointments.cancel, appointments=[card.id])],
                then=_arrives if self.is_here else None,
            )
        except RdvError as error:
            self.refuse(error)
            if isinstance(error, Conflict):
                await self._offer_nearest(error)
        else:
            self.dismiss(card)

    def _said(self, card: AppointmentCard) -> str:
        start = wording.short_moment(card.starts_at, self.shift.now)
        return _("{name}: {start}, {counter}", name=card.partner.name, start=start, counter=card.counter)

    async def _offer_nearest(self, error: Conflict) -> None:
        """Who was faster, and the nearest free slot on a button: what to do needs no words then."""
        near = date_input.at(self.slot.starts_at)
        found = await self.shift.run(slots.next_free, type=self.slot.type, near=near, count=1)
        button = self.query_one("#instead", Button)
        button.display = bool(found)
        if found:
            self.instead = found[0]
            self.complain(wording.sentence(error))
            button.label = _("Take {slot}", slot=_where(found[0]))
            button.focus()


def _arrives(card: AppointmentCard) -> Call:
    return call(appointments.mark_arrived, appointments=[card.id])


def _where(slot: SlotView) -> str:
    return f"{slot.counter}, {wording.moment(slot.starts_at)}"


def _described(card: PartnerCard) -> str:
    return " · ".join(filter(None, (card.name, card.code, contact(card))))
