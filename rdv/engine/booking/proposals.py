"""Proposing new slots for many appointments as a whole, and saying why some get none (I3)."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from rdv.engine.core.assignment import Assignment, Circumstances, gap, match
from rdv.engine.core.assignment_costs import Progress, Seat, Wish
from rdv.engine.core.schedule import DAY_SECONDS, Slot, local_day
from rdv.engine.core.spans import Span, overlap
from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.claims import Days, local
from rdv.engine.seats.counter_hours import CounterHours, read_counters
from rdv.engine.seats.next_free import first_day, free_between
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.plans import ProposedMove, ReschedulePlan, Unplaced
from rdv.store.bulk import in_batches
from rdv.store.tables import Appointment, AppointmentType, table
from rdv.terms import AppointmentStatus, Right, SlotStatus

_APPOINTMENT = table(Appointment).c

FIRST_DAYS = 28
"""The days beyond the last old start that are searched first; twice as many each time they do not suffice."""

MOST_DAYS = 731
"""The days beyond the last old start that are searched at most."""


def plan(work: Work, cards: Sequence[AppointmentCard], *, progress: Progress | None = None) -> ReschedulePlan:
    """Return the plan of least cost for these appointments, type after type."""
    need_on_types(work, Right.APPOINTMENTS, {card.type_id: card.type for card in cards})
    live = [card for card in cards if card.is_live]
    by_type: dict[int, list[AppointmentCard]] = defaultdict(list)
    for card in live:
        by_type[card.type_id].append(card)
    proposals = _Proposals(work, read_engagements(work, cards))
    proposals.unplaced += [Unplaced(card.id, card, "appointment_over") for card in cards if not card.is_live]
    done = 0
    for of_type in by_type.values():
        _propose(proposals, of_type, _told(progress, done, len(live)))
        done += len(of_type)
    moves = sorted(proposals.moves, key=lambda move: (move.card.starts_at, move.card.id))
    return ReschedulePlan(tuple(moves), tuple(proposals.unplaced), gap(proposals.assignments))


def read_engagements(work: Work, cards: Iterable[AppointmentCard]) -> dict[int, list[Span]]:
    """Return when the partners of these appointments are expected for others, by partner."""
    wanted = {card.id: card.partner.id for card in cards}
    a = _APPOINTMENT
    engagements: dict[int, list[Span]] = defaultdict(list)
    for partners in in_batches(sorted(set(wanted.values()))):
        rows = work.session.execute(
            select(a.id, a.partner_id, a.starts_at, a.ends_at).where(
                a.partner_id.in_(partners), a.status == AppointmentStatus.PLANNED, a.ends_at > work.now
            )
        )
        for number, partner, start, end in rows:
            if number not in wanted:
                engagements[partner].append((int(start.timestamp()), int(end.timestamp())))
    return engagements


@dataclass
class _Proposals:
    """A plan under construction: its seats, and the times when it takes partners and desks."""

    work: Work
    busy: dict[int, list[Span]]
    moves: list[ProposedMove] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    partners: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    desks: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    given: Tally[tuple[int, int]] = field(default_factory=Tally)

    def propose(self, card: AppointmentCard, counter: CounterHours, slot: Span) -> None:
        """Propose a slot for an appointment."""
        start, end = (local(at, counter) for at in slot)
        self.moves.append(ProposedMove(card, counter.id, counter.label, counter.place, start, end))
        self.given[counter.id, slot[0]] += 1
        self.partners[card.partner.id].append(slot)
        if counter.desk_id is not None:
            self.desks[counter.desk_id].append(slot)

    def is_expected(self, card: AppointmentCard, slot: Span) -> bool:
        """Return True if the partner of an appointment is elsewhere during a slot."""
        spans = [*self.busy.get(card.partner.id, ()), *self.partners[card.partner.id]]
        return any(overlap(slot, span) for span in spans)

    def seats_left(self, counter: CounterHours, slot: Slot, seats_free: int) -> int:
        """Return how many free seats of a slot the plan leaves."""
        if counter.desk_id is not None and any(overlap(slot, span) for span in self.desks[counter.desk_id]):
            return 0
        return seats_free - self.given[counter.id, slot.start]


def _propose(proposals: _Proposals, cards: Sequence[AppointmentCard], progress: Progress | None) -> None:
    """Propose slots for the appointments of one type, and give the reason for those without one."""
    work, type_id = proposals.work, cards[0].type_id
    counters = {counter.id: counter for counter in read_counters(work.session, types=[type_id])}
    if not counters:
        proposals.unplaced += [Unplaced(card.id, card, "no_counter") for card in cards]
        return
    earliest = work.instant + work.session.get_one(AppointmentType, type_id).notice_hours * 3600
    assignment = _assign(proposals, cards, list(counters.values()), earliest, progress)
    proposals.assignments.append(assignment)
    left: list[AppointmentCard] = []
    for card in cards:
        seat = assignment.seats.get(card.id)
        if seat is None:
            left.append(card)
        else:
            proposals.propose(card, counters[seat.counter], seat.span)
    if left:
        _search_again(proposals, left, list(counters.values()), earliest)


def _assign(
    proposals: _Proposals,
    cards: Sequence[AppointmentCard],
    counters: Sequence[CounterHours],
    earliest: int,
    progress: Progress | None,
) -> Assignment:
    """Return seats for the appointments of one type, read further and further ahead until more would not help."""
    wishes = [
        Wish(c.id, c.counter_id, c.place_id, int(c.starts_at.timestamp()), c.partner.id, int(c.taken_at.timestamp()))
        for c in cards
    ]
    after = max(earliest, *(wish.start for wish in wishes))
    ahead = FIRST_DAYS
    while True:
        last, is_last = after + ahead * DAY_SECONDS, ahead == MOST_DAYS
        seats = list(_free_seats(proposals.work, counters, earliest, last))
        if is_last or len(seats) >= len(wishes):
            circumstances = Circumstances(
                proposals.busy, proposals.partners, proposals.desks, None if is_last else last
            )
            assignment = match(wishes, seats, circumstances, progress=progress)
            if is_last or (len(assignment.seats) == len(wishes) and assignment.is_wide):
                return assignment
        ahead = min(ahead * 2, MOST_DAYS)


def _free_seats(work: Work, counters: Sequence[CounterHours], earliest: int, last: int) -> Iterator[Seat]:
    """Yield the free seats that start in `[earliest, last)`."""
    zone = counters[0].zone
    days = Days(local_day(earliest, zone), local_day(last, zone) + timedelta(days=1))
    for counter, offered in claims.offers(work, counters, days):
        for seen in offered:
            if seen.status is SlotStatus.FREE and earliest <= seen.slot.start < last:
                seat = Seat(counter.id, counter.place_id, *seen.slot, counter.desk_id)
                yield from [seat] * seen.seats_free


def _search_again(
    proposals: _Proposals, cards: Iterable[AppointmentCard], counters: Sequence[CounterHours], earliest: int
) -> None:
    """Look for a slot for those left out the way `rdv slot next` does; say what the search finds if it is none.

    A slot that one of them can have is proposed. The reason that is given is true of every free slot.
    """
    work = proposals.work
    left = list(cards)
    is_short = is_given = is_engaged = False
    stop = first_day(work.instant, counters) + timedelta(days=MOST_DAYS)
    for counter, seen in free_between(work, counters, work.instant, stop):
        if seen.slot.start < earliest:
            is_short = True
            continue
        while proposals.seats_left(counter, seen.slot, seen.seats_free) > 0:
            able = next((card for card in left if not proposals.is_expected(card, seen.slot)), None)
            if able is None:
                is_engaged = True
                break
            proposals.propose(able, counter, seen.slot)
            left.remove(able)
        else:
            is_given = True
        if not left:
            return
    for card in left:
        proposals.unplaced.append(
            Unplaced(
                card.id,
                card,
                "partner_busy"
                if is_engaged
                else "given_to_others"
                if is_given
                else "short_notice"
                if is_short
                else "no_free_slot",
            )
        )


def _told(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Return a progress that counts the appointments of one type among all."""
    return None if progress is None else lambda part, _of_type: progress(done + part, total)
