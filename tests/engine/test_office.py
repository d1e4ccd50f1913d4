"""The one door: the right checked, one transaction with its journal, previews, and what follows when two collide."""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from rdv.engine.booking import appointments, journal, slots
from rdv.engine.office import ANY_RIGHT, ATTEMPTS, REGISTRY, Office, UseCase, Work
from rdv.engine.setup import agents, weeks
from rdv.engine.setup.services import add_service, list_services
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.store.tables import Claim, ClaimStatus, Service
from rdv.terms import Actor, ActorKind, Audience, Broken, Conflict, NotAllowed, Right, SlotStatus
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases

Register = Callable[..., Callable[..., Any]]


@pytest.fixture
def register() -> Iterator[Register]:
    """Register a function as a use case during a test."""
    with pytest.MonkeyPatch.context() as patch:

        def put(function: Callable[..., Any], *, writes: bool = True) -> Callable[..., Any]:
            patch.setitem(REGISTRY, function, UseCase("test", ANY_RIGHT, writes))
            return function

        yield put


def add(work: Work, label: str) -> None:
    work.session.add(Service(label=label, key=label))
    work.session.flush()
    work.record("service.add", "service", None, label=label)


def services(make: Make) -> list[str]:
    return [label for (label,) in make.rows("SELECT label FROM service ORDER BY label")]


def journaled(make: Make) -> int:
    return int(make.rows("SELECT count(*) FROM journal_entry")[0][0])


@pytest.mark.parametrize("rights", [(), (Right.COUNTERS, Right.APPOINTMENTS)])
def test_g1_the_right_is_checked_at_the_door(make: Make, rights: tuple[Right, ...]) -> None:
    lea = make.agent("lea", rights)
    before = journaled(make)
    with pytest.raises(NotAllowed) as told:
        make.do(add_service, by=lea, label="État civil")
    assert (told.value.error, told.value.rule) == ("right_missing", "G1")
    assert (told.value.facts["agent"], told.value.facts["rights"]) == ("lea", (Right.MODULE,))
    assert services(make) == []
    assert journaled(make) == before


def test_g1_reading_takes_any_right_and_no_right_sees_nothing(make: Make) -> None:
    for right in Right:
        assert make.do(list_services, by=make.agent(f"{right}-only", (right,))) == []
    with pytest.raises(NotAllowed):
        make.do(list_services, by=make.agent("guest"))


@pytest.mark.parametrize("actor", [Actor.agent("nobody"), Actor(ActorKind.CITIZEN, "C000001"), Actor.agent("")])
def test_g1_who_is_no_agent_here_is_refused(make: Make, actor: Actor) -> None:
    with pytest.raises(NotAllowed) as told:
        make.do(list_services, by=actor)
    assert told.value.error == "agent_unknown"


def test_g1_an_agent_who_was_removed_or_lost_a_right_is_refused_at_once(make: Make) -> None:
    lea = make.agent("lea", (Right.MODULE,))
    make.do(add_service, by=lea, label="A")
    make.do(agents.set_agent, agent="lea", rights=[Right.COUNTERS])
    with pytest.raises(NotAllowed):
        make.do(add_service, by=lea, label="B")
    make.do(agents.remove_agent, agent="lea")
    with pytest.raises(NotAllowed) as told:
        make.do(list_services, by=lea)
    assert told.value.error == "agent_unknown"
    assert services(make) == ["A"]


def test_g3_every_write_names_its_author_and_its_moment_in_its_own_transaction(
    make: Make, clock: FrozenClock, register: Register
) -> None:
    lea = make.agent("lea", (Right.MODULE,))
    clock.advance(hours=1)
    make.do(add_service, by=lea, label="État civil")
    entry = make.do(journal.read_journal)[0]
    assert (entry.actor, entry.action, entry.at) == ("lea", "service.add", clock.now)

    def fails(work: Work) -> None:
        add(work, "half")
        raise ZeroDivisionError

    before = journaled(make)
    with pytest.raises(ZeroDivisionError):
        make.do(register(fails))
    assert services(make) == ["État civil"]
    assert journaled(make) == before, "no journal of what was not done"


