"""Indexes without rows that are never searched, and one status for past appointments that lost their slot.

Most claims have no desk and no holder, most files are not merged, most messages have been sent: their indexes hold only
the other rows. Programs of 0001 still use them, because a comparison with a column implies that it is not null.

From here on, an appointment without outcome and without seat is stored as to reschedule, past or not, so that the list
of past ones reads an index. Both read as *past without status*.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

PARTIAL = (
    ("claim_desk_index", "claim", ("desk_id", "starts_at")),
    ("claim_partner_id_index", "claim", ("partner_id",)),
    ("partner_merged_into_id_index", "partner", ("merged_into_id",)),
)

WITHOUT_SEAT = """
    UPDATE appointment SET status = 'to_reschedule'
    WHERE status = 'planned' AND ends_at <= {now}
    AND NOT EXISTS (SELECT 1 FROM claim WHERE claim.appointment_id = appointment.id)
"""
"""Appointments to come are left alone: one without seat is damage, which `rdv db check` names."""


def upgrade() -> None:
    for name, table, columns in PARTIAL:
        known = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name=table)
        op.create_index(name, table, list(columns), sqlite_where=known, postgresql_where=known)
    unsent = sa.text("status <> 'sent'")
    op.create_index("notice_unsent_index", "notice", ["status", "id"], sqlite_where=unsent, postgresql_where=unsent)
    addressed = sa.text("address IS NOT NULL")
    op.create_index("notice_address_index", "notice", ["address"], sqlite_where=addressed, postgresql_where=addressed)
    op.create_index("appointment_type_index", "appointment", ["type_id", "starts_at"])
    op.drop_index("appointment_type_id_index", table_name="appointment")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(WITHOUT_SEAT.format(now="CAST(strftime('%s', 'now') AS INTEGER)" if is_sqlite else "now()"))
