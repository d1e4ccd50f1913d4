"""The figures as a table for the terminal and as Markdown. Which goals are reached is said in words."""

import os
import platform
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from bench.measure import Figure, not_reached

COLUMNS = ("What", "Database", "Yardstick", "Ours", "Yardstick's", "Ratio", "Goal", "Reached")


def show(figures: Sequence[Figure]) -> None:
    """Prints the table and the verdict."""
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD, pad_edge=False)
    for figure in figures:
        table.add_row(*cells(figure))
    console = Console(width=None if os.isatty(1) else 180)
    console.print(table)
    console.print(verdict(figures), highlight=False, soft_wrap=True)


def markdown(figures: Sequence[Figure], conditions: str) -> str:
    """The same as Markdown, with the conditions of the run."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(cells(figure) for figure in figures)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"# Figures\n\n{conditions}\n\n{table}\n\n{verdict(figures)}\n"


def cells(figure: Figure) -> tuple[str, ...]:
    """One line of the table."""
    return (
        figure.what, figure.where, figure.yardstick, told(figure.pair.ours), told(figure.pair.yardstick),
        f"{figure.ratio:.2f}", str(figure.goal), "yes" if figure.is_reached else "NO",
    )  # fmt: skip


def verdict(figures: Sequence[Figure]) -> str:
    """How many goals are reached, and by name those that are not."""
    missed = not_reached(figures)
    goals = list(dict.fromkeys(figure.what for figure in figures))
    reached = f"{len(goals) - len(missed)} of {len(goals)} goals reached."
    return reached if not missed else f"{reached} Not reached: {'; '.join(missed)}."


def told(seconds: float) -> str:
    """A duration that reads well."""
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def conditions(*, counters: int, weeks: int, claims: int, runs: int) -> str:
    """What the figures were taken on."""
    return (
        f"{counters} counters, {weeks} weeks booked to 60 % ({claims:,} claims); median of {runs} runs in turns; "
        f"Python {platform.python_version()}, {os.cpu_count()} processors."
    )
