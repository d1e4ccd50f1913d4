"""The counters that the lines of a file name, as one may book there: read once, and owned by the transaction."""

import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlmodel import col, select

from rdv.engine.imports.lines import Checking
from rdv.engine.lookup.authorisation import services_of_types
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.store.tables import Counter, Place
from rdv.terms import NotFound, RdvError, Refused, Right, fold


class _Named(NamedTuple):
    id: int
    label: str
    place: str


@dataclass(slots=True)
class Bookable:
    """The counter of each line, by its number, and why those of some types are not open to the actor (G2)."""

    work: Work
    by_line: dict[int, CounterHours] = field(default_factory=dict)
    found: dict[tuple[str, str | None], int | RdvError] = field(default_factory=dict)
    named: dict[str, list[_Named]] = field(default_factory=lambda: defaultdict(list))
    services: dict[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work, checking: Checking) -> "Bookable":
        """The counters of these lines; a line whose counter is unknown, ambiguous or not the actor's is noted."""
        bookable = cls(work)
        query = select(Counter.id, Counter.key, Counter.label, Place.label).join(Place).where(Counter.removed == 0)
        for number, key, label, place in work.session.execute(query.order_by(col(Counter.id))):
            bookable.named[key].append(_Named(number, label, place))
        ids: dict[int, int] = {}
        for line in checking.file.lines:
            if "counter" in line.given:
                with checking.on(line, "counter"):
                    ids[line.number] = bookable._meant(line.given["counter"], line.given.get("place"))
        lock_counters(work.session, ids.values(), change=True)
        counters = {counter.id: counter for counter in read_counters(work.session, ids=set(ids.values()))}
        bookable.services = services_of_types(work.session, {counter.type_id for counter in counters.values()})
        for line in checking.file.lines:
            if line.number in ids:
                with checking.on(line, "counter"):
                    bookable.by_line[line.number] = bookable._checked(
                        counters[ids[line.number]], line.given.get("type")
                    )
        return bookable

    def _meant(self, label: str, place: str | None) -> int:
        """The counter of a label, looked for once: a slip of the pen may be on every line."""
        if (label, place) not in self.found:
            self.found[label, place] = self._find(label, place)
        found = self.found[label, place]
        if isinstance(found, RdvError):
            raise found
        return found

    def _find(self, label: str, place: str | None) -> int | RdvError:
        found = [one for one in self.named[fold(label)] if place is None or fold(one.place) == fold(place)]
        if len(found) == 1:
            return found[0].id
        if found:
            candidates = tuple(f"{one.label}, {one.place}" for one in found)
            return Refused("ambiguous", kind="counter", ref=label, candidates=candidates)
        known = [(one.label, f"{one.label}, {one.place}") for some in self.named.values() for one in some]
        keys = {fold(short if place is None else whole): whole for short, whole in known}
        wanted = label if place is None else f"{label}, {place}"
        near = tuple(keys[key] for key in difflib.get_close_matches(fold(wanted), keys, n=3, cutoff=0.5))
        return NotFound("not_found", kind="counter", ref=wanted, close=near)

    def _checked(self, counter: CounterHours, type_: str | None) -> CounterHours:
        of_type = self.services.get(counter.type_id, frozenset())
        self.work.need_on_type(Right.APPOINTMENTS, of_type, counter.type)
        if type_ is not None and type_ != counter.type and fold(type_) != fold(counter.type):
            raise Refused("other_type", rule="C4", counter=counter.label, type=counter.type)
        return counter
