"""The judge. It uses neither the engine nor the store of rdv: only plain SQL, the rules and the notes of the
processes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.mail_check import check_drained, check_letters
from faults.notebook import Asked, read_asked
from faults.picture import Picture, take
from faults.promises import check_promises
from faults.replay import check_journal
from faults.seats import check_seats


@dataclass(frozen=True, slots=True)
class Evidence:
    """A snapshot of the database, with the notes from before and after it, because processes go on working."""

    picture: Picture
    heard: list[Asked]
    asked: list[Asked]
    came: Mapping[str, int]
    came_after: Mapping[str, int]


def gather(url: str, told: Path, clock: Callable[[], float], taken: Callable[[], Mapping[str, int]]) -> Evidence:
    """Read the notes, the database, and the notes again. A worker notes what it sends before it sends it."""
    heard, came = read_asked(told), taken()
    picture = take(url, clock)
    came_after = taken()
    return Evidence(picture, heard, read_asked(told), came, came_after)


def judge(evidence: Evidence, *, kills: int, drained: bool = False) -> list[str]:
    """Return the anomalies, one sentence each. `kills` counts the workers that were killed."""
    picture = evidence.picture
    found = [
        *check_seats(picture),
        *check_journal(picture),
        *check_promises(picture, evidence.heard, evidence.asked),
        *check_letters(picture, evidence.came, evidence.came_after, evidence.asked, kills=kills),
    ]
    return [*found, *check_drained(picture, evidence.came)] if drained else found
