"""Agents, their rights and passwords: G1 and G3."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from rdv.engine.booking import appointments, journal
from rdv.engine.office import Office
from rdv.engine.setup import agents, services
from rdv.terms import Actor, Conflict, Invalid, NotAllowed, NotFound, Refused, Right
from tests.conftest import Make
from tests.engine.conftest import Meanwhile

EVERY = tuple(Right)


def test_g1_the_first_administrator_has_every_right_and_is_made_once(make: Make, office: Office) -> None:
    ((root,),) = [make.do(agents.list_agents)]
    assert (root.login, root.rights, root.has_password) == ("root", EVERY, False)
    assert office.run(agents.add_first_agent, Actor.job("init"), login="intruder") is None
    assert [one.login for one in make.do(agents.list_agents)] == ["root"]


def test_g1_no_agent_makes_itself_the_first_administrator(make: Make) -> None:
    with pytest.raises(NotAllowed):
        make.do(agents.add_first_agent, login="intruder")


def test_g1_an_agent_has_rights_and_services(make: Make) -> None:
    for label in ("État civil", "Accueil"):
        make.do(services.add_service, label=label)
    made = make.do(
        agents.add_agent, login=" lea ", name=" Léa Petit ", rights=[Right.APPOINTMENTS], services=["accueil", 1]
    )
    assert (made.login, made.name, made.rights, made.services) == (
        "lea", "Léa Petit", (Right.APPOINTMENTS,), ("Accueil", "État civil"),
    )  # fmt: skip
    changed = make.do(agents.set_agent, agent="lea", rights=[Right.COUNTERS, Right.APPOINTMENTS])
    assert (changed.rights, changed.services) == ((Right.COUNTERS, Right.APPOINTMENTS), made.services)
    assert make.do(agents.set_agent, agent="lea", name="", services=[]).name == "lea"
    assert [(one.login, one.services) for one in make.do(agents.list_agents)] == [("lea", ()), ("root", ())]


@pytest.mark.parametrize("login", ["", "  ", "léa petit", "12", "a\tb", "a\x1b[2J"])
def test_g1_a_login_is_one_word_and_no_number(make: Make, login: str) -> None:
    with pytest.raises(Invalid) as told:
        make.do(agents.add_agent, login=login)
    assert told.value.error == "login"


def test_g1_a_login_has_one_owner_until_that_one_leaves(make: Make) -> None:
    make.town()
    lea = make.agent("lea", (Right.APPOINTMENTS,))
    with pytest.raises(Conflict) as told:
        make.do(agents.add_agent, login="lea")
    assert told.value.error == "label_taken"
    card = make.book("Guichet 1", "2017-04-06T09:00")
    other = make.do(appointments.assign, by=lea, counter="Guichet 1", start="2017-04-06T09:30", partner="AULAN Gilles")
    make.do(agents.remove_agent, agent="lea")
    make.do(agents.add_agent, login="lea", rights=[Right.COUNTERS])
    taken = {one: make.do(appointments.show_appointment, appointment=one).card.taken_by for one in (card.id, other.id)}
    assert taken == {card.id: "root", other.id: "lea"}, "who left stays in the history"
    assert len(make.do(agents.list_agents)) == 2


def test_g1_somebody_can_always_configure(make: Make) -> None:
    for attempt in (
        lambda: make.do(agents.remove_agent, agent="root"),
        lambda: make.do(agents.set_agent, agent="root", rights=[Right.COUNTERS]),
    ):
        with pytest.raises(Refused) as told:
            attempt()
        assert (told.value.error, told.value.rule) == ("last_administrator", "G1")
    make.agent("lea", (Right.MODULE,))
    make.do(agents.remove_agent, agent="root", by=Actor.agent("lea"))
    assert [one.login for one in make.do(agents.list_agents, by=Actor.agent("lea"))] == ["lea"]


def test_g1_agents_are_managed_by_those_who_configure(make: Make) -> None:
    lea = make.agent("lea", (Right.COUNTERS, Right.APPOINTMENTS))
    for function, given in (
        (agents.add_agent, {"login": "max"}),
        (agents.set_agent, {"agent": "lea", "rights": EVERY}),
        (agents.remove_agent, {"agent": "root"}),
    ):
        with pytest.raises(NotAllowed):
            make.do(function, by=lea, **given)
    assert [(one.login, one.rights) for one in make.do(agents.list_agents)] == [("lea", EVERY[1:]), ("root", EVERY)]


def test_g1_a_password_is_kept_as_a_strong_argon2id_hash(make: Make, strong_hashes: None) -> None:
    make.do(agents.set_password, agent="root", password="correct horse battery")
    ((stored,),) = make.rows("SELECT password FROM agent")
    strength = extract_parameters(stored)
    assert (strength.type, strength.memory_cost >= 2**16, strength.time_cost >= 3) == (Type.ID, True, True)
    assert PasswordHasher().verify(stored, "correct horse battery")
    assert make.do(agents.list_agents)[0].has_password
    everything = make.rows("SELECT * FROM journal_entry")
    assert "horse" not in str(everything)
    assert "argon2" not in str(everything)


def test_g1_everyone_sets_an_own_password_and_administrators_anybodys(make: Make) -> None:
    lea = make.agent("lea", (Right.APPOINTMENTS,))
    make.do(agents.set_password, by=lea, agent="lea", password="0123456789")
    make.do(agents.set_password, agent="lea", password="9876543210")
    with pytest.raises(NotAllowed):
        make.do(agents.set_password, by=lea, agent="root", password="0123456789")
    assert not next(one for one in make.do(agents.list_agents) if one.login == "root").has_password


def test_g1_a_short_password_is_refused(make: Make) -> None:
    with pytest.raises(Refused) as told:
        make.do(agents.set_password, agent="root", password="123456789")
    assert told.value.facts == {"least": 10}


def test_g1_who_left_has_no_password_and_cannot_be_found(make: Make) -> None:
    make.town()
    lea = make.agent("lea", (Right.APPOINTMENTS,))
    make.do(agents.set_password, agent="lea", password="0123456789")
    make.do(appointments.assign, by=lea, counter="Guichet 1", start="2017-04-06T09:00", partner="BOIS Jules")
    make.do(agents.remove_agent, agent="lea")
    assert make.rows("SELECT password FROM agent WHERE login = 'lea'") == [(None,)]
    with pytest.raises(NotFound):
        make.do(agents.set_agent, agent="lea", rights=EVERY)


def test_g3_the_journal_tells_what_changed_of_an_agent_and_no_name(make: Make) -> None:
    make.do(agents.add_agent, login="lea", name="Léa Petit")
    make.do(agents.set_agent, agent="lea", name="Léa Grand", rights=[Right.COUNTERS])
    make.do(agents.set_agent, agent="lea", rights=[Right.COUNTERS])
    make.do(agents.remove_agent, agent="lea")
    entries = make.do(journal.read_journal, subject="agent")
    assert [entry.action for entry in entries] == ["agent.remove", "agent.set", "agent.add", "agent.add"]
    assert entries[1].facts == {"fields": ["name", "rights"], "changes": {"rights": [[], ["counters"]]}}
    assert "Petit" not in str(make.rows("SELECT * FROM journal_entry"))


def test_g1_two_administrators_who_remove_each_other_do_not_both_succeed(pg_town: Make, meanwhile: Meanwhile) -> None:
    lea = pg_town.agent("lea", (Right.MODULE,))
    for function, given in (
        (agents.remove_agent, {"agent": "root"}),
        (agents.set_agent, {"agent": "root", "rights": [Right.COUNTERS]}),
    ):
        waited, outcome = meanwhile(
            lambda work: agents.set_agent(work, agent="lea", rights=[]),
            lambda function=function, given=given: pg_town.do(function, by=lea, **given),  # type: ignore[misc]
        )
        assert waited
        assert isinstance(outcome, Refused)
        assert outcome.error == "last_administrator"
        pg_town.do(agents.set_agent, agent="lea", rights=[Right.MODULE])
