"""Alembic's entry point: runs the migrations on the connection that `rdv.store.upgrade` passes."""

from typing import Any, Literal

from alembic import context

from rdv.store import portal_tables, tables
from rdv.store.columns import Instant

connection = context.config.attributes["connection"]


def render(kind: str, item: Any, autogenerate: object) -> str | Literal[False]:
    """Write our column types in a new migration as it imports them."""
    return "Instant" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=connection,
    target_metadata=tables.table(portal_tables.Account).metadata,
    render_item=render,
    transaction_per_migration=False,
)
context.run_migrations()
