"""A cached page that others do not slow down: next to one heavy visitor and four sign-ins, against the same page alone.

The heavy visitor has signed in, so that no answer of hers comes from the cache, and turns the weeks of all places.
The sign-ins are of an account that does not exist, which costs the same hashing as a wrong password.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle

import httpx2
from sqlalchemy import insert
from sqlmodel import select

from bench.figures.pages import Visits
from bench.measure import Figure, Goal, Pair, alternate
from bench.rush import TOKEN, free_ports, portals, session_of
from bench.town import FULL_WEEKS, NOW, Town
from portal import security
from rdv.store.portal_tables import Account

GOAL = 3
"""A page next to others takes at most this many times what it takes alone."""

SIGN_INS = 4
WEEKS = 8
"""How many weeks the heavy visitor turns, within the horizon."""

YARDSTICK = "the same page alone"


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """The median and the slowest of a hundred, of a visitor who has not signed in."""
    account = _account(town)
    [port] = free_ports(1)
    path = f"/rendez-vous/nouveau?type=1&lieu=1&semaine={town.usual_monday}"
    with portals(town.office.database, [port]) as [address]:
        alone, beside = Visits(port, path), Beside(port, path, address, session_of(account))
        alternate(beside, alone, runs=runs)
    for what in ("p50", "p99"):
        pair = Pair(getattr(beside, what), getattr(alone, what))
        yield Figure(
            f"cached page beside a heavy visitor and sign-ins, {what}", town.where, YARDSTICK, Goal(GOAL), pair
        )


class Beside(Visits):
    """Visits of a page while a heavy visitor and sign-ins keep the portal at work."""

    def __init__(self, port: int, path: str, address: str, session: str) -> None:
        super().__init__(port, path)
        self._address = address
        self._session = session

    async def _all(self) -> list[float]:
        async with httpx2.AsyncClient(base_url=self._address, timeout=120) as client:
            over = asyncio.Event()
            async with asyncio.TaskGroup() as others:
                others.create_task(self._turn_weeks(client, over))
                for _ in range(SIGN_INS):
                    others.create_task(_sign_in(client, over))
                try:
                    return await super()._all()
                finally:
                    over.set()

    async def _turn_weeks(self, client: httpx2.AsyncClient, over: asyncio.Event) -> None:
        cookie = {"cookie": f"{security.SESSION}={self._session}"}
        weeks = cycle(NOW.date() + timedelta(weeks=FULL_WEEKS + turn) for turn in range(WEEKS))
        while not over.is_set():
            asked = {"type": "1", "semaine": f"{next(weeks)}"}
            answer = await client.get("/rendez-vous/nouveau", params=asked, headers=cookie)
            assert answer.status_code == 200, answer.status_code


async def _sign_in(client: httpx2.AsyncClient, over: asyncio.Event) -> None:
    cookie = {"cookie": f"{security.FORM}=a-browser"}
    token = TOKEN.search((await client.get("/connexion", headers=cookie)).text)
    assert token is not None
    fields = {"jeton": token[1], "email": "nobody@example.org", "mot_de_passe": "a long wrong password"}
    while not over.is_set():
        answer = await client.post("/connexion", data=fields, headers=cookie)
        assert answer.status_code == 422, answer.status_code


def _account(town: Town) -> int:
    """The account of the town's first partner, made at the first call."""
    with town.office.database.write() as session:
        known = session.exec(select(Account.id)).first()
        if known is None:
            session.execute(insert(Account), [
                {"id": 1, "email": "lea1@example.org", "partner_id": 1, "version": 0, "links": 0, "made_at": NOW}
            ])  # fmt: skip
        return known or 1
