"""Reminder delays of a type: hours before an appointment, stored as text like `48,2` (C1)."""

from collections.abc import Iterable

from rdv.terms import Invalid

MOST_HOURS = 8760
MOST_DELAYS = 5


def read_delays(text: str) -> tuple[int, ...]:
    """Return the hours that a type stores."""
    return tuple(int(hours) for hours in text.split(",") if hours)


def checked_delays(hours: Iterable[int]) -> tuple[int, ...]:
    """Return each delay once, the longest first; raise Invalid for too many, too long or too short ones (C1)."""
    delays = tuple(sorted(set(hours), reverse=True))
    if len(delays) > MOST_DELAYS:
        raise Invalid("reminders_many", rule="C1", most=MOST_DELAYS)
    for delay in delays:
        if not 1 <= delay <= MOST_HOURS:
            raise Invalid("number", field="reminder_hours", number=delay, least=1)
    return delays


def written_delays(hours: Iterable[int]) -> str:
    """Return the hours as a type stores them."""
    return ",".join(map(str, hours))
