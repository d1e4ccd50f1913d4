"""The detail of a slot, and what can be done to it (S2): « Fermer, Suspendre, Libérer, Attribuer »."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button

from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.terms import Right, SlotStatus
from rdv.tui.dialogs.dialog import ChoiceDialog, fact
from rdv.tui.shift import Shift

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
    """Return the actions of this agent on a slot (S2, G1); none on a past one."""
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


class SlotDialog(ChoiceDialog):
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
        actions = offered(slot, shift)
        super().__init__(ACTIONS, actions, likeliest=actions[-1] if actions else "")
        self.slot = slot

    def body(self) -> ComposeResult:
        slot = self.slot
        yield fact(N_("Counter"), slot.counter)
        yield fact(N_("Place"), slot.place)
        yield fact(N_("Type"), slot.type)
        yield fact(N_("Day of the appointment"), wording.long_day(slot.starts_at))
        yield fact(N_("Start"), wording.clock(slot.starts_at))
        yield fact(N_("End"), wording.clock(slot.ends_at))
        yield fact(N_("Status"), wording.signed(slot.status))
        if slot.partners:
            yield fact(N_("Assigned to"), slot.partners)
        if slot.seats_free and (slot.partners or slot.seats_free > 1):
            yield fact(N_("Free seats"), slot.seats_free)

    def on_mount(self) -> None:
        """Focus the likeliest answer."""
        super().on_mount()
        self.query(Button).last().focus()
