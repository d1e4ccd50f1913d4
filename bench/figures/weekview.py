"""The week of 1, 10 and 200 counters through the Office, against a bare read of the claims of that week."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bench.databases import Raw, fresh
from bench.measure import Figure, Goal, alternate
from bench.town import PARIS, PLACE_COUNTERS, Town, build
from rdv.engine.booking import slots
from rdv.engine.core.schedule import instant
from rdv.engine.views.slots import SlotView

SMALL = {"counters": 4, "weeks_booked": 5}
"""A town of about a thousand claims."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Measure three sizes of view, and the growth of the smallest with the number of stored claims."""
    raw = Raw(town.office.database)
    for counters, goal in ((1, 10), (PLACE_COUNTERS, 5), (town.counters, 4)):
        ours = lister(town, counters)
        assert sum(bool(slot.partners) for slot in ours()) == len(overlay(raw, counters, town.usual_monday))
        pair = alternate(ours, lambda n=counters: overlay(raw, n, town.usual_monday), runs=runs)  # type: ignore[misc]
        yield Figure(f"week view of {counters}", town.where, "bare driver, the same rows", Goal(goal), pair)
    yield _growth(town, runs)


def lister(town: Town, counters: int) -> Callable[[], list[SlotView]]:
    """Return a call that lists the week of one counter, of one place, or of all."""
    office, monday = town.office, town.usual_monday
    one = ["1"] if counters == 1 else []
    place = ["1"] if counters == PLACE_COUNTERS else []
    return lambda: office.run(slots.list_slots, office.me, first=monday, days=7, counters=one, places=place)


def overlay(raw: Raw, counters: int, monday: date) -> list[tuple[object, ...]]:
    """Read the claims of the week of the first counters: one query, the engine's own."""
    marks = ", ".join("?" * counters)
    bounds = (instant(monday, 0, PARIS), instant(monday + timedelta(days=7), 0, PARIS))
    return raw.fetch(
        f"SELECT c.counter_id, {raw.seconds('c.starts_at')}, {raw.seconds('c.ends_at')}, c.seat, c.status,"
        f" c.appointment_id, {raw.seconds('c.expires_at')}, p.name"
        " FROM claim AS c LEFT JOIN appointment AS a ON a.id = c.appointment_id"
        " LEFT JOIN partner AS p ON p.id = a.partner_id"
        f" WHERE c.counter_id IN ({marks}) AND c.starts_at >= {raw.instant()} AND c.starts_at < {raw.instant()}"
        " ORDER BY c.counter_id, c.starts_at, c.seat",
        *range(1, counters + 1),
        *bounds,
    )


def _growth(town: Town, runs: int) -> Figure:
    kind = "sqlite" if town.office.database.is_sqlite else "postgresql"
    with fresh(kind) as database:
        small = build(database, **SMALL)
        pair = alternate(lister(town, 1), lister(small, 1), runs=runs)
    what = f"week view of 1, growth to {town.claims:,} claims"
    return Figure(what, town.where, f"its time at {small.claims:,}", Goal(1.5), pair)
