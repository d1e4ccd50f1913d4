"""The town of a round: three places in different time zones, few seats, and enough people to compete for them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rdv import date_input
from rdv.engine.booking import partners
from rdv.engine.office import Office
from rdv.engine.setup import agents, counters, desks, places, types, weeks
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.store.upgrade import upgrade
from rdv.terms import Actor, Clock, Right

AGENTS = ("agent1", "agent2", "agent3")
CITIZENS = 4
"""Citizens with the first files, C000001 and on; agents book for everyone else."""

PEOPLE = 24
MOST_UPCOMING = 3
TYPE = "Passeport"

CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
"""The change of hour in Paris; Basse-Terre and Saint-Denis have none."""

PLACES = (("Mairie", "Europe/Paris"), ("Basse-Terre", "America/Guadeloupe"), ("Saint-Denis", "Indian/Reunion"))
WEEKS = {
    "Nuit": ["Mo-Su 00:00-06:00,20:00-24:00", "Mo-Su 01:00-05:00,20:00-24:00", "Mo-Sa 00:00-06:00,21:00-23:00"],
    "Jour": ["Mo-Su 00:00-24:00", "Mo-Su 08:00-18:00", "Mo-Fr 08:00-18:00; Su 00:00-12:00"],
}
"""The hours that agents switch a week between, all with the same slots."""

LENGTHS = {"Nuit": 30, "Jour": 60}

COUNTERS = (
    ("Guichet 1", "Mairie", "Nuit", None, 1),
    ("Large", "Mairie", "Nuit", None, 3),
    ("Poste A", "Mairie", "Nuit", "Poste", 1),
    ("Poste B", "Mairie", "Jour", "Poste", 1),
    ("Basse-Terre 1", "Basse-Terre", "Nuit", None, 1),
    ("Saint-Denis 1", "Saint-Denis", "Jour", None, 1),
)
"""Label, place, week, desk, capacity. Two counters have one desk, with slots of different lengths."""


@dataclass(frozen=True, slots=True)
class Town:
    """Addresses of the database and the mail server, passed to each process."""

    url: str
    mail_url: str
    stage: str
    told: str
    gate: str

    def settings(self, name: str) -> Settings:
        """Return the settings of a process."""
        return Settings.model_construct(
            database=self.url, agent=name, mail_url=self.mail_url, mail_from="mairie@example.org", secret="faults",
            quiet_hours="",
        )  # fmt: skip


def found(url: str, clock: Clock) -> None:
    """Create the database and the town in it."""
    database = Database(url)
    upgrade(database)
    office = Office(database, clock, Settings.model_construct(database=url, agent="root", mail_url="file:unused"))
    office.run(agents.add_first_agent, Actor.job("init"), login="root")
    root = Actor.agent("root")
    for number in range(1, PEOPLE + 1):
        office.run(partners.add_partner, root, name=f"Usager {number}", email=f"usager{number}@example.org")
    for login in AGENTS:
        office.run(agents.add_agent, root, login=login, rights=tuple(Right))
    office.run(types.add_type, root, label=TYPE, max_upcoming=MOST_UPCOMING, reminder_hours=(24, 2))
    office.run(desks.add_desk, root, label="Poste")
    for week, hours in WEEKS.items():
        office.run(weeks.add_week, root, label=week, hours=[(hours[0], LENGTHS[week])])
    for label, zone in PLACES:
        office.run(places.add_place, root, label=label, timezone=zone)
    first = date_input.on(clock().date() - timedelta(days=2))
    for label, place, week, desk, capacity in COUNTERS:
        office.run(
            counters.add_counter, root, label=label, type=TYPE, place=place, week=week, desk=desk, capacity=capacity,
            first=first, public=True,
        )  # fmt: skip
    database.close()
