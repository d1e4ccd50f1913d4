"""Messages on their way: claimed by one worker at a time, sent outside the transaction, and what became of each (N3).

At least once: a claim that its worker never settles ends with its lease, and the message is sent again, under the same
Message-ID. The attempt is counted when it is claimed, so that a message which kills its worker is parked in the end.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from rdv.changes import Changes, Part
from rdv.engine.core.quiet_hours import quiet_until
from rdv.engine.lookup.references import id_of
from rdv.engine.messages.facts import read_told
from rdv.engine.office import Work, use_case
from rdv.engine.views.messages import Letter, OutboxState, ToldAppointment
from rdv.store.tables import Notice, Partner
from rdv.terms import AppointmentStatus, Channel, NoticeKind, NoticeStatus, Right

LEASE = timedelta(minutes=10)
"""How long a worker has a message for itself: more than any mail server takes."""

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
"""How long after its first, second… failure a message is tried again; after one more it is parked (N3)."""


@use_case(Right.MODULE)
def claim_next(work: Work, *, worker: str) -> Letter | None:
    """The next message that is due, for this worker alone as long as its lease lasts; None when nothing is due.

    On the way, what is of no more use is dropped, what has to wait for the end of the quiet hours is put off, and what
    no worker survived is parked. A partner's messages on one channel are sent in the order of their changes.
    """
    work.touch(Changes.of(Part.MESSAGES))
    while (row := _next_due(work)) is not None:
        partner = work.session.get(Partner, row.partner_id) if row.partner_id is not None else None
        letter = _letter(work, row, partner)
        if row.attempts > len(DELAYS):
            _settle(row, NoticeStatus.PARKED, row.last_error or "worker_lost")
            work.touch(Changes.of(Part.PARKED))
        elif (why := _why_not(work, row, partner, letter)) is not None:
            _settle(row, NoticeStatus.DROPPED, why)
        elif (until := _quiet_until(work, letter)) is not None:
            row.due_at = until
        else:
            row.attempts += 1
            row.worker, row.claimed_until = worker, work.now + LEASE
            work.session.flush()
            return letter
        work.session.flush()
    return None


@use_case(Right.MODULE)
def record_sent(work: Work, *, notice: int) -> None:
    """Says that a message has left, whoever has it by now."""
    row = _locked(work, notice)
    if row is None or row.status != NoticeStatus.WAITING:
        return
    _settle(row, NoticeStatus.SENT, None)
    row.sent_at = work.now
    work.touch(Changes.of(Part.MESSAGES))
    _note(work, row, "told")


@use_case(Right.MODULE)
def record_failed(work: Work, *, notice: int, worker: str, problem: str) -> NoticeStatus | None:
    """Says that a message could not leave: it is due again later, or parked when that was the last attempt (N3).

    Returns what it is now; None where another worker has it by now.
    """
    row = _locked(work, notice)
    if row is None or row.worker != worker:
        return None
    work.touch(Changes.of(Part.MESSAGES))
    if row.attempts > len(DELAYS):
        _settle(row, NoticeStatus.PARKED, problem)
        work.touch(Changes.of(Part.PARKED))
        _note(work, row, "not_told")
    else:
        _settle(row, NoticeStatus.WAITING, problem)
        row.due_at = work.now + DELAYS[row.attempts - 1]
    return NoticeStatus(row.status)


@use_case(writes=False)
def outbox_state(work: Work) -> OutboxState:
    """How many messages are due, wait for later and are parked, and since when the oldest is due."""
    n, count = Notice, func.count()
    due = (col(n.status) == NoticeStatus.WAITING, col(n.due_at) <= work.now)
    found, oldest = work.session.execute(select(count, func.min(n.due_at)).where(*due)).one()
    later = select(count).where(col(n.status) == NoticeStatus.WAITING, col(n.due_at) > work.now)
    parked = select(count).where(col(n.status) == NoticeStatus.PARKED)
    return OutboxState(
        found, work.session.execute(later).scalar_one(), work.session.execute(parked).scalar_one(), oldest
    )


def _next_due(work: Work) -> Notice | None:
    """The first due message that no worker has, and that waits for no earlier one to the same partner; now ours."""
    n, earlier = Notice, aliased(Notice)
    before_it = (
        select(earlier.id)
        .where(
            earlier.partner_id == n.partner_id,
            earlier.channel == n.channel,
            earlier.status == NoticeStatus.WAITING,
            col(earlier.id) < col(n.id),
            or_(col(earlier.due_at) <= work.now, col(earlier.claimed_until) > work.now),
        )
        .exists()
    )
    return work.session.scalars(
        select(n)
        .where(
            n.status == NoticeStatus.WAITING,
            col(n.due_at) <= work.now,
            or_(col(n.claimed_until).is_(None), col(n.claimed_until) <= work.now),
            ~before_it,
        )
        .order_by(col(n.due_at), col(n.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def _letter(work: Work, row: Notice, partner: Partner | None) -> Letter:
    """The message as it is to be written now: about those appointments of which it is still true."""
    told = read_told(work, row.facts.get("appointments", ()))
    address = row.address
    if partner is not None:
        address = partner.email if row.channel == Channel.EMAIL else partner.phone
    language = partner.language if partner is not None else row.facts.get("language")
    return Letter(
        id=id_of(row),
        message_id=row.message_id,
        kind=NoticeKind(row.kind),
        channel=Channel(row.channel),
        to=address or "",
        name=partner.name if partner is not None else "",
        language=language or work.settings.lang,
        partner_id=row.partner_id,
        appointments=tuple(one for one, sequence in told if _holds(work, row, one, sequence)),
        facts=row.facts,
        made_at=row.made_at,
        attempt=row.attempts + 1,
    )


def _why_not(work: Work, row: Notice, partner: Partner | None, letter: Letter) -> str | None:
    """Why a message is not to be sent at all, as a code that has a label."""
    if letter.channel is Channel.SMS and work.settings.sms_url is None:
        return "channel_off"
    if "code" in row.facts and work.now.timestamp() >= row.facts["code"]["until"]:
        return "changed_since"
    if partner is not None and not (partner.wants_email if letter.channel is Channel.EMAIL else partner.wants_sms):
        return "not_wanted"
    if not letter.to:
        return "no_address"
    if row.appointment_id is not None and not letter.appointments:
        return "changed_since"
    return None


def _holds(work: Work, row: Notice, told: ToldAppointment, sequence: int) -> bool:
    """Whether a message may still tell this: nobody is told of the past, nobody is reminded of what has changed, and
    what could not be said at once is not said once it has changed, for that is told by itself."""
    if row.kind == NoticeKind.REMINDER:
        is_so = told.sequence == sequence and told.status is AppointmentStatus.PLANNED
        return is_so and told.slot.starts_at > work.now
    is_late = row.attempts > 0 or row.due_at > row.made_at
    return told.slot.ends_at > work.now and not (is_late and told.sequence != sequence)


def _quiet_until(work: Work, letter: Letter) -> Any:
    """When the quiet hours of the place end, for what rings a telephone and for what nobody is waiting for (N3)."""
    hours = work.settings.quiet
    may_wait = letter.channel is Channel.SMS or letter.kind is NoticeKind.REMINDER
    if hours is None or not may_wait or not letter.appointments:
        return None
    zone = letter.appointments[0].slot.starts_at.tzinfo
    return quiet_until(work.now, zone, hours) if isinstance(zone, ZoneInfo) else None


def _locked(work: Work, notice: int) -> Notice | None:
    return work.session.get(Notice, notice, with_for_update=True)


def _settle(row: Notice, status: NoticeStatus, problem: str | None) -> None:
    row.status, row.last_error, row.worker, row.claimed_until = status, problem, None, None


def _note(work: Work, row: Notice, verb: str) -> None:
    """The story of each appointment says whether its partner was told (G3)."""
    for fact in row.facts.get("appointments", ()):
        work.record(f"appointment.{verb}", "appointment", fact["id"], kind=row.kind, channel=row.channel, notice=row.id)
