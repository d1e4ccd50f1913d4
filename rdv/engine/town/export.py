"""Writing a town hall back as the TOML that `apply` reads (B3)."""

from typing import Any

import tomli_w
from sqlmodel import col, select

from rdv.engine.booking.slots import choose_counters
from rdv.engine.lookup.partner_lookup import code_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import read_cards
from rdv.engine.setup import agents, closures, counters, desks, places, services, types, weeks
from rdv.engine.views.appointments import AppointmentCard
from rdv.store.tables import Appointment, Claim, Partner, table
from rdv.terms import AppointmentStatus, ClaimStatus, Right

Table = dict[str, Any]


@use_case(Right.MODULE, writes=False)
def export_config(work: Work, *, everything: bool = False) -> str:
    """Return the town hall as TOML, which `apply` reads back with no difference.

    The configuration; with `everything`, also the partners, the suspended and reserved slots, and the appointments.
    """
    town: Table = {
        "service": [{"label": view.label} for view in services.list_services(work)],
        "place": [
            {"label": view.label, "address": view.address, "timezone": view.timezone}
            for view in places.list_places(work)
        ],
        "type": [
            {name: getattr(view, name) for name in view.__slots__ if name != "id"} | {"services": list(view.services)}
            for view in types.list_types(work)
        ],
        "week": [
            {"label": view.label, "openings": [{"hours": h, "slot": n} for h, n in weeks.written(view.openings)]}
            for view in weeks.list_weeks(work)
        ],
        "desk": [{"label": view.label} for view in desks.list_desks(work)],
        "agent": [
            {"login": view.login, "name": view.name, "rights": list(view.rights), "services": list(view.services)}
            for view in agents.list_agents(work)
        ],
        "counter": _counters(work),
        "closure": [
            _known({"label": view.label, "place": view.place, "from": view.first_day, "until": view.last_day})
            for view in closures.list_closures(work)
        ],
    }
    if everything:
        town |= {"partner": _partners(work), "slot": _slots(work), "appointment": _appointments(work)}
    return _printable(tomli_w.dumps({kind: rows for kind, rows in town.items() if rows}))


def _counters(work: Work) -> list[Table]:
    return [
        _known(
            {
                "label": view.label, "type": view.type, "place": view.place, "from": view.first_day,
                "until": view.last_day, "week": view.week, "desk": view.desk, "capacity": view.capacity,
                "public": view.public,
                "exception": [
                    _known({"from": one.first_day, "until": one.last_day, "week": one.week}) for one in view.exceptions
                ] or None,
            }
        )
        for view in counters.list_counters(work)
    ]  # fmt: skip


def _partners(work: Work) -> list[Table]:
    rows = work.session.exec(select(Partner).where(col(Partner.merged_into_id).is_(None)).order_by(col(Partner.id)))
    return [
        _known(
            {"code": code_of(row.id or 0), "name": row.name, "phone": row.phone, "email": row.email}
            | {"language": row.language}
            | {wish: False for wish in ("wants_email", "wants_sms") if not getattr(row, wish)}
        )
        for row in rows
    ]


def _slots(work: Work) -> list[Table]:
    """Return the suspended and reserved slots, one by one."""
    counters_by_id = {counter.id: counter for counter in choose_counters(work)}
    c = table(Claim).c
    rows = work.session.execute(
        select(c.counter_id, c.starts_at, c.status)
        .where(c.status.in_((ClaimStatus.RESERVED, ClaimStatus.SUSPENDED)))
        .distinct()
        .order_by(c.counter_id, c.starts_at)
    )
    return [
        {
            "counter": counters_by_id[counter].label,
            "place": counters_by_id[counter].place,
            "start": start.astimezone(counters_by_id[counter].zone),
            "status": status,
        }
        for counter, start, status in rows
    ]


def _appointments(work: Work) -> list[Table]:
    alive = {counter.id for counter in choose_counters(work)}
    cards = [card for card in read_cards(work) if card.counter_id in alive]
    stored = dict(work.session.execute(select(Appointment.id, Appointment.status)).all())
    logins = {view.login for view in agents.list_agents(work)}
    return [_appointment(card, AppointmentStatus(stored[card.id]), logins) for card in cards]


def _appointment(card: AppointmentCard, status: AppointmentStatus, logins: set[str]) -> Table:
    """Return an appointment, with its agent as long as that agent exists, because the file holds no other."""
    taken_by = card.taken_by if card.taken_by in logins else None
    return _known(
        {
            "counter": card.counter, "place": card.place, "start": card.starts_at, "end": card.ends_at,
            "partner": card.partner.code, "status": str(status), "taken_at": card.taken_at,
            "taken_by": taken_by, "comment": card.comment,
        }
    )  # fmt: skip


def _known(fields: Table) -> Table:
    """Return the fields that have a value: TOML has no null."""
    return {name: value for name, value in fields.items() if value is not None}


def _printable(toml: str) -> str:
    """Return the same TOML, where what a terminal would obey is escaped: it only stands in texts."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08X}" for c in toml)
