"""The demonstration: the manual's town hall, its week brought to this one."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.setup.services import list_services
from rdv.engine.town.apply import apply_town
from rdv.engine.town.declaration import read_declaration, shifted
from rdv.engine.upkeep import bootstrap

MONDAY = date(2017, 4, 3)
"""The Monday of the week that the manual's pictures show."""


def set_up(office: Office, text: str) -> date:
    """Create the declared town hall with the manual's week moved to the current one. Return this week's Monday.

    The agent who sets it up belongs to every service, to try all of it (G2). An existing demonstration stays as it is.
    """
    today = office.clock().astimezone(ZoneInfo(office.settings.zone)).date()
    monday = today - timedelta(days=today.weekday())
    if office.database.schema() is None:
        town = shifted(read_declaration(text, name="mairie.toml"), (monday - MONDAY).days // 7)
        bootstrap.add_first_agent(office)
        office.run(apply_town, office.me, town=town)
        services = [service.label for service in office.run(list_services, office.me)]
        office.run(agents.set_agent, office.me, agent=office.settings.agent, services=services)
    return monday
