"""`rdv tui`: the agents' screens, in this terminal or in browsers."""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from rdv.cli.groups import verb
from rdv.i18n.wording import say as _

app = verb()


@app.command(help=_("The agents' screens."))
def tui(
    serve: Annotated[bool, typer.Option("--serve", help=_("Offers the screens in a browser."))] = False,
    host: Annotated[str, typer.Option(help=_("Address to serve on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port to serve on."))] = 8001,
    url: Annotated[str | None, typer.Option(help=_("Public address, where a proxy stands before it."))] = None,
) -> None:
    if serve:
        from textual_serve.server import Server

        import rdv.tui
        from rdv import settings

        settings.load()  # report wrong settings here, not to the person who opens the page
        os.environ["RDV_SIGN_IN"] = "password"  # a person who opens the page is not the user of this machine
        command = f"{shlex.quote(sys.executable)} -m rdv tui"
        page = Path(rdv.tui.__file__).parent / "served"  # that of textual-serve would fetch a font from another host
        Server(command, host=host, port=port, title="rdv", public_url=url, templates_path=page).serve()
        return
    from rdv.tui.app import RdvApp

    screens = RdvApp()
    problem = screens.run()
    if problem is not None:
        raise problem
    if screens.return_code:  # a signal ended it
        raise typer.Exit(screens.return_code)
