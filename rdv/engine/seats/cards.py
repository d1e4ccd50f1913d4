"""Appointments and partners as cards. A list takes one query, and one more for appointments that lost their slot."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.engine.lookup.authorisation import services_of_types
from rdv.engine.lookup.partner_lookup import code_of
from rdv.engine.office import Work
from rdv.engine.views.appointments import AppointmentCard, HistoryView
from rdv.engine.views.partners import PartnerCard
from rdv.store.bulk import in_batches
from rdv.store.tables import Agent, Appointment, AppointmentType, Claim, Counter, JournalEntry, Partner, Place, table
from rdv.terms import LIVE, PORTAL, AppointmentStatus, Right


def status_now(status: str, ends_at: datetime, now: datetime) -> AppointmentStatus:
    """Return a stored status as it reads now: *past without status* once the appointment ended without outcome (A2)."""
    stored = AppointmentStatus(status)
    return AppointmentStatus.PAST_WITHOUT_STATUS if stored in LIVE and ends_at <= now else stored


def read_cards(work: Work, *where: Any, latest_first: bool = False, limit: int | None = None) -> list[AppointmentCard]:
    """Return the appointments that pass the conditions, by start and end, as this actor may see them (G2)."""
    order: list[Any] = [col(Appointment.starts_at), col(Appointment.ends_at)]
    if latest_first:
        order = [column.desc() for column in order]
    rows = work.session.execute(
        select(
            Appointment.id, Appointment.type_id, col(AppointmentType.label).label("type"), Appointment.counter_id,
            col(Counter.label).label("counter"), Counter.place_id, col(Place.label).label("place"), Place.timezone,
            Appointment.partner_id, Partner.name, Partner.phone, Partner.email, Appointment.starts_at,
            Appointment.ends_at, Appointment.status, Appointment.taken_at, Agent.login, Appointment.comment,
            Appointment.arrived_at, table(Claim).c.seat,
        )  # type: ignore[call-overload]
        .join(AppointmentType, col(AppointmentType.id) == col(Appointment.type_id))
        .join(Counter, col(Counter.id) == col(Appointment.counter_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .join(Partner, col(Partner.id) == col(Appointment.partner_id))
        .outerjoin(Agent, col(Agent.id) == col(Appointment.taken_by))
        .outerjoin(Claim, col(Claim.appointment_id) == col(Appointment.id))
        .where(*where)
        .order_by(*order, Appointment.id)
        .limit(limit)
    ).all()  # fmt: skip
    services = services_of_types(work.session, {row.type_id for row in rows})
    zones = {name: ZoneInfo(name) for name in {row.timezone for row in rows}}
    causes = _causes(work, [row.id for row in rows if row.seat is None and row.status in LIVE])

    def card(row: Any) -> AppointmentCard:
        zone = zones[row.timezone]
        may_read = work.grants.allow_on_type(Right.APPOINTMENTS, services.get(row.type_id, frozenset()))
        return AppointmentCard(
            id=row.id,
            type=row.type,
            counter_id=row.counter_id,
            counter=row.counter,
            place=row.place,
            partner=PartnerCard(row.partner_id, code_of(row.partner_id), row.name, row.phone, row.email),
            starts_at=row.starts_at.astimezone(zone),
            ends_at=row.ends_at.astimezone(zone),
            status=status_now(row.status, row.ends_at, work.now),
            taken_at=row.taken_at.astimezone(zone),
            taken_by=row.login or PORTAL,
            comment=row.comment if may_read else None,
            has_slot=row.seat is not None,
            type_id=row.type_id,
            place_id=row.place_id,
            arrived_at=row.arrived_at and row.arrived_at.astimezone(zone),
            displaced_by=causes.get(row.id),
        )

    return [card(row) for row in rows]


def _causes(work: Work, ids: Sequence[int]) -> dict[int, str]:
    """Return the last cause in the journal why these appointments lost their slot."""
    entry = table(JournalEntry).c
    causes: dict[int, str] = {}
    for some in in_batches(ids):
        rows = work.session.execute(
            select(entry.subject_id, entry.facts)
            .where(entry.subject == "appointment", entry.subject_id.in_(some))
            .where(entry.action == "appointment.displaced")
            .order_by(entry.id)
        )
        causes |= {number: facts["cause"] for number, facts in rows}
    return causes


def cards_of(work: Work, ids: Iterable[int]) -> list[AppointmentCard]:
    """Return the cards of these appointments, by start."""
    cards = [card for some in in_batches(list(ids)) for card in read_cards(work, col(Appointment.id).in_(some))]
    return sorted(cards, key=lambda card: (card.starts_at, card.id))


def read_history(work: Work, *where: Any, limit: int | None = None, order: Sequence[Any] = ()) -> list[HistoryView]:
    """Return journal entries that pass the conditions, by default in the order of writing, in the settings' zone."""
    zone = ZoneInfo(work.settings.zone)
    order = order or (col(JournalEntry.id),)
    rows = work.session.exec(select(JournalEntry).where(*where).order_by(*order).limit(limit)).all()
    counters = _counter_labels(work, [row.facts for row in rows])

    def named(facts: dict[str, Any]) -> dict[str, Any]:
        named_facts = {name: named(value) if isinstance(value, dict) else value for name, value in facts.items()}
        label = counters.get(facts.get("counter_id", 0))
        return named_facts if label is None else named_facts | {"counter": label}

    return [
        HistoryView(
            row.id or 0, row.at.astimezone(zone), row.actor_kind, row.actor, row.action, row.subject, row.subject_id,
            named(row.facts),
        )
        for row in rows
    ]  # fmt: skip


def _counter_labels(work: Work, facts: list[dict[str, Any]]) -> dict[int, str]:
    """Return the current labels of the counters that journal facts name by id."""
    ids = {one["counter_id"] for fact in facts for one in (fact, fact.get("before") or {}) if "counter_id" in one}
    rows = work.session.execute(select(Counter.id, Counter.label).where(col(Counter.id).in_(ids)))
    return {row[0]: row[1] for row in rows} if ids else {}
