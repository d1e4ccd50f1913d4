"""New slots for many appointments: the plan, edited and applied, whole or in part (I3)."""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button, Label, ProgressBar

from rdv import date_input
from rdv.engine.booking import rescheduling
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.plans import ProposedMove, Rescheduled, ReschedulePlan, Unplaced
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Table, contact
from rdv.tui.writes import call


class Closed(Exception):
    """Raised in the planning thread to end its work, because the dialog was closed."""


BEAT = 0.1
"""Seconds between two looks at how far the work is."""


@dataclass(frozen=True, slots=True)
class Line:
    """An appointment of the plan: its new slot, or the reason without one; an excluded one keeps its slot."""

    number: int
    card: AppointmentCard | None
    move: ProposedMove | None = None
    why: str = ""
    left_out: bool = False

    @property
    def goes(self) -> bool:
        """Return True if applying the plan moves it."""
        return self.move is not None and not self.left_out

    def row(self) -> tuple[object, ...]:
        """Return the row: partner, old and new slot, the time between them, the new place."""
        if self.card is None:
            return f"n° {self.number}", "", wording.label(self.why), "", "", ""
        old, name, reach = self.card.starts_at, self.card.partner.name, contact(self.card.partner)
        if self.move is None or self.left_out:
            why = _("left out") if self.left_out else wording.label(self.why)
            return name, _short(old, old), f"✕ {why}", "", "", reach
        new, where = self.move.starts_at, self.move.counter
        if self.move.place != self.card.place:
            where = f"{where} ({self.move.place})"
        return name, _short(old, new), f"→ {_short(new, old)}", distance(old, new), where, reach


class Plan(Table):
    """Rows of which Enter gives one another slot."""

    BINDINGS: ClassVar[list[Any]] = [Binding("enter", "open", N_("Pick another slot"), key_display="⏎")]


