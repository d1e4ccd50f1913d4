"""Appointments taken elsewhere, as `rdv import` and `rdv apply` bring them (B2, B3).

They are compared with existing ones, then written in a few statements. No message is sent. An appointment that is known
already, moved or not, is left alone.
"""

from collections import Counter as Counts
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.booking.slots import find_slot
from rdv.engine.core.schedule import Slot, slot_at, utc
from rdv.engine.core.seating import Taken
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.counter_hours import CounterHours
from rdv.engine.seats.seating import Booked, read_seating, write_seats
from rdv.engine.views.plans import Change
from rdv.store.bulk import in_batches, insert_rows
from rdv.store.tables import Agent, Appointment, table
from rdv.terms import AppointmentStatus, NotFound, Refused

_APPOINTMENT = table(Appointment)
_SEATED = (AppointmentStatus.PLANNED, AppointmentStatus.DONE, AppointmentStatus.NO_SHOW)
"""The statuses of appointments that sit on their slot."""


class Person(Protocol):
    """A partner; `id` is None until the file is stored."""

    @property
    def id(self) -> int | None:
        """Return the partner's id."""

    @property
    def name(self) -> str:
        """Return the partner's name."""


@dataclass(frozen=True, slots=True, eq=False)
class TakenElsewhere:
    """An appointment as a file gives it; `end` is given where no slot has to exist."""

    counter: CounterHours
    person: Person
    start: Moment
    end: datetime | None
    status: AppointmentStatus
    taken_at: datetime | None
    taken_by: int | None
    comment: str

    def starts_at(self, now: datetime) -> datetime:
        """Return the start at the place of the counter."""
        return self.start.instant(self.counter.zone, now).astimezone(self.counter.zone)

    def label(self, now: datetime) -> str:
        """Return the appointment as a line of a plan names it."""
        return f"{self.person.name}, {self.counter.label}, {self.starts_at(now):%Y-%m-%d %H:%M}"


class Arrival(NamedTuple):
    """An appointment that is not there yet, with its slot, and its seat if it sits on one."""

    appointment: TakenElsewhere
    slot: Slot
    taken: Taken | None = None

    @property
    def status(self) -> AppointmentStatus:
        """Return the status to store: a past planned appointment without a seat has lost it (A6)."""
        status = self.appointment.status
        return AppointmentStatus.TO_RESCHEDULE if status is AppointmentStatus.PLANNED and not self.taken else status


Guard = Callable[[TakenElsewhere], AbstractContextManager[object]]
"""The context around the checks of an appointment; it may note an error and go on with the next one."""


def place_arrivals(work: Work, appointments: Sequence[TakenElsewhere], guard: Guard) -> list[Arrival]:
    """Return the new appointments among these, with slots and seats. Write nothing.

    Raises in the guard NotFound for a start without slot (S1), Conflict or Refused for a slot that is suspended, held
    or taken (S3, S5, C7). The transaction owns the counters.
    """
    arrivals: list[Arrival] = []
    for one in _unknown(work, appointments):
        with guard(one):
            arrivals.append(Arrival(one, _slot_or_span(work, one)))
    seated = [number for number, arrival in enumerate(arrivals) if arrival.appointment.status in _SEATED]
    seating = read_seating(work, [(arrivals[number].appointment.counter, arrivals[number].slot) for number in seated])
    for number in seated:
        one, slot, _ = arrivals[number]
        with guard(one):
            if one.end is None or _is_slot(work, one.counter, slot):
                taken = seating.take(one.counter, slot, reserved=True)
                if taken is None:
                    offered = seating.look(one.counter, slot)
                    raise claims.taken(one.counter, offered, by=claims.taker(work, offered))
                arrivals[number] = Arrival(one, slot, taken)
    return arrivals


def write_arrivals(work: Work, arrivals: Sequence[Arrival]) -> list[Change]:
    """Store new appointments with their seats, their partners being stored; return the changes of a plan."""
    ids = insert_rows(work.session, _APPOINTMENT, [_row(work, arrival) for arrival in arrivals])
    stored = list(zip(ids, arrivals, strict=True))
    write_seats(work, [Booked(one.counter, slot, taken, number) for number, (one, slot, taken) in stored if taken])
    for number, arrival in stored:
        facts = claims.journal_slot(arrival.appointment.counter, arrival.slot)
        work.record("appointment.import", "appointment", number, **facts, status=arrival.status)
    return [Change("added", "appointment", one.label(work.now)) for one, _slot, _taken in arrivals]


