"""Messages in words (N1): each kind, in French and English, as text, HTML and SMS; the town's own templates win."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv.engine.messages.links import read_link
from rdv.engine.messages.rendering import OWN, render_message
from rdv.engine.messages.sms import GSM
from rdv.engine.views.messages import MessageAppointment, MessageSlot, OutgoingMessage
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.terms import AppointmentStatus, Channel, Invalid, MessageKind
from rdv.tokens import unseal

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2017, 4, 4, 14, 35, tzinfo=UTC)
TOWN = Settings.model_construct(
    secret="s", portal_url="https://rdv.villeneuve.example.org", mail_from="Mairie de Villeneuve <rdv@example.org>"
)
KINDS = list(MessageKind)
ABOUT_SLOTS = [MessageKind.CONFIRMATION, MessageKind.MOVE, MessageKind.CANCELLATION, MessageKind.INVITATION,
               MessageKind.REMINDER]  # fmt: skip


def slot(start: str, place: str = "Mairie principale") -> MessageSlot:
    at = datetime.fromisoformat(start).replace(tzinfo=PARIS)
    return MessageSlot("Guichet 1", place, "1 place de la Mairie", at, at.replace(minute=at.minute + 29))


def told(number: int = 12, start: str = "2017-04-07T11:00", **changes: Any) -> MessageAppointment:
    usual = MessageAppointment(
        id=number, sequence=2, type="Carte d'identité", description="Photo & <livret> de famille", slot=slot(start),
        before=None, status=AppointmentStatus.PLANNED, ends_at=slot(start).ends_at, taken_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def letter(
    kind: MessageKind, *, channel: Channel = Channel.EMAIL, language: str = "fr", **changes: Any
) -> OutgoingMessage:
    appointment = told()
    if kind is MessageKind.MOVE:
        appointment = told(before=slot("2017-04-06T09:00", "Annexe"))
    if kind is MessageKind.CANCELLATION:
        appointment = told(status=AppointmentStatus.CANCELLED)
    if kind is MessageKind.INVITATION:
        appointment = told(status=AppointmentStatus.TO_RESCHEDULE)
    usual = OutgoingMessage(
        id=7, message_id="<1@rdv>", kind=kind, channel=channel, to="lea@example.org", name="DURAND Léa",
        language=language, partner_id=98, appointments=(appointment,), facts={}, made_at=NOW, attempt=1,
    )  # fmt: skip
    return replace(usual, **changes)


class Seen(HTMLParser):
    """A reader of HTML: texts, links, open tags."""

    VOID = ("meta", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.open, self.tags = "", [], [], []  # type: ignore[var-annotated]
        self.feed(html)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ABOUT_SLOTS)
def test_n1_every_kind_says_what_when_and_where_in_both_languages(kind: MessageKind, language: str) -> None:
    found = render_message(TOWN, letter(kind, language=language), now=NOW)
    day = "vendredi 7 avril 2017" if language == "fr" else "Friday 7 April 2017"
    for text in (found.subject, found.text, Seen(found.html).text):
        assert day in text and "11:00" in text and "Mairie principale" in text
    for text in (found.text, Seen(found.html).text):
        assert "DURAND Léa" in text and "Carte d'identité" in text and "Guichet 1" in text
        assert "1 place de la Mairie" in text and "Mairie de Villeneuve" in text
    assert "\n" not in found.subject


def test_n1_the_two_languages_say_it_each_in_its_own_words() -> None:
    for kind in ABOUT_SLOTS:
        french, english = (render_message(TOWN, letter(kind, language=one), now=NOW) for one in ("fr", "en"))
        shared = set(french.text.splitlines()) & set(english.text.splitlines())
        assert {line.strip() for line in shared} <= {"", "--", "Carte d'identité", "Mairie de Villeneuve"} | {
            line.strip() for line in shared if line.strip().startswith("http")
        }


def test_n1_a_message_does_not_change_the_language_of_whoever_writes_it() -> None:
    before = wording.language()
    render_message(TOWN, letter(MessageKind.MOVE, language="en" if before == "fr" else "fr"), now=NOW)
    assert wording.language() == before


def test_n1_a_move_says_from_where() -> None:
    found = render_message(TOWN, letter(MessageKind.MOVE), now=NOW)
    for text in (found.text, Seen(found.html).text):
        assert "jeudi 6 avril 2017, 09:00, Annexe" in text


def test_c1_what_to_bring_is_said_where_somebody_comes() -> None:
    for kind in ABOUT_SLOTS:
        comes = kind not in (MessageKind.CANCELLATION, MessageKind.INVITATION)
        found = render_message(TOWN, letter(kind), now=NOW)
        assert ("Photo & <livret> de famille" in found.text) is comes
        assert ("Photo & <livret> de famille" in Seen(found.html).text) is comes, "as text, not as markup"


@pytest.mark.parametrize(
    "kind", [MessageKind.CONFIRMATION, MessageKind.MOVE, MessageKind.INVITATION, MessageKind.REMINDER]
)
def test_p6_the_link_leads_straight_to_the_appointment(kind: MessageKind) -> None:
    found = render_message(TOWN, letter(kind), now=NOW)
    [address] = Seen(found.html).links
    assert address in found.text
    link = read_link(TOWN, address.removeprefix("https://rdv.villeneuve.example.org/lien/"), NOW)
    assert (link.appointment, link.partner) == (12, 98)


def test_a_cancelled_appointment_has_no_link_and_the_portal_offers_another() -> None:
    found = render_message(TOWN, letter(MessageKind.CANCELLATION), now=NOW)
    assert Seen(found.html).links == ["https://rdv.villeneuve.example.org"]


@pytest.mark.parametrize("kind", ABOUT_SLOTS)
@pytest.mark.parametrize("channel", list(Channel))
def test_without_a_portal_no_link_is_left_dangling(kind: MessageKind, channel: Channel) -> None:
    found = render_message(TOWN.model_copy(update={"portal_url": ""}), letter(kind, channel=channel), now=NOW)
    assert "http" not in found.text and "None" not in found.text
    assert Seen(found.html).links == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ABOUT_SLOTS)
def test_n1_an_sms_is_one_sms_in_its_own_alphabet(kind: MessageKind, language: str) -> None:
    found = render_message(TOWN, letter(kind, channel=Channel.SMS, language=language), now=NOW)
    assert len(found.text) <= 160, f"{len(found.text)}: {found.text}"
    assert set(found.text) <= set(GSM) and "\n" not in found.text
    assert "07/04 11:00" in found.text
    assert (found.html, found.subject, found.invitations) == ("", "", ())


def test_n1_an_sms_with_room_says_where() -> None:
    short = TOWN.model_copy(update={"portal_url": ""})
    assert "Mairie principale" in render_message(short, letter(MessageKind.REMINDER, channel=Channel.SMS), now=NOW).text


def test_n1_an_sms_of_several_appointments_has_the_link_of_each() -> None:
    some = tuple(told(n, f"2017-04-0{n}T11:00", status=AppointmentStatus.TO_RESCHEDULE) for n in (5, 6, 7))
    found = render_message(TOWN, letter(MessageKind.INVITATION, channel=Channel.SMS, appointments=some), now=NOW)
    tokens = re.findall(r"/lien/(\S+)", found.text)
    assert [read_link(TOWN, token, NOW).appointment for token in tokens] == [5, 6, 7]
    assert found.text.startswith("3 RDV")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ABOUT_SLOTS)
@pytest.mark.parametrize("channel", list(Channel))
def test_n2_one_message_tells_of_several_appointments(kind: MessageKind, language: str, channel: Channel) -> None:
    some = (told(1, "2017-04-07T11:00"), told(2, "2017-04-07T14:00", before=slot("2017-04-06T09:00")))
    found = render_message(TOWN, letter(kind, language=language, channel=channel, appointments=some), now=NOW)
    assert "11:00" in found.text and "14:00" in found.text
    if channel is Channel.EMAIL:
        assert "2" in found.subject and len(found.invitations) == 2
        Seen(found.html)


def test_the_page_is_accessible_and_follows_the_theme_of_its_reader() -> None:
    html = render_message(TOWN, letter(MessageKind.CONFIRMATION), now=NOW).html
    tags = Seen(html).tags
    assert html.lstrip().lower().startswith("<!doctype html>")
    assert ("html", {"lang": "fr"}) in tags
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags
    assert "@media (prefers-color-scheme: dark)" in html
    assert [tag for tag, _ in tags if tag in ("h1", "h2", "title")] == ["title", "h1", "h2"]
    assert {attributes.get("scope") for tag, attributes in tags if tag == "th"} == {"row"}
    assert not {"img", "script", "link"} & {tag for tag, _ in tags}, "nothing is fetched"
    assert len(html.encode()) < 10_000


def test_what_people_typed_is_text_and_never_markup() -> None:
    wild = told(type="<script>alert(1)</script>", slot=replace(slot("2017-04-07T11:00"), place="A\r\nBcc: x@y"))
    found = render_message(TOWN, letter(MessageKind.CONFIRMATION, appointments=(wild,), name="<b>Léa</b>"), now=NOW)
    seen = Seen(found.html)
    assert "script" not in {tag for tag, _ in seen.tags} and "<b>Léa</b>" in seen.text
    assert "\n" not in found.subject and "\r" not in found.subject


# The town's own templates


def test_the_files_of_the_town_win_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "reminder.jinja").write_text(
        '{% extends layout %}{% set subject = "À demain" %}{% set title = "À demain, " ~ name %}'
        "{% set sms %}A demain {{ first.start }}{% endset %}"
    )
    town = TOWN.model_copy(update={"templates": tmp_path})
    found = render_message(town, letter(MessageKind.REMINDER), now=NOW)
    assert found.subject == "À demain"
    assert "À demain, DURAND Léa" in found.text and "À demain, DURAND Léa" in Seen(found.html).text
    assert render_message(town, letter(MessageKind.REMINDER, channel=Channel.SMS), now=NOW).text == "A demain 11:00"
    assert render_message(town, letter(MessageKind.MOVE), now=NOW).subject.startswith("Rendez-vous déplacé")
    assert render_message(town, letter(MessageKind.REMINDER, language="en"), now=NOW).subject.startswith("Reminder")


def test_the_look_alone_can_be_the_town_s(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text("<p>{{ title }}</p>")
    found = render_message(TOWN.model_copy(update={"templates": tmp_path}), letter(MessageKind.MOVE), now=NOW)
    assert found.html == "<p>Votre rendez-vous est déplacé</p>"
    assert "Guichet 1" in found.text


@pytest.mark.parametrize("broken", ["{% if %}", "{{ nothing.of.that }}", "{{ 1 + name }}", b"\xff\xfe"])
def test_a_template_that_cannot_be_used_is_named(tmp_path: Path, broken: str | bytes) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "move.jinja").write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    with pytest.raises(Invalid) as refused:
        render_message(TOWN.model_copy(update={"templates": tmp_path}), letter(MessageKind.MOVE), now=NOW)
    assert refused.value.error == "template"
    assert "move.jinja" in str(refused.value.facts["name"])


def test_every_kind_has_a_template_in_every_language() -> None:
    assert {path.relative_to(OWN).as_posix() for path in OWN.glob("*/*.jinja")} == {
        f"{language}/{name}.jinja" for language in wording.LANGUAGES for name in [*KINDS, "words"]
    }


def test_p1_a_message_about_no_appointment_makes_its_link_when_it_leaves(tmp_path: Path) -> None:
    """A message to an account: its facts hold the contents of the token, and no token is stored."""
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "confirmation.jinja").write_text(
        '{% extends layout %}{% set subject = "Compte" %}{% set title = "Compte" %}'
        '{% set button = "Confirmer mon adresse" %}'
    )
    link = {"path": "/compte/{token}", "purpose": "account", "facts": {"account": 3}, "hours": 2}
    asked = letter(MessageKind.CONFIRMATION, partner_id=None, name="", appointments=(), facts={"link": link})
    found = render_message(TOWN.model_copy(update={"templates": tmp_path}), asked, now=NOW)
    [address] = Seen(found.html).links
    token = address.removeprefix("https://rdv.villeneuve.example.org/compte/")
    assert unseal("s", "account", token, now=NOW.replace(hour=16, minute=34)) == {"account": 3}
    with pytest.raises(Exception, match="seal_expired"):
        unseal("s", "account", token, now=NOW.replace(hour=16, minute=35))
    assert found.invitations == ()
