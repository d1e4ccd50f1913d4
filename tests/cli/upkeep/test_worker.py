"""`rdv worker`: sends due messages, once or continuously, and stops on request."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rdv.store.change_feed import Watch
from rdv.store.session import Database
from tests.cli.conftest import Cli

BOOK = "appointment assign 'Guichet 1' 2017-04-10T09:00 --partner 'DURAND Léa' --email lea@example.org"


@pytest.fixture(autouse=True)
def handlers() -> object:
    """Restore the signal handlers of this process."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGINT)}
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


def test_n3_once_sends_what_is_due_and_ends(cli: Cli, settings: Path) -> None:
    cli.json(f"{BOOK} --phone '06 39 98 12 05'")
    where = {"mail_url": f"file:{settings / 'mail'}", "sms_url": f"file:{settings / 'sms'}"}
    done = cli.json("worker --once", **where)
    assert (done["failed"], done["parked"]) == (0, 0)
    assert done["sent"] == 2 + done["reminders"]
    [mail] = [file.name for file in (settings / "mail").glob("*-confirmation.eml")]
    [sms] = [file.read_text() for file in (settings / "sms").glob("*-confirmation.txt")]
    assert mail.startswith("20170404T143500-")
    assert sms.startswith("+33639981205\n\nConfirmed 10/04 09:00. http://")
    assert cli.done("worker --once", **where) == "Sent: 0 · to try again: 0 · parked: 0.\n"


def test_n3_what_fails_is_told_and_waits(cli: Cli) -> None:
    cli.json(BOOK)
    ran = cli("worker --once", mail_url="smtp://127.0.0.1:1")
    assert (ran.code, ran.out) == (0, "Sent: 0 · to try again: 1 · parked: 0.\n")
    [card] = cli.json("notification list --kind confirmation")
    assert card["attempts"] == 1 and "refused" in card["last_error"]


def test_a_worker_needs_no_agent(cli: Cli) -> None:
    assert cli("worker --once", agent="nobody").code == 0


def test_without_a_database_once_says_so(cli: Cli, settings: Path) -> None:
    ran = cli("worker --once --json", database=str(settings / "none.db"))
    assert (ran.code, ran.error["error"]) == (5, "database_absent")


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_n3_a_worker_serves_until_it_is_told_to_stop(
    cli: Cli, settings: Path, database: Database, kind: signal.Signals
) -> None:
    environment = os.environ | {"RDV_MAIL_URL": f"file:{settings / 'mail'}"}
    with subprocess.Popen(
        [sys.executable, "-c", "from rdv.cli.main import main; main()", "worker"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["event"] == "started"
        cli.json(BOOK)
        watch = Watch(database)
        while not list((settings / "mail").glob("*-confirmation.eml")):
            assert watch.changed(20), "the worker sends nothing"
        watch.close()
        process.send_signal(kind)
        out, err = process.communicate(timeout=20)
    events = [json.loads(line) for line in err.splitlines()]
    assert (process.returncode, out) == (0, "")
    assert events[-1]["event"] == "stopped"
    assert "lea" not in err and "example.org" not in err
