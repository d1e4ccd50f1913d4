"""Signing in: G4, with what the journal keeps of it (G3)."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from rdv.engine.booking import journal
from rdv.engine.office import Office
from rdv.engine.setup import agents, passwords
from rdv.engine.setup.passwords import FAILURES, sign_in
from rdv.store.session import Database
from rdv.terms import Actor, NotAllowed, RdvError, Refused, Right
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

SECRET, WRONG = "correct horse battery", "correct horse batterie"


@pytest.fixture
def lucie(make: Make) -> Actor:
    """Add an agent with a password."""
    made = make.agent("lucie", (Right.APPOINTMENTS,))
    make.do(agents.set_password, agent="lucie", password=SECRET)
    return made


def refusal(office: Office, login: str, password: str = WRONG) -> RdvError:
    with pytest.raises(RdvError) as told:
        sign_in(office, login=login, password=password)
    return told.value


def fail(office: Office, login: str, times: int = FAILURES) -> None:
    for _ in range(times):
        assert refusal(office, login).error == "sign_in_failed"


def test_g4_login_and_password_tell_the_agent_with_the_rights_held_now(
    office: Office, make: Make, lucie: Actor
) -> None:
    found = sign_in(office, login=" lucie ", password=SECRET)
    assert found == make.do(agents.who_am_i, by=lucie)
    assert (found.login, found.rights, found.has_password) == ("lucie", (Right.APPOINTMENTS,), True)
    make.do(agents.set_agent, agent="lucie", rights=())
    assert sign_in(office, login="lucie", password=SECRET).rights == ()


@pytest.mark.parametrize(
    ("login", "password"),
    [("lucie", WRONG), ("lucie", ""), ("Lucie", SECRET), ("nobody", SECRET), ("", ""), ("root", ""), ("root", SECRET),
     ("lu\0cie", SECRET), (f"lucie\n{SECRET}", SECRET), ("x" * 10_000, SECRET)],
)  # fmt: skip
def test_g4_whatever_is_wrong_the_answer_is_the_same(office: Office, lucie: Actor, login: str, password: str) -> None:
    told = refusal(office, login, password)
    assert isinstance(told, NotAllowed)
    assert (told.error, told.rule, told.facts) == ("sign_in_failed", "G4", {"login": login.strip()})


def test_g4_who_left_signs_in_no_more(office: Office, make: Make, lucie: Actor) -> None:
    make.do(agents.remove_agent, agent="lucie")
    assert refusal(office, "lucie", SECRET).error == "sign_in_failed"


@pytest.mark.parametrize("login", ["lucie", "root", "nobody"])
def test_g4_an_attempt_costs_the_same_whoever_is_meant(
    office: Office, lucie: Actor, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    """Each attempt costs one hash with the current parameters."""
    costs: list[tuple[int, int, int]] = []

    def counted(name: str) -> None:
        plain = getattr(PasswordHasher, name)

        def call(self: PasswordHasher, *given: Any) -> Any:
            costs.append((self.time_cost, self.memory_cost, self.parallelism))
            return plain(self, *given)

        monkeypatch.setattr(PasswordHasher, name, call)

    for name in ("hash", "verify"):
        counted(name)
    fail(office, login, times=1)
    usual = PasswordHasher()
    assert costs == [(usual.time_cost, usual.memory_cost, usual.parallelism)]


def test_g4_a_hash_of_other_parameters_is_made_anew_by_a_right_password_alone(
    office: Office, make: Make, database: Database, lucie: Actor
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024).hash(SECRET)
    with database.write() as session:
        session.connection().exec_driver_sql(f"UPDATE agent SET password = '{old}' WHERE login = 'lucie'")
    fail(office, "lucie", times=1)
    assert make.rows("SELECT password FROM agent WHERE login = 'lucie'") == [(old,)]
    sign_in(office, login="lucie", password=SECRET)
    ((new,),) = make.rows("SELECT password FROM agent WHERE login = 'lucie'")
    assert not PasswordHasher().check_needs_rehash(new)
    assert PasswordHasher().verify(new, SECRET)


@pytest.mark.parametrize("login", ["lucie", "root", "nobody"])
def test_g4_after_five_failures_every_attempt_is_refused_until_the_first_is_old(
    office: Office, clock: FrozenClock, lucie: Actor, login: str
) -> None:
    fail(office, login, times=1)
    clock.advance(minutes=10, seconds=20)
    fail(office, login, times=FAILURES - 1)
    until = clock.now + timedelta(minutes=5)  # to the minute: 10:20 after the first one, 15 minutes, rounded up
    for _ in range(3):
        told = refusal(office, login, SECRET)
        assert isinstance(told, Refused)
        assert (told.error, told.rule) == ("sign_in_slowed", "G4")
        assert told.facts == {"until": until.replace(second=0)}
    clock.advance(minutes=4, seconds=41)
    if login == "lucie":
        assert sign_in(office, login=login, password=SECRET).login == "lucie"
    else:
        fail(office, login, times=1)
        assert refusal(office, login).error == "sign_in_slowed", "the four before it still count"


def test_g4_the_count_is_of_one_login_and_begins_anew_with_a_right_or_a_new_password(
    office: Office, make: Make, lucie: Actor
) -> None:
    fail(office, "nobody")
    assert refusal(office, "somebody").error == "sign_in_failed"
    fail(office, "lucie", FAILURES - 1)
    sign_in(office, login="lucie", password=SECRET)
    fail(office, "lucie")
    assert refusal(office, "lucie", SECRET).error == "sign_in_slowed"
    make.do(agents.set_password, agent="lucie", password=SECRET + "!")
    assert sign_in(office, login="lucie", password=SECRET + "!").login == "lucie"


def test_g4_failures_count_across_processes(office: Office, lucie: Actor) -> None:
    fail(office, "lucie")
    elsewhere = Office(Database(office.settings.database), office.clock, office.settings)
    assert refusal(elsewhere, "lucie", SECRET).error == "sign_in_slowed"
    elsewhere.database.close()


def test_g4_g3_the_journal_keeps_attempts_and_no_password_typed_as_a_login(
    office: Office, make: Make, lucie: Actor
) -> None:
    sign_in(office, login="lucie", password=SECRET)
    fail(office, "lucie", times=1)
    fail(office, SECRET, times=1)
    unknown, known, right = make.do(journal.read_journal, action="agent.sign_in")
    assert (right.action, right.actor, right.subject_id) == ("agent.sign_in", "sign-in", 2)
    assert (known.action, known.subject_id, known.facts) == ("agent.sign_in_failed", 2, {"login": "lucie"})
    assert (unknown.action, unknown.subject_id) == ("agent.sign_in_failed", None)
    assert "horse" not in str(make.rows("SELECT * FROM journal_entry"))


def test_g4_only_the_program_asks_whose_password_it_is(make: Make, lucie: Actor) -> None:
    with pytest.raises(NotAllowed):
        make.do(passwords.attempt, login="lucie", password=SECRET)


def test_g4_two_attempts_at_once_are_not_both_the_fifth(pg_town: Make, meanwhile: Meanwhile) -> None:
    fail(pg_town.office, "nobody", FAILURES - 1)

    def fifth(work: Any) -> None:
        work.actor = Actor.job("sign-in")
        assert passwords.attempt(work, login="nobody", password=WRONG) is None

    waited, outcome = meanwhile(fifth, lambda: sign_in(pg_town.office, login="nobody", password=WRONG))
    assert waited
    assert isinstance(outcome, Refused)
    assert outcome.error == "sign_in_slowed"


def test_g1_only_an_agent_is_someone(office: Office, make: Make) -> None:
    assert make.do(agents.who_am_i).login == "root"
    with pytest.raises(NotAllowed) as told:
        office.run(agents.who_am_i, Actor.job("sign-in"))
    assert told.value.error == "agent_unknown"
