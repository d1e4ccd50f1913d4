"""`rdv demo`: a sample town hall in its own folder, around today's date: its screens and portal, or its week."""

import shutil
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdv import paths
from rdv.cli import render
from rdv.cli.files import read_text
from rdv.cli.groups import verb
from rdv.i18n.wording import say as _

if TYPE_CHECKING:
    from rdv.engine.office import Office

app = verb()

_NOT_THE_TOWNS = {"replica": "", "secret": ""}
"""Settings of the town that must not reach the demonstration: they would show its slots or its agents there."""


@app.command(help=_("A sample town hall, to try everything."))
def demo(
    reset: Annotated[bool, typer.Option("--reset", help=_("Begin anew."))] = False,
    portal: Annotated[
        bool | None, typer.Option("--portal/--no-portal", help=_("Open the citizens' site beside the screens."))
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help=_("Where the site listens; 0.0.0.0 lets telephones of the network in."))
    ] = "127.0.0.1",
) -> None:
    from rdv import settings
    from rdv.engine.office import Office
    from rdv.engine.upkeep.demo import set_up

    folder = paths.data_folder() / "demo"
    if reset:
        shutil.rmtree(folder, ignore_errors=True)
    ours = {"database": str(folder / "rdv.db"), "sign_in": "system", **_NOT_THE_TOWNS, **_no_mail(folder)}
    office = Office.open(settings.load().model_copy(update=ours))
    monday = set_up(office, read_text(str(paths.example("mairie"))))
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        _print_week(office, monday, folder)
        if portal:
            render.note(_("The site opens beside the screens, which need a terminal. By itself: rdv portal"))
    elif portal is False:
        _open(office)
    else:
        from rdv.cli.commands.upkeep.beside import portal_beside

        with portal_beside(
            {f"RDV_{name.upper()}": value for name, value in ours.items()}, host=host, log=folder / "portal.log"
        ) as address:
            office.settings = office.settings.model_copy(update={"portal_url": address})
            _open(office, address)


def _no_mail(folder: Path) -> dict[str, str]:
    """Return settings that write every message to a file, so that no citizen receives one."""
    return {f"{channel}_url": f"file:{folder / 'outbox'}" for channel in ("mail", "sms")}


def _open(office: "Office", portal: str = "") -> None:
    from rdv.tui.app import RdvApp

    RdvApp(office.settings, office=office, portal=portal).run()


def _print_week(office: "Office", monday: date, folder: Path) -> None:
    from rdv.engine.booking import slots

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
