"""The tables of the portal alone: accounts of citizens, and how often something was tried."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

import rdv.store.tables  # noqa: F401 - the names of constraints are decided there
from rdv.store.columns import Instant


class Account(SQLModel, table=True):
    """A citizen's way into a partner's file. It is made once its `email` is verified, so each one is.

    `email` is in lower case. `password` is an argon2id hash; without one, the citizen signs in by a link or through an
    identity provider, who knows the person as `subject`. `version` is that of the sessions: those of an older one are
    over. `links` counts the links used to sign in, so that none serves twice.
    """

    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="identity"),
    )

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    partner_id: int = Field(foreign_key="partner.id", unique=True)
    password: str | None = None
    issuer: str | None = None
    subject: str | None = None
    version: int = 0
    links: int = 0
    made_at: datetime = Field(sa_type=Instant)


class Attempt(SQLModel, table=True):
    """How often something was tried, by one account or address, until the end of a stretch of time.

    `who` is a digest that only the portal's secret can make: no address is kept.
    """

    __table_args__ = (CheckConstraint("tries >= 1", name="tries"),)

    what: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    tries: int
    until: datetime = Field(sa_type=Instant, index=True)
