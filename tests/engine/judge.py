"""The judge of each step of the state machine; `test_machine` defines the steps.

A refusal writes nothing. A write is journaled under its author. Only actors with the right change anything. A preview
keeps nothing and shows what then happens. Every partner who loses a slot gets a message.
"""

import json
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from rdv.engine.booking import appointments, slots
from rdv.engine.setup import agents, closures, counters, exceptions, places, types, weeks
from rdv.engine.views.appointments import Impact
from rdv.store.session import Database
from rdv.terms import Actor, Broken, Conflict, RdvError, Right
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases
from tests.engine.invariants import Picture, Row, broken, dump

BOOK, MANAGE, CONFIGURE = Right.APPOINTMENTS, Right.COUNTERS, Right.MODULE
UseCase = Callable[..., Any]

BOOKS: tuple[UseCase, ...] = (
    appointments.assign, appointments.move, appointments.cancel, appointments.mark_done, appointments.mark_no_show,
    appointments.mark_arrived, appointments.reopen, slots.suspend, slots.reserve,
)  # fmt: skip
MANAGES: tuple[UseCase, ...] = (
    counters.add_counter, counters.set_counter, counters.remove_counter, exceptions.add_exception,
    exceptions.set_exception, exceptions.remove_exception,
)  # fmt: skip
CONFIGURES: tuple[UseCase, ...] = (
    weeks.set_week, closures.add_closure, closures.set_closure, closures.remove_closure, places.set_place,
    types.set_type, agents.set_agent,
)  # fmt: skip
OF_A_TYPE = {*BOOKS, *MANAGES, slots.release}
"""Use cases that need a service of the type as well as the right (G2)."""

HOURS = {
    weeks.set_week, exceptions.add_exception, exceptions.set_exception, exceptions.remove_exception,
    closures.add_closure, closures.set_closure, closures.remove_closure, places.set_place,
}  # fmt: skip
"""Use cases that only change slots."""


