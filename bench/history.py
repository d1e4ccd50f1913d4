"""The town as it is after years: outcomes, journal and messages of the past, types with services, desks, capacities.

`grow_old` writes the past of a town that `bench.town` built. One partner comes four times on average. Of the past, two
of a hundred appointments never get an outcome; the last two weeks are still being settled, and some of their
appointments have lost their slot, as have some to come.
"""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from bench.town import BOOKED, DICE, FULL_WEEKS, MONDAY, NOW, PARIS, PARTNERS, Town, hours, skip_given_ids, unchecked
from rdv.engine.core.schedule import expand, instant

FIRST_ID = 100_000_000
"""Appointments of the past have numbers from here on, in the order of time."""

WEEKS_A_YEAR = 52
VISITS = 4
"""How often a partner comes, on average."""

TYPE_COUNTERS = 20
"""How many counters serve one type."""

OPEN_DAYS = 14
"""How many days back there are appointments without outcome."""

DISPLACED_EVERY = 50
"""One of so many appointments to come is to be rescheduled."""

DESK_EVERY, TWO_SEATS_EVERY = 10, 7
"""One counter of so many has a desk; one of so many has two seats a slot."""


class _Words(NamedTuple):
    """What the two databases say differently."""

    instant: str
    iso: str
    json: str


_SQLITE = _Words("{}", "strftime('%Y-%m-%dT%H:%M:%S+00:00', {}, 'unixepoch')", "{}")
_POSTGRESQL = _Words(
    "to_timestamp({})", "to_char(to_timestamp({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS+00:00')", "({})::json"
)


def grow_old(town: Town, *, years: int) -> None:
    """Writes `years` of past into the town, with all that they leave behind."""
    database = town.office.database
    words = _SQLITE if database.is_sqlite else _POSTGRESQL
    with database.write() as session:
        _configure(session, town.counters)
        with unchecked(session):
            _displace(session, words)
            _remember(session, words, years)
            _seat_at_desks(session)
        for table in ("appointment_type", "service", "desk", "partner", "appointment"):
            skip_given_ids(session, table)
        session.execute(text("ANALYZE"))


def _configure(session: Session, counters: int) -> None:
    """A type for each twenty counters, with a service of its own; desks; some counters with two seats."""
    types = (counters - 1) // TYPE_COUNTERS + 1
    for number in range(1, types + 1):
        given = {"number": number, "label": f"Type {number}", "key": f"type {number}"}
        session.execute(text("INSERT INTO service (id, label, key) VALUES (:number, :label, :key)"), given)
        if number > 1:
            session.execute(
                text(
                    "INSERT INTO appointment_type (id, label, key, description, public, max_upcoming, notice_hours,"
                    " horizon_days, hold_minutes) VALUES (:number, :label, :key, '', true, 3, 0, 90, 15)"
                ),
                given,
            )
        session.execute(text("INSERT INTO type_service VALUES (:number, :number)"), given)
    for number in range(DESK_EVERY, counters + 1, DESK_EVERY):
        given = {"number": number, "label": f"Bureau {number}", "key": f"bureau {number}"}
        session.execute(text("INSERT INTO desk (id, label, key) VALUES (:number, :label, :key)"), given)
    for statement in (
        "INSERT INTO agent_service (agent_id, service_id) SELECT agent.id, service.id FROM agent, service",
        f"UPDATE counter SET type_id = 1 + (id - 1) / {TYPE_COUNTERS}",
        f"UPDATE counter SET desk_id = id WHERE id % {DESK_EVERY} = 0",
        f"UPDATE counter SET capacity = 2 WHERE id % {TWO_SEATS_EVERY} = 0 AND desk_id IS NULL",
    ):
        session.execute(text(statement))


def _displace(session: Session, words: _Words) -> None:
    """Some appointments to come have lost their slot, after the weeks that are full."""
    usual = words.instant.format(instant(MONDAY + timedelta(weeks=FULL_WEEKS), 0, PARIS))
    session.execute(
        text(
            f"UPDATE appointment SET status = 'to_reschedule' WHERE id % {DISPLACED_EVERY} = 0 AND starts_at >= {usual}"
        )
    )
    session.execute(
        text("DELETE FROM claim WHERE appointment_id IN (SELECT id FROM appointment WHERE status = 'to_reschedule')")
    )


