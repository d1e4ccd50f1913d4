"""« Détail du message »: recipient, subject, error (N3)."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from rdv.engine.views.messages import MessageCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.terms import MessageStatus
from rdv.tui.dialogs.dialog import ChoiceDialog, fact

ACTIONS: dict[str, str] = {
    "appointment": N_("Appointment"),
    "partner": N_("Partner's file"),
    "retry": N_("Try again"),
}


class MessageDialog(ChoiceDialog):
    """A message as the outbox has it, never its text: a link in it is its reader's alone. The answer is of ACTIONS."""

    TITLE_TEXT = N_("Detail of the message")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("r", "choose('retry')", N_("Try again")),
        Binding("f", "choose('partner')", N_("Partner's file")),
        Binding("a", "choose('appointment')", N_("Appointment")),
    ]

    def __init__(self, card: MessageCard) -> None:
        can = {
            "appointment": bool(card.appointments),
            "partner": card.partner is not None,
            "retry": card.status is not MessageStatus.SENT,
        }
        super().__init__(ACTIONS, [action for action, possible in can.items() if possible], likeliest="retry")
        self.card = card

    def body(self) -> ComposeResult:
        card = self.card
        for name, value in (
            (N_("Message"), f"{wording.label(card.kind)} ({wording.label(card.channel)})"),
            (N_("Partner"), card.partner and f"{card.partner.name} ({card.partner.code})"),
            (N_("Recipient"), card.to),
            (N_("Appointments"), ", ".join(map(str, card.appointments))),
            (N_("Status"), wording.label(card.status)),
            (N_("Made on"), wording.moment(card.made_at)),
            (N_("Due on"), wording.moment(card.due_at)),
            (N_("Sent on"), card.sent_at and wording.moment(card.sent_at)),
            (N_("Attempts"), card.attempts),
            (N_("Problem"), card.last_error and wording.label(card.last_error)),
        ):
            if value:
                yield fact(name, value)

    def on_mount(self) -> None:
        """Focus the text."""
        super().on_mount()
        self.query_one("#close").focus()
