"""`python -m faults`: disturb rdv with kills, restarts, network cuts and full disks, and prove that nothing is lost.

Rounds follow each other until the time is up, each in a fresh town. The seed decides the order of faults and the
choices of each process. The machine decides which of two processes is faster, so a replay repeats the same faults, not
the same instants. Exits with 1 if there was an anomaly; the notes of such a round stay in build/faults/.
"""

import argparse
import random
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from faults import report
from faults.conductor import Tally, run_round
from faults.homes import HOMES

ROUND = 90
"""Default length of a round, in seconds of faults."""


def main() -> int:
    """Run the rounds and print, or write, their results."""
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # SIGTERM ends all children, as an interrupt does
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**8)
    print(f"seed {seed}", flush=True)
    tallies = []
    for kind in asked.on or HOMES:
        tally = torment(kind, seed, asked)
        tallies.append(tally)
        rounds = "" if asked.round == ROUND else f" --round {asked.round:g}"
        command = f"uv run python -m faults --minutes {asked.minutes:g} --seed {seed}{rounds} --on {kind}"
        section = report.markdown(tally, command, f"{datetime.now(UTC):%d/%m/%Y}")
        print(section)
        if asked.write is not None:
            report.write(asked.write, kind, section)
    return 1 if any(tally.anomalies for tally in tallies) else 0


def torment(kind: str, seed: int, asked: argparse.Namespace) -> Tally:
    """Run rounds on one kind of database until its minutes are over."""
    whole, number = Tally(kind), asked.first
    until = time.monotonic() + asked.minutes * 60
    while time.monotonic() < until:
        folder = Path("build", "faults", f"{kind}-{seed}-{number}")

        def keep(notes: Path, folder: Path = folder) -> None:
            shutil.copytree(notes, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("data", "ballast"))

        tally = run_round(kind, str(seed), number, min(asked.round, max(until - time.monotonic(), 10)), keep)
        whole.add(tally)
        whole.counts["rounds"] += 1
        print(
            f"{kind}, round {number}: {sum(tally.operations.values())} requests, {sum(tally.faults.values())} faults, "
            f"{len(tally.anomalies)} anomalies",
            flush=True,
        )
        for one in tally.anomalies[:20]:
            print(f"  {one}", flush=True)
        number += 1
    return whole


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        "python -m faults", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30, help="how long, on each database (30)")
    parser.add_argument("--seed", type=int, help="what decides the schedule (by chance, and printed)")
    parser.add_argument("--on", action="append", choices=sorted(HOMES), help="this database only; repeatable (both)")
    parser.add_argument("--round", type=float, default=ROUND, help=f"seconds of torment in a round ({ROUND})")
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to see one again (0)")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="write the figures into this page: docs/reliability.md"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
