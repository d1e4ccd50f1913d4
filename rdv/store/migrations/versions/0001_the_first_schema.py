"""The first schema."""

import sqlalchemy as sa
from alembic import op

from rdv.store.columns import Instant

revision = "0001"
down_revision = None


# Spans that must not overlap, and a journal that is only added to: each database says it in its own way.
# ruff: noqa: E501
SQLITE = (
    """CREATE TRIGGER opening_overlap_insert AFTER INSERT ON opening WHEN EXISTS (SELECT 1 FROM opening AS other WHERE other.week_id = NEW.week_id AND other.weekday = NEW.weekday AND other.starts < NEW.ends AND NEW.starts < other.ends AND other.rowid <> NEW.rowid) BEGIN SELECT RAISE(ABORT, 'opening_overlap'); END""",
    """CREATE TRIGGER opening_overlap_update AFTER UPDATE ON opening WHEN EXISTS (SELECT 1 FROM opening AS other WHERE other.week_id = NEW.week_id AND other.weekday = NEW.weekday AND other.starts < NEW.ends AND NEW.starts < other.ends AND other.rowid <> NEW.rowid) BEGIN SELECT RAISE(ABORT, 'opening_overlap'); END""",
    """CREATE TRIGGER exception_overlap_insert AFTER INSERT ON exception_period WHEN EXISTS (SELECT 1 FROM exception_period AS other WHERE other.counter_id = NEW.counter_id AND other.first_day <= NEW.last_day AND NEW.first_day <= other.last_day AND other.rowid <> NEW.rowid) BEGIN SELECT RAISE(ABORT, 'exception_overlap'); END""",
    """CREATE TRIGGER exception_overlap_update AFTER UPDATE ON exception_period WHEN EXISTS (SELECT 1 FROM exception_period AS other WHERE other.counter_id = NEW.counter_id AND other.first_day <= NEW.last_day AND NEW.first_day <= other.last_day AND other.rowid <> NEW.rowid) BEGIN SELECT RAISE(ABORT, 'exception_overlap'); END""",
    """CREATE TRIGGER claim_seat_overlap_insert AFTER INSERT ON claim WHEN EXISTS (SELECT 1 FROM claim AS other WHERE other.counter_id = NEW.counter_id AND other.seat = NEW.seat AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at AND other.rowid <> NEW.rowid AND other.starts_at > NEW.starts_at - 86400) BEGIN SELECT RAISE(ABORT, 'claim_seat_overlap'); END""",
    """CREATE TRIGGER claim_seat_overlap_update AFTER UPDATE ON claim WHEN EXISTS (SELECT 1 FROM claim AS other WHERE other.counter_id = NEW.counter_id AND other.seat = NEW.seat AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at AND other.rowid <> NEW.rowid AND other.starts_at > NEW.starts_at - 86400) BEGIN SELECT RAISE(ABORT, 'claim_seat_overlap'); END""",
    """CREATE TRIGGER claim_desk_overlap_insert AFTER INSERT ON claim WHEN EXISTS (SELECT 1 FROM claim AS other WHERE other.desk_id = NEW.desk_id AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at AND other.rowid <> NEW.rowid AND other.starts_at > NEW.starts_at - 86400) BEGIN SELECT RAISE(ABORT, 'claim_desk_overlap'); END""",
    """CREATE TRIGGER claim_desk_overlap_update AFTER UPDATE ON claim WHEN EXISTS (SELECT 1 FROM claim AS other WHERE other.desk_id = NEW.desk_id AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at AND other.rowid <> NEW.rowid AND other.starts_at > NEW.starts_at - 86400) BEGIN SELECT RAISE(ABORT, 'claim_desk_overlap'); END""",
    """CREATE TRIGGER journal_entry_kept_update BEFORE UPDATE ON journal_entry BEGIN SELECT RAISE(ABORT, 'journal_entry_kept'); END""",
    """CREATE TRIGGER journal_entry_kept_delete BEFORE DELETE ON journal_entry BEGIN SELECT RAISE(ABORT, 'journal_entry_kept'); END""",
    """CREATE TRIGGER journal_entry_kept_replace BEFORE INSERT ON journal_entry WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'journal_entry_kept'); END""",
)

POSTGRESQL = (
    """ALTER TABLE opening ADD CONSTRAINT opening_overlap EXCLUDE USING gist (int8range(week_id, week_id, '[]') WITH =, int4range(weekday, weekday, '[]') WITH =, int4range(starts, ends) WITH &&) WHERE (week_id IS NOT NULL AND weekday IS NOT NULL)""",
    """ALTER TABLE exception_period ADD CONSTRAINT exception_overlap EXCLUDE USING gist (int8range(counter_id, counter_id, '[]') WITH =, daterange(first_day, last_day, '[]') WITH &&) WHERE (counter_id IS NOT NULL)""",
    """ALTER TABLE claim ADD CONSTRAINT claim_seat_overlap EXCLUDE USING gist (int8range(counter_id, counter_id, '[]') WITH =, int4range(seat, seat, '[]') WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (counter_id IS NOT NULL AND seat IS NOT NULL)""",
    """ALTER TABLE claim ADD CONSTRAINT claim_desk_overlap EXCLUDE USING gist (int8range(desk_id, desk_id, '[]') WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (desk_id IS NOT NULL)""",
    """CREATE FUNCTION journal_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'journal_entry_kept'; END $$""",
    """CREATE TRIGGER journal_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_kept()""",
)


