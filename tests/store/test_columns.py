"""Instants, the same on both databases; overlap is held to by tests/store/test_tables.py."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import StatementError
from sqlmodel import select

from rdv.store.columns import seconds
from rdv.store.session import Database
from rdv.store.tables import JournalEntry

PARIS_SUMMER = timezone(timedelta(hours=2))


def write(database: Database, at: datetime) -> None:
    with database.write() as session:
        entry = {"at": at, "actor_kind": "job", "actor": "test", "action": "x", "subject": "x", "facts": {}}
        session.execute(insert(JournalEntry), [entry])


@pytest.mark.parametrize("at", [datetime(2017, 4, 6, 9, tzinfo=PARIS_SUMMER), datetime(1969, 12, 31, tzinfo=UTC)])
def test_s7_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, at: datetime) -> None:
    write(database, at)
    with database.read() as session:
        found = session.exec(select(JournalEntry.at)).one()
        reckoned = session.execute(select(seconds(JournalEntry.at))).scalar_one()  # type: ignore[arg-type]
    assert found == at
    assert found.utcoffset() == timedelta(0)
    assert reckoned == at.timestamp()
    assert isinstance(reckoned, int)


def test_an_instant_without_an_offset_is_refused_as_a_guess(database: Database) -> None:
    with pytest.raises(StatementError, match="an instant needs an offset"):
        write(database, datetime(2017, 4, 6, 9))
    with database.read() as session:
        assert session.exec(select(JournalEntry.id)).all() == []


def test_instants_compare_by_time_whatever_their_offset(database: Database) -> None:
    nine_in_paris = datetime(2017, 4, 6, 9, tzinfo=PARIS_SUMMER)
    write(database, nine_in_paris)
    with database.read() as session:
        wanted = select(JournalEntry.id).where(JournalEntry.at == nine_in_paris.astimezone(UTC))
        assert len(session.exec(wanted).all()) == 1
        later = select(JournalEntry.id).where(JournalEntry.at > datetime(2017, 4, 6, 8, tzinfo=UTC))
        assert session.exec(later).all() == []
