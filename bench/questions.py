"""Every list, count, search and job of the engine, as a town asks for it: what `growth` times and tests look through.

Each question is about the same things in every town (one counter, one place, one partner, the first hundred lines), so
its cost should not depend on how large or how old the town is.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bench.town import NOW, Town
from rdv.date_input import on
from rdv.engine.booking import appointments, counts, journal, partners, rescheduling, searches, slots, statistics
from rdv.engine.citizens import file_linking, holds, offer, own_appointments, throttle
from rdv.engine.exports import files
from rdv.engine.messages import history, outbox, reminders
from rdv.engine.office import Office
from rdv.engine.setup import counters, passwords
from rdv.engine.spreadsheets.formats import FileForm
from rdv.engine.upkeep import checks, personal_data, retention
from rdv.store.tables import Appointment, table
from rdv.terms import VISITOR, Actor, AppointmentList, Channel, Conflict, Grouping, MessageKind, MessageStatus

Question = Callable[[Office, Town], Any]

JOB = Actor.job("bench")
MOST = 100
"""How many lines of a list are asked for, as screens do."""

PERSON = "C000007"


def _listed(view: AppointmentList = AppointmentList.PLANNED, **filters: Any) -> Question:
    return lambda office, _town: office.run(
        appointments.list_appointments, office.me, view=view, **{"limit": MOST, **filters}
    )


def _run(function: Callable[..., Any], **given: Any) -> Question:
    return lambda office, _town: office.run(function, office.me, **given)


def _job(function: Callable[..., Any], **given: Any) -> Question:
    return lambda office, _town: office.run(function, JOB, **given)


def _public(function: Callable[..., Any], **given: Any) -> Question:
    return lambda office, _town: office.run(function, VISITOR, **given)


def _mine(function: Callable[..., Any], **given: Any) -> Question:
    return lambda office, _town: office.run(function, Actor.citizen(PERSON), **given)


def _of_day(function: Callable[..., Any], **given: Any) -> Question:
    def ask(office: Office, town: Town) -> Any:
        day = on(town.usual_monday)
        return office.run(function, office.me, first=day, last=day, **given)

    return ask


def _of_one(function: Callable[..., Any], *, mine: bool = False) -> Question:
    def ask(office: Office, _town: Town) -> Any:
        actor = Actor.citizen(PERSON) if mine else office.me
        return office.run(function, actor, appointment=an_appointment(office))

    return ask


def an_appointment(office: Office) -> int:
    """The number of one of the person's appointments."""
    a = table(Appointment).c
    with office.database.read() as session:
        found: int = session.execute(select(a.id).where(a.partner_id == int(PERSON[1:])).limit(1)).scalar_one()
    return found


def _plan(office: Office, _town: Town) -> Any:
    numbers = [card.id for card in _listed(limit=20, counters=["1"])(office, _town)]
    return office.run(rescheduling.plan_moves, office.me, appointments=numbers)


def _search(office: Office, _town: Town) -> Any:
    with suppress(Conflict):
        office.run(
            searches.save_search, office.me, name="Guichet 1", entry="appointments",
            filters={"counter": ["1"], "from": "today", "to": "today"},
        )  # fmt: skip
    return office.run(searches.run_search, office.me, search="Guichet 1")


def _keeping(office: Office) -> Office:
    """Return the office of a town that keeps personal data for six months."""
    return replace(office, settings=office.settings.model_copy(update={"retention_months": 6}))


def _a_step(office: Office, _town: Town) -> Any:
    """Erase what one step would, and undo it."""
    files = range(1, retention.FILES_A_STEP + 1)
    return _keeping(office).preview(retention.retain, JOB, so_far=retention.Retained(), files=list(files))


_NOTICES, _CARDS = history.list_messages, appointments.list_appointments
LONG_AGO = on(NOW.date() - timedelta(days=200))
_TODAY = {"first": on(NOW.date()), "last": on(NOW.date())}

