"""${message}."""

import sqlalchemy as sa
from alembic import op

from rdv.store.columns import Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Brings a database to this version."""
    ${upgrades if upgrades else "pass"}
