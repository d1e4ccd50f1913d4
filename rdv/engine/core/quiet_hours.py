"""Quiet hours: when messages that can wait do so (N3). Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, zone: ZoneInfo, hours: tuple[time, time]) -> datetime | None:
    """Return when the quiet hours that are on now end, by the clock on the wall of the zone; None when it is not quiet.

    From 21:00 to 08:00 spans midnight; the first bound is quiet, the last one is not. Twice the same time: never.
    """
    begin, end = hours
    wall = now.astimezone(zone)
    at = wall.time().replace(tzinfo=None)
    is_quiet = begin <= at < end if begin <= end else at >= begin or at < end
    if not is_quiet:
        return None
    day = wall.date() if at < end else wall.date() + timedelta(days=1)
    return datetime.combine(day, end, zone)
