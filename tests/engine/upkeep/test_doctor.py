"""`rdv doctor`: each part looked at in turn, against a real mail server on this machine and against none."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rdv.engine.office import Office
from rdv.engine.upkeep.doctor import Examined, examine
from rdv.i18n import wording
from rdv.store.session import Database
from rdv.terms import Broken, NotAllowed
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.towns import everything, speaking


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to be greeted; `seen` are the commands that it was given."""

    daemon_threads = True
    allow_reuse_address = True
    greeting = "220 mail.example.org ESMTP"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.seen: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    """One client of the mail server."""

    server: MailServer

    def handle(self) -> None:
        self.say(self.server.greeting)
        for line in self.rfile:
            command = line.decode().strip().upper()
            self.server.seen.append(command.split(" ", maxsplit=1)[0])
            self.say({"EHLO": "250 mail.example.org", "QUIT": "221 bye"}.get(self.server.seen[-1], "250 fine"))
            if command == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_port() -> str:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{closed.getsockname()[1]}"


def examined(office: Office, **settings: Any) -> dict[str, Examined]:
    office.settings = office.settings.model_copy(update=settings)
    return {one.name: one for one in examine(office)}


def problem(one: Examined) -> str:
    assert one.problem is not None
    return one.problem.error


def test_all_is_well_where_everything_answers(office: Office, mail: MailServer) -> None:
    sms = "octopush://mairie%40example.org:key@Mairie"
    portal = "https://rdv.example.org"
    found = examined(office, mail_url=f"smtp://{mail.address}", sms_url=sms, portal_url=portal)
    assert list(found) == ["database", "agent", "mail", "sms", "portal", "outbox"]
    assert [one.problem for one in found.values()] == [None] * 6
    assert found["database"].told == office.database.label
    assert found["agent"].told == "root"
    assert mail.seen == ["NOOP", "QUIT"]  # nothing is sent


def test_examining_writes_nothing(make: Make, tmp_path: Path) -> None:
    before = everything(make.office.database)
    examined(make.office, mail_url=f"file:{tmp_path / 'outbox'}")
    assert everything(make.office.database) == before
    assert list((tmp_path / "outbox").iterdir()) == []


@pytest.mark.parametrize(
    ("portal", "sms", "error"),
    [
        ("http://127.0.0.1:8000", "octopush://a:b@M", "portal_here"), ("http://127.0.0.1:8000", None, None),
        ("https://rdv.example.org", "octopush://a:b@M", None), ("", "octopush://a:b@M", None),
    ],
)  # fmt: skip
def test_a_portal_that_readers_of_messages_cannot_reach_is_told(
    office: Office, portal: str, sms: str | None, error: str | None
) -> None:
    found = examined(office, portal_url=portal, sms_url=sms)["portal"]
    assert (found.problem and found.problem.error) == error


def test_a_dead_port_is_told_with_the_address(office: Office, dead_port: str) -> None:
    found = examined(office, mail_url=f"smtp://{dead_port}")
    assert problem(found["mail"]) == "mail_unreachable"
    assert found["mail"].problem is not None
    assert found["mail"].problem.facts["url"] == f"smtp://{dead_port}"
    assert "refused" in str(found["mail"].problem.facts["problem"])
    assert found["database"].problem is None


def test_a_server_that_is_no_mail_server_is_told(office: Office, mail: MailServer) -> None:
    mail.greeting = "HTTP/1.1 400 Bad Request"
    assert problem(examined(office, mail_url=f"smtp://{mail.address}")["mail"]) == "mail_unreachable"


def test_a_server_that_cannot_keep_a_password_secret_is_told_and_so_is_not_the_password(
    office: Office, mail: MailServer
) -> None:
    found = examined(office, mail_url=f"smtp://mairie:s3cret@{mail.address}")["mail"]
    assert problem(found) == "mail_unreachable"
    assert found.told == f"smtp://mairie:***@{mail.address}"
    assert "s3cret" not in str(found.problem)
    assert "AUTH" not in mail.seen


