"""`rdv retention`: erase personal data that is older than the settings allow (D1)."""

from typing import Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, DryRun
from rdv.cli.session import office
from rdv.i18n.wording import say as _
from rdv.terms import Refused

app = noun()


@app.command(help=_("Erase personal data older than RDV_RETENTION_MONTHS now; a worker does it once a day."))
def apply(
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.upkeep.worker import erase_old

    here = office()
    if dry_run:
        done = erase_old(here, here.me, stopped=lambda: False, keep=False)
    else:
        if not yes and (as_json or not render.confirm(_("Old personal data will be erased for good. Go on?"))):
            raise Refused("not_confirmed")
        done = erase_old(here, here.me, stopped=lambda: False)
    fields = [
        (_("Older than"), done.before and done.before.date()),
        (_("Files forgotten"), done.files),
        (_("Accounts of the portal deleted"), done.accounts),
        (_("Appointments taken off other files"), done.appointments),
        (_("Comments emptied"), done.comments),
        (_("Messages emptied or deleted"), done.messages),
    ]
    render.record(done, as_json, json_shapes.retained, fields)
    if done.before is None:
        render.note(_("Personal data are kept for ever: RDV_RETENTION_MONTHS is 0."))
    elif not as_json:
        render.note(_("Nothing was written.") if dry_run else _("Done."))


@app.callback()
def root() -> None:
    """Make a group of a single command."""
