"""Accounts of citizens: made for a verified address alone, opened by password, link or provider (P5, P7)."""

from typing import Any

import pytest

from rdv.engine.booking import partners
from rdv.engine.citizens import account_links, account_passwords, accounts, holds, own_appointments
from rdv.engine.citizens.account_passwords import set_own_password
from rdv.engine.upkeep import personal_data
from rdv.terms import VISITOR, Conflict, Invalid, NotAllowed, RdvError, Refused
from rdv.tokens import unseal
from tests.citizens import PASSWORD, letters, link_for, paris, sign_up
from tests.conftest import FrozenClock, Make

LEA = "lea@example.org"


def ask(make: Make, email: str = LEA, **more: Any) -> str:
    make.office.run(account_links.ask_link, VISITOR, email=email, **more)
    return link_for(make.office, email.strip().lower())[1]


def visit(make: Make, function: Any, **given: Any) -> Any:
    return make.office.run(function, VISITOR, **given)


def test_p7_whoever_asks_for_a_link_is_answered_the_same_with_or_without_an_account(make: Make) -> None:
    assert visit(make, account_links.ask_link, email=" LEA@example.org ") is None
    sign_up(make)
    assert visit(make, account_links.ask_link, email=LEA) is None
    assert [kind for kind, _ in letters(make.office, LEA)] == ["sign_up", "sign_up", "sign_in"]
    for wrong in ("", " ", "lea", "lea@"):
        with pytest.raises(Invalid):
            visit(make, account_links.ask_link, email=wrong)


def test_p7_no_token_is_ever_stored(make: Make) -> None:
    token = ask(make)
    stored = str(letters(make.office, LEA))
    assert token not in stored and token.split(".")[-1] not in stored
    assert unseal(make.office.settings.seal, "sign_up", token, now=make.office.clock())["email"] == LEA


def test_p7_the_wrong_password_and_no_account_are_told_alike(make: Make) -> None:
    person = sign_up(make, password=PASSWORD)
    assert (
        visit(make, account_passwords.sign_in, email="LEA@example.org", password=PASSWORD).account
        == person.session.account
    )
    sign_up(make, "sans@example.org", "SANS Mot")
    told = []
    for email, password in ((LEA, "un autre mot de passe"), ("non@example.org", PASSWORD), ("sans@example.org", "x")):
        with pytest.raises(Refused) as refusal:
            visit(make, account_passwords.sign_in, email=email, password=password)
        told.append((refusal.value.error, refusal.value.facts))
    assert told == [("sign_in_wrong", {})] * 3


@pytest.mark.parametrize("password", ["court", "x" * 201])
def test_p7_a_password_is_neither_short_nor_endless(make: Make, password: str) -> None:
    with pytest.raises(RdvError):
        sign_up(make, password=password)


def test_p7_a_link_signs_in_once_and_for_an_hour(make: Make, clock: FrozenClock) -> None:
    sign_up(make)
    first, second = ask(make), ask(make, after="/rendez-vous")
    assert visit(make, account_links.sign_in_by_link, token=second).after == "/rendez-vous"
    for used in (first, second):
        with pytest.raises(Refused) as told:
            visit(make, account_links.sign_in_by_link, token=used)
        assert told.value.error == "link_used"
    third = ask(make)
    clock.advance(minutes=60)
    with pytest.raises(Refused) as told:
        visit(make, account_links.sign_in_by_link, token=third)
    assert told.value.error == "seal_expired"
    with pytest.raises(Invalid):
        visit(make, account_links.sign_in_by_link, token=third[:-1])


def test_p7_a_link_of_one_kind_opens_nothing_else(make: Make) -> None:
    up = ask(make)
    with pytest.raises(Invalid):
        visit(make, account_links.sign_in_by_link, token=up)
    sign_up(make)
    with pytest.raises(Invalid):
        visit(make, account_links.sign_up, token=ask(make), name="DURAND Léa")


