"""The journal: who did what to what, and when (G3). Only the Office writes it, and nothing rewrites it."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from rdv.date_input import Moment
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import read_history
from rdv.engine.views.appointments import HistoryView
from rdv.store.tables import JournalEntry
from rdv.terms import Right

FREQUENT = ("appointment", "partner")
"""The subjects of most entries."""


@use_case(Right.MODULE, Right.COUNTERS, Right.APPOINTMENTS, writes=False)
def read_journal(
    work: Work,
    *,
    first: Moment | None = None,
    last: Moment | None = None,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    subject_id: int | None = None,
    limit: int = 100,
) -> list[HistoryView]:
    """Return the latest entries that pass the filters, latest first; days in the settings' zone, `last` included."""
    zone = ZoneInfo(work.settings.zone)
    where = []
    if first is not None:
        where.append(col(JournalEntry.at) >= first.instant(zone, work.now))
    if last is not None:
        end = Moment(calendar=work.day(last, zone) + timedelta(days=1)) if last.at is None else last
        where.append(col(JournalEntry.at) < end.instant(zone, work.now))
    for column, wanted in (
        (col(JournalEntry.actor), actor),
        (col(JournalEntry.subject), subject),
        (col(JournalEntry.subject_id), subject_id),
    ):
        if wanted is not None:
            where.append(column == wanted)
    if action is not None:
        where.append(col(JournalEntry.action).startswith(action, autoescape=True))
    return read_history(work, *where, limit=limit, order=_latest_first(first or last, subject))


def _latest_first(day: Moment | None, subject: str | None) -> tuple[Any, ...]:
    """Return the order that an index follows: that of time for a day, else that of numbers.

    Few entries are about what is not frequent: they are found by their subject and then sorted (`+ 0` keeps the
    database from reading the whole journal by number instead).
    """
    number = col(JournalEntry.id)
    if day is not None:
        return col(JournalEntry.at).desc(), number.desc()
    return (number.desc(),) if subject is None or subject in FREQUENT else ((number + 0).desc(),)
