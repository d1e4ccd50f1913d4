"""« Créneaux »: the slots of the counters, and what can be done to them (S2–S6, A3)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding

from rdv import date_input
from rdv.engine.booking import slots
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Right, SlotStatus
from rdv.tui.base.appointment_flows import assign, open_appointment
from rdv.tui.base.calendar_page import CalendarPage
from rdv.tui.dialogs.impact import change
from rdv.tui.dialogs.slot import SlotDialog
from rdv.tui.drawing import grid
from rdv.tui.drawing.grid import DaySum
from rdv.tui.flows import ask, foreground
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.table import Table
from rdv.tui.writes import Call, call

CHANGES: dict[str, Any] = {"suspend": slots.suspend, "reserve": slots.reserve, "release": slots.release}
CHANGED = {"suspend": N_("suspended"), "reserve": N_("reserved"), "release": N_("released")}


class SlotsPage(CalendarPage):
    """The calendar of slots. One can be opened; one or several of a counter suspended, reserved, released."""

    ENTRY = "slots"
    LIST = "slots"
    COLUMNS = (N_("When"), N_("Counter"), N_("Assigned to"), N_("Status"), N_("Place"))
    BINDINGS: ClassVar[list[Any]] = [
        Binding("a", "assign", N_("Assign")),
        Binding("s", "change('suspend')", N_("Suspend")),
        Binding("r", "change('reserve')", N_("Reserve")),
        Binding("x", "change('release')", N_("Release")),
    ]

    def legend(self) -> str:
        """The six statuses (S1)."""
        short = {SlotStatus.RESERVED: _("reserved")}
        return "  ".join(f"{wording.SIGNS[one]} {short.get(one) or wording.label(one)}" for one in SlotStatus)

    async def read(self, first: date, last: date, counters: Sequence[int] = ()) -> Sequence[SlotView]:
        """Return the slots of these days."""
        given = {"counters": counters} if counters else self.shift.filters.as_given()
        return await self.shift.run(slots.list_slots, first=first, days=(last - first).days + 1, **given)

    def words(self, items: tuple[SlotView, ...]) -> tuple[tuple[str, ...], str]:
        """A slot by its sign, and who has it."""
        return grid.slot_words(items)

    def sums(self, items: Iterable[SlotView], days: Sequence[date]) -> list[DaySum]:
        """Free, taken, kept."""
        return grid.sum_days(items, days)

    def is_passing(self, item: SlotView) -> bool:
        """A hold ends by itself (P2), and with it what it occupies at a desk (C7)."""
        return item.status in (SlotStatus.HELD, SlotStatus.OCCUPIED)

    def row(self, item: SlotView) -> tuple[object, ...]:
        """A slot in the list."""
        when = f"{self.when(item.starts_at)}–{wording.clock(item.ends_at)}"
        return when, item.counter, item.partners, wording.signed(item.status), item.place

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the agent has no right to, and what cannot be pointed at, has no key (G1)."""
        if action in ("assign", "change") and not self.shows_each:
            return False
        if action == "assign":
            return self.shift.may(Right.APPOINTMENTS)
        if action == "change":
            return self.shift.may(Right.APPOINTMENTS, *([Right.COUNTERS] if parameters[0] == "release" else []))
        return super().check_action(action, parameters)

    @on(Calendar.Opened)
    def _block_opened(self, event: Calendar.Opened) -> None:
        self.open_slot(event.block.items[0])

    @on(Table.Opened)
    def _row_opened(self, event: Table.Opened) -> None:
        if event.key in self.listed:
            self.open_slot(self.listed[event.key])

    @foreground
    async def open_slot(self, slot: SlotView) -> None:
        """Show the details of a slot, then do what was chosen there."""
        answer = await ask(self, SlotDialog(slot, self.shift))
        if answer == "assign":
            await assign(self, self.shift, slot)
        elif answer == "show":
            for number in slot.appointments:
                await open_appointment(self, self.shift, number)
        elif answer is not None:
            await self.alter(answer, [slot])

    def action_assign(self) -> None:
        """Give the slot under the cursor."""
        self.assign(self.required(self.item_rows())[0])

    @foreground
    async def assign(self, slot: SlotView) -> None:
        """Ask who takes it."""
        await assign(self, self.shift, slot)

    def action_change(self, what: str) -> None:
        """Suspend, reserve or release what is selected."""
        self.change(what, self.required(self.item_rows()))

    @foreground
    async def change(self, what: str, chosen: Sequence[SlotView]) -> None:
        """Show the impact first (I1)."""
        await self.alter(what, chosen)

    async def alter(self, what: str, chosen: Sequence[SlotView]) -> None:
        """Suspend, reserve or release slots of one counter."""
        first, last = chosen[0], chosen[-1]
        span = {
            "counter": first.counter_id,
            "start": date_input.at(first.starts_at),
            "to": date_input.at(last.starts_at + timedelta(seconds=1)) if len(chosen) > 1 else None,
        }
        back = self._way_back(what, chosen, span)
        await change(
            self, self.shift, call(CHANGES[what], **span),
            said=_("{slots}: {what}", slots=told(chosen, self.shift.now), what=_(CHANGED[what])),
            back=(lambda _impact, _before: back) if back else None,
        )  # fmt: skip

    def _way_back(self, what: str, chosen: Sequence[SlotView], span: dict[str, Any]) -> list[Call]:
        """Return how it is taken back, where one call brings back what was, and the agent may make it (S2)."""
        before = {slot.status for slot in chosen}
        kept = before & {SlotStatus.RESERVED, SlotStatus.SUSPENDED}
        if what == "release":
            if len(before) == 1 and kept:
                return [call(slots.suspend if SlotStatus.SUSPENDED in kept else slots.reserve, **span)]
        elif not kept and (what == "reserve" or self.shift.may(Right.COUNTERS)):
            return [call(slots.release, **span, restore=True)]
        return []


def told(chosen: Sequence[SlotView], now: datetime) -> str:
    """Return what slots are called: « ven. 07/04 09:00, Guichet 1 », « 3 créneaux, Guichet 1 »."""
    first = chosen[0]
    if len(chosen) == 1:
        return f"{wording.short_moment(first.starts_at, now)}, {first.counter}"
    return _("{count} slots, {counter}", count=len(chosen), counter=first.counter)
