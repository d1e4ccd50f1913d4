"""Retention of personal data: data older than RDV_RETENTION_MONTHS are made anonymous (D1).

A file, with those merged into it, is erased once nothing has happened to it for that long: no appointment, message or
change. If the person came again since, the old appointments go to an anonymous file, without comments and messages.
Appointments, claims and outcomes stay, so figures are the same before and after.

A look finds what may be old, and only reads. Its findings are erased in steps of few files, each a transaction, so that
agents at the counter do not wait. A step passes its counts on, and the last one writes the journal.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, delete, func, literal, or_, update
from sqlmodel import col, select

from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, use_case
from rdv.engine.upkeep.personal_data import NOBODY, erase
from rdv.store.portal_tables import Account
from rdv.store.tables import Appointment, Claim, JournalEntry, Message, Partner, table
from rdv.terms import MessageStatus, Right, fold

FILES_A_LOOK = 500
"""How many files a look finds at most."""

FILES_A_STEP = 5
"""How many files a step erases: some hundredths of a second."""

MESSAGES_A_STEP = 200
"""How many messages to addresses in no file a step deletes."""

EVERY = timedelta(days=1)
"""How often a worker does it."""

ACTION, SUBJECT = "retention.apply", "retention"


@dataclass(frozen=True, slots=True)
class Retained:
    """The data erased so far: `files`, with their `accounts`, comments and messages; `appointments` that were detached
    from a person who came again since.

    `before` is the moment before which data are old, None if they are kept for ever. The next look continues `after`
    that file, until it `is_over`.
    """

    files: int = 0
    accounts: int = 0
    appointments: int = 0
    comments: int = 0
    messages: int = 0
    before: datetime | None = None
    after: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Old:
    """The findings of a look: files of a person with old data, or without any, and old `letters` to addresses in no
    file, once there `is_no_more` to look through.
    """

    files: tuple[int, ...] = ()
    letters: tuple[int, ...] = ()
    is_no_more: bool = True


def months_before(now: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return midnight in a zone on the same day some months ago, or on the last day of a shorter month."""
    today = now.astimezone(zone)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, tzinfo=zone)


@use_case(Right.MODULE, writes=False)
def retention_is_due(work: Work) -> bool:
    """Return True if data are kept for a limited time, and no worker has looked through them for a day (D1)."""
    if not work.settings.retention_months:
        return False
    j = JournalEntry
    lately = select(j.id).where(j.subject == SUBJECT, j.action == ACTION, col(j.at) > work.now - EVERY).limit(1)
    return work.session.exec(lately).first() is None


@use_case(Right.MODULE, writes=False)
def find_old(work: Work, *, after: int = 0) -> Old:
    """Return what may be older than the settings allow, of the files after that one (D1); nothing is erased."""
    months = work.settings.retention_months
    if not months:
        return Old()
    old = months_before(work.now, months, ZoneInfo(work.settings.zone))
    files = tuple(work.session.scalars(_candidates(old).where(col(Partner.id) > after).limit(FILES_A_LOOK)))
    is_no_more = len(files) < FILES_A_LOOK
    letters = select(table(Message).c.id).where(*_old_messages(old))
    return Old(files, tuple(work.session.scalars(letters)) if is_no_more else (), is_no_more)


@use_case(Right.MODULE)
def retain(
    work: Work, *, so_far: Retained, files: Sequence[int] = (), letters: Sequence[int] = (), is_last: bool = False
) -> Retained:
    """Erase some of what `find_old` found, as far as it is still old; return what has been done so far (D1).

    The last step writes the journal. Nothing is done where data are kept for ever.
    """
    months = work.settings.retention_months
    if not months:
        return replace(so_far, is_over=True)
    old = months_before(work.now, months, ZoneInfo(work.settings.zone))
    _one_at_a_time(work)
    done = replace(so_far, before=old, after=max(files, default=so_far.after), is_over=is_last)
    rows = _locked(work, old, files) if files else []
    seen = _last_seen(work, rows)
    for row in rows:
        is_old = seen.get(id_of(row), old) < old
        done = _forget(work, row, done) if is_old else _loosen(work, row, old, done)
    if letters:
        gone = delete(Message).where(col(Message.id).in_(letters), *_old_messages(old))
        done = replace(done, messages=done.messages + _count(work.session.execute(gone)))
    if is_last:
        counts = {name: getattr(done, name) for name in ("files", "accounts", "appointments", "comments", "messages")}
        work.record(ACTION, SUBJECT, None, months=months, before=old.date().isoformat(), **counts)
    return done


def _one_at_a_time(work: Work) -> None:
    """Make other workers wait for the end of this step. SQLite has only one writer."""
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(ACTION))))


