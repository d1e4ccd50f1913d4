"""E-mail (N1), byte by byte, through real servers on this machine: plain, STARTTLS, SMTPS, a folder."""

import re
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import trustme
from icalendar import Calendar

from rdv.engine.messages.email import build, check_mail, send_mail
from rdv.engine.messages.rendering import render_message
from rdv.engine.views.messages import OutgoingMessage
from rdv.terms import Invalid, MessageKind, RdvError
from tests.engine.messages.test_rendering import NOW, TOWN, letter, told
from tests.post import PostOffice, free_port, knows, open_post_office


def message(kind: MessageKind = MessageKind.CONFIRMATION, some: OutgoingMessage | None = None) -> EmailMessage:
    one = some or letter(kind)
    return build(one, render_message(TOWN, one, now=NOW), sender=TOWN.sender, now=NOW)


def parts(one: EmailMessage) -> list[EmailMessage]:
    return [part for part in one.walk() if isinstance(part, EmailMessage) and not part.is_multipart()]


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


# The message on the wire


def test_n1_a_message_is_text_html_and_an_invitation_said_three_ways(post: PostOffice) -> None:
    send_mail(f"smtp://127.0.0.1:{post.port}", message(), name="x")
    [got] = post.messages
    assert got.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts(got)] == ["text/plain", "text/html", "text/calendar"]
    text, html, calendar = parts(got)
    assert text.get_content().splitlines()[0] == "Votre rendez-vous est confirmé"
    assert "<" not in text.get_content().replace("<livret>", ""), "our text, and not the source of the page"
    assert html.get_content().lstrip().startswith("<!doctype html>")
    assert calendar.get_param("method") == "REQUEST"
    event = Calendar.from_ical(calendar.get_content())
    assert event["METHOD"] == "REQUEST"


def test_n2_a_message_bears_the_identity_of_its_notice_once(post: PostOffice) -> None:
    send_mail(f"smtp://127.0.0.1:{post.port}", message(), name="x")
    [raw], [got] = post.boxes, post.messages
    assert got.get_all("Message-ID") == ["<1@rdv>"]
    assert got["From"] == "Mairie de Villeneuve <rdv@example.org>"
    assert str(got["To"]) == "DURAND Léa <lea@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == NOW
    assert got["Subject"] == "Rendez-vous confirmé\N{NO-BREAK SPACE}: vendredi 7 avril 2017 à 11:00, Mairie principale"
    assert post.recipients == ["lea@example.org"]
    assert raw.isascii(), "no server on its way has to know better"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_n2_the_server_receives_the_message_byte_for_byte_as_it_was_built(post: PostOffice) -> None:
    send_mail(f"smtp://127.0.0.1:{post.port}", message(), name="x")
    boundary = re.compile(rb"={15}\d+==")  # of parts: chosen at random whenever the message is written out
    [received] = post.boxes
    assert boundary.sub(b"boundary", received) == boundary.sub(b"boundary", message().as_bytes())
    assert post.senders == ["rdv@example.org"]
    assert post.recipients == ["lea@example.org"]


@pytest.mark.parametrize(
    ("kind", "method"),
    [("confirmation", "REQUEST"), ("move", "REQUEST"), ("reminder", "REQUEST"), ("cancellation", "CANCEL"),
     ("invitation", "CANCEL")],
)  # fmt: skip
def test_n1_calendars_are_asked_to_put_update_or_take_off(kind: str, method: str) -> None:
    calendar = parts(message(MessageKind(kind)))[2]
    assert calendar.get_param("method") == method
    assert Calendar.from_ical(calendar.get_content())["METHOD"] == method


def test_n2_several_appointments_come_with_a_calendar_file_each() -> None:
    some = letter(MessageKind.MOVE, appointments=(told(1), told(2, "2017-04-07T14:00")))
    got = message(some=some)
    assert got.get_content_type() == "multipart/mixed"
    files = [part for part in parts(got) if part.get_content_type() == "text/calendar"]
    assert [part.get_filename() for part in files] == ["rdv-1.ics", "rdv-2.ics"]
    uids = {str(Calendar.from_ical(part.get_content()).walk("VEVENT")[0]["UID"]) for part in files}
    assert len(uids) == 2


def test_a_name_never_makes_a_header(post: PostOffice) -> None:
    wild = letter(MessageKind.MOVE, name='DURAND"\r\nBcc: all@example.org, <x>')
    send_mail(f"smtp://127.0.0.1:{post.port}", message(some=wild), name="x")
    assert post.messages[0]["Bcc"] is None
    assert post.recipients == ["lea@example.org"]


