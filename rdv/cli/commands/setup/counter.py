"""`rdv counter`: counters and their exception periods (C4, C5)."""

from typing import Annotated

import typer

from rdv import date_input
from rdv.cli import json_shapes, render
from rdv.cli.groups import Owned, noun
from rdv.cli.options import (
    AsJson,
    CounterRef,
    DryRun,
    From,
    Label,
    NewLabel,
    PlaceRefs,
    Reference,
    Restore,
    TypeRefs,
    Yes,
    day_option,
)
from rdv.cli.session import change as apply_change
from rdv.cli.session import run
from rdv.date_input import Moment
from rdv.i18n.wording import say as _
from rdv.terms import KEEP

app = noun()
exception_app = noun(Owned)
app.add_typer(exception_app, name="exception", help=_("Exception periods of a counter."))

NONE = "none"
"""The value that empties an option: --until none, --desk none, --week none."""

TypeRef = Annotated[str | None, typer.Option("--type", metavar="REF", help=_("The type of appointment."))]
PlaceRef = Annotated[str | None, typer.Option("--place", metavar="REF", help=_("The place."))]
WeekRef = Annotated[str | None, typer.Option("--week", metavar="REF", help=_("The reference week."))]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help=_("Last day, included; none: no end."))]
DeskRef = Annotated[
    str | None, typer.Option("--desk", metavar="REF", help=_("The desk that it shares; none: no desk."))
]
Capacity = Annotated[int | None, typer.Option("--capacity", help=_("People served at the same time."))]
Public = Annotated[bool | None, typer.Option("--public/--not-public", help=_("Shown on the portal."))]
ExceptionWeek = Annotated[
    str | None, typer.Option("--week", metavar="REF", help=_("The week that holds in between; none: closed."))
]
ExceptionRef = Annotated[str, typer.Argument(metavar="EXCEPTION", help=_("One of its days, or its number."))]


@app.command("list", help=_("List them all."))
def list_all(types: TypeRefs = None, places: PlaceRefs = None, as_json: AsJson = False) -> None:
    from rdv.engine.setup import counters

    columns = [_("No."), _("Label"), _("Type"), _("Place"), _("First day"), _("Last day"), _("Week"), _("Desk")]
    render.listing(
        run(counters.list_counters, types=types or (), places=places or ()),
        as_json,
        json_shapes.row,
        columns,
        lambda c: (c.id, c.label, c.type, c.place, c.first_day, c.last_day, c.week, c.desk),
    )


@app.command(help=_("Show one, with its exception periods."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import counters

    view = run(counters.show_counter, counter=ref)
    fields: list[tuple[str, object]] = [
        (_("No."), view.id),
        (_("Label"), view.label),
        (_("Type"), view.type),
        (_("Place"), view.place),
        (_("First day"), view.first_day),
        (_("Last day"), view.last_day),
        (_("Week"), view.week),
        (_("Desk"), view.desk),
        (_("Capacity"), view.capacity),
        (_("Portal"), view.public),
    ]
    closed = _("closed")
    periods: list[tuple[str, object]] = [
        (_("Exception {number}", number=e.id), f"{e.first_day:%d/%m/%Y} – {e.last_day:%d/%m/%Y}: {e.week or closed}")
        for e in view.exceptions
    ]
    render.record(view, as_json, json_shapes.row, fields + periods)


@app.command(help=_("Add a counter."))
def add(
    label: Label,
    type: Annotated[str, typer.Option("--type", metavar="REF", help=_("The type of appointment."))],
    place: Annotated[str, typer.Option("--place", metavar="REF", help=_("The place."))],
    first: Annotated[Moment, day_option("--from", help=_("First day."))],
    week: Annotated[str, typer.Option("--week", metavar="REF", help=_("The reference week."))],
    until: Until = None,
    desk: DeskRef = None,
    capacity: Capacity = None,
    public: Public = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import counters

    view = run(
        counters.add_counter,
        label=label,
        type=type,
        place=place,
        first=first,
        week=week,
        last=_day_or_none(until),
        desk=None if desk == NONE else desk,
        capacity=1 if capacity is None else capacity,
        public=bool(public),
    )
    render.done(_("Added: {label} ({number}).", label=view.label, number=view.id), as_json, json_shapes.row(view))


@app.command("set", help=_("Change a counter; shows first whom it touches."))
def change(
    ref: Reference,
    label: NewLabel = None,
    type: TypeRef = None,
    place: PlaceRef = None,
    first: From = None,
    until: Until = None,
    week: WeekRef = None,
    desk: DeskRef = None,
    capacity: Capacity = None,
    public: Public = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import counters

    apply_change(
        counters.set_counter,
        dry_run,
        yes,
        as_json,
        counter=ref,
        label=label,
        type=type,
        place=place,
        first=first,
        last=KEEP if until is None else _day_or_none(until),
        week=week,
        desk=KEEP if desk is None else None if desk == NONE else desk,
        capacity=capacity,
        public=public,
        restore=restore,
    )


@app.command(help=_("Remove a counter; its upcoming appointments are to reschedule."))
def remove(ref: Reference, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    from rdv.engine.setup import counters

    apply_change(counters.remove_counter, dry_run, yes, as_json, counter=ref)


@exception_app.command("list", help=_("List them all."))
def list_exceptions(ref: CounterRef, as_json: AsJson = False) -> None:
    from rdv.engine.setup import counters

    columns = [_("No."), _("First day"), _("Last day"), _("Week")]
    render.listing(
        run(counters.show_counter, counter=ref).exceptions,
        as_json,
        json_shapes.row,
        columns,
        lambda e: (e.id, e.first_day, e.last_day, e.week or _("closed")),
    )


@exception_app.command("add", help=_("Have another week hold for some days, or none at all."))
def add_exception(
    ref: CounterRef,
    first: Annotated[Moment, day_option("--from", help=_("First day."))],
    last: Annotated[Moment, day_option("--until", "--to", help=_("Last day, included."))],
    week: ExceptionWeek = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import exceptions

    other = None if week == NONE else week
    apply_change(
        exceptions.add_exception,
        dry_run,
        yes,
        as_json,
        counter=ref,
        first=first,
        last=last,
        week=other,
        restore=restore,
    )


@exception_app.command("set", help=_("Change an exception period."))
def change_exception(
    ref: CounterRef,
    exception: ExceptionRef,
    first: From = None,
    last: Annotated[Moment | None, day_option("--until", "--to", help=_("Last day, included."))] = None,
    week: ExceptionWeek = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import exceptions

    apply_change(
        exceptions.set_exception,
        dry_run,
        yes,
        as_json,
        counter=ref,
        exception=_exception(exception),
        first=first,
        last=last,
        week=KEEP if week is None else None if week == NONE else week,
        restore=restore,
    )


@exception_app.command("remove", help=_("Have the reference week hold again."))
def remove_exception(
    ref: CounterRef,
    exception: ExceptionRef,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import exceptions

    apply_change(
        exceptions.remove_exception,
        dry_run,
        yes,
        as_json,
        counter=ref,
        exception=_exception(exception),
        restore=restore,
    )


def _day_or_none(text: str | None) -> Moment | None:
    return None if text is None or text == NONE else date_input.read_day(text)


def _exception(text: str) -> Moment | int:
    return int(text) if text.isdecimal() else date_input.read_day(text)
