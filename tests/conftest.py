"""Fixtures of every test: `clock`, `database`, `office` and `make`.

`database` runs its test twice, on SQLite and on a real PostgreSQL: fresh, migrated, copied from a template of each
kind. Tests that need another database use `databases`; tests with `kind` also run twice.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import text

from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.engine.office import Office
from rdv.engine.setup import agents, counters, places, types, weeks
from rdv.engine.town.apply import apply_town
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.setup import CounterView
from rdv.engine.views.slots import SlotView
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.store.tables import Claim, Counter
from rdv.terms import Actor, ClaimStatus, Right, SlotStatus
from tests.databases import KINDS, Databases
from tests.towns import declared, example

hypothesis.settings.register_profile("rdv", deadline=None, derandomize=False, print_blob=True)
hypothesis.settings.load_profile("rdv")

PARIS = ZoneInfo("Europe/Paris")
DEFAULT_HASHES = PasswordHasher.__init__.__defaults__
WRITTEN = ("start", "to", "first", "last", "exception")
"""The arguments that `Make` reads as a face would: "2017-04-06T09:00"."""


@dataclass
class FrozenClock:
    """Returns the same time until it is set; at first 04/04/2017 16:35 in Paris, as in the manual."""

    now: datetime = datetime(2017, 4, 4, 16, 35, tzinfo=PARIS)

    def __call__(self) -> datetime:
        return self.now

    def set(self, wall: str) -> None:
        """Set the time in Paris."""
        self.now = datetime.fromisoformat(wall).replace(tzinfo=PARIS)

    def advance(self, **delta: float) -> None:
        """Advance by some `hours=`, `minutes=`, `days=`."""
        self.now = (self.now.astimezone(UTC) + timedelta(**delta)).astimezone(PARIS)


@dataclass
class Make:
    """Builds things in one line, as the first administrator unless `by` names another agent."""

    office: Office

    def do(self, function: Callable[..., Any], *, by: Actor | None = None, preview: bool = False, **given: Any) -> Any:
        """Run a use case; moments may be written as text."""
        read = {k: date_input.read(v) if k in WRITTEN and isinstance(v, str) else v for k, v in given.items()}
        run = self.office.preview if preview else self.office.run
        return run(function, by or self.office.me, **read)

    def town(self, *labels: str, hours: str = "Mo-Fr 09:00-12:00,14:00-17:00", slot: int = 30, **changes: Any) -> None:
        """Create Mairie principale, Citoyenneté, the week « Semaine », and these counters (Guichet 1) from
        04/04/2017 on.
        """
        self.do(places.add_place, label="Mairie principale", address="1 place de la Mairie")
        self.do(types.add_type, label="Citoyenneté", description="Pièce d'identité")
        self.do(weeks.add_week, label="Semaine", hours=[(hours, slot)])
        for label in labels or ("Guichet 1",):
            self.counter(label, **changes)

    def counter(self, label: str, **changes: Any) -> CounterView:
        """Add a counter to the town; missing values are those of `town`."""
        usual = {"type": "Citoyenneté", "place": "Mairie principale", "week": "Semaine", "first": "2017-04-04"}
        made: CounterView = self.do(counters.add_counter, label=label, **usual | changes)
        return made

    def agent(self, login: str, rights: tuple[Right, ...] = (), services: tuple[str, ...] = ()) -> Actor:
        """Add an agent with these rights and services."""
        self.do(agents.add_agent, login=login, rights=rights, services=services)
        return Actor.agent(login)

    def book(self, counter: str, start: str, partner: str = "BOIS Jules", **more: Any) -> AppointmentCard:
        """Book an appointment."""
        card: AppointmentCard = self.do(appointments.assign, counter=counter, start=start, partner=partner, **more)
        return card

    def hold(self, counter: str, start: str, *, minutes: int = 15, seat: int = 1) -> None:
        """Hold a slot for a citizen from now on, as the portal writes it (P2)."""
        slot = self.slot(counter, start)
        until = self.office.clock() + timedelta(minutes=minutes)
        with self.office.database.write() as session:
            desk = session.get_one(Counter, slot.counter_id).desk_id
            partner = session.execute(text("INSERT INTO partner (name, key) VALUES ('X', 'x') RETURNING id")).scalar()
            session.add(
                Claim(
                    counter_id=slot.counter_id, starts_at=slot.starts_at, ends_at=slot.ends_at, seat=seat,
                    status=ClaimStatus.HELD, desk_id=desk, partner_id=partner, expires_at=until,
                )
            )  # fmt: skip

    def slot(self, counter: str, start: str) -> SlotView:
        """Return the slot of a counter that starts at this time, as the list of slots shows it."""
        day = date_input.read(start).calendar
        found = [slot for slot in self.do(slots.list_slots, first=day, days=1, counters=[counter])
                 if slot.starts_at.isoformat().startswith(start)]  # fmt: skip
        assert len(found) == 1, f"{counter} has {len(found)} slots at {start}"
        return found[0]

    def status(self, counter: str, start: str) -> SlotStatus:
        """Return the status of that slot."""
        return self.slot(counter, start).status

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a plain SQL query."""
        with self.office.database.read() as session:
            return [tuple(row) for row in session.execute(text(statement), values)]


def office_on(database: Database, clock: FrozenClock) -> Office:
    """Return an office with only these settings and « root » as its first administrator."""
    address = database.url.render_as_string(hide_password=False)
    made = Settings.model_construct(database=address, agent="root", mail_url="file:unused", secret="s")
    office = Office(database, clock, made)
    office.run(agents.add_first_agent, Actor.job("init"), login="root")
    return office


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with ExitStack() as closing:
        yield Databases(tmp_path_factory.mktemp("databases"), closing)


@pytest.fixture(scope="session")
def manual(databases: Databases) -> Iterator[Database]:
    """Return the manual's town hall on SQLite, which no test opens: tests copy it with `fresh(…, like=manual)`."""
    with databases.fresh("sqlite") as database:
        office = office_on(database, FrozenClock())
        office.run(apply_town, office.me, town=declared(example("mairie")))
        database.close()
        yield database


@pytest.fixture
def strong_hashes() -> Iterator[None]:
    """Hash passwords with the defaults of argon2, as the program does; other tests hash at the lowest cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher.__init__, "__defaults__", DEFAULT_HASHES)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash passwords at the lowest cost, because one hash with argon2's defaults takes as long as a whole test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher.__init__, "__defaults__", (1, 8, 1, 16, 16, "utf-8", Type.ID))
        yield


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(databases: Databases, kind: str) -> Iterator[Database]:
    with databases.fresh(kind) as made:
        yield made


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def office(database: Database, clock: FrozenClock) -> Office:
    return office_on(database, clock)


@pytest.fixture
def make(office: Office) -> Make:
    return Make(office)
