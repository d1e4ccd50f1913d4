"""A citizen finds the file that the counter keeps by a phone number that it knows (P7, P8)."""

from pathlib import Path
from typing import Any

import pytest

from rdv.engine.booking import partners
from rdv.engine.citizens import accounts, file_linking, holds, own_appointments
from rdv.engine.messages import history
from rdv.engine.upkeep import personal_data
from rdv.engine.upkeep.worker import send_due
from rdv.terms import Invalid, NotFound, RdvError, Refused
from rdv.tokens import code_for, unseal
from tests.citizens import Person, letters, paris, sign_up
from tests.conftest import FrozenClock, Make

PHONE = "+33639981205"
SPOKEN = "06 39 98 12 05"


@pytest.fixture
def sms(make: Make, tmp_path: Path) -> Path:
    """Return a folder where SMS arrive."""
    make.office.settings.sms_url = f"file:{tmp_path / 'sms'}"
    make.office.settings.mail_url = f"file:{tmp_path / 'mail'}"
    return tmp_path / "sms"


def known(make: Make, name: str = "DURAND Léa", phone: str = SPOKEN) -> Any:
    """Create a file at the counter."""
    return make.do(partners.add_partner, name=name, phone=phone, email="ancienne@example.org")


def ask(person: Person, phone: str = SPOKEN) -> str:
    token: str = person.do(file_linking.ask_code, account=person.session.account, phone=phone)
    return token


def claim(person: Person, token: str, code: str) -> None:
    person.do(file_linking.claim_by_phone, account=person.session.account, token=token, code=code)


def code_sent(make: Make, phone: str = PHONE) -> str:
    """Return the code of the latest SMS to a number, as the worker derives it."""
    return code_for(make.office.settings.seal, "new_email", letters(make.office, phone)[-1][1]["code"]["word"])


def refused(person: Person, token: str, code: str) -> str:
    with pytest.raises(RdvError) as told:
        claim(person, token, code)
    return told.value.error


def test_p7_a_file_is_found_by_a_code_sent_to_its_phone_and_both_become_one(
    make: Make, sms: Path, clock: FrozenClock
) -> None:
    make.town("Guichet 1", public=True)
    card = known(make)
    old = make.book("Guichet 1", "2017-04-06T09:00", partner=card.code)
    lea = sign_up(make, name="Léa Durand", language="en", wants_sms=False)
    new = lea.seen.code
    assert new != card.code and lea.do(file_linking.may_find_file)
    lea.do(holds.hold, type=1, place=1, start=paris("2017-04-06T10:00"))
    held = lea.do(holds.my_holds)
    lea.do(holds.validate, slots=[(held[0].counter_id, held[0].starts_at)])
    token = ask(lea)
    send_due(make.office, worker="w", stopped=lambda: False)
    [arrived] = [one.read_text() for one in sms.iterdir() if code_sent(make) in one.read_text()]
    assert arrived.startswith(PHONE)
    clock.advance(minutes=9)
    claim(lea, token, f" {code_sent(make)[:3]} {code_sent(make)[3:]} ")
    seen = lea.seen
    assert (seen.code, seen.name, seen.phone, seen.email) == (card.code, "DURAND Léa", PHONE, lea.email)
    assert (seen.language, seen.wants_sms) == ("en", False)
    mine = lea.do(own_appointments.list_mine).upcoming
    assert [one.starts_at.hour for one in mine] == [9, 10] and mine[0].id == old.id
    for code in (new, card.code):
        file = make.do(partners.show_partner, partner=code)
        assert (file.card.code, file.card.email) == (card.code, lea.email)
    assert not lea.do(file_linking.may_find_file)
    story = [line.action for line in make.do(partners.partner_history, partner=card.code)]
    assert {"partner.merge", "account.claim"} <= set(story)


def test_p7_whoever_asks_for_a_code_is_answered_the_same_and_only_a_known_phone_rings(make: Make, sms: Path) -> None:
    known(make)
    known(make, "MARTIN Zoé", "06 39 98 12 06")
    lea = sign_up(make)
    answers = [ask(lea, phone) for phone in (SPOKEN, "06 39 98 12 06", "06 39 98 12 99")]
    facts = [unseal("s", file_linking.PURPOSE, token, now=make.office.clock()) for token in answers]
    assert {tuple((name, len(str(fact))) for name, fact in one.items()) for one in facts} == {
        (("account", 1), ("phone", len(PHONE)), ("word", 32))
    }, "the token tells nothing"
    told = [make.rows("SELECT status FROM notice WHERE address = :a", a=f"+336399812{n}") for n in ("05", "06", "99")]
    assert told == [[("waiting",)], [("dropped",)], [("dropped",)]]
    send_due(make.office, worker="w", stopped=lambda: False)
    assert len(list(sms.iterdir())) == 1
    for wrong in ("", "12", "bonjour"):
        with pytest.raises(Invalid):
            ask(lea, wrong)


