"""`rdv export`: what the database holds, as files."""

from pathlib import Path
from typing import Annotated

import typer

from rdv.cli import render
from rdv.cli.groups import noun
from rdv.cli.session import run
from rdv.terms import Invalid, Refused
from rdv.wording import say as _

app = noun()


@app.callback()
def root() -> None:
    """Lets a group of one command stand."""


@app.command(help=_("The town hall as TOML, which `rdv apply` reads back with no difference."))
def config(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=_("A new file; standard output if none."))
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=_("Also partners, suspended and reserved slots, appointments."))
    ] = False,
) -> None:
    from rdv.engine.exports import export_config

    text = run(export_config, everything=everything)
    if out is None:
        render.raw(text)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused("file_exists", path=str(out)) from None
    except OSError as problem:
        raise Invalid("file_absent", path=str(out), problem=problem.strerror) from None
    render.note(_("Written: {path}.", path=str(out)))
