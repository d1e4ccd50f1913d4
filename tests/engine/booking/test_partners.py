"""Partners: found, made, changed and merged (A3, A7, G1)."""

from typing import Any

import pytest

from rdv import date_input
from rdv.engine.booking import appointments, journal, partners, slots
from rdv.engine.setup import types
from rdv.engine.views.partners import PartnerCard
from rdv.terms import (
    AppointmentList,
    AppointmentStatus,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    Right,
)
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1 = "Guichet 1"
PHONE, MAIL = "06 12 34 56 78", "chloe@example.org"


def add(make: Make, name: str, **more: str) -> PartnerCard:
    card: PartnerCard = make.do(partners.add_partner, name=name, **more)
    return card


def names(make: Make, text: str, **more: Any) -> list[str]:
    return [card.name for card in make.do(partners.find_partners, text=text, **more)]


def shown(make: Make, ref: str) -> PartnerCard:
    card: PartnerCard = make.do(partners.show_partner, partner=ref).card
    return card


def test_a7_codes_follow_each_other(make: Make) -> None:
    assert [add(make, f"P{n}").code for n in range(3)] == ["C000001", "C000002", "C000003"]


def test_a7_a_code_may_be_given_and_the_next_ones_follow_it(make: Make) -> None:
    assert add(make, "VIGNEAU Chloé", code="C000098").code == "C000098"
    assert add(make, "BOIS Jules").code == "C000099"
    assert add(make, "AULAN Gilles", code="c7").code == "C000007"
    assert add(make, "PETIT Zoé").code == "C000100"
    with pytest.raises(Conflict) as told:
        add(make, "ROUX Paul", code="C000098")
    assert (told.value.error, told.value.rule) == ("code_taken", "A7")


@pytest.mark.parametrize("code", ["", "C", "C0", "X12", "C-1", "C12.5", "C99999999999", "C000098 "])
def test_a7_a_code_is_c_and_a_number(make: Make, code: str) -> None:
    if code.strip() == "C000098":
        assert add(make, "X", code=code).code == "C000098"
    else:
        with pytest.raises(Invalid) as told:
            add(make, "X", code=code)
        assert told.value.error == "code"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vigneau", ["VIGNEAU Chloé"]),
        ("chloe VIGN", ["VIGNEAU Chloé"]),
        ("CHLOÉ", ["VIGNEAU Chloé"]),
        ("l'hay", ["DE L’HAŸ Noël-Marie"]),
        ("noel marie", ["DE L’HAŸ Noël-Marie"]),
        ("e", ["DE L’HAŸ Noël-Marie", "VIGNEAU Chloé"]),
        ("C000002", ["DE L’HAŸ Noël-Marie"]),
        ("2", ["DE L’HAŸ Noël-Marie"]),
        ("0612", ["VIGNEAU Chloé"]),
        ("06 12 34", ["VIGNEAU Chloé"]),
        ("(06).12-34/56", ["VIGNEAU Chloé"]),
        ("C612", []),
        ("chez 0612", []),
        ("+33612", ["VIGNEAU Chloé"]),
        ("Chloe@Example", ["VIGNEAU Chloé"]),
        ("%", []),
        ("_", []),
        ("personne", []),
        ("chloé marie", []),
        ("", ["DE L’HAŸ Noël-Marie", "VIGNEAU Chloé"]),
        ("99999999999999999999", []),
    ],
)
def test_a7_a_partner_is_found_by_any_part_of_the_name_the_code_the_phone_or_the_mail(
    make: Make, text: str, found: list[str]
) -> None:
    add(make, "VIGNEAU  Chloé", phone=PHONE, email=MAIL)
    add(make, "DE L’HAŸ Noël-Marie")
    assert names(make, text) == found
    assert names(make, text, limit=1) == found[:1]


@pytest.mark.parametrize(
    "ref", ["C000001", "c1", "1", "vigneau chloe", "06.12.34.56.78", "+33 6 12 34 56 78", "CHLOE@example.org"]
)
def test_a7_a_file_is_named_by_code_id_name_phone_or_mail(make: Make, ref: str) -> None:
    card = add(make, "VIGNEAU Chloé", phone=PHONE, email=MAIL)
    add(make, "BOIS Jules")
    assert shown(make, ref).id == card.id


