"""« Détail du rendez-vous » and its whole story, and what can be done to it (A4, A6)."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Label

from rdv.engine.views.appointments import AppointmentCard, AppointmentFile
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.terms import AppointmentStatus, Right
from rdv.tui.dialogs.dialog import ChoiceDialog, fact, history_line
from rdv.tui.shift import Shift

ACTIONS: dict[str, str] = {
    "partner": N_("Partner's file"),
    "cancel": N_("Cancel"),
    "reopen": N_("Reopen"),
    "arrived": N_("Arrived"),
    "no_show": N_("No show"),
    "done": N_("Done"),
    "move": N_("Change the slot"),
}


def offered(card: AppointmentCard, shift: Shift) -> tuple[str, ...]:
    """What this agent can do to an appointment now (A2, A4, A6, G1)."""
    if not shift.may(Right.APPOINTMENTS):
        return ("partner",)
    today = card.starts_at.date() == shift.now.astimezone(card.starts_at.tzinfo).date()
    can = {
        "partner": True,
        "cancel": card.is_live,
        "reopen": not card.is_live,
        "arrived": card.status is AppointmentStatus.PLANNED and today and card.arrived_at is None,
        "no_show": card.status is not AppointmentStatus.CANCELLED and card.starts_at <= shift.now,
        "done": card.status is not AppointmentStatus.CANCELLED and (today or card.starts_at <= shift.now),
        "move": card.is_live,
    }
    over = {AppointmentStatus.DONE: "done", AppointmentStatus.NO_SHOW: "no_show"}.get(card.status)
    return tuple(action for action, possible in can.items() if possible and action != over)


class AppointmentDialog(ChoiceDialog):
    """The details of an appointment, as the manual shows them, then its story; the answer is one of ACTIONS."""

    TITLE_TEXT = N_("Detail of the appointment")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("c", "choose('move')", N_("Change the slot")),
        Binding("f", "choose('partner')", N_("Partner's file")),
        Binding("h", "choose('arrived')", N_("Arrived")),
        Binding("e", "choose('done')", N_("Done")),
        Binding("n", "choose('no_show')", N_("No show")),
        Binding("delete", "choose('cancel')", N_("Cancel")),
        Binding("o", "choose('reopen')", N_("Reopen")),
    ]

    def __init__(self, file: AppointmentFile, shift: Shift) -> None:
        super().__init__(ACTIONS, offered(file.card, shift), likeliest="move")
        self.file = file

    def body(self) -> ComposeResult:
        card = self.file.card
        yield fact(N_("Counter"), f"{card.counter} ({card.place})")
        yield fact(N_("Type"), card.type)
        yield fact(N_("Taken on"), f"{card.taken_at:%d/%m/%Y %H:%M:%S} · {wording.taker(card.taken_by)}")
        yield fact(N_("Day of the appointment"), wording.long_day(card.starts_at))
        yield fact(N_("Start"), wording.clock(card.starts_at))
        yield fact(N_("End"), wording.clock(card.ends_at))
        yield fact(N_("Status"), wording.signed(card.status))
        yield fact(N_("Assigned to"), f"{card.partner.name} ({card.partner.code})")
        for name, value in (
            (N_("Phone"), card.partner.phone and wording.phone(card.partner.phone)),
            (N_("E-mail"), card.partner.email), (N_("Comment"), card.comment),
            (N_("Arrived"), card.arrived_at and wording.clock(card.arrived_at)),
        ):  # fmt: skip
            if value:
                yield fact(name, value)
        with VerticalScroll(classes="story"):
            for line in reversed(self.file.history):
                yield Label(history_line(line), markup=False)

    def on_mount(self) -> None:
        """Reading comes first."""
        super().on_mount()
        self.query_one("#close").focus()
