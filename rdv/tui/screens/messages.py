"""« Messages »: what could not be sent, to whom and why, and trying it again (N3)."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static

from rdv.changes import Changes, Part
from rdv.engine.messages import history
from rdv.engine.views.messages import MessageCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import MessageStatus
from rdv.tui.base.appointment_flows import open_appointment, open_partner
from rdv.tui.base.marking import Marking
from rdv.tui.dialogs.message import MessageDialog
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.table import Table, faded, printable
from rdv.tui.writes import call

MOST = 200
"""How many are shown at most, the latest first."""


class MessagesPage(Marking[MessageCard]):
    """The parked messages, or all the latest ones."""

    ENTRY = "messages"
    PARTS = (Part.MESSAGES, Part.PARKED)
    BINDINGS: ClassVar[list[Any]] = [
        Binding("r", "retry", N_("Try again")),
        Binding("f", "partner", N_("Partner's file")),
        Binding("v", "widen", N_("All messages")),
    ]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.widen = False

    def body(self) -> ComposeResult:
        with Horizontal(classes="summary"):
            yield Static("", id="summary", markup=False)
            yield Press(_("r Try again"), "retry", classes="-retry")
            yield Press(_("v All messages"), "widen", classes="-mode")
        heads = (N_("Partner"), N_("Recipient"), N_("Message"), N_("Channel"), N_("Made on"), N_("Status"))
        yield Table(*heads, markable=True, id="messages")
        yield Static("", id="detail", classes="legend", markup=False)

    # reading and showing

    @reading
    async def reload(self) -> None:
        """Read what stands there now. The row under the cursor and the marks stay."""
        statuses = () if self.widen else (MessageStatus.PARKED,)

        async def read() -> list[MessageCard]:
            return await self.shift.run(history.list_messages, statuses=statuses, limit=MOST)

        self.take({card.id: card for card in await self.patiently(read)})
        self.show()

    def show(self) -> None:
        """Show what was found."""
        self.fill(
            {number: faded(_row(card)) if number == self.gone else _row(card) for number, card in self.found.items()}
        )

    def concerns(self, changes: Changes) -> bool:
        """Those that could not be sent are another list than all."""
        return super().concerns(changes) if self.widen else changes.touch(Part.PARKED)

    def summary(self) -> str:
        """How many there are."""
        told = N_("Messages: {count}") if self.widen else N_("Messages not sent: {count}")
        return _(told, count=self.count_found)

    def detail(self, one: MessageCard) -> str:
        """Why it is where it is."""
        return printable(why(one))

    # what is done

    @on(Press.Pressed)
    async def _pressed(self, event: Press.Pressed) -> None:
        await self.run_action(event.name)

    def action_widen(self) -> None:
        """All messages, or again those alone that could not be sent."""
        self.widen = not self.widen
        self.query_one("Press.-mode").set_class(self.widen, "-on")
        self.is_elsewhere = True
        self.reload()

    def action_retry(self) -> None:
        """Have the marked messages, or the one under the cursor, tried again."""
        self._retry(self.targets())

    def action_partner(self) -> None:
        """Open the file of the partner, where an address can be corrected."""
        partner = self.targets()[0].partner
        if partner is not None:
            self.open_file(partner.code)

    @foreground
    async def open_file(self, code: str) -> None:
        """Show the file, until it is closed."""
        await open_partner(self, self.shift, code)

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        if event.key in self.found:
            self.open_message(self.found[event.key])

    @foreground
    async def open_message(self, card: MessageCard) -> None:
        """Show the message, and do what is chosen there."""
        answer = await ask(self, MessageDialog(card))
        if answer == "retry":
            self._retry([card])
        elif answer == "partner" and card.partner is not None:
            await open_partner(self, self.shift, card.partner.code)
        elif answer == "appointment":
            await open_appointment(self, self.shift, card.appointments[0])

    def _retry(self, cards: list[MessageCard]) -> None:
        self.shift.put(
            call(history.retry_messages, messages=[card.id for card in cards]),
            said=_("Tried again as soon as a worker runs: {count}", count=len(cards)),
        )


def why(card: MessageCard) -> str:
    """What was the matter, in words; empty for what went well."""
    return wording.label(card.last_error) if card.last_error else ""


def _row(card: MessageCard) -> tuple[object, ...]:
    name = card.partner.name if card.partner else None
    return name, card.to, card.kind, card.channel, f"{card.made_at:%d/%m %H:%M}", card.status
