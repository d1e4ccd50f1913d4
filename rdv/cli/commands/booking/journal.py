"""`rdv journal`: who did what to what, and when (G3)."""

from typing import Annotated

import typer

from rdv.cli import render
from rdv.cli.groups import verb
from rdv.cli.options import AsJson, From, To
from rdv.cli.session import run
from rdv.i18n.wording import say as _

app = verb()


@app.command(help=_("The latest entries of the journal, latest first."))
def journal(
    first: From = None,
    last: To = None,
    actor: Annotated[str | None, typer.Option("--actor", help=_("What this agent did."))] = None,
    action: Annotated[str | None, typer.Option("--action", help=_("Such as appointment.move, or appointment."))] = None,
    subject: Annotated[str | None, typer.Option("--subject", help=_("A kind of thing: appointment, counter…"))] = None,
    number: Annotated[int | None, typer.Option("--number", help=_("The number of the thing."))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=_("At most that many."))] = 100,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking.journal import read_journal

    lines = run(
        read_journal,
        first=first,
        last=last,
        actor=actor,
        action=action,
        subject=subject,
        subject_id=number,
        limit=limit,
    )
    render.journal(lines, as_json)
