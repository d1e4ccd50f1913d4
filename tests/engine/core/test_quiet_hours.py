"""Quiet hours (N3): when what can wait does so, by the clock on the wall of the place."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.core.quiet_hours import quiet_until

PARIS = ZoneInfo("Europe/Paris")
NIGHT = (time(21), time(8))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2017-04-04T20:59", None),
        ("2017-04-04T21:00", "2017-04-05T08:00"),
        ("2017-04-04T23:59", "2017-04-05T08:00"),
        ("2017-04-05T00:00", "2017-04-05T08:00"),
        ("2017-04-05T07:59", "2017-04-05T08:00"),
        ("2017-04-05T08:00", None),
    ],
)
def test_n3_the_night_is_quiet_until_the_morning(now: str, until: str | None) -> None:
    found = quiet_until(datetime.fromisoformat(now).replace(tzinfo=PARIS), PARIS, NIGHT)
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=PARIS))


def test_n3_hours_within_a_day_are_quiet_too_and_none_at_all_never() -> None:
    noon = datetime(2017, 4, 4, 12, 30, tzinfo=PARIS)
    assert quiet_until(noon, PARIS, (time(12), time(14))) == noon.replace(hour=14, minute=0)
    assert quiet_until(noon.replace(hour=14), PARIS, (time(12), time(14))) is None
    assert quiet_until(noon, PARIS, (time(12, 30), time(12, 30))) is None


def test_n3_it_is_the_clock_of_the_place_that_counts() -> None:
    evening = datetime(2017, 4, 4, 19, 30, tzinfo=PARIS)
    reunion = ZoneInfo("Indian/Reunion")
    assert quiet_until(evening, PARIS, NIGHT) is None
    assert quiet_until(evening, reunion, NIGHT) == datetime(2017, 4, 5, 8, tzinfo=reunion)


def test_s7_the_night_of_the_spring_change_ends_by_the_clock_on_the_wall() -> None:
    found = quiet_until(datetime(2017, 3, 25, 22, tzinfo=PARIS), PARIS, NIGHT)
    assert found is not None
    assert found.astimezone(UTC) == datetime(2017, 3, 26, 6, tzinfo=UTC)


@given(
    st.datetimes(datetime(2017, 1, 1), datetime(2018, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.tuples(st.times(), st.times()),
    st.sampled_from([PARIS, ZoneInfo("America/Guadeloupe"), ZoneInfo("Indian/Reunion")]),
)
def test_n3_what_is_put_off_is_put_off_once_and_for_less_than_a_day_and_an_hour(
    now: datetime, hours: tuple[time, time], zone: ZoneInfo
) -> None:
    until = quiet_until(now, zone, hours)
    if until is not None:
        assert 0 < (until.astimezone(UTC) - now).total_seconds() <= 25 * 3600
        assert quiet_until(until.astimezone(UTC), zone, hours) is None or hours[0] == hours[1]
