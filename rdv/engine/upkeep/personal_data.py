"""Personal data: exported as one document, or erased (RGPD, articles 15 and 17).

Both need the right to read and change every appointment of the file (G2), because a document must be complete.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlmodel import col

from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.partner_lookup import code_of, find_partner, partner_card
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import read_cards, read_history
from rdv.engine.views.appointments import AppointmentFile, HistoryView
from rdv.engine.views.personal_data import Forgotten, MessageRecord, PersonalData
from rdv.store.portal_tables import Account
from rdv.store.tables import Appointment, AppointmentType, Claim, JournalEntry, Message, Partner
from rdv.terms import LIVE, ActorKind, MessageStatus, Refused, Right, fold

NOBODY = "–"
"""The name of an erased person, with the number of the file: « – 98 »."""

_ABOUT_SLOTS = ("appointments",)
"""The facts of a message that concern slots, not the person."""


@use_case(Right.APPOINTMENTS, writes=False)
def export_partner(work: Work, *, partner: str) -> PersonalData:
    """Return everything that the database holds of a partner: the file and those merged into it, the appointments with
    comments and history, the messages, the slots held on the portal, and the journal of the file.

    Raises NotAllowed unless the agent may read the comments of all appointments (G2).
    """
    files = _files(work, partner)
    ids = [id_of(row) for row in files]
    _need_all(work, ids)
    cards = read_cards(work, col(Appointment.partner_id).in_(ids))
    story: dict[int | None, list[HistoryView]] = defaultdict(list)
    of_them = col(JournalEntry.subject_id).in_([card.id for card in cards])
    for line in read_history(work, JournalEntry.subject == "appointment", of_them):
        story[line.subject_id].append(line)
    accounts = _accounts(work, ids)
    return PersonalData(
        made_at=work.now,
        card=partner_card(files[0], len(cards)),
        merged=tuple(partner_card(row) for row in files[1:]),
        appointments=tuple(AppointmentFile(card, tuple(story[card.id])) for card in cards),
        accounts=tuple(accounts),
        messages=tuple(_messages(work, ids, _addresses(files, accounts))),
        held=tuple(work.session.scalars(select(col(Claim.starts_at)).where(col(Claim.partner_id).in_(ids)))),
        journal=tuple(read_history(work, _about(ids))),
    )


@use_case(Right.APPOINTMENTS)
def forget_partner(work: Work, *, partner: str) -> Forgotten:
    """Erase the person and keep the figures: erase name, phone and e-mail of the file and of merged ones, the account
    on the portal, the comments of the appointments, the personal facts of sent messages, and waiting messages.

    The code and the appointments with their history stay. An erased file stays as it is. Raises Refused if there are
    upcoming appointments, NotAllowed if one of the appointments is not for this agent (G2).
    """
    files = _files(work, partner, change=True)
    ids = [id_of(row) for row in files]
    appointments = _need_all(work, ids)
    _refuse_upcoming(work, code_of(ids[0]), ids)
    comments, messages = erase(work, files)
    codes = tuple(code_of(number) for number in ids)
    return Forgotten(codes[0], codes[1:], len(appointments), comments, messages)


def erase(work: Work, files: list[Partner]) -> tuple[int, int]:
    """Erase the person of these files, owned by this transaction: (comments, messages) that said something of it."""
    ids = [id_of(row) for row in files]
    accounts = _accounts(work, ids)
    messages = _empty_messages(work, ids, _addresses(files, accounts))
    was_known = [row for row in files if (row.name, row.key, row.phone, row.email) != _nobody(row)]
    for row in files:
        row.name, row.key, row.phone, row.email = _nobody(row)
        row.language = None
    work.session.execute(delete(Claim).where(col(Claim.partner_id).in_(ids)))
    work.session.execute(delete(Account).where(col(Account.partner_id).in_(ids)))
    comments = _empty_comments(work, ids)
    work.session.flush()
    if was_known or comments or messages or accounts:
        work.record("partner.forget", "partner", ids[0], merged=ids[1:])
    return comments, messages


def _files(work: Work, partner: str, *, change: bool = False) -> list[Partner]:
    """Return the file that a reference means, then those merged into it; owned by this transaction to `change` them."""
    number = id_of(find_partner(work, partner))
    query = select(Partner).where(or_(col(Partner.id) == number, col(Partner.merged_into_id) == number))
    query = query.order_by(col(Partner.id)).execution_options(populate_existing=True)
    rows = list(work.session.scalars(query.with_for_update() if change else query))
    return sorted(rows, key=lambda row: row.id != number)


def _need_all(work: Work, ids: list[int]) -> list[int]:
    """Return the appointments of the files; the actor may read the comment of each (G2)."""
    rows = work.session.execute(
        select(col(Appointment.id), col(Appointment.type_id), col(AppointmentType.label))
        .join(AppointmentType, col(AppointmentType.id) == col(Appointment.type_id))
        .where(col(Appointment.partner_id).in_(ids))
    ).all()
    labels = {type_id: label for _number, type_id, label in rows}
    need_on_types(work, Right.APPOINTMENTS, labels)
    return [number for number, _type, _label in rows]


def _refuse_upcoming(work: Work, code: str, ids: list[int]) -> None:
    a = Appointment
    ahead = (col(a.partner_id).in_(ids), col(a.status).in_(LIVE), col(a.ends_at) > work.now)
    upcoming = tuple(work.session.scalars(select(col(a.id)).where(*ahead).order_by(col(a.starts_at))))
    if upcoming:
        raise Refused("partner_upcoming", rule="A7", code=code, appointments=upcoming)


def _nobody(row: Partner) -> tuple[str, str, None, None]:
    """Name, key, phone and e-mail of a file whose person is forgotten; numbered, so that no two are taken for one."""
    name = f"{NOBODY} {row.id}"
    return name, fold(name), None, None


def _empty_comments(work: Work, ids: list[int]) -> int:
    said: list[Any] = [col(Appointment.partner_id).in_(ids)]
    if work.actor.kind is not ActorKind.CITIZEN:  # the portal may empty a comment, and not read it
        said.append(col(Appointment.comment) != "")
    return _count(work.session.execute(update(Appointment).where(*said).values(comment="")))


def _empty_messages(work: Work, ids: list[int], addresses: list[str]) -> int:
    """Remove personal facts from sent messages. Delete waiting messages, which have no recipient any longer, and
    messages that went to an address without a file.
    """
    theirs = col(Message.partner_id).in_(ids)
    gone = or_(and_(theirs, col(Message.status) != MessageStatus.SENT), col(Message.address).in_(addresses))
    changed = _count(work.session.execute(delete(Message).where(gone)))
    for message in work.session.scalars(select(Message).where(theirs)):
        bare = {name: fact for name, fact in message.facts.items() if name in _ABOUT_SLOTS}
        if (bare, None) != (message.facts, message.last_error):
            message.facts, message.last_error = bare, None
            changed += 1
    return changed


def _addresses(files: list[Partner], accounts: list[str]) -> list[str]:
    """Return the addresses of messages that are in no file: links by mail, codes by SMS."""
    return [*(known for row in files for known in (row.email, row.phone) if known), *accounts]


def _accounts(work: Work, ids: list[int]) -> list[str]:
    """Return the addresses under which the person signs in on the portal."""
    return list(work.session.scalars(select(col(Account.email)).where(col(Account.partner_id).in_(ids))))


def _count(result: Any) -> int:
    return int(result.rowcount)


def _messages(work: Work, ids: list[int], addresses: list[str]) -> list[MessageRecord]:
    theirs = or_(col(Message.partner_id).in_(ids), col(Message.address).in_(addresses))
    rows = work.session.scalars(select(Message).where(theirs).order_by(col(Message.id)))
    return [
        MessageRecord(
            id_of(row), row.message_id, row.kind, row.channel, row.address, row.appointment_id, row.facts, row.status,
            row.made_at, row.sent_at, row.last_error,
        )
        for row in rows
    ]  # fmt: skip


def _about(ids: list[int]) -> Any:
    """Return the journal entries about the files, and those of the citizen."""
    return or_(
        and_(col(JournalEntry.subject) == "partner", col(JournalEntry.subject_id).in_(ids)),
        and_(
            col(JournalEntry.actor_kind) == ActorKind.CITIZEN,
            col(JournalEntry.actor).in_([code_of(number) for number in ids]),
        ),
    )
