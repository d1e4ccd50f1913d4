"""`rdv slot`: list slots, find free ones, suspend, reserve and release them (S1–S6)."""

from typing import Annotated

import typer

from rdv import date_input
from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import (
    AsJson,
    CounterRef,
    CounterRefs,
    DryRun,
    PlaceRefs,
    Restore,
    Start,
    To,
    TypeRefs,
    Yes,
    day_option,
)
from rdv.cli.session import change, run
from rdv.date_input import Moment
from rdv.i18n.wording import say as _
from rdv.terms import SlotStatus

app = noun()

End = Annotated[
    Moment | None,
    typer.Option(
        "--to", metavar="END", parser=date_input.read, help=_("All the slots until then; a date is included.")
    ),
]


@app.command("list", help=_("List slots with what stands on them."))
def list_slots(
    first: Annotated[Moment, day_option("--from", help=_("First day."))],
    last: To = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help=_("Number of days (7)."))] = None,
    counters: CounterRefs = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    statuses: Annotated[
        list[SlotStatus] | None, typer.Option("--status", help=_("Only this status; repeatable."))
    ] = None,
    as_calendar: Annotated[bool, typer.Option("--calendar", help=_("Days across, times down."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import slots

    views = run(
        slots.list_slots,
        first=first,
        last=last,
        days=days or 7,
        counters=counters or (),
        types=types or (),
        places=places or (),
        statuses=statuses or (),
    )
    if as_calendar and not as_json:
        render.calendar(views)
        return
    render.slots(views, as_json)


@app.command("next", help=_("The next free slots of a type."))
def next_free(
    type: Annotated[str, typer.Option("--type", metavar="REF", help=_("The type of appointment."))],
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help=_("How many."))] = 5,
    near: Annotated[
        Moment | None,
        typer.Option(
            "--near", metavar="TIME", parser=date_input.read, help=_("Nearest to then first, before or after.")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import slots

    views = run(slots.next_free, type=type, places=places or (), counters=counters or (), count=count, near=near)
    columns = [_("Start"), _("End"), _("Counter"), _("Place")]
    render.listing(
        views, as_json, json_shapes.slot, columns, lambda s: (s.starts_at, f"{s.ends_at:%H:%M}", s.counter, s.place)
    )


@app.command(help=_("Block slots to everyone; those booked are to reschedule."))
def suspend(
    counter: CounterRef,
    start: Start,
    to: End = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import slots

    change(slots.suspend, dry_run, yes, as_json, counter=counter, start=start, to=to)


@app.command(help=_("Keep slots for the administration; those booked are to reschedule."))
def reserve(
    counter: CounterRef,
    start: Start,
    to: End = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import slots

    change(slots.reserve, dry_run, yes, as_json, counter=counter, start=start, to=to)


@app.command(help=_("Free reserved or suspended slots."))
def release(
    counter: CounterRef,
    start: Start,
    to: End = None,
    restore: Restore = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking import slots

    change(slots.release, dry_run, yes, as_json, counter=counter, start=start, to=to, restore=restore)
