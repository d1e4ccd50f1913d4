"""The least rights of each face on PostgreSQL: all its use cases pass under its role, what is forbidden is refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from rdv.engine.booking import appointments, partners, searches, slots
from rdv.engine.citizens import (
    account_links,
    account_passwords,
    accounts,
    file_linking,
    holds,
    offer,
    own_appointments,
    throttle,
)
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import import_partners, read_lines
from rdv.engine.messages import outbox, reminders
from rdv.engine.office import REGISTRY, Office
from rdv.engine.setup import weeks
from rdv.engine.town.apply import apply_town
from rdv.engine.upkeep import retention
from rdv.engine.upkeep.checks import check_database
from rdv.engine.upkeep.worker import send_due
from rdv.store.session import Database, unreachable
from rdv.terms import VISITOR, Actor, Audience, Conflict
from rdv.tokens import code_for
from tests.citizens import PASSWORD, letters, link_for, paris, sign_up
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.towns import declared, example

ROLES = Path(__file__).parents[2] / "examples" / "postgresql" / "roles.sql"
FACES = ("agents", "portal", "worker")


@dataclass
class Watched(Office):
    """An office that notes which use cases it ran."""

    ran: set[str] = field(default_factory=set)

    def run(self, function: Callable[..., Any], actor: Actor, /, *args: Any, **kwargs: Any) -> Any:
        """Run a use case like any office, and note its name."""
        done = super().run(function, actor, *args, **kwargs)
        self.ran.add(REGISTRY[function].name)
        return done


@pytest.fixture
def owner(databases: Databases) -> Iterator[Make]:
    """Create a town with the account that owns its tables, and the roles of the example."""
    with databases.fresh("postgresql") as database:
        make = Make(office_on(database, FrozenClock()))
        make.town("Guichet 1", "Guichet 2", public=True)
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            for _twice in range(2):
                connection.execute(ROLES.read_text("utf-8"))
            for face in FACES:
                known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [f"test_{face}"]).fetchone()
                if known is None:
                    connection.execute(f"CREATE ROLE test_{face} LOGIN IN ROLE rdv_{face}")
        yield make


@pytest.fixture
def under(owner: Make) -> Iterator[Callable[[str], Make]]:
    """Open the same town through the role of a face."""
    opened: list[Database] = []

    def open_as(face: str) -> Make:
        database = Database(owner.office.database.url.set(username=f"test_{face}").render_as_string(False))
        opened.append(database)
        settings = owner.office.settings.model_copy(
            update={"database": database.url.render_as_string(False), "retention_months": 12}
        )
        return Make(Watched(database, owner.office.clock, settings))

    yield open_as
    for database in opened:
        database.close()


def named(audience: Audience) -> set[str]:
    return {case.name for case in REGISTRY.values() if case.audience is audience}


def test_the_portal_does_all_that_citizens_may_under_its_role(owner: Make, under: Callable[[str], Make]) -> None:
    make = under("portal")
    office = make.office
    assert isinstance(office, Watched)

    def visit(function: Any, **given: Any) -> Any:
        return office.run(function, VISITOR, **given)

    [kind] = visit(offer.open_types)
    [place] = visit(offer.open_places, type=kind.id)
    assert len(visit(offer.free_slots, type=kind.id)) > 0
    first, second, third, *_ = visit(offer.first_free, type=kind.id, count=5)
    visit(offer.look, type=kind.id)
    visit(throttle.spend, what="link", account="lea@example.org", address="192.0.2.1")

    visit(account_links.ask_link, email="lea@example.org")
    assert visit(account_links.newcomer, token=link_for(office, "lea@example.org")[1]).email == "lea@example.org"
    lea = sign_up(make, password=PASSWORD, phone="06 39 98 12 05")
    account = lea.session.account
    visit(account_passwords.sign_in, email=lea.email, password=PASSWORD)
    visit(account_links.ask_link, email=lea.email)
    lea.session = visit(account_links.sign_in_by_link, token=link_for(office, lea.email)[1])
    visit(account_links.sign_in_by_provider, issuer="https://id.example.org", subject="1", email="max@example.org")
    lea.do(accounts.set_details, name="DURAND Léa", phone="", wants_email=True, wants_sms=False)
    lea.session = lea.do(account_passwords.set_own_password, account=account, new=f"{PASSWORD}!", current=PASSWORD)
    lea.do(account_links.ask_new_email, account=account, email="lea.durand@example.org")
    lea.do(account_links.confirm_new_email, account=account, token=link_for(office, "lea.durand@example.org")[1])

    held = [lea.do(holds.hold, type=kind.id, place=place.id, start=one.starts_at) for one in (first, second)]
    assert len(lea.do(holds.my_holds)) == 2
    lea.do(holds.release_hold, counter=held[1].counter_id, start=held[1].starts_at)
    [number] = lea.do(holds.validate, slots=[(held[0].counter_id, held[0].starts_at)], remark="en fauteuil")
    assert [one.id for one in lea.do(own_appointments.list_mine).upcoming] == [number]
    lea.do(own_appointments.show_mine, appointment=number)
    assert lea.do(own_appointments.my_calendar, appointment=number).startswith(b"BEGIN:VCALENDAR")
    lea.do(own_appointments.move_mine, appointment=number, place=place.id, start=third.starts_at)
    assert owner.rows("SELECT comment, status FROM appointment") == [("en fauteuil", "planned")]
    lea.do(own_appointments.cancel_mine, appointment=number)
    lea.do(accounts.end_sessions, account=account)
    lea.session = visit(account_passwords.sign_in, email="lea.durand@example.org", password=f"{PASSWORD}!")
    lea.do(accounts.delete_account, account=account)
    assert owner.rows("SELECT comment, status FROM appointment") == [("", "cancelled")]
    office.settings.sms_url = "file:nowhere"
    known = owner.do(partners.add_partner, name="DURAND Léa", phone="06 39 98 12 07")
    owner.book("Guichet 1", "2017-04-07T15:00", partner=known.code)
    max_ = sign_up(make, "max@example.org", "DURAND Léa")
    taken = max_.do(holds.hold, type=kind.id, place=place.id, start=third.starts_at)
    max_.do(holds.validate, slots=[(taken.counter_id, taken.starts_at)])
    max_.do(holds.hold, type=kind.id, place=place.id, start=first.starts_at)
    assert max_.do(file_linking.may_find_file)
    token = max_.do(file_linking.ask_code, account=max_.session.account, phone="06 39 98 12 07")
    word = letters(owner.office, "+33639981207")[-1][1]["code"]["word"]
    code = code_for(office.settings.seal, "new_email", word)
    max_.do(file_linking.claim_by_phone, account=max_.session.account, token=token, code=code)
    assert max_.seen.code == known.code
    assert (len(max_.do(own_appointments.list_mine).upcoming), len(max_.do(holds.my_holds))) == (2, 1)
    office.run(outbox.outbox_state, Actor.job("portal"))
    assert named(Audience.ANYBODY) | named(Audience.CITIZENS) <= office.ran
    assert owner.do(check_database) == []


def test_s5_who_comes_too_late_on_the_portal_is_told_under_its_role(owner: Make, under: Callable[[str], Make]) -> None:
    lea = sign_up(under("portal"))
    for counter in ("Guichet 1", "Guichet 2"):
        owner.book(counter, "2017-04-06T09:00")
    with pytest.raises(Conflict):
        lea.do(holds.hold, type=1, place=1, start=paris("2017-04-06T09:00"))


def test_the_worker_reminds_sends_and_erases_under_its_role(
    owner: Make, under: Callable[[str], Make], tmp_path: Path
) -> None:
    owner.book("Guichet 1", "2017-04-07T09:00", email="lea@example.org", comment="à voir")
    make = under("worker")
    office = make.office
    assert isinstance(office, Watched)
    office.settings = office.settings.model_copy(update={"mail_url": f"file:{tmp_path}"})
    done = send_due(office, worker="w", stopped=lambda: False)
    assert (done.sent, done.failed, done.parked) == (1, 0, 0)
    owner.office.clock.set("2017-04-05T10:00")  # type: ignore[attr-defined]
    assert send_due(office, worker="w", stopped=lambda: False).reminders == 1
    (tmp_path / "file").touch()
    owner.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    owner.book("Guichet 1", "2017-04-10T09:00", email="max@example.org", partner="MAX Max")
    office.settings = office.settings.model_copy(update={"mail_url": f"file:{tmp_path / 'file'}"})
    assert send_due(office, worker="w", stopped=lambda: False).failed == 1
    assert owner.rows("SELECT count(*) FROM notice WHERE status = 'sent'") == [(2,)]
    owner.office.clock.advance(days=800)  # type: ignore[attr-defined]
    assert send_due(office, worker="w", stopped=lambda: False).reminders == 0
    assert {name for (name,) in owner.rows("SELECT name FROM partner")} & {"BOIS Jules", "MAX Max"} == set()
    assert owner.rows("SELECT count(*) FROM appointment WHERE comment <> ''") == [(0,)]
    expected = {outbox.claim_next, outbox.record_sent, outbox.record_failed, reminders.make_reminders, retention.retain}
    assert {REGISTRY[one].name for one in expected} <= office.ran


def test_agents_do_their_work_under_their_role(owner: Make, under: Callable[[str], Make]) -> None:
    make = under("agents")
    lea = make.agent("lea", services=())
    assert lea.name == "lea"
    card = make.book("Guichet 1", "2017-04-06T09:00")
    make.do(appointments.move, appointment=card.id, counter="Guichet 1", start="2017-04-06T10:00")
    make.do(appointments.cancel, appointments=[card.id])
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T11:00")
    make.do(slots.release, counter="Guichet 1", start="2017-04-06T11:00")
    make.do(partners.add_partner, name="NOUVELLE Zoé")
    lines = read_lines("Nom\nIMPORTÉE Ana\n".encode(), ImportKind.PARTNERS, name="liste.csv")
    make.do(import_partners, lines=lines)
    make.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 10:00-12:00", 30)])
    make.do(searches.list_searches)
    make.do(apply_town, town=declared(example("mairie")))
    assert make.do(check_database) == []


FORBIDDEN = {
    "portal": (
        "SELECT password FROM agent",
        "SELECT login FROM agent",
        "SELECT held FROM agent_right",
        "SELECT comment FROM appointment",
        "SELECT * FROM appointment",
        "SELECT actor FROM journal_entry",
        "SELECT facts FROM journal_entry",
        "SELECT filters FROM saved_search",
        "UPDATE counter SET public = true",
        "UPDATE appointment_type SET max_upcoming = 99",
        "INSERT INTO agent (login, name, removed) VALUES ('me', 'Me', 0)",
        "DELETE FROM appointment",
        "DELETE FROM partner",
        "UPDATE journal_entry SET actor = 'nobody'",
        "UPDATE counter SET id = 99 WHERE id = 1",
    ),
    "worker": (
        "SELECT password FROM agent",
        "SELECT password FROM account",
        "SELECT facts FROM journal_entry",
        "INSERT INTO claim (counter_id, starts_at, seat, ends_at, status) VALUES (1, now(), 1, now(), 'suspended')",
        "UPDATE appointment SET status = 'cancelled'",
        "DELETE FROM appointment",
        "UPDATE counter SET public = true",
    ),
    "agents": (
        "UPDATE journal_entry SET actor = 'nobody'",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry",
        "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '9999'",
    ),
}
FOR_NOBODY = ("CREATE TABLE mine (n integer)", "DROP TABLE claim", "ALTER TABLE claim ADD COLUMN n integer")


@pytest.mark.parametrize("face", FACES)
def test_what_is_not_for_a_face_is_refused_by_the_database(
    owner: Make, under: Callable[[str], Make], face: str
) -> None:
    owner.book("Guichet 1", "2017-04-06T09:00")
    database = under(face).office.database
    for statement in (*FORBIDDEN[face], *FOR_NOBODY):
        with pytest.raises(Exception) as told, database.write() as session:
            session.execute(text(statement))
        state = getattr(getattr(told.value, "orig", None), "sqlstate", "")
        refused = isinstance(told.value, ProgrammingError) and state == "42501"
        assert refused or (statement.startswith("UPDATE counter SET id") and state == "23503"), statement
        if refused:
            assert unreachable(database, told.value).error == "database_rights", "nothing is damaged"


def test_every_table_is_given_to_somebody(owner: Make) -> None:
    """A table that is added and forgotten here would stop the faces on a town's server."""
    rows = owner.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND NOT has_table_privilege('rdv_agents', oid, 'SELECT')"
    )
    assert rows == []
