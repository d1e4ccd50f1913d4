"""Partners, slots and appointments that a declared town hall carries: for training, migration, demonstration (B3)."""

from collections import Counter as Counts
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select

from rdv import moments
from rdv.engine import claims
from rdv.engine.applying import Applying
from rdv.engine.appointments import write_appointment
from rdv.engine.cards import code_of, in_batches
from rdv.engine.claims import told
from rdv.engine.declaration import DeclaredAppointment, DeclaredPartner, DeclaredSlot
from rdv.engine.office import Work
from rdv.engine.partners import add_partner, find_or_add, find_partner, set_partner
from rdv.engine.references import id_of
from rdv.engine.slots import find_slot, slots_between
from rdv.engine.timetable import CounterHours, lock_counters, read_counter
from rdv.engine.week import Slot, slot_at
from rdv.moments import Moment
from rdv.store.tables import Agent, Appointment, Counter, Partner, Place, table
from rdv.terms import AppointmentStatus, ClaimStatus, NotFound, Refused, SlotStatus, fold

SEATED = (AppointmentStatus.PLANNED, AppointmentStatus.DONE, AppointmentStatus.NO_SHOW)
"""The statuses of appointments that sit on their slot."""


def bring_partner(applying: Applying, one: DeclaredPartner) -> None:
    """A partner by its code, or by its name where no code is declared."""
    work = applying.work
    given = one.model_dump(exclude={"code"}, exclude_none=True)
    row = _known_partner(work, one.code or one.name)
    if row is None:
        card = add_partner(work, code=one.code, **given)
        applying.note("added", "partner", f"{card.name} ({card.code})", {})
        return
    before = {name: getattr(row, name) for name in given}
    card = set_partner(work, partner=code_of(id_of(row)), **given)
    fields = {name: (was, getattr(card, name)) for name, was in before.items() if was != getattr(card, name)}
    if fields:
        applying.note("changed", "partner", f"{card.name} ({card.code})", fields)


def _known_partner(work: Work, ref: str) -> Partner | None:
    try:
        return find_partner(work, ref)
    except NotFound:
        return None


def bring_slot(applying: Applying, one: DeclaredSlot) -> None:
    """Free slots become reserved or suspended; whatever else stands on one is left alone."""
    work = applying.work
    place = _owned(work, one.counter, one.place)
    status = ClaimStatus(one.status)
    to = None if one.to is None else moments.at(one.to)
    for slot in slots_between(work, place, moments.at(one.start), to):
        seen = claims.look(work, place, slot)
        if seen.status is SlotStatus.FREE and not seen.claims:
            claims.mark(work, place, slot, status)
            verb = "reserve" if status is ClaimStatus.RESERVED else "suspend"
            work.record(f"slot.{verb}", "counter", place.id, starts_at=told(slot.start, place))
            applying.note("added", "slot", f"{place.label}, {claims.local(slot.start, place):%Y-%m-%d %H:%M}", {})


def bring_appointment(applying: Applying, one: DeclaredAppointment) -> None:
    """An appointment as it was taken elsewhere: no message is sent. Known already, moved or not, it is left alone."""
    work = applying.work
    place = _owned(work, one.counter, one.place)
    person = find_or_add(work, one.partner)
    start = _local(one.start, place)
    taken_at = None if one.taken_at is None else _local(one.taken_at, place)
    known = _known(applying, id_of(person))
    if known.is_there(id_of(person), place, start) or known.is_moved(id_of(person), place, taken_at):
        return
    taken_by = None if one.taken_by is None else agent_id(work, one.taken_by)
    declared = AppointmentStatus(one.status)
    slot = slot_or_span(work, place, moments.at(one.start), None if one.end is None else _local(one.end, place))
    seated = declared in SEATED and has_seat(work, place, slot)
    status = stored_status(declared, seated=seated)
    appointment_id = write_appointment(
        work, place, slot, id_of(person),
        comment=one.comment, status=status, taken_at=taken_at or work.now, taken_by=taken_by,
    )  # fmt: skip
    if seated:
        claims.book(work, place, slot, appointment_id)
    facts = {"counter_id": place.id, "starts_at": told(slot.start, place), "status": status}
    work.record("appointment.import", "appointment", appointment_id, **facts)
    known.add(id_of(person), place, start)
    applying.note("added", "appointment", f"{person.name}, {place.label}, {start:%Y-%m-%d %H:%M}", {})


