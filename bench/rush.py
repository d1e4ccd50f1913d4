"""`python -m bench.rush`: 200 citizens compete for 40 slots over HTTP, on SQLite with one process, PostgreSQL with two.

Each signs in, looks at the page, takes one slot and confirms it; five want the same slot. The run expects 40 bookings,
160 clear answers and no error of the server. Times are shown, never judged.
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
    """The result of one citizen: the last status, and the seconds of each answer."""

    status: int
    seconds: tuple[float, ...]

    @property
    def has_it(self) -> bool:
        """Return True if the citizen has the appointment."""
        return self.status == 200


async def rush(addresses: Sequence[str], sessions: Sequence[str], slots: Sequence[str]) -> list[Told]:
    """Run all citizens at once, the addresses and the slots taken in turns."""
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
    """Create a town of 40 free slots and 200 citizens with accounts. Return (office, sessions, slots as forms name
    them).
    """
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
    """Return the cookie of a citizen who has signed in."""
    facts = {"account": account, "version": 0, "link": False, "at": 0}
    return seal(SECRET, "session", facts, until=NOW + timedelta(days=1))


@contextmanager
def portals(database: Database, ports: Sequence[int]) -> Iterator[list[str]]:
    """Run portals, each in its process, on one database."""
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
    """Wait until a process answers at an address. Raise RuntimeError if it ends first, or never answers."""
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
    """Return free ports, so that another run on this machine is not disturbed."""
    with ExitStack() as kept:
        sockets = [kept.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def main() -> None:
    """Run the rush on both databases and print the results."""
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
