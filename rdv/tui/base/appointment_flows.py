"""What is done to appointments from any screen: open, move, cancel, done, no show, arrived (A4, A6)."""

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from rdv import date_input
from rdv.engine.booking import appointments
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.dialogs.words import ConfirmDialog
from rdv.tui.shift import Shift

OUTCOMES: dict[str, Any] = {
    "done": appointments.mark_done,
    "no_show": appointments.mark_no_show,
    "arrived": appointments.mark_arrived,
    "reopen": appointments.reopen,
}
"""What is one call and takes several appointments."""


async def open_appointment(screen: Screen[Any], shift: Shift, number: int) -> None:
    """The details of an appointment, then what was chosen there; then its details again, until they are closed."""
    while True:
        file = await shift.run(appointments.show_appointment, appointment=number)
        answer = await screen.app.push_screen_wait(AppointmentDialog(file, shift))
        if answer is None:
            return
        if answer == "partner":
            await open_partner(screen, shift, file.card.partner.code)
        elif answer == "move":
            await move(screen, shift, file.card)
        elif answer == "cancel":
            await cancel(screen, shift, [file.card])
        else:
            await conclude(screen, shift, answer, [file.card])


async def open_partner(screen: Screen[Any], shift: Shift, code: str, *, tab: str = "appointments") -> None:
    """A partner's file, and the appointments that are opened there, until it is closed (A7)."""
    while True:
        number = await screen.app.push_screen_wait(PartnerDialog(code, shift, tab))
        if number is None:
            return
        await open_appointment(screen, shift, number)


async def assign(screen: Screen[Any], shift: Shift, slot: SlotView) -> AppointmentCard | None:
    """Asks who takes a slot, and gives it (A3)."""
    card = await screen.app.push_screen_wait(AssignDialog(slot, shift))
    if card is not None:
        shift.remember(_("Assignment to {name}", name=card.partner.name), appointments.cancel, appointments=[card.id])
        told = _("{name}: {counter}, {start}", name=card.partner.name, counter=card.counter, start=card.starts_at)
        screen.app.notify(told, title=_("Assigned"), markup=False)
    return card


async def move(screen: Screen[Any], shift: Shift, card: AppointmentCard) -> None:
    """Picks another slot, and moves (A4)."""
    slot = await screen.app.push_screen_wait(PickerDialog(card, shift))
    if slot is None:
        return
    moved = await shift.run(
        appointments.move, appointment=card.id, counter=slot.counter_id, start=date_input.at(slot.starts_at)
    )
    if card.has_slot and card.starts_at > shift.now:
        back = {"appointment": card.id, "counter": card.counter_id, "start": date_input.at(card.starts_at)}
        shift.remember(_("Move of {name}", name=card.partner.name), appointments.move, **back)
    told = _("{name}: {counter}, {start}", name=moved.partner.name, counter=moved.counter, start=moved.starts_at)
    screen.app.notify(told, title=_("Moved"), markup=False)


async def cancel(screen: Screen[Any], shift: Shift, cards: Sequence[AppointmentCard]) -> None:
    """Asks, and cancels."""
    meant = [f"{card.partner.name} ({wording.short_moment(card.starts_at, shift.now)})" for card in cards]
    question = _("Cancel the appointment of {names}?", names=meant)
    if not await screen.app.push_screen_wait(ConfirmDialog(question, _("Cancel the appointment"))):
        return
    numbers = [card.id for card in cards]
    await shift.run(appointments.cancel, appointments=numbers)
    if all(card.has_slot for card in cards):
        shift.remember(_("Cancellation"), appointments.reopen, appointments=numbers)
    screen.app.notify(_("Cancelled: {names}.", names=[card.partner.name for card in cards]), markup=False)


async def conclude(screen: Screen[Any], shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> None:
    """Done, no show, arrived or reopened, one or many; all or none."""
    numbers = [card.id for card in cards]
    changed = await shift.run(OUTCOMES[what], appointments=numbers)
    if what == "arrived":
        shift.remember(_("Arrival"), appointments.mark_arrived, appointments=numbers, arrived=False)
    elif what in ("done", "no_show") and all(card.has_slot or card.ends_at <= shift.now for card in cards):
        shift.remember(wording.label(changed[0].status), appointments.reopen, appointments=numbers)
    names = [card.partner.name for card in cards]
    status = _("arrived") if what == "arrived" else wording.label(changed[0].status)
    screen.app.notify(_("{names}: {status}", names=names, status=status), markup=False)
