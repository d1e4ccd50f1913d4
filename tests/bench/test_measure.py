"""The measuring code computes ratios right; how fast anything is, is not asked here."""

import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from bench import report
from bench.figures.growth import Curve, Point
from bench.measure import Figure, Goal, Pair, alternate, not_reached, process


class Stopwatch:
    """A clock that only moves when something says how long it took."""

    def __init__(self) -> None:
        self.now = 0.0
        self.told: list[str] = []

    def __call__(self) -> float:
        return self.now

    def lasting(self, name: str, *seconds: float) -> Callable[[], None]:
        """Return a call that takes these seconds in turn, repeatedly."""
        durations = cycle(seconds)

        def call() -> None:
            self.told.append(name)
            self.now += next(durations)

        return call


def figure(what: str, where: str, goal: Goal | None, pair: Pair) -> Figure:
    return Figure(what, where, "yardstick", goal, pair)


def test_a_pair_holds_medians_of_runs_in_turns() -> None:
    watch = Stopwatch()
    ours = watch.lasting("ours", 9.0, 1.0, 2.0, 30.0, 3.0, 4.0)  # the first warms up
    yardstick = watch.lasting("yardstick", 9.0, 0.5, 0.5, 8.0, 0.5, 0.5)
    pair = alternate(ours, yardstick, runs=5, clock=watch)
    assert pair == Pair(3.0, 0.5)
    assert watch.told == ["ours", "yardstick"] * 6


def test_what_is_short_is_called_several_times_and_divided() -> None:
    watch = Stopwatch()
    pair = alternate(watch.lasting("ours", 0.01), watch.lasting("yardstick", 0.5), runs=5, shortest=0.1, clock=watch)
    assert pair.ours == pytest.approx(0.01)
    assert watch.told.count("ours") == 1 + 5 * 10
    assert watch.told.count("yardstick") == 1 + 5


def test_a_ratio_of_times_stays_below_its_goal() -> None:
    goal = Goal(4)
    assert goal.ratio(Pair(ours=6.0, yardstick=2.0)) == 3.0
    assert goal.is_reached(Pair(6.0, 2.0))
    assert goal.is_reached(Pair(8.0, 2.0)), "the limit included"
    assert not goal.is_reached(Pair(9.0, 2.0))
    assert str(goal) == "≤ 4"


def test_a_ratio_of_rates_stays_above_its_goal() -> None:
    goal = Goal(0.25, of_rate=True)
    assert goal.ratio(Pair(ours=8.0, yardstick=2.0)) == 0.25  # four times slower: a quarter of the rate
    assert goal.is_reached(Pair(8.0, 2.0))
    assert not goal.is_reached(Pair(9.0, 2.0))
    assert str(goal) == "≥ 0.25"


def test_a_goal_is_missed_when_one_database_misses_it() -> None:
    figures = [
        figure("listing", "SQLite", Goal(4), Pair(1.0, 1.0)),
        figure("listing", "PostgreSQL", Goal(4), Pair(5.0, 1.0)),
        figure("booking", "SQLite", Goal(4), Pair(2.0, 1.0)),
    ]
    assert not_reached(figures) == ["listing"]
    assert report.verdict(figures) == "1 of 2 goals reached. Not reached: listing."
    assert report.verdict(figures[2:]) == "1 of 1 goals reached."


def test_the_report_says_each_figure_its_verdict_and_how_costs_grow(tmp_path: Path) -> None:
    curve = Curve("week", "SQLite", (Point(10, 100, 0.002), Point(20, 200, 0.003)))
    shown = figure("told", "SQLite", None, Pair(2.0, 1.0))
    report.write(
        tmp_path / "made", [figure("listing", "SQLite", Goal(4), Pair(0.5, 0.1)), shown], [curve], [], "Conditions."
    )
    told = (tmp_path / "made" / report.FILE).read_text("utf-8")
    assert "| listing | SQLite | yardstick | 500 ms | 100 ms | 5 | ≤ 4 | NO |" in told
    assert "| told | SQLite | yardstick | 2000 ms | 1000 ms | 2 | – | – |" in told
    assert "| week | SQLite | 2.00 ms | 3.00 ms | × 1.50 |" in told
    assert "Conditions." in told
    assert "0 of 1 goals reached. Not reached: listing.\n" in told


def test_what_people_wrote_into_the_report_is_kept(tmp_path: Path) -> None:
    (tmp_path / report.FILE).write_text(f"Old figures.\n\n{report.BY_HAND}\n\nThe reasons.\n", "utf-8")
    report.write(tmp_path, [figure("listing", "SQLite", Goal(4), Pair(0.5, 0.1))], [], [], "Conditions.")
    told = (tmp_path / report.FILE).read_text("utf-8")
    assert told.endswith(f"{report.BY_HAND}\n\nThe reasons.\n")
    assert "Old figures" not in told


def test_a_process_keeps_its_bytecode_and_must_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    look = "import os, sys; sys.exit('PYTHONDONTWRITEBYTECODE' in os.environ or os.environ['NAME'] != 'told')"
    process(sys.executable, "-c", look, NAME="told")()
    with pytest.raises(subprocess.CalledProcessError):
        process(sys.executable, "-c", "raise SystemExit(3)")()