def agent_id(work: Work, login: str) -> int:
    """Return the id of the agent with this login, a former agent included; raise NotFound."""
    number = work.session.exec(select(Agent.id).where(Agent.login == login).order_by(col(Agent.id).desc())).first()
    if number is None:
        raise NotFound("not_found", kind="agent", ref=login, close=())
    return number


def _unknown(work: Work, appointments: Sequence[TakenElsewhere]) -> Iterator[TakenElsewhere]:
    """Yield the new ones, each once: first drop those that exist in their place, then those that were moved."""
    known = _Known.of(work, sorted({one.person.id for one in appointments if one.person.id is not None}))
    distinct: dict[tuple[int, int, datetime], TakenElsewhere] = {}
    for one in appointments:
        distinct.setdefault((id(one.person), one.counter.id, one.starts_at(work.now)), one)
    absent = [
        one
        for (_person, _counter, start), one in distinct.items()
        if one.person.id is None or not known.is_there(one.person.id, one.counter, start)
    ]
    for one in absent:
        if one.person.id is None or not known.is_moved(one.person.id, one.counter, one.taken_at):
            yield one


def _slot_or_span(work: Work, one: TakenElsewhere) -> Slot:
    """Return the slot at the start, or the given span, slot or not, if an end is given."""
    if one.end is None:
        return find_slot(work, one.counter, one.start)
    start = one.starts_at(work.now)
    if one.end <= start:
        raise Refused("period_backwards", rule="A1", first=start, last=one.end)
    return Slot(int(start.timestamp()), int(one.end.timestamp()))


def _is_slot(work: Work, counter: CounterHours, slot: Slot) -> bool:
    """Return True if the counter has this slot; raise NotFound unless one without slot is past (S1)."""
    if slot_at(counter.hours, slot.start) == slot:
        return True
    if slot.end > work.instant:
        raise NotFound("no_slot", rule="S1", counter=counter.label, start=claims.local(slot.start, counter), close=())
    return False


def _row(work: Work, arrival: Arrival) -> dict[str, object]:
    one, slot, _taken = arrival
    return {
        "type_id": one.counter.type_id, "counter_id": one.counter.id, "partner_id": one.person.id,
        "starts_at": utc(slot.start), "ends_at": utc(slot.end), "status": arrival.status.value,
        "taken_at": one.taken_at or work.now, "taken_by": one.taken_by, "comment": one.comment,
    }  # fmt: skip


@dataclass(slots=True)
class _Known:
    """The appointments that some partners have already.

    `there` maps (partner, counter, start) to (type, taking), `takings` counts (partner, type, taking); times are in
    seconds since 1970.
    """

    there: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)
    takings: Counts[tuple[int, int, int]] = field(default_factory=Counts)

    @classmethod
    def of(cls, work: Work, partner_ids: Sequence[int]) -> "_Known":
        """Return those of these partners."""
        known = cls()
        a = _APPOINTMENT.c
        for some in in_batches(partner_ids):
            rows = work.session.execute(
                select(a.partner_id, a.counter_id, a.type_id, a.starts_at, a.taken_at)  # type: ignore[call-overload]
                .where(a.partner_id.in_(some))
            )  # fmt: skip
            for partner, counter, type_, start, taken in rows:
                taking = int(taken.timestamp())
                known.there[partner, counter, int(start.timestamp())] = type_, taking
                known.takings[partner, type_, taking] += 1
        return known

    def is_there(self, partner_id: int, counter: CounterHours, start: datetime) -> bool:
        """Return True if the partner has an appointment at this counter and start; it then stands for no other one."""
        appointment = self.there.get((partner_id, counter.id, int(start.timestamp())))
        if appointment is not None:
            self.takings[partner_id, *appointment] -= 1
        return appointment is not None

    def is_moved(self, partner_id: int, counter: CounterHours, taken_at: datetime | None) -> bool:
        """Return True if an appointment taken at this moment is elsewhere by now; each stands for one of the file."""
        if taken_at is None or self.takings[partner_id, counter.type_id, int(taken_at.timestamp())] < 1:
            return False
        self.takings[partner_id, counter.type_id, int(taken_at.timestamp())] -= 1
        return True