def _candidates(old: datetime) -> Any:
    """Return the query of the files of a person with old data, or without any, by number."""
    p, a = Partner, Appointment
    theirs = select(a.id).where(col(a.partner_id) == col(p.id))
    forgotten = literal(f"{NOBODY} ").concat(cast(col(p.id), String))
    return (
        select(col(p.id))
        .where(col(p.merged_into_id).is_(None), col(p.name).not_in((NOBODY, forgotten)))
        .where(or_(theirs.where(col(a.starts_at) < old).exists(), ~theirs.exists()))
        .order_by(col(p.id))
    )


def _locked(work: Work, old: datetime, files: Sequence[int]) -> list[Partner]:
    """Lock and return those of these files that are still candidates.

    A file that an agent is changing at this moment is left for another day.
    """
    owned = _candidates(old).with_only_columns(Partner).where(col(Partner.id).in_(files))
    owned = owned.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(work.session.scalars(owned))


def _last_seen(work: Work, rows: Sequence[Partner]) -> dict[int, datetime]:
    """Return when something last happened to each file: an appointment that ends, a message, a held slot, a change
    of the file or of the account.
    """
    ids = [id_of(row) for row in rows]
    a, n, c, j = Appointment, Message, Claim, JournalEntry
    sources = (
        select(a.partner_id, func.max(a.ends_at)).where(col(a.partner_id).in_(ids)).group_by(col(a.partner_id)),
        select(n.partner_id, func.max(n.made_at)).where(col(n.partner_id).in_(ids)).group_by(col(n.partner_id)),
        select(c.partner_id, func.max(c.expires_at)).where(col(c.partner_id).in_(ids)).group_by(col(c.partner_id)),
        select(j.subject_id, func.max(j.at))
        .where(j.subject == "partner", col(j.subject_id).in_(ids))
        .group_by(col(j.subject_id)),
    )
    found: dict[int, datetime] = {}
    for source in sources:
        for number, at in work.session.execute(source):
            found[number] = max(found.get(number, at), at)
    return found


def _forget(work: Work, row: Partner, done: Retained) -> Retained:
    """Erase a file and those that were merged into it."""
    number = id_of(row)
    merged = select(Partner).where(col(Partner.merged_into_id) == number).order_by(col(Partner.id)).with_for_update()
    files = [row, *work.session.scalars(merged)]
    accounts = select(func.count(col(Account.id))).where(col(Account.partner_id).in_([id_of(one) for one in files]))
    opened = work.session.execute(accounts).scalar_one()
    comments, messages = erase(work, files)
    return replace(
        done, files=done.files + len(files), accounts=done.accounts + opened, comments=done.comments + comments,
        messages=done.messages + messages,
    )  # fmt: skip


def _loosen(work: Work, row: Partner, old: datetime, done: Retained) -> Retained:
    """Detach a returning partner's expired appointments and delete their messages."""
    a, n = Appointment, Message
    theirs = (col(a.partner_id) == row.id, col(a.starts_at) < old, col(a.ends_at) < old)
    numbers = select(a.id).where(*theirs)
    said = select(func.count()).select_from(a).where(*theirs, col(a.comment) != "")
    comments = work.session.execute(said).scalar_one()
    about = (col(n.appointment_id).in_(numbers), col(n.status) != MessageStatus.WAITING)
    messages = _count(work.session.execute(delete(n).where(*about)))
    if work.session.execute(numbers.limit(1)).first() is None:
        return done
    given = update(a).where(*theirs).values(partner_id=_nobody(work), comment="")
    return replace(
        done, appointments=done.appointments + _count(work.session.execute(given)), comments=done.comments + comments,
        messages=done.messages + messages,
    )  # fmt: skip


def _nobody(work: Work) -> int:
    """Return the anonymous file that gets detached appointments."""
    p = Partner
    known = select(col(p.id)).where(p.key == fold(NOBODY), p.name == NOBODY, col(p.merged_into_id).is_(None))
    number = work.session.scalars(known.order_by(col(p.id)).limit(1)).first()
    if number is not None:
        return number
    row = Partner(name=NOBODY, key=fold(NOBODY))
    work.session.add(row)
    work.session.flush()
    work.record("partner.add", "partner", row.id)
    return id_of(row)


def _old_messages(old: datetime) -> tuple[Any, ...]:
    """Return the conditions of old messages to addresses that were in no file, such as links to sign up."""
    n = Message
    return col(n.address).is_not(None), col(n.made_at) < old, col(n.status) != MessageStatus.WAITING


def _count(result: Any) -> int:
    return int(result.rowcount)