@pytest.mark.parametrize("ref", ["C000009", "9", "vigneau", "0699999999", "x@example.org", "", "C"])
def test_a7_a_file_that_is_not_there_is_not_found(make: Make, ref: str) -> None:
    add(make, "VIGNEAU Chloé", phone=PHONE, email=MAIL)
    with pytest.raises(NotFound) as told:
        shown(make, ref)
    assert told.value.facts["kind"] == "partner"
    if ref == "vigneau":
        assert told.value.facts["close"] == ("C000001 VIGNEAU Chloé",)


def test_a7_several_of_one_name_are_told_apart_by_their_codes(make: Make) -> None:
    add(make, "MARTIN Paul", phone=PHONE)
    add(make, "Martin PAUL", email=MAIL)
    with pytest.raises(Refused) as told:
        shown(make, "martin paul")
    assert told.value.error == "ambiguous"
    assert told.value.facts["candidates"] == (
        "C000001 (MARTIN Paul, +33612345678)",
        "C000002 (Martin PAUL, chloe@example.org)",
    )
    assert shown(make, "C000002").name == "Martin PAUL"


def test_a3_a_phone_or_a_mail_tells_which_of_one_name_is_meant(make: Make) -> None:
    make.town(capacity=9)
    one, other = add(make, "MARTIN Paul", phone=PHONE), add(make, "MARTIN Paul", email=MAIL)

    def booked(**more: str) -> str:
        return make.book(G1, "2017-04-06T09:00", "martin paul", **more).partner.code

    assert booked(phone="0612345678") == one.code
    assert booked(email="CHLOE@example.org") == other.code
    assert booked(phone="0699999999", email=MAIL) == other.code, "the phone is added to the file that lacked one"
    assert shown(make, other.code).phone == "+33699999999"
    with pytest.raises(Refused) as told:
        booked()
    assert told.value.error == "ambiguous"
    assert booked(phone="0611111111") == "C000003", "another phone is another person"


def test_a3_a_file_of_the_same_name_is_completed_and_never_overwritten(make: Make) -> None:
    make.town(capacity=9)
    add(make, "BOIS Jules")
    completed = make.book(G1, "2017-04-06T09:00", "BOIS Jules", phone=PHONE, email=MAIL).partner
    assert (completed.code, completed.phone, completed.email) == ("C000001", "+33612345678", MAIL)
    other = make.book(G1, "2017-04-06T09:00", "BOIS Jules", email="other@example.org").partner
    assert other.code == "C000002"
    assert shown(make, "C000001").email == MAIL


def test_a7_a_phone_is_kept_in_one_form_and_a_mail_in_lower_case(make: Make) -> None:
    assert add(make, "A", phone="06-12-34-56-78").phone == "+33612345678"
    assert add(make, "B", phone="+590 590 12 34 56").phone == "+590590123456"
    assert add(make, "C", email=" Chloé.Vigneau@Example.ORG ").email == "chloé.vigneau@example.org"
    assert add(make, "D", phone="", email="").phone is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": ""}, "name_empty"),
        ({"name": "\u00a0"}, "name_empty"),
        ({"phone": "0612"}, "phone"),
        ({"phone": "allô"}, "phone"),
        ({"email": "chloe"}, "email"),
        ({"email": "chloe@"}, "email"),
        ({"email": "chloe@example.org\nBcc: x@example.org"}, "email"),
    ],
)
def test_a7_what_a_file_cannot_hold_is_invalid_and_nothing_changes(
    make: Make, given: dict[str, str], error: str
) -> None:
    before = add(make, "VIGNEAU Chloé", phone=PHONE, email=MAIL)
    for function, named in ((partners.add_partner, {"name": "X"}), (partners.set_partner, {"partner": "C000001"})):
        with pytest.raises(Invalid) as told:
            make.do(function, **named | given)
        assert told.value.error == error
    assert make.do(partners.find_partners) == [before]


