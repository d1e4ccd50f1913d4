"""`rdv stats`: load, no-shows and waits (F1)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import verb
from rdv.cli.options import AsJson, CounterRefs, From, PlaceRefs, ServiceRefs, To, TypeRefs
from rdv.cli.session import office
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Grouping

app = verb()


@app.command(help=_("Load, no shows and waits of the last 30 days, or of others."))
def stats(
    by: Annotated[Grouping, typer.Option("--by", help=_("What a line is about."))] = Grouping.COUNTER,
    first: From = None,
    last: To = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: ServiceRefs = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking.statistics import count_figures

    refs = {"types": types, "places": places, "counters": counters, "services": services}
    here, some = office(), {name: given or () for name, given in refs.items()}
    found = here.look(count_figures, here.me, by=by, first=first, last=last, **some)
    if as_json:
        render.document(json_shapes.statistics(found))
        return
    heads = {
        Grouping.COUNTER: _("Counter"), Grouping.TYPE: _("Type"), Grouping.PLACE: _("Place"), Grouping.DAY: _("Day"),
        Grouping.WEEK: _("Week from"), Grouping.MONTH: _("Month from"),
    }  # fmt: skip
    columns = [
        heads[by], _("Seats"), _("Booked"), _("Load"), _("Done"), _("No show"), _("Share of no shows"),
        _("Cancelled"), _("To reschedule"), _("Without status"), _("Still planned"), _("First free slot"),
        _("Days until"),
    ]  # fmt: skip
    render.note(_("From {first} to {last}.", first=found.first, last=found.last))
    named = [(_name(line.label, line.place, line.day), line.figures) for line in found.lines]
    rows = [
        (
            name, f.seats, f.booked, wording.share(f.load), f.done, f.no_show, wording.share(f.no_show_share),
            f.cancelled, f.to_reschedule, f.past_without_status, f.planned, f.first_free, f.wait,
        )
        for name, f in [*named, (_("Total"), found.total)]
    ]  # fmt: skip
    render.table(columns, rows)


def _name(label: str, place: str | None, day: object) -> object:
    return day if day is not None else f"{label} ({place})" if place else label
