"""`rdv doctor`: check settings, database, mail and SMS, and say how to fix each."""

import typer

from rdv import paths
from rdv.cli import json_shapes, render
from rdv.cli.groups import verb
from rdv.cli.options import AsJson
from rdv.cli.session import office
from rdv.i18n import wording
from rdv.i18n.wording import say as _

app = verb()


@app.command(help=_("Checks settings, database, mail and SMS; says how to mend each."))
def doctor(as_json: AsJson = False) -> None:
    from rdv.engine.upkeep.doctor import examine

    here = office()
    examined = examine(here)
    file = paths.config_file()
    if as_json:
        found = [
            {"name": one.name, "value": one.told, "problem": one.problem and json_shapes.error(one.problem)}
            for one in examined
        ]
        render.document({"settings_file": file and str(file), "examined": found})
    else:
        render.form([("  " + wording.label("settings"), str(file or _("none: defaults and environment")))])
        for one in examined:
            sign = "✓" if one.problem is None else "✗"
            render.form([(f"{sign} {wording.label(one.name)}", one.told)])
            if one.problem is not None:
                render.done(f"    {wording.sentence(one.problem)}\n    {wording.hint(one.problem)}")
    first = next((one.problem for one in examined if one.problem is not None), None)
    if first is not None:
        raise typer.Exit(5 if first.error.startswith("database") else 1)