def test_p7_no_code_is_ever_stored_or_shown(make: Make, sms: Path) -> None:
    known(make)
    token = ask(sign_up(make))
    code = code_sent(make)
    shown = make.do(history.list_messages)
    assert shown[0].to == PHONE
    for text in (
        str(letters(make.office, PHONE)),
        str(shown),
        token,
        str(make.rows("SELECT facts FROM journal_entry")),
    ):
        assert code not in text


def test_p7_a_wrong_an_old_or_a_foreign_code_finds_nothing(make: Make, sms: Path, clock: FrozenClock) -> None:
    known(make)
    lea, max_ = sign_up(make), sign_up(make, "max@example.org")
    token = ask(lea)
    code = code_sent(make)
    other = f"{(int(code) + 1) % 10**6:06}"
    assert refused(lea, token, other) == "code_wrong"
    assert refused(lea, token, "") == refused(lea, token, "é") == "code_wrong"
    assert refused(max_, token, code) == "seal_broken"
    assert refused(lea, f"{token}x", code) == "seal_broken"
    clock.advance(minutes=10)
    assert refused(lea, token, code) == "code_expired"
    assert lea.seen.phone is None
    send_due(make.office, worker="w", stopped=lambda: False)
    assert not sms.exists() or not list(sms.iterdir()), "a code that came too late would find nothing"


def test_p7_a_file_that_an_account_opens_is_never_found_by_phone(make: Make, sms: Path) -> None:
    known(make)
    first, second = sign_up(make), sign_up(make, "autre@example.org")
    tokens = [ask(first), ask(second)]
    words = [facts["code"]["word"] for _kind, facts in letters(make.office, PHONE)]
    codes = [code_for(make.office.settings.seal, "new_email", word) for word in words]
    claim(first, tokens[0], codes[0])
    assert refused(second, tokens[1], codes[1]) == "changed_meanwhile"
    ask(second)
    assert make.rows("SELECT status FROM notice WHERE address = :a ORDER BY id", a=PHONE)[-1] == ("dropped",)
    third = sign_up(make, "tiers@example.org", "DUPONT Max")
    make.do(partners.add_partner, name="DUPONT Max", phone="06 39 98 12 07")
    make.do(partners.merge_partners, partner=third.seen.code, into="+33639981207")
    fourth = sign_up(make, "quatre@example.org", "DUPONT Max")
    ask(fourth, "06 39 98 12 07")
    assert make.rows("SELECT status FROM notice WHERE address = '+33639981207'") == [("dropped",)]


def test_p7_only_an_account_that_opened_a_new_file_looks_for_another(make: Make, sms: Path) -> None:
    card = make.do(partners.add_partner, name="DURAND Léa", email="lea@example.org")
    known(make)
    lea = sign_up(make)
    assert lea.seen.code == card.code and not lea.do(file_linking.may_find_file)
    with pytest.raises(NotFound):
        ask(lea)


def test_p7_nothing_is_offered_where_no_sms_leave(make: Make) -> None:
    known(make)
    lea = sign_up(make)
    assert make.office.settings.sms_url is None and not lea.do(file_linking.may_find_file)
    with pytest.raises(NotFound):
        ask(lea)
    with pytest.raises(NotFound):
        claim(lea, "x", "000000")


def test_p8_a_number_is_asked_for_a_few_times_by_all_accounts_together(make: Make, sms: Path) -> None:
    known(make)
    people = [sign_up(make, f"p{n}@example.org") for n in range(3)]
    for n in range(5):
        ask(people[n % 3], SPOKEN if n % 2 else PHONE)
    with pytest.raises(Refused) as told:
        ask(people[2])
    assert told.value.error == "too_often"


def test_p7_codes_go_with_whoever_is_forgotten(make: Make, sms: Path) -> None:
    card = known(make)
    lea = sign_up(make)
    token = ask(lea)
    claim(lea, token, code_sent(make))
    assert PHONE in [one.address for one in make.do(personal_data.export_partner, partner=card.code).messages]
    lea.do(accounts.delete_account, account=lea.session.account)
    assert make.do(partners.show_partner, partner=card.code).card.phone == PHONE, "the counter's file stays"
    make.do(personal_data.forget_partner, partner=card.code)
    assert make.rows("SELECT id FROM notice WHERE address = :a", a=PHONE) == []


def test_p7_a_code_serves_once(make: Make, sms: Path) -> None:
    known(make)
    lea = sign_up(make)
    token = ask(lea)
    code = code_sent(make)
    claim(lea, token, code)
    with pytest.raises(NotFound):
        claim(lea, token, code)
    assert make.rows("SELECT count(*) FROM partner WHERE merged_into_id IS NOT NULL") == [(1,)]
