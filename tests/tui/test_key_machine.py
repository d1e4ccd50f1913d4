"""A state machine presses keys in « Ce jour », in bursts, and says what the journal must hold."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rdv.engine.booking import appointments
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.town.apply import apply_town
from rdv.terms import AppointmentList, Right
from rdv.tui.app import RdvApp
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases
from tests.towns import declared, example
from tests.tui.conftest import SMALL, USUAL, Hand, at
from tests.tui.keyboard import DOWN, TOP, UP, feed, journal

OUTCOMES = {"e": "done", "n": "no_show"}


@pytest.fixture
def evening(databases: Databases) -> Iterator[Office]:
    """Five o'clock on 4 April: five appointments have begun, none has an outcome."""
    clock = FrozenClock()
    with databases.fresh("sqlite") as database:
        office = office_on(database, clock)
        office.run(apply_town, office.me, town=declared(example("mairie")))
        office.run(agents.set_agent, office.me, agent="root", services=["Action sociale"], rights=tuple(Right))
        office.settings = office.settings.model_copy(update={"sign_in": "system", "zone": "Europe/Paris"})
        clock.set("2017-04-04T13:30")
        for start in ("14:00", "14:30", "15:00", "16:00"):
            given = {"counter": "Guichet 1", "start": at(f"2017-04-04T{start}"), "partner": f"Personne {start}"}
            office.run(appointments.assign, office.me, **given)
        clock.set("2017-04-04T17:00")
        database.close()
        yield office


@pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])
def test_bursts_of_keys_write_what_a_careful_clerk_would(
    databases: Databases, evening: Office, speaks_french: None, size: tuple[int, int]
) -> None:
    class Clerk(RuleBasedStateMachine):
        """What the keys must do: a cursor, the outcomes, and the stack that `u` takes back."""

        def __init__(self) -> None:
            super().__init__()
            self.closing = ExitStack()
            self.loop = self.closing.enter_context(asyncio.Runner())
            database = self.closing.enter_context(databases.fresh("sqlite", like=evening.database))
            self.town = Office(database, evening.clock, evening.settings)
            app = RdvApp(self.town.settings, office=self.town, first="today")
            self.screens = app.run_test(size=size)
            self.hand = Hand(app, self.loop.run(self.screens.__aenter__()))
            self.loop.run(self.hand.until(lambda: bool(app.opened)))
            self.loop.run(feed(self.hand, TOP))
            day = at("2017-04-04")
            cards = self.town.run(
                appointments.list_appointments, self.town.me, view=AppointmentList.ALL, first=day, last=day
            )
            self.rows = [card.id for card in cards]
            self.row = 0
            self.outcome = dict.fromkeys(self.rows, "planned")
            self.arrived: set[int] = set()
            self.stack: list[tuple[str, int, str]] = []
            self.before = len(journal(self.town))
            self.wanted: list[tuple[str, int]] = []

        @rule(keys=st.lists(st.sampled_from(["e", "n", "h", "u", UP, DOWN, DOWN]), min_size=1, max_size=8))
        def burst(self, keys: list[str]) -> None:
            """Press some keys in one read."""
            self.loop.run(feed(self.hand, "".join(key for key in keys if self.press(key))))

        def press(self, key: str) -> bool:
            """Note what a key does; False for one that the rules refuse, which is not pressed."""
            number = self.rows[self.row]
            if key == UP:
                self.row = max(0, self.row - 1)
            elif key == DOWN:
                self.row = min(len(self.rows) - 1, self.row + 1)
            elif key == "u":
                self.take_back()
            elif key == "h":
                if self.outcome[number] != "planned":
                    return False
                if number not in self.arrived:
                    self.arrived.add(number)
                    self.write("arrived", number)
                    self.stack.append(("arrived", number, ""))
            elif self.outcome[number] != OUTCOMES[key]:
                self.stack.append(("outcome", number, self.outcome[number]))
                self.outcome[number] = OUTCOMES[key]
                self.write(OUTCOMES[key], number)
            return True

        def take_back(self) -> None:
            if not self.stack:
                return
            kind, number, before = self.stack.pop()
            if kind == "arrived":
                self.arrived.remove(number)
                self.write("not_arrived", number)
            else:
                self.outcome[number] = before
                self.write("reopen" if before == "planned" else before, number)

        def write(self, verb: str, number: int) -> None:
            self.wanted.append((f"appointment.{verb}", number))

        @invariant()
        def the_journal_holds_what_was_pressed(self) -> None:
            lines: list[Any] = journal(self.town)[self.before :]
            assert [(action, number) for action, _subject, number, _facts in lines] == self.wanted

        def teardown(self) -> None:
            self.loop.run(self.screens.__aexit__(None, None, None))
            self.closing.close()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Clerk,
        settings=settings(
            max_examples=5, stateful_step_count=6, suppress_health_check=[*HealthCheck], deadline=None, database=None
        ),
    )
