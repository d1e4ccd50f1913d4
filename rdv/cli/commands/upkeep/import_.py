"""`rdv import`: counters, partners, appointments and closures from files (B2)."""

from typing import Annotated

import typer

from rdv.cli import render
from rdv.cli.files import read_bytes
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, DryRun, Yes
from rdv.cli.session import office
from rdv.i18n.wording import say as _
from rdv.terms import Refused

app = noun()

File = Annotated[str, typer.Argument(metavar="FILE", help=_("A CSV or XLSX file; - for standard input."))]
DatedFile = Annotated[
    str, typer.Argument(metavar="FILE", help=_("A CSV, XLSX or iCalendar file; - for standard input."))
]


@app.command(help=_("Counters; known by place and label."))
def counters(file: File, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    bring("counters", file, dry_run, as_json, asks=not yes)


@app.command(help=_("Partners; found again by code, or by name and phone or e-mail."))
def partners(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    bring("partners", file, dry_run, as_json)


@app.command(help=_("Appointments taken elsewhere, with their partners; no message is sent."))
def appointments(file: DatedFile, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    bring("appointments", file, dry_run, as_json)


@app.command(help=_("Closures; without a place, every place is shut."))
def closures(file: DatedFile, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    bring("closures", file, dry_run, as_json, asks=not yes)


def bring(kind: str, file: str, dry_run: bool, as_json: bool, *, asks: bool = False) -> None:
    """Import a file, or show what importing it would do. With `asks`, show the appointments concerned first (I1)."""
    from rdv.engine.imports import files
    from rdv.engine.imports.columns import ImportKind

    here = office()
    lines = files.read_lines(read_bytes(file), ImportKind(kind), name=file, country=here.settings.country)
    use_case = files.BY_KIND[ImportKind(kind)]
    if dry_run or asks:
        with render.progress(_("Checking")) as progress:
            foreseen = here.preview(use_case, here.me, lines=lines, progress=progress)
        if dry_run:
            render.plan(foreseen, as_json, done=False)
            return
        if not foreseen.impact.is_empty and (as_json or not render.confirm_impact(foreseen.impact)):
            raise Refused("not_confirmed")
    with render.progress(_("Importing")) as progress:
        plan = here.run(use_case, here.me, lines=lines, progress=progress)
    render.plan(plan, as_json, done=True)
