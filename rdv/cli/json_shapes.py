"""The JSON that `--json` prints: shapes that scripts rely on (docs/administrators.md). Times are ISO 8601 with an
offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from rdv.i18n import wording
from rdv.terms import RdvError

if TYPE_CHECKING:
    from rdv.engine.upkeep.retention import Retained
    from rdv.engine.views.appointments import AppointmentCard, AppointmentFile, HistoryView, Impact, PartnerFile
    from rdv.engine.views.messages import MessageCard
    from rdv.engine.views.partners import PartnerCard
    from rdv.engine.views.personal_data import PersonalData
    from rdv.engine.views.plans import Plan, Rescheduled, ReschedulePlan
    from rdv.engine.views.setup import WeekView
    from rdv.engine.views.slots import SlotView
    from rdv.engine.views.statistics import Figures, Statistics

Document = dict[str, Any]


def slot(view: SlotView) -> Document:
    """Return a slot: `status` is one of SlotStatus; `appointment_id` is null unless the slot is booked."""
    return {
        "counter": view.counter,
        "counter_id": view.counter_id,
        "type": view.type,
        "place": view.place,
        "starts_at": view.starts_at.isoformat(),
        "ends_at": view.ends_at.isoformat(),
        "status": str(view.status),
        "seats_free": view.seats_free,
        "appointment_id": view.appointment_id,
        "appointments": list(view.appointments),
        "partners": list(view.partners),
    }


def appointment(card: AppointmentCard) -> Document:
    """Return an appointment; `comment` is null for agents who may not read it (G2)."""
    return {
        "id": card.id,
        "type": card.type,
        "counter": card.counter,
        "counter_id": card.counter_id,
        "place": card.place,
        "partner": {"code": card.partner.code, "name": card.partner.name},
        "starts_at": card.starts_at.isoformat(),
        "ends_at": card.ends_at.isoformat(),
        "status": str(card.status),
        "taken_at": card.taken_at.isoformat(),
        "taken_by": card.taken_by,
        "comment": card.comment,
        "has_slot": card.has_slot,
        "arrived_at": card.arrived_at.isoformat() if card.arrived_at else None,
        "displaced_by": card.displaced_by,
    }


def appointment_file(file: AppointmentFile) -> Document:
    """Return an appointment with its history."""
    return appointment(file.card) | {"history": [history(line) for line in file.history]}


def partner(card: PartnerCard) -> Document:
    """Return a partner; `appointments` is the number of appointments."""
    return {
        "code": card.code,
        "name": card.name,
        "phone": card.phone,
        "email": card.email,
        "appointments": card.appointments,
        "language": card.language,
        "wants_email": card.wants_email,
        "wants_sms": card.wants_sms,
    }


def partner_file(file: PartnerFile) -> Document:
    """Return a partner's file: `appointments` lists them by type, latest first; `groups` counts them by type."""
    listed = [appointment(card) for group in file.groups for card in group.appointments]
    groups = [{"type": group.type, "count": group.count} for group in file.groups]
    return partner(file.card) | {"appointments": listed, "groups": groups}


def personal_data(view: PersonalData) -> Document:
    """Return all data about a person, as the right of access requires (RGPD, article 15)."""
    return {
        "made_at": view.made_at.isoformat(),
        "partner": partner(view.card),
        "merged": [partner(card) for card in view.merged],
        "appointments": [appointment_file(file) for file in view.appointments],
        "accounts": list(view.accounts),
        "messages": [row(message) for message in view.messages],
        "held": [start.isoformat() for start in view.held],
        "journal": [history(line) for line in view.journal],
    }


def impact(view: Impact) -> Document:
    """Return the appointments that a change affects (I1)."""
    return {
        "appointments": [appointment(card) for card in view.appointments],
        "to_reschedule": view.to_reschedule,
        "past_without_status": view.past_without_status,
        "holds_dropped": view.holds_dropped,
        "freed": view.freed,
        "unreachable": [card.id for card in view.unreachable],
        "restorable": [appointment(card) for card in view.restorable],
        "restored": [appointment(card) for card in view.restored],
    }


def reschedule_plan(view: ReschedulePlan) -> Document:
    """Return new slots for a set of appointments: the document that `rdv reschedule apply` reads (I3)."""
    from rdv.engine.exports.plans import to_json

    return to_json(view)


def rescheduled(view: Rescheduled) -> Document:
    """Return the result of moving many appointments."""
    from rdv.engine.exports.plans import to_json, unplaced

    return {
        "moved": [appointment(card) for card in view.moved],
        "again": to_json(view.again),
        "refused": [unplaced(one) for one in view.refused],
    }


def history(line: HistoryView) -> Document:
    """Return a journal entry."""
    return asdict(line) | {"at": line.at.isoformat()}


def notification(card: MessageCard) -> Document:
    """Return a message to a citizen; `partner` is null if its address is in no file."""
    partner = card.partner and {"code": card.partner.code, "name": card.partner.name}
    return row(card) | {"partner": partner}


def plan(view: Plan) -> Document:
    """Return the changes that applying a declared town hall makes (B3)."""
    changes = [
        {
            "action": change.action,
            "kind": change.kind,
            "label": change.label,
            "fields": {name: [_plain(before), _plain(after)] for name, (before, after) in change.fields.items()},
        }
        for change in view.changes
    ]
    return {"changes": changes, "impact": impact(view.impact)}


def statistics(view: Statistics) -> Document:
    """Return the figures of a period: `load` and `no_show_share` are fractions, null where there is nothing to divide
    by.
    """

    def figures(one: Figures) -> Document:
        return row(one) | {"load": one.load, "no_show_share": one.no_show_share}

    lines = [{"label": one.label, "place": one.place} | figures(one.figures) for one in view.lines]
    about = {"from": view.first.isoformat(), "to": view.last.isoformat(), "by": str(view.by)}
    return about | {"lines": lines, "total": figures(view.total)}


def retained(view: Retained) -> Document:
    """Return what was erased; `before` is null if personal data are kept for ever."""
    counts = ("files", "accounts", "appointments", "comments", "messages")
    before = view.before and view.before.isoformat()
    return {"before": before} | {name: getattr(view, name) for name in counts}


def week(view: WeekView) -> Document:
    """Return a reference week: weekday 0 is Monday, times are HH:MM, `slot` is in minutes."""
    return {
        "id": view.id,
        "label": view.label,
        "openings": [
            {"weekday": o.weekday, "start": wording.hours(o.start), "end": wording.hours(o.end), "slot": o.slot}
            for o in view.openings
        ],
        "used_by": list(view.used_by),
    }


def row(view: Any) -> Document:
    """Return any other view, field by field."""
    return {name: _plain(value) for name, value in asdict(view).items()}


def error(problem: RdvError) -> Document:
    """Return an error: `error` is a stable identifier; `message` and `hint` are for people.

    An error about the lines of a file lists them in `lines`, each with `line` and `column`.
    """
    told = {
        "error": problem.error,
        "message": wording.sentence(problem),
        "hint": wording.hint(problem),
        "rule": problem.rule,
    }
    lines: Any = problem.facts.get("lines")
    if lines is None:
        return told
    return told | {"lines": [{"line": one.line, "column": one.column} | error(one.error) for one in lines]}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, int | float | bool) else str(value)
