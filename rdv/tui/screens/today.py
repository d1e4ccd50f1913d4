"""« Ce jour »: the day of my counters, who is next, who waits (A6, A9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from rdv import date_input
from rdv.changes import Changes, Part
from rdv.engine.booking import appointments, slots
from rdv.engine.setup import counters
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList, AppointmentStatus, Refused, SlotStatus
from rdv.tui.base import appointment_flows
from rdv.tui.base.list_page import ACTIONS, ListPage
from rdv.tui.dialogs.walk_in import WalkInDialog
from rdv.tui.drawing import day_queue
from rdv.tui.flows import ask, foreground
from rdv.tui.shift import Shift
from rdv.tui.widgets.next_up import Expected, NextCard, NextUp
from rdv.tui.widgets.table import RULE, Table, printable

COLOURS = {"here": "bold $free", "expected": "$foreground", "lost": "$lost", "over": "dim $foreground"}
"""How a row looks, by what `day.style` says."""


class TodayPage(ListPage):
    """The appointments of today in order of time, with a line for now; it reads again each minute."""

    ENTRY = "today"
    COLUMNS = (N_("Time"), N_("Partner"), N_("Status"), N_("Counter"), N_("Type"), N_("Phone"), N_("Comment"))
    WHOLE = 3
    NOTHING = N_("No appointment today at these counters.")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("h", "conclude('arrived')", N_("Arrived")),
        Binding("a", "walk_in", N_("Walk-in")),
        *ACTIONS,
    ]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.is_shown = False
        self.counters: set[int] = set()
        self.wanted: int | None = None

    def head(self) -> ComposeResult:
        """Who is next, in large."""
        yield NextUp()

    def minute_passed(self) -> None:
        """Say who is late, who has waited for how long, what is past."""
        self.reload()

    def concerns(self, changes: Changes) -> bool:
        """Only the day of today matters, and only at the counters of the page."""
        today = self.shift.now.date()
        return changes.touch(Part.CONTACTS) or any(
            day == today and counter in self.counters for counter, day in changes.slots
        )

    async def read(self) -> Sequence[AppointmentCard]:
        """All of today's but the cancelled ones."""
        await self._choose_counters()
        today = date_input.on(self.shift.now.date())
        found = await self.shift.run(
            appointments.list_appointments,
            view=AppointmentList.ALL, first=today, last=today, **self.shift.filters.as_given(),
        )  # fmt: skip
        return [card for card in found if card.status is not AppointmentStatus.CANCELLED]

    async def _choose_counters(self) -> None:
        """Know the counters that filters let pass."""
        seen = self.shift.filters
        chosen = await self.shift.know(counters.list_counters, types=seen.types, places=seen.places)
        self.counters = {one.id for one in chosen if not seen.counters or one.id in seen.counters}

    def show(self) -> None:
        """The list, and who is next."""
        is_first, self.is_shown = not self.is_shown, True
        cards = [card for number, card in self.found.items() if number != self.gone]
        following = day_queue.next_up(cards, self.shift.now)
        self.query_one(NextUp).show(tuple(map(self._expected, following)), _("Nobody is expected any more today."))
        super().show()
        wanted = following[0].id if is_first and following else self.wanted
        if wanted in self.found:
            self.query_one(Table).point(wanted)
            self.wanted = None

    def _expected(self, card: AppointmentCard) -> Expected:
        now = self.shift.now
        since = day_queue.state(card, now)
        if card.arrived_at is None and card.starts_at > now:
            since = _("in {wait}", wait=day_queue.minutes(now, card.starts_at))
        where = printable(f"{card.counter} · {card.type}")
        name = printable(card.partner.name)
        return Expected(card.id, wording.clock(card.starts_at), name, where, since, card.arrived_at is not None)

    def rows(self) -> dict[int, tuple[object, ...]]:
        """In order of time, the line for now among them."""
        cards, now = list(self.found.values()), self.shift.now
        rows: dict[int, tuple[object, ...]] = {}
        at = day_queue.now_before(cards, now)
        told = super().rows()
        for card in cards[:at]:
            rows[card.id] = told[card.id]
        rows[RULE] = self._line(now)
        for card in cards[at:]:
            rows[card.id] = told[card.id]
        return rows

    def row(self, card: AppointmentCard) -> tuple[object, ...]:
        """When, how it stands, whose, where."""
        times = f"{wording.clock(card.starts_at)} – {wording.clock(card.ends_at)}"
        facts = (
            times, card.partner.name, day_queue.state(card, self.shift.now), card.counter, card.type,
            card.partner.phone and wording.phone(card.partner.phone), card.comment,
        )  # fmt: skip
        style = self._style(COLOURS[day_queue.style(card)])
        return tuple(Text(printable(wording.plain(fact) if fact else ""), style=style) for fact in facts)

    def _line(self, now: datetime) -> tuple[object, ...]:
        told = (_("{clock} now", clock=wording.clock(now)), *("━━━━━━━━━━" for _column in self.COLUMNS[1:]))
        return tuple(Text(text, style=self._style("bold $accent")) for text in told)

    def _style(self, written: str) -> str:
        named = self.app.theme_variables
        return " ".join(named[word[1:]] if word.startswith("$") else word for word in written.split())

    @on(NextCard.Opened)
    def _next_opened(self, event: NextCard.Opened) -> None:
        self.open_card(event.number)

    # without an appointment

    def action_walk_in(self) -> None:
        """Give a free slot of today to someone who is here: assigned, and arrived."""
        self.walk_in()

    @foreground
    async def walk_in(self) -> None:
        """Ask for which slot and for whom."""
        now = self.shift.now
        free = await self.shift.run(
            slots.list_slots, first=now.date(), days=1, statuses=[SlotStatus.FREE], **self.shift.filters.as_given()
        )
        offered = soonest([slot for slot in free if slot.ends_at > now])
        if not offered:
            raise Refused("no_slot_today")
        slot = offered[0] if len(offered) == 1 else await ask(self, WalkInDialog(offered))
        if slot is None:
            return
        card = await appointment_flows.assign(self, self.shift, slot, is_here=True)
        if card is not None:
            self.wanted = card.id
            self.reload()


def soonest(free: Sequence[SlotView]) -> list[SlotView]:
    """The first free slot of each counter, soonest first."""
    first: dict[int, SlotView] = {}
    for slot in sorted(free, key=lambda slot: (slot.starts_at, slot.counter)):
        first.setdefault(slot.counter_id, slot)
    return list(first.values())
