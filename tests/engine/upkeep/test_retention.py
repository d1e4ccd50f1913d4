"""Retention (D1): old data name no person, counts stay, and active partners are not forgotten."""

import json
import threading
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv.date_input import read
from rdv.engine.booking import appointments, journal, partners
from rdv.engine.booking.statistics import count_figures
from rdv.engine.citizens import account_links
from rdv.engine.office import Office, Work
from rdv.engine.upkeep import checks, retention, worker
from rdv.engine.upkeep.personal_data import export_partner
from rdv.engine.upkeep.retention import Retained, months_before, retention_is_due
from rdv.store.session import Database
from rdv.terms import VISITOR, Actor, NotAllowed, Right
from tests.citizens import sign_up
from tests.conftest import FrozenClock, Make
from tests.engine.conftest import Meanwhile

G1 = "Guichet 1"
JOB = Actor.job("worker")
LONG_AGO, LATER, NOW = "2017-04-10T09:00", "2018-03-05T09:00", "2018-06-01T10:00"


def keep_for(make: Make, months: int) -> None:
    make.office.settings = make.office.settings.model_copy(update={"retention_months": months, "sms_url": "file:x"})


@pytest.fixture
def town(make: Make, clock: FrozenClock) -> Make:
    """Set up three persons over twelve months: BOIS came long ago, LÉA long ago and recently, GILLES recently."""
    keep_for(make, 12)
    make.town()
    make.book(G1, LONG_AGO, "BOIS Jules", phone="06 39 98 12 01", email="jules@example.org", comment="sourd")
    make.book(G1, "2017-04-10T09:30", "DURAND Léa", phone="06 39 98 12 02", comment="avec sa mère")
    settle(make)
    clock.set("2018-02-01T10:00")
    make.book(G1, LATER, "DURAND Léa", comment="revient")
    make.book(G1, "2018-03-05T09:30", "AULAN Gilles", email="gilles@example.org", comment="rien")
    clock.set("2018-03-05T16:00")
    make.do(appointments.mark_done, appointments=[3])
    make.do(appointments.mark_no_show, appointments=[1])
    settle(make)
    clock.set(NOW)
    return make


def settle(make: Make) -> None:
    """Mark all messages as sent."""
    with make.office.database.write() as session:
        session.connection().exec_driver_sql("UPDATE notice SET status = 'sent', sent_at = made_at")


def erase(make: Make, **more: Any) -> Retained:
    return worker.erase_old(make.office, JOB, stopped=lambda: False, **more)


def stored(make: Make) -> str:
    """Return every row of every table that could name a person."""
    tables = ("partner", "appointment", "notice", "journal_entry", "claim", "account")
    return json.dumps([make.rows(f"SELECT * FROM {table}") for table in tables], default=str, ensure_ascii=False)


def counted(make: Make) -> Any:
    first, last = read("2017-04-04"), read("2018-04-04")
    return [
        make.office.run(count_figures, make.office.me, first=first, last=read("2017-12-31")),
        make.office.run(count_figures, make.office.me, first=read("2018-01-01"), last=last),
    ]


def test_d1_what_is_old_names_nobody_any_more(town: Make) -> None:
    done = erase(town)
    assert (done.files, done.appointments, done.comments, done.accounts) == (1, 1, 2, 0)
    assert done.before == datetime(2017, 6, 1, tzinfo=ZoneInfo("Europe/Paris"))
    everything = stored(town)
    assert [word for word in ("BOIS", "bois", "jules@", "639981201", "sourd", "sa mère") if word in everything] == []
    assert all(word in everything for word in ("DURAND", "639981202", "revient", "AULAN", "gilles@example.org"))


def test_d1_whoever_came_again_keeps_what_is_recent(town: Make) -> None:
    erase(town)
    held = town.do(export_partner, partner="DURAND Léa")
    assert [(file.card.id, file.card.comment) for file in held.appointments] == [(3, "revient")]
    assert {message.appointment_id for message in held.messages} == {3}
    old = town.do(appointments.show_appointment, appointment=2).card
    assert (old.partner.name, old.comment, old.partner.phone) == ("–", "", None)


