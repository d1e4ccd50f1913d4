"""Accounts of citizens: a verified e-mail address that opens a partner's file."""

from sqlalchemy import delete, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from rdv.changes import NOTHING
from rdv.engine.booking.partners import write_fields
from rdv.engine.lookup.partner_lookup import checked_fields, code_of
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, citizen_case, public_case
from rdv.engine.upkeep.personal_data import erase
from rdv.engine.views.portal import Citizen
from rdv.store.portal_tables import Account
from rdv.store.tables import Appointment, Claim, JournalEntry, Partner
from rdv.terms import LANGUAGES, LIVE, ActorKind, Invalid, NotAllowed, Refused, fold


@public_case()
def who(work: Work, *, account: int, version: int) -> Citizen:
    """Return the citizen of a session; raise NotAllowed if the session or the account has ended."""
    row = work.session.get(Account, account)
    if row is None or row.version != version:
        raise NotAllowed("sign_in_needed", rule="P5")
    file = file_of(work, row)
    return Citizen(
        id_of(row), code_of(id_of(file)), file.name, row.email, file.phone, file.language, file.wants_email,
        file.wants_sms, row.password is not None,
    )  # fmt: skip


@citizen_case()
def set_details(
    work: Work, *, name: str, phone: str = "", language: str | None = None, wants_email: bool, wants_sms: bool
) -> None:
    """Change the citizen's own file: name, phone (empty: none), language and channels of messages."""
    row = work.session.get_one(Partner, work.citizen_id, with_for_update=True)
    fields = checked_fields(work, name=name, phone=phone.strip())
    fields |= {"language": known_language(language), "wants_email": wants_email, "wants_sms": wants_sms}
    write_fields(work, row, fields)


@citizen_case()
def end_sessions(work: Work, *, account: int) -> None:
    """Sign the citizen out everywhere."""
    row = own_account(work, account)
    row.version += 1
    row.links += 1
    work.session.flush()
    work.touch(NOTHING)


@citizen_case()
def delete_account(work: Work, *, account: int) -> None:
    """Delete the account, and erase its file if only the portal has made and used it.

    Raises Refused if there are upcoming appointments, because the citizen must cancel them first.
    """
    row = own_account(work, account)
    file = work.session.get_one(Partner, work.citizen_id, with_for_update=True)
    a = Appointment
    theirs = col(a.partner_id) == file.id
    ahead = (theirs, col(a.status).in_(LIVE), col(a.ends_at) > work.now)
    if work.session.execute(select(func.count()).select_from(a).where(*ahead)).scalar_one():
        raise Refused("account_upcoming")
    by_agents = work.session.exec(select(a.id).where(theirs, col(a.taken_by).is_not(None)).limit(1)).first()
    made_here = is_made_here(work, id_of(file))
    work.record("account.remove", "partner", file.id)
    work.session.delete(row)
    work.session.flush()
    if made_here and by_agents is None:
        erase(work, [file])
    else:
        work.session.execute(delete(Claim).where(col(Claim.partner_id) == file.id))


def by_email(work: Work, email: str) -> Account | None:
    """Return the account of an address, or None."""
    return work.session.exec(select(Account).where(Account.email == email)).first()


def by_identity(work: Work, issuer: str, subject: str) -> Account | None:
    """Return the account of a person known to an identity provider, or None."""
    return work.session.exec(select(Account).where(Account.issuer == issuer, Account.subject == subject)).first()


def unclaimed(work: Work, **known: str) -> list[Partner]:
    """Return the files with this address or phone number that no account opens, directly or through a merged file."""
    merged = aliased(Partner)
    theirs = or_(col(merged.id) == col(Partner.id), col(merged.merged_into_id) == col(Partner.id))
    taken = select(Account.id).join(merged, col(merged.id) == col(Account.partner_id)).where(theirs).exists()
    has = [getattr(Partner, field) == value for field, value in known.items()]
    where = (*has, col(Partner.merged_into_id).is_(None), ~taken)
    return list(work.session.exec(select(Partner).where(*where).order_by(col(Partner.id))))


def is_named(row: Partner, name: str) -> bool:
    """Return True if the file has this name, in any order of its words."""
    return sorted(row.key.split()) == sorted(fold(name).split())


def is_made_here(work: Work, file: int) -> bool:
    """Return True if a citizen added this file by signing up."""
    j = JournalEntry
    added = (j.subject == "partner", j.subject_id == file, j.action == "partner.add")
    return work.session.exec(select(j.actor_kind).where(*added)).first() == ActorKind.CITIZEN


def file_of(work: Work, row: Account) -> Partner:
    """Return the file of an account, or the one into which it was merged."""
    file = work.session.get_one(Partner, row.partner_id)
    while file.merged_into_id is not None:
        file = work.session.get_one(Partner, file.merged_into_id)
    return file


def own_account(work: Work, account: int) -> Account:
    """Return the citizen's own account, locked; raise NotAllowed for any other account (P5)."""
    row = work.session.get(Account, account, with_for_update=True)
    if row is None or file_of(work, row).id != work.citizen_id:
        raise NotAllowed("sign_in_needed", rule="P5")
    return row


def known_language(language: str | None) -> str | None:
    """Return the language if messages can be written in it, else None."""
    return language if language in LANGUAGES else None


def required_email(email: str) -> str:
    """Return the address; raise Invalid if it is empty."""
    if not email.strip():
        raise Invalid("email", text=email)
    return email
