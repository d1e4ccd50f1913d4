"""The figures as pictures: the distance of each ratio from its goal, and the growth of costs with the town."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.figures.growth import Curve
from bench.measure import Figure

FOLDER = "images"
WITHIN, BEYOND = "#2e7d57", "#b3402a"
WIDTH, LINE = 10, 0.32
"""Inches: of a picture, and of the line of one figure."""


def draw(figures: Sequence[Figure], curves: Sequence[Curve], folder: Path) -> list[Path]:
    """Write the pictures below the folder, or print a message if matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        print("No pictures: they are drawn by matplotlib (uv run --group bench python -m bench …).")
        return []
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    drawn = [_ratios(figures, folder / FOLDER / "performance-ratios.png")] if figures else []
    return drawn + ([_growth(curves, folder / FOLDER / "performance-growth.png")] if curves else [])


def _pyplot() -> Any:
    import_module("matplotlib").use("Agg")
    return import_module("matplotlib.pyplot")


def _ratios(figures: Sequence[Figure], file: Path) -> Path:
    """Draw a bar for each figure, as long as its part of the goal; 1 is the goal, and shorter is better."""
    plt = _pyplot()
    judged = [(figure, figure.goal) for figure in figures if figure.goal is not None]
    taken = [g.limit / f.ratio if g.of_rate else f.ratio / g.limit for f, g in judged]
    names = [f"{figure.what} ({figure.where})" for figure, _goal in judged]
    picture, axes = plt.subplots(figsize=(WIDTH, 1.2 + LINE * len(judged)), layout="constrained")
    axes.barh(names, taken, color=[WITHIN if figure.is_reached else BEYOND for figure, _goal in judged])
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.set_xlabel("share of the goal that is used (logarithmic): up to 1, the goal is reached")
    picture.savefig(file, dpi=110)
    plt.close(picture)
    return file


def _growth(curves: Sequence[Curve], file: Path) -> Path:
    """Draw a panel for each database, with a line for each question."""
    plt = _pyplot()
    places = list(dict.fromkeys(curve.where for curve in curves))
    picture, panels = plt.subplots(
        1, len(places), figsize=(WIDTH, 4.5), sharey=True, squeeze=False, layout="constrained"
    )
    for axes, where in zip(panels[0], places, strict=True):
        for curve in (one for one in curves if one.where == where):
            claims = [point.claims for point in curve.points]
            axes.plot(claims, [point.seconds * 1000 for point in curve.points], marker="o", label=curve.what)
        axes.set(title=where, xscale="log", yscale="log", xlabel="stored claims")
        axes.grid(alpha=0.3)
    panels[0][0].set_ylabel("milliseconds")
    panels[0][0].legend(fontsize=7)
    picture.savefig(file, dpi=110)
    plt.close(picture)
    return file
