"""`rdv appointment`: list appointments and act on them (A1–A6)."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from rdv import date_input
from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import (
    AppointmentIds,
    AsJson,
    CounterRef,
    CounterRefs,
    From,
    OfPartner,
    PlaceRefs,
    ServiceRefs,
    Start,
    To,
    TypeRefs,
    View,
    Widen,
    list_filters,
)
from rdv.cli.session import run
from rdv.date_input import Moment
from rdv.i18n.wording import label, moment
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList

app = noun()

One = Annotated[int, typer.Argument(metavar="REF", help=_("The number of the appointment."))]


@app.command("list", help=_("List appointments."))
def list_all(
    view: View = AppointmentList.PLANNED,
    widen: Widen = False,
    first: From = None,
    last: To = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: ServiceRefs = None,
    partner: OfPartner = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import appointments

    filters = list_filters(view, widen, first, last, types, places, counters, services, partner)
    cards = run(appointments.list_appointments, **filters)
    render.appointments(cards, as_json)


@app.command(help=_("Say how many appointments wait in each list."))
def counts(as_json: AsJson = False) -> None:
    from rdv.engine.booking.counts import count_lists

    view = run(count_lists)
    fields = [
        (_("Planned today, to come"), view.planned_today),
        (_("To reschedule"), view.to_reschedule),
        (_("Past without status"), view.past_without_status),
    ]
    render.record(view, as_json, json_shapes.row, fields)


@app.command(help=_("Show one, with its whole story."))
def show(ref: One, as_json: AsJson = False) -> None:
    from rdv.engine.booking import appointments

    render.appointment(run(appointments.show_appointment, appointment=ref), as_json)


@app.command(help=_("Give a slot to a partner, found or created."))
def assign(
    counter: CounterRef,
    start: Start,
    partner: Annotated[str, typer.Option("--partner", metavar="NAME|CODE", help=_("Who comes: a name or a code."))],
    phone: Annotated[str | None, typer.Option("--phone", help=_("Phone number."))] = None,
    email: Annotated[str | None, typer.Option("--email", help=_("E-mail address."))] = None,
    comment: Annotated[str, typer.Option("--comment", help=_("For the agents of the service."))] = "",
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import appointments

    card = run(
        appointments.assign, counter=counter, start=start, partner=partner, phone=phone, email=email, comment=comment
    )
    text = _(
        "Appointment {number}: {partner}, {start}, {counter}.",
        number=card.id,
        partner=f"{card.partner.name} ({card.partner.code})",
        start=moment(card.starts_at),
        counter=card.counter,
    )
    render.done(text, as_json, json_shapes.appointment(card))


@app.command(help=_("Move an appointment to another slot of its type."))
def move(
    ref: One,
    start: Annotated[
        Moment, typer.Argument(metavar="START", parser=date_input.read, help=_("The start of the new slot."))
    ],
    counter: Annotated[str | None, typer.Option("--counter", metavar="REF", help=_("Another counter."))] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import appointments

    card = run(appointments.move, appointment=ref, start=start, counter=counter)
    text = _("Moved to {start}, {counter}.", start=moment(card.starts_at), counter=card.counter)
    render.done(text, as_json, json_shapes.appointment(card))


@app.command(help=_("Cancel appointments; their slots are free again."))
def cancel(refs: AppointmentIds, as_json: AsJson = False) -> None:
    from rdv.engine.booking import appointments

    _each(refs, appointments.cancel, as_json)


@app.command(help=_("Say that appointments took place."))
def done(refs: AppointmentIds, as_json: AsJson = False) -> None:
    from rdv.engine.booking import appointments

    _each(refs, appointments.mark_done, as_json)


@app.command("no-show", help=_("Say that nobody came."))
def no_show(refs: AppointmentIds, as_json: AsJson = False) -> None:
    from rdv.engine.booking import appointments

    _each(refs, appointments.mark_no_show, as_json)


@app.command(help=_("Say that citizens of today are here."))
def arrived(
    refs: AppointmentIds,
    undo: Annotated[bool, typer.Option("--undo", help=_("They are not here after all."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import appointments

    cards = run(appointments.mark_arrived, appointments=refs, arrived=not undo)
    if as_json:
        render.document([json_shapes.appointment(card) for card in cards])
        return
    for card in cards:
        who = {"number": card.id, "name": card.partner.name}
        here = _("Appointment {number}: {name} is here.", **who)
        render.done(here if card.arrived_at else _("Appointment {number}: {name} is not here.", **who))


@app.command(help=_("Take outcomes back: cancelled, done or no show; they are planned again."))
def reopen(refs: AppointmentIds, as_json: AsJson = False) -> None:
    from rdv.engine.booking import appointments

    _each(refs, appointments.reopen, as_json)


def _each(refs: list[int], use_case: Callable[..., Any], as_json: bool) -> None:
    """Run a use case on several appointments: all of them change, or none."""
    cards = run(use_case, appointments=refs)
    if as_json:
        render.document([json_shapes.appointment(card) for card in cards])
        return
    for card in cards:
        status = label(card.status)
        render.done(_("Appointment {number}: {status}.", number=card.id, status=status))