def test_g3_a_write_is_undone_when_its_journal_cannot_be_written(make: Make, register: Register) -> None:
    def unspeakable(work: Work) -> None:
        add(work, "silent")
        work.entries[0]["actor_kind"] = "ghost"

    with pytest.raises(Conflict):
        make.do(register(unspeakable))
    assert services(make) == []


def test_i1_a_preview_says_what_would_happen_and_keeps_nothing(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", phone="06 12 34 56 78")
    before = journaled(make), make.rows("SELECT count(*) FROM notice")
    changes: dict[str, Any] = {"week": "Semaine", "hours": [("Mo-Fr 10:00-12:00", 30)]}
    foreseen = make.do(weeks.set_week, preview=True, **changes)
    assert (journaled(make), make.rows("SELECT count(*) FROM notice")) == before
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.BOOKED
    assert make.do(weeks.set_week, **changes) == foreseen
    assert foreseen.to_reschedule == 1


def test_i1_a_preview_takes_the_same_right_as_the_change(make: Make) -> None:
    lea = make.agent("lea", (Right.APPOINTMENTS,))
    with pytest.raises(NotAllowed):
        make.do(add_service, by=lea, preview=True, label="A")


def test_the_clock_is_read_once_a_use_case(make: Make, register: Register) -> None:
    hours = iter(range(24))
    make.office.clock = lambda: FrozenClock().now + timedelta(hours=next(hours))

    def writes_twice(work: Work) -> None:
        for label in ("a", "b"):
            add(work, label)

    make.do(register(writes_twice))
    assert next(hours) == 1, "a first reading, and no other"
    ((first,), (second,)) = make.rows("SELECT at FROM journal_entry ORDER BY id DESC LIMIT 2")
    assert first == second


def test_a_read_keeps_nothing_even_if_it_tries(make: Make, register: Register, database: Database) -> None:
    refused = nullcontext() if database.is_sqlite else pytest.raises(Broken, match="read-only")
    with refused:
        make.do(register(add, writes=False), label="sneaky")
    assert services(make) == []


def test_what_the_database_refuses_is_a_conflict(make: Make, register: Register) -> None:
    def twice(work: Work) -> None:
        add(work, "same")
        add(work, "same")

    with pytest.raises(Conflict) as told:
        make.do(register(twice))
    assert (told.value.error, told.value.rule) == ("changed_meanwhile", None)
    assert services(make) == []


def test_s5_a_seat_that_the_database_refuses_is_a_slot_taken(make: Make, register: Register) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    slot = make.slot("Guichet 1", "2017-04-06T09:00")

    def grab(work: Work, *, late: int) -> None:
        moment = {"starts_at": slot.starts_at + timedelta(minutes=late), "ends_at": slot.ends_at}
        work.session.add(Claim(counter_id=slot.counter_id, seat=1, status=ClaimStatus.RESERVED, **moment))

    for late in (0, 10):  # the very key, and an overlap
        with pytest.raises(Conflict) as told:
            make.do(register(grab), late=late)
        assert (told.value.error, told.value.rule) == ("slot_taken", "S5")


def test_two_that_wait_for_each_other_both_pass_in_the_end(databases: Databases, register: Register) -> None:
    """A real deadlock: the database ends one of the two, and the Office tries again."""
    with databases.fresh("postgresql") as database:
        office = office_on(database, FrozenClock())
        make = Make(office)
        for label in ("a", "b"):
            make.do(add_service, label=label)
        pauses: list[float] = []
        office.pause = pauses.append
        both_hold_one = threading.Barrier(2)

        def cross(work: Work, *, one: str, other: str, tries: list[int]) -> None:
            tries.append(1)
            for key in (one, other):
                work.session.execute(text("UPDATE service SET label = label || '+' WHERE key = :key"), {"key": key})
                if key == one and len(tries) == 1:
                    both_hold_one.wait(10)

        register(cross)
        tries: list[list[int]] = [[], []]
        threads = [
            threading.Thread(target=make.do, args=[cross], kwargs={"one": one, "other": other, "tries": own})
            for one, other, own in (("a", "b", tries[0]), ("b", "a", tries[1]))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert services(make) == ["a++", "b++"], "each passed once"
        assert sorted(map(len, tries)) == [1, 2]
        assert len(pauses) == 1


@pytest.mark.parametrize("times", [1, ATTEMPTS - 1, ATTEMPTS])
def test_a_serialization_failure_is_tried_again_a_few_times(
    databases: Databases, register: Register, times: int
) -> None:
    with databases.fresh("postgresql") as database:
        office = office_on(database, FrozenClock())
        make = Make(office)
        pauses: list[float] = []
        office.pause = pauses.append
        tries: list[int] = []

        def unlucky(work: Work) -> str:
            tries.append(1)
            add(work, "lucky")
            if len(tries) <= times:
                work.session.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"))
            return "done"

        register(unlucky)
        if times < ATTEMPTS:
            assert make.do(unlucky) == "done"
            assert services(make) == ["lucky"], "once, not once a try"
            assert make.rows("SELECT count(*) FROM journal_entry WHERE action = 'service.add'") == [(1,)]
        else:
            with pytest.raises(Broken):
                make.do(unlucky)
            assert services(make) == []
        assert len(tries) == min(times + 1, ATTEMPTS)
        assert all(0 <= pause < 1 for pause in pauses)


def test_an_error_of_the_database_that_is_nobodys_fault_is_broken_and_not_tried_again(
    make: Make, register: Register
) -> None:
    tries: list[int] = []

    def wrong(work: Work) -> None:
        tries.append(1)
        work.session.execute(text("SELECT 1 FROM nowhere"))

    with pytest.raises(Broken) as told:
        make.do(register(wrong))
    assert len(tries) == 1
    assert "nowhere" in str(told.value.facts["problem"])
    assert told.value.__cause__ is not None
    if make.office.database.is_sqlite:
        assert isinstance(told.value.__cause__, OperationalError)


def test_what_a_use_case_returns_outlives_its_transaction(make: Make, office: Office) -> None:
    """Rows do not leave their transaction (decision 4): a view needs no database."""
    make.town()
    card = make.book("Guichet 1", "2017-04-06T09:00")
    found = make.do(slots.list_slots, first="2017-04-06", days=1)
    office.database.close()
    assert card.partner.name == "BOIS Jules"
    assert [slot.partners for slot in found if slot.partners] == [("BOIS Jules",)]
    with pytest.raises(AttributeError):
        card.comment = "changed"  # type: ignore[misc]
    assert make.do(appointments.show_appointment, appointment=card.id).card == card


def test_an_office_opens_what_the_settings_name(databases: Databases) -> None:
    with databases.fresh("sqlite") as database:
        frozen = Settings.model_construct(
            database=database.label, agent="lea", now=FrozenClock().now, mail_url="file:x"
        )
        office = Office.open(frozen)
        assert office.me == Actor.agent("lea")
        assert office.clock() == FrozenClock().now
        assert office.run(agents.add_first_agent, Actor.job("init"), login="lea") is not None
        office.database.close()


def test_every_use_case_is_known_by_its_module_and_name_and_takes_a_right() -> None:
    names = [case.name for case in REGISTRY.values()]
    assert len(set(names)) == len(names)
    for function, case in REGISTRY.items():
        assert case.name == function.__module__.rpartition(".")[2] + "." + function.__name__
        assert bool(case.rights) == (case.audience is Audience.AGENTS)
        assert function.__doc__
