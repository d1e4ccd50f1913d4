"""`rdv export`: write the contents of the database to files."""

from pathlib import Path
from typing import Annotated

import typer

from rdv.cli.files import save
from rdv.cli.groups import noun
from rdv.cli.options import (
    CounterRefs,
    From,
    OfPartner,
    PlaceRefs,
    ServiceRefs,
    To,
    TypeRefs,
    View,
    Widen,
    day_option,
    list_filters,
)
from rdv.cli.session import run
from rdv.date_input import Moment
from rdv.engine.spreadsheets.formats import FileForm, form_of
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList, Invalid, SlotStatus

app = noun()

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help=_("A new file; none or -: standard output."))]
Form = Annotated[
    FileForm | None, typer.Option("--format", help=_("Else as the name of the file says; CSV for standard output."))
]
Force = Annotated[bool, typer.Option("--force", help=_("Write over a file that exists."))]


@app.command(help=_("The town hall as TOML, which `rdv apply` reads back with no difference."))
def config(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=_("A new file; standard output if none."))
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=_("Also partners, suspended and reserved slots, appointments."))
    ] = False,
) -> None:
    from rdv.engine.town.export import export_config

    save(out, run(export_config, everything=everything).encode())


@app.command(help=_("Appointments, as `rdv appointment list` finds them (.csv, .xlsx, .ics)."))
def appointments(
    file: File = None,
    view: View = AppointmentList.PLANNED,
    widen: Widen = False,
    first: From = None,
    last: To = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: ServiceRefs = None,
    partner: OfPartner = None,
    form: Form = None,
    force: Force = False,
) -> None:
    from rdv.engine.exports.files import export_appointments

    filters = list_filters(view, widen, first, last, types, places, counters, services, partner)
    data = run(export_appointments, form=_form(file, form), **filters)
    save(file, data, force=force)


@app.command(help=_("Slots, as `rdv slot list` finds them (.csv, .xlsx, .ics)."))
def slots(
    first: Annotated[Moment, day_option("--from", help=_("First day."))],
    file: File = None,
    last: To = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help=_("Number of days (7)."))] = None,
    counters: CounterRefs = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    statuses: Annotated[
        list[SlotStatus] | None, typer.Option("--status", help=_("Only this status; repeatable."))
    ] = None,
    form: Form = None,
    force: Force = False,
) -> None:
    from rdv.engine.exports.files import export_slots

    data = run(
        export_slots,
        form=_form(file, form),
        first=first,
        last=last,
        days=days or 7,
        counters=counters or (),
        types=types or (),
        places=places or (),
        statuses=statuses or (),
    )
    save(file, data, force=force)


@app.command(help=_("Partners, as `rdv partner list` finds them (.csv, .xlsx)."))
def partners(
    file: File = None,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help=_("What is known of the partner."))] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=_("At most that many."))] = None,
    form: Form = None,
    force: Force = False,
) -> None:
    from rdv.engine.exports.files import export_partners

    save(file, run(export_partners, form=_form(file, form), text=text, limit=limit), force=force)


def _form(file: Path | None, said: FileForm | None) -> FileForm:
    """Return the format of the file to write. Refuse to print a workbook on a terminal."""
    named = None if file is None or str(file) == "-" else file
    form = form_of(named, said)
    if named is None and form is FileForm.XLSX:
        raise Invalid("usage_missing", parameter="FILE", command="rdv export")
    return form