QUESTIONS: dict[str, Question] = {
    "list: planned": _listed(),
    "list: planned at one counter": _listed(counters=["1"]),
    "list: planned at one place": _listed(places=["1"]),
    "list: planned of one type": _listed(types=["1"]),
    "list: planned of one service": _listed(services=["1"]),
    "list: of one day at one counter": _of_day(_CARDS, counters=["1"]),
    "list: of one day at one place": _of_day(_CARDS, places=["1"]),
    "list: to reschedule": _listed(AppointmentList.TO_RESCHEDULE),
    "list: past without status": _listed(AppointmentList.PAST_WITHOUT_STATUS),
    "list: every past one without outcome": _listed(AppointmentList.PAST_WITHOUT_STATUS, widen=True),
    "list: all": _listed(AppointmentList.ALL),
    "list: all at one counter": _listed(AppointmentList.ALL, counters=["1"]),
    "list: all at one place": _listed(AppointmentList.ALL, places=["1"]),
    "list: all of one partner": _listed(AppointmentList.ALL, partner=PERSON),
    "appointment with its history": _of_one(appointments.show_appointment),
    "count: lists": _run(counts.count_lists),
    "count: outbox": _job(outbox.outbox_state),
    "count: figures of one place": _run(statistics.count_figures, places=["1"], by=Grouping.DAY),
    "slots: week of one counter": lambda office, town: office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=7, counters=["1"]
    ),
    "slots: week of one place": lambda office, town: office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=7, places=["1"]
    ),
    "slots: next free of one type": _run(slots.next_free, type="1", count=20),
    "slots: next free of one place": _run(slots.next_free, type="1", places=["1"], count=20),
    "slots: nearest free": lambda office, town: office.run(
        slots.next_free, office.me, type="1", counters=["1"], count=3, near=on(town.usual_monday)
    ),
    "counters of one place": _run(counters.list_counters, places=["1"]),
    "portal: types": _public(offer.open_types),
    "portal: places": _public(offer.open_places, type=1),
    "portal: first free": _public(offer.first_free, type=1, count=5),
    "portal: week of one place": _public(offer.look, type=1, place=1),
    "portal: slots of one place": _public(offer.free_slots, type=1, place=1),
    "portal: own appointments": _mine(own_appointments.list_mine),
    "portal: one own appointment": _of_one(own_appointments.show_mine, mine=True),
    "portal: one own appointment as a calendar": _of_one(own_appointments.my_calendar, mine=True),
    "portal: own holds": _mine(holds.my_holds),
    "portal: may the file be looked for": _mine(file_linking.may_find_file),
    "messages: latest": _run(_NOTICES),
    "messages: waiting": _run(_NOTICES, statuses=[MessageStatus.WAITING]),
    "messages: parked": _run(_NOTICES, statuses=[MessageStatus.PARKED]),
    "messages: parked or waiting": _run(_NOTICES, statuses=[MessageStatus.PARKED, MessageStatus.WAITING]),
    "messages: of one kind": _run(_NOTICES, kinds=[MessageKind.REMINDER]),
    "messages: of one channel": _run(_NOTICES, channels=[Channel.EMAIL]),
    "messages: of one day": _run(_NOTICES, **_TODAY),
    "messages: of one partner": _run(_NOTICES, partner=PERSON),
    "messages: of one appointment": _of_one(_NOTICES),
    "journal: latest": _run(journal.read_journal),
    "journal: of one day": _run(journal.read_journal, **_TODAY),
    "journal: of one agent": _run(journal.read_journal, actor="bench"),
    "journal: of one action": _run(journal.read_journal, action="appointment.assign"),
    "journal: of one kind of thing": _run(journal.read_journal, subject="counter"),
    "journal: of one thing": _run(journal.read_journal, subject="partner", subject_id=7),
    "partners: first": _run(partners.find_partners),
    "partners: by code": _run(partners.find_partners, text=PERSON),
    "partner: file": _run(partners.show_partner, partner=PERSON),
    "partner: history": _run(partners.partner_history, partner=PERSON),
    "export: a day of one place": _of_day(files.export_appointments, form=FileForm.CSV, places=["1"]),
    "export: slots of one place": lambda office, town: office.run(
        files.export_slots, office.me, form=FileForm.CSV, first=town.usual_monday, days=7, places=["1"]
    ),
    "export: fifty partners": _run(files.export_partners, form=FileForm.CSV, limit=50),
    "search: a saved one": _search,
    "search: those saved": _run(searches.list_searches),
    "plan: twenty appointments": _plan,
    "job: reminders due since a minute ago": _job(reminders.due_reminders, since=NOW - timedelta(minutes=1)),
    "job: next message with nothing due": _job(outbox.claim_next, worker="bench"),
    "job: is retention due": lambda office, _town: _keeping(office).run(retention.retention_is_due, JOB),
    "job: one step of retention": _a_step,
    "job: signing in": lambda office, _town: office.preview(
        passwords.attempt, Actor.job("sign-in"), login="bench", password="bench"
    ),
    "job: a first try counted": lambda office, _town: office.preview(
        throttle.spend, VISITOR, what="api", address="192.0.2.1"
    ),
}
"""What every town is asked, by name."""

READS_EVERYTHING: dict[str, Question] = {
    "partner: all that is known": _run(personal_data.export_partner, partner=PERSON),
    "messages: of one day long ago": _run(_NOTICES, first=LONG_AGO, last=LONG_AGO),
    "job: all reminders of the next days": _job(reminders.due_reminders),
    "job: what retention finds": lambda office, _town: _keeping(office).run(retention.find_old, JOB),
    "partners: by part of a name": _run(partners.find_partners, text="zoe 77"),
    "partners: by part of a phone": _run(partners.find_partners, text="0777"),
    "messages: of a rare kind": _run(_NOTICES, kinds=[MessageKind.NEW_EMAIL]),
    "journal: of a rare action": _run(journal.read_journal, action="closure"),
    "journal: of a rare agent": _run(journal.read_journal, actor="nobody"),
    "job: check of the database": _run(checks.check_database),
}
"""What has to look through a whole table, or through all that is ahead, and so grows with it; shown apart."""
