"""A citizen whose account opened a new file finds the one that the counter keeps, by a phone number that it knows (P7).

A code goes there by SMS, and the two files become one. Whoever asks is answered the same way whether a file has the
number or not: the code is for whoever has the phone.
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
    """Whether the citizen may look for a file by phone: SMS leave from here, and signing up made the one of today."""
    return work.settings.sms_url is not None and is_made_here(work, work.citizen_id)


@citizen_case()
def ask_code(work: Work, *, account: int, phone: str) -> str:
    """Sends a code by SMS where a file that no account opens has this number and the citizen's name.

    Returns the token that the form of the code carries, be there such a file or not. Raises Invalid for what is no
    number, Refused for one that was asked for too often, NotFound where no file is to be found by phone.
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
    """Gives the account the file that has the number to which the code was sent: its own goes into it, whose
    appointments and code it keeps; how to write to the citizen is what the account says.

    Raises Invalid for a token that is none or another account's, Refused for a wrong code or one that is too old,
    Conflict when the file has changed since: a file that an account opens is nobody else's.
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
    """The file that has this number and the citizen's name, and that no account opens."""
    name = _own_file(work).name
    return next((one for one in unclaimed(work, phone=phone) if is_named(one, name)), None)
