"""Links by e-mail that sign a citizen up or in, or confirm a new address; and identity providers.

The portal makes an account only once its address is verified: signing up begins with a link sent there. Asking for a
link is answered in the same way whether the account exists or not.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rdv.engine.citizens.account_passwords import hash_password
from rdv.engine.citizens.accounts import (
    by_email,
    by_identity,
    is_named,
    known_language,
    own_account,
    required_email,
    unclaimed,
)
from rdv.engine.lookup.partner_lookup import checked_fields
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, citizen_case, public_case
from rdv.engine.seats.message_queue import new_message, queue_messages
from rdv.engine.views.portal import Newcomer, SignedIn
from rdv.store.portal_tables import Account
from rdv.store.tables import Partner
from rdv.terms import Channel, Conflict, MessageKind, Refused
from rdv.tokens import seal, unseal

LINK_HOURS = 1
"""How long a link that signs in or up is valid after it was sent."""


PATHS = {
    MessageKind.SIGN_UP: "/inscription/{token}",
    MessageKind.SIGN_IN: "/connexion/{token}",
    MessageKind.NEW_EMAIL: "/compte/adresse/{token}",
}
"""Where the links of each message lead."""


@public_case(writes=True)
def ask_link(
    work: Work, *, email: str, language: str | None = None, after: str = "", identity: Mapping[str, str] | None = None
) -> None:
    """Send a link to an e-mail address: to sign in if it has an account, else to sign up.

    `after` is the page to open then; `identity` is what an identity provider said of the person. Raises Invalid for a
    wrong address, and nothing else: the caller never learns whether the account exists.
    """
    address = checked_fields(work, email=required_email(email))["email"]
    row = by_email(work, address)
    kind = MessageKind.SIGN_UP if row is None else MessageKind.SIGN_IN
    facts: dict[str, Any] = {"after": after, **(identity or {})}
    if row is not None:
        facts |= {"account": row.id, "links": row.links}
    _post(work, kind, address, facts, language)


@public_case()
def newcomer(work: Work, *, token: str) -> Newcomer:
    """Return who may sign up with this link; raise Invalid for a wrong link, Refused for an expired one."""
    facts = _read(work, MessageKind.SIGN_UP, token)
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
    """Add the account of a verified address; it opens the file of that address and name, or a new file.

    Raises Invalid for an impossible name or phone number, Refused for a short password or if the account exists.
    """
    facts = _read(work, MessageKind.SIGN_UP, token)
    email = facts["email"]
    if by_email(work, email) is not None:
        raise Refused("account_there")
    fields = checked_fields(work, name=name, email=email, **({"phone": phone} if phone.strip() else {}))
    row = next((one for one in unclaimed(work, email=email) if is_named(one, name)), None)
    is_new = row is None
    if row is None:
        row = Partner(**fields)
        work.session.add(row)
    elif fields.get("phone"):
        row.phone = fields["phone"]
    row.language, row.wants_email, row.wants_sms = known_language(language), wants_email, wants_sms
    work.session.flush()
    account = Account(
        email=email, partner_id=id_of(row), password=hash_password(password) if password else None, made_at=work.now,
        issuer=facts.get("issuer"), subject=facts.get("subject"),
    )  # fmt: skip
    work.session.add(account)
    work.session.flush()
    if is_new:
        work.record("partner.add", "partner", row.id)
    work.record("account.add", "partner", row.id)
    return SignedIn(id_of(account), account.version, str(facts.get("after", "")))


@public_case(writes=True)
def sign_in_by_link(work: Work, *, token: str) -> SignedIn:
    """Open a session by a link, which works once; raise Invalid for a wrong link, Refused for a used or expired one."""
    facts = _read(work, MessageKind.SIGN_IN, token)
    row = work.session.get(Account, facts["account"], with_for_update=True)
    if row is None or row.links != facts["links"] or row.email != facts["email"]:
        raise Refused("link_used")
    row.links += 1
    if facts.get("subject") and row.subject is None and not by_identity(work, facts["issuer"], facts["subject"]):
        row.issuer, row.subject = facts["issuer"], facts["subject"]
    work.session.flush()
    return SignedIn(id_of(row), row.version, str(facts.get("after", "")))


@public_case(writes=True)
def sign_in_by_provider(
    work: Work, *, issuer: str, subject: str, email: str | None, name: str = ""
) -> SignedIn | str | None:
    """Open a session for a person known to an identity provider; `email` is an address that it has verified.

    Returns the session; a token to sign up for a newcomer; None if the portal has to verify an address by a link.
    """
    row = by_identity(work, issuer, subject)
    if row is not None:
        return SignedIn(id_of(row), row.version)
    if not email:
        return None
    address = checked_fields(work, email=email)["email"]
    row = by_email(work, address)
    if row is None:
        facts = {"email": address, "issuer": issuer, "subject": subject, "name": name}
        return seal(work.settings.seal, MessageKind.SIGN_UP, facts, until=work.now + timedelta(hours=LINK_HOURS))
    if row.subject is not None:
        return None
    row.issuer, row.subject = issuer, subject
    work.session.flush()
    return SignedIn(id_of(row), row.version)


@citizen_case()
def ask_new_email(work: Work, *, account: int, email: str) -> None:
    """Send a link to a new address, which the account takes once the link is used; raise Invalid for a wrong one."""
    row = own_account(work, account)
    address = checked_fields(work, email=required_email(email))["email"]
    _post(work, MessageKind.NEW_EMAIL, address, {"account": row.id, "version": row.version}, None)


@citizen_case()
def confirm_new_email(work: Work, *, account: int, token: str) -> None:
    """Set the address of the account and the file to the one that received the link.

    Raises Invalid or Refused if the link is not for this account, Conflict if another account has the address.
    """
    facts = _read(work, MessageKind.NEW_EMAIL, token)
    row = own_account(work, account)
    if (row.id, row.version) != (facts["account"], facts["version"]):
        raise Refused("link_used")
    other = by_email(work, facts["email"])
    if other is not None and other.id != row.id:
        raise Conflict("email_taken")
    row.email = facts["email"]
    row.links += 1
    work.session.get_one(Partner, work.citizen_id).email = row.email
    work.session.flush()
    work.record("partner.set", "partner", work.citizen_id, fields=["email"])


def _post(work: Work, kind: MessageKind, address: str, facts: dict[str, Any], language: str | None) -> None:
    """Queue a message with a link. Its token is made as the message leaves, so that the database stores none."""
    link = {"path": PATHS[kind], "purpose": kind, "facts": facts | {"email": address}, "hours": LINK_HOURS}
    message_facts = {"language": known_language(language) or work.settings.lang, "link": link}
    queue_messages(work, [new_message(work, kind, Channel.EMAIL, address=address, facts=message_facts)])


def _read(work: Work, kind: MessageKind, token: str) -> dict[str, Any]:
    return unseal(work.settings.seal, kind, token, now=work.now)
