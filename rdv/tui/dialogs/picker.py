"""Another slot for an appointment: the free ones of its type, nearest first, or from a day on (A4)."""

from collections.abc import Mapping
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Label

from rdv import date_input
from rdv.engine.booking import slots
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Invalid
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Choices

COUNT = 60
"""How many free slots are shown."""


class PickerDialog(Dialog[SlotView]):
    """The free slots of the appointment's type; the answer is the chosen one.

    `taken` counts the seats that other appointments of the plan get, by counter and start; the rest is shown.
    """

    TITLE_TEXT = N_("Change the slot")

    def __init__(
        self, card: AppointmentCard, shift: Shift, *, taken: Mapping[tuple[int, datetime], int] | None = None
    ) -> None:
        super().__init__()
        self.card, self.shift, self.taken = card, shift, taken or {}
        self.free: list[SlotView] = []

    def heading(self) -> str:
        """Return the partner and the old slot."""
        card = self.card
        return f"{_(self.TITLE_TEXT)} — {card.partner.name}, {card.counter}, {wording.moment(card.starts_at)}"

    def body(self) -> ComposeResult:
        today = wording.day(self.shift.now)
        yield Input(placeholder=_("Near another day: {day}, tomorrow, +3d", day=today), id="day", compact=True)
        yield Choices(N_("When"), N_("Counter"), N_("Place"), id="free")
        yield Label("", id="none")

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Search"), id="look")
        yield Button(_("Change the slot"), id="pick", variant="primary")

    def on_mount(self) -> None:
        """Show the nearest slots first."""
        super().on_mount()
        self._look(date_input.at(self.card.starts_at))

    @on(Input.Submitted, "#day")
    @on(Button.Pressed, "#look")
    def _asked(self) -> None:
        written = self.query_one("#day", Input).value.strip()
        try:
            self._look(date_input.read(written) if written else date_input.at(self.card.starts_at))
        except Invalid as error:
            self.refuse(error)

    @reading
    async def _look(self, near: date_input.Moment) -> None:
        self.complain("")
        count = COUNT + len(self.taken)
        found = await self.shift.run(slots.next_free, type=self.card.type_id, near=near, count=count)
        self.free = [s for s in found if s.seats_free > self.taken.get((s.counter_id, s.starts_at), 0)][:COUNT]
        table = self.query_one(Choices)
        table.fill({n: (slot.starts_at, slot.counter, slot.place) for n, slot in enumerate(self.free)})
        self.query_one("#none", Label).update("" if self.free else _("No free slot of this type within two years."))
        table.focus()

    @on(Choices.Opened)
    def _opened(self, event: Choices.Opened) -> None:
        if event.key < len(self.free):
            self.dismiss(self.free[event.key])

    @on(Button.Pressed, "#pick")
    def _picked(self) -> None:
        chosen = self.query_one(Choices).pointed
        if chosen is not None:
            self.dismiss(self.free[chosen])
