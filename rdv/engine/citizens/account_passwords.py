"""Passwords of citizens' accounts, stored as argon2id hashes."""

from functools import cache
from typing import Any

from rdv.engine.citizens.accounts import by_email, own_account, required_email
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work, citizen_case, public_case
from rdv.engine.setup.agents import SHORTEST_PASSWORD
from rdv.engine.views.portal import SignedIn
from rdv.terms import Invalid, Refused

LONGEST_PASSWORD = 200


@public_case()
def sign_in(work: Work, *, email: str, password: str) -> SignedIn:
    """Open a session by password; raise Refused, after the same time for a wrong password as for a missing account."""
    from argon2.exceptions import VerificationError, VerifyMismatchError

    row = by_email(work, required_email(email).strip().lower())
    stored = row.password if row is not None and row.password else _decoy()
    try:
        _hasher().verify(stored, password[:LONGEST_PASSWORD])
    except (VerifyMismatchError, VerificationError):
        raise Refused("sign_in_wrong") from None
    if row is None or not row.password:
        raise Refused("sign_in_wrong")
    return SignedIn(id_of(row), row.version)


@citizen_case()
def set_own_password(work: Work, *, account: int, new: str, current: str = "", by_link: bool = False) -> SignedIn:
    """Set the account's password, end its other sessions and return the current one.

    A session that a link has just opened (`by_link`) needs no current password, because the citizen may have forgotten
    it. Raises Refused for a wrong current password or a short new one.
    """
    from argon2.exceptions import VerificationError, VerifyMismatchError

    row = own_account(work, account)
    if row.password and not by_link:
        try:
            _hasher().verify(row.password, current[:LONGEST_PASSWORD])
        except (VerifyMismatchError, VerificationError):
            raise Refused("password_wrong") from None
    row.password = hash_password(new)
    row.version += 1
    row.links += 1
    work.session.flush()
    work.record("account.password", "partner", work.citizen_id)
    return SignedIn(id_of(row), row.version)


def hash_password(password: str) -> str:
    """Return the hash to store. Raise Refused for a short password, Invalid for a long one."""
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
    """Return the hash of an unused password; checking it takes as long as checking a real one."""
    return str(_hasher().hash("x" * SHORTEST_PASSWORD + "\0"))
