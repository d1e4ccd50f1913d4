"""What the lists of appointments share: filters, rows that can be marked, and what is done to one or many (A4, A6)."""

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
from rdv.tui.flows import flow
from rdv.tui.widgets.bars import FilterBar, Press
from rdv.tui.widgets.lines import write
from rdv.tui.widgets.table import Table, contact, printable

ACTIONS: tuple[Any, ...] = (
    Binding("e", "conclude('done')", N_("Done")),
    Binding("n", "conclude('no_show')", N_("No show")),
    Binding("c", "move", N_("Move")),
    Binding("delete", "cancel", N_("Cancel")),
)
"""What can be done in each of the lists, after what is special to it."""


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

    # what subclasses say

    def head(self) -> ComposeResult:
        """What stands above the list: how many there are, and what can be clicked."""
        with Horizontal(classes="summary"):
            yield Static("", id="summary", markup=False)
            yield from self.choices()

    def choices(self) -> ComposeResult:
        """What can be clicked above the list."""
        yield from ()

    async def read(self) -> Sequence[AppointmentCard]:
        """The appointments, in the order of the list."""
        raise NotImplementedError

    def row(self, card: AppointmentCard) -> tuple[object, ...]:
        """An appointment as a row."""
        raise NotImplementedError

    def rows(self) -> dict[int, tuple[object, ...]]:
        """All of them, by their numbers."""
        return {number: self.row(card) for number, card in self.found.items()}

    def nothing(self) -> str:
        """What is said when there are none."""
        return _(self.NOTHING)

    def summary(self) -> str:
        """How many there are."""
        return _("Appointments: {count}", count=len(self.found))

    # reading and showing

    @flow("read")
    async def reload(self) -> None:
        """Reads what stands there now, and shows it; what is pointed at and what is marked stays."""

        async def read() -> Sequence[AppointmentCard]:
            await self.show_filters()
            return await self.read()

        found = await self.patiently(read)
        self.found = {card.id: card for card in found}
        self.show()

    def show(self) -> None:
        """Shows what was found."""
        write(self.query_one("#nothing", Static), self.nothing())
        self.query_one(ContentSwitcher).current = "list" if self.found else "nothing"
        self.fill(self.rows())

    def detail(self, one: AppointmentCard) -> str:
        """What a narrow list has no room for."""
        known = (one.partner.code, contact(one.partner), one.type, one.place, one.comment)
        return printable(" · ".join(filter(None, known)))

    @property
    def marked(self) -> list[AppointmentCard]:
        """The marked ones."""
        return self.chosen if self.query_one(Table).marked else []

    # what is done

    @on(Press.Pressed)
    async def _action_pressed(self, event: Press.Pressed) -> None:
        if hasattr(self, f"action_{event.name}"):
            await self.run_action(event.name)

    @on(Table.Opened)
    def _row_opened(self, event: Table.Opened) -> None:
        self.open_card(event.key)

    @flow("act")
    async def open_card(self, number: int) -> None:
        """The details of one."""
        await appointment_flows.open_appointment(self, self.shift, number)
        self.reload()

    @flow("act")
    async def action_move(self) -> None:
        """Another slot for the one that is pointed at; for several that are marked, a plan (I3)."""
        chosen = self.chosen
        if len(chosen) == 1:
            await appointment_flows.move(self, self.shift, chosen[0])
        elif chosen:
            await self.app.push_screen_wait(PlanDialog(self.shift, appointments=[card.id for card in chosen]))
        self.reload()

    @flow("act")
    async def action_cancel(self) -> None:
        """Cancels what is chosen."""
        if chosen := self.chosen:
            await appointment_flows.cancel(self, self.shift, chosen)
            self.reload()

    @flow("act")
    async def action_conclude(self, what: str) -> None:
        """Done, no show or arrived."""
        if chosen := self.chosen:
            await appointment_flows.conclude(self, self.shift, what, chosen)
            self.reload()
