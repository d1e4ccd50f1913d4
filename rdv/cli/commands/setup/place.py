"""`rdv place`: the places where counters are (C2)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, DryRun, Label, NewLabel, Reference, Restore, Yes
from rdv.cli.session import change as apply_change
from rdv.cli.session import run
from rdv.i18n.wording import say as _

app = noun()

Address = Annotated[str | None, typer.Option("--address", help=_("The postal address."))]
Timezone = Annotated[str | None, typer.Option("--timezone", help=_("Such as Europe/Paris or Indian/Reunion."))]


@app.command("list", help=_("List them all."))
def list_all(as_json: AsJson = False) -> None:
    from rdv.engine.setup import places

    columns = [_("No."), _("Label"), _("Address"), _("Time zone")]
    row = lambda p: (p.id, p.label, p.address, p.timezone)  # noqa: E731
    render.listing(run(places.list_places), as_json, json_shapes.row, columns, row)


@app.command(help=_("Show one."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import places

    view = run(places.show_place, place=ref)
    fields = [
        (_("No."), view.id),
        (_("Label"), view.label),
        (_("Address"), view.address),
        (_("Time zone"), view.timezone),
    ]
    render.record(view, as_json, json_shapes.row, fields)


@app.command(help=_("Add a place."))
def add(label: Label, address: Address = None, timezone: Timezone = None, as_json: AsJson = False) -> None:
    from rdv.engine.setup import places

    view = run(places.add_place, label=label, address=address or "", timezone=timezone)
    render.done(_("Added: {label} ({number}).", label=view.label, number=view.id), as_json, json_shapes.row(view))


@app.command("set", help=_("Change a place; another time zone moves its slots."))
def change(
    ref: Reference,
    label: NewLabel = None,
    address: Address = None,
    timezone: Timezone = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import places

    apply_change(
        places.set_place,
        dry_run,
        yes,
        as_json,
        place=ref,
        label=label,
        address=address,
        timezone=timezone,
        restore=restore,
    )


@app.command(help=_("Remove a place without counters."))
def remove(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import places

    run(places.remove_place, place=ref)
    render.done(_("Removed."), as_json, {"removed": ref})
