"""Bulk rescheduling: a new slot for each of many appointments, planned as a whole and applied at once (I3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, Unpack

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from rdv.date_input import Moment
from rdv.engine.booking.proposals import plan, read_engagements
from rdv.engine.core.assignment_costs import Progress
from rdv.engine.core.schedule import Slot, utc
from rdv.engine.core.spans import Span, overlap
from rdv.engine.lookup.references import Ref, find_counter, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats import claims
from rdv.engine.seats.cards import cards_of, in_batches, read_cards
from rdv.engine.seats.claims import Days, told
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, need_on_types, read_counters
from rdv.engine.seats.lists import ListFilters, list_where
from rdv.engine.seats.message_queue import announce, slot_fact
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.plans import Rescheduled, ReschedulePlan, Unplaced
from rdv.store.tables import Appointment, Claim, Counter, table
from rdv.terms import AppointmentList, AppointmentStatus, ClaimStatus, NoticeKind, Right, SlotStatus

_APPOINTMENT = table(Appointment)
_CLAIM = table(Claim)


@dataclass(frozen=True, slots=True)
class Move:
    """An appointment, and the slot that it is to have; `place` tells counters of one label apart."""

    appointment: int
    counter: Ref
    start: Moment
    place: str | None = None


@use_case(Right.APPOINTMENTS, writes=False)
def plan_moves(
    work: Work,
    /,
    *,
    appointments: Sequence[int] = (),
    progress: Progress | None = None,
    **filters: Unpack[ListFilters],
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
    """Moves many appointments, in one transaction: all those whose slot is still to be had (A4, I3).

    A slot that someone took in the meantime is never stolen: its appointment is left as it was and gets another
    proposal, in a new plan.
    """
    targets = _own(work, moves)
    starts = [int(m.start.instant(t.zone, work.now).timestamp()) for m, t in zip(moves, targets, strict=True)]
    cards = {card.id: card for card in cards_of(work, {move.appointment for move in moves})}
    need_on_types(work, Right.APPOINTMENTS, {card.type_id: card.type for card in cards.values()})
    room = _Room(work, {counter.id: counter for counter in targets}, starts, read_engagements(work, cards.values()))
    placed: list[_Placed] = []
    left: list[AppointmentCard] = []
    refused: list[Unplaced] = []
    for move, counter, start in zip(moves, targets, starts, strict=True):
        card = cards.get(move.appointment)
        if card is None or not card.is_live:
            refused.append(Unplaced(move.appointment, card, "appointment_over"))
        elif counter.type_id != card.type_id:
            refused.append(Unplaced(move.appointment, card, "other_type"))
        elif (seat := room.take(counter, start, card.partner.id)) is None:
            left.append(card)
        else:
            placed.append(_Placed(card, counter, *seat))
    _write(work, placed, progress)
    return Rescheduled(tuple(cards_of(work, [one.card.id for one in placed])), plan(work, left), tuple(refused))


def _own(work: Work, moves: Sequence[Move]) -> list[CounterHours]:
    """The counter of each move, owned by this transaction together with those that share a desk with one, with the
    appointments to be moved and the counters where they are: what is read from here on is what will be moved.

    Raises NotFound and Refused as references do.
    """
    known: dict[tuple[Ref, str | None], int] = {}
    for move in moves:
        key = (move.counter, move.place)
        if key not in known:
            known[key] = id_of(find_counter(work.session, *key))
    wanted = set(known.values())
    desks = select(col(Counter.desk_id)).where(col(Counter.id).in_(wanted), col(Counter.desk_id).is_not(None))
    sharing = work.session.scalars(select(col(Counter.id)).where(col(Counter.desk_id).in_(desks)))
    wanted_or_beside = wanted.union(number for number in sharing if number is not None)
    while True:
        standing = _where_they_are(work, moves)
        lock_counters(work.session, wanted_or_beside | standing, change=True)
        if _where_they_are(work, moves, own=True) <= standing:
            break
    read = {counter.id: counter for counter in read_counters(work.session, ids=wanted)}
    return [read[known[move.counter, move.place]] for move in moves]


def _where_they_are(work: Work, moves: Sequence[Move], *, own: bool = False) -> set[int]:
    """The counters of the appointments to be moved, which are owned by this transaction if so wanted."""
    a = _APPOINTMENT.c
    found = select(a.counter_id).order_by(a.id)
    some = in_batches(sorted({move.appointment for move in moves}))
    wanted = [found.where(a.id.in_(numbers)) for numbers in some]
    return {at for one in wanted for at in work.session.scalars(one.with_for_update() if own else one)}


class _Placed(NamedTuple):
    """An appointment with its new counter, slot and seat."""

    card: AppointmentCard
    counter: CounterHours
    slot: Slot
    seat: int


class _Room:
    """What is free at the target counters, as moves take it one by one. The counters are owned: nobody else does."""

    def __init__(
        self, work: Work, counters: dict[int, CounterHours], starts: Sequence[int], busy: dict[int, list[Span]]
    ) -> None:
        self.seats: dict[tuple[int, int], tuple[int, list[int]]] = {}
        self.desks: dict[int, list[Span]] = defaultdict(list)
        self.busy = busy
        day, now = timedelta(days=1), work.instant
        days = Days(utc(min(starts, default=0)).date() - day, utc(max(starts, default=0)).date() + 2 * day)
        for counter, offered in claims.offers(work, list(counters.values()), days):
            for seen in offered:
                if seen.status is SlotStatus.FREE and seen.slot.end > now:
                    taken = {claim.seat for claim in seen.claims}
                    free = [seat for seat in range(counter.capacity, 0, -1) if seat not in taken]
                    self.seats[counter.id, seen.slot.start] = (seen.slot.end, free)

    def take(self, counter: CounterHours, start: int, partner: int) -> tuple[Slot, int] | None:
        """The slot and the number of a seat of it; None when there is none, or partner or desk are taken then."""
        end, free = self.seats.get((counter.id, start), (start, []))
        at_desk = [] if counter.desk_id is None else self.desks[counter.desk_id]
        if not free or any(overlap((start, end), taken) for taken in (*at_desk, *self.busy[partner])):
            return None
        at_desk.append((start, end))
        self.busy[partner].append((start, end))
        return Slot(start, end), free.pop()


def _write(work: Work, placed: Sequence[_Placed], progress: Progress | None) -> None:
    """Moves them, many rows a statement; the old seats are free at the same moment (A4)."""
    connection = work.session.connection()
    a, c = _APPOINTMENT.c, _CLAIM.c
    done = 0
    for some in in_batches(placed, 1000):
        connection.execute(
            delete(_CLAIM).where(c.appointment_id == bindparam("number")), [{"number": one.card.id} for one in some]
        )
        connection.execute(insert(_CLAIM), [_claim(one) for one in some])
        connection.execute(update(_APPOINTMENT).where(a.id == bindparam("number")), [_appointment(one) for one in some])
        for one in some:
            before = {"counter_id": one.card.counter_id, "starts_at": one.card.starts_at.isoformat()}
            after = {"counter_id": one.counter.id, "starts_at": told(one.slot.start, one.counter)}
            work.record("appointment.move", "appointment", one.card.id, before=before, **after)
        done += len(some)
        if progress is not None:
            progress(done, len(placed))
    work.session.expire_all()
    left = {one.card.id: slot_fact(one.card.counter_id, one.card.starts_at, one.card.ends_at) for one in placed}
    announce(work, NoticeKind.MOVE, list(left), before=left)


def _claim(one: _Placed) -> dict[str, Any]:
    return {
        "counter_id": one.counter.id, "starts_at": utc(one.slot.start), "ends_at": utc(one.slot.end), "seat": one.seat,
        "status": ClaimStatus.BOOKED.value, "appointment_id": one.card.id, "desk_id": one.counter.desk_id,
    }  # fmt: skip


def _appointment(one: _Placed) -> dict[str, Any]:
    return {
        "number": one.card.id, "counter_id": one.counter.id, "starts_at": utc(one.slot.start),
        "ends_at": utc(one.slot.end), "status": AppointmentStatus.PLANNED.value, "arrived_at": None,
    }  # fmt: skip
