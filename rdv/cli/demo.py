"""`rdv demo`: a sample town hall in a folder of its own, around today's date: its screens, or its week in a pipe."""

import shutil
import sys
from typing import Annotated

import typer

from rdv import paths
from rdv.cli import render
from rdv.cli.files import read_text
from rdv.cli.groups import verb
from rdv.wording import say as _

app = verb()


@app.command(help=_("A sample town hall, to try everything."))
def demo(reset: Annotated[bool, typer.Option("--reset", help=_("Begin anew."))] = False) -> None:
    from rdv import settings
    from rdv.engine import slots
    from rdv.engine.demo import set_up
    from rdv.engine.office import Office

    folder = paths.data_folder() / "demo"
    if reset:
        shutil.rmtree(folder, ignore_errors=True)
    ours = {"database": str(folder / "rdv.db"), "sign_in": "system"}
    office = Office.open(settings.load().model_copy(update=ours))
    monday = set_up(office, read_text(str(paths.example("mairie"))))
    if all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        from rdv.tui.app import RdvApp

        RdvApp(office.settings, office=office).run()
        return
    render.calendar(office.run(slots.list_slots, office.me, first=monday, days=7))
    free = office.run(slots.next_free, office.me, type="Titres d'identité", count=1)
    start = f"{free[0].starts_at:%Y-%m-%dT%H:%M}" if free else "demain 9:00"
    render.done(_("What to type next:"))
    for line in (
        f"export RDV_DATABASE='{folder / 'rdv.db'}'",
        f'rdv slot list --counter "Guichet 1" --from {monday} --calendar',
        f'rdv appointment assign "Guichet 1" {start} --partner "DURAND Léa" --phone "06 39 98 12 05"',
        "rdv partner show C000098",
        "rdv --help",
    ):
        render.done(f"  {line}")