def stored_status(status: AppointmentStatus, *, seated: bool) -> AppointmentStatus:
    """Return the status to store: a past planned appointment without slot is one that has lost it (A6)."""
    is_without_slot = status is AppointmentStatus.PLANNED and not seated
    return AppointmentStatus.TO_RESCHEDULE if is_without_slot else status


def slot_or_span(work: Work, place: CounterHours, start: Moment, end: datetime | None) -> Slot:
    """The slot at this start, unless an end is declared: then what is declared, slot or not."""
    if end is None:
        return find_slot(work, place, start)
    first = start.instant(place.zone, work.now)
    if end <= first:
        raise Refused("period_backwards", rule="A1", first=first.astimezone(place.zone), last=end)
    return Slot(int(first.timestamp()), int(end.timestamp()))


def has_seat(work: Work, place: CounterHours, slot: Slot) -> bool:
    """Whether a slot is there for an appointment to sit on; a past one may have none, else NotFound is raised (S1)."""
    if slot_at(place.hours, slot.start) == slot:
        return True
    if slot.end > work.instant:
        raise NotFound("no_slot", rule="S1", counter=place.label, start=claims.local(slot.start, place), close=())
    return False


@dataclass(slots=True)
class Known:
    """The appointments that some partners have already, to tell those that a file declares once more.

    `there` maps (partner, counter, start) to (type, taking), `takings` counts (partner, type, taking); times are in
    seconds since 1970.
    """

    there: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)
    takings: Counts[tuple[int, int, int]] = field(default_factory=Counts)

    @classmethod
    def of(cls, work: Work, partner_ids: Sequence[int]) -> "Known":
        """Those of these partners."""
        known = cls()
        a = table(Appointment).c
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

    def is_there(self, partner_id: int, place: CounterHours, start: datetime) -> bool:
        """Whether the partner has an appointment at this counter and start; it then answers to no other taking."""
        found = self.there.get((partner_id, place.id, int(start.timestamp())))
        if found is not None:
            self.takings[partner_id, *found] -= 1
        return found is not None

    def add(self, partner_id: int, place: CounterHours, start: datetime) -> None:
        """One that the file has just brought: there from now on, and no answer to what else was taken when it was."""
        self.there[partner_id, place.id, int(start.timestamp())] = place.type_id, -1

    def is_moved(self, partner_id: int, place: CounterHours, taken_at: datetime | None) -> bool:
        """Whether the appointment that was taken then is elsewhere by now: one for each that was taken then."""
        if taken_at is None or self.takings[partner_id, place.type_id, int(taken_at.timestamp())] < 1:
            return False
        self.takings[partner_id, place.type_id, int(taken_at.timestamp())] -= 1
        return True


def _known(applying: Applying, partner_id: int) -> Known:
    """What the partner had before the file: appointments that it brings are not taken for one another."""
    by_partner = applying.known.setdefault("appointment", {})
    if partner_id not in by_partner:
        by_partner[partner_id] = Known.of(applying.work, [partner_id])
    known: Known = by_partner[partner_id]
    return known


def agent_id(work: Work, login: str) -> int:
    """The agent of a login, those who left included; raises NotFound."""
    found = work.session.exec(select(Agent.id).where(Agent.login == login).order_by(col(Agent.id).desc())).first()
    if found is None:
        raise NotFound("not_found", kind="agent", ref=login, close=())
    return found


def _owned(work: Work, label: str, place: str | None) -> CounterHours:
    """The counter that the file means, owned by this transaction; `place` tells those of one label apart."""
    where = [col(Counter.removed) == 0, col(Counter.key) == fold(label)]
    if place is not None:
        where.append(col(Place.key) == fold(place))
    found = list(work.session.exec(select(Counter.id).join(Place).where(*where)))
    if not found:
        raise NotFound("not_found", kind="counter", ref=label, close=())
    if len(found) > 1 or found[0] is None:
        raise Refused("ambiguous", kind="counter", ref=label, candidates=tuple(map(str, found)))
    lock_counters(work.session, [found[0]], change=True)
    return read_counter(work.session, found[0])


def _local(when: datetime, place: CounterHours) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=place.zone)
