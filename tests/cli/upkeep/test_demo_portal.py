"""`rdv demo` opens the citizens' site next to the screens: it answers at once, sends no mail, and ends with them."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from bench.terminal import Terminal, at_terminal
from rdv.cli.commands.upkeep.beside import portal_beside
from rdv.engine.citizens import account_links
from rdv.terms import VISITOR, Invalid
from tests.cli.conftest import Cli, Process
from tests.conftest import Make

PATIENCE = 30
RDV = (sys.executable, "-c", "from rdv.cli.main import main; main()")
WHILE_READING = """
import sys
from pathlib import Path
from rdv.cli.commands.upkeep.beside import portal_beside
with portal_beside({}, host="127.0.0.1", log=Path("portal.log")) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition on another process holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def has_stopped(log: Path) -> bool:
    """Return True if the log says that the site stopped. Its port may belong to another process already."""
    return '"portal stopped"' in log.read_text()


def address_on(terminal: Terminal) -> str:
    """Return the address that the first line of the screens shows."""
    terminal.until(b"http://127.0.0.1:")
    port = re.match(rb"\d+", terminal.until(b"\x1b["))
    assert port
    return f"http://127.0.0.1:{int(port[0])}"


def test_whoever_comes_before_the_site_is_ready_waits_and_it_ends_with_the_block(make: Make, settings: Path) -> None:
    outbox = settings / "outbox"
    make.office.run(account_links.ask_link, VISITOR, email="lea@example.org")
    with portal_beside({"RDV_MAIL_URL": f"file:{outbox}"}, host="127.0.0.1", log=settings / "log") as address:
        assert httpx2.get(f"{address}/healthz", timeout=PATIENCE).json()["database"] == "ok"
        until(lambda: outbox.is_dir() and any(outbox.glob("*.eml")))  # its messages are sent too
        assert address in next(outbox.glob("*.eml")).read_text().replace("=\n", "")
    assert has_stopped(settings / "log")


def test_it_ends_when_the_screens_are_killed(make: Make, settings: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WHILE_READING], cwd=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as screens:
        assert screens.stdout is not None
        address = screens.stdout.readline().strip()
        assert httpx2.get(f"{address}/healthz", timeout=PATIENCE).status_code == 200
        screens.send_signal(signal.SIGKILL)
        until(lambda: has_stopped(settings / "portal.log"))


def test_a_port_that_is_taken_is_no_obstacle(make: Make, settings: Path) -> None:
    given = {"host": "127.0.0.1"}
    with portal_beside({}, log=settings / "1", **given) as one, portal_beside({}, log=settings / "2", **given) as other:
        assert one != other


def test_where_this_machine_does_not_listen_it_says_so(settings: Path) -> None:
    with pytest.raises(Invalid) as refused, portal_beside({}, host="192.0.2.1", log=settings / "log"):
        pass
    assert refused.value.error == "cannot_listen"


def test_telephones_are_told_the_address_of_this_machine_in_its_network(make: Make, settings: Path) -> None:
    with portal_beside({}, host="0.0.0.0", log=settings / "log") as address:
        assert "0.0.0.0" not in address
        assert httpx2.get(f"{address}/healthz", timeout=PATIENCE).status_code == 200


def test_the_first_line_of_the_screens_says_where_it_is_and_it_closes_with_them(settings: Path) -> None:
    with at_terminal(*RDV, "demo") as terminal:
        address = address_on(terminal)
        terminal.until(b"free")
        page = httpx2.get(address, timeout=PATIENCE)
        assert "Citoyenneté" in page.text
        terminal.press(b"\x11")  # Ctrl+Q
        terminal.until(b"\x1b[?1049l")  # the screen as it was before
        assert terminal.running.wait(PATIENCE) == 0
    assert has_stopped(settings / "data" / "rdv" / "demo" / "portal.log")


def test_it_stays_closed_when_one_says_so(settings: Path) -> None:
    with at_terminal(*RDV, "demo", "--no-portal") as terminal:
        assert b"http://" not in terminal.until(b"free")


def test_without_a_terminal_the_week_is_printed_and_the_site_is_said_to_need_one(cli: Cli) -> None:
    ran = cli("demo --portal", now="2026-11-24T10:00")
    assert ran.code == 0 and "BOIS Jules" in ran.out
    assert "rdv portal" in ran.err
    assert cli("demo", now="2026-11-24T10:00").err == ""


def test_the_demonstration_writes_to_nobody(process: Process, settings: Path) -> None:
    code = "from rdv.cli.commands.upkeep import demo; from rdv.engine.office import Office; before = Office.open\n"
    code += "def opened(s): print(s.mail_url, s.sms_url); return before(s)\n"
    code += "Office.open = opened\nfrom rdv.cli.main import main; main()"
    ran = process("demo", code=code, RDV_MAIL_URL="smtp://mail.example.org", RDV_SMS_URL="octopush://a:b@example.org")
    outbox = f"file:{settings / 'data' / 'rdv' / 'demo' / 'outbox'}"
    assert ran.out.startswith(f"{outbox} {outbox}\n")


def test_the_demonstration_has_neither_the_replica_nor_the_secret_of_the_town(process: Process) -> None:
    code = "from rdv.cli.commands.upkeep import demo; from rdv.engine.office import Office; before = Office.open\n"
    code += "def opened(s): print(s.replica_url, s.seal != 'of the town'); return before(s)\n"
    code += "Office.open = opened\nfrom rdv.cli.main import main; main()"
    ran = process("demo", code=code, RDV_REPLICA="postgresql://copy.example.org/rdv", RDV_SECRET="of the town")
    assert ran.out.startswith("None True\n")
