"""Accounts of citizens: a verified e-mail address that opens a partner's file.

An account is made once its address is verified, never before: signing up begins with a link sent there. Whoever asks
for a link, or signs in in vain, is answered the same way whether there is an account or not.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import delete, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from rdv.changes import NOTHING, Changes, Part
from rdv.engine.booking.partners import write_fields
from rdv.engine.lookup.partner_lookup import checked_fields, code_of
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, citizen_case, public_case
from rdv.engine.seats.cards import LIVE
from rdv.engine.seats.message_queue import notice, write
from rdv.engine.setup.agents import SHORTEST_PASSWORD
from rdv.engine.upkeep.personal_data import erase
from rdv.engine.views.portal import Citizen, Newcomer, SignedIn
from rdv.store.portal_tables import Account
from rdv.store.tables import Appointment, Claim, JournalEntry, Partner
from rdv.terms import (
    LANGUAGES,
    ActorKind,
    Channel,
    Conflict,
    Invalid,
    NotAllowed,
    NoticeKind,
    Refused,
    fold,
)
from rdv.tokens import seal, unseal

LONGEST_PASSWORD = 200
LINK_HOURS = 1
"""How long a link that signs in or up is good, from the moment that it is sent."""

PATHS = {
    NoticeKind.SIGN_UP: "/inscription/{token}",
    NoticeKind.SIGN_IN: "/connexion/{token}",
    NoticeKind.NEW_EMAIL: "/compte/adresse/{token}",
}
"""Where the links of each message lead."""


@public_case(writes=True)
def ask_link(
    work: Work, *, email: str, language: str | None = None, after: str = "", identity: Mapping[str, str] | None = None
) -> None:
    """Sends a link to an e-mail address: to sign in where it has an account, to sign up where it has none.

    `after` is the page to go to then; `identity` is what an identity provider said of the person. Raises Invalid for
    what is no address, and nothing else: nobody learns whether there is an account.
    """
    address = checked_fields(work, email=_given(email))["email"]
    row = _by_email(work, address)
    kind = NoticeKind.SIGN_UP if row is None else NoticeKind.SIGN_IN
    facts: dict[str, Any] = {"after": after, **(identity or {})}
    if row is not None:
        facts |= {"account": row.id, "links": row.links}
    _post(work, kind, address, facts, language)
    work.touch(Changes.of(Part.MESSAGES))


@public_case()
def newcomer(work: Work, *, token: str) -> Newcomer:
    """Who may sign up with this link. Raises Invalid or Refused for a link that is none, or has had its time."""
    facts = _read(work, NoticeKind.SIGN_UP, token)
    names = [row.name for row in unclaimed(work, email=facts["email"])]
    return Newcomer(facts["email"], facts.get("name") or (names[0] if len(names) == 1 else ""))


@public_case(writes=True)
def sign_up(
    work: Work,
    *,
    token: str,
    name: str,
    phone: str = "",
    password: str | None = None,
    language: str | None = None,
    wants_email: bool = True,
    wants_sms: bool = True,
) -> SignedIn:
    """Makes the account of a verified address. The file of that address and name is claimed; without one, it is made.

    Signed up before with the same link, it is the same account. Raises Invalid for a name or a phone number that
    cannot be, Refused for a password that is too short.
    """
    facts = _read(work, NoticeKind.SIGN_UP, token)
    email = facts["email"]
    known = _by_email(work, email)
    if known is not None:
        raise Refused("account_there")
    fields = checked_fields(work, name=name, email=email, **({"phone": phone} if phone.strip() else {}))
    row = next((one for one in unclaimed(work, email=email) if is_named(one, name)), None)
    is_new = row is None
    if row is None:
        row = Partner(**fields)
        work.session.add(row)
    elif fields.get("phone"):
        row.phone = fields["phone"]
    row.language, row.wants_email, row.wants_sms = _language(language), wants_email, wants_sms
    work.session.flush()
    account = Account(
        email=email, partner_id=id_of(row), password=_hashed(password) if password else None, made_at=work.now,
        issuer=facts.get("issuer"), subject=facts.get("subject"),
    )  # fmt: skip
    work.session.add(account)
    work.session.flush()
    if is_new:
        work.record("partner.add", "partner", row.id)
    work.record("account.add", "partner", row.id)
    return SignedIn(id_of(account), account.version, str(facts.get("after", "")))


@public_case()
def sign_in(work: Work, *, email: str, password: str) -> SignedIn:
    """Opens a session by password. Raises Refused in as much time for a wrong password and for no account."""
    from argon2.exceptions import VerificationError, VerifyMismatchError

    row = _by_email(work, _given(email).strip().lower())
    known = row.password if row is not None and row.password else _decoy()
    try:
        _hasher().verify(known, password[:LONGEST_PASSWORD])
    except (VerifyMismatchError, VerificationError):
        raise Refused("sign_in_wrong") from None
    if row is None or not row.password:
        raise Refused("sign_in_wrong")
    return SignedIn(id_of(row), row.version)


@public_case(writes=True)
def sign_in_by_link(work: Work, *, token: str) -> SignedIn:
    """Opens a session by a link that was sent; each serves once. Raises Invalid or Refused for one that does not."""
    facts = _read(work, NoticeKind.SIGN_IN, token)
    row = work.session.get(Account, facts["account"], with_for_update=True)
    if row is None or row.links != facts["links"] or row.email != facts["email"]:
        raise Refused("link_used")
    row.links += 1
    work.touch(NOTHING)
    if facts.get("subject") and row.subject is None and not _by_identity(work, facts["issuer"], facts["subject"]):
        row.issuer, row.subject = facts["issuer"], facts["subject"]
    work.session.flush()
    return SignedIn(id_of(row), row.version, str(facts.get("after", "")))


@public_case(writes=True)
def sign_in_by_provider(
    work: Work, *, issuer: str, subject: str, email: str | None, name: str = ""
) -> SignedIn | str | None:
    """Opens a session for whom an identity provider vouches, `email` being what it says that it has verified.

    Returns the session; a link to sign up for somebody new; None where no verified address is known: it is to be
    asked for, with a link.
    """
    row = _by_identity(work, issuer, subject)
    if row is not None:
        return SignedIn(id_of(row), row.version)
    if not email:
        return None
    address = checked_fields(work, email=email)["email"]
    row = _by_email(work, address)
    if row is None:
        facts = {"email": address, "issuer": issuer, "subject": subject, "name": name}
        return seal(work.settings.seal, NoticeKind.SIGN_UP, facts, until=work.now + timedelta(hours=LINK_HOURS))
    if row.subject is not None:
        return None
    row.issuer, row.subject = issuer, subject
    work.session.flush()
    return SignedIn(id_of(row), row.version)


@public_case()
def who(work: Work, *, account: int, version: int) -> Citizen:
    """Whose session it is. Raises NotAllowed when it is over: signed out everywhere, or the account is gone."""
    row = work.session.get(Account, account)
    if row is None or row.version != version:
        raise NotAllowed("sign_in_needed", rule="P5")
    file = _file(work, row)
    return Citizen(
        id_of(row), code_of(id_of(file)), file.name, row.email, file.phone, file.language, file.wants_email,
        file.wants_sms, row.password is not None,
    )  # fmt: skip


@citizen_case()
def set_details(
    work: Work, *, name: str, phone: str = "", language: str | None = None, wants_email: bool, wants_sms: bool
) -> None:
    """Changes the citizen's own file: name, phone (empty: none), language and how messages come."""
    row = work.session.get_one(Partner, work.citizen_id, with_for_update=True)
    given = checked_fields(work, name=name, phone=phone.strip())
    given |= {"language": _language(language), "wants_email": wants_email, "wants_sms": wants_sms}
    write_fields(work, row, given)


