"""Personal data: exported completely, erased for good."""

import json
from typing import Any

import pytest

from rdv.date_input import read
from rdv.engine.booking import appointments, journal, partners
from rdv.engine.booking.partners import find_or_add
from rdv.engine.exports import files
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import import_appointments, import_partners, read_lines
from rdv.engine.setup import services, types
from rdv.engine.spreadsheets.formats import FileForm
from rdv.engine.upkeep.personal_data import NOBODY, export_partner, forget_partner
from rdv.engine.views.personal_data import Forgotten, PersonalData
from rdv.store.tables import Message
from rdv.terms import Actor, AppointmentList, AppointmentStatus, MessageStatus, NotAllowed, Refused, Right
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

NAMES = ("BOIS", "bois", "BOYS", "boys", "612345678", "jules@example.org", "mère")


@pytest.fixture
def bois(make: Make, clock: FrozenClock) -> Make:
    """Create BOIS Jules (C000001), a second file merged into his (C000002), a past and a cancelled appointment."""
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00", phone="06 12 34 56 78", comment="sourd, avec sa mère")
    make.book("Guichet 1", "2017-04-07T09:00", "BOYS Jules", email="jules@example.org", comment="voir BOIS")
    make.do(partners.merge_partners, partner="C000002", into="C000001")
    make.do(appointments.move, appointment=1, start=read("2017-04-06T10:00"))
    make.do(appointments.cancel, appointments=[2])
    make.book("Guichet 1", "2017-04-07T10:00", "AULAN Gilles", comment="rien à voir")
    clock.set("2017-04-06T17:00")
    return make


def held(make: Make, partner: str = "BOIS Jules", by: Actor | None = None) -> PersonalData:
    found = make.do(export_partner, partner=partner, by=by)
    assert isinstance(found, PersonalData)
    return found


def forget(make: Make, partner: str = "BOIS Jules", **more: Any) -> Forgotten:
    gone = make.do(forget_partner, partner=partner, **more)
    assert isinstance(gone, Forgotten)
    return gone


def everything_stored(make: Make) -> str:
    """Return every row of every table that could name a person."""
    tables = ("partner", "appointment", "notice", "journal_entry", "claim", "saved_search")
    return json.dumps([make.rows(f"SELECT * FROM {table}") for table in tables], default=str, ensure_ascii=False)


# Access


def test_all_that_is_held_of_a_person(bois: Make, clock: FrozenClock) -> None:
    bois.hold("Guichet 1", "2017-04-10T09:00")
    with bois.office.database.write() as session:
        session.connection().exec_driver_sql("UPDATE claim SET partner_id = 1 WHERE partner_id IS NOT NULL")
    found = held(bois)
    assert (found.card.code, found.card.name, found.card.phone, found.card.email) == (
        "C000001",
        "BOIS Jules",
        "+33612345678",
        "jules@example.org",
    )
    assert [(card.code, card.name) for card in found.merged] == [("C000002", "BOYS Jules")]
    assert [(file.card.id, file.card.comment) for file in found.appointments] == [
        (1, "sourd, avec sa mère"),
        (2, "voir BOIS"),
    ]
    assert [[line.action for line in file.history] for file in found.appointments] == [
        ["appointment.assign", "appointment.move"],
        ["appointment.assign", "appointment.cancel"],
    ]
    assert [(message.kind, message.channel) for message in found.messages] == [
        ("confirmation", "sms"),
        ("confirmation", "email"),
        ("move", "email"),
        ("move", "sms"),
        ("cancellation", "email"),
        ("cancellation", "sms"),
    ]
    assert [start.isoformat()[:10] for start in found.held] == ["2017-04-10"]
    assert [line.action for line in found.journal] == ["partner.add", "partner.add", "partner.merge"]
    assert found.made_at == clock.now


def test_a_merged_code_gives_the_whole_person(bois: Make) -> None:
    assert held(bois, "C000002") == held(bois, "C000001")


