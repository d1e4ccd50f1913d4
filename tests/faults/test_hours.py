"""The hours of the judge, computed in its own slow way, follow the rules, also when the clocks change (S7)."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from faults.hours import cut
from rdv.engine.core import schedule

OPENINGS = ((0, 360, 30), (60, 300, 45), (0, 1440, 60), (150, 181, 10), (20 * 60, 1440, 30))
DAYS = ((2026, 3, 28), (2026, 10, 24), (2026, 6, 20))


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Guadeloupe", "Indian/Reunion"])
@pytest.mark.parametrize("first", DAYS, ids=str)
def test_s7_the_judge_cuts_the_slots_that_the_rules_mean(zone: str, first: tuple[int, int, int]) -> None:
    for day in (date(*first) + timedelta(days=n) for n in range(3)):
        for start, end, length in OPENINGS:
            opening = schedule.Opening(day.weekday(), start, end, length)
            hours = schedule.Hours(ZoneInfo(zone), day, None, (opening,))
            expected = {tuple(slot) for slot in schedule.expand(hours, day, day + timedelta(days=1))}
            assert cut(day, (start, end, length), zone) == expected
