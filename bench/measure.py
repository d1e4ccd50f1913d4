"""Ratios: a thing and its yardstick, timed in turns in one run, medians, and whether the goal is reached.

Absolute times depend on the machine and on its mood; a ratio of two medians taken in turns depends on the code.
"""

import gc
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

RUNS = 7
"""How often each of the two is timed: the median of at least five."""

SHORTEST = 0.05
"""Seconds that one timing lasts at least: what is shorter is called several times."""

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """The median seconds of one call of ours, and of one call of its yardstick."""

    ours: float
    yardstick: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio has to be: of times, at most `limit`; of rates (`of_rate`), at least `limit`."""

    limit: float
    of_rate: bool = False

    def ratio(self, pair: Pair) -> float:
        """Our time over the yardstick's, or our rate over the yardstick's."""
        return pair.yardstick / pair.ours if self.of_rate else pair.ours / pair.yardstick

    def is_reached(self, pair: Pair) -> bool:
        """Whether the ratio is on the right side of the limit, the limit included."""
        ratio = self.ratio(pair)
        return ratio >= self.limit if self.of_rate else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.of_rate else '≤'} {self.limit:.3g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured where, against which yardstick, with which goal; None: it is shown.

    It is of seconds, or of bytes.
    """

    what: str
    where: str
    yardstick: str
    goal: Goal | None
    pair: Pair
    is_of_bytes: bool = False

    @property
    def ratio(self) -> float:
        """The ratio that the goal speaks of; of times, where there is none."""
        return (self.goal or Goal(0)).ratio(self.pair)

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached, if there is one."""
        return self.goal is None or self.goal.is_reached(self.pair)


def alternate(
    ours: Call,
    yardstick: Call,
    *,
    runs: int = RUNS,
    shortest: float = SHORTEST,
    clock: Callable[[], float] = perf_counter,
) -> Pair:
    """Times the two in turns, `runs` times each, after one call of each that warms caches and bytecode.

    A timing calls its thing as often as it takes to last `shortest` seconds, by what the first call lasted. What other
    figures left in memory is taken out of the garbage collector's sight first: neither of the two pays for it.
    """
    gc.collect()
    gc.freeze()
    calls = [max(1, round(shortest / max(_time(call, 1, clock), 1e-6))) for call in (ours, yardstick)]
    timings: list[tuple[float, float]] = [
        (_time(ours, calls[0], clock), _time(yardstick, calls[1], clock)) for _ in range(runs)
    ]
    return Pair(median(timing[0] for timing in timings), median(timing[1] for timing in timings))


def process(*command: str, **environment: str) -> Call:
    """A call that runs a command to its end, its output thrown away; raises when it fails.

    Bytecode is kept, whatever the environment says: nobody compiles a program anew each time.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, env=inherited | environment, check=True, capture_output=True)

    return run


def _time(call: Call, calls: int, clock: Callable[[], float]) -> float:
    """Seconds that one call lasts, over several."""
    start = clock()
    for _ in range(calls):
        call()
    return (clock() - start) / calls


def not_reached(figures: Sequence[Figure]) -> list[str]:
    """What has at least one goal that is not reached: a goal holds when it holds on both databases."""
    return list(dict.fromkeys(figure.what for figure in figures if not figure.is_reached))
