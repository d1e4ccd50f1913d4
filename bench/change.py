"""Whom a change of hours touches (I1), against a bare read of that counter's future rows."""

from collections.abc import Iterator

from bench.databases import Raw
from bench.measure import Figure, Goal, alternate
from bench.town import NOW, Town
from rdv.engine import counters


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """The preview of a change that closes a counter's afternoons: found, put to reschedule, told, undone."""
    raw, office = Raw(town.office.database), town.office
    query = (
        f"SELECT {raw.seconds('c.starts_at')}, {raw.seconds('c.ends_at')}, c.seat, c.status, c.appointment_id,"
        " a.partner_id, p.name, p.email, p.phone FROM claim AS c JOIN appointment AS a ON a.id = c.appointment_id"
        f" JOIN partner AS p ON p.id = a.partner_id WHERE c.counter_id = 1 AND c.starts_at >= {raw.instant()}"
    )
    now = int(NOW.timestamp())
    found = office.preview(counters.set_counter, office.me, counter=1, week="Matins")
    pair = alternate(
        lambda: office.preview(counters.set_counter, office.me, counter=1, week="Matins"),
        lambda: raw.fetch(query, now),
        runs=runs,
    )
    what = f"change of week, {found.to_reschedule} appointments lost"
    yield Figure(what, town.where, "bare read of the counter's future rows", Goal(4), pair)
