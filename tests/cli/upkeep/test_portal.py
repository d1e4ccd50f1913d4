"""`rdv portal`: serves the citizens' site in one process or several, until it is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import Cli
from tests.post import free_port

PATIENCE = 40


def answered(address: str) -> httpx2.Response:
    """Return the first answer of a portal that is starting."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx2.get(address, timeout=PATIENCE)
        except httpx2.TransportError:
            assert time.monotonic() < until, "the portal does not answer"
            time.sleep(0.1)


@pytest.mark.parametrize(("workers", "kind"), [(1, signal.SIGTERM), (1, signal.SIGINT), (2, signal.SIGTERM)])
def test_a_portal_serves_until_it_is_told_to_stop(cli: Cli, workers: int, kind: signal.Signals) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", "from rdv.cli.main import main; main()", "portal", "--port", str(port),
         "--workers", str(workers)],
        env=os.environ | {"RDV_TOWN": "Villeneuve"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            assert answered(f"{address}/healthz").json()["database"] == "ok"
            page = httpx2.get(f"{address}/")
            assert "Villeneuve" in page.text and "Citoyenneté" in page.text
            assert "rdv_requests_total" in httpx2.get(f"{address}/metrics").text
            assert "server" not in page.headers
            process.send_signal(kind)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.terminate()  # a test that failed before would wait for it without end
    assert process.returncode in (0, -kind), err
    assert out == ""
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert [one["event"] for one in events].count("portal stopped") == workers
    assert "Traceback" not in err


def test_without_a_database_nothing_is_served(cli: Cli, settings: Path) -> None:
    ran = cli("portal --port 1", database=str(settings / "none.db"))
    assert ran.code == 5 and "rdv init" in ran.err


def test_the_command_line_loads_no_page_before_it_serves(cli: Cli) -> None:
    code = "import sys, rdv.cli.commands.upkeep.portal; assert not {'fastapi', 'uvicorn', 'portal'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
