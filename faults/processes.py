"""Processes that may be killed: each opens its office, sends requests, and notes the answers."""

import fcntl
import logging
import os
import random
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from faults.notebook import DONE, Notebook
from faults.stage import Stage
from faults.town import Town
from rdv import logs
from rdv.engine.messages import outbox
from rdv.engine.office import Office
from rdv.engine.upkeep import worker
from rdv.store.session import Database
from rdv.terms import Actor, RdvError

SETTLED = (outbox.record_sent, outbox.record_failed)
LONGEST_PAUSE = 0.03
"""Seconds between two requests, because a SQLite writer that never pauses starves the others."""

Told = Callable[[Any], dict[str, Any]]


class Hand:
    """A process at work: its office, its random generator, its notebook."""

    def __init__(self, town: Town, name: str, incarnation: int, seed: str) -> None:
        self.town = town
        self.name = name
        self.stage = Stage(Path(town.stage))
        self.chance = random.Random(f"{seed} {name} {incarnation}")
        self.notebook = Notebook(Path(town.told) / f"{name}.{incarnation}.jsonl")
        self.office = Office(Database(town.url), self.stage.clock, town.settings(name))
        self.born_of = parent_process()

    @property
    def is_over(self) -> bool:
        """Return True if the round has ended or the parent process is gone."""
        return self.stage.is_over or (self.born_of is not None and not self.born_of.is_alive())

    def pause(self, seconds: float = LONGEST_PAUSE) -> None:
        """Wait for a moment."""
        time.sleep(self.chance.uniform(0, seconds))

    def read(self, function: Callable[..., Any], actor: Actor, **given: Any) -> Any:
        """Return the result of a read, or None if it is refused or the database does not answer."""
        try:
            return self.office.run(function, actor, **given)
        except RdvError:
            return None
        except Exception as problem:  # noqa: BLE001 - whatever reaches a person is what this is about
            self.notebook.answered(self.notebook.intend("reading", by=actor.name), "Crash", error=repr(problem))
            return None

    def ask(
        self, function: Callable[..., Any], actor: Actor, given: dict[str, Any], told: Told | None = None, **more: Any
    ) -> Any:
        """Run a use case and note it before and after. The notes hold `given` and the result as `told` writes it."""
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        number = self.notebook.intend(name, by=actor.name, **given)
        try:
            found = self.office.run(function, actor, **more)
        except RdvError as problem:
            self.notebook.answered(number, type(problem).__name__, error=problem.error)
            return None
        except Exception as problem:  # noqa: BLE001 - as above
            self.notebook.answered(number, "Crash", error=repr(problem))
            return None
        self.notebook.answered(number, DONE, **(told(found) if told else {}))
        return found


class Desk(Office):
    """The office of a worker: it notes what the worker claims, sends and records, and the clock stands still in
    between.

    A lease that expires while its worker is alive is no fault of rdv. A worker with a message keeps the gate closed,
    and the conductor only moves the clock while the gate is open.
    """

    def attend(self, hand: Hand) -> None:
        """Write notes to the notebook of this process from here on."""
        self.hand = hand
        self.gate = os.open(hand.town.gate, os.O_RDWR)

    def run(self, function: Callable[..., Any], actor: Actor, /, *args: Any, **kwargs: Any) -> Any:
        """Run a use case like any office, with a note before and after."""
        if function is outbox.claim_next:
            self._enter()
        notebook = self.hand.notebook
        number = notebook.intend(function.__name__, by=actor.name, notice=kwargs.get("message"))
        try:
            found = super().run(function, actor, *args, **kwargs)
        except RdvError as problem:
            notebook.answered(number, type(problem).__name__, error=problem.error)
            if function is outbox.claim_next:
                self._leave()
            raise
        claimed = function is outbox.claim_next and found is not None
        notebook.answered(number, DONE, **({"notice": found.id, "message": found.message_id} if claimed else {}))
        if function in SETTLED or (function is outbox.claim_next and found is None):
            self._leave()
        return found

    def _enter(self) -> None:
        while self.hand.stage.is_quiet and not self.hand.is_over:
            time.sleep(0.01)
        fcntl.flock(self.gate, fcntl.LOCK_SH)

    def _leave(self) -> None:
        fcntl.flock(self.gate, fcntl.LOCK_UN)


def send(town: Town, name: str, incarnation: int, seed: str, *, once: bool = False) -> None:
    """Run a worker as `rdv worker` or `rdv worker --once` does."""
    hand = Hand(town, name, incarnation, seed)
    desk = Desk(hand.office.database, hand.stage.clock, town.settings(name))
    desk.attend(hand)
    logging.getLogger(logs.NAME).disabled = True  # the notebook has more details
    worker.deliver = partial(_deliver, hand, worker.deliver)
    if once:
        worker.send_due(desk, worker=worker.own_name(), stopped=lambda: hand.is_over)
    else:
        wait = partial(hand.pause, 0.3)
        worker.serve(desk, worker=worker.own_name(), stopped=lambda: hand.is_over, wait=lambda _seconds: wait())
    hand.office.database.close()


def _deliver(hand: Hand, deliver: Callable[..., None], settings: Any, letter: Any, **more: Any) -> None:
    number = hand.notebook.intend("deliver", by="worker", notice=letter.id, message=letter.message_id)
    try:
        deliver(settings, letter, **more)
    except RdvError as problem:
        hand.notebook.answered(number, type(problem).__name__, error=problem.error)
        raise
    hand.notebook.answered(number, DONE)