def test_p5_a_file_is_claimed_by_its_address_and_name_and_by_nothing_less(make: Make) -> None:
    known = make.do(partners.add_partner, name="DURAND Léa", email=LEA, phone="06 39 98 12 05")
    child = make.do(partners.add_partner, name="DURAND Tom", email=LEA)
    make.do(partners.add_partner, name="DURAND Léa", email="autre@example.org")
    assert visit(make, account_links.newcomer, token=ask(make)).name == ""
    person = sign_up(make, name="léa durand")
    assert (person.seen.code, person.seen.name, person.seen.phone) == (known.code, "DURAND Léa", "+33639981205")
    assert child.code != person.seen.code
    stranger = sign_up(make, "max@example.org", "DURAND Tom")
    assert stranger.seen.code not in (known.code, child.code)


def test_p5_a_file_that_an_account_opens_is_not_claimed_by_another(make: Make) -> None:
    first = sign_up(make)
    make.do(partners.set_partner, partner=first.seen.code, email="famille@example.org")
    second = sign_up(make, "famille@example.org", "DURAND Léa")
    assert second.seen.code != first.seen.code


def test_p7_signing_up_twice_makes_one_account(make: Make) -> None:
    token = ask(make)
    visit(make, account_links.sign_up, token=token, name="DURAND Léa")
    with pytest.raises(Refused) as told:
        visit(make, account_links.sign_up, token=token, name="DURAND Léa")
    assert told.value.error == "account_there"
    with pytest.raises(Invalid):
        visit(make, account_links.sign_up, token=ask(make, "max@example.org"), name=" ")


def test_p5_details_and_preferences_are_the_citizens_own(make: Make) -> None:
    person = sign_up(make)
    person.do(
        accounts.set_details, name="DURAND-BOIS Léa", phone="06 39 98 12 05", language="en", wants_email=False,
        wants_sms=True,
    )  # fmt: skip
    seen = person.seen
    assert (seen.name, seen.phone, seen.language, seen.wants_email, seen.wants_sms) == (
        "DURAND-BOIS Léa", "+33639981205", "en", False, True,
    )  # fmt: skip
    with pytest.raises(Invalid):
        person.do(accounts.set_details, name="X", phone="12", wants_email=True, wants_sms=True)


def test_p7_a_new_password_takes_the_old_one_and_ends_other_sessions(make: Make) -> None:
    person = sign_up(make, password=PASSWORD)
    with pytest.raises(Refused) as told:
        person.do(set_own_password, account=person.session.account, new="encore un autre", current="faux")
    assert told.value.error == "password_wrong"
    made = person.do(set_own_password, account=person.session.account, new="encore un autre", current=PASSWORD)
    with pytest.raises(NotAllowed):
        _ = person.seen
    person.session = made
    forgotten = person.do(set_own_password, account=made.account, new="oublié puis choisi", by_link=True)
    assert visit(make, account_passwords.sign_in, email=LEA, password="oublié puis choisi") == forgotten


def test_p5_nobody_changes_anothers_account(make: Make) -> None:
    lea, max_ = sign_up(make), sign_up(make, "max@example.org", "MAX Tom")
    for function, more in (
        (set_own_password, {"new": "un mot de passe volé", "by_link": True}),
        (account_links.ask_new_email, {"email": "vol@example.org"}),
        (accounts.end_sessions, {}),
        (accounts.delete_account, {}),
    ):
        for account in (lea.session.account, 99):
            with pytest.raises(NotAllowed):
                max_.do(function, account=account, **more)
    assert lea.seen.email == LEA


def test_p7_a_new_address_is_taken_once_its_link_is_used(make: Make) -> None:
    person, other = sign_up(make), sign_up(make, "max@example.org", "MAX Tom")
    account = person.session.account
    person.do(account_links.ask_new_email, account=account, email="max@example.org")
    _, taken = link_for(make.office, "max@example.org")
    with pytest.raises(Conflict):
        person.do(account_links.confirm_new_email, account=account, token=taken)
    person.do(account_links.ask_new_email, account=account, email="neuf@example.org")
    path, token = link_for(make.office, "neuf@example.org")
    assert path.startswith("/compte/adresse/")
    assert person.seen.email == LEA
    with pytest.raises(Refused):
        other.do(account_links.confirm_new_email, account=other.session.account, token=token)
    person.do(account_links.confirm_new_email, account=account, token=token)
    assert person.seen.email == "neuf@example.org"
    assert make.rows("SELECT email FROM partner WHERE name = 'DURAND Léa'") == [("neuf@example.org",)]