@pytest.mark.parametrize("url", ["", "mairie", "http://127.0.0.1", "smtp://", "smtp://127.0.0.1:port"])
def test_what_is_no_address_of_a_mail_server_is_told(office: Office, url: str) -> None:
    assert problem(examined(office, mail_url=url)["mail"]) == "mail_unreachable"


def test_an_outbox_that_cannot_be_made_is_told(office: Office, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    assert problem(examined(office, mail_url=f"file:{tmp_path / 'outbox' / 'new'}")["mail"]) == "mail_unreachable"


@pytest.mark.parametrize(
    ("url", "error"),
    [(None, None), ("json://host/{phone}", None), ("06 12 34 56 78", "sms_url"), ("nosuchservice://x", "sms_url")],
)
def test_an_sms_address_that_is_none_is_told(office: Office, url: str | None, error: str | None) -> None:
    found = examined(office, mail_url="smtp://", sms_url=url)["sms"]
    assert (found.problem and found.problem.error) == error


def test_the_keys_of_an_sms_address_are_never_shown(office: Office) -> None:
    found = examined(office, mail_url="smtp://", sms_url="octopush://login/s3cret/33600000000")["sms"]
    assert found.told == "octopush://…"


def test_g1_an_agent_whom_the_database_does_not_know_is_told(office: Office, tmp_path: Path) -> None:
    found = examined(office, agent="nobody", mail_url=f"file:{tmp_path}")
    assert isinstance(found["agent"].problem, NotAllowed)
    assert problem(found["agent"]) == "agent_unknown"


def test_an_absent_database_is_told_and_the_rest_is_looked_at_all_the_same(
    databases: Databases, kind: str, clock: FrozenClock, tmp_path: Path, office: Office
) -> None:
    with databases.fresh(kind, migrated=False) as absent:
        found = examined(Office(absent, clock, office.settings), mail_url=f"file:{tmp_path}")
        assert isinstance(found["database"].problem, Broken)
        assert problem(found["database"]) == "database_absent"
        assert found["mail"].problem is None
        if absent.file is not None:
            assert not absent.file.exists()


def test_a_database_server_that_does_not_answer_is_told(clock: FrozenClock, dead_port: str, office: Office) -> None:
    database = Database(f"postgresql+psycopg://rdv:s3cret@{dead_port}/rdv")
    found = examined(Office(database, clock, office.settings), mail_url="smtp://")["database"]
    database.close()
    assert problem(found) == "database_unreachable"
    assert "s3cret" not in found.told + str(found.problem)


def test_every_problem_says_what_to_do_in_both_languages(office: Office, dead_port: str) -> None:
    found = examined(office, mail_url=f"smtp://{dead_port}", sms_url="x", agent="nobody")
    problems = [one.problem for one in found.values() if one.problem is not None]
    assert len(problems) == 4
    for language in ("en", "fr"):
        with speaking(language):
            assert all(wording.sentence(one) and wording.hint(one) for one in problems)


def test_a_database_in_order_needs_no_settings_file(database: Database, clock: FrozenClock) -> None:
    assert examined(office_on(database, clock), mail_url="smtp://")["database"].problem is None


def test_n3_messages_that_nobody_sends_are_told(make: Make, clock: FrozenClock) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", email="jules@example.org")
    clock.advance(minutes=15)
    assert examined(make.office, mail_url="smtp://")["outbox"].problem is None
    clock.advance(seconds=1)
    late = examined(make.office, mail_url="smtp://")["outbox"]
    assert problem(late) == "outbox_late"
    assert late.problem is not None and late.problem.facts["count"] == 1


def test_n3_messages_that_are_parked_are_told(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", email="jules@example.org")
    with make.office.database.write() as session:
        session.connection().exec_driver_sql("UPDATE notice SET status = 'parked'")
    assert problem(examined(make.office, mail_url="smtp://")["outbox"]) == "outbox_parked"
