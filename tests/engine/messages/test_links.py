"""Links in messages (P6): each opens one appointment, for a limited time, and cannot be forged."""

from datetime import UTC, datetime, timedelta

import pytest

from rdv.engine.messages.links import Link, link, read_link
from rdv.settings import Settings
from rdv.terms import Invalid, RdvError, Refused
from rdv.tokens import seal

NOW = datetime(2017, 4, 4, 14, 35, tzinfo=UTC)
END = datetime(2017, 4, 7, 9, 30, tzinfo=UTC)
TOWN = Settings.model_construct(secret="a secret of the town", portal_url="https://rdv.example.org/")


def made(*, to_reschedule: bool = False, town: Settings = TOWN) -> str:
    return link(town, appointment=12, partner=98, ends_at=END, to_reschedule=to_reschedule, now=NOW)


def token(address: str) -> str:
    return address.rpartition("/")[2]


def test_p6_a_link_leads_straight_to_its_appointment() -> None:
    address = made()
    assert address.startswith("https://rdv.example.org/lien/")
    assert read_link(TOWN, token(address), NOW) == Link(appointment=12, partner=98)


def test_p6_a_link_opens_until_a_day_after_the_end_of_its_appointment() -> None:
    last = END + timedelta(days=1)
    assert read_link(TOWN, token(made()), last - timedelta(seconds=1)) == Link(12, 98)
    with pytest.raises(Refused, match="seal_expired"):
        read_link(TOWN, token(made()), last)


def test_p6_a_link_to_choose_again_opens_for_sixty_days() -> None:
    address = token(made(to_reschedule=True))
    assert read_link(TOWN, address, NOW + timedelta(days=60, seconds=-1)) == Link(12, 98)
    with pytest.raises(Refused, match="seal_expired"):
        read_link(TOWN, address, NOW + timedelta(days=60))


def test_p6_a_link_to_choose_again_lasts_as_long_as_one_to_a_later_appointment() -> None:
    later = NOW + timedelta(days=90)
    address = link(TOWN, appointment=12, partner=98, ends_at=later, to_reschedule=True, now=NOW)
    assert read_link(TOWN, token(address), NOW + timedelta(days=90)) == Link(12, 98)


@pytest.mark.parametrize(
    "forged",
    ["", "x", "WzFd.x", token(made())[:-1], token(made()) + "x",
     seal("another secret", "link", {"appointment": 12, "partner": 98}, until=END),
     seal("a secret of the town", "sign-in", {"appointment": 12, "partner": 98}, until=END)],
)  # fmt: skip
def test_p6_what_was_not_sealed_here_for_this_opens_nothing(forged: str) -> None:
    with pytest.raises(RdvError) as told:
        read_link(TOWN, forged, NOW)
    assert isinstance(told.value, Invalid)


def test_where_the_town_has_no_portal_there_is_no_link() -> None:
    assert made(town=TOWN.model_copy(update={"portal_url": ""})) == ""


@pytest.mark.parametrize(
    ("mail", "sms", "is_told"),
    [
        ("smtp://127.0.0.1:1025", None, True),
        ("file:outbox", "json://localhost/sms", True),
        ("smtp://mail.example.org", None, False),
        ("file:outbox", "octopush://account:key@Mairie", False),
    ],
)
def test_nobody_elsewhere_is_sent_to_this_machine(mail: str, sms: str | None, is_told: bool) -> None:
    here = TOWN.model_copy(update={"portal_url": "http://127.0.0.1:8000", "mail_url": mail, "sms_url": sms})
    assert bool(made(town=here)) is is_told
    assert bool(here.told_portal) is is_told
    assert here.model_copy(update={"portal_url": "https://rdv.example.org"}).told_portal == "https://rdv.example.org"
