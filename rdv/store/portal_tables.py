"""The tables of the portal: accounts of citizens, and counts of attempts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

import rdv.store.tables  # noqa: F401 - the names of constraints are decided there
from rdv.store.columns import Instant


class Account(SQLModel, table=True):
    """A citizen's account. It is created once its `email` is verified, so every e-mail address is verified.

    `email` is in lower case. `password` is an argon2id hash; without one, the citizen signs in by a link or through an
    identity provider, which knows the person as `subject`. Sessions of an older `version` have ended. `links` counts
    the sign-in links used, so that none works twice.
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
    """The number of attempts of one account or address until the end of a period.

    `who` is a keyed digest, made with the portal's secret: no address is stored.
    """

    __table_args__ = (CheckConstraint("tries >= 1", name="tries"),)

    what: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    tries: int
    until: datetime = Field(sa_type=Instant, index=True)
