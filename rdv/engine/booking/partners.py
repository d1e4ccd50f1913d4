"""Partners: the people who come to the counter (A3, A7)."""

import re
from typing import Any

from sqlalchemy import text, update
from sqlmodel import col, select

from rdv.engine.lookup.partner_lookup import (
    SEARCH_LIMIT,
    checked_fields,
    code_number,
    code_of,
    find_partner,
    homonyms,
    named_partners,
    partner_card,
    same_person,
    search_partners,
)
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import read_cards, read_history
from rdv.engine.views.appointments import HistoryView, PartnerFile, TypeGroup
from rdv.engine.views.partners import PartnerCard
from rdv.store.columns import locks_rows
from rdv.store.tables import Appointment, Claim, JournalEntry, Message, Partner, table
from rdv.terms import AppointmentStatus, Conflict, Refused, Right, fold


@use_case(writes=False)
def find_partners(work: Work, *, text: str = "", limit: int = SEARCH_LIMIT) -> list[PartnerCard]:
    """Return the partners that match a text, by name, at most `limit`; all of them for an empty text.

    Each word is a part of the name, without regard to accents and case; or the whole text is a code, or a part of a
    phone number or of an e-mail address.
    """
    return search_partners(work, text=text, limit=limit)


@use_case(writes=False)
def show_partner(work: Work, *, partner: str, upcoming: bool = False) -> PartnerFile:
    """Return a partner's file: appointments by type, latest first; all of them, or the planned ones to come (A7)."""
    row = find_partner(work, partner)
    cards = read_cards(work, col(Appointment.partner_id) == row.id, latest_first=True)
    if upcoming:
        cards = [card for card in cards if card.status is AppointmentStatus.PLANNED]
    types = sorted({card.type for card in cards}, key=fold)
    groups = tuple(TypeGroup(type, tuple(card for card in cards if card.type == type)) for type in types)
    return PartnerFile(partner_card(row, len(cards)), groups)


@use_case(writes=False)
def partner_history(work: Work, *, partner: str) -> list[HistoryView]:
    """Return what happened to the partner's file."""
    row = find_partner(work, partner)
    return read_history(work, JournalEntry.subject == "partner", JournalEntry.subject_id == row.id)


@use_case(Right.APPOINTMENTS)
def add_partner(
    work: Work,
    *,
    name: str,
    phone: str | None = None,
    email: str | None = None,
    code: str | None = None,
    language: str | None = None,
    wants_email: bool = True,
    wants_sms: bool = True,
) -> PartnerCard:
    """Add a file, under the next code or a given one.

    Messages are in `language`, by default that of the settings, by e-mail and SMS unless they are not wanted (N1).
    Raises Invalid for an empty name, an impossible phone number, e-mail address or language, Conflict for a code in
    use.
    """
    fields = checked_fields(work, name=name, phone=phone, email=email, language=language)
    wishes = {"wants_email": wants_email, "wants_sms": wants_sms}
    return partner_card(store_partner(work, fields | wishes, number=None if code is None else code_number(code)))


def store_partner(work: Work, fields: dict[str, Any], *, number: int | None = None) -> Partner:
    """Store a new file with checked fields, under this number if one is given; raise Conflict if it is in use."""
    row = Partner(id=number, **fields)
    if number is not None and work.session.get(Partner, number) is not None:
        raise Conflict("code_taken", rule="A7", code=code_of(number))
    work.session.add(row)
    work.session.flush()
    if number is not None and work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(
            text("SELECT setval(pg_get_serial_sequence('partner', 'id'), (SELECT max(id) FROM partner))")
        )
    work.record("partner.add", "partner", row.id)
    return row


@use_case(Right.APPOINTMENTS)
def set_partner(
    work: Work,
    *,
    partner: str,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    language: str | None = None,
    wants_email: bool | None = None,
    wants_sms: bool | None = None,
) -> PartnerCard:
    """Change a file. None leaves a field unchanged; an empty phone, e-mail or language is removed."""
    row = find_partner(work, partner)
    fields = {"name": name, "phone": phone, "email": email, "language": language}
    changes = checked_fields(work, **{field: value for field, value in fields.items() if value is not None})
    wishes = {"wants_email": wants_email, "wants_sms": wants_sms}
    changes |= {field: value for field, value in wishes.items() if value is not None}
    write_fields(work, row, changes)
    return partner_card(row)


@use_case(Right.APPOINTMENTS)
def merge_partners(work: Work, *, partner: str, into: str) -> PartnerCard:
    """Merge two files: the appointments of the first go to the second, whose code stays and stands for both.

    The second file takes a phone or an e-mail that it lacks from the first.
    """
    source, target = find_partner(work, partner), find_partner(work, into)
    if source.id == target.id:
        raise Refused("merge_itself", rule="A7", code=code_of(id_of(source)))
    return partner_card(target, len(merge_into(work, source, target)))


def merge_into(work: Work, source: Partner, target: Partner) -> list[int]:
    """Merge two files as `merge_partners` does; return the appointments that went to the second."""
    _lock(work, source, target, change=True)
    a = table(Appointment).c
    moved: list[int] = list(work.session.scalars(select(a.id).where(a.partner_id == source.id)))
    for model in (Appointment, Claim, Message):
        work.session.execute(update(model).where(col(model.partner_id) == source.id).values(partner_id=target.id))
    work.session.execute(
        update(Partner).where(col(Partner.merged_into_id) == source.id).values(merged_into_id=target.id)
    )
    source.merged_into_id = target.id
    target.phone = target.phone or source.phone
    target.email = target.email or source.email
    work.session.flush()
    work.record("partner.merge", "partner", target.id, merged=source.id, appointments=moved)
    return moved


def find_or_add(work: Work, ref: str, *, phone: str | None = None, email: str | None = None) -> Partner:
    """Return the partner of an assignment (A3): a code or a name that exists, or a new file of this name.

    A file of the same name is the same person unless its phone or e-mail says otherwise; several that could be are
    refused with their codes. A phone or e-mail that the file lacked is added to it.
    """
    contacts = {name: value for name, value in (("phone", phone), ("email", email)) if value}
    if re.fullmatch(r"[cC]\d+", ref.strip()) or ref.strip().isdecimal():
        row = find_partner(work, ref)
        changes = checked_fields(work, **contacts)
    else:
        fields = checked_fields(work, name=ref, **contacts)
        people = same_person(named_partners(work, fields["key"]), fields)
        if len(people) > 1:
            raise homonyms(ref, people)
        if not people:
            return store_partner(work, fields)
        row, changes = people[0], {name: fields[name] for name in contacts}
    _lock(work, row, change=bool(changes))
    if changes:
        write_fields(work, row, changes)
    return row


def _lock(work: Work, *rows: Partner, change: bool) -> None:
    """Lock files until the end of the transaction: shared to get an appointment, owned to change.

    Raises Conflict if one was merged since it was found, because its new appointments would be lost from sight.
    """
    if locks_rows(work.session):
        for row in sorted(rows, key=id_of):
            work.session.refresh(row, with_for_update={"read": not change})
    for row in rows:
        if row.merged_into_id is not None:
            raise Conflict("changed_meanwhile", rule="A7")


def write_fields(work: Work, row: Partner, changes: dict[str, Any]) -> None:
    """Write checked fields into a file; the journal names the fields that change (G3)."""
    changed = sorted(field for field, value in changes.items() if getattr(row, field) != value and field != "key")
    for field, value in changes.items():
        setattr(row, field, value)
    work.session.flush()
    if changed:
        work.record("partner.set", "partner", row.id, fields=changed)
