"""The judge. It asks neither the engine nor the store of rdv: plain SQL, the rules, and what everybody was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.letters import check_drained, check_letters
from faults.picture import Picture, take
from faults.promises import check_promises
from faults.replay import check_journal
from faults.seats import check_seats
from faults.told import Asked, read_asked


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture of the database, with what was known before and after it was taken: work goes on meanwhile."""

    picture: Picture
    heard: list[Asked]
    asked: list[Asked]
    came: Mapping[str, int]
    came_after: Mapping[str, int]


def gather(url: str, told: Path, clock: Callable[[], float], taken: Callable[[], Mapping[str, int]]) -> Evidence:
    """Reads the notes, the database and the notes again, these last: a worker notes what it sends before it does."""
    heard, came = read_asked(told), taken()
    picture = take(url, clock)
    came_after = taken()
    return Evidence(picture, heard, read_asked(told), came, came_after)


def judge(evidence: Evidence, *, kills: int, drained: bool = False) -> list[str]:
    """What is wrong, a sentence each; nothing, when all is well. `kills` counts the workers that were killed."""
    picture = evidence.picture
    found = [
        *check_seats(picture),
        *check_journal(picture),
        *check_promises(picture, evidence.heard, evidence.asked),
        *check_letters(picture, evidence.came, evidence.came_after, evidence.asked, kills=kills),
    ]
    return [*found, *check_drained(picture, evidence.came)] if drained else found
