"""`rdv week`: reference weeks, in the `opening_hours` format of OpenStreetMap (C3)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, DryRun, Label, NewLabel, Reference, Restore, Yes
from rdv.cli.session import change as apply_change
from rdv.cli.session import run
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Invalid

app = noun()

Hours = Annotated[
    list[str] | None,
    typer.Option("--hours", help=_("'Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00'; repeatable with --slot.")),
]
SlotLengths = Annotated[
    list[int] | None, typer.Option("--slot", help=_("Length of a slot in minutes; one for all --hours, or one each."))
]


@app.command("list", help=_("List them all."))
def list_all(as_json: AsJson = False) -> None:
    from rdv.engine.setup import weeks

    columns = [_("No."), _("Label"), _("Hours")]
    render.listing(
        run(weeks.list_weeks),
        as_json,
        json_shapes.week,
        columns,
        lambda w: (w.id, w.label, weeks.told_hours(w.openings)),
    )


@app.command(help=_("Show one, day by day."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import weeks

    view = run(weeks.show_week, week=ref)
    days = [
        (
            wording.weekday(number),
            [
                f"{wording.hours(o.start)}–{wording.hours(o.end)} ({o.slot} min)"
                for o in view.openings
                if o.weekday == number
            ],
        )
        for number in range(7)
    ]
    render.record(
        view,
        as_json,
        json_shapes.week,
        [(_("No."), view.id), (_("Label"), view.label), *days, (_("Counters"), view.used_by)],
    )


@app.command(help=_("Add a week."))
def add(label: Label, hours: Hours = None, slots: SlotLengths = None, as_json: AsJson = False) -> None:
    from rdv.engine.setup import weeks

    view = run(weeks.add_week, label=label, hours=_written(hours or [], slots) or [])
    render.done(_("Added: {label} ({number}).", label=view.label, number=view.id), as_json, json_shapes.week(view))


@app.command("set", help=_("Change a week, and so the slots of every counter that uses it."))
def change(
    ref: Reference,
    label: NewLabel = None,
    hours: Hours = None,
    slots: SlotLengths = None,
    dry_run: DryRun = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import weeks

    apply_change(
        weeks.set_week, dry_run, yes, as_json, week=ref, label=label, hours=_written(hours, slots), restore=restore
    )


@app.command(help=_("Remove a week that no counter uses."))
def remove(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import weeks

    run(weeks.remove_week, week=ref)
    render.done(_("Removed."), as_json, {"removed": ref})


def _written(hours: list[str] | None, slots: list[int] | None) -> list[tuple[str, int]] | None:
    """Pair hours with slot lengths. Raise Invalid if their numbers differ."""
    if hours is None and not slots:
        return None
    texts, lengths = hours or [], slots or []
    if len(lengths) == 1:
        lengths = lengths * len(texts)
    if not texts or len(texts) != len(lengths):
        raise Invalid("hours_slots", hours=len(texts), slots=len(lengths))
    return list(zip(texts, lengths, strict=True))
