"""Limits on attempts on the portal, by account and by address, over all portal processes.

Each period is counted in one row. No address is stored: `who` is a digest that only the secret can derive.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, delete, tuple_
from sqlmodel import select

from rdv.changes import NOTHING
from rdv.engine.office import Work, public_case
from rdv.store.portal_tables import Attempt
from rdv.store.tables import table
from rdv.terms import Refused

_ATTEMPT = table(Attempt)


class Limit(NamedTuple):
    """At most so many tries in so many minutes, by one account and from one address, which many people may share."""

    account: int
    address: int
    minutes: int


LIMITS = {
    "sign_in": Limit(account=10, address=100, minutes=15),
    "link": Limit(account=5, address=50, minutes=60),
    "code": Limit(account=5, address=50, minutes=60),
    "hold": Limit(account=30, address=150, minutes=60),
    "form": Limit(account=120, address=600, minutes=15),
    "api": Limit(account=0, address=600, minutes=5),
}
"""The limits; the setting `portal_limits` multiplies them."""


@public_case(writes=True)
def spend(work: Work, *, what: str, account: str | None = None, address: str | None = None) -> None:
    """Count one try. Raise Refused, with the minutes to wait, for too many; a refused try is not counted."""
    work.touch(NOTHING)
    limit = LIMITS[what]
    for kind, name, usual in (("account", account, limit.account), ("address", address, limit.address)):
        most = round(usual * work.settings.portal_limits)
        if name is None or most <= 0:
            continue
        who = _digest(work, f"{kind} {name}")
        tries, until = _count(work, what, who, limit.minutes)
        if tries > most:
            seconds = (until - work.now).total_seconds()
            raise Refused("too_often", minutes=max(1, round(seconds / 60)))
        if tries == 1:
            _forget(work)


def _count(work: Work, what: str, who: str, minutes: int) -> tuple[int, datetime]:
    if work.session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    c = _ATTEMPT.c
    until = work.now + timedelta(minutes=minutes)
    row = insert(_ATTEMPT).values(what=what, who=who, tries=1, until=until)
    is_over = c.until <= work.now
    counted = row.on_conflict_do_update(
        index_elements=[c.what, c.who],
        set_={
            "tries": case((is_over, 1), else_=c.tries + 1),
            "until": case((is_over, row.excluded.until), else_=c.until),
        },
    )
    row_now = work.session.execute(counted.returning(c.tries, c.until)).one()
    return row_now.tries, row_now.until


def _forget(work: Work) -> None:
    """Remove expired rows as new ones come, except rows that another transaction updates at this moment."""
    c = _ATTEMPT.c
    over = select(c.what, c.who).where(c.until <= work.now).with_for_update(skip_locked=True).limit(1000)
    work.session.execute(delete(_ATTEMPT).where(tuple_(c.what, c.who).in_(over)))


def _digest(work: Work, name: str) -> str:
    return hmac.new(work.settings.seal.encode(), name.casefold().encode(), hashlib.sha256).hexdigest()[:32]
