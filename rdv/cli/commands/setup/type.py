"""`rdv type`: types of appointments (C1)."""

from typing import Annotated, Any

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, Label, NewLabel, Reference, ServiceRefs, given
from rdv.cli.session import run
from rdv.i18n.wording import say as _

app = noun()

Description = Annotated[str | None, typer.Option("--description", help=_("What to bring."))]
Public = Annotated[bool | None, typer.Option("--public/--not-public", help=_("Shown on the portal."))]
MaxUpcoming = Annotated[int | None, typer.Option("--max-upcoming", help=_("Upcoming appointments a citizen may have."))]
NoticeHours = Annotated[int | None, typer.Option("--notice-hours", help=_("Hours ahead that citizens must book."))]
HorizonDays = Annotated[int | None, typer.Option("--horizon-days", help=_("Days ahead that citizens may book."))]
HoldMinutes = Annotated[int | None, typer.Option("--hold-minutes", help=_("Minutes that a picked slot is held."))]
Reminders = Annotated[
    list[int] | None, typer.Option("--reminder", metavar="HOURS", help=_("Remind so many hours ahead; repeatable."))
]
NoReminder = Annotated[bool, typer.Option("--no-reminder", help=_("Remind nobody."))]


@app.command("list", help=_("List them all."))
def list_all(as_json: AsJson = False) -> None:
    from rdv.engine.setup import types

    columns = [_("No."), _("Label"), _("Services"), _("Portal"), _("Upcoming"), _("Notice (h)"), _("Horizon (d)")]
    render.listing(
        run(types.list_types),
        as_json,
        json_shapes.row,
        columns,
        lambda t: (t.id, t.label, t.services, t.public, t.max_upcoming, t.notice_hours, t.horizon_days),
    )


@app.command(help=_("Show one."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import types

    view = run(types.show_type, type=ref)
    fields = [
        (_("No."), view.id),
        (_("Label"), view.label),
        (_("Description"), view.description),
        (_("Services"), view.services),
        (_("Portal"), view.public),
        (_("Upcoming"), view.max_upcoming),
        (_("Notice (h)"), view.notice_hours),
        (_("Horizon (d)"), view.horizon_days),
        (_("Hold (min)"), view.hold_minutes),
        (_("Reminders (h)"), view.reminder_hours),
    ]
    render.record(view, as_json, json_shapes.row, fields)


@app.command(help=_("Add a type."))
def add(
    label: Label,
    description: Description = None,
    services: ServiceRefs = None,
    public: Public = None,
    max_upcoming: MaxUpcoming = None,
    notice_hours: NoticeHours = None,
    horizon_days: HorizonDays = None,
    hold_minutes: HoldMinutes = None,
    reminders: Reminders = None,
    no_reminder: NoReminder = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import types

    numbers: dict[str, Any] = {
        "max_upcoming": max_upcoming,
        "notice_hours": notice_hours,
        "horizon_days": horizon_days,
        "hold_minutes": hold_minutes,
        "reminder_hours": () if no_reminder else reminders,
    }
    view = run(
        types.add_type,
        label=label,
        description=description or "",
        services=given(services) or (),
        public=public is not False,
        **{name: number for name, number in numbers.items() if number is not None},
    )
    render.done(_("Added: {label} ({number}).", label=view.label, number=view.id), as_json, json_shapes.row(view))


@app.command("set", help=_("Change a type; services are replaced by those given."))
def change(
    ref: Reference,
    label: NewLabel = None,
    description: Description = None,
    services: ServiceRefs = None,
    public: Public = None,
    max_upcoming: MaxUpcoming = None,
    notice_hours: NoticeHours = None,
    horizon_days: HorizonDays = None,
    hold_minutes: HoldMinutes = None,
    reminders: Reminders = None,
    no_reminder: NoReminder = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import types

    view = run(
        types.set_type,
        type=ref,
        label=label,
        description=description,
        services=given(services),
        public=public,
        max_upcoming=max_upcoming,
        notice_hours=notice_hours,
        horizon_days=horizon_days,
        hold_minutes=hold_minutes,
        reminder_hours=() if no_reminder else reminders,
    )
    render.done(_("Changed: {label}.", label=view.label), as_json, json_shapes.row(view))


@app.command(help=_("Remove a type without counters or appointments."))
def remove(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import types

    run(types.remove_type, type=ref)
    render.done(_("Removed."), as_json, {"removed": ref})
