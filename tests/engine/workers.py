"""The processes of `test_worker_kills`. Light: each imports this module and the engine, and no test tool."""

import os
import signal
from datetime import datetime
from typing import Any

from rdv.engine.office import Office
from rdv.engine.upkeep import worker
from rdv.engine.views.messages import OutgoingMessage
from rdv.settings import Settings
from rdv.store.session import Database


def office_at(url: str, now: str, port: int) -> Office:
    """Return an office on this database, at this time, with this mail server."""
    settings = Settings.model_construct(
        database=url, agent="root", mail_url=f"smtp://127.0.0.1:{port}", secret="s", mail_from="rdv@example.org"
    )
    return Office(Database(url), lambda: datetime.fromisoformat(now), settings)


def send(url: str, now: str, port: int, killed: str = "") -> None:
    """Send due messages; die `before` or `after` the first one leaves, before it is recorded."""
    deliver = worker.deliver

    def die(settings: Settings, letter: OutgoingMessage, **more: Any) -> None:
        if killed == "after":
            deliver(settings, letter, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    if killed:
        worker.deliver = die
    office = office_at(url, now, port)
    worker.send_due(office, worker=worker.own_name(), stopped=lambda: False)
    office.database.close()
