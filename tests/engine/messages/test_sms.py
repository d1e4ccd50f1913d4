"""SMS (N1): the alphabet that one is made of, a real gateway on this machine, a folder."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.messages.sms import EXTENDED, GSM, addressed, check_sms, length, plain, send_sms
from rdv.terms import RdvError
from tests.post import Gateway, free_port, open_gateway

PHONE = "+33639981201"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as made:
        yield made


def test_n1_french_is_written_in_the_alphabet_of_an_sms() -> None:
    assert plain("« Très tôt » – l’œuvre reçue à Noël… 5 €") == '"Très tot" - l\'oeuvre recue à Noel... 5 €'
    assert plain("déjà là, où ?") == "déjà là, où ?"
    assert plain("北京") == "??"
    assert plain("https://host/~rdv/lien/A-b_c.d") == "https://host/~rdv/lien/A-b_c.d"


@given(st.text(max_size=40))
def test_n1_whatever_was_typed_fits_into_the_alphabet(text: str) -> None:
    assert set(plain(text)) <= set(GSM + EXTENDED)
    assert plain(plain(text)) == plain(text)


def test_n1_what_takes_the_room_of_two_is_counted_twice() -> None:
    assert (length("5 €"), length("à ~")) == (4, 4)


def test_n1_the_alphabet_is_that_of_gsm() -> None:
    assert len(GSM) == len(set(GSM)) == 127  # 128 positions, one of which is the escape


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("json://host/sms?:to={phone}", "json://host/sms?:to=%2B33639981201"),
        ("octopush://login:key@Mairie", "octopush://login:key@Mairie/%2B33639981201"),
        ("twilio://a:b@c/?method=sms", "twilio://a:b@c/%2B33639981201?method=sms"),
    ],
)
def test_the_number_goes_where_the_address_says_or_last(url: str, wanted: str) -> None:
    assert addressed(url, PHONE) == wanted


def test_n1_a_gateway_of_the_town_gets_number_and_text(gateway: Gateway) -> None:
    send_sms(f"json://127.0.0.1:{gateway.port}/sms?:to={{phone}}", PHONE, "RDV confirmé ven. 07/04 11:00", name="x")
    send_sms(f"json://127.0.0.1:{gateway.port}/sms", PHONE, "Rappel", name="x")
    (path, first), (other, second) = gateway.seen
    assert (path, first["to"], first["message"]) == ("/sms", PHONE, "RDV confirmé ven. 07/04 11:00")
    assert (other.replace("%2B", "+"), second["message"]) == (f"/sms/{PHONE}", "Rappel")


def test_n3_a_gateway_that_says_no_is_quoted_and_nothing_of_it_is_logged(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway.answer = 503
    with pytest.raises(RdvError) as told:
        send_sms(f"json://127.0.0.1:{gateway.port}/sms?:to={{phone}}", PHONE, "Rappel", name="x")
    assert told.value.error == "sms_failed"
    assert "503" in str(told.value.facts["problem"])
    assert capfd.readouterr() == ("", "")


def test_n3_a_gateway_that_is_not_there_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RdvError, match="sms_failed"):
        send_sms(f"json://127.0.0.1:{free_port()}/sms", PHONE, "Rappel", name="x")
    with pytest.raises(RdvError, match="sms_failed"):
        send_sms("nosuchservice://x", PHONE, "Rappel", name="x")
    assert capfd.readouterr() == ("", "")


def test_an_address_of_sms_is_looked_at(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for good in ("json://host/sms?:to={phone}", "octopush://mairie%40example.org:key@Mairie", f"file:{tmp_path}"):
        check_sms(good)
    for bad in ("06 39 98 12 01", "nosuchservice://x", "octopush://", "freemobile://"):
        with pytest.raises(RdvError, match="sms_url"):
            check_sms(bad)
    assert [record for record in caplog.records if record.levelno > logging.WARNING and "phone" in record.msg] == []


def test_a_folder_takes_a_file_an_sms(tmp_path: Path) -> None:
    send_sms(f"file:{tmp_path / 'sms'}", PHONE, "RDV déplacé", name="7-move")
    [file] = (tmp_path / "sms").iterdir()
    assert (file.name, file.read_text("utf-8")) == ("7-move.txt", f"{PHONE}\n\nRDV déplacé\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "no").write_text("")
    with pytest.raises(RdvError, match="sms_failed"):
        send_sms(f"file:{tmp_path / 'no' / 'folder'}", PHONE, "x", name="x")