def test_p7_signing_out_everywhere_ends_every_session_and_link(make: Make) -> None:
    person = sign_up(make)
    token = ask(make)
    person.do(accounts.end_sessions, account=person.session.account)
    with pytest.raises(NotAllowed):
        _ = person.seen
    with pytest.raises(Refused):
        visit(make, account_links.sign_in_by_link, token=token)


def test_p7_a_deleted_account_of_the_portal_leaves_no_name(make: Make) -> None:
    make.town("Guichet 1", public=True)
    person = sign_up(make)
    actor, account = person.actor, person.session.account
    person.do(holds.hold, type=1, place=1, start=paris("2017-04-06T09:00"))
    [number] = person.do(holds.validate, slots=[(1, paris("2017-04-06T09:00"))])
    with pytest.raises(Refused) as told:
        person.do(accounts.delete_account, account=account)
    assert told.value.error == "account_upcoming"
    person.do(own_appointments.cancel_mine, appointment=number)
    make.office.run(accounts.delete_account, actor, account=account)
    assert make.rows("SELECT count(*) FROM account") == [(0,)]
    names = [name for (name,) in make.rows("SELECT name FROM partner")]
    assert names == ["– 1"]
    assert LEA not in str(make.rows("SELECT * FROM notice"))


def test_p7_a_file_that_agents_keep_stays_theirs_when_its_account_is_deleted(make: Make) -> None:
    make.do(partners.add_partner, name="DURAND Léa", email=LEA)
    person = sign_up(make)
    make.office.run(accounts.delete_account, person.actor, account=person.session.account)
    assert make.rows("SELECT name, email FROM partner") == [("DURAND Léa", LEA)]


def test_a_forgotten_partner_has_no_account_left_and_an_exported_one_names_it(make: Make) -> None:
    person = sign_up(make)
    code = person.seen.code
    assert make.do(personal_data.export_partner, partner=code).accounts == (LEA,)
    make.do(personal_data.forget_partner, partner=code)
    assert make.rows("SELECT count(*) FROM account") == [(0,)]


def test_p7_an_identity_provider_opens_the_account_that_it_has_opened_before(make: Make) -> None:
    known = {"issuer": "https://id.example.org", "subject": "42"}
    assert visit(make, account_links.sign_in_by_provider, **known, email=None) is None
    token = visit(make, account_links.sign_in_by_provider, **known, email=LEA, name="DURAND Léa")
    assert visit(make, account_links.newcomer, token=token).name == "DURAND Léa"
    made = visit(make, account_links.sign_up, token=token, name="DURAND Léa")
    assert visit(make, account_links.sign_in_by_provider, **known, email="autre@example.org") == made
    other = sign_up(make, "max@example.org", "MAX Tom")
    found = visit(
        make, account_links.sign_in_by_provider, issuer="https://id.example.org", subject="7", email=other.email
    )
    assert found == other.session
    assert (
        visit(make, account_links.sign_in_by_provider, issuer="https://id.example.org", subject="8", email=other.email)
        is None
    )


def test_p7_an_unverified_address_is_verified_by_a_link_that_keeps_the_identity(make: Make) -> None:
    known = {"issuer": "https://id.example.org", "subject": "42"}
    person = sign_up(make)
    visit(make, account_links.sign_in_by_link, token=ask(make, identity=known))
    assert visit(make, account_links.sign_in_by_provider, **known, email=None).account == person.session.account


def test_p7_a_session_is_of_an_account_and_of_its_version(make: Make) -> None:
    person = sign_up(make)
    account, version = person.session.account, person.session.version
    assert visit(make, accounts.who, account=account, version=version).email == LEA
    for wrong in ({"account": account, "version": version + 1}, {"account": account + 1, "version": version}):
        with pytest.raises(NotAllowed):
            visit(make, accounts.who, **wrong)