@citizen_case()
def set_own_password(work: Work, *, account: int, new: str, current: str = "", by_link: bool = False) -> SignedIn:
    """Gives the account a new password, and ends its other sessions; returns the one that goes on.

    The current one is asked for, except in a session that a link has just opened (`by_link`): that is how a forgotten
    one is replaced. Raises Refused for a wrong or too short one.
    """
    from argon2.exceptions import VerificationError, VerifyMismatchError

    row = own_account(work, account)
    if row.password and not by_link:
        try:
            _hasher().verify(row.password, current[:LONGEST_PASSWORD])
        except (VerifyMismatchError, VerificationError):
            raise Refused("password_wrong") from None
    row.password = _hashed(new)
    row.version += 1
    row.links += 1
    work.session.flush()
    work.record("account.password", "partner", work.citizen_id)
    return SignedIn(id_of(row), row.version)


@citizen_case()
def ask_new_email(work: Work, *, account: int, email: str) -> None:
    """Sends a link to a new address, which the account has once the link is used. Raises Invalid for no address."""
    row = own_account(work, account)
    address = checked_fields(work, email=_given(email))["email"]
    _post(work, NoticeKind.NEW_EMAIL, address, {"account": row.id, "version": row.version}, None)


@citizen_case()
def confirm_new_email(work: Work, *, account: int, token: str) -> None:
    """Gives the account and the file the address to which the link was sent.

    Raises Invalid or Refused for a link that is not for this account, Conflict for an address that another one has.
    """
    facts = _read(work, NoticeKind.NEW_EMAIL, token)
    row = own_account(work, account)
    if (row.id, row.version) != (facts["account"], facts["version"]):
        raise Refused("link_used")
    other = _by_email(work, facts["email"])
    if other is not None and other.id != row.id:
        raise Conflict("email_taken")
    row.email = facts["email"]
    row.links += 1
    work.session.get_one(Partner, work.citizen_id).email = row.email
    work.session.flush()
    work.record("partner.set", "partner", work.citizen_id, fields=["email"])


