"""The next 20 free slots of a type when nothing is free for three weeks, against a naive search day by day."""

from collections.abc import Iterator
from datetime import timedelta

from bench.databases import Raw
from bench.measure import Figure, Goal, alternate
from bench.town import MONDAY, PARIS, TYPE, Town, hours
from rdv.engine.booking import slots
from rdv.engine.core.schedule import instant, slots_of_day

COUNT = 20


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Find the same slots on both sides; the naive search gets the hours and the counters for free."""
    raw, office = Raw(town.office.database), town.office

    def ours() -> list[tuple[int, int]]:
        found = office.run(slots.next_free, office.me, type=TYPE, count=COUNT)
        return [(int(slot.starts_at.timestamp()), slot.counter_id) for slot in found]

    def naive() -> list[tuple[int, int]]:
        return list(_naive(raw, town.counters))

    assert ours() == naive(), "the same slots on both sides"
    pair = alternate(ours, naive, runs=runs)
    what = f"next {COUNT} free slots, {town.counters} counters, 3 weeks full"
    yield Figure(what, town.where, "days read one by one, set subtraction", Goal(0.5), pair)


def _naive(raw: Raw, counters: int) -> Iterator[tuple[int, int]]:
    """Read the claims of each day and subtract them from the hours, until there are enough free slots."""
    ids = range(1, counters + 1)
    query = (
        f"SELECT {raw.seconds('starts_at')}, counter_id FROM claim WHERE counter_id IN ({', '.join('?' * counters)})"
        f" AND starts_at >= {raw.instant()} AND starts_at < {raw.instant()}"
    )
    day, left = MONDAY, COUNT
    while left > 0:
        bounds = instant(day, 0, PARIS), instant(day + timedelta(days=1), 0, PARIS)
        taken = set(raw.fetch(query, *ids, *bounds))
        offered = {(slot.start, counter) for slot in slots_of_day(hours(), day) for counter in ids}
        free = sorted(offered - taken)[:left]
        yield from free
        left -= len(free)
        day += timedelta(days=1)
