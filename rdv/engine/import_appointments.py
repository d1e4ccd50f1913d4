"""The appointments that a file means: compared with what exists, then written in a few statements (B2).

They were taken elsewhere: no message is sent, and one that is known already, moved or not, is left alone, as
`rdv apply` has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rdv.engine.apply_records import SEATED, Known, agent_id, has_seat, slot_or_span, stored_status
from rdv.engine.claims import told
from rdv.engine.import_lines import Checking, Line
from rdv.engine.import_partners import Person
from rdv.engine.import_rows import insert_rows
from rdv.engine.import_seats import Given, Seats
from rdv.engine.office import Work
from rdv.engine.timetable import CounterHours
from rdv.engine.views import Change
from rdv.engine.week import Slot, utc
from rdv.moments import Moment
from rdv.store.tables import Appointment, table
from rdv.terms import PORTAL, AppointmentStatus, Invalid, fold

_APPOINTMENT = table(Appointment)


class Wanted(NamedTuple):
    """An appointment as a line tells it; `begins` is its start as it was written."""

    line: Line
    person: Person
    place: CounterHours
    begins: Moment
    start: datetime
    end: datetime | None
    taken_at: datetime | None
    taken_by: int | None

    @property
    def status(self) -> AppointmentStatus:
        """As the file says; planned, where it says nothing."""
        return AppointmentStatus(self.line.given.get("status", AppointmentStatus.PLANNED))

    @property
    def label(self) -> str:
        """The appointment as a line of a plan names it."""
        return f"{self.person.name}, {self.place.label}, {self.start.astimezone(self.place.zone):%Y-%m-%d %H:%M}"

    @property
    def column(self) -> str:
        """The field of the column that says when."""
        return "starts_at" if "starts_at" in self.line.given else "day"


@dataclass(slots=True)
class New:
    """One that nobody knows yet: its slot, or the span where none is there, and its seat if it takes one."""

    wanted: Wanted
    slot: Slot
    seat: Given | None = None

    @property
    def status(self) -> AppointmentStatus:
        """The status to store."""
        return stored_status(self.wanted.status, seated=self.seat is not None)


@dataclass(slots=True)
class Appointments:
    """Those of a file that are new."""

    work: Work
    seats: Seats
    new: list[New] = field(default_factory=list)
    agents: dict[str, int | None] = field(default_factory=dict)

    def find(self, checking: Checking, places: Mapping[int, CounterHours], people: Mapping[int, Person]) -> None:
        """Finds which are new and seats them; what is wrong with a line is noted with it.

        `places` and `people` are those of the lines, by their numbers. Noted are an unknown agent, a start without a
        slot (S1), a slot that is suspended, held or taken (S3, S5, C7).
        """
        read: list[Wanted] = []
        for line in checking.each():
            place, person = places.get(line.number), people.get(line.number)
            if place is not None and person is not None and line.number not in checking.bad:
                with checking.on(line):
                    read.append(self._read(line, place, person))
        for one in self._unknown(read):
            with checking.on(one.line, one.column):
                self.new.append(New(one, slot_or_span(self.work, one.place, one.begins, one.end)))
        seated = [one for one in self.new if one.wanted.status in SEATED]
        self.seats.read((one.wanted.place, one.slot) for one in seated)
        for new in seated:
            with checking.on(new.wanted.line, new.wanted.column):
                if new.wanted.end is None or has_seat(self.work, new.wanted.place, new.slot):
                    new.seat = self.seats.take(new.wanted.place, new.slot)

    def write(self) -> list[Change]:
        """Stores the new ones with their seats, their people being stored; returns them as the changes of a plan."""
        rows = [self._row(new) for new in self.new]
        ids = insert_rows(self.work, _APPOINTMENT, rows)
        stored = list(zip(self.new, ids, strict=True))
        self.seats.write((one.seat, number) for one, number in stored if one.seat is not None)
        for one, number in stored:
            place = one.wanted.place
            facts = {"counter_id": place.id, "starts_at": told(one.slot.start, place), "status": one.status}
            self.work.record("appointment.import", "appointment", number, **facts)
        return [Change("added", "appointment", one.wanted.label) for one in self.new]

    def _row(self, new: New) -> dict[str, object]:
        one = new.wanted
        return {
            "type_id": one.place.type_id, "counter_id": one.place.id, "partner_id": one.person.id,
            "starts_at": utc(new.slot.start), "ends_at": utc(new.slot.end), "status": new.status.value,
            "taken_at": one.taken_at or self.work.now, "taken_by": one.taken_by,
            "comment": one.line.given.get("comment", ""),
        }  # fmt: skip

    def _read(self, line: Line, place: CounterHours, person: Person) -> Wanted:
        begins, end = _span(self.work, line, place.zone)
        taken = line.given.get("taken_at")
        if isinstance(taken, time):
            raise Invalid("day", text=str(taken))
        return Wanted(
            line, person, place, begins, begins.instant(place.zone, self.work.now), end,
            None if taken is None else taken.instant(place.zone, self.work.now),
            self._taken_by(line.given.get("taken_by")),
        )  # fmt: skip

    def _taken_by(self, login: str | None) -> int | None:
        """Who took it: an agent by login, the citizen on the portal (None); whoever imports, where nothing is said."""
        if login is None:
            return self.work.agent_id
        if login not in self.agents:
            self.agents[login] = None if fold(login) in (PORTAL, "portail") else agent_id(self.work, login)
        return self.agents[login]

    def _unknown(self, wanted: list[Wanted]) -> Iterator[Wanted]:
        """Those that nobody knows yet, each once: those in their place are told before those that have been moved."""
        known = Known.of(self.work, sorted({one.person.id for one in wanted if one.person.id is not None}))
        elsewhere: dict[tuple[Person, int, datetime], Wanted] = {}
        for one in wanted:
            if one.person.id is None or not known.is_there(one.person.id, one.place, one.start):
                elsewhere.setdefault((one.person, one.place.id, one.start), one)
        for one in elsewhere.values():
            if one.person.id is None or not known.is_moved(one.person.id, one.place, one.taken_at):
                yield one


def _span(work: Work, line: Line, zone: ZoneInfo) -> tuple[Moment, datetime | None]:
    """When the line says that the appointment starts, and ends, if it says so; a time alone is of the day told."""
    given = line.given
    day = given.get("day", given.get("starts_at"))
    if isinstance(day, time):
        raise Invalid("day", text=str(day))
    start = _on(day, given.get("starts_at", day))
    end = given.get("ends_at")
    return start, None if end is None else _on(start, end).instant(zone, work.now).astimezone(zone)


def _on(day: Moment, when: Moment | time) -> Moment:
    return Moment(day.calendar, day.days, day.weekday, when) if isinstance(when, time) else when
