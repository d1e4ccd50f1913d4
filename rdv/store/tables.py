"""The tables, with the constraints and indexes that hold the invariants (docs/architecture.md, decision 3).

The tables follow the glossary. Derived values are not stored: slots come from the weeks, a partner's code from its id.
`key` columns hold the folded label, which decides what "the same name" means. Rows that history needs are not deleted:
their `removed` becomes their own id, and their name is free again.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, MetaData, Table, UniqueConstraint, true
from sqlmodel import Field, SQLModel

from rdv.store.columns import UNSENT, Instant, NoOverlap, kept, no_overlap, partial, where_known
from rdv.terms import ActorKind, AppointmentStatus, Channel, ClaimStatus, MessageKind, MessageStatus, Right, Visibility

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_unique",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
).naming_convention


def one_of(name: str, words: type[Any]) -> CheckConstraint:
    """Return a CHECK that a column holds a word of a StrEnum; PAST_WITHOUT_STATUS is derived, never stored."""
    listed = ", ".join(f"'{word}'" for word in words if word != AppointmentStatus.PAST_WITHOUT_STATUS)
    return CheckConstraint(f"{name} IN ({listed})", name=name)


class Service(SQLModel, table=True):
    """A service of the town hall: agents belong to it, types may be kept to it."""

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str = Field(unique=True)


class Agent(SQLModel, table=True):
    """A person of the counter. `password` is an argon2id hash; without one, the agent signs in by other means."""

    __table_args__ = (UniqueConstraint("login", "removed"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str
    name: str
    password: str | None = None
    removed: int = 0


class AgentRight(SQLModel, table=True):
    """A right that an agent holds (G1)."""

    __tablename__ = "agent_right"
    __table_args__ = (one_of("held", Right),)

    agent_id: int = Field(primary_key=True, foreign_key="agent.id", ondelete="CASCADE")
    held: str = Field(primary_key=True)


class AgentService(SQLModel, table=True):
    """An agent belongs to a service (G1)."""

    __tablename__ = "agent_service"

    agent_id: int = Field(primary_key=True, foreign_key="agent.id", ondelete="CASCADE")
    service_id: int = Field(primary_key=True, foreign_key="service.id")


class AppointmentType(SQLModel, table=True):
    """A type of appointments (C1). Columns name their units: minutes, hours, days.

    `reminder_hours` are the hours before an appointment when its partner gets a reminder, as « 48,2 » (N1).
    """

    __tablename__ = "appointment_type"
    __table_args__ = (
        CheckConstraint("max_upcoming >= 1", name="max_upcoming"),
        CheckConstraint("notice_hours >= 0 AND horizon_days >= 1 AND hold_minutes >= 1", name="delays"),
    )

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str = Field(unique=True)
    description: str = ""
    public: bool = True
    max_upcoming: int = 3
    notice_hours: int = 0
    horizon_days: int = 90
    hold_minutes: int = 15
    reminder_hours: str = Field(default="48", sa_column_kwargs={"server_default": "48"})


class TypeService(SQLModel, table=True):
    """A type is kept to a service (C1, G2)."""

    __tablename__ = "type_service"

    type_id: int = Field(primary_key=True, foreign_key="appointment_type.id", ondelete="CASCADE")
    service_id: int = Field(primary_key=True, foreign_key="service.id")


class Place(SQLModel, table=True):
    """Where counters are (C2). `timezone` is an IANA name."""

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str = Field(unique=True)
    address: str = ""
    timezone: str = "Europe/Paris"


class ReferenceWeek(SQLModel, table=True):
    """Opening hours that counters share (C3)."""

    __tablename__ = "reference_week"

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str = Field(unique=True)


class Opening(SQLModel, table=True):
    """A stretch of a weekday (C3): weekday 0 is Monday, times are minutes since midnight, `slot` is minutes."""

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", name="span"),
        CheckConstraint("slot BETWEEN 1 AND 1440", name="slot"),
    )

    id: int | None = Field(default=None, primary_key=True)
    week_id: int = Field(foreign_key="reference_week.id", ondelete="CASCADE", index=True)
    weekday: int
    starts: int
    ends: int
    slot: int


class Desk(SQLModel, table=True):
    """A physical desk that several counters share (C7)."""

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str = Field(unique=True)


class Counter(SQLModel, table=True):
    """Where one type is served (C4). A desk seats one person, so a counter with a desk has capacity 1 (C7)."""

    __table_args__ = (
        CheckConstraint("last_day IS NULL OR first_day <= last_day", name="validity"),
        CheckConstraint("capacity >= 1 AND (desk_id IS NULL OR capacity = 1)", name="capacity"),
        CheckConstraint("week_id IS NOT NULL OR removed <> 0", name="week"),
        UniqueConstraint("place_id", "key", "removed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str
    type_id: int = Field(foreign_key="appointment_type.id", index=True)
    place_id: int = Field(foreign_key="place.id", index=True)
    first_day: date
    last_day: date | None = None
    week_id: int | None = Field(default=None, foreign_key="reference_week.id", index=True)
    desk_id: int | None = Field(default=None, foreign_key="desk.id", index=True)
    capacity: int = 1
    public: bool = False
    removed: int = 0


class ExceptionPeriod(SQLModel, table=True):
    """Days, both ends included, when another week holds, or none at all (C5)."""

    __tablename__ = "exception_period"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="span"),)

    id: int | None = Field(default=None, primary_key=True)
    counter_id: int = Field(foreign_key="counter.id", ondelete="CASCADE", index=True)
    first_day: date
    last_day: date
    week_id: int | None = Field(default=None, foreign_key="reference_week.id", index=True)


class Closure(SQLModel, table=True):
    """Days, both ends included, when one place, or every place, is closed (C6)."""

    __table_args__ = (CheckConstraint("first_day <= last_day", name="span"),)

    id: int | None = Field(default=None, primary_key=True)
    label: str
    key: str
    place_id: int | None = Field(default=None, foreign_key="place.id", index=True)
    first_day: date
    last_day: date


class Partner(SQLModel, table=True):
    """A person who comes to the counter (A7). The code is C and the id; a merged file points to the one that is kept.

    Messages are in `language` (None: that of the settings), on the channels that the partner wants (N1).
    """

    __table_args__ = (
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        where_known("partner_merged_into_id_index", "merged_into_id"),
        {"sqlite_autoincrement": True},  # a code is never given twice
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(index=True)
    phone: str | None = Field(default=None, index=True)
    email: str | None = Field(default=None, index=True)
    language: str | None = None
    wants_email: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    wants_sms: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    merged_into_id: int | None = Field(default=None, foreign_key="partner.id")


class Appointment(SQLModel, table=True):
    """A partner's appointment (A1). `taken_by` is the agent; without one, the citizen took it on the portal.

    `sequence` grows with each announced change, `told_at` is the time of the last one (None: imported): calendars and
    reminders use them (N1). `arrived_at` is the time of the partner's arrival (A9).
    """

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        one_of("status", AppointmentStatus),
        Index("appointment_counter_index", "counter_id", "starts_at"),
        Index("appointment_partner_index", "partner_id", "starts_at"),
        Index("appointment_type_index", "type_id", "starts_at"),
        Index("appointment_status_index", "status", "starts_at", "ends_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    type_id: int = Field(foreign_key="appointment_type.id")
    counter_id: int = Field(foreign_key="counter.id")
    partner_id: int = Field(foreign_key="partner.id")
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    status: str
    taken_at: datetime = Field(sa_type=Instant)
    taken_by: int | None = Field(default=None, foreign_key="agent.id")
    comment: str = ""
    sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    arrived_at: datetime | None = Field(default=None, sa_type=Instant)


class Claim(SQLModel, table=True):
    """One seat of one slot that is not free: the row behind S5.

    The primary key is the lock. `desk_id` repeats the counter's desk while a person is expected there (held, booked),
    so that the database itself refuses two of them at once (C7).
    """

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("seat >= 1", name="seat"),
        one_of("status", ClaimStatus),
        CheckConstraint("(status = 'booked') = (appointment_id IS NOT NULL)", name="booked"),
        CheckConstraint("(status = 'held') = (expires_at IS NOT NULL)", name="held"),
        CheckConstraint("(status = 'held') = (partner_id IS NOT NULL)", name="holder"),
        CheckConstraint("desk_id IS NULL OR status IN ('held', 'booked')", name="desk"),
        where_known("claim_desk_index", "desk_id", "starts_at"),
        where_known("claim_partner_id_index", "partner_id"),
    )

    counter_id: int = Field(primary_key=True, foreign_key="counter.id")
    starts_at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    seat: int = Field(default=1, primary_key=True)
    ends_at: datetime = Field(sa_type=Instant)
    status: str
    desk_id: int | None = Field(default=None, foreign_key="desk.id")
    appointment_id: int | None = Field(default=None, foreign_key="appointment.id", unique=True)
    partner_id: int | None = Field(default=None, foreign_key="partner.id")
    expires_at: datetime | None = Field(default=None, sa_type=Instant)


class JournalEntry(SQLModel, table=True):
    """An entry of the journal: who did what to what, and when (G3). The database refuses to change or delete it.

    `facts` are codes and ids, never names: sentences are made when shown.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        Index("journal_entry_subject_index", "subject", "subject_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)
    actor_kind: str
    actor: str
    action: str
    subject: str
    subject_id: int | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Message(SQLModel, table=True):
    """A message to a citizen, written in the transaction of its change (N2), sent later (N3).

    It goes to a partner, at the address in the file when it is sent, or to an `address` that is in no file yet.
    `appointment_id` is its first appointment, `facts` have all. A worker that sends it owns it until `claimed_until`.
    `once` makes a reminder unique.
    """

    __tablename__ = "notice"
    __table_args__ = (
        one_of("kind", MessageKind),
        one_of("channel", Channel),
        one_of("status", MessageStatus),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(partner_id IS NULL) = (address IS NOT NULL)", name="recipient"),
        CheckConstraint("(worker IS NULL) = (claimed_until IS NULL)", name="claim"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        Index("notice_due_index", "status", "due_at"),
        Index("notice_partner_index", "partner_id", "id"),
        partial("notice_unsent_index", "status", "id", where=UNSENT.removeprefix("notice.")),
        where_known("notice_address_index", "address"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(unique=True)
    kind: str
    channel: str
    partner_id: int | None = Field(default=None, foreign_key="partner.id")
    address: str | None = None
    appointment_id: int | None = Field(default=None, foreign_key="appointment.id", index=True)
    once: str | None = Field(default=None, unique=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = MessageStatus.WAITING
    made_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
    worker: str | None = None
    last_error: str | None = None
    sent_at: datetime | None = Field(default=None, sa_type=Instant)


class SavedSearch(SQLModel, table=True):
    """A list with its filters under a name (Q1)."""

    __tablename__ = "saved_search"
    __table_args__ = (
        one_of("visibility", Visibility),
        CheckConstraint("(visibility = 'service') = (service_id IS NOT NULL)", name="service"),
        Index("saved_search_name_unique", "agent_id", "entry", "key", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="agent.id")
    service_id: int | None = Field(default=None, foreign_key="service.id", index=True)
    entry: str
    label: str
    key: str
    visibility: str
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


def table(model: type[SQLModel]) -> Table:
    """Return the Core table of a model, to read rows."""
    found = model.__table__  # type: ignore[attr-defined]
    assert isinstance(found, Table)
    return found


LONGEST_SLOT_SECONDS = 24 * 3600
NO_OVERLAPS = (
    NoOverlap(
        "opening_overlap", "opening", {"week_id": "int8range", "weekday": "int4range"}, "int4range", "starts", "ends"
    ),
    NoOverlap(
        "exception_overlap", "exception_period", {"counter_id": "int8range"}, "daterange", "first_day", "last_day",
        closed=True,
    ),
    NoOverlap(
        "claim_seat_overlap", "claim", {"counter_id": "int8range", "seat": "int4range"}, "tstzrange",
        "starts_at", "ends_at", longest=LONGEST_SLOT_SECONDS,
    ),
    NoOverlap(
        "claim_desk_overlap", "claim", {"desk_id": "int8range"}, "tstzrange", "starts_at", "ends_at",
        longest=LONGEST_SLOT_SECONDS,
    ),
)  # fmt: skip
"""Conflicts that the database refuses: two openings at once, two exceptions of a day (C5), a seat or a desk twice."""

for rule in NO_OVERLAPS:
    no_overlap(SQLModel.metadata.tables[rule.table], rule)
kept(table(JournalEntry))
