"""The base of the lists of appointments: filters, rows that can be marked, and acts on one or many (A4, A6)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Static

from rdv.changes import Part
from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.base import appointment_flows
from rdv.tui.base.marking import Marking
from rdv.tui.base.searchable import Filtered
from rdv.tui.dialogs.plan import PlanDialog
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.widgets.bars import FilterBar, Press
from rdv.tui.widgets.lines import write
from rdv.tui.widgets.table import Table, contact, faded, printable

ACTIONS: tuple[Any, ...] = (
    Binding("e", "conclude('done')", N_("Done")),
    Binding("n", "conclude('no_show')", N_("No show")),
    Binding("c", "move", N_("Move")),
    Binding("delete", "cancel", N_("Cancel")),
)
"""The acts of every list, after those of one list."""


class ListPage(Marking[AppointmentCard], Filtered):
    """A list of the appointments that `read` finds; subclasses say which, and how a row reads."""

    PARTS = (Part.LISTS, Part.CONTACTS)

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    WHOLE: ClassVar[int] = 1
    NOTHING: ClassVar[str] = ""

    def body(self) -> ComposeResult:
        yield FilterBar()
        yield from self.head()
        with ContentSwitcher(initial="list"):
            yield Table(*self.COLUMNS, markable=True, whole=self.WHOLE, id="list")
            yield Static("", id="nothing", markup=False)
        yield Static("", id="detail", classes="legend", markup=False)

    # for subclasses

    def head(self) -> ComposeResult:
        """Yield the widgets above the list: the count, and links to click."""
        with Horizontal(classes="summary"):
            yield Static("", id="summary", markup=False)
            yield from self.choices()

    def choices(self) -> ComposeResult:
        """Yield the links above the list."""
        yield from ()

    async def read(self) -> Sequence[AppointmentCard]:
        """Return the appointments, in the order of the list."""
        raise NotImplementedError

    def row(self, card: AppointmentCard) -> tuple[object, ...]:
        """Return an appointment as a row."""
        raise NotImplementedError

    def rows(self) -> dict[int, tuple[object, ...]]:
        """Return the rows of all of them, by their numbers."""
        return {
            number: faded(self.row(card)) if number == self.gone else self.row(card)
            for number, card in self.found.items()
        }

    def nothing(self) -> str:
        """Return the text of an empty list."""
        return _(self.NOTHING)

    def summary(self) -> str:
        """Return the count as text."""
        return _("Appointments: {count}", count=self.count_found)

    # reading and showing

    @reading
    async def reload(self) -> None:
        """Read what stands there now, and show it. The row under the cursor and the marks stay."""

        async def read() -> Sequence[AppointmentCard]:
            await self.show_filters()
            return await self.read()

        found = await self.patiently(read)
        self.take({card.id: card for card in found})
        self.show()

    def show(self) -> None:
        """Show the appointments."""
        write(self.query_one("#nothing", Static), self.nothing())
        self.query_one(ContentSwitcher).current = "list" if self.found else "nothing"
        now = self.shift.now
        self.query_one(Table).due = frozenset(
            number for number, card in self.found.items() if card.is_live and card.starts_at <= now
        )
        self.fill(self.rows())

    def detail(self, one: AppointmentCard) -> str:
        """Return the details that a narrow list cuts."""
        known = (one.partner.code, contact(one.partner), one.type, one.place, one.comment)
        return printable(" · ".join(filter(None, known)))

    @property
    def marked(self) -> list[AppointmentCard]:
        """Return the marked appointments."""
        return self.chosen if self.query_one(Table).marked else []

    # acts

    @on(Press.Pressed)
    async def _action_pressed(self, event: Press.Pressed) -> None:
        if hasattr(self, f"action_{event.name}"):
            await self.run_action(event.name)

    @on(Table.Opened)
    def _row_opened(self, event: Table.Opened) -> None:
        self.open_card(event.key)

    @foreground
    async def open_card(self, number: int) -> None:
        """Show the details of an appointment."""
        await appointment_flows.open_appointment(self, self.shift, number)

    def action_move(self) -> None:
        """Give the appointment under the cursor another slot; plan new slots for several that are marked (I3)."""
        self.move(self.targets())

    @foreground
    async def move(self, cards: Sequence[AppointmentCard]) -> None:
        """Ask for another slot, or for a plan."""
        if len(cards) == 1:
            await appointment_flows.move(self, self.shift, cards[0])
        else:
            await ask(self, PlanDialog(self.shift, appointments=[card.id for card in cards]))

    def action_cancel(self) -> None:
        """Cancel the marked appointments, or the one under the cursor."""
        self.cancel(self.targets())

    @foreground
    async def cancel(self, cards: Sequence[AppointmentCard]) -> None:
        """Ask, and cancel."""
        await appointment_flows.cancel(self, self.shift, cards)

    def action_conclude(self, what: str) -> None:
        """Say that the marked appointments, or the one under the cursor, are done, no show or arrived."""
        appointment_flows.conclude(self, self.shift, what, self.targets())
        self.query_one(Table).unmark()