def test_d1_figures_and_the_whole_database_are_as_before(town: Make) -> None:
    before = counted(town)
    slots_before = town.rows("SELECT counter_id, starts_at, seat, status, appointment_id FROM claim")
    erase(town)
    assert counted(town) == before
    assert town.rows("SELECT counter_id, starts_at, seat, status, appointment_id FROM claim") == slots_before
    assert town.do(checks.check_database) == []


def test_d1_done_twice_it_changes_nothing_more(town: Make) -> None:
    erase(town)
    before = stored(town)
    again = erase(town)
    assert (again.files, again.appointments, again.comments, again.messages) == (0, 0, 0, 0)
    lines = [line for line in town.do(journal.read_journal) if line.action == "retention.apply"]
    assert len(lines) == 2
    keep = [row for row in town.rows("SELECT * FROM journal_entry") if "retention.apply" not in row]
    assert json.dumps(keep, default=str, ensure_ascii=False)[1:-1] in before


def test_d1_the_journal_says_what_was_done_and_of_nobody(town: Make) -> None:
    erase(town)
    [line] = [line for line in town.do(journal.read_journal) if line.action == "retention.apply"]
    assert (line.actor_kind, line.actor) == ("job", "worker")
    assert line.facts == {
        "months": 12, "before": "2017-06-01", "files": 1, "accounts": 0, "appointments": 1, "comments": 2,
        "messages": line.facts["messages"],
    }  # fmt: skip
    [forgotten] = town.do(journal.read_journal, action="partner.forget")
    assert (forgotten.actor, forgotten.subject_id) == ("worker", 1)


def test_d1_looking_writes_nothing(town: Make) -> None:
    before = stored(town)
    assert erase(town, keep=False).files == 1
    assert stored(town) == before


@pytest.mark.parametrize("months", [0, 15])
def test_d1_nothing_is_erased_before_its_time_nor_where_all_is_kept(town: Make, months: int) -> None:
    keep_for(town, months)
    before = town.rows("SELECT * FROM partner")
    done = erase(town)
    assert (done.files, done.appointments, done.is_over) == (0, 0, True)
    assert town.rows("SELECT * FROM partner") == before


def test_d1_a_new_file_without_appointment_stays_an_old_one_goes(town: Make, clock: FrozenClock) -> None:
    town.do(partners.add_partner, name="NOUVEAU Paul")
    assert erase(town).files == 1
    clock.set("2019-07-01T10:00")
    town.do(partners.set_partner, partner="AULAN Gilles", phone="06 39 98 12 09")
    erase(town)
    names = [name for (name,) in town.rows("SELECT name FROM partner ORDER BY id")]
    assert "NOUVEAU Paul" not in names and "DURAND Léa" not in names
    assert "AULAN Gilles" in names, "somebody changed the file lately"


def test_d1_merged_files_are_forgotten_together(town: Make, clock: FrozenClock) -> None:
    town.do(partners.merge_partners, partner="BOIS Jules", into="AULAN Gilles")
    assert erase(town).appointments == 2
    assert "BOIS" in stored(town), "the person is known under both"
    clock.set("2019-07-01T10:00")
    erase(town)
    assert [name for name in ("BOIS", "AULAN", "gilles") if name in stored(town)] == []


def test_d1_the_account_of_whoever_does_not_come_back_is_deleted(town: Make, clock: FrozenClock) -> None:
    sign_up(town, email="max@example.org", name="MAX Paul", password="un long mot de passe")
    settle(town)
    assert erase(town).accounts == 0
    clock.set("2019-06-02T10:00")
    assert erase(town).accounts == 1
    assert [word for word in ("max@example.org", "MAX Paul") if word in stored(town)] == []
    town.office.run(account_links.ask_link, VISITOR, email="max@example.org")


def test_d1_a_person_with_an_appointment_to_come_is_not_forgotten(make: Make, clock: FrozenClock) -> None:
    keep_for(make, 1)
    make.town()
    make.book(G1, "2017-12-04T09:00", "BOIS Jules", comment="sourd")
    clock.set("2017-09-01T10:00")
    assert erase(make) == Retained(before=months_before(clock(), 1, ZoneInfo("Europe/Paris")), is_over=True)
    assert "sourd" in stored(make)