@pytest.mark.parametrize("address", ["lea", "lea@", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        message(some=letter(MessageKind.MOVE, to=address))


# Servers


def test_a_server_that_says_no_is_quoted(post: PostOffice) -> None:
    post.refuse = "554 no thank you"
    with pytest.raises(RdvError) as told_why:
        send_mail(f"smtp://127.0.0.1:{post.port}", message(), name="x")
    assert told_why.value.error == "mail_unreachable"
    assert told_why.value.facts["problem"] == "554 no thank you"


def test_n3_a_message_whose_connection_is_lost_is_tried_once_because_the_server_may_have_it(post: PostOffice) -> None:
    post.hang_up = True
    with pytest.raises(RdvError, match="mail_unreachable"):
        send_mail(f"smtp://127.0.0.1:{post.port}", message(), name="x")
    assert post.attempts == 1


def test_a_recipient_that_the_server_refuses_is_quoted(post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object) -> str:
        return "550 no such mailbox"

    monkeypatch.setattr(PostOffice, "handle_RCPT", refuse, raising=False)
    with open_post_office() as office, pytest.raises(RdvError) as raised:
        send_mail(f"smtp://127.0.0.1:{office.port}", message(), name="x")
    assert raised.value.facts["problem"] == "550 no such mailbox"


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(RdvError) as told_why:
        send_mail(f"smtp://127.0.0.1:{free_port()}", message(), name="x")
    assert "refused" in str(told_why.value.facts["problem"])


@dataclass(frozen=True)
class Certificates:
    """A server's certificate, and whether the world trusts who signed it."""

    context: ssl.SSLContext


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Return a certificate of this machine, signed by an authority that this process trusts (SSL_CERT_FILE)."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return Certificates(context)


def test_with_an_account_the_password_travels_under_tls(certificates: Certificates) -> None:
    account = knows("mairie", "s3cret@")
    with open_post_office(
        tls_context=certificates.context, require_starttls=True, auth_required=True, authenticator=account
    ) as post:
        url = f"smtp://mairie:s3cret%40@127.0.0.1:{post.port}"
        check_mail(url)
        assert post.boxes == []
        send_mail(url, message(), name="x")
        assert post.ids == ["<1@rdv>"]
        assert post.senders == ["rdv@example.org"], "the login is no address to answer to"
        with pytest.raises(RdvError) as told_why:
            send_mail(f"smtp://mairie:wrong@127.0.0.1:{post.port}", message(), name="x")
        assert "535" in str(told_why.value.facts["problem"])
        assert "wrong" not in str(told_why.value)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is TLS from the start
def test_smtps_is_tls_from_the_start(certificates: Certificates) -> None:
    account = knows("rdv@example.org", "s3cret")
    with open_post_office(
        ssl_context=certificates.context, auth_required=True, authenticator=account, auth_require_tls=False
    ) as post:
        send_mail(f"smtps://rdv%40example.org:s3cret@127.0.0.1:{post.port}", message(), name="x")
        assert post.ids == ["<1@rdv>"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    more = {"ssl_context": certificates.context} if scheme == "smtps" else {"tls_context": certificates.context}
    with open_post_office(**more) as post:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(RdvError) as told_why:
            send_mail(f"{scheme}://mairie:s3cret@127.0.0.1:{post.port}", message(), name="x")
        assert "certificate" in str(told_why.value.facts["problem"])
        assert post.boxes == []


def test_a_password_never_travels_in_clear(post: PostOffice) -> None:
    with pytest.raises(RdvError):
        send_mail(f"smtp://mairie:s3cret@127.0.0.1:{post.port}", message(), name="x")
    assert post.boxes == []


# A folder


def test_a_folder_takes_a_file_a_message(tmp_path: Path) -> None:
    url = f"file:{tmp_path / 'out box'}"
    for _ in range(2):
        send_mail(url, message(), name="20170404-7-confirmation")
    [file] = (tmp_path / "out box").iterdir()
    assert file.name == "20170404-7-confirmation.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    got = message_from_bytes(file.read_bytes(), policy=default)
    assert got["Message-ID"] == "<1@rdv>"


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RdvError, match="mail_unreachable"):
        send_mail(f"file:{tmp_path / 'file' / 'folder'}", message(), name="x")


def test_the_sender_is_as_set_or_the_account_or_this_machine() -> None:
    assert TOWN.sender == ("Mairie de Villeneuve", "rdv@example.org")
    bare = TOWN.model_copy(update={"mail_from": None})
    account = bare.model_copy(update={"mail_url": "smtp://rdv%40ville.example.org:x@mail.example.org"})
    assert account.sender == ("", "rdv@ville.example.org")
    assert bare.model_copy(update={"mail_url": "file:x"}).sender == ("", "rdv@localhost")
    assert datetime(2017, 4, 4, 14, 35, tzinfo=UTC) == NOW
