"""`rdv db`: upgrade, back up, restore, copy and check the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson
from rdv.cli.session import office, run
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Broken

if TYPE_CHECKING:
    from rdv.engine.upkeep.checks import Finding

app = noun()


@app.command(help=_("Brings the database, made if absent, up to date."))
def upgrade(as_json: AsJson = False) -> None:
    from rdv.engine.upkeep import bootstrap

    before, after = bootstrap.upgrade(office())
    text = _("Schema {before} → {after}.", before=before, after=after)
    render.done(text, as_json, {"before": before, "after": after})


@app.command(help=_("Copies the database to a new file while others work."))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file to make."))], as_json: AsJson = False
) -> None:
    from rdv.engine.upkeep import bootstrap

    bootstrap.backup(office(), file)
    render.done(_("Written: {path}.", path=str(file)), as_json, {"written": str(file)})


@app.command(help=_("Puts a backup in the place of the database."))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A file that rdv db backup has made."))],
    force: Annotated[bool, typer.Option("--force", help=_("Replace a database that is there."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.upkeep import bootstrap

    before, after, found = bootstrap.restore(office(), file, force=force)
    text = _("Restored: {path} (schema {before} → {after}).", path=str(file), before=before, after=after)
    render.done(text, as_json, {"before": before, "after": after, "findings": [json_shapes.row(one) for one in found]})
    _tell(found, as_json)


@app.command(help=_("Copies everything into an empty database, from SQLite to PostgreSQL or back."))
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_("A database, as RDV_DATABASE names it."))],
    target: Annotated[str, typer.Argument(metavar="TO", help=_("An empty one, made if absent."))],
    as_json: AsJson = False,
) -> None:
    from rdv.engine.upkeep import bootstrap

    with render.progress(_("Copying")) as progress:
        copied = bootstrap.copy(source, target, progress)
    rows = sum(one.rows for one in copied)
    text = _("Copied and compared: {tables} tables, {rows} rows.", tables=len(copied), rows=rows)
    render.done(text, as_json, [json_shapes.row(one) for one in copied])


@app.command(help=_("Reads the whole database for what must never be."))
def check(as_json: AsJson = False) -> None:
    from rdv.engine.upkeep.checks import check_database

    found = run(check_database)
    if as_json:
        render.document([json_shapes.row(one) for one in found])
    _tell(found, as_json)


def _tell(found: list[Finding], as_json: bool) -> None:
    """Print the findings of a check, or that there are none. Raise Broken if there are any."""
    if not as_json:
        for one in found:
            render.done(f"{wording.label(one.error)}: {wording.plain(one.ids)}")
    if found:
        raise Broken("database_wrong", count=len(found))
    if not as_json:
        render.done(_("All is well."))