def test_d1_many_files_are_looked_through_in_short_steps(
    town: Make, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FILES_A_STEP", 2)
    for number in range(5):
        town.do(partners.add_partner, name=f"PERSONNE {number}")
    clock.set("2019-08-01T10:00")
    rests: list[float] = []
    town.office.pause = rests.append
    done = erase(town)
    assert done.files == 1 + 2 + 5
    assert rests == [worker.REST] * (8 // 2), "others write between two steps"
    assert len([one for one in town.do(journal.read_journal) if one.action == "retention.apply"]) == 1


def test_d1_two_workers_at_once_erase_once(town: Make, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FILES_A_STEP", 2)
    monkeypatch.setattr(worker, "REST", 0)
    for number in range(6):
        town.do(partners.add_partner, name=f"PERSONNE {number}")
        town.book(G1, f"2018-06-04T{9 + number // 2:02}:{number % 2 * 3}0", f"PERSONNE {number}", comment="x")
    settle(town)
    clock.set("2019-08-01T10:00")
    address = town.office.database.url.render_as_string(hide_password=False)
    offices = [Office(Database(address), clock, town.office.settings) for _ in range(2)]
    done: list[Retained] = []
    start = threading.Barrier(2)

    def work(office: Office) -> None:
        start.wait()
        done.append(worker.erase_old(office, JOB, stopped=lambda: False))
        office.database.close()

    threads = [threading.Thread(target=work, args=(office,)) for office in offices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(one.files for one in done) == 9
    assert len(town.do(journal.read_journal, action="partner.forget")) == 9
    assert "PERSONNE" not in stored(town)


def test_d1_a_file_that_somebody_at_the_counter_uses_just_now_is_left_and_nobody_waits(
    pg_town: Make, meanwhile: Meanwhile
) -> None:
    keep_for(pg_town, 12)
    clock = pg_town.office.clock
    assert isinstance(clock, FrozenClock)
    pg_town.book(G1, LONG_AGO, "BOIS Jules")
    pg_town.book(G1, "2017-04-10T09:30", "AULAN Gilles")
    settle(pg_town)
    clock.set(NOW)

    def use(work: Work) -> None:
        partners.find_or_add(work, "BOIS Jules")

    waited, done = meanwhile(use, lambda: erase(pg_town))
    assert not waited and isinstance(done, Retained)
    assert done.files == 1
    assert "BOIS" in stored(pg_town) and "AULAN" not in stored(pg_town)
    assert erase(pg_town).files == 1


def test_d1_a_worker_erases_once_a_day(town: Make, clock: FrozenClock) -> None:
    def lines() -> int:
        return len([one for one in town.do(journal.read_journal) if one.action == "retention.apply"])

    for _ in range(2):
        worker.send_due(town.office, worker="w", stopped=lambda: False)
    assert (lines(), "BOIS" in stored(town)) == (1, False)
    assert town.do(retention_is_due) is False
    clock.advance(days=1)
    assert town.do(retention_is_due) is True
    worker.send_due(town.office, worker="w", stopped=lambda: False)
    assert lines() == 2
    keep_for(town, 0)
    clock.advance(days=1)
    assert town.do(retention_is_due) is False


def test_g1_d1_erasing_takes_the_right_to_configure(town: Make) -> None:
    lea = town.agent("lea", rights=(Right.APPOINTMENTS, Right.COUNTERS))
    with pytest.raises(NotAllowed):
        town.office.run(retention.retain, lea)


@pytest.mark.parametrize(
    ("now", "months", "day"),
    [
        ("2018-06-01T10:00", 12, "2017-06-01"),
        ("2018-03-31T10:00", 1, "2018-02-28"),
        ("2018-01-15T00:30", 1, "2017-12-15"),
        ("2020-02-29T10:00", 24, "2018-02-28"),
    ],
)
def test_d1_months_are_those_of_the_calendar(now: str, months: int, day: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    at = datetime.fromisoformat(now).replace(tzinfo=paris).astimezone(UTC)
    assert months_before(at, months, paris).isoformat()[:16] == f"{day}T00:00"
