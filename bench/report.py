"""The figures as tables, for the terminal and as Markdown. Which goals are reached is said in words."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.growth import Curve
from bench.measure import Figure, not_reached

COLUMNS = ("What", "Database", "Yardstick", "Ours", "Yardstick's", "Ratio", "Goal", "Reached")
FILE = "performance.md"
BY_HAND = "## What is not reached, and why"
"""From this line on, the file is written by people, and kept."""

Cells = Sequence[str]


def show(figures: Sequence[Figure], curves: Sequence[Curve]) -> None:
    """Prints the tables and the verdict."""
    console = Console(width=None if os.isatty(1) else 180)
    for rows in (_ratios(figures), _growth(curves)):
        if len(rows) > 1:
            table = Table(*rows[0], box=box.SIMPLE_HEAD, pad_edge=False)
            for row in rows[1:]:
                table.add_row(*row)
            console.print(table)
    if figures:
        console.print(verdict(figures), highlight=False, soft_wrap=True)


def write(
    folder: Path, figures: Sequence[Figure], curves: Sequence[Curve], pictures: Sequence[Path], conditions: str
) -> None:
    """Writes the report; what people wrote at its end stays."""
    file = folder / FILE
    before = file.read_text("utf-8") if file.is_file() else ""
    kept = before[before.index(BY_HAND) :] if BY_HAND in before else f"{BY_HAND}\n"
    parts = ["# Performance", conditions, _table(_ratios(figures)), verdict(figures)]
    if curves:
        parts += ["## Growth", _table(_growth(curves))]
    parts += [f"![{picture.stem}]({picture.relative_to(folder)})" for picture in pictures]
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text("\n\n".join([*parts, kept]), "utf-8")


def verdict(figures: Sequence[Figure]) -> str:
    """How many goals are reached, and by name those that are not."""
    missed = not_reached(figures)
    goals = list(dict.fromkeys(figure.what for figure in figures if figure.goal is not None))
    reached = f"{len(goals) - len(missed)} of {len(goals)} goals reached."
    return reached if not missed else f"{reached} Not reached: {'; '.join(missed)}."


def told(seconds: float, *, of_bytes: bool = False) -> str:
    """A duration that reads well, or a number of bytes."""
    if of_bytes:
        return f"{seconds:,.0f} B"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def conditions(*, counters: int, weeks: int, claims: int, runs: int) -> str:
    """What the figures were taken on."""
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
    """A line a question, a column a town."""
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
