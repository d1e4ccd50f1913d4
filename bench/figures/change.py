"""The impact of a change of hours (I1), against a bare read of the counter's future rows."""

from collections.abc import Iterator
from dataclasses import replace

from bench.databases import Raw
from bench.measure import Figure, Goal, alternate
from bench.town import NOW, Town
from rdv.engine.core.rights import Grants
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import read_counter
from rdv.engine.seats.impact import misplaced
from rdv.engine.setup import counters
from rdv.terms import Actor

NOON = 12 * 60


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Measure a change that closes a counter's afternoons: finding the appointments affected, and the whole preview."""
    raw, office = Raw(town.office.database), town.office
    query = (
        f"SELECT {raw.seconds('c.starts_at')}, {raw.seconds('c.ends_at')}, c.seat, c.status, c.appointment_id,"
        " a.partner_id, p.name, p.email, p.phone FROM claim AS c JOIN appointment AS a ON a.id = c.appointment_id"
        f" JOIN partner AS p ON p.id = a.partner_id WHERE c.counter_id = 1 AND c.starts_at >= {raw.instant()}"
    )
    now = int(NOW.timestamp())
    found = office.preview(counters.set_counter, office.me, counter=1, week="Matins")
    lost, yardstick = found.to_reschedule, "bare read of the counter's future rows"

    def read() -> object:
        return raw.fetch(query, now)

    with office.database.write() as session:
        work = Work(session, NOW, Actor.job("bench"), "bench", office.settings, Grants(unlimited=True))
        counter = read_counter(session, 1)
        mornings = tuple(opening for opening in counter.hours.openings if opening.end <= NOON)
        changed = replace(counter, hours=replace(counter.hours, openings=mornings))
        assert sum(row.appointment is not None for row in misplaced(work, changed)[1]) == lost
        pair = alternate(lambda: misplaced(work, changed), read, runs=runs)
        session.rollback()
    yield Figure(f"change of week, {lost} lost appointments found", town.where, yardstick, Goal(4), pair)
    pair = alternate(lambda: office.preview(counters.set_counter, office.me, counter=1, week="Matins"), read, runs=runs)
    yield Figure("the same, previewed: written, told, shown, undone", town.where, yardstick, None, pair)
