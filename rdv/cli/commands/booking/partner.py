"""`rdv partner`: the people who come to the counter (A7)."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.files import save
from rdv.cli.groups import noun
from rdv.cli.options import AsJson
from rdv.cli.session import office, run
from rdv.i18n.wording import say as _
from rdv.terms import Refused

app = noun()

PartnerRef = Annotated[str, typer.Argument(metavar="REF", help=_("Code, phone, e-mail or exact name."))]
Phone = Annotated[str | None, typer.Option("--phone", help=_("Phone number; '' takes it off."))]
Email = Annotated[str | None, typer.Option("--email", help=_("E-mail address; '' takes it off."))]
Language = Annotated[
    str | None, typer.Option("--language", metavar="fr|en", help=_("Of messages; '': as the settings say."))
]
Mail = Annotated[bool | None, typer.Option("--mail/--no-mail", help=_("Wants messages by e-mail."))]
Sms = Annotated[bool | None, typer.Option("--sms/--no-sms", help=_("Wants messages by SMS."))]


@app.command("list", help=_("Find partners by any part of the name, by code, phone or e-mail."))
def list_all(
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help=_("What is known of the partner."))] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help=_("At most that many."))] = 50,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import partners

    render.partners(run(partners.find_partners, text=text, limit=limit), as_json)


@app.command(help=_("Show a partner's file, its appointments by type."))
def show(
    ref: PartnerRef,
    upcoming: Annotated[bool, typer.Option("--upcoming", help=_("Only the planned ones to come."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import partners

    render.partner(run(partners.show_partner, partner=ref, upcoming=upcoming), as_json)


@app.command(help=_("Add a partner."))
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("BOIS Jules"))],
    phone: Phone = None,
    email: Email = None,
    language: Language = None,
    mail: Mail = None,
    sms: Sms = None,
    code: Annotated[str | None, typer.Option("--code", help=_("A code of an earlier system, such as C000098."))] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import partners

    card = run(
        partners.add_partner,
        name=name,
        phone=phone or None,
        email=email or None,
        code=code,
        language=language,
        wants_email=mail is not False,
        wants_sms=sms is not False,
    )
    render.done(_("Added: {name} ({code}).", name=card.name, code=card.code), as_json, json_shapes.partner(card))


@app.command("set", help=_("Change a partner's file."))
def change(
    ref: PartnerRef,
    name: Annotated[str | None, typer.Option("--name", help=_("Another name."))] = None,
    phone: Phone = None,
    email: Email = None,
    language: Language = None,
    mail: Mail = None,
    sms: Sms = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import partners

    card = run(
        partners.set_partner,
        partner=ref,
        name=name,
        phone=phone,
        email=email,
        language=language,
        wants_email=mail,
        wants_sms=sms,
    )
    render.done(_("Changed: {name} ({code}).", name=card.name, code=card.code), as_json, json_shapes.partner(card))


@app.command(help=_("Make one file of two: the first goes into the second."))
def merge(
    ref: PartnerRef,
    into: Annotated[str, typer.Argument(metavar="INTO", help=_("The file that stays."))],
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import partners

    card = run(partners.merge_partners, partner=ref, into=into)
    render.done(_("Merged into {name} ({code}).", name=card.name, code=card.code), as_json, json_shapes.partner(card))


@app.command(help=_("What happened to a partner's file."))
def history(ref: PartnerRef, as_json: AsJson = False) -> None:
    from rdv.engine.booking import partners

    render.journal(run(partners.partner_history, partner=ref), as_json)


@app.command(help=_("All that the database holds of a partner, as one JSON document (right of access)."))
def export(
    ref: PartnerRef,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=_("A new file; standard output if none."))
    ] = None,
) -> None:
    from rdv.engine.upkeep.personal_data import export_partner

    document = json_shapes.personal_data(run(export_partner, partner=ref))
    if out is None:
        render.document(document)
    else:
        save(out, json.dumps(document, ensure_ascii=False, indent=2).encode())


@app.command(help=_("Erase a partner: name, phone, e-mail, comments. The figures and the history stay."))
def forget(
    ref: PartnerRef,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking.partners import show_partner
    from rdv.engine.upkeep.personal_data import forget_partner

    here = office()
    if not yes:
        foreseen = here.preview(forget_partner, here.me, partner=ref)
        if as_json:
            raise Refused("not_confirmed")
        card = here.run(show_partner, here.me, partner=foreseen.code).card
        told = {"name": card.name, "code": card.code, "comments": foreseen.comments}
        render.note(_("{name} ({code}) will be erased for good, and the comments of {comments} appointments.", **told))
        if not render.confirm():
            raise Refused("not_confirmed")
    gone = here.run(forget_partner, here.me, partner=ref)
    render.done(_("Forgotten: {code}.", code=gone.code), as_json, json_shapes.row(gone))
