"""`rdv closure`: days when one place, or every place, is closed (C6)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, DryRun, From, Label, NewLabel, Reference, Restore, To, Yes, day_option
from rdv.cli.session import change as apply_change
from rdv.cli.session import run
from rdv.date_input import Moment
from rdv.i18n.wording import say as _

app = noun()

AtPlace = Annotated[str | None, typer.Option("--place", metavar="REF", help=_("This place only; every place if none."))]


@app.command("list", help=_("List them all."))
def list_all(as_json: AsJson = False) -> None:
    from rdv.engine.setup import closures

    columns = [_("No."), _("Label"), _("Place"), _("First day"), _("Last day")]
    render.listing(
        run(closures.list_closures),
        as_json,
        json_shapes.row,
        columns,
        lambda c: (c.id, c.label, c.place or _("every place"), c.first_day, c.last_day),
    )


@app.command(help=_("Show one."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import closures

    view = run(closures.show_closure, closure=ref)
    fields = [
        (_("No."), view.id),
        (_("Label"), view.label),
        (_("Place"), view.place or _("every place")),
        (_("First day"), view.first_day),
        (_("Last day"), view.last_day),
    ]
    render.record(view, as_json, json_shapes.row, fields)


@app.command(help=_("Shut a place, or every place, for some days."))
def add(
    label: Label,
    first: Annotated[Moment, day_option("--from", help=_("First day."))],
    last: To = None,
    place: AtPlace = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import closures

    apply_change(closures.add_closure, dry_run, yes, as_json, label=label, first=first, last=last, place=place)


@app.command(help=_("Shut on the public holidays of a country."))
def holidays(
    country: Annotated[str, typer.Option("--country", help=_("Two letters, such as FR."))] = "FR",
    subdivision: Annotated[str | None, typer.Option("--subdivision", help=_("A part of the country."))] = None,
    years: Annotated[list[int] | None, typer.Option("--year", help=_("A year; repeatable."))] = None,
    place: AtPlace = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import closures

    apply_change(
        closures.add_holidays,
        dry_run,
        yes,
        as_json,
        country=country,
        years=years or (),
        subdivision=subdivision,
        place=place,
    )


@app.command("set", help=_("Change the label or the days of a closure."))
def change(
    ref: Reference,
    label: NewLabel = None,
    first: From = None,
    last: To = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import closures

    apply_change(
        closures.set_closure, dry_run, yes, as_json, closure=ref, label=label, first=first, last=last, restore=restore
    )


@app.command(help=_("Open those days again."))
def remove(
    ref: Reference, restore: Restore = False, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    from rdv.engine.setup import closures

    apply_change(closures.remove_closure, dry_run, yes, as_json, closure=ref, restore=restore)
