"""« Rendez-vous planifiés »: the appointments in their calendar (A2, S6)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding

from rdv import date_input
from rdv.changes import Part
from rdv.engine.booking import appointments
from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.terms import AppointmentList, AppointmentStatus, Right
from rdv.tui.base import appointment_flows
from rdv.tui.base.calendar_page import CalendarPage
from rdv.tui.drawing import grid
from rdv.tui.drawing.grid import DaySum
from rdv.tui.flows import foreground
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.table import Table

SHOWN = (
    AppointmentStatus.PLANNED,
    AppointmentStatus.DONE,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.PAST_WITHOUT_STATUS,
)
"""What a calendar of appointments shows: those that have their slot, to come or past."""


class PlannedPage(CalendarPage):
    """The calendar of appointments."""

    ENTRY = "planned"
    LIST = "appointments"
    MARKABLE = True
    BUSY_ONLY = True
    PARTS = (Part.CONTACTS,)
    COLUMNS = (N_("When"), N_("Partner"), N_("Status"), N_("Counter"), N_("Phone"), N_("Comment"))
    BINDINGS: ClassVar[list[Any]] = [
        Binding("c", "move", N_("Change the slot")),
        Binding("e", "conclude('done')", N_("Done")),
        Binding("n", "conclude('no_show')", N_("No show")),
        Binding("delete", "cancel", N_("Cancel")),
    ]

    def legend(self) -> str:
        """The statuses that are shown."""
        return "  ".join(wording.signed(status) for status in SHOWN)

    async def read(self, first: date, last: date, counters: Sequence[int] = ()) -> Sequence[AppointmentCard]:
        """Return the appointments of these days that have their slot."""
        given = {"counters": counters} if counters else self.shift.filters.as_given()
        found = await self.shift.run(
            appointments.list_appointments,
            view=AppointmentList.ALL,
            first=date_input.on(first),
            last=date_input.on(last),
            **given,
        )
        return [card for card in found if card.status in SHOWN and card.has_slot]

    def words(self, items: tuple[AppointmentCard, ...]) -> tuple[tuple[str, ...], str]:
        """Appointments that start together: whose they are, how they stand."""
        return grid.appointment_words(items)

    def sums(self, items: Iterable[AppointmentCard], days: Sequence[date]) -> list[DaySum]:
        """How many a day."""
        return grid.sum_appointments(items, days)

    def row(self, item: AppointmentCard) -> tuple[object, ...]:
        """An appointment in the list."""
        status = wording.signed(item.status)
        phone = item.partner.phone and wording.phone(item.partner.phone)
        return self.when(item.starts_at), item.partner.name, status, item.counter, phone, item.comment

    def key(self, number: int, item: AppointmentCard) -> int:
        """Its number: marks stay on the same appointments."""
        return item.id

    def is_due(self, item: AppointmentCard) -> bool:
        """Return True for an appointment that has begun and has no outcome."""
        return item.is_live and item.starts_at <= self.shift.now

    def own_filters(self) -> dict[str, str]:
        """Weeks gone by hold no planned one: all of theirs are meant."""
        return {"view": AppointmentList.PLANNED if self.days[-1] >= self.shift.now.date() else AppointmentList.ALL}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the agent has no right to, and what cannot be pointed at, has no key (G1)."""
        if action in ("move", "conclude", "cancel"):
            return self.shows_each and self.shift.may(Right.APPOINTMENTS)
        return super().check_action(action, parameters)

    @on(Calendar.Opened)
    def _block_opened(self, event: Calendar.Opened) -> None:
        self.open_all(event.block.items)

    @on(Table.Opened)
    def _row_opened(self, event: Table.Opened) -> None:
        if event.key in self.listed:
            self.open_all([self.listed[event.key]])

    @foreground
    async def open_all(self, cards: Sequence[AppointmentCard]) -> None:
        """Show the details of those that start together, one after the other."""
        for card in cards:
            await appointment_flows.open_appointment(self, self.shift, card.id)

    def action_move(self) -> None:
        """Change the slot of the appointment under the cursor."""
        self.move(self.required(self.item_rows())[0])

    @foreground
    async def move(self, card: AppointmentCard) -> None:
        """Ask for the slot."""
        await appointment_flows.move(self, self.shift, card)

    def action_cancel(self) -> None:
        """Cancel what is chosen."""
        self.cancel(self.required(self.item_rows()))

    @foreground
    async def cancel(self, cards: Sequence[AppointmentCard]) -> None:
        """Ask, and cancel."""
        await appointment_flows.cancel(self, self.shift, cards)

    def action_conclude(self, what: str) -> None:
        """Say that what is chosen is done or no show."""
        appointment_flows.conclude(self, self.shift, what, self.required(self.item_rows()))
        self.query_one("#list", Table).unmark()
