"""Bulk rescheduling: a new slot for each of many appointments, planned as a whole and applied at once (I3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import col

from rdv.date_input import Moment
from rdv.engine.booking.proposals import plan, read_engagements
from rdv.engine.core.assignment_costs import Progress
from rdv.engine.core.schedule import slot_at, utc
from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.counter_index import CounterIndex
from rdv.engine.lookup.references import Ref, find_id
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import cards_of, read_cards
from rdv.engine.seats.claims import journal_slot
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.engine.seats.lists import ListFilters, list_where
from rdv.engine.seats.message_queue import announce, slot_fact
from rdv.engine.seats.seating import Booked, read_seating, write_seats
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.plans import Rescheduled, ReschedulePlan, Unplaced
from rdv.store.bulk import in_batches
from rdv.store.tables import Appointment, Claim, Counter, table
from rdv.terms import AppointmentList, AppointmentStatus, MessageKind, Right

_APPOINTMENT = table(Appointment)
_CLAIM = table(Claim)


@dataclass(frozen=True, slots=True)
class Move:
    """An appointment and its new slot; `place` distinguishes counters of one label."""

    appointment: int
    counter: Ref
    start: Moment
    place: str | None = None


@use_case(Right.APPOINTMENTS, writes=False)
def plan_moves(
    work: Work, /, *, appointments: Sequence[int] = (), progress: Progress | None = None, **filters: Unpack[ListFilters]
) -> ReschedulePlan:
    """Propose a new slot for each appointment of a list (*to reschedule* by default), or of the numbers given.

    The plan places everyone who can be placed, at the least cost (`core.assignment`): same type, nearest to the old
    time, own counter and place preferred, a partner never in two places at once, the type's notice respected. It names
    those that cannot be placed, with the reason. Nothing is written.
    """
    wanted: ListFilters = {"view": AppointmentList.TO_RESCHEDULE, **filters}
    cards = cards_of(work, appointments) if appointments else read_cards(work, *list_where(work, **wanted))
    return plan(work, cards, progress=progress)


@use_case(Right.APPOINTMENTS)
def apply_moves(work: Work, *, moves: Sequence[Move], progress: Progress | None = None) -> Rescheduled:
    """Move many appointments, in one transaction: all those whose slot is still to be had (A4, I3).

    A slot that someone took in the meantime is never stolen: its appointment is left as it was and gets another
    proposal, in a new plan.
    """
    targets = _own(work, moves)
    starts = [int(m.start.instant(t.zone, work.now).timestamp()) for m, t in zip(moves, targets, strict=True)]
    cards = {card.id: card for card in cards_of(work, {move.appointment for move in moves})}
    need_on_types(work, Right.APPOINTMENTS, {card.type_id: card.type for card in cards.values()})
    slots = [slot_at(counter.hours, start) for counter, start in zip(targets, starts, strict=True)]
    seating = read_seating(work, [(counter, slot) for counter, slot in zip(targets, slots, strict=True) if slot])
    seating.partners.update(read_engagements(work, cards.values()))
    placed: list[Booked] = []
    left: list[AppointmentCard] = []
    refused: list[Unplaced] = []
    for move, counter, slot in zip(moves, targets, slots, strict=True):
        card = cards.get(move.appointment)
        if card is None or not card.is_live:
            refused.append(Unplaced(move.appointment, card, "appointment_over"))
        elif counter.type_id != card.type_id:
            refused.append(Unplaced(move.appointment, card, "other_type"))
        elif (
            slot is None
            or slot.end <= work.instant
            or (taken := seating.take(counter, slot, partner=card.partner.id)) is None
        ):
            left.append(card)
        else:
            placed.append(Booked(counter, slot, taken, card.id))
    _write(work, placed, cards, progress)
    return Rescheduled(tuple(cards_of(work, [one.appointment_id for one in placed])), plan(work, left), tuple(refused))


def _own(work: Work, moves: Sequence[Move]) -> list[CounterHours]:
    """Return the counter of each move; lock them with counters that share a desk, the appointments and their counters.

    Raises NotFound and Refused as references do.
    """
    index = CounterIndex.read(work.session)
    ids: dict[tuple[Ref, str | None], int] = {}
    for ref, place in dict.fromkeys((move.counter, move.place) for move in moves):
        is_number = str(ref).isdecimal()
        ids[ref, place] = find_id(work.session, Counter, ref) if is_number else index.find(str(ref), place)
    wanted = set(ids.values())
    desks = select(col(Counter.desk_id)).where(col(Counter.id).in_(wanted), col(Counter.desk_id).is_not(None))
    sharing = work.session.scalars(select(col(Counter.id)).where(col(Counter.desk_id).in_(desks)))
    wanted_or_beside = wanted.union(number for number in sharing if number is not None)
    while True:
        standing = _where_they_are(work, moves)
        lock_counters(work.session, wanted_or_beside | standing, change=True)
        if _where_they_are(work, moves, own=True) <= standing:
            break
    counters = {counter.id: counter for counter in read_counters(work.session, ids=wanted)}
    return [counters[ids[move.counter, move.place]] for move in moves]


def _where_they_are(work: Work, moves: Sequence[Move], *, own: bool = False) -> set[int]:
    """Return the counters of the appointments to be moved, which are owned by this transaction if so wanted."""
    a = _APPOINTMENT.c
    found = select(a.counter_id).order_by(a.id)
    some = in_batches(sorted({move.appointment for move in moves}))
    wanted = [found.where(a.id.in_(numbers)) for numbers in some]
    return {at for one in wanted for at in work.session.scalars(one.with_for_update() if own else one)}


def _write(
    work: Work, placed: Sequence[Booked], cards: Mapping[int, AppointmentCard], progress: Progress | None
) -> None:
    """Move appointments, many rows a statement; the old seats are free at the same moment (A4)."""
    connection = work.session.connection()
    a, c = _APPOINTMENT.c, _CLAIM.c
    done = 0
    for some in in_batches(placed, 1000):
        connection.execute(
            delete(_CLAIM).where(c.appointment_id == bindparam("number")),
            [{"number": one.appointment_id} for one in some],
        )
        write_seats(work, some)
        connection.execute(update(_APPOINTMENT).where(a.id == bindparam("number")), [_appointment(one) for one in some])
        for one in some:
            card = cards[one.appointment_id]
            before = {"counter_id": card.counter_id, "starts_at": card.starts_at.isoformat()}
            work.record(
                "appointment.move", "appointment", card.id, before=before, **journal_slot(one.counter, one.slot)
            )
        done += len(some)
        if progress is not None:
            progress(done, len(placed))
    work.session.expire_all()
    moved = [cards[one.appointment_id] for one in placed]
    left = {card.id: slot_fact(card.counter_id, card.starts_at, card.ends_at) for card in moved}
    announce(work, MessageKind.MOVE, list(left), before=left)


def _appointment(one: Booked) -> dict[str, Any]:
    return {
        "number": one.appointment_id, "counter_id": one.counter.id, "starts_at": utc(one.slot.start),
        "ends_at": utc(one.slot.end), "status": AppointmentStatus.PLANNED.value, "arrived_at": None,
    }  # fmt: skip
