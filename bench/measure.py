"""Ratios: a call and its yardstick, timed in turns in one run, as medians, with their goals.

Absolute times depend on the machine; a ratio of two medians taken in turns depends on the code.
"""

import gc
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

RUNS = 7
"""Timings of each of the two: the median of at least five."""

SHORTEST = 0.05
"""The least seconds of one timing; a shorter call is repeated."""

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """The median seconds of our call and of its yardstick."""

    ours: float
    yardstick: float


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of a ratio: of times, at most `limit`; of rates (`of_rate`), at least `limit`."""

    limit: float
    of_rate: bool = False

    def ratio(self, pair: Pair) -> float:
        """Return our time over the yardstick's, or our rate over the yardstick's."""
        return pair.yardstick / pair.ours if self.of_rate else pair.ours / pair.yardstick

    def is_reached(self, pair: Pair) -> bool:
        """Return True if the ratio is on the right side of the limit, the limit included."""
        ratio = self.ratio(pair)
        return ratio >= self.limit if self.of_rate else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.of_rate else '≤'} {self.limit:.3g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: subject, yardstick, ratio and goal. Without a goal it is only shown.

    It compares seconds, or bytes.
    """

    what: str
    where: str
    yardstick: str
    goal: Goal | None
    pair: Pair
    is_of_bytes: bool = False

    @property
    def ratio(self) -> float:
        """Return the ratio that the goal is about; of times without a goal."""
        return (self.goal or Goal(0)).ratio(self.pair)

    @property
    def is_reached(self) -> bool:
        """Return True if the goal is reached, None without a goal."""
        return self.goal is None or self.goal.is_reached(self.pair)


def alternate(
    ours: Call,
    yardstick: Call,
    *,
    runs: int = RUNS,
    shortest: float = SHORTEST,
    clock: Callable[[], float] = perf_counter,
) -> Pair:
    """Time the two in turns, `runs` times each, after one call of each that warms caches and bytecode.

    A timing repeats its call until it lasts `shortest` seconds, judged by the first call. Objects of earlier figures
    are hidden from the garbage collector first, so that neither of the two pays for them.
    """
    gc.collect()
    gc.freeze()
    calls = [max(1, round(shortest / max(_time(call, 1, clock), 1e-6))) for call in (ours, yardstick)]
    timings: list[tuple[float, float]] = [
        (_time(ours, calls[0], clock), _time(yardstick, calls[1], clock)) for _ in range(runs)
    ]
    return Pair(median(timing[0] for timing in timings), median(timing[1] for timing in timings))


def process(*command: str, **environment: str) -> Call:
    """Return a call that runs a command to its end and discards its output. The call raises an error if the command
    fails.

    Bytecode is kept, whatever the environment says, because users do not compile a program at each start.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, env=inherited | environment, check=True, capture_output=True)

    return run


def _time(call: Call, calls: int, clock: Callable[[], float]) -> float:
    """Return the seconds of one call, averaged over several."""
    start = clock()
    for _ in range(calls):
        call()
    return (clock() - start) / calls


def not_reached(figures: Sequence[Figure]) -> list[str]:
    """Return the subjects with a missed goal: a goal is reached if it is reached on both databases."""
    return list(dict.fromkeys(figure.what for figure in figures if not figure.is_reached))
