"""Signing in with login and password, slower after each failed attempt (G4)."""

from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import func
from sqlmodel import col, select

from rdv.engine.office import Office, Work, use_case
from rdv.engine.setup.agents import agent_view
from rdv.engine.views.setup import AgentView
from rdv.store.tables import Agent, JournalEntry
from rdv.terms import Actor, NotAllowed, Refused, Right

FAILURES = 5
"""So many failed attempts of one login within PATIENCE, and it is refused until the first of them is older."""

PATIENCE = timedelta(minutes=15)


def sign_in(office: Office, *, login: str, password: str) -> AgentView:
    """Return the agent with this login and password, and the current rights, which may be none.

    Raises NotAllowed for any wrong input, and Refused after too many failed attempts (G4).
    """
    actor = office.run(attempt, Actor.job("sign-in"), login=login, password=password)
    if actor is None:
        raise NotAllowed("sign_in_failed", rule="G4", login=login.strip())
    return actor


@use_case(Right.MODULE)
def attempt(work: Work, *, login: str, password: str) -> AgentView | None:
    """Return the agent, or None for a failure, which is recorded and would be undone by an error (G4).

    For the program alone, which does not know yet who is there. Raises Refused after FAILURES within PATIENCE.
    """
    work.need_program()
    plain = login.strip()
    _one_at_a_time(work, plain)
    known = plain.isprintable()  # no agent has such a login, and some databases reject it
    row = work.session.exec(select(Agent).where(Agent.login == plain, Agent.removed == 0)).first() if known else None
    tried = _fingerprint(plain) if row is None else row.login
    _check_patience(work, None if row is None else row.id, tried)
    hasher = PasswordHasher()
    if not _is_right(hasher, None if row is None else row.password, password) or row is None or not row.password:
        work.record("agent.sign_in_failed", "agent", None if row is None else row.id, login=tried)
        return None
    if hasher.check_needs_rehash(row.password):
        row.password = hasher.hash(password)
        work.session.flush()
    work.record("agent.sign_in", "agent", row.id)
    return agent_view(work, row)


def _is_right(hasher: PasswordHasher, stored: str | None, password: str) -> bool:
    """Return True if the password is the stored one. Where nothing is stored, hashing it costs the same time."""
    if stored is None:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(stored, password)
    except VerifyMismatchError:
        return False


def _check_patience(work: Work, agent_id: int | None, tried: str) -> None:
    """Raise Refused after too many failures since the last success, or the last change of the password."""
    entries = work.session.exec(
        select(JournalEntry)
        .where(
            JournalEntry.subject == "agent", col(JournalEntry.subject_id) == agent_id,
            JournalEntry.at > work.now - PATIENCE, JournalEntry.at <= work.now,
        )
        .order_by(col(JournalEntry.id))
    )  # fmt: skip
    failures: list[datetime] = []
    for entry in entries:
        if entry.action in ("agent.sign_in", "agent.password"):
            failures.clear()
        elif entry.action == "agent.sign_in_failed" and entry.facts["login"] == tried:
            failures.append(entry.at)
    if len(failures) >= FAILURES:
        until = (failures[-FAILURES] + PATIENCE).astimezone(ZoneInfo(work.settings.zone))
        whole = until.replace(second=0, microsecond=0)
        raise Refused("sign_in_slowed", rule="G4", until=whole if whole == until else whole + timedelta(minutes=1))


def _one_at_a_time(work: Work, login: str) -> None:
    """Serialize the attempts of one login, because two at once would both be the fifth. SQLite has only one writer."""
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(select(func.pg_advisory_xact_lock(int(_fingerprint(login)[1:], 16))))


def _fingerprint(login: str) -> str:
    """Return what the journal stores of an unknown login, because it may be a password typed into the wrong field."""
    return f"?{sha256(login.encode(errors='replace')).hexdigest()[:6]}"
