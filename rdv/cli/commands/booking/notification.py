"""`rdv notification`: messages to citizens, sent, waiting or parked (N2, N3)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, From, OfPartner, To
from rdv.cli.session import run
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Channel, MessageKind, MessageStatus

app = noun()

One = Annotated[int, typer.Argument(metavar="REF", help=_("The number of the message."))]
Many = Annotated[list[int], typer.Argument(metavar="REF...", help=_("The number of the message."))]


@app.command("list", help=_("List messages, the latest first."))
def list_all(
    statuses: Annotated[list[MessageStatus] | None, typer.Option("--status", help=_("Only these; repeatable."))] = None,
    kinds: Annotated[list[MessageKind] | None, typer.Option("--kind", help=_("Only these; repeatable."))] = None,
    channels: Annotated[list[Channel] | None, typer.Option("--channel", help=_("Only these; repeatable."))] = None,
    partner: OfPartner = None,
    appointment: Annotated[int | None, typer.Option("--appointment", help=_("About this appointment."))] = None,
    first: From = None,
    last: To = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=_("At most that many."))] = 100,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.messages import history

    cards = run(
        history.list_messages,
        statuses=statuses or (),
        kinds=kinds or (),
        channels=channels or (),
        partner=partner,
        appointment=appointment,
        first=first,
        last=last,
        limit=limit,
    )
    columns = [
        _("No."),
        _("Made on"),
        _("Message"),
        _("Channel"),
        _("Partner"),
        _("Recipient"),
        _("Status"),
        _("Problem"),
    ]
    render.listing(
        cards,
        as_json,
        json_shapes.notification,
        columns,
        lambda n: (
            n.id,
            n.made_at,
            n.kind,
            n.channel,
            n.partner and f"{n.partner.name} ({n.partner.code})",
            n.to,
            n.status,
            n.last_error and wording.label(n.last_error),
        ),
    )


@app.command(help=_("Show one."))
def show(ref: One, as_json: AsJson = False) -> None:
    from rdv.engine.messages import history

    card = run(history.show_message, message=ref)
    fields: list[tuple[str, object]] = [
        (_("No."), card.id),
        (_("Message"), card.kind),
        (_("Channel"), card.channel),
        (_("Partner"), card.partner and f"{card.partner.name} ({card.partner.code})"),
        (_("Recipient"), card.to),
        (_("Appointments"), card.appointments),
        (_("Status"), card.status),
        (_("Made on"), card.made_at),
        (_("Due on"), card.due_at),
        (_("Sent on"), card.sent_at),
        (_("Attempts"), card.attempts),
        (_("Problem"), card.last_error and wording.label(card.last_error)),
        (_("Message-ID"), card.message_id),
    ]
    render.record(card, as_json, json_shapes.notification, fields)


@app.command(help=_("Have messages that wait, are parked or were dropped tried again, all or none."))
def retry(refs: Many, as_json: AsJson = False) -> None:
    from rdv.engine.messages import history

    cards = run(history.retry_messages, messages=refs)
    if as_json:
        render.document([json_shapes.notification(card) for card in cards])
        return
    for card in cards:
        render.done(_("Message {number}: {status}.", number=card.id, status=card.status))
