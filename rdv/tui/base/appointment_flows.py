"""Acts on appointments from any screen: open, move, cancel, done, no-show, arrived (A4, A6)."""

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from rdv import date_input
from rdv.engine.booking import appointments
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentStatus
from rdv.tui.dialogs.appointment import AppointmentDialog
from rdv.tui.dialogs.assign import AssignDialog
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.partner import PartnerDialog
from rdv.tui.dialogs.picker import PickerDialog
from rdv.tui.flows import ask, ask_unforeseen, foreground
from rdv.tui.shift import Shift
from rdv.tui.writes import Call, call

OUTCOMES: dict[str, Any] = {
    "done": appointments.mark_done,
    "no_show": appointments.mark_no_show,
    "arrived": appointments.mark_arrived,
    "reopen": appointments.reopen,
}
"""Acts on several appointments with one call."""

AGAIN: dict[AppointmentStatus, Any] = {
    AppointmentStatus.DONE: appointments.mark_done,
    AppointmentStatus.NO_SHOW: appointments.mark_no_show,
    AppointmentStatus.CANCELLED: appointments.cancel,
}
"""The use cases that give a reopened appointment its outcome back."""


async def open_appointment(screen: Screen[Any], shift: Shift, number: int) -> None:
    """Show an appointment and do what is chosen there; then show it again, until it is closed."""
    while True:
        file = await shift.run(appointments.show_appointment, appointment=number)
        answer = await ask(screen, AppointmentDialog(file, shift))
        if answer is None:
            return
        if answer == "partner":
            await open_partner(screen, shift, file.card.partner.code)
        elif answer == "move":
            await move(screen, shift, file.card)
        elif answer == "cancel":
            await cancel(screen, shift, [file.card])
        elif await confirm_outcome(screen, shift, answer, [file.card]):
            put_outcome(shift, answer, [file.card])


async def open_partner(screen: Screen[Any], shift: Shift, code: str, *, tab: str = "appointments") -> None:
    """Show a partner's file, and the appointments that are opened there, until it is closed (A7)."""
    while True:
        number = await ask(screen, PartnerDialog(code, shift, tab))
        if number is None:
            return
        await open_appointment(screen, shift, number)


async def assign(screen: Screen[Any], shift: Shift, slot: SlotView, *, is_here: bool = False) -> AppointmentCard | None:
    """Ask who takes a slot, and give it (A3); `is_here` says that the person is at the counter."""
    card: AppointmentCard | None = await ask(screen, AssignDialog(slot, shift, is_here=is_here))
    return card


async def move(screen: Screen[Any], shift: Shift, card: AppointmentCard) -> None:
    """Pick another slot, and move the appointment there (A4)."""
    slot: SlotView | None = await ask(screen, PickerDialog(card, shift))
    if slot is None:
        return
    to = {"counter": slot.counter_id, "start": date_input.at(slot.starts_at)}
    when = wording.short_moment(slot.starts_at, shift.now)
    await shift.write(
        call(appointments.move, appointment=card.id, **to),
        said=_("{name} moved to {start}, {counter}", name=card.partner.name, start=when, counter=slot.counter),
        about=[card.id],
        back=lambda _answer, before: _move_back(shift, before[0]),
    )


def _move_back(shift: Shift, card: AppointmentCard) -> list[Call]:
    """Return the calls that take a move back; none where the old slot is gone or over."""
    if not card.has_slot or card.ends_at <= shift.now:
        return []
    calls = [call(appointments.move, appointment=card.id, counter=card.counter_id, start=date_input.at(card.starts_at))]
    if card.arrived_at is not None:
        calls.append(call(appointments.mark_arrived, appointments=[card.id]))
    return calls


async def cancel(screen: Screen[Any], shift: Shift, cards: Sequence[AppointmentCard]) -> None:
    """Ask, and cancel."""
    meant = [f"{card.partner.name} ({wording.short_moment(card.starts_at, shift.now)})" for card in cards]
    question = _("Cancel the appointment of {names}?", names=meant)
    if not await ask(screen, ConfirmDialog(question, _("Cancel the appointment"))):
        return
    numbers = [card.id for card in cards]
    await shift.write(
        call(appointments.cancel, appointments=numbers),
        said=_("Cancelled: {names}", names=[card.partner.name for card in cards]),
        about=numbers,
        back=lambda _answer, before: (
            [call(appointments.reopen, appointments=numbers)] if all(card.has_slot for card in before) else []
        ),
    )


def conclude(screen: Screen[Any], shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> None:
    """Give an outcome or say that someone arrived, at once; ask first if an appointment has not begun."""
    if _not_begun(shift, what, cards):
        _conclude_early(screen, shift, what, cards)
    else:
        put_outcome(shift, what, cards)


@foreground
async def _conclude_early(screen: Screen[Any], shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> None:
    if await confirm_outcome(screen, shift, what, cards):
        put_outcome(shift, what, cards)


async def confirm_outcome(screen: Screen[Any], shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> bool:
    """Ask before an appointment is concluded that has not begun; return True otherwise."""
    early = _not_begun(shift, what, cards)
    if not early:
        return True
    names = [f"{card.partner.name} ({wording.clock(card.starts_at)})" for card in early]
    question = _("Not begun yet: {names}. Done all the same?", names=names)
    return bool(await ask_unforeseen(screen, ConfirmDialog(question, _("Done"))))


def _not_begun(shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> list[AppointmentCard]:
    """Return today's upcoming appointments; the rules refuse those of other days."""
    now = shift.now
    return [card for card in cards if what == "done" and card.starts_at > now and card.starts_at.date() == now.date()]


def put_outcome(shift: Shift, what: str, cards: Sequence[AppointmentCard]) -> None:
    """Queue an outcome, an arrival or a reopening of one or many appointments; all or none."""
    numbers = [card.id for card in cards]
    names = [card.partner.name for card in cards]
    status = _("arrived") if what == "arrived" else wording.label("planned" if what == "reopen" else what)
    shift.put(
        call(OUTCOMES[what], appointments=numbers),
        said=_("{names}: {status}", names=names, status=status),
        about=numbers,
        back=lambda _answer, before: _outcome_back(shift, what, before),
    )


def _outcome_back(shift: Shift, what: str, before: Sequence[AppointmentCard]) -> list[Call]:
    """Return the calls that give appointments back the outcome that they had; none where that is not possible."""
    if what == "arrived":
        arrived = [card.id for card in before if card.arrived_at is None]
        return [call(appointments.mark_arrived, appointments=arrived, arrived=False)]
    opened = [card for card in before if card.is_live]
    if not all(card.has_slot or card.ends_at <= shift.now for card in opened):
        return []
    calls = [call(appointments.reopen, appointments=[card.id for card in opened])] if opened else []
    for status, again in AGAIN.items():
        if concluded := [card.id for card in before if card.status is status]:
            calls.append(call(again, appointments=concluded))
    return calls
