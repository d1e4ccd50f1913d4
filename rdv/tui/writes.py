"""The writes of an agent: one after the other in the order of the keys, never cancelled, and taken back by `u`."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rdv.engine.booking.appointments import show_appointment
from rdv.engine.booking.journal import read_journal
from rdv.engine.office import Office
from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n.wording import say as _
from rdv.terms import Actor, Broken, RdvError, Refused
from rdv.tui.flows import PERMANENT

UNDOABLE = 20
"""How many actions back can be taken back."""

GIVE_UP_SECONDS = 30.0
"""How long a write waits for a database that does not answer. It is given up then, and told: a later one would
surprise."""

PAUSE_SECONDS = 0.5
"""The time between two tries at a database that does not answer."""

CHANGES = 50
"""How many changes of one appointment are looked at before it is taken back."""


@dataclass(frozen=True, slots=True)
class Call:
    """A use case with its arguments."""

    function: Callable[..., Any]
    given: dict[str, Any]


def call(function: Callable[..., Any], **given: Any) -> Call:
    """Return a use case with its arguments."""
    return Call(function, given)


@dataclass(eq=False, slots=True)
class Write:
    """A write: what it calls, what it did in words, and the calls that take it back.

    `said` may depend on the answer. `back` gets the answer, and the appointments of `about` as they were before: only
    when the write is made is it known what the writes before it did. Without calls that take it back, the write is a
    barrier: `u` neither takes it back nor anything before it. `then` is a second call, made from the answer.
    """

    does: Call
    said: str | Callable[[Any], str]
    back: Callable[[Any, list[AppointmentCard]], Sequence[Call]] | None = None
    about: Sequence[int] = ()
    then: Callable[[Any], Call] | None = None
    answer: Any = None
    before: list[AppointmentCard] = field(default_factory=list)
    is_done: bool = False
    complaint: RdvError | None = None
    """Why the second call failed; the first one stays."""
    appointments: tuple[int, ...] = ()
    last_entry: int = 0
    """The last line of the journal that it wrote about its appointments."""

    @property
    def words(self) -> str:
        """What it did."""
        return self.said if isinstance(self.said, str) else self.said(self.answer) if self.is_done else "…"

    def way_back(self) -> Sequence[Call]:
        """Return the calls that take it back; none for a barrier."""
        return self.back(self.answer, self.before) if self.back is not None and self.is_done else ()


class Witness(Protocol):
    """Who tells the agent what became of the writes."""

    def said(self, text: str) -> None:
        """Say what was done."""

    def failed(self, what: str, error: RdvError) -> None:
        """Say what was not done, and why."""

    def waiting(self, error: Broken | None, writes: int = 0) -> None:
        """Say that the database does not answer, and how many writes wait; None: that it does."""

    def written(self) -> None:
        """Show what was written."""


@dataclass
class Writes:
    """The queue of writes, and the stack of those that `u` takes back."""

    office: Office
    actor: Actor
    witness: Witness | None = None
    stack: list[Write] = field(default_factory=list)
    _queue: deque[Callable[[], Any]] = field(default_factory=deque)
    _runner: asyncio.Task[None] | None = None
    _told: list[str] = field(default_factory=list)

    # what pages and flows call

    def put(self, write: Write) -> None:
        """Queue a write and return at once. It waits for a database that does not answer; a failure is told."""
        self._push(write)

        def failed(error: RdvError) -> None:
            self._drop(write)
            self._fail(_("Not saved: {what}", what=write.words), error)

        self._enqueue(lambda: self._unattended(lambda: self._write(write), failed))

    async def make(self, write: Write) -> Any:
        """Make a write behind those that wait, and return its answer. Raise what it raises."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def attended() -> None:
            try:
                await self._write(write)
            except Exception as error:  # noqa: BLE001 - the caller gets it
                self._drop(write)
                if not answer.cancelled():
                    answer.set_exception(error)
            else:
                if not answer.cancelled():
                    answer.set_result(write.answer)

        self._push(write)
        self._enqueue(attended)
        return await answer

    def undo(self) -> None:
        """Take back the write before this key, or say why that is not possible.

        It is known when its turn comes: a write before it may still be on its way, fail, or change nothing.
        """
        self._enqueue(lambda: self._unattended(self._take_back, self._not_undone))

    @property
    def is_busy(self) -> bool:
        """Return True if a write is on its way."""
        return self._runner is not None and not self._runner.done()

    async def finish(self) -> None:
        """Wait until no write is on its way."""
        while self._runner is not None and not self._runner.done():
            await asyncio.shield(self._runner)

    # the queue

    def _push(self, write: Write) -> None:
        self.stack.append(write)
        del self.stack[:-UNDOABLE]

    def _enqueue(self, job: Callable[[], Any]) -> None:
        self._queue.append(job)
        if not self.is_busy:
            self._runner = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._queue:
            job = self._queue.popleft()
            await job()
            if not self._queue:
                self._tell()

    async def _unattended(self, job: Callable[[], Any], failed: Callable[[RdvError], None]) -> None:
        """Do a job that no flow waits for. Try again while the database does not answer."""
        clock = asyncio.get_running_loop().time
        started = clock()
        while True:
            try:
                await job()
            except RdvError as error:
                may_answer = isinstance(error, Broken) and error.error not in PERMANENT
                if isinstance(error, Broken) and may_answer and clock() - started < GIVE_UP_SECONDS:
                    self._wait(error)
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                failed(error)
            except Exception as problem:  # noqa: BLE001 - the last door: a sentence, and the next write goes on
                failed(RdvError("internal", problem=f"{type(problem).__name__}: {problem}"))
            self._wait(None)
            return

    # one write

    def _drop(self, write: Write) -> None:
        if write in self.stack:
            self.stack.remove(write)

    def _last(self) -> Write | None:
        """Return the last write that was made; those behind it wait for their turn."""
        return next((write for write in reversed(self.stack) if write.is_done), None)

    async def _write(self, write: Write) -> None:
        await asyncio.to_thread(self._call, write)
        if write.before and write.before == write.answer:
            self._drop(write)  # it changed nothing: there is nothing to take back
        self._told.append(write.words)
        if write.complaint is not None:
            self._fail(write.words, write.complaint)

    def _call(self, write: Write) -> None:
        """Make the calls of a write, and note where the journal stands: in a thread."""
        write.before = [
            self.office.run(show_appointment, self.actor, appointment=number).card for number in write.about
        ]
        write.answer = self.office.run(write.does.function, self.actor, **write.does.given)
        write.is_done = True
        try:
            if write.then is not None:
                second = write.then(write.answer)
                self.office.run(second.function, self.actor, **second.given)
            self._note(write)
        except RdvError as error:
            write.complaint = error

    def _note(self, write: Write) -> None:
        """Note where the journal stands: what others write behind it forbids to take the write back."""
        write.appointments = _appointments(write.answer)
        if write.back is not None and write.appointments:
            mine = self.office.run(read_journal, self.actor, actor=self.actor.name, subject="appointment", limit=1)
            write.last_entry = mine[0].id if mine else 0

    async def _take_back(self) -> None:
        last = self._last()
        if last is None:
            self._told.append(_("Nothing to undo."))
        elif not last.way_back():
            self._told.append(_("Nothing is undone: the last action, « {what} », has no undo.", what=last.words))
        else:
            await asyncio.to_thread(self._call_back, last)
            self._drop(last)
            told, following = _("Undone: {what}", what=last.words), self._last()
            if following is not None and following.way_back():
                told = _("{undone} · u again: {what}", undone=told, what=following.words)
            self._told.append(told)

    def _not_undone(self, error: RdvError) -> None:
        last = self._last()
        self._fail(_("Not undone: {what}", what=last.words if last else ""), error)

    def _call_back(self, write: Write) -> None:
        """Take a write back, unless somebody else changed one of its appointments since: in a thread."""
        for number in write.appointments:
            entries = self.office.run(read_journal, self.actor, subject="appointment", subject_id=number, limit=CHANGES)
            for entry in entries:
                if entry.id > write.last_entry and entry.actor != self.actor.name:
                    raise Refused("changed_since", agent=entry.actor)
        for one in write.way_back():
            self.office.run(one.function, self.actor, **one.given)

    # what is told

    def _tell(self) -> None:
        told, self._told = self._told, []
        if told and self.witness is not None:
            self.witness.written()
            self.witness.said(self._summed_up(told))

    def _summed_up(self, told: list[str]) -> str:
        """Say what several writes did in one toast, and what `u` takes back now."""
        text = told[-1] if len(told) == 1 else _("{count} actions, the last: {what}", count=len(told), what=told[-1])
        last = self._last()
        if last is None or last.words != told[-1]:
            return text
        return _("{what} · u undoes it", what=text) if last.way_back() else _("{what} · no undo", what=text)

    def _wait(self, error: Broken | None) -> None:
        if self.witness is not None:
            self.witness.waiting(error, len(self._queue) + 1 if error else 0)

    def _fail(self, what: str, error: RdvError) -> None:
        if self.witness is not None:
            self.witness.failed(what, error)


def _appointments(answer: Any) -> tuple[int, ...]:
    """Return the numbers of the appointments that a use case answers with."""
    cards = answer if isinstance(answer, list) else [answer]
    return tuple(card.id for card in cards if isinstance(card, AppointmentCard))