def test_a_name_never_holds_what_a_terminal_would_obey(make: Make) -> None:
    assert add(make, "BOIS\x1b[2J\tJules\x00").name == "BOIS [2J Jules"


def test_a7_a_file_is_changed_field_by_field_and_an_empty_one_takes_it_off(make: Make) -> None:
    add(make, "VIGNEAU Chloé", phone=PHONE, email=MAIL)
    card = make.do(partners.set_partner, partner="C000001", name="VIGNEAU-BOIS Chloé", phone="")
    assert (card.name, card.phone, card.email) == ("VIGNEAU-BOIS Chloé", None, MAIL)
    assert shown(make, "vigneau bois chloe").code == "C000001"
    entry = make.do(partners.partner_history, partner="C000001")[-1]
    assert (entry.action, entry.facts) == ("partner.set", {"fields": ["name", "phone"]}), "which fields, not what"
    make.do(partners.set_partner, partner="C000001", email=MAIL)
    assert len(make.do(partners.partner_history, partner="C000001")) == 2, "nothing changed, nothing to tell"


@pytest.fixture
def file(make: Make, clock: FrozenClock) -> Make:
    """Create the file of VIGNEAU Chloé: two types, past, upcoming, cancelled and to reschedule."""
    make.town()
    make.do(types.add_type, label="État civil")
    make.counter("Accueil", type="État civil")
    for counter, start in (
        (G1, "2017-04-05T09:00"), (G1, "2017-04-06T09:00"), (G1, "2017-04-07T09:00"), ("Accueil", "2017-04-06T10:00"),
        ("Accueil", "2017-04-07T10:00"),
    ):  # fmt: skip
        make.book(counter, start, "VIGNEAU Chloé")
    make.book(G1, "2017-04-06T14:00", "BOIS Jules")
    make.do(appointments.cancel, appointments=[3])
    make.do(slots.suspend, counter="Accueil", start="2017-04-07T10:00")
    clock.set("2017-04-05T12:00")
    return make


def test_a7_a_file_shows_its_appointments_by_type_with_their_count_latest_first(file: Make) -> None:
    found = file.do(partners.show_partner, partner="vigneau chloe")
    told = [
        (group.type, group.count, [(c.starts_at.day, c.status.value) for c in group.appointments])
        for group in found.groups
    ]
    assert told == [
        ("Citoyenneté", 3, [(7, "cancelled"), (6, "planned"), (5, "past_without_status")]),
        ("État civil", 2, [(7, "to_reschedule"), (6, "planned")]),
    ]
    assert {(c.counter, c.place) for group in found.groups for c in group.appointments} == {
        (G1, "Mairie principale"), ("Accueil", "Mairie principale"),
    }  # fmt: skip
    assert found.card.appointments == 5


def test_a7_upcoming_shows_the_planned_ones_to_come_only(file: Make) -> None:
    found = file.do(partners.show_partner, partner="C000001", upcoming=True)
    assert [(group.type, group.count) for group in found.groups] == [("Citoyenneté", 1), ("État civil", 1)]
    assert {card.status for group in found.groups for card in group.appointments} == {AppointmentStatus.PLANNED}


def test_a7_lists_count_the_appointments_of_each_file(file: Make) -> None:
    told = [(card.name, card.appointments) for card in file.do(partners.find_partners)]
    assert told == [("BOIS Jules", 1), ("VIGNEAU Chloé", 5)]


def test_a7_two_files_become_one_that_answers_for_both(file: Make) -> None:
    merged = file.do(partners.merge_partners, partner="BOIS Jules", into="C000001")
    assert (merged.code, merged.name) == ("C000001", "VIGNEAU Chloé")
    assert shown(file, "C000002").code == "C000001", "the old code still leads there"
    assert shown(file, "C000001").appointments == 6
    assert names(file, "") == ["VIGNEAU Chloé"]
    with pytest.raises(NotFound):
        shown(file, "BOIS Jules")
    listed = file.do(appointments.list_appointments, view=AppointmentList.ALL, partner="C000002")
    assert len(listed) == 6
    entry = file.do(journal.read_journal, action="partner.merge")[0]
    assert (entry.subject_id, entry.facts) == (1, {"merged": 2, "appointments": [6]})


