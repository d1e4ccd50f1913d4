"""The figures as tables, for the terminal and as Markdown, with the goals reached in words."""

import os
import platform
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.figures.growth import MOST_GROWTH, Aging, Curve
from bench.measure import Figure, not_reached

COLUMNS = ("What", "Database", "Yardstick", "Ours", "Yardstick's", "Ratio", "Goal", "Reached")
FILE = "performance.md"
BY_HAND = "## What is not reached, and why"
"""From this line on, people write the file, and it is kept."""

Cells = Sequence[str]


def show(figures: Sequence[Figure], curves: Sequence[Curve]) -> None:
    """Print the tables and the verdict."""
    console = Console(width=None if os.isatty(1) else 180)
    for rows in (_ratios(figures), _growth(curves)):
        if len(rows) > 1:
            table = Table(*rows[0], box=box.SIMPLE_HEAD, pad_edge=False)
            for row in rows[1:]:
                table.add_row(*row)
            console.print(table)
    if figures:
        console.print(verdict(figures), highlight=False, soft_wrap=True)


def show_ages(ages: Sequence[Aging]) -> None:
    """Print what each question costs in CPU time, as Markdown, those that grow first."""
    rows: list[Cells] = [("What", "Database", "Small", "× 10 counters", "× years", "Growth")]
    for one in sorted(ages, key=lambda one: (one.reads_everything, -one.growth)):
        mark = "reads all" if one.reads_everything else "NO" if one.growth > MOST_GROWTH else "yes"
        cells = (told(one.small), told(one.large), told(one.old), f"× {one.growth:.2f} {mark}")
        rows.append((one.what, one.where, *cells))
    print(_table(rows))


def write(
    folder: Path, figures: Sequence[Figure], curves: Sequence[Curve], pictures: Sequence[Path], conditions: str
) -> None:
    """Write the report and keep the text that people wrote at its end."""
    file = folder / FILE
    before = file.read_text("utf-8") if file.is_file() else ""
    kept = before[before.index(BY_HAND) :] if BY_HAND in before else f"{BY_HAND}\n"
    parts = ["# Performance", _wrapped(conditions), _table(_ratios(figures)), _wrapped(verdict(figures))]
    if curves:
        parts += ["## Growth", _table(_growth(curves))]
    parts += [f"![{picture.stem}]({picture.relative_to(folder)})" for picture in pictures]
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text("\n\n".join([*parts, kept]), "utf-8")


def verdict(figures: Sequence[Figure]) -> str:
    """Return how many goals are reached, and the names of those that are not."""
    missed = not_reached(figures)
    goals = list(dict.fromkeys(figure.what for figure in figures if figure.goal is not None))
    reached = f"{len(goals) - len(missed)} of {len(goals)} goals reached."
    return reached if not missed else f"{reached} Not reached: {'; '.join(missed)}."


def _wrapped(paragraph: str) -> str:
    """Break a paragraph into lines of at most 120 columns."""
    return textwrap.fill(paragraph, 120, break_long_words=False, break_on_hyphens=False)


def told(seconds: float, *, of_bytes: bool = False) -> str:
    """Format a duration, or a number of bytes."""
    if of_bytes:
        return f"{seconds:,.0f} B"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def conditions(*, counters: int, weeks: int, claims: int, runs: int) -> str:
    """Return the machine and the versions that the figures were taken with."""
    return (
        f"{counters} counters, {weeks} weeks booked to 60 % ({claims:,} claims); median of {runs} runs in turns; "
        f"Python {platform.python_version()}, {os.cpu_count()} processors. Absolute times are shown and never judged."
    )


def _ratios(figures: Sequence[Figure]) -> list[Cells]:
    return [
        COLUMNS,
        *(
            (
                figure.what, figure.where, figure.yardstick,
                *(told(one, of_bytes=figure.is_of_bytes) for one in (figure.pair.ours, figure.pair.yardstick)),
                f"{figure.ratio:.3g}", "–" if figure.goal is None else str(figure.goal),
                "–" if figure.goal is None else "yes" if figure.is_reached else "NO",
            )
            for figure in figures
        ),
    ]  # fmt: skip


def _growth(curves: Sequence[Curve]) -> list[Cells]:
    """Format growth: a line for each question, a column for each town."""
    towns = {point.counters: point.claims for curve in curves for point in curve.points}
    heads = [f"{counters:,} counters, {claims:,} claims" for counters, claims in sorted(towns.items())]
    return [
        ("What", "Database", *heads, "Growth"),
        *(
            (curve.what, curve.where, *(told(point.seconds) for point in curve.points), f"× {curve.growth:.2f}")
            for curve in curves
        ),
    ]


def _table(rows: Sequence[Cells]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