class PlanDialog(Dialog[bool]):
    """Plans, shows, lets rows be changed or excluded, applies. The arguments are those of `plan_moves`.

    The answer is True once an appointment was moved. Appointments whose new slot was taken stay, with another proposal.
    """

    TITLE_TEXT = N_("New slots")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+s", "apply", N_("Apply"), priority=True),
        Binding("delete", "leave_out", N_("Leave out, or not")),
    ]

    def __init__(self, shift: Shift, **given: Any) -> None:
        super().__init__(classes="-wide")
        self.shift, self.given = shift, given
        self.lines: dict[int, Line] = {}
        self.moved = 0
        self.closeness = ""  # of the plan as it was proposed: unknown once someone has changed it
        self.work: tuple[int, int] | None = None
        self.is_busy = self.is_writing = False

    def body(self) -> ComposeResult:
        yield Label("", id="counts", markup=False)
        yield Label("", id="closeness", markup=False)
        yield ProgressBar(show_eta=False, id="progress")
        heads = (N_("Partner"), N_("Old slot"), N_("New slot"), N_("Distance"), N_("Counter"), N_("Contact"))
        yield Plan(*heads, markable=True, whole=3, id="plan")

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Leave out, or not"), id="leave_out")
        yield Button(_("Pick another slot"), id="pick")
        yield Button(_("Apply"), id="apply", variant="primary")

    def on_mount(self) -> None:
        """Start planning."""
        super().on_mount()
        self.set_interval(BEAT, self._beat)
        self.plan()

    # progress: written by the thread, read by the dialog

    def _told(self, done: int, of_all: int) -> None:
        if not self.is_writing and not self.is_attached:
            raise Closed
        self.work = (done, of_all)

    def _beat(self) -> None:
        if self.is_busy and self.work:
            done, of_all = self.work
            self.query_one(ProgressBar).update(progress=done, total=of_all)

    def _begin(self, said: str, *, writing: bool = False) -> None:
        self.work, self.is_busy, self.is_writing = None, True, writing
        self.complain("")
        self.query_one("#counts", Label).update(said)
        self.query_one("#closeness", Label).display = False
        self.query_one(ProgressBar).update(total=None)
        self._show_busy()

    def _end(self) -> None:
        self.is_busy = self.is_writing = False
        self._show_busy()
        self.show()

    def _show_busy(self) -> None:
        self.query_one(ProgressBar).display = self.is_busy
        self.query_one(Table).display = not self.is_busy
        for name in ("leave_out", "pick", "apply"):
            self.query_one(f"#{name}", Button).disabled = self.is_busy
        self.query_one("#close", Button).disabled = self.is_writing
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Forbid changes while the plan is made, and closing while it is applied."""
        if action in ("apply", "leave_out"):
            return not self.is_busy
        return not self.is_writing if action == "close" else True

    # planning

    @reading
    async def plan(self) -> None:
        """Make the plan of least cost."""
        self._begin(_("Looking for the nearest free slots…"))
        try:
            plan = await self.shift.run(rescheduling.plan_moves, progress=self._told, **self.given)
        except RdvError as error:
            self.refuse(error)
        else:
            self.lines = _lines(plan)
            self.closeness = wording.closeness(plan.gap) if plan.moves else ""
        finally:
            self._end()

    def show(self) -> None:
        """Show the current plan, and the effect of applying it."""
        table = self.query_one(Table)
        table.fill({number: line.row() for number, line in self.lines.items()})
        if self.focused is None or self.focused is table or self.focused.disabled:
            table.focus()
        self._count()

    @on(Table.Marked)
    def _count(self) -> None:
        lines = self.lines.values()
        told = [
            _("New slots: {count}", count=sum(line.goes for line in lines)),
            _("without a slot: {count}", count=sum(line.move is None for line in lines)),
            _("left out: {count}", count=sum(line.left_out for line in lines)),
        ]
        self.query_one("#counts", Label).update(" · ".join(told))
        closeness = self.query_one("#closeness", Label)
        closeness.update(self.closeness)
        closeness.display = bool(self.closeness) and not any(line.left_out for line in lines)
        button = self.query_one("#apply", Button)
        marked = bool(self.query_one(Table).marked)
        going = len(self._going())
        button.label = _("Apply the {count} marked", count=going) if marked else _("Apply all {count}", count=going)
        button.disabled = not going

    def _going(self) -> list[ProposedMove]:
        """Return the rows that applying moves: the marked ones with a new slot, or all of them."""
        marked = self.query_one(Table).marked
        return [
            line.move
            for number, line in self.lines.items()
            if line.goes and line.move is not None and (not marked or number in marked)
        ]

    # changing the plan

    @on(Button.Pressed, "#leave_out")
    def action_leave_out(self) -> None:
        """Exclude the chosen rows from the plan; include them again if all of them are excluded."""
        chosen = [number for number in self.query_one(Table).chosen if self.lines[number].move is not None]
        out = not all(self.lines[number].left_out for number in chosen)
        self.lines |= {number: replace(self.lines[number], left_out=out) for number in chosen}
        self.show()

    @on(Button.Pressed, "#pick")
    def _pick_pressed(self) -> None:
        self.query_one(Table).action_open()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        self.pick(event.key)

    @foreground
    async def pick(self, number: int) -> None:
        """Choose another slot for one row, none that the plan gives to another appointment."""
        card = self.lines[number].card
        if card is None:
            return
        taken = Tally(
            (line.move.counter_id, line.move.starts_at)
            for other, line in self.lines.items()
            if other != number and line.goes and line.move is not None
        )
        slot = await ask(self, PickerDialog(card, self.shift, taken=taken))
        if slot is not None:
            move = ProposedMove(card, slot.counter_id, slot.counter, slot.place, slot.starts_at, slot.ends_at)
            self.lines[number] = Line(number, card, move)
            self.closeness = ""
            self.show()

    # applying it

    @on(Button.Pressed, "#apply")
    def action_apply(self) -> None:
        """Apply the plan."""
        if going := self._going():
            self.apply([rescheduling.Move(m.card.id, m.counter_id, date_input.at(m.starts_at)) for m in going])

    @foreground
    async def apply(self, moves: list[rescheduling.Move]) -> None:
        """Move these. An appointment whose new slot was taken gets another proposal, which must be applied again."""
        self._begin(_("Moving the appointments…"), writing=True)
        try:
            done = await self.shift.write(
                call(rescheduling.apply_moves, moves=moves, progress=self._told), said=_told_applied
            )
        except RdvError as error:
            self.refuse(error)
        else:
            self._applied(done, moves)
        finally:
            self._end()
        if not any(line.goes for line in self.lines.values()):
            self.dismiss(self.moved > 0)

    def _applied(self, done: Rescheduled, moves: Iterable[rescheduling.Move]) -> None:
        self.moved += len(done.moved)
        self.closeness = ""
        for move in moves:
            del self.lines[move.appointment]
        again = _lines(done.again) | _unplaced(done.refused)
        self.lines = again | self.lines
        self.query_one(Table).marked.clear()
        if again:
            names = [line.card.partner.name for line in again.values() if line.card]
            self.complain(_("Someone took the slot of {names} in the meantime. Another is proposed.", names=names))

    def action_close(self) -> None:
        """Close; applied moves stay."""
        self.dismiss(self.moved > 0)


def _told_applied(done: Rescheduled) -> str:
    """Return how many were moved, and how many have no slot."""
    told = [_("Moved: {count}", count=len(done.moved))]
    if done.refused:
        told.append(_("without a slot: {count}", count=len(done.refused)))
    return " · ".join(told)


def _lines(plan: ReschedulePlan) -> dict[int, Line]:
    """Return the plan by appointment, first those without a slot, which need attention."""
    return _unplaced(plan.unplaced) | {move.card.id: Line(move.card.id, move.card, move) for move in plan.moves}


def _unplaced(some: Iterable[Unplaced]) -> dict[int, Line]:
    return {one.appointment: Line(one.appointment, one.card, why=one.why) for one in some}


def distance(old: datetime, new: datetime) -> str:
    """Format the distance of a new time from the old one: « +3 j », « −1 h 30 »."""
    days = (new.date() - old.date()).days
    if days:
        return _("{sign}{count} d", sign="+" if days > 0 else "−", count=abs(days))
    minutes = round((new - old).total_seconds() / 60)
    if not minutes:
        return _("same time")
    sign, (hours, rest) = "+" if minutes > 0 else "−", divmod(abs(minutes), 60)
    return f"{sign}{hours} h {rest:02}" if hours else f"{sign}{rest} min"


def _short(when: datetime, other: datetime) -> str:
    """Format « mer. 07/06 10:00 »; with the year if the other date is in another year."""
    if when.year != other.year:
        return wording.moment(when)
    return f"{wording.short_day(when)} {wording.clock(when)}"
