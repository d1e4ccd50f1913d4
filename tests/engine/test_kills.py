"""A process killed in the middle of a bulk move leaves the database as before, or wholly done (I3)."""

import os
import signal
from datetime import datetime
from multiprocessing import get_context

import pytest

from rdv import date_input
from rdv.engine.booking import appointments, rescheduling, slots
from rdv.engine.booking.rescheduling import Move
from rdv.engine.office import Office
from rdv.engine.upkeep.checks import check_database
from rdv.settings import Settings
from rdv.store.session import Database
from rdv.terms import Actor, AppointmentList
from tests.conftest import Make


def kill_myself(_done: int, _total: int) -> None:
    """Die after all rows are written and before the commit."""
    os.kill(os.getpid(), signal.SIGKILL)


def move(url: str, now: str, moves: list[Move], in_the_middle: bool) -> None:
    """Move appointments, and die before the commit or just after it."""
    settings = Settings.model_construct(database=url, agent="root", mail_url="file:unused")
    office = Office(Database(url), lambda: datetime.fromisoformat(now), settings)
    progress = kill_myself if in_the_middle else None
    office.run(rescheduling.apply_moves, Actor.agent("root"), moves=moves, progress=progress)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("in_the_middle", [True, False], ids=["before the commit", "after it"])
def test_i3_a_killed_bulk_move_is_not_done_or_wholly_done(make: Make, in_the_middle: bool) -> None:
    make.town("Guichet 1", "Guichet 2")
    for start in ("09:00", "09:30", "10:00", "10:30"):
        make.book("Guichet 1", f"2017-04-06T{start}", f"A {start}")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06", to="2017-04-06")
    plan = make.do(rescheduling.plan_moves)
    moves = [Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in plan.moves]
    url = make.office.database.url.render_as_string(hide_password=False)
    child = get_context("spawn").Process(target=move, args=(url, "2017-04-04T14:35:00+00:00", moves, in_the_middle))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    left = make.do(appointments.list_appointments, view=AppointmentList.TO_RESCHEDULE)
    assert len(left) == (4 if in_the_middle else 0)
    assert make.do(check_database) == []
    journal = make.rows("SELECT count(*) FROM journal_entry WHERE action = 'appointment.move'")
    assert journal == [(0 if in_the_middle else 4,)]
    assert make.rows("SELECT count(*) FROM claim WHERE status = 'booked'") == [(0 if in_the_middle else 4,)]
