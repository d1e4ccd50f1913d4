"""`rdv db`: bringing the database up to date, copying it, checking it."""

from pathlib import Path
from typing import Annotated

import typer

from rdv import wording
from rdv.cli import render, shapes
from rdv.cli.groups import noun
from rdv.cli.options import AsJson
from rdv.cli.session import office, run
from rdv.terms import Broken
from rdv.wording import say as _

app = noun()


@app.command(help=_("Brings the database, made if absent, up to date."))
def upgrade(as_json: AsJson = False) -> None:
    from rdv.engine import setup

    before, after = setup.upgrade(office())
    text = _("Schema {before} → {after}.", before=before, after=after)
    render.done(text, as_json, {"before": before, "after": after})


@app.command(help=_("Copies the database to a new file while others work."))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file to make."))], as_json: AsJson = False
) -> None:
    from rdv.engine import setup

    setup.backup(office(), file)
    render.done(_("Written: {path}.", path=str(file)), as_json, {"written": str(file)})


@app.command(help=_("Reads the whole database for what must never be."))
def check(as_json: AsJson = False) -> None:
    from rdv.engine.checks import check_database

    found = run(check_database)
    if as_json:
        render.document([shapes.row(one) for one in found])
    else:
        for one in found:
            render.done(f"{wording.label(one.error)}: {wording.plain(one.ids)}")
    if found:
        raise Broken("database_wrong", count=len(found))
    if not as_json:
        render.done(_("All is well."))
