"""`rdv init` and `rdv apply`: create a database and declare a town hall (B3)."""

from typing import Annotated

import typer

from rdv.cli import render
from rdv.cli.files import read_text
from rdv.cli.groups import verb
from rdv.cli.options import AsJson, DryRun, Restore, Yes
from rdv.cli.session import office
from rdv.i18n.wording import say as _
from rdv.terms import Refused

init = verb()
apply = verb()


@init.command("init", help=_("Creates the database and a first administrator."))
def init_database(as_json: AsJson = False) -> None:
    from rdv.engine.upkeep import bootstrap

    here = office()
    founded = bootstrap.add_first_agent(here)
    agent = here.settings.agent
    if as_json:
        render.document({"database": here.database.label, "administrator": agent if founded else None})
        return
    render.done(_("The database is ready: {database}.", database=here.database.label))
    if founded:
        render.done(_("{agent} is its first administrator.", agent=agent))
        render.note(_("Next: rdv apply FILE declares a town hall, rdv demo shows one."))


@apply.command("apply", help=_("Declares a town hall from a TOML file."))
def apply_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help=_("The TOML file; - for standard input."))],
    dry_run: DryRun = False,
    prune: Annotated[
        bool, typer.Option("--prune", help=_("Remove what the file leaves out of the kinds that it declares."))
    ] = False,
    restore: Restore = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.town.apply import apply_town
    from rdv.engine.town.declaration import read_declaration
    from rdv.engine.upkeep import bootstrap

    town = read_declaration(read_text(file), name=file)
    here = office()
    absent = here.database.schema() is None
    if absent:  # create nothing for a file that cannot be applied
        with bootstrap.rehearsal(here) as empty:
            foreseen = empty.preview(apply_town, empty.me, town=town, prune=prune, restore=restore)
    elif dry_run or not yes:
        foreseen = here.preview(apply_town, here.me, town=town, prune=prune, restore=restore)
        touches = not dry_run and not foreseen.impact.is_empty
        if touches and (as_json or not render.confirm_impact(foreseen.impact)):
            raise Refused("not_confirmed")
    if dry_run:
        render.plan(foreseen, as_json, done=False)
        return
    if absent:
        bootstrap.add_first_agent(here)
    render.plan(here.run(apply_town, here.me, town=town, prune=prune, restore=restore), as_json, done=True)
