"""`rdv search`: lists with their filters, saved under a name (Q1, Q2)."""

import shlex
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, CounterRefs, PlaceRefs, TypeRefs
from rdv.cli.session import run
from rdv.i18n.wording import label
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList, SlotStatus

app = noun()

Entry = Literal["appointments", "slots", "partners"]
SearchRef = Annotated[str, typer.Argument(metavar="NAME", help=_("Its name or its number."))]


@app.command(help=_("Save a list with its filters."))
def save(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("What people call it."))],
    entry: Annotated[Entry, typer.Option("--entry", help=_("Which list."))],
    service: Annotated[
        str | None, typer.Option("--service", metavar="REF", help=_("For every agent of this service of yours."))
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_("In place of your own of this name."))] = False,
    view: Annotated[AppointmentList | None, typer.Option("--view", help=_("Appointments: which list."))] = None,
    widen: Annotated[
        bool, typer.Option("--all", help=_("Appointments: every past one without outcome, its slot gone or not."))
    ] = False,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help=_("First day, kept as written: today, lundi, +3d."))
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help=_("Last day, kept as written."))] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help=_("Slots: number of days (7)."))] = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: Annotated[
        list[str] | None,
        typer.Option("--of-service", metavar="REF", help=_("Appointments: only types of this service; repeatable.")),
    ] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="NAME|CODE", help=_("Appointments: of this partner."))
    ] = None,
    statuses: Annotated[
        list[SlotStatus] | None, typer.Option("--status", help=_("Slots: only this status; repeatable."))
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help=_("Partners: what is known of the partner."))] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=_("Partners: at most that many."))] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import searches

    given: dict[str, str | list[str] | None] = {
        "view": view,
        "all": "yes" if widen else None,
        "from": first,
        "to": last,
        "days": str(days or ""),
        "type": types,
        "place": places,
        "counter": counters,
        "service": services,
        "partner": partner,
        "status": [str(status) for status in statuses or ()],
        "text": text,
        "limit": str(limit or ""),
    }
    filters = {option: value for option, value in given.items() if value}
    found = run(searches.save_search, name=name, entry=entry, filters=filters, service=service, replace=replace)
    render.done(_("Saved: {label} ({number}).", label=found.label, number=found.id), as_json, json_shapes.row(found))


@app.command("list", help=_("The searches that you can run."))
def list_all(
    entry: Annotated[Entry | None, typer.Option("--entry", help=_("Only those of this list."))] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import searches

    columns = [_("No."), _("Name"), _("List"), _("For"), _("Saved by"), _("Filters")]
    render.listing(
        run(searches.list_searches, entry=entry),
        as_json,
        json_shapes.row,
        columns,
        lambda s: (s.id, s.label, s.entry, s.service or label(s.visibility), s.author, _options(s.filters)),
    )


@app.command("run", help=_("Print what a saved search finds now, as its list would."))
def run_one(
    ref: SearchRef,
    entry: Annotated[Entry | None, typer.Option("--entry", help=_("The one saved from this list."))] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import searches

    found = run(searches.run_search, search=ref, entry=entry)
    printers: dict[str, Callable[[Sequence[Any], bool], None]] = {
        "appointments": render.appointments,
        "slots": render.slots,
        "partners": render.partners,
    }
    printers[found.search.entry](found.views, as_json)


@app.command(help=_("Remove a saved search."))
def remove(ref: SearchRef, as_json: AsJson = False) -> None:
    from rdv.engine.booking import searches

    run(searches.remove_search, search=ref)
    render.done(_("Removed."), as_json, {"removed": ref})


def _options(filters: dict[str, str | list[str]]) -> str:
    """Write saved filters as command-line options."""
    words = [
        ["--all"] if name == "all" else [f"--{name}", word]
        for name, value in filters.items()
        for word in ([value] if isinstance(value, str) else value)
    ]
    return shlex.join(word for pair in words for word in pair)
