"""How an agent gets in: as the user of the operating system, or by a password (G4)."""

import asyncio
from typing import TYPE_CHECKING

from rdv.terms import Actor

if TYPE_CHECKING:
    from rdv.engine.office import Office
    from rdv.engine.views.setup import AgentView


class Entrance:
    """The door to an office that is still being opened when the first agent knocks."""

    def __init__(self, opening: "asyncio.Task[Office]") -> None:
        self._opening = opening

    async def admit_user(self) -> "AgentView":
        """Return the agent that the settings name: the user of the operating system. Raises NotAllowed for others."""
        office = await self.opened()
        from rdv.engine.setup.agents import who_am_i

        return await asyncio.to_thread(office.run, who_am_i, office.me)

    async def check(self, login: str, password: str) -> "AgentView":
        """Return the agent whose login and password these are. Raises NotAllowed, or Refused after many failures."""
        office = await self.opened()
        from rdv.engine.setup.agents import who_am_i
        from rdv.engine.setup.passwords import sign_in

        agent = await asyncio.to_thread(sign_in, office, login=login, password=password)
        return await asyncio.to_thread(office.run, who_am_i, Actor.agent(agent.login))

    async def opened(self) -> "Office":
        """Return the office once it is open. Raise what opening it raised."""
        return await asyncio.shield(self._opening)  # because a second attempt cancels the first, but not the opening
