"""`rdv portal`: the citizens' site, served by uvicorn."""

from typing import Annotated

import typer

from rdv.cli import render
from rdv.cli.groups import verb
from rdv.cli.session import office
from rdv.i18n.wording import say as _

app = verb()


@app.command("portal", help=_("The citizens' site."))
def portal(
    host: Annotated[str, typer.Option("--host", help=_("The address to listen at."))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=_("The port to listen at."))] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help=_("How many processes serve."))] = 1,
) -> None:
    here = office()
    with here.database.read():  # fail at once if the database cannot serve
        pass
    here.database.close()
    from portal.server import serve

    render.note(_("The portal listens at {address}. Ctrl-C ends it.", address=f"http://{host}:{port}"))
    serve(here.settings, host=host, port=port, workers=workers)
