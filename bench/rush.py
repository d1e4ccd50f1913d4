"""`python -m bench.rush`: 200 citizens rush on 40 slots through HTTP, on SQLite and one process, on PostgreSQL and two.

Each signs in, looks at the page, takes one slot and validates it: five want the same. 40 bookings and 160 clear answers
are expected, and no error of the server. The times are shown and never judged.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

import httpx2
from sqlalchemy import insert, text

from bench.databases import KINDS, fresh
from bench.town import NOW, SLOT
from portal import security
from rdv.date_input import on
from rdv.engine.office import Office
from rdv.engine.setup import agents, counters, places, types, weeks
from rdv.settings import Settings
from rdv.store.portal_tables import Account
from rdv.store.session import Database
from rdv.store.tables import Partner
from rdv.store.upgrade import upgrade
from rdv.terms import Actor
from rdv.tokens import seal

CITIZENS, SLOTS, COUNTERS = 200, 40, 4
SECRET = "bench"
TOKEN = re.compile(r'name="jeton" value="([^"]+)"')
HELD = re.compile(r'name="tenu" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Told:
    """What one citizen was told: the last status, and the seconds that each answer took."""

    status: int
    seconds: tuple[float, ...]

    @property
    def has_it(self) -> bool:
        """Whether the citizen has the appointment."""
        return self.status == 200


async def rush(addresses: Sequence[str], sessions: Sequence[str], slots: Sequence[str]) -> list[Told]:
    """All the citizens at once: the one of rank n at address n and slot n, in turns."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(limits=limits, timeout=120) as client:
        tasks = [
            _citizen(client, addresses[rank % len(addresses)], session, slots[rank % len(slots)])
            for rank, session in enumerate(sessions)
        ]
        return list(await asyncio.gather(*tasks))


async def _citizen(client: httpx2.AsyncClient, address: str, session: str, slot: str) -> Told:
    seconds: list[float] = []
    cookies = {security.SESSION: session, security.FORM: "a-browser"}

    async def ask(path: str, **fields: str | list[str]) -> httpx2.Response:
        started = time.perf_counter()
        header = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if fields:
            answer = await client.post(address + path, data=fields, headers=header)
        else:
            answer = await client.get(address + path, headers=header)
        seconds.append(time.perf_counter() - started)
        return await ask(answer.headers["location"]) if answer.status_code == 303 else answer

    page = await ask("/rendez-vous/nouveau?type=1")
    found = TOKEN.search(page.text)
    if page.status_code != 200 or found is None:
        return Told(page.status_code, tuple(seconds))
    held = await ask("/rendez-vous/nouveau", jeton=found[1], creneau=slot)
    keys = HELD.findall(held.text)
    if held.status_code != 200 or not keys:
        return Told(held.status_code, tuple(seconds))
    done = await ask("/rendez-vous/nouveau/valider", jeton=found[1], tenu=keys[0])
    return Told(done.status_code, tuple(seconds))


def prepare(database: Database) -> tuple[Office, list[str], list[str]]:
    """A town of 40 free slots and 200 citizens with accounts: (office, sessions, slots as forms name them)."""
    upgrade(database)
    settings = Settings.model_construct(
        database=database.url.render_as_string(hide_password=False), agent="bench", secret=SECRET, mail_url="file:x"
    )
    office = Office(database, lambda: NOW, settings)
    office.run(agents.add_first_agent, Actor.job("bench"), login="bench")
    office.run(places.add_place, office.me, label="Mairie")
    office.run(types.add_type, office.me, label="Passeport", max_upcoming=1)
    office.run(weeks.add_week, office.me, label="Semaine", hours=[("Tu 09:00-14:00", SLOT)])
    for number in range(COUNTERS):
        office.run(
            counters.add_counter, office.me, label=f"Guichet {number}", type="Passeport", place="Mairie",
            week="Semaine", first=on(NOW.date()), public=True,
        )  # fmt: skip
    people = range(1, CITIZENS + 1)
    with database.write() as session:
        session.execute(insert(Partner), [
            {"id": n, "name": f"DURAND Léa {n}", "key": f"durand lea {n}", "email": f"lea{n}@example.org"}
            for n in people
        ])  # fmt: skip
        session.execute(insert(Account), [
            {"id": n, "email": f"lea{n}@example.org", "partner_id": n, "version": 0, "links": 0, "made_at": NOW}
            for n in people
        ])  # fmt: skip
    tuesday = datetime(NOW.year, NOW.month, NOW.day + 1, 9, 0, tzinfo=NOW.tzinfo)
    times = [tuesday + timedelta(minutes=SLOT * n) for n in range(SLOTS // COUNTERS)]
    return office, [session_of(n) for n in people], [f"1.1.{int(at.timestamp())}" for at in times]


def session_of(account: int) -> str:
    """The cookie of somebody who has signed in."""
    facts = {"account": account, "version": 0, "link": False, "at": 0}
    return seal(SECRET, "session", facts, until=NOW + timedelta(days=1))


@contextmanager
def portals(database: Database, ports: Sequence[int]) -> Iterator[list[str]]:
    """Portals, each a process, on one database."""
    database.close()
    environment = os.environ | {
        "RDV_DATABASE": database.url.render_as_string(hide_password=False), "RDV_SECRET": SECRET, "RDV_LANG": "en",
        "RDV_NOW": NOW.isoformat(), "RDV_PORTAL_LIMITS": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "rdv", "portal", "--port"]
    running = [subprocess.Popen([*command, str(port)], env=environment, stderr=subprocess.DEVNULL) for port in ports]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        for address, process in zip(addresses, running, strict=True):
            wait_for(f"{address}/healthz", process)
        yield addresses
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until a process answers at an address; raises RuntimeError when it ends first, or never does."""
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"what was to answer at {address} has ended with {process.returncode}")
        try:
            if httpx2.get(address).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at: another run on this machine has its own, and ends nobody else's connections."""
    with ExitStack() as kept:
        sockets = [kept.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def main() -> None:
    """Runs the rush on both databases and prints what came of it."""
    for kind in KINDS:
        with fresh(kind) as database:
            _office, sessions, slots = prepare(database)
            ports = free_ports(1 if kind == "sqlite" else 2)
            with portals(database, ports) as addresses:
                started = time.perf_counter()
                told = asyncio.run(rush(addresses, sessions, slots))
                whole = time.perf_counter() - started
            with database.read() as session:
                booked = session.execute(text("SELECT count(*) FROM claim WHERE status = 'booked'")).scalar_one()
                seats = session.execute(text("SELECT count(DISTINCT appointment_id) FROM claim")).scalar_one()
        answers = Tally(one.status for one in told)
        every = [one for citizen in told for one in citizen.seconds]
        marks = quantiles(every, n=100)
        print(
            f"{kind}, {len(ports)} process(es): {booked} bookings of {seats} appointments, answers {dict(answers)}, "
            f"{len(every)} requests in {whole:.1f} s, median {marks[49] * 1000:.0f} ms, p99 {marks[98] * 1000:.0f} ms"
        )
        assert booked == seats == SLOTS and answers == {200: SLOTS, 409: CITIZENS - SLOTS}, "the rush went wrong"


if __name__ == "__main__":
    main()
