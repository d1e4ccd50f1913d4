"""Every constraint of the tables refuses by itself: raw SQL, no engine, on both databases (decision 3)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from rdv.store import portal_tables, tables
from rdv.store.session import Database, violated
from tests.databases import Databases

METADATA = tables.table(portal_tables.Account).metadata
Row = dict[str, Any]


def at(wall: str) -> datetime:
    return datetime.fromisoformat(f"2017-04-06T{wall}+00:00")


NINE, HALF, TEN = at("09:00"), at("09:30"), at("10:00")

BASE: list[tuple[str, Row]] = [
    ("service", {"id": 1, "label": "État civil", "key": "etat civil"}),
    ("agent", {"id": 1, "login": "lea", "name": "Léa", "removed": 0}),
    ("place", {"id": 1, "label": "Mairie", "key": "mairie", "address": "", "timezone": "Europe/Paris"}),
    ("appointment_type", {"id": 1, "label": "Passeport", "key": "passeport", "description": "", "public": True,
                          "max_upcoming": 3, "notice_hours": 0, "horizon_days": 90, "hold_minutes": 15}),
    ("reference_week", {"id": 1, "label": "Semaine", "key": "semaine"}),
    ("opening", {"id": 1, "week_id": 1, "weekday": 0, "starts": 540, "ends": 720, "slot": 30}),
    ("desk", {"id": 1, "label": "Poste", "key": "poste"}),
    ("counter", {"id": 1, "label": "Guichet 1", "key": "guichet 1", "type_id": 1, "place_id": 1,
                 "first_day": "2017-04-04", "week_id": 1, "desk_id": None, "capacity": 2, "public": False,
                 "removed": 0}),
    ("counter", {"id": 2, "label": "Guichet 2", "key": "guichet 2", "type_id": 1, "place_id": 1,
                 "first_day": "2017-04-04", "week_id": 1, "desk_id": 1, "capacity": 1, "public": False,
                 "removed": 0}),
    ("exception_period", {"id": 1, "counter_id": 1, "first_day": "2017-05-01", "last_day": "2017-05-05"}),
    ("partner", {"id": 1, "name": "BOIS Jules", "key": "bois jules"}),
    ("partner", {"id": 2, "name": "AULAN Gilles", "key": "aulan gilles"}),
    ("account", {"id": 1, "email": "lea@example.org", "partner_id": 1, "issuer": "https://id.example.org",
                 "subject": "1", "version": 0, "links": 0, "made_at": NINE}),
    ("attempt", {"what": "link", "who": "1", "tries": 1, "until": TEN}),
    ("appointment", {"id": 1, "type_id": 1, "counter_id": 1, "partner_id": 1, "starts_at": NINE, "ends_at": HALF,
                     "status": "planned", "taken_at": NINE, "comment": ""}),
    ("claim", {"counter_id": 1, "starts_at": NINE, "seat": 1, "ends_at": HALF, "status": "booked",
               "appointment_id": 1}),
    ("journal_entry", {"id": 1, "at": NINE, "actor_kind": "agent", "actor": "lea", "action": "x", "subject": "x",
                       "facts": "{}"}),
    ("notice", {"id": 1, "message_id": "<1@rdv>", "kind": "confirmation", "channel": "sms", "partner_id": 1,
                "appointment_id": 1, "once": "reminder", "facts": "{}", "status": "waiting", "made_at": NINE,
                "due_at": NINE, "attempts": 0}),
    ("saved_search", {"id": 1, "agent_id": 1, "entry": "slots", "label": "Matin", "key": "matin",
                      "visibility": "personal", "filters": "{}"}),
]  # fmt: skip
"""The rows before each test: one a table, two counters, of which the second has a desk."""

GOOD: dict[str, Row] = {
    "service": {"id": 9, "label": "Accueil", "key": "accueil"},
    "agent": {"id": 9, "login": "max", "name": "Max", "removed": 0},
    "agent_right": {"agent_id": 1, "held": "module"},
    "agent_service": {"agent_id": 1, "service_id": 1},
    "place": {"id": 9, "label": "Annexe", "key": "annexe", "address": "", "timezone": "Europe/Paris"},
    "appointment_type": {"id": 9, "label": "Mariage", "key": "mariage", "description": "", "public": True,
                         "max_upcoming": 1, "notice_hours": 0, "horizon_days": 1, "hold_minutes": 1},
    "type_service": {"type_id": 1, "service_id": 1},
    "reference_week": {"id": 9, "label": "Courte", "key": "courte"},
    "opening": {"id": 9, "week_id": 1, "weekday": 0, "starts": 720, "ends": 1440, "slot": 30},
    "desk": {"id": 9, "label": "Poste 2", "key": "poste 2"},
    "counter": {"id": 9, "label": "Guichet 9", "key": "guichet 9", "type_id": 1, "place_id": 1,
                "first_day": "2017-04-04", "last_day": "2017-04-04", "week_id": 1, "capacity": 1, "public": True,
                "removed": 0},
    "exception_period": {"id": 9, "counter_id": 1, "first_day": "2017-05-06", "last_day": "2017-05-06", "week_id": 1},
    "closure": {"id": 9, "label": "Fête", "key": "fete", "first_day": "2017-05-01", "last_day": "2017-05-01"},
    "partner": {"id": 9, "name": "AULAN Gilles", "key": "aulan gilles"},
    "appointment": {"id": 9, "type_id": 1, "counter_id": 2, "partner_id": 1, "starts_at": NINE, "ends_at": HALF,
                    "status": "no_show", "taken_at": NINE, "taken_by": 1, "comment": ""},
    "claim": {"counter_id": 2, "starts_at": NINE, "seat": 1, "ends_at": HALF, "status": "held", "desk_id": 1,
              "partner_id": 1, "expires_at": TEN},
    "journal_entry": {"id": 9, "at": NINE, "actor_kind": "job", "actor": "init", "action": "x", "subject": "x",
                      "facts": "{}"},
    "notice": {"id": 9, "message_id": "<9@rdv>", "kind": "reminder", "channel": "email", "partner_id": 1,
               "appointment_id": 1, "facts": "{}", "status": "sent", "made_at": NINE, "due_at": NINE, "attempts": 1,
               "sent_at": NINE},
    "saved_search": {"id": 9, "agent_id": 1, "service_id": 1, "entry": "slots", "label": "Soir", "key": "soir",
                     "visibility": "service", "filters": "{}"},
    "account": {"id": 9, "email": "gilles@example.org", "partner_id": 2, "issuer": "https://id.example.org",
                "subject": "9", "version": 0, "links": 0, "made_at": NINE},
    "attempt": {"what": "sign-in", "who": "9", "tries": 1, "until": TEN},
}  # fmt: skip
"""A row a table that every constraint lets in; the tests below each change one thing of it."""

CHECKS: list[tuple[str, Row]] = [
    ("agent_right_held", {"held": "root"}),
    ("appointment_type_max_upcoming", {"max_upcoming": 0}),
    ("appointment_type_delays", {"notice_hours": -1}),
    ("appointment_type_delays", {"horizon_days": 0}),
    ("appointment_type_delays", {"hold_minutes": 0}),
    ("opening_weekday", {"weekday": 7}),
    ("opening_span", {"starts": 720, "ends": 720}),
    ("opening_span", {"starts": 720, "ends": 1441}),
    ("opening_slot", {"slot": 0}),
    ("opening_slot", {"slot": 1441}),
    ("counter_validity", {"last_day": "2017-04-03"}),
    ("counter_capacity", {"capacity": 0}),
    ("counter_capacity", {"capacity": 2, "desk_id": 1}),
    ("counter_week", {"week_id": None}),
    ("exception_period_span", {"first_day": "2017-05-07"}),
    ("closure_span", {"first_day": "2017-05-02"}),
    ("appointment_span", {"ends_at": NINE}),
    ("appointment_status", {"status": "past_without_status"}),
    ("claim_span", {"ends_at": NINE}),
    ("claim_seat", {"seat": 0}),
    ("claim_status", {"status": "free", "partner_id": None, "expires_at": None, "desk_id": None}),
    ("claim_booked", {"status": "booked", "partner_id": None, "expires_at": None}),
    ("claim_booked", {"appointment_id": 1}),
    ("claim_held", {"expires_at": None}),
    ("claim_held", {"status": "reserved", "partner_id": None, "desk_id": None}),
    ("claim_holder", {"partner_id": None}),
    ("claim_holder", {"status": "reserved", "expires_at": None, "desk_id": None}),
    ("claim_desk", {"status": "suspended", "partner_id": None, "expires_at": None}),
    ("journal_entry_actor_kind", {"actor_kind": "ghost"}),
    ("notice_kind", {"kind": "spam"}),
    ("notice_channel", {"channel": "pigeon"}),
    ("notice_status", {"status": "lost", "sent_at": None}),
    ("notice_attempts", {"attempts": -1}),
    ("notice_recipient", {"partner_id": None}),
    ("notice_recipient", {"address": "lea@example.org"}),
    ("notice_claim", {"worker": "w"}),
    ("notice_claim", {"claimed_until": TEN}),
    ("notice_sent", {"sent_at": None}),
    ("notice_sent", {"status": "parked"}),
    ("partner_language", {"language": "de"}),
    ("account_identity", {"subject": None}),
    ("account_identity", {"issuer": None}),
    ("attempt_tries", {"tries": 0}),
    ("saved_search_visibility", {"visibility": "public", "service_id": None}),
    ("saved_search_service", {"service_id": None}),
    ("saved_search_service", {"visibility": "personal"}),
]

UNIQUES: list[tuple[str, Row]] = [
    ("service", {"key": "etat civil"}),
    ("agent", {"login": "lea"}),
    ("place", {"key": "mairie"}),
    ("appointment_type", {"key": "passeport"}),
    ("reference_week", {"key": "semaine"}),
    ("desk", {"key": "poste"}),
    ("counter", {"key": "guichet 1"}),
    ("notice", {"message_id": "<1@rdv>"}),
    ("notice", {"once": "reminder"}),
    ("saved_search", {"entry": "slots", "key": "matin"}),
    ("account", {"email": "lea@example.org"}),
    ("account", {"partner_id": 1}),
    ("account", {"subject": "1"}),
    ("attempt", {"what": "link", "who": "1"}),
    ("claim", {"counter_id": 1, "desk_id": None}),
    ("claim", {"status": "booked", "appointment_id": 1, "partner_id": None, "expires_at": None}),
]

OVERLAPS: list[tuple[str, str, Row]] = [
    ("opening_overlap", "opening", {"starts": 719}),
    ("opening_overlap", "opening", {"starts": 0, "ends": 541}),
    ("opening_overlap", "opening", {"starts": 600, "ends": 630}),
    ("exception_overlap", "exception_period", {"first_day": "2017-05-05"}),
    ("exception_overlap", "exception_period", {"first_day": "2017-04-30", "last_day": "2017-05-01"}),
    ("exception_overlap", "exception_period", {"first_day": "2017-04-30", "last_day": "2017-06-01"}),
    ("claim_seat_overlap", "claim", {"counter_id": 1, "starts_at": at("09:15"), "desk_id": None}),
    ("claim_seat_overlap", "claim", {"counter_id": 1, "starts_at": at("08:45"), "desk_id": None}),
    ("claim_seat_overlap", "claim", {"counter_id": 1, "starts_at": at("08:45"), "ends_at": TEN, "desk_id": None}),
]

Insert = Callable[..., None]


@pytest.fixture
def insert(database: Database) -> Iterator[Insert]:
    """Insert a row by plain SQL in a transaction: the good row of the table, with some values changed."""
    with database.writing.begin() as connection:
        for name, row in BASE:
            connection.execute(*statement(database, name, row))

    def run(name: str, **changes: Any) -> None:
        with database.writing.begin() as connection:
            connection.execute(*statement(database, name, GOOD[name] | changes))

    yield run


def statement(database: Database, name: str, row: Row) -> tuple[Any, Row]:
    names = ", ".join(row)
    marks = ", ".join(f":{column}" for column in row)
    return text(f"INSERT INTO {name} ({names}) VALUES ({marks})"), stored(database, row)


def stored(database: Database, row: Row) -> Row:
    """Return instants as this database stores them."""
    as_held = (lambda v: int(v.timestamp())) if database.is_sqlite else (lambda v: v)
    return {name: as_held(value) if isinstance(value, datetime) else value for name, value in row.items()}


def execute(database: Database, sql: str, **values: Any) -> int:
    with database.writing.begin() as connection:
        return connection.execute(text(sql), stored(database, values)).rowcount


def table_of(check: str) -> str:
    return next(name for name in sorted(METADATA.tables, key=len, reverse=True) if check.startswith(f"{name}_"))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_row_is_let_in(insert: Insert, name: str) -> None:
    insert(name)


def test_good_rows_are_known_for_every_table() -> None:
    assert set(GOOD) == set(METADATA.tables) == {str(model.__tablename__) for model in SQLModel.__subclasses__()}


@pytest.mark.parametrize(("check", "changes"), CHECKS)
def test_a_check_refuses_what_cannot_be(insert: Insert, check: str, changes: Row) -> None:
    with pytest.raises(IntegrityError) as refusal:
        insert(table_of(check), **changes)
    assert violated(refusal.value) == check


def test_every_check_is_tried() -> None:
    declared = {str(c.name) for t in METADATA.tables.values() for c in t.constraints if isinstance(c, CheckConstraint)}
    assert declared == {check for check, _ in CHECKS}


@pytest.mark.parametrize(("name", "changes"), UNIQUES)
def test_s5_what_must_be_unique_is_refused_the_second_time(insert: Insert, name: str, changes: Row) -> None:
    with pytest.raises(IntegrityError) as refusal:
        insert(name, **changes)
    told = violated(refusal.value)
    assert told.startswith(name)
    assert told.endswith(("_unique", "_pk")) or all(column in told for column in unique_columns(name, changes))


def unique_columns(name: str, changes: Row) -> set[str]:
    """Return the columns that SQLite names: those of the constraint that the changes repeat."""
    columns = [{c.name for c in found} for found in uniques(name)]
    return next(found for found in columns if found & set(changes) and found <= set(GOOD[name]) | set(changes))


def uniques(name: str) -> list[list[Any]]:
    table = METADATA.tables[name]
    constraints = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    indexes = [list(index.columns) for index in table.indexes if index.unique]
    return [list(table.primary_key.columns), *constraints, *indexes]


@pytest.mark.parametrize(("rule", "name", "changes"), OVERLAPS)
def test_c3_c5_s5_spans_that_overlap_are_refused(insert: Insert, rule: str, name: str, changes: Row) -> None:
    with pytest.raises(IntegrityError) as refusal:
        insert(name, **changes)
    assert violated(refusal.value) == rule


@pytest.mark.parametrize(("rule", "name", "changes"), OVERLAPS)
def test_c3_c5_s5_a_row_cannot_be_changed_into_an_overlap(
    insert: Insert, database: Database, rule: str, name: str, changes: Row
) -> None:
    if name == "claim":
        insert(name, counter_id=1, seat=1, starts_at=TEN, ends_at=at("10:30"), desk_id=None, expires_at=at("12:00"))
        where = "counter_id = 1 AND status = 'held'"
    else:
        insert(name)
        where = "id = 9"
    row = GOOD[name] | changes
    keys = [key for key in ("starts", "ends", "first_day", "last_day", "starts_at", "ends_at") if key in row]
    given = ", ".join(f"{key} = :{key}" for key in keys)
    with pytest.raises(IntegrityError) as refusal:
        execute(database, f"UPDATE {name} SET {given} WHERE {where}", **{key: row[key] for key in keys})
    assert violated(refusal.value) == rule


def test_c3_openings_of_other_days_and_weeks_do_not_overlap(insert: Insert) -> None:
    insert("reference_week")
    insert("opening", id=10, weekday=1, starts=540, ends=720)
    insert("opening", id=11, week_id=9, starts=540, ends=720)


def test_c5_exceptions_of_another_counter_do_not_overlap(insert: Insert) -> None:
    insert("exception_period", counter_id=2, first_day="2017-05-01", last_day="2017-05-05")


def test_s5_another_seat_of_the_same_slot_is_free_and_slots_that_touch_too(insert: Insert) -> None:
    insert("claim", counter_id=1, seat=2, desk_id=None)
    insert("claim", counter_id=1, seat=1, starts_at=HALF, ends_at=TEN, desk_id=None)
    insert("claim", counter_id=1, seat=1, starts_at=at("08:30"), ends_at=NINE, desk_id=None)


def test_c7_a_desk_never_has_two_people_at_once_whatever_the_counter(insert: Insert, database: Database) -> None:
    insert("claim")
    insert("claim", counter_id=1, seat=2, starts_at=HALF, ends_at=TEN, expires_at=at("12:00"))
    with pytest.raises(IntegrityError) as refusal:
        insert("claim", counter_id=1, seat=1, starts_at=at("08:45"), ends_at=at("09:15"), desk_id=1)
    assert "overlap" in violated(refusal.value)
    with pytest.raises(IntegrityError) as refusal:
        insert("claim", counter_id=1, seat=2, starts_at=at("08:45"), ends_at=at("09:15"), desk_id=1)
    assert violated(refusal.value) == "claim_desk_overlap"
    with pytest.raises(IntegrityError) as refusal:
        execute(database, "UPDATE claim SET starts_at = :at WHERE seat = 2", at=at("09:15"))
    assert violated(refusal.value) == "claim_desk_overlap"


def test_c7_a_slot_kept_from_everyone_takes_no_desk(insert: Insert) -> None:
    insert("claim")
    kept = {"status": "reserved", "partner_id": None, "expires_at": None, "desk_id": None}
    insert("claim", counter_id=1, seat=2, **kept)


FOREIGN_KEYS = [(name, key) for name in sorted(METADATA.tables) for key in sorted(
    METADATA.tables[name].foreign_keys, key=lambda key: key.parent.name)]  # fmt: skip


@pytest.mark.parametrize(("name", "key"), FOREIGN_KEYS, ids=lambda one: getattr(one, "target_fullname", one))
def test_a_row_points_to_rows_that_exist(insert: Insert, name: str, key: ForeignKey) -> None:
    changes: Row = {key.parent.name: 999_999}
    if name == "claim" and key.parent.name == "appointment_id":
        changes |= {"status": "booked", "partner_id": None, "expires_at": None}
    with pytest.raises(IntegrityError) as refusal:
        insert(name, **changes)
    assert violated(refusal.value) in (f"{name}_{key.parent.name}_fk", "FOREIGN KEY constraint failed")


@pytest.mark.parametrize("name", ["place", "appointment_type", "reference_week", "counter", "partner", "appointment"])
def test_c8_a_row_that_others_point_to_cannot_be_deleted(insert: Insert, database: Database, name: str) -> None:
    with pytest.raises(IntegrityError):
        execute(database, f"DELETE FROM {name} WHERE id = 1")


def test_what_belongs_to_a_row_goes_with_it(insert: Insert, database: Database) -> None:
    insert("agent")
    insert("agent_right", agent_id=9)
    insert("agent_service", agent_id=9)
    execute(database, "DELETE FROM agent WHERE id = 9")
    insert("reference_week")
    insert("opening", week_id=9)
    execute(database, "DELETE FROM reference_week WHERE id = 9")
    insert("counter")
    insert("exception_period", counter_id=9)
    execute(database, "DELETE FROM counter WHERE id = 9")
    for name, column in (("agent_right", "agent_id"), ("opening", "week_id"), ("exception_period", "counter_id")):
        assert execute(database, f"UPDATE {name} SET {column} = {column} WHERE {column} = 9") == 0


def test_a_label_and_a_login_are_free_again_when_their_owner_has_left(insert: Insert, database: Database) -> None:
    execute(database, "UPDATE agent SET removed = id")
    execute(database, "UPDATE counter SET removed = id")
    insert("agent", login="lea")
    insert("counter", key="guichet 1")


@pytest.mark.parametrize("sql", ["UPDATE journal_entry SET actor = 'max'", "DELETE FROM journal_entry"])
def test_g3_the_journal_is_only_added_to(insert: Insert, database: Database, sql: str) -> None:
    with pytest.raises(DBAPIError, match="journal_entry_kept"):
        execute(database, sql)
    insert("journal_entry")
    assert execute(database, "UPDATE service SET label = label") == 1, "other tables can be changed"


def test_g3_the_journal_is_not_replaced_either(databases: Databases) -> None:
    with databases.fresh("sqlite") as database:
        entry = "(id, at, actor_kind, actor, action, subject, facts) VALUES (1, 0, 'job', 'x', 'x', 'x', '{}')"
        execute(database, f"INSERT INTO journal_entry {entry}")
        for replace in ("INSERT OR REPLACE", "REPLACE"):
            with pytest.raises(DBAPIError, match="journal_entry_kept"):
                execute(database, f"{replace} INTO journal_entry {entry}")


def test_g3_the_journal_cannot_be_emptied_at_once(databases: Databases) -> None:
    with databases.fresh("postgresql") as database, pytest.raises(DBAPIError, match="journal_entry_kept"):
        execute(database, "TRUNCATE journal_entry")


def test_a7_the_code_of_a_partner_is_never_given_twice(insert: Insert, database: Database) -> None:
    def add() -> None:
        execute(database, "INSERT INTO partner (name, key) VALUES ('X', 'x')")

    execute(database, "DELETE FROM partner WHERE id > 2")
    if not database.is_sqlite:
        execute(database, "SELECT setval('partner_id_seq', 2)")
    add()
    execute(database, "DELETE FROM partner WHERE id = 3")
    add()
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT max(id) FROM partner")).scalar() == 4
