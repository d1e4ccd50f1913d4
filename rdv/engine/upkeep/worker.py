"""The worker: it makes reminders, then claims, sends and records messages one by one (N3).

Nothing is sent inside a transaction. A serving worker that cannot record a sent message waits for the database. A
worker killed between sending and recording leaves a claim that expires: the message is sent again under the same
Message-ID.
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

from rdv import logs
from rdv.engine.messages import email, outbox, reminders, sms
from rdv.engine.messages.rendering import render_message
from rdv.engine.office import Office
from rdv.engine.upkeep import retention
from rdv.engine.upkeep.retention import Old, Retained
from rdv.engine.views.messages import OutgoingMessage, Round
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.store.bulk import in_batches
from rdv.store.change_feed import Watch
from rdv.terms import Actor, Broken, Channel, MessageStatus, RdvError

JOB = Actor.job("worker")
LOOKS = 10
"""Seconds after which an empty outbox is looked at again without a change."""

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
    """Return a name that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def send_due(office: Office, *, worker: str, stopped: Stopped, progress: Progress | None = None) -> Round:
    """Make due reminders, and send all due messages, until none is left or the worker stops.

    Then erase old data, once a day (D1).
    """
    done = Round(reminders=remind(office, stopped=stopped))
    total = office.run(outbox.outbox_state, JOB).due if progress else 0
    while not stopped() and (message := office.run(outbox.claim_next, JOB, worker=worker)) is not None:
        done = _counted(done, send_one(office, message, worker=worker, record=lambda attempt: attempt()))
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
    """Erase what is older than the settings allow, step by step, until nothing is left or the worker stops (D1).

    Without `keep`, only count it.
    """
    run = office.run if keep else office.preview
    done, old = Retained(), Old(is_no_more=False)
    while not old.is_no_more:
        old = office.run(retention.find_old, actor, after=done.after)
        steps: list[dict[str, Any]] = [{"files": some} for some in in_batches(old.files, retention.FILES_A_STEP)]
        steps += [{"letters": some} for some in in_batches(old.letters, retention.MESSAGES_A_STEP)]
        steps += [{"is_last": True}] if old.is_no_more else []
        for step in steps:
            if stopped():
                return done
            if keep and "files" in step:
                office.pause(REST)
            done = run(retention.retain, actor, so_far=done, **step)
    return done


def erase_if_due(office: Office, *, stopped: Stopped) -> None:
    """Erase old data once a day, by whichever worker comes first (D1)."""
    if stopped() or not office.run(retention.retention_is_due, JOB):
        return
    done = erase_old(office, JOB, stopped=stopped)
    counts = {name: getattr(done, name) for name in ("files", "appointments", "messages")}
    if any(counts.values()):
        logs.event(logging.INFO, "erased", **counts)


def serve(office: Office, *, worker: str, stopped: Stopped, wait: Wait) -> None:
    """Send what is due as it comes, until it is stopped; a database that cannot serve is waited for with `wait`."""
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
            message = office.run(outbox.claim_next, JOB, worker=worker)
            if message is not None:
                send_one(office, message, worker=worker, record=record)
            else:
                _rest(watch, stopped)
        except Broken as problem:
            _trouble(problem, worker, wait)
    watch.close()
    logs.event(logging.INFO, "stopped", worker=worker)


def _rest(watch: Watch, stopped: Stopped) -> None:
    """Wait until a change, a due message, or a stop, which is noticed within a second."""
    for _second in range(LOOKS):
        if stopped() or watch.changed(1):
            return


def _trouble(problem: Broken, worker: str, wait: Wait) -> None:
    logs.event(logging.ERROR, "database", worker=worker, error=problem.error)
    wait(TROUBLE)


def _surely(attempt: Callable[[], Any], *, worker: str, stopped: Stopped, wait: Wait) -> Any:
    """Record the result of a message once the database can serve, because without it the message would be sent again.

    Raises Broken if the worker is stopped before.
    """
    while True:
        try:
            return attempt()
        except Broken as problem:
            if stopped():
                raise
            _trouble(problem, worker, wait)


def send_one(office: Office, message: OutgoingMessage, *, worker: str, record: Record) -> MessageStatus | None:
    """Send a claimed message and have `record` run what notes what came of it.

    Returns its status, None where another worker has it by now.
    """
    log_facts = {"worker": worker, "notice": message.id, "kind": message.kind, "channel": message.channel}
    try:
        deliver(office.settings, message, now=office.clock())
    except RdvError as problem:
        said = wording.sentence(problem)[:LONGEST_PROBLEM]
        failed = partial(office.run, outbox.record_failed, JOB, message=message.id, worker=worker, problem=said)
        status: MessageStatus | None = record(failed)
        level = logging.ERROR if status is MessageStatus.PARKED else logging.WARNING
        name = "parked" if status is MessageStatus.PARKED else "failed"
        logs.event(level, name, **log_facts, attempt=message.attempt, error=problem.error)
        return status
    record(partial(office.run, outbox.record_sent, JOB, message=message.id))
    logs.event(logging.INFO, "sent", **log_facts, attempt=message.attempt)
    return MessageStatus.SENT


def _counted(done: Round, status: MessageStatus | None) -> Round:
    match status:
        case MessageStatus.SENT:
            return replace(done, sent=done.sent + 1)
        case MessageStatus.WAITING:
            return replace(done, failed=done.failed + 1)
        case MessageStatus.PARKED:
            return replace(done, parked=done.parked + 1)
    return done


def deliver(settings: Settings, message: OutgoingMessage, *, now: datetime) -> None:
    """Send a message by its channel; raise RdvError if it could not leave."""
    rendered = render_message(settings, message, now=now)
    name = f"{message.made_at:%Y%m%dT%H%M%S}-{message.id:06}-{message.kind}"  # the same at each attempt
    if message.channel is Channel.EMAIL:
        mail = email.build(message, rendered, sender=settings.sender, now=now)
        email.send_mail(settings.mail_url, mail, name=name)
    elif settings.sms_url is None:
        raise RdvError("sms_url")
    else:
        sms.send_sms(settings.sms_url, message.to, rendered.text, name=name)