def test_a7_a_merged_file_brings_the_phone_and_the_mail_that_the_other_lacked(make: Make) -> None:
    add(make, "A", phone=PHONE, email="a@example.org")
    add(make, "B", email=MAIL)
    merged = make.do(partners.merge_partners, partner="A", into="B")
    assert (merged.phone, merged.email) == ("+33612345678", MAIL)


def test_a7_merging_again_leads_every_old_code_to_the_last_file(make: Make) -> None:
    make.town()
    for name in ("A", "B", "C"):
        add(make, name)
    make.hold(G1, "2017-04-06T09:00")
    make.do(partners.merge_partners, partner="A", into="B")
    make.do(partners.merge_partners, partner="B", into="C")
    assert {shown(make, code).code for code in ("C000001", "C000002", "C000003")} == {"C000003"}
    make.do(partners.merge_partners, partner="X", into="C000001")
    assert make.rows("SELECT partner_id FROM claim") == [(3,)], "a hold goes along"
    assert make.book(G1, "2017-04-06T10:00", "C000001").partner.code == "C000003"


def test_a7_a_file_is_not_merged_into_itself(make: Make) -> None:
    add(make, "A")
    add(make, "B")
    make.do(partners.merge_partners, partner="A", into="B")
    for one, other in (("B", "C000002"), ("C000001", "B"), ("C000001", "C000001")):
        with pytest.raises(Refused) as told:
            make.do(partners.merge_partners, partner=one, into=other)
        assert (told.value.error, told.value.rule) == ("merge_itself", "A7")


def test_g1_files_are_kept_by_those_who_book(make: Make) -> None:
    add(make, "A")
    add(make, "B")
    lea = make.agent("lea", (Right.MODULE, Right.COUNTERS))
    for function, given in (
        (partners.add_partner, {"name": "C"}),
        (partners.set_partner, {"partner": "A", "name": "C"}),
        (partners.merge_partners, {"partner": "A", "into": "B"}),
    ):
        with pytest.raises(NotAllowed):
            make.do(function, by=lea, **given)
    assert [card.name for card in make.do(partners.find_partners, by=lea)] == ["A", "B"]


def test_g3_names_phones_and_mails_are_never_journaled(file: Make) -> None:
    file.do(partners.set_partner, partner="C000001", phone=PHONE, email=MAIL)
    written = str(file.rows("SELECT facts, actor FROM journal_entry"))
    for secret in ("VIGNEAU", "Chlo", "612345678", "example.org"):
        assert secret not in written


def test_a7_two_files_that_are_merged_into_each_other_do_not_both_go(pg_town: Make, meanwhile: Meanwhile) -> None:
    add(pg_town, "A")
    add(pg_town, "B")
    waited, outcome = meanwhile(
        lambda work: partners.merge_partners(work, partner="A", into="B"),
        lambda: pg_town.do(partners.merge_partners, partner="B", into="A"),
    )
    assert waited
    assert isinstance(outcome, Conflict)
    assert {shown(pg_town, code).name for code in ("C000001", "C000002")} == {"B"}


@pytest.mark.parametrize("ref", ["A", "C000001"])
def test_a7_an_appointment_is_never_given_to_a_file_that_is_being_merged(
    pg_town: Make, meanwhile: Meanwhile, ref: str
) -> None:
    add(pg_town, "A")
    add(pg_town, "B")
    waited, outcome = meanwhile(
        lambda work: partners.merge_partners(work, partner="A", into="B"),
        lambda: pg_town.book(G1, "2017-04-06T09:00", ref),
    )
    assert waited
    assert isinstance(outcome, Conflict)
    assert pg_town.rows("SELECT count(*) FROM appointment") == [(0,)]
    waited, outcome = meanwhile(
        lambda work: appointments.assign(work, counter=G1, start=date_input.read("2017-04-06T09:00"), partner="B"),
        lambda: pg_town.do(partners.merge_partners, partner="B", into=add(pg_town, "C").code),
    )
    assert waited
    assert shown(pg_town, "C").appointments == 1
