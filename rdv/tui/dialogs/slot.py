"""The detail of a slot, and what can be done to it (S2): « Fermer, Suspendre, Libérer, Attribuer »."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button

from rdv import wording
from rdv.engine.views import SlotView
from rdv.sentences.mark import N_
from rdv.terms import Right, SlotStatus
from rdv.tui.dialogs.dialog import Dialog, fact
from rdv.tui.shift import Shift
from rdv.wording import say as _

ACTIONS: dict[str, str] = {
    "suspend": N_("Suspend"),
    "reserve": N_("Reserve"),
    "release": N_("Release"),
    "show": N_("Appointment"),
    "assign": N_("Assign"),
}
_OFFERED: dict[SlotStatus, tuple[str, ...]] = {
    SlotStatus.FREE: ("suspend", "reserve", "assign"),
    SlotStatus.RESERVED: ("suspend", "release", "assign"),
    SlotStatus.SUSPENDED: ("release",),
    SlotStatus.BOOKED: ("suspend", "reserve", "show"),
    SlotStatus.HELD: ("suspend", "reserve"),
    SlotStatus.OCCUPIED: ("suspend", "reserve"),
}


def offered(slot: SlotView, shift: Shift) -> tuple[str, ...]:
    """What this agent can do to a slot (S2, G1); what is over can only be looked at."""
    over = slot.ends_at <= shift.now
    rights = {"release": Right.COUNTERS if slot.status is SlotStatus.SUSPENDED else Right.APPOINTMENTS, "show": None}
    actions = _OFFERED[slot.status]
    if slot.appointments and "show" not in actions:
        actions = (*actions, "show")
    return tuple(
        action
        for action in actions
        if (action == "show" or not over)
        and ((needed := rights.get(action, Right.APPOINTMENTS)) is None or shift.may(needed))
    )


class SlotDialog(Dialog[str]):
    """The detail of a slot as the manual shows it; the answer is one of ACTIONS."""

    TITLE_TEXT = N_("Detail of the slot")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("a", "choose('assign')", N_("Assign")),
        Binding("s", "choose('suspend')", N_("Suspend")),
        Binding("r", "choose('reserve')", N_("Reserve")),
        Binding("x", "choose('release')", N_("Release")),
        Binding("o", "choose('show')", N_("Appointment")),
    ]

    def __init__(self, slot: SlotView, shift: Shift) -> None:
        super().__init__()
        self.slot = slot
        self.actions = offered(slot, shift)

    def body(self) -> ComposeResult:
        slot = self.slot
        yield fact(N_("Counter"), slot.counter)
        yield fact(N_("Place"), slot.place)
        yield fact(N_("Type"), slot.type)
        yield fact(N_("Day of the appointment"), wording.long_day(slot.starts_at))
        yield fact(N_("Start"), wording.clock(slot.starts_at))
        yield fact(N_("End"), wording.clock(slot.ends_at))
        yield fact(N_("Status"), f"{wording.SIGNS[slot.status]} {wording.label(slot.status)}")
        if slot.partners:
            yield fact(N_("Assigned to"), slot.partners)
        if slot.seats_free and (slot.partners or slot.seats_free > 1):
            yield fact(N_("Free seats"), slot.seats_free)

    def buttons(self) -> ComposeResult:
        yield Button(_(N_("Close")), id="close")
        for action in self.actions:
            yield Button(_(ACTIONS[action]), id=action, variant="primary" if action == self.actions[-1] else "default")

    def on_mount(self) -> None:
        """The likeliest answer is under the finger."""
        super().on_mount()
        self.query(Button).last().focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done has a key."""
        return action != "choose" or parameters[0] in self.actions

    def action_choose(self, action: str) -> None:
        """Answers."""
        self.dismiss(action)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id in ACTIONS:
            self.dismiss(event.button.id)
