"""`python -m bench`: ratios of rdv to yardsticks measured in the same run, and the goals they reach.

Goals hold on SQLite and on PostgreSQL. A ratio of times must stay below its goal, a ratio of rates above.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import plots, report
from bench.databases import KINDS, fresh
from bench.figures import (
    booking,
    bulk,
    change,
    command,
    contention,
    expansion,
    following,
    growth,
    nextfree,
    pages,
    peers,
    sheet,
    tui,
    waiting,
    weekview,
    writers,
)
from bench.figures.growth import Curve
from bench.measure import RUNS, Figure
from bench.town import FULL_WEEKS, Town, build

GROUPS: dict[str, Callable[[Town, int], Iterator[Figure]]] = {
    "command": command.measure,
    "expansion": expansion.measure,
    "weekview": weekview.measure,
    "nextfree": nextfree.measure,
    "change": change.measure,
    "booking": booking.measure,
    "writers": writers.measure,
    "waiting": waiting.measure,
    "sheet": sheet.measure,
    "peers": peers.measure,
    "pages": pages.measure,
    "contention": contention.measure,
    "tui": tui.measure,
    "following": following.measure,
    "bulk": bulk.measure,
}
"""The order matters: the last group leaves its appointments moved."""

AGED_COUNTERS = 20
"""Counters of the town that is compared with one of ten times as many, and with an older one."""


def main() -> None:
    """Build a town on each database, measure each group on it, then measure growth. Print the results and write the
    report.
    """
    asked = arguments()
    kinds = asked.on or KINDS
    figures: list[Figure] = []
    claims = 0
    for kind in kinds if asked.groups != ["none"] else ():
        with fresh(kind) as database:
            print(f"A town of {asked.counters} counters, {asked.weeks} weeks booked, on {kind}…", flush=True)
            town = build(database, counters=asked.counters, weeks_booked=asked.weeks)
            claims = town.claims
            for group in asked.groups or GROUPS:
                print(f"  {group}", flush=True)
                figures += GROUPS[group](town, asked.runs)
    for kind in kinds if asked.years else ():
        print(f"Age, on {kind}", flush=True)
        report.show_ages(list(growth.age(kind, AGED_COUNTERS, asked.years, asked.runs)))
    curves: list[Curve] = []
    for kind in kinds if asked.sizes else ():
        print(f"Growth, on {kind}", flush=True)
        curves += growth.measure(kind, asked.sizes, asked.weeks, asked.runs)
    report.show(figures, curves)
    if asked.out is not None:
        told = report.conditions(counters=asked.counters, weeks=asked.weeks, claims=claims, runs=asked.runs)
        pictures = plots.draw(figures, curves, asked.out)
        report.write(asked.out, figures, curves, pictures, told)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    listed = f"which to measure: {', '.join(GROUPS)} (all); none for growth alone"
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=listed)
    parser.add_argument("--on", action="append", choices=KINDS, help="this database only; repeatable (both)")
    parser.add_argument("--counters", type=int, default=200, help="counters of the town (200)")
    parser.add_argument("--weeks", type=int, default=26, help="weeks booked; 104 for two years (26)")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"timings of each, at least 5 ({RUNS})")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="COUNTERS", help="also measure growth over these towns")
    parser.add_argument("--years", type=int, metavar="YEARS", help="also ask everything of towns of that age")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write performance.md and its pictures there")
    asked = parser.parse_args()
    unknown = [group for group in asked.groups if group not in GROUPS]
    if unknown and unknown != ["none"]:
        parser.error(f"no such group: {', '.join(unknown)}")
    if asked.counters < 20 or asked.weeks < FULL_WEEKS + 10 or asked.runs < 5:
        parser.error(f"at least 20 counters, {FULL_WEEKS + 10} weeks and 5 runs")
    if asked.sizes and min(asked.sizes) < growth.SMALLEST:
        parser.error(f"towns of at least {growth.SMALLEST} counters")
    return asked


if __name__ == "__main__":
    main()
