"""Linking an account to the file that the counter keeps, by a phone number in that file (P7).

A code goes there by SMS, and the two files become one. The answer is the same whether a file has the number or not,
because only the owner of the phone gets the code.
"""

import hmac
import secrets
from datetime import timedelta

from rdv.engine.booking.partners import merge_into, write_fields
from rdv.engine.citizens.accounts import is_made_here, is_named, own_account, unclaimed
from rdv.engine.citizens.throttle import spend
from rdv.engine.lookup.partner_lookup import checked_fields
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, citizen_case
from rdv.engine.seats.message_queue import new_message, queue_messages
from rdv.store.tables import Partner
from rdv.terms import Channel, Conflict, Invalid, MessageKind, MessageStatus, NotFound, Refused
from rdv.tokens import code_for, seal, unseal

PURPOSE = "file_code"
CODE_MINUTES = 10
"""How long a code is good, from the moment that it is asked for."""

KIND = MessageKind.NEW_EMAIL
"""The message that has an address confirmed; by SMS, it brings a code."""


@citizen_case(writes=False)
def may_find_file(work: Work) -> bool:
    """Return True if the citizen may look for a file by phone: SMS are sent, and the present file is of signing up."""
    return work.settings.sms_url is not None and is_made_here(work, work.citizen_id)


@citizen_case()
def ask_code(work: Work, *, account: int, phone: str) -> str:
    """Send a code by SMS if a file that no account opens has this number and the citizen's name.

    Returns the token for the form of the code, whether such a file exists or not. Raises Invalid for a wrong number,
    Refused after too many requests, NotFound if files cannot be found by phone.
    """
    _need_offer(work)
    number = checked_fields(work, phone=phone)["phone"]
    if number is None:
        raise Invalid("phone", text=phone)
    spend(work, what="link", account=number)
    own = own_account(work, account)
    word, until = secrets.token_hex(16), work.now + timedelta(minutes=CODE_MINUTES)
    message_facts = {"language": _own_file(work).language, "code": {"word": word, "until": int(until.timestamp())}}
    message = new_message(work, KIND, Channel.SMS, address=number, facts=message_facts)
    is_known = _known(work, number) is not None
    fate = (MessageStatus.WAITING, None) if is_known else (MessageStatus.DROPPED, "no_file")
    queue_messages(work, [message | {"status": fate[0], "last_error": fate[1]}])
    facts = {"account": own.id, "phone": number, "word": word}
    return seal(work.settings.seal, PURPOSE, facts, until=until)


@citizen_case()
def claim_by_phone(work: Work, *, account: int, token: str, code: str) -> None:
    """Merge the account's file into the file with the number that received the code.

    The file keeps its appointments and its code, and takes the address and wishes of the account. Raises Invalid for a
    wrong token, Refused for a wrong or expired code, Conflict if the file has changed since.
    """
    _need_offer(work)
    try:
        facts = unseal(work.settings.seal, PURPOSE, token, now=work.now)
    except Refused:
        raise Refused("code_expired", rule="P7") from None
    row = own_account(work, account)
    if facts["account"] != row.id:
        raise Invalid("seal_broken")
    right = code_for(work.settings.seal, KIND, facts["word"])
    if not hmac.compare_digest("".join(code.split()).encode(), right.encode()):
        raise Refused("code_wrong", rule="P7")
    own, file = _own_file(work), _known(work, facts["phone"])
    if file is None:
        raise Conflict("changed_meanwhile", rule="P7")
    merge_into(work, own, file)
    row.partner_id = id_of(file)
    work.session.flush()
    wishes = {"language": own.language, "wants_email": own.wants_email, "wants_sms": own.wants_sms}
    write_fields(work, file, {"email": row.email} | wishes)
    work.record("account.claim", "partner", file.id)


def _need_offer(work: Work) -> None:
    if not may_find_file(work):
        raise NotFound("no_page")


def _own_file(work: Work) -> Partner:
    return work.session.get_one(Partner, work.citizen_id)


def _known(work: Work, phone: str) -> Partner | None:
    """Return the file that has this number and the citizen's name, and that no account opens."""
    name = _own_file(work).name
    return next((one for one in unclaimed(work, phone=phone) if is_named(one, name)), None)