def _remember(session: Session, words: _Words, years: int) -> None:
    first = MONDAY - timedelta(weeks=WEEKS_A_YEAR * years)
    session.execute(text(f"UPDATE counter SET first_day = '{first}'"))
    slots = enumerate(expand(hours(first), first, MONDAY), start=1)
    session.execute(text("CREATE TEMPORARY TABLE bench_past (rank bigint, starts bigint, ends bigint)"))
    session.execute(
        text("INSERT INTO bench_past VALUES (:rank, :starts, :ends)"),
        [{"rank": rank, "starts": slot.start, "ends": slot.end} for rank, slot in slots],
    )
    counters = int(session.execute(text("SELECT count(*) FROM counter")).scalar_one())
    booked = int(session.execute(text("SELECT count(*) FROM appointment")).scalar_one())
    past = int(session.execute(text("SELECT max(rank) FROM bench_past")).scalar_one()) * counters * BOOKED
    partners = max(PARTNERS, int(past + booked) // VISITS)
    settled = instant((NOW - timedelta(days=OPEN_DAYS)).date(), 0, PARIS)
    start, end, taken = (
        words.instant.format(value) for value in ("s.starts", "s.ends", f"s.starts - {OPEN_DAYS * 86400}")
    )
    outcome = f"{DICE} / 100 % 100"
    session.execute(
        text(
            "WITH RECURSIVE n(id) AS (SELECT CAST(:first AS integer) UNION ALL SELECT id + 1 FROM n WHERE id < :last)"
            " INSERT INTO partner (id, name, key, phone, email)"
            " SELECT id, 'MARTIN Zoé ' || id, 'martin zoe ' || id, '+336' || (10000000 + id),"
            " 'zoe' || id || '@example.org' FROM n"
        ),
        {"first": PARTNERS + 1, "last": partners + 1},
    )
    _spread(session, partners)
    session.execute(
        text(
            "INSERT INTO appointment (id, type_id, counter_id, partner_id, starts_at, ends_at, status, taken_at,"
            f" told_at, sequence, comment) SELECT {FIRST_ID} + s.rank * {counters} + c.id, c.type_id, c.id,"
            f" 1 + {DICE} / 100 % {partners}, {start}, {end},"
            f" CASE WHEN s.starts >= {settled} AND {outcome} < 4 THEN 'to_reschedule'"
            f" WHEN s.starts >= {settled} AND {outcome} < 30 OR {outcome} >= 98 THEN 'planned'"
            f" WHEN {outcome} < 84 THEN 'done' WHEN {outcome} < 93 THEN 'no_show' ELSE 'cancelled' END,"
            f" {taken}, {taken}, 1, ''"
            f" FROM bench_past AS s CROSS JOIN counter AS c WHERE {DICE} % 100 < {BOOKED * 100:.0f}"
            " ORDER BY s.rank, c.id"
        )
    )
    session.execute(
        text(
            "INSERT INTO claim (counter_id, starts_at, seat, ends_at, status, appointment_id)"
            " SELECT counter_id, starts_at, 1, ends_at, 'booked', id FROM appointment"
            f" WHERE id > {FIRST_ID} AND status NOT IN ('cancelled', 'to_reschedule') ORDER BY id"
        )
    )
    _tell(session, words)
    session.execute(text("DROP TABLE bench_past"))


def _spread(session: Session, partners: int) -> None:
    """The appointments to come are those of all partners, taken two weeks before."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    days = "{} * 86400" if sqlite else "{} * interval '1 day'"
    now = f"{int(NOW.timestamp())}" if sqlite else f"to_timestamp({int(NOW.timestamp())})"
    two_weeks, lately = f"starts_at - {days.format(OPEN_DAYS)}", f"{now} - {days.format(f'(1 + id % {OPEN_DAYS})')}"
    taken = f"CASE WHEN {two_weeks} < {now} THEN {two_weeks} ELSE {lately} END"
    session.execute(
        text(
            f"UPDATE appointment SET partner_id = 1 + (id * CAST(48271 AS bigint) + 7) % {partners},"
            f" taken_at = {taken}, told_at = {taken}, sequence = 1,"
            " type_id = (SELECT type_id FROM counter WHERE counter.id = counter_id)"
        )
    )


def _tell(session: Session, words: _Words) -> None:
    """A journal entry when it was taken and one for its outcome; a confirmation and a reminder, both sent."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    day = "86400" if sqlite else "interval '1 day'"
    seconds = "{}" if sqlite else "extract(epoch from {})::bigint"
    slot = (
        '\'"counter_id": \' || counter_id || \', "starts_at": "\' ||'
        f" {words.iso.format(seconds.format('starts_at'))} || '\"'"
    )
    ends = words.iso.format(seconds.format("ends_at"))
    entry = words.json.format("'{' || " + slot + " || '}'")
    told = words.json.format(
        "'{\"appointments\": [{\"id\": ' || id || ', \"sequence\": 1, ' || "
        + slot + " || ', \"ends_at\": \"' || " + ends + " || '\"}]}'"
    )  # fmt: skip
    nothing = words.json.format("'{}'")
    past = f"id > {FIRST_ID}"
    taken = f"SELECT taken_at AS at, id, 'appointment.assign' AS action, {entry} AS facts FROM appointment"
    settled = (
        f"SELECT ends_at, id, 'appointment.' || status, {nothing} FROM appointment"
        f" WHERE {past} AND status IN ('done', 'no_show', 'cancelled')"
    )
    confirmed = f"SELECT taken_at AS at, id, 'confirmation' AS kind, NULL AS once, partner_id, {told} AS facts"
    once = f"'reminder ' || id || ' ' || counter_id || ' ' || {seconds.format('starts_at')} || ' 48 email'"
    reminded = f"SELECT starts_at - 2 * {day}, id, 'reminder', {once}, partner_id, {told}"
    journal = (
        "INSERT INTO journal_entry (at, actor_kind, actor, action, subject, subject_id, facts)"
        " SELECT at, 'agent', 'bench', action, 'appointment', id, facts"
        f" FROM ({taken} UNION ALL {settled}) AS told ORDER BY at, id"
    )
    messages = (
        "INSERT INTO notice (message_id, kind, channel, partner_id, appointment_id, once, facts, status, made_at,"
        " due_at, attempts, sent_at) SELECT '<' || kind || '-' || id || '@rdv>', kind, 'email', partner_id, id, once,"
        f" facts, 'sent', at, at, 1, at FROM ({confirmed} FROM appointment UNION ALL {reminded} FROM appointment"
        f" WHERE {past}) AS told ORDER BY at, id"
    )
    for statement in (journal, messages):
        session.connection().exec_driver_sql(statement if sqlite else statement.replace("%", "%%"))


def _seat_at_desks(session: Session) -> None:
    session.execute(
        text(
            "UPDATE claim SET desk_id = (SELECT desk_id FROM counter WHERE counter.id = counter_id)"
            f" WHERE counter_id % {DESK_EVERY} = 0"
        )
    )
