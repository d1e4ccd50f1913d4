"""What sends the messages: rounds of reminders made due and of messages claimed, sent and recorded, one by one (N3).

Nothing is sent inside a transaction. A worker that serves and finds no database to record what it has sent waits for
it. One that is killed between sending and recording leaves a claim that runs out: the message then leaves once more,
under the same Message-ID.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rdv import logs, wording
from rdv.engine import outbox, reminders, retention
from rdv.engine.cards import in_batches
from rdv.engine.delivery import deliver
from rdv.engine.message_views import Letter, Round
from rdv.engine.office import Office
from rdv.engine.retention import Old, Retained
from rdv.store.watch import Watch
from rdv.terms import Actor, Broken, NoticeStatus, RdvError

JOB = Actor.job("worker")
LOOKS = 10
"""Seconds after which an outbox that had nothing to send is looked at again, though nobody changed anything."""

TROUBLE = 30.0
"""Seconds before a database that could not serve is tried again."""

REMIND = timedelta(minutes=1)
"""How often appointments are looked through for reminders, those whose time has come since the last look."""

LOOK_AT_ALL = timedelta(minutes=10)
"""How often all of the next days are: a partner may have been given an address, or a type a delay, after its time."""

LONGEST_PROBLEM = 500

REST = 0.05
"""Seconds between two steps of erasing, in which others write."""

Stopped = Callable[[], bool]
Wait = Callable[[float], object]
Progress = Callable[[int, int], None]
Record = Callable[[Callable[[], Any]], Any]


def own_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def send_due(office: Office, *, worker: str, stopped: Stopped, progress: Progress | None = None) -> Round:
    """Makes the reminders whose time has come, and sends all that is due, until there is no more or it is stopped.

    Then, once a day, what is old is erased (D1).
    """
    done = Round(reminders=remind(office, stopped=stopped))
    total = office.run(outbox.outbox_state, JOB).due if progress else 0
    while not stopped() and (letter := office.run(outbox.claim_next, JOB, worker=worker)) is not None:
        done = _counted(done, send_one(office, letter, worker=worker, record=lambda attempt: attempt()))
        if progress:
            tried = done.sent + done.failed + done.parked
            progress(tried, max(tried, total))
    erase_if_due(office, stopped=stopped)
    return done


def remind(office: Office, *, stopped: Stopped, since: datetime | None = None) -> int:
    """Make the reminders whose time has come, since a moment if one is given, and return how many.

    The look for them reads alone; they are written in batches, between which others write.
    """
    due = office.run(reminders.due_reminders, JOB, since=since)
    made = 0
    for some in in_batches(due, reminders.MOST_AT_ONCE):
        if stopped():
            break
        made += office.run(reminders.make_reminders, JOB, due=some)
    return made


def erase_old(office: Office, actor: Actor, *, stopped: Stopped, keep: bool = True) -> Retained:
    """Erase what is older than the settings allow, step by step, until there is no more or it is stopped (D1).

    Without `keep` it is only counted.
    """
    run = office.run if keep else office.preview
    done, old = Retained(), Old(is_no_more=False)
    while not old.is_no_more:
        old = office.run(retention.find_old, actor, after=done.after)
        steps: list[dict[str, Any]] = [{"files": some} for some in in_batches(old.files, retention.FILES_A_STEP)]
        steps += [{"letters": some} for some in in_batches(old.letters, retention.LETTERS_A_STEP)]
        steps += [{"is_last": True}] if old.is_no_more else []
        for step in steps:
            if stopped():
                return done
            if keep and "files" in step:
                office.pause(REST)
            done = run(retention.retain, actor, so_far=done, **step)
    return done


def erase_if_due(office: Office, *, stopped: Stopped) -> None:
    """Erases what is old, once a day, whoever of the workers comes first (D1)."""
    if stopped() or not office.run(retention.retention_is_due, JOB):
        return
    done = erase_old(office, JOB, stopped=stopped)
    counts = {name: getattr(done, name) for name in ("files", "appointments", "messages")}
    if any(counts.values()):
        logs.event(logging.INFO, "erased", **counts)


def serve(office: Office, *, worker: str, stopped: Stopped, wait: Wait) -> None:
    """Sends what is due as it comes, until it is stopped; a database that cannot serve is waited for with `wait`."""
    logs.event(logging.INFO, "started", worker=worker)
    watch = office.watch()
    looked = looked_at_all = office.clock() - LOOK_AT_ALL
    record = partial(_surely, worker=worker, stopped=stopped, wait=wait)
    while not stopped():
        try:
            if (now := office.clock()) - looked >= REMIND:
                all_of_them = now - looked_at_all >= LOOK_AT_ALL
                remind(office, stopped=stopped, since=None if all_of_them else looked)
                looked, looked_at_all = now, now if all_of_them else looked_at_all
                erase_if_due(office, stopped=stopped)
            letter = office.run(outbox.claim_next, JOB, worker=worker)
            if letter is not None:
                send_one(office, letter, worker=worker, record=record)
            else:
                _rest(watch, stopped)
        except Broken as problem:
            _trouble(problem, worker, wait)
    watch.close()
    logs.event(logging.INFO, "stopped", worker=worker)


def _rest(watch: Watch, stopped: Stopped) -> None:
    """Until somebody changes something, a message may have become due, or it is stopped; the latter within a second."""
    for _second in range(LOOKS):
        if stopped() or watch.changed(1):
            return


def _trouble(problem: Broken, worker: str, wait: Wait) -> None:
    logs.event(logging.ERROR, "database", worker=worker, error=problem.error)
    wait(TROUBLE)


def _surely(attempt: Callable[[], Any], *, worker: str, stopped: Stopped, wait: Wait) -> Any:
    """Records what came of a message once the database can serve: forgotten, the message would leave once more.

    Raises Broken when it is stopped before.
    """
    while True:
        try:
            return attempt()
        except Broken as problem:
            if stopped():
                raise
            _trouble(problem, worker, wait)


def send_one(office: Office, letter: Letter, *, worker: str, record: Record) -> NoticeStatus | None:
    """Sends a claimed message and has `record` run what notes what came of it.

    Returns its status, None where another worker has it by now.
    """
    told = {"worker": worker, "notice": letter.id, "kind": letter.kind, "channel": letter.channel}
    try:
        deliver(office.settings, letter, now=office.clock())
    except RdvError as problem:
        said = wording.sentence(problem)[:LONGEST_PROBLEM]
        failed = partial(office.run, outbox.record_failed, JOB, notice=letter.id, worker=worker, problem=said)
        status: NoticeStatus | None = record(failed)
        level = logging.ERROR if status is NoticeStatus.PARKED else logging.WARNING
        name = "parked" if status is NoticeStatus.PARKED else "failed"
        logs.event(level, name, **told, attempt=letter.attempt, error=problem.error)
        return status
    record(partial(office.run, outbox.record_sent, JOB, notice=letter.id))
    logs.event(logging.INFO, "sent", **told, attempt=letter.attempt)
    return NoticeStatus.SENT


def _counted(done: Round, status: NoticeStatus | None) -> Round:
    match status:
        case NoticeStatus.SENT:
            return replace(done, sent=done.sent + 1)
        case NoticeStatus.WAITING:
            return replace(done, failed=done.failed + 1)
        case NoticeStatus.PARKED:
            return replace(done, parked=done.parked + 1)
    return done
