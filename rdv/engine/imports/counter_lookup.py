"""The counters that the lines of a file name, as the actor may book there: read once, owned by the transaction."""

from rdv.engine.imports.lines import Checking
from rdv.engine.lookup.authorisation import services_of_types
from rdv.engine.lookup.counter_index import CounterIndex
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.terms import Refused, Right, fold


def find_counters(work: Work, checking: Checking) -> dict[int, CounterHours]:
    """Return the counter of each line, by line number; note unknown or ambiguous ones and missing rights (G2)."""
    index = CounterIndex.read(work.session)
    ids: dict[int, int] = {}
    for line in checking.file.lines:
        if "counter" in line.given:
            with checking.on(line, "counter"):
                ids[line.number] = index.find(line.given["counter"], line.given.get("place"))
    lock_counters(work.session, ids.values(), change=True)
    counters = {counter.id: counter for counter in read_counters(work.session, ids=set(ids.values()))}
    services = services_of_types(work.session, {counter.type_id for counter in counters.values()})
    by_line: dict[int, CounterHours] = {}
    for line in checking.file.lines:
        if line.number in ids:
            counter = counters[ids[line.number]]
            with checking.on(line, "counter"):
                work.need_on_type(Right.APPOINTMENTS, services.get(counter.type_id, frozenset()), counter.type)
                if fold(line.given.get("type", counter.type)) != fold(counter.type):
                    raise Refused("other_type", rule="C4", counter=counter.label, type=counter.type)
                by_line[line.number] = counter
    return by_line
