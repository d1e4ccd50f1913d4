"""`rdv worker`: send the messages that are due (N3)."""

import signal
import threading
from typing import Annotated

import typer

from rdv import logs
from rdv.cli import json_shapes, render
from rdv.cli.groups import verb
from rdv.cli.options import AsJson
from rdv.cli.session import office
from rdv.i18n.wording import say as _
from rdv.terms import Face

app = verb()


@app.command(help=_("Sends messages as they become due, and reminders; stops on SIGTERM and Ctrl-C."))
def worker(
    once: Annotated[bool, typer.Option("--once", help=_("Send what is due now, then end."))] = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.upkeep.worker import own_name, send_due, serve

    asked = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda _number, _frame: asked.set())  # finish the message being sent
    here = office(Face.WORKER)
    if not once:
        logs.start()
        serve(here, worker=own_name(), stopped=asked.is_set, wait=asked.wait)
        return
    with render.progress(_("Sending")) as progress:
        done = send_due(here, worker=own_name(), stopped=asked.is_set, progress=progress)
    text = _(
        "Sent: {sent} · to try again: {failed} · parked: {parked}.",
        sent=done.sent,
        failed=done.failed,
        parked=done.parked,
    )
    render.done(text, as_json, json_shapes.row(done))