def upgrade() -> None:
    """Upgrade a database to this version."""
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("agent_pk")),
        sa.UniqueConstraint("login", "removed", name=op.f("agent_login_removed_unique")),
    )
    op.create_table(
        "appointment_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("max_upcoming", sa.Integer(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("reminder_hours", sa.String(), server_default="48", nullable=False),
        sa.CheckConstraint("max_upcoming >= 1", name=op.f("appointment_type_max_upcoming")),
        sa.CheckConstraint(
            "notice_hours >= 0 AND horizon_days >= 1 AND hold_minutes >= 1", name=op.f("appointment_type_delays")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("appointment_type_pk")),
        sa.UniqueConstraint("key", name=op.f("appointment_type_key_unique")),
    )
    op.create_table(
        "desk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("desk_pk")),
        sa.UniqueConstraint("key", name=op.f("desk_key_unique")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint("actor_kind IN ('agent', 'citizen', 'job')", name=op.f("journal_entry_actor_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("journal_entry_pk")),
    )
    op.create_index(op.f("journal_entry_at_index"), "journal_entry", ["at"], unique=False)
    op.create_index("journal_entry_subject_index", "journal_entry", ["subject", "subject_id", "id"], unique=False)
    op.create_table(
        "partner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("wants_email", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("wants_sms", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("partner_language")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["partner.id"], name=op.f("partner_merged_into_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("partner_pk")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("partner_email_index"), "partner", ["email"], unique=False)
    op.create_index(op.f("partner_key_index"), "partner", ["key"], unique=False)
    op.create_index(op.f("partner_merged_into_id_index"), "partner", ["merged_into_id"], unique=False)
    op.create_index(op.f("partner_phone_index"), "partner", ["phone"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("place_pk")),
        sa.UniqueConstraint("key", name=op.f("place_key_unique")),
    )
    op.create_table(
        "reference_week",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("reference_week_pk")),
        sa.UniqueConstraint("key", name=op.f("reference_week_key_unique")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("service_pk")),
        sa.UniqueConstraint("key", name=op.f("service_key_unique")),
    )
    op.create_table(
        "agent_right",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("held", sa.String(), nullable=False),
        sa.CheckConstraint("held IN ('module', 'counters', 'appointments')", name=op.f("agent_right_held")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("agent_right_agent_id_fk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("agent_id", "held", name=op.f("agent_right_pk")),
    )
    op.create_table(
        "agent_service",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("agent_service_agent_id_fk"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("agent_service_service_id_fk")),
        sa.PrimaryKeyConstraint("agent_id", "service_id", name=op.f("agent_service_pk")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("closure_span")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("closure_place_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("closure_pk")),
    )
    op.create_index(op.f("closure_place_id_index"), "closure", ["place_id"], unique=False)
    op.create_table(
        "counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("week_id", sa.Integer(), nullable=True),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 1 AND (desk_id IS NULL OR capacity = 1)", name=op.f("counter_capacity")),
        sa.CheckConstraint("last_day IS NULL OR first_day <= last_day", name=op.f("counter_validity")),
        sa.CheckConstraint("week_id IS NOT NULL OR removed <> 0", name=op.f("counter_week")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("counter_desk_id_fk")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("counter_place_id_fk")),
        sa.ForeignKeyConstraint(["type_id"], ["appointment_type.id"], name=op.f("counter_type_id_fk")),
        sa.ForeignKeyConstraint(["week_id"], ["reference_week.id"], name=op.f("counter_week_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("counter_pk")),
        sa.UniqueConstraint("place_id", "key", "removed", name=op.f("counter_place_id_key_removed_unique")),
    )
    op.create_index(op.f("counter_desk_id_index"), "counter", ["desk_id"], unique=False)
    op.create_index(op.f("counter_place_id_index"), "counter", ["place_id"], unique=False)
    op.create_index(op.f("counter_type_id_index"), "counter", ["type_id"], unique=False)
    op.create_index(op.f("counter_week_id_index"), "counter", ["week_id"], unique=False)
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", name=op.f("opening_span")),
        sa.CheckConstraint("slot BETWEEN 1 AND 1440", name=op.f("opening_slot")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("opening_weekday")),
        sa.ForeignKeyConstraint(
            ["week_id"], ["reference_week.id"], name=op.f("opening_week_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("opening_pk")),
    )
    op.create_index(op.f("opening_week_id_index"), "opening", ["week_id"], unique=False)
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.CheckConstraint("(visibility = 'service') = (service_id IS NOT NULL)", name=op.f("saved_search_service")),
        sa.CheckConstraint("visibility IN ('personal', 'service')", name=op.f("saved_search_visibility")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("saved_search_agent_id_fk")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("saved_search_service_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_search_pk")),
    )
    op.create_index("saved_search_name_unique", "saved_search", ["agent_id", "entry", "key"], unique=True)
    op.create_index(op.f("saved_search_service_id_index"), "saved_search", ["service_id"], unique=False)
    op.create_table(
        "type_service",
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("type_service_service_id_fk")),
        sa.ForeignKeyConstraint(
            ["type_id"], ["appointment_type.id"], name=op.f("type_service_type_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("type_id", "service_id", name=op.f("type_service_pk")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("account_identity")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("account_partner_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pk")),
        sa.UniqueConstraint("email", name=op.f("account_email_unique")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("account_issuer_subject_unique")),
        sa.UniqueConstraint("partner_id", name=op.f("account_partner_id_unique")),
    )
    op.create_table(
        "attempt",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.CheckConstraint("tries >= 1", name=op.f("attempt_tries")),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("attempt_pk")),
    )
    op.create_index(op.f("attempt_until_index"), "attempt", ["until"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("counter_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("taken_at", Instant, nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_at", Instant, nullable=True),
        sa.Column("arrived_at", Instant, nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'to_reschedule', 'cancelled', 'done', 'no_show')", name=op.f("appointment_status")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("appointment_span")),
        sa.ForeignKeyConstraint(["counter_id"], ["counter.id"], name=op.f("appointment_counter_id_fk")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("appointment_partner_id_fk")),
        sa.ForeignKeyConstraint(["taken_by"], ["agent.id"], name=op.f("appointment_taken_by_fk")),
        sa.ForeignKeyConstraint(["type_id"], ["appointment_type.id"], name=op.f("appointment_type_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("appointment_pk")),
    )
    op.create_index("appointment_counter_index", "appointment", ["counter_id", "starts_at"], unique=False)
    op.create_index("appointment_partner_index", "appointment", ["partner_id", "starts_at"], unique=False)
    op.create_index("appointment_status_index", "appointment", ["status", "starts_at", "ends_at"], unique=False)
    op.create_index(op.f("appointment_type_id_index"), "appointment", ["type_id"], unique=False)
    op.create_table(
        "exception_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counter_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("week_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("exception_period_span")),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counter.id"], name=op.f("exception_period_counter_id_fk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["week_id"], ["reference_week.id"], name=op.f("exception_period_week_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("exception_period_pk")),
    )
    op.create_index(op.f("exception_period_counter_id_index"), "exception_period", ["counter_id"], unique=False)
    op.create_index(op.f("exception_period_week_id_index"), "exception_period", ["week_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("counter_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("partner_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", Instant, nullable=True),
        sa.CheckConstraint("(status = 'booked') = (appointment_id IS NOT NULL)", name=op.f("claim_booked")),
        sa.CheckConstraint("(status = 'held') = (expires_at IS NOT NULL)", name=op.f("claim_held")),
        sa.CheckConstraint("(status = 'held') = (partner_id IS NOT NULL)", name=op.f("claim_holder")),
        sa.CheckConstraint("desk_id IS NULL OR status IN ('held', 'booked')", name=op.f("claim_desk")),
        sa.CheckConstraint("status IN ('held', 'booked', 'reserved', 'suspended')", name=op.f("claim_status")),
        sa.CheckConstraint("seat >= 1", name=op.f("claim_seat")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("claim_span")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("claim_appointment_id_fk")),
        sa.ForeignKeyConstraint(["counter_id"], ["counter.id"], name=op.f("claim_counter_id_fk")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("claim_desk_id_fk")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("claim_partner_id_fk")),
        sa.PrimaryKeyConstraint("counter_id", "starts_at", "seat", name=op.f("claim_pk")),
        sa.UniqueConstraint("appointment_id", name=op.f("claim_appointment_id_unique")),
    )
    op.create_index("claim_desk_index", "claim", ["desk_id", "starts_at"], unique=False)
    op.create_index(op.f("claim_partner_id_index"), "claim", ["partner_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("once", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", Instant, nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", Instant, nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("notice_channel")),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'move', 'cancellation', 'invitation', 'reminder', 'sign_up', 'sign_in', 'new_email')",
            name=op.f("notice_kind"),
        ),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'parked', 'dropped')", name=op.f("notice_status")),
        sa.CheckConstraint("attempts >= 0", name=op.f("notice_attempts")),
        sa.CheckConstraint("(partner_id IS NULL) = (address IS NOT NULL)", name=op.f("notice_recipient")),
        sa.CheckConstraint("(worker IS NULL) = (claimed_until IS NULL)", name=op.f("notice_claim")),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("notice_sent")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("notice_appointment_id_fk")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("notice_partner_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("notice_pk")),
        sa.UniqueConstraint("message_id", name=op.f("notice_message_id_unique")),
        sa.UniqueConstraint("once", name=op.f("notice_once_unique")),
    )
    op.create_index(op.f("notice_appointment_id_index"), "notice", ["appointment_id"], unique=False)
    op.create_index("notice_due_index", "notice", ["status", "due_at"], unique=False)
    op.create_index("notice_partner_index", "notice", ["partner_id", "id"], unique=False)
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
