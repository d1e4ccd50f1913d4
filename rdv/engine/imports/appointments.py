"""The counters and appointments that the lines of a file mean (B2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from rdv.date_input import Moment
from rdv.engine.booking.taken_elsewhere import Arrival, TakenElsewhere, agent_id, place_arrivals
from rdv.engine.imports.lines import Checking, Line
from rdv.engine.imports.partners import Person
from rdv.engine.lookup.authorisation import services_of_types
from rdv.engine.lookup.counter_index import CounterIndex
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.terms import PORTAL, AppointmentStatus, Invalid, Refused, Right, fold


def find_counters(work: Work, checking: Checking) -> dict[int, CounterHours]:
    """Return the counter of each line, by line number; note unknown or ambiguous ones and missing rights (G2)."""
    index = CounterIndex.read(work.session)
    ids: dict[int, int] = {}
    for line in checking.file.lines:
        if "counter" in line.fields:
            with checking.on(line, "counter"):
                ids[line.number] = index.find(line.fields["counter"], line.fields.get("place"))
    lock_counters(work.session, ids.values(), change=True)
    counters = {counter.id: counter for counter in read_counters(work.session, ids=set(ids.values()))}
    services = services_of_types(work.session, {counter.type_id for counter in counters.values()})
    by_line: dict[int, CounterHours] = {}
    for line in checking.file.lines:
        if line.number in ids:
            counter = counters[ids[line.number]]
            with checking.on(line, "counter"):
                work.need_on_type(Right.APPOINTMENTS, services.get(counter.type_id, frozenset()), counter.type)
                if fold(line.fields.get("type", counter.type)) != fold(counter.type):
                    raise Refused("other_type", rule="C4", counter=counter.label, type=counter.type)
                by_line[line.number] = counter
    return by_line


def find_arrivals(
    work: Work, checking: Checking, counters: Mapping[int, CounterHours], people: Mapping[int, Person]
) -> list[Arrival]:
    """Return the new appointments of a file with slots and seats, and note what is wrong with a line.

    `counters` and `people` are those of the lines, by line number. Noted are an unknown agent, a start without a slot
    (S1), a slot that is suspended, held or taken (S3, S5, C7).
    """
    reader = _Reader(work)
    lines: dict[TakenElsewhere, Line] = {}
    for line in checking.each():
        counter, person = counters.get(line.number), people.get(line.number)
        if counter is not None and person is not None and line.number not in checking.bad:
            with checking.on(line):
                lines[reader.read(line, counter, person)] = line
    return place_arrivals(
        work,
        list(lines),
        lambda one: checking.on(lines[one], "starts_at" if "starts_at" in lines[one].fields else "day"),
    )


@dataclass(slots=True)
class _Reader:
    """Lines to appointments; `agents` are the ids of logins, looked up once."""

    work: Work
    agents: dict[str, int | None] = field(default_factory=dict)

    def read(self, line: Line, counter: CounterHours, person: Person) -> TakenElsewhere:
        """Return the appointment of a line; its status is planned where the file says nothing."""
        start, end = _span(self.work, line, counter.zone)
        taken_at = line.fields.get("taken_at")
        if isinstance(taken_at, time):
            raise Invalid("day", text=str(taken_at))
        return TakenElsewhere(
            counter=counter,
            person=person,
            start=start,
            end=end,
            status=AppointmentStatus(line.fields.get("status", AppointmentStatus.PLANNED)),
            taken_at=None if taken_at is None else taken_at.instant(counter.zone, self.work.now),
            taken_by=self._taken_by(line.fields.get("taken_by")),
            comment=line.fields.get("comment", ""),
        )

    def _taken_by(self, login: str | None) -> int | None:
        """Return the agent who took it, None for the portal; the importing agent where the file says nothing."""
        if login is None:
            return self.work.agent_id
        if login not in self.agents:
            self.agents[login] = None if fold(login) in (PORTAL, "portail") else agent_id(self.work, login)
        return self.agents[login]


def _span(work: Work, line: Line, zone: ZoneInfo) -> tuple[Moment, datetime | None]:
    """Return the start and the end, if given, of a line; a time alone is on the day of the line."""
    given = line.fields
    day = given.get("day", given.get("starts_at"))
    if isinstance(day, time):
        raise Invalid("day", text=str(day))
    start = _on(day, given.get("starts_at", day))
    end = given.get("ends_at")
    return start, None if end is None else _on(start, end).instant(zone, work.now).astimezone(zone)


def _on(day: Moment, when: Moment | time) -> Moment:
    return Moment(day.calendar, day.days, day.weekday, when) if isinstance(when, time) else when