@citizen_case()
def end_sessions(work: Work, *, account: int) -> None:
    """Signs the citizen out everywhere."""
    row = own_account(work, account)
    row.version += 1
    row.links += 1
    work.session.flush()
    work.touch(NOTHING)


@citizen_case()
def delete_account(work: Work, *, account: int) -> None:
    """Ends the account. A file that the portal alone has made and used is forgotten; one that agents keep stays theirs.

    Raises Refused while appointments are to come: they are cancelled first, so that nobody waits for anybody.
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


def _post(work: Work, kind: NoticeKind, address: str, facts: dict[str, Any], language: str | None) -> None:
    """Has a link sent to an address: it is sealed as the message leaves, so that the database keeps none."""
    link = {"path": PATHS[kind], "purpose": kind, "facts": facts | {"email": address}, "hours": LINK_HOURS}
    told = {"language": _language(language) or work.settings.lang, "link": link}
    write(work, [notice(work, kind, Channel.EMAIL, address=address, facts=told)])


def _read(work: Work, kind: NoticeKind, token: str) -> dict[str, Any]:
    return unseal(work.settings.seal, kind, token, now=work.now)


def _by_email(work: Work, email: str) -> Account | None:
    return work.session.exec(select(Account).where(Account.email == email)).first()


def _by_identity(work: Work, issuer: str, subject: str) -> Account | None:
    return work.session.exec(select(Account).where(Account.issuer == issuer, Account.subject == subject)).first()


def unclaimed(work: Work, **known: str) -> list[Partner]:
    """The files that have this address, or this phone number, and that no account opens: neither of theirs, nor of a
    file that was merged into them."""
    merged = aliased(Partner)
    theirs = or_(col(merged.id) == col(Partner.id), col(merged.merged_into_id) == col(Partner.id))
    taken = select(Account.id).join(merged, col(merged.id) == col(Account.partner_id)).where(theirs).exists()
    has = [getattr(Partner, field) == value for field, value in known.items()]
    where = (*has, col(Partner.merged_into_id).is_(None), ~taken)
    return list(work.session.exec(select(Partner).where(*where).order_by(col(Partner.id))))


def is_named(row: Partner, name: str) -> bool:
    """Whether a file is of somebody of this name, in whichever order its words are."""
    return sorted(row.key.split()) == sorted(fold(name).split())


def is_made_here(work: Work, file: int) -> bool:
    """Whether signing up has made this file, and not the counter."""
    j = JournalEntry
    made = (j.subject == "partner", j.subject_id == file, j.action == "partner.add")
    return work.session.exec(select(j.actor_kind).where(*made)).first() == ActorKind.CITIZEN


def _file(work: Work, row: Account) -> Partner:
    """The file of an account, or the one into which it was merged."""
    file = work.session.get_one(Partner, row.partner_id)
    while file.merged_into_id is not None:
        file = work.session.get_one(Partner, file.merged_into_id)
    return file


def own_account(work: Work, account: int) -> Account:
    """The citizen's own account, owned by this transaction; raises NotAllowed for anybody else's (P5)."""
    row = work.session.get(Account, account, with_for_update=True)
    if row is None or _file(work, row).id != work.citizen_id:
        raise NotAllowed("sign_in_needed", rule="P5")
    return row


def _given(email: str) -> str:
    """An address that was typed in; raises Invalid for none."""
    if not email.strip():
        raise Invalid("email", text=email)
    return email


def _language(language: str | None) -> str | None:
    return language if language in LANGUAGES else None


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused("password_short", rule="G1", least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password_long", most=LONGEST_PASSWORD)
    return str(_hasher().hash(password))


@cache
def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _decoy() -> str:
    """The hash of a password that nobody has: checking it takes as long as checking a real one."""
    return str(_hasher().hash("x" * SHORTEST_PASSWORD + "\0"))
