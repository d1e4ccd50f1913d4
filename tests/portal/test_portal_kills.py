"""The portal killed while citizens book through HTTP: nothing that was answered is lost, and nothing is done twice."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from portal import security
from rdv.engine.booking import appointments, slots
from rdv.engine.messages import history
from rdv.engine.setup import types
from rdv.engine.upkeep.checks import check_database
from rdv.terms import AppointmentList, MessageKind, SlotStatus
from rdv.tokens import seal
from tests.citizens import paris, sign_up
from tests.conftest import FrozenClock, Make
from tests.portal.test_booking import slot
from tests.post import free_port

CITIZENS = 5
WALLS = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11, 14, 15, 16) for minute in (0, 30)]
PATIENCE = 60
TOKEN = re.compile(r'name="jeton" value="([^"]+)"')
HELD = re.compile(r'name="tenu" value="([^"]+)"')
PAGE = "/rendez-vous/nouveau"


@dataclass
class Citizen:
    """Somebody who wants every slot of a day, one after the other, and notes what the portal answered."""

    code: str
    session: str
    wanted: list[str]
    booked: set[str] = field(default_factory=set)
    """Seats (counter and start) of which the portal said that they are this citizen's."""
    pending: str = ""
    """The start of a slot of which the portal said that it is held, and that was not asked to be validated."""

    def visit(self, address: str, answered: Callable[[], None]) -> None:
        """Books until there is nothing left to want, or the portal is no more."""
        cookies = {security.SESSION: self.session, security.FORM: "a-browser"}
        header = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        try:
            with httpx2.Client(base_url=address, headers=header, timeout=PATIENCE) as client:
                while self._step(client):
                    answered()
        except httpx2.TransportError:
            pass

    def _step(self, client: httpx2.Client) -> bool:
        page = client.get(f"{PAGE}/choix")
        assert page.status_code == 200
        token, keys = TOKEN.findall(page.text)[0], sorted(set(HELD.findall(page.text)))
        assert self.pending in ("", *(key.split("-")[1] for key in keys)), "a hold that was answered is lost"
        if keys:
            self.pending = ""
            answer = client.post(f"{PAGE}/valider", data={"jeton": token, "tenu": keys})
            assert answer.status_code == 303
            self.booked.update(keys)
        elif self.wanted:
            answer = client.post(PAGE, data={"jeton": token, "creneau": self.wanted[-1]})
            assert answer.status_code in (303, 409)
            if answer.status_code == 303:
                self.pending = self.wanted[-1].split(".")[2]
            self.wanted.pop()
        return bool(keys or self.wanted or self.pending)


@dataclass
class Portal:
    """`rdv portal` as processes of its own on the database of a test."""

    make: Make
    workers: int
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Within the block it answers; at its end all its processes are killed, as by a loss of power."""
        environment = os.environ | {
            "RDV_DATABASE": self.make.office.database.url.render_as_string(hide_password=False), "RDV_SECRET": "s",
            "RDV_LANG": "en", "RDV_NOW": self.make.office.clock().isoformat(), "RDV_PORTAL_LIMITS": "0",
        }  # fmt: skip
        command = [sys.executable, "-m", "rdv", "portal", "--port", str(self.port), "--workers", str(self.workers)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True) as process:
            try:
                self.wait()
                yield process
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                httpx2.get(f"{self.address}/healthz", timeout=PATIENCE).raise_for_status()
            except httpx2.TransportError:
                assert time.monotonic() < until, "the portal does not answer"
                time.sleep(0.05)
            else:
                return


def rush(portal: Portal, people: list[Citizen], *, kill: Callable[[], None] | None, after: int) -> None:
    """All of them at once; `kill` after so many steps that were answered."""
    left, lock, problems = [after], threading.Lock(), list[BaseException]()

    def answered() -> None:
        with lock:
            left[0] -= 1
            if left[0] == 0 and kill is not None:
                kill()

    def visit(citizen: Citizen) -> None:
        try:
            citizen.visit(portal.address, answered)
        except BaseException as problem:  # noqa: BLE001 - raised in the test, below
            problems.append(problem)

    threads = [threading.Thread(target=visit, args=(citizen,)) for citizen in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if problems:
        raise problems[0]


def served_by(process: "subprocess.Popen[bytes]") -> list[int]:
    """The processes that answer for it: itself, or those that it began."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(n) for n in children if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()] or [process.pid]


@pytest.mark.parametrize("workers", [1, 2])
def test_s5_p3_n2_a_portal_that_is_killed_loses_nothing_that_it_answered(
    make: Make, clock: FrozenClock, workers: int
) -> None:
    make.town("Guichet 1", "Guichet 2", public=True)
    make.do(types.set_type, type="Citoyenneté", max_upcoming=50)
    chance = random.Random(7 * workers)
    people = []
    for number in range(CITIZENS):
        person = sign_up(make, f"lea{number}@example.org", f"DURAND Léa {number}")
        facts = {"account": person.session.account, "version": 0, "link": False, "at": 0}
        wanted = [slot(f"2017-04-06T{wall}") for wall in chance.sample(WALLS, len(WALLS))]
        cookie = seal("s", "session", facts, until=make.office.clock() + timedelta(days=1))
        people.append(Citizen(person.seen.code, cookie, wanted))
    portal = Portal(make, workers)
    for _ in range(3 - workers):  # each block ends with a kill of all of it as well
        with portal.running() as process:
            victim = chance.choice(served_by(process))
            rush(portal, people, kill=lambda pid=victim: os.kill(pid, signal.SIGKILL), after=chance.randint(5, 25))
            if workers > 1:  # the others go on, and another takes the place of the one that was killed
                portal.wait()
    with portal.running():
        for citizen in people:
            citizen.wanted = citizen.wanted or [slot("2017-04-07T09:00")]
        rush(portal, people, kill=None, after=0)
        last = Citizen(people[0].code, people[0].session, [slot("2017-04-07T16:30")])
        with httpx2.Client(base_url=portal.address, timeout=PATIENCE) as client:
            client.headers["cookie"] = f"{security.SESSION}={last.session}; {security.FORM}=a-browser"
            assert last._step(client) and last.pending

    assert make.do(check_database) == []
    every = make.do(appointments.list_appointments, view=AppointmentList.ALL, limit=500)
    seats = {(card.partner.code, f"{card.counter[-1]}-{int(card.starts_at.timestamp())}") for card in every}
    assert {(citizen.code, key) for citizen in people for key in citizen.booked} <= seats
    assert len({key for _code, key in seats}) == len(seats) == len(every), "nobody has the seat of somebody else"
    assert len([key for _code, key in seats if int(key[2:]) < paris("2017-04-07T00:00").timestamp()]) == 2 * len(WALLS)
    told = make.do(history.list_messages, kinds=[MessageKind.CONFIRMATION], limit=500)
    assert Tally(number for notice in told for number in notice.appointments) == {card.id: 1 for card in every}
    assert held(make) == 1
    clock.set("2017-04-04T16:51")
    assert held(make) == 0, "a hold outlives nobody's portal by more than its time"


def held(make: Make) -> int:
    """How many seats of the last slot of the week somebody holds."""
    found = make.do(slots.list_slots, first="2017-04-07", days=1)
    return sum(view.status is SlotStatus.HELD for view in found)
