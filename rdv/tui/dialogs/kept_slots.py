"""The suspended and reserved slots of a counter: here they are freed (S2)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button, Input, Label

from rdv import date_input
from rdv.engine.booking import slots
from rdv.engine.views.setup import CounterView
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError, Right, SlotStatus
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.dialogs.impact import change
from rdv.tui.flows import foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.day_field import DayField
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call

KEPT = (SlotStatus.SUSPENDED, SlotStatus.RESERVED)
AGAIN: dict[SlotStatus, Any] = {SlotStatus.SUSPENDED: slots.suspend, SlotStatus.RESERVED: slots.reserve}


class KeptSlots(Table):
    """Rows of which Enter frees one."""

    BINDINGS: ClassVar[list[Any]] = [Binding("enter", "open", N_("Release"), show=False)]


class KeptSlotsDialog(Dialog[None]):
    """The suspended or reserved slots from a day on, to free one or many; open until it is closed."""

    TITLE_TEXT: ClassVar[str] = N_("Suspended and reserved slots")
    BINDINGS: ClassVar[list[Any]] = [Binding("x", "release", N_("Release"))]

    def __init__(self, shift: Shift, counter: CounterView) -> None:
        super().__init__()
        self.shift, self.counter = shift, counter
        self.found: list[SlotView] = []

    def heading(self) -> str:
        """Return the name of the counter."""
        return f"{_(self.TITLE_TEXT)} — {self.counter.label}, {self.counter.place}"

    def body(self) -> ComposeResult:
        yield Label(_("From this day on:"), classes="hint")
        yield DayField(self.shift.now.date(), self.shift.now.date(), id="from")
        yield KeptSlots(N_("Date"), N_("Start"), N_("End"), N_("Status"), markable=True, id="kept")
        yield Label("", id="none", classes="hint", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Search"), id="look")
        yield Button(_("Release"), id="release", variant="primary")

    def on_mount(self) -> None:
        """Begin today."""
        super().on_mount()
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow freeing slots to agents with the right (S2)."""
        if action == "release":
            return self.shift.may(Right.COUNTERS, Right.APPOINTMENTS)
        return super().check_action(action, parameters)

    @on(Input.Submitted, "#from")
    @on(Button.Pressed, "#look")
    def _asked(self) -> None:
        self._read()

    @reading
    async def _read(self) -> None:
        self.complain("")
        try:
            first = self.query_one(DayField).moment or date_input.on(self.shift.now.date())
            given: dict[str, Any] = {"counters": [self.counter.id], "statuses": KEPT}
            self.found = await self.shift.run(slots.list_slots, first=first, days=slots.MAX_DAYS, **given)
        except RdvError as error:
            self.refuse(error)
            return
        table = self.query_one(Table)
        table.fill({number: _row(slot) for number, slot in enumerate(self.found)})
        none = _("No slot of this counter is suspended or reserved.")
        told = _("Space marks a slot, * all of them; x releases them.")
        self.query_one("#none", Label).update(told if self.found else none)
        self.query_one("#release", Button).display = bool(self.found)
        table.display = bool(self.found)
        (table if self.found else self.query_one("#close")).focus()

    @on(Table.Opened)
    @on(Button.Pressed, "#release")
    def action_release(self) -> None:
        """Free the marked slots, or the one under the cursor."""
        self._release([self.found[number] for number in self.query_one(Table).chosen])

    @foreground
    async def _release(self, chosen: Sequence[SlotView]) -> None:
        try:
            for run in _runs(self.found, chosen):
                if not await self._free(run):
                    break
        except RdvError as error:
            self.refuse(error)
        else:
            self.query_one(Table).marked.clear()
            self._read()

    async def _free(self, run: Sequence[SlotView]) -> bool:
        """Free consecutive slots of the list, once the impact is accepted."""
        back = [call(AGAIN[stretch[0].status], **self._span(stretch)) for stretch in _stretches(run)]
        done = await change(
            self, self.shift, call(slots.release, **self._span(run)),
            said=_("{count} slots released", count=len(run)),
            back=lambda *_: back,
        )  # fmt: skip
        return done is not None

    def _span(self, run: Sequence[SlotView]) -> dict[str, Any]:
        """Return the span of these slots as use cases take it."""
        last = date_input.at(run[-1].ends_at) if len(run) > 1 else None
        return {"counter": self.counter.id, "start": date_input.at(run[0].starts_at), "to": last}


def _row(slot: SlotView) -> tuple[object, ...]:
    status = wording.signed(slot.status)
    return wording.long_day(slot.starts_at), wording.clock(slot.starts_at), wording.clock(slot.ends_at), status


def _runs(found: Sequence[SlotView], chosen: Sequence[SlotView]) -> list[list[SlotView]]:
    """Return the chosen slots, in stretches of the list between which nothing else is kept."""
    runs: list[list[SlotView]] = []
    is_after_one = False
    for slot in found:
        is_chosen = slot in chosen
        if is_chosen and is_after_one:
            runs[-1].append(slot)
        elif is_chosen:
            runs.append([slot])
        is_after_one = is_chosen
    return runs


def _stretches(run: Sequence[SlotView]) -> list[list[SlotView]]:
    """Yield runs of adjacent slots of one status, which one call can suspend or reserve again."""
    stretches: list[list[SlotView]] = []
    for slot in run:
        before = stretches[-1][-1] if stretches else None
        if before and before.ends_at == slot.starts_at and before.status is slot.status:
            stretches[-1].append(slot)
        else:
            stretches.append([slot])
    return stretches