def test_what_the_citizen_did_is_part_of_it(bois: Make) -> None:
    with bois.office.database.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO journal_entry (at, actor_kind, actor, action, subject, facts) "
            "SELECT at, 'citizen', 'C000002', 'portal.hold', 'slot', facts FROM journal_entry LIMIT 1"
        )
    assert "portal.hold" in [line.action for line in held(bois).journal]


# Erasure


def test_a_person_who_is_forgotten_is_nowhere(bois: Make) -> None:
    assert all(name in everything_stored(bois) for name in NAMES)
    gone = forget(bois)
    assert gone == Forgotten("C000001", merged=("C000002",), appointments=2, comments=2, messages=6)
    assert [name for name in NAMES if name in everything_stored(bois)] == []
    assert bois.do(partners.find_partners, text="bois") == []
    assert bois.do(partners.find_partners, text="612345678") == []
    assert bois.do(partners.find_partners, text="jules@example.org") == []
    assert held(bois, "C000001").card.name == "– 1"


def test_nobody_else_is_touched(bois: Make) -> None:
    before = held(bois, "AULAN Gilles")
    forget(bois)
    assert held(bois, "AULAN Gilles") == before


def test_the_history_and_the_figures_stay(bois: Make) -> None:
    before = [(file.card.id, file.card.status, file.history) for file in held(bois).appointments]
    forget(bois)
    after = held(bois, "C000001")
    assert [(file.card.id, file.card.status, file.history) for file in after.appointments] == before
    assert [file.card.status for file in after.appointments] == [
        AppointmentStatus.PAST_WITHOUT_STATUS,
        AppointmentStatus.CANCELLED,
    ]
    bois.do(appointments.mark_done, appointments=[1])
    [line] = bois.do(journal.read_journal, action="partner.forget")
    assert (line.actor, line.subject_id, line.facts) == ("root", 1, {"merged": [2]})


def test_of_a_sent_message_the_personal_facts_go(bois: Make) -> None:
    with bois.office.database.write() as session:
        sent = session.get_one(Message, 1)
        sent.status, sent.sent_at, sent.last_error = MessageStatus.SENT, sent.made_at, "450 jules@example.org unknown"
        sent.facts = sent.facts | {"to": "jules@example.org"}
    forget(bois)
    [message] = held(bois, "C000001").messages
    assert (message.status, list(message.facts), message.last_error) == ("sent", ["appointments"], None)


def test_messages_to_an_address_and_not_to_a_file_are_a_person_s_too(bois: Make) -> None:
    with bois.office.database.write() as session:
        mail = session.get_one(Message, 2)
        for number, address in enumerate(("jules@example.org", "gilles@example.org")):
            session.add(
                Message(
                    message_id=f"<{number}@rdv>", kind=mail.kind, channel=mail.channel, address=address, facts={},
                    made_at=mail.made_at, due_at=mail.made_at,
                )
            )  # fmt: skip
    assert [message.address for message in held(bois).messages if message.address] == ["jules@example.org"]
    forget(bois)
    assert bois.rows("SELECT address FROM notice WHERE address IS NOT NULL") == [("gilles@example.org",)]


def test_wishes_about_messages_are_part_of_what_is_held(bois: Make) -> None:
    bois.do(partners.set_partner, partner="C000001", language="en", wants_sms=False)
    card = held(bois).card
    assert (card.language, card.wants_email, card.wants_sms) == ("en", True, False)
    forget(bois)
    assert held(bois, "C000001").card.language is None


def test_forgetting_twice_changes_nothing(bois: Make) -> None:
    forget(bois)
    before = everything_stored(bois)
    assert forget(bois, "C000001") == Forgotten("C000001", ("C000002",), appointments=2, comments=0, messages=0)
    assert everything_stored(bois) == before


def test_a_preview_forgets_nobody(bois: Make) -> None:
    before = everything_stored(bois)
    assert forget(bois, preview=True).comments == 2
    assert everything_stored(bois) == before


