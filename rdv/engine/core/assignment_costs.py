"""Appointments to place, free seats, and what each pair costs (I3). Pure.

Giving an appointment a seat costs, in minutes, with d the distance between the old start and the new one:

    d + d² / 1,000,000  +  4 h at another counter of the same place  +  2 days at another place

The nearest slot wins, the own counter and place are preferred, and one long wait is worse than two short ones.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rdv.engine.core.spans import Span

if TYPE_CHECKING:
    import numpy as np

OTHER_COUNTER = 4 * 60
OTHER_PLACE = 2 * 24 * 60
CURVE = 1_000_000
"""The divisor of the squared distance in minutes."""

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

Progress = Callable[[int, int], None]
"""Called as work goes on with (done, total). An exception that it raises stops the work."""

ERA = 1 << 40
"""More seconds than any two times are apart: separates the times of partners and of scopes in one sorted array."""


class Wish(NamedTuple):
    """An appointment to place, with its old counter, place and start. Times are seconds since 1970."""

    id: int
    counter: int
    place: int
    start: int
    partner: int
    taken: int


class Seat(NamedTuple):
    """A free seat of a slot; `desk` is the shared desk that it takes, if any."""

    counter: int
    place: int
    start: int
    end: int
    desk: int | None = None

    @property
    def span(self) -> Span:
        """Return the time that the seat takes."""
        return self.start, self.end


def cost(wish: Wish, seat: Seat) -> int:
    """Return the cost of a pair in thousandths of a minute: whole numbers, so that sums are exact."""
    distance = abs(wish.start - seat.start) / 60
    elsewhere = 0 if seat.counter == wish.counter else OTHER_COUNTER if seat.place == wish.place else OTHER_PLACE
    return round((distance + distance * distance / CURVE + elsewhere) * 1000)


class Table:
    """Wishes and seats by number, as arrays."""

    def __init__(self, wishes: Sequence[Wish], seats: Sequence[Seat]) -> None:
        import numpy as np  # NumPy and SciPy are as slow to import as the rest of rdv: only planning pays for them

        self.wishes = wishes
        self.seats = seats
        columns = np.array([wish[1:4] for wish in wishes], dtype=np.int64).reshape(-1, 3).T
        self.wish_counters, self.wish_places, self.wish_starts = columns
        columns = np.array([seat[:4] for seat in seats], dtype=np.int64).reshape(-1, 4).T
        self.counters, self.places, self.starts, self.ends = columns

    def costs(self, wishes: "Numbers", seats: "Numbers") -> "Numbers":
        """Return `cost` for pairs of a wish number and a seat number."""
        import numpy as np

        elsewhere = np.where(self.places[seats] == self.wish_places[wishes], OTHER_COUNTER, OTHER_PLACE)
        elsewhere = np.where(self.counters[seats] == self.wish_counters[wishes], 0, elsewhere)
        return self.over_time(np.abs(self.starts[seats] - self.wish_starts[wishes]), elsewhere)

    @staticmethod
    def over_time(seconds: "Numbers", elsewhere: "Numbers | int" = 0) -> "Numbers":
        """Return the cost of distances in seconds, `elsewhere` minutes being added for another counter or place."""
        import numpy as np

        distance = seconds / 60
        total: Numbers = np.rint((distance + distance * distance / CURVE + elsewhere) * 1000)
        return total

    def beyond(self, horizon: int) -> "Numbers":
        """Return the least that any seat from `horizon` on costs each wish."""
        import numpy as np

        return self.over_time(np.maximum(horizon - self.wish_starts, 0))

    def total(self, plan: dict[int, int]) -> int:
        """Return the cost of a plan."""
        return sum(cost(self.wishes[wish], self.seats[seat]) for wish, seat in plan.items())

    def worth(self, plan: dict[int, int]) -> tuple[int, int]:
        """Return a key that orders plans: fewer people left out first, then less cost."""
        return -len(plan), self.total(plan)


class Engaged:
    """When partners are elsewhere, for many questions at once."""

    def __init__(self, table: Table, spans: dict[int, list[Span]]) -> None:
        import numpy as np

        partners = sorted(partner for partner, some in spans.items() if some)
        rank = {partner: number for number, partner in enumerate(partners)}
        apart = [(number, span) for partner, number in rank.items() for span in _apart(spans[partner])]
        self.table = table
        self.ranks = np.array([rank.get(wish.partner, -1) for wish in table.wishes], dtype=np.int64)
        self.starts = np.array([number * ERA + span[0] for number, span in apart], dtype=np.int64)
        self.ends = np.array([number * ERA + span[1] for number, span in apart], dtype=np.int64)

    def clash(self, wishes: "Numbers", seats: "Numbers") -> "Numbers":
        """Return which pairs of a wish and a seat put a partner in two places at once."""
        import numpy as np

        clashing = np.zeros(len(seats), dtype=bool)
        asked = np.flatnonzero(self.ranks[wishes] >= 0)
        if len(asked):
            era = self.ranks[wishes[asked]] * ERA
            before = self.starts.searchsorted(self.table.ends[seats[asked]] + era) - 1
            ends = self.ends[np.maximum(before, 0)]
            clashing[asked] = (before >= 0) & (ends > self.table.starts[seats[asked]] + era)
        return clashing


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as sorted spans that do not overlap."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
