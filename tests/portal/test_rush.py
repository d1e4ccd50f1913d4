"""Many citizens at once through HTTP: as many bookings as slots, and a clear answer to everybody else (S5, P1–P3)."""

import threading
from collections import Counter as Tally
from datetime import timedelta

from bench.rush import rush
from rdv.engine.citizens import holds
from rdv.engine.upkeep.checks import check_database
from rdv.terms import RdvError
from rdv.tokens import seal
from tests.citizens import paris, sign_up
from tests.conftest import Make
from tests.portal.browser import listening
from tests.portal.test_booking import slot

CITIZENS, TIMES, COUNTERS = 24, ("09:00", "09:30", "10:00"), 2


def sessions_of(make: Make) -> list[str]:
    """The cookies of citizens who have signed in."""
    found = []
    for number in range(CITIZENS):
        person = sign_up(make, f"lea{number}@example.org", f"DURAND Léa {number}")
        facts = {"account": person.session.account, "version": 0, "link": False, "at": 0}
        found.append(seal("s", "session", facts, until=make.office.clock() + timedelta(days=1)))
    return found


async def test_s5_24_citizens_who_rush_on_6_slots_make_6_bookings(make: Make) -> None:
    make.town(*[f"Guichet {n}" for n in range(COUNTERS)], public=True)
    make.office.settings.portal_limits = 0
    sessions = sessions_of(make)
    with listening(make.office) as address:
        told = await rush([address], sessions, [slot(f"2017-04-06T{wall}") for wall in TIMES])
    places = len(TIMES) * COUNTERS
    assert Tally(one.status for one in told) == {200: places, 409: CITIZENS - places}
    assert make.rows("SELECT status, count(*) FROM claim GROUP BY status") == [("booked", places)]
    assert make.rows("SELECT count(DISTINCT partner_id) FROM appointment") == [(places,)]
    assert make.do(check_database) == []


def test_p1_two_devices_of_one_citizen_never_hold_more_than_the_maximum(make: Make) -> None:
    make.town("Guichet 1", public=True)
    make.office.settings.portal_limits = 0
    person = sign_up(make)
    outcomes: list[str] = []

    def take(wall: str) -> None:
        try:
            person.do(holds.hold, type=1, place=1, start=paris(f"2017-04-06T{wall}"))
            outcomes.append("held")
        except RdvError as problem:
            outcomes.append(problem.error)

    walls = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11) for minute in (0, 30)]
    threads = [threading.Thread(target=take, args=(wall,)) for wall in walls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Tally(outcomes) == {"held": 3, "too_many_upcoming": 3}
    assert make.rows("SELECT count(*) FROM claim") == [(3,)]