def test_two_who_are_forgotten_are_not_one(bois: Make) -> None:
    bois.do(appointments.cancel, appointments=[3])
    forget(bois)
    forget(bois, "AULAN Gilles")
    names = [row[0] for row in bois.rows("SELECT name FROM partner ORDER BY id")]
    assert names == ["– 1", "– 2", "– 3"]
    added = bois.book("Guichet 1", "2017-04-07T14:00", NOBODY)
    assert added.partner.code == "C000004"


def test_a_new_file_of_the_same_name_is_another_person(bois: Make) -> None:
    forget(bois)
    assert bois.book("Guichet 1", "2017-04-07T14:00", "BOIS Jules").partner.code == "C000004"


def test_a7_appointments_to_come_are_cancelled_first(bois: Make) -> None:
    bois.book("Guichet 1", "2017-04-07T14:00", "C000001")
    before = everything_stored(bois)
    with pytest.raises(Refused) as refused:
        forget(bois)
    assert (refused.value.error, refused.value.facts) == (
        "partner_upcoming",
        {"code": "C000001", "appointments": (4,)},
    )
    assert everything_stored(bois) == before
    bois.do(appointments.cancel, appointments=[4])
    assert forget(bois).appointments == 3


def test_slots_held_by_the_person_are_free_again(bois: Make) -> None:
    bois.hold("Guichet 1", "2017-04-10T09:00")
    forget(bois, "C000004")
    assert bois.status("Guichet 1", "2017-04-10T09:00") == "free"


def test_b2_a_forgotten_person_is_nobody_in_an_export_which_an_import_reads_back(bois: Make) -> None:
    forget(bois)
    before = everything_stored(bois)
    people = bois.do(files.export_partners, form=FileForm.CSV)
    assert "C000001;– 1;;;;" in people.decode()  # no phone, address nor language
    taken = bois.do(files.export_appointments, form=FileForm.XLSX, view=AppointmentList.ALL)
    bois.do(import_partners, lines=read_lines(people, ImportKind.PARTNERS, name="people.csv"))
    bois.do(import_appointments, lines=read_lines(taken, ImportKind.APPOINTMENTS, name="taken.xlsx"))
    assert everything_stored(bois) == before


# Rights


def test_g2_it_takes_the_services_of_every_appointment(bois: Make) -> None:
    bois.do(services.add_service, label="Etat civil")
    bois.do(types.set_type, type="Citoyenneté", services=["Etat civil"])
    karim = bois.agent("karim", (Right.APPOINTMENTS,))
    lucie = bois.agent("lucie", (Right.APPOINTMENTS,), ("Etat civil",))
    for use_case in (export_partner, forget_partner):
        with pytest.raises(NotAllowed) as refused:
            bois.do(use_case, partner="BOIS Jules", by=karim)
        assert refused.value.error == "service_missing"
        assert bois.do(use_case, partner="BOIS Jules", by=lucie, preview=True)


@pytest.mark.parametrize("use_case", [export_partner, forget_partner])
def test_g1_it_takes_the_right_on_appointments(bois: Make, use_case: Any) -> None:
    ines = bois.agent("ines", (Right.MODULE, Right.COUNTERS))
    with pytest.raises(NotAllowed) as refused:
        bois.do(use_case, partner="BOIS Jules", by=ines)
    assert refused.value.error == "right_missing"


def test_nobody_gets_an_appointment_while_being_forgotten(pg_town: Make, meanwhile: Meanwhile) -> None:
    pg_town.do(partners.add_partner, name="BOIS Jules")
    waited, outcome = meanwhile(
        lambda work: find_or_add(work, "C000001"), lambda: pg_town.do(forget_partner, partner="C000001")
    )
    assert waited
    assert isinstance(outcome, Forgotten)
    assert pg_town.rows("SELECT name FROM partner") == [("– 1",)]
