"""Processes that live dangerously: each opens its own office, asks, and notes what it is told, until it is killed."""

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

from faults.stage import Stage
from faults.told import DONE, Notebook
from faults.town import Town
from rdv import logs
from rdv.engine.messages import outbox
from rdv.engine.office import Office
from rdv.engine.upkeep import worker
from rdv.store.session import Database
from rdv.terms import Actor, RdvError

SETTLED = (outbox.record_sent, outbox.record_failed)
LONGEST_PAUSE = 0.03
"""Seconds between two requests: SQLite lets a writer who never pauses starve the others."""

Told = Callable[[Any], dict[str, Any]]


class Hand:
    """One process at work: its office, its chance, its notebook."""

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
        """Whether to end: told to, or left alone."""
        return self.stage.is_over or (self.born_of is not None and not self.born_of.is_alive())

    def pause(self, seconds: float = LONGEST_PAUSE) -> None:
        """Waits a little."""
        time.sleep(self.chance.uniform(0, seconds))

    def read(self, function: Callable[..., Any], actor: Actor, **given: Any) -> Any:
        """What a reading returns; None when it is refused, or nobody answers."""
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
        """Has a use case run, and notes it before and after; `given` and what `told` makes of the result are noted."""
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
    """The office of a worker: what it claims, sends and records is noted, and the clock stands still meanwhile.

    A lease that runs out while its worker is alive would be no fault of rdv: so a worker that has a message keeps the
    gate, and the conductor moves the clock when nobody does.
    """

    def attend(self, hand: Hand) -> None:
        """From now on, notes go to the notebook of this hand."""
        self.hand = hand
        self.gate = os.open(hand.town.gate, os.O_RDWR)

    def run(self, function: Callable[..., Any], actor: Actor, /, *args: Any, **kwargs: Any) -> Any:
        """As any office, with a note before and after."""
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
    """A worker, as `rdv worker` runs it, or as `rdv worker --once` does."""
    hand = Hand(town, name, incarnation, seed)
    desk = Desk(hand.office.database, hand.stage.clock, town.settings(name))
    desk.attend(hand)
    logging.getLogger(logs.NAME).disabled = True  # the notebook says more
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