class Judged(RuleBasedStateMachine):
    """A town on one kind of database, a copy of the one that was `built`; `tally` counts the results of the steps."""

    databases: ClassVar[Databases]
    kind: ClassVar[str]
    built: ClassVar[Database]
    tally: ClassVar[Tally[str]]

    @initialize()
    def found(self) -> None:
        self.closing = ExitStack()
        self.database = self.closing.enter_context(self.databases.fresh(self.kind, like=self.built))
        self.clock = FrozenClock(datetime(2017, 4, 5, 6, 30, tzinfo=UTC))
        self.office = office_on(self.database, self.clock)
        self.office.pause = lambda seconds: None
        self.rows = dump(self.database)

    def teardown(self) -> None:
        if hasattr(self, "closing"):
            self.closing.close()

    @property
    def picture(self) -> Picture:
        return Picture(self.rows, int(self.clock.now.timestamp()))

    @invariant()
    def nothing_is_broken(self) -> None:
        assert broken(self.picture) == []

    def attempt(self, function: UseCase, actor: Actor, **given: Any) -> object:
        """Run a use case and judge it. Return its result or its refusal."""
        before = self.picture
        outcome: object
        try:
            outcome = self.office.run(function, actor, **given)
        except RdvError as refusal:
            outcome = refusal
        self.rows = dump(self.database)
        after = self.picture
        wrote = after.standing != before.standing
        self.tally[f"{function.__name__}: {type(outcome).__name__ if isinstance(outcome, RdvError) else wrote}"] += 1
        if isinstance(outcome, RdvError):
            assert not isinstance(outcome, Broken), outcome
            assert after.rows == before.rows, "a refusal writes nothing"
        elif wrote:
            self.judge_journal(actor, before, after)
            self.judge_rights(function, actor, before, after)
            self.judge_displaced(function, before, after)
        return outcome

    def change(self, function: UseCase, actor: Actor, **given: Any) -> None:
        """Run a change that has a preview: the preview keeps nothing and shows what then happens (I1)."""
        foreseen: object
        try:
            foreseen = self.office.preview(function, actor, **given)
        except RdvError as refusal:
            foreseen = refusal
        assert dump(self.database) == self.rows, "a preview keeps nothing"
        outcome = self.attempt(function, actor, **given)
        assert not isinstance(outcome, Conflict) or outcome.error == "label_taken", "nobody else is here"
        if isinstance(foreseen, Impact):
            assert outcome == foreseen
        else:
            assert (type(outcome), str(outcome)) == (type(foreseen), str(foreseen))

    def judge_journal(self, actor: Actor, before: Picture, after: Picture) -> None:
        """Check that every write names its author, and that nothing is rewritten (G3)."""
        old, new = before.rows["journal_entry"], after.rows["journal_entry"]
        assert new[: len(old)] == old
        assert {(entry["actor"], entry["at"]) for entry in new[len(old) :]} == {(actor.name, after.now)}

    def judge_rights(self, function: UseCase, actor: Actor, before: Picture, after: Picture) -> None:
        """Check the actor's rights, as they were before (G1, G2)."""
        (agent,) = [row["id"] for row in before.rows["agent"] if row["login"] == actor.name and not row["removed"]]
        held = {row["held"] for row in before.rows["agent_right"] if row["agent_id"] == agent}
        member_of = {row["service_id"] for row in before.rows["agent_service"] if row["agent_id"] == agent}
        if function is slots.release:
            needed = {
                {"suspended": MANAGE, "reserved": BOOK}[claim["status"]]
                for claim in before.rows["claim"]
                if claim not in after.rows["claim"] and claim["status"] in ("suspended", "reserved")
            }
        else:
            needed = {MANAGE if function in MANAGES else CONFIGURE if function in CONFIGURES else BOOK}
        assert needed <= held
        if function in OF_A_TYPE:
            for type_id in touched_types(before, after):
                kept_to = {row["service_id"] for row in before.rows["type_service"] if row["type_id"] == type_id}
                assert not kept_to or kept_to & member_of

    def judge_displaced(self, function: UseCase, before: Picture, after: Picture) -> None:
        """Check that lost slots make appointments to reschedule, with an invitation, and that others stay (I2)."""
        expected, now = before.upcoming("planned"), after.by_id("appointment")
        displaced = {key for key in expected if now[key]["status"] == "to_reschedule"}
        if function in HOURS:
            for key, row in expected.items():
                assert (key in displaced) != after.has_slot(row["counter_id"], row["starts_at"], row["ends_at"])
                told_now = {"sequence": row["sequence"] + 1, "told_at": after.now} if key in displaced else {}
                assert now[key] == row | {"status": now[key]["status"]} | told_now
        people = after.by_id("partner")
        reachable = {
            key for key in displaced if any(people[now[key]["partner_id"]][known] for known in ("phone", "email"))
        }
        sent = after.rows["notice"][len(before.rows["notice"]) :]
        assert {key for row in sent if row["kind"] == "invitation" for key in told(row)} == reachable


def touched_types(before: Picture, after: Picture) -> set[int]:
    """Return the types whose counters, appointments and claims changed, without expired holds."""
    of_counter = {row["id"]: row["type_id"] for row in (*after.rows["counter"], *before.rows["counter"])}
    return {
        row["type_id"] if "type_id" in row else of_counter[row["counter_id"]]
        for name in ("counter", "appointment", "claim", "exception_period")
        for row in changed(before.rows[name], after.rows[name])
        if row.get("status") != "held"
    }


def changed(before: list[Row], after: list[Row]) -> Iterator[Row]:
    """Return the rows that differ before and after."""
    yield from (row for row in before if row not in after)
    yield from (row for row in after if row not in before)


def told(notice: Row) -> list[int]:
    """Return the appointments that a message names."""
    facts = notice["facts"]
    known: list[Row] = (json.loads(facts) if isinstance(facts, str) else facts)["appointments"]
    return [one["id"] for one in known]
