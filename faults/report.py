"""The results of rounds as Markdown: a section for each kind of database, between two markers of a page."""

import os
import platform
from collections import Counter
from pathlib import Path

from faults.conductor import Tally

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
OUTCOMES = ("done", "refused", "unknown")


def markdown(tally: Tally, command: str, day: str) -> str:
    """Return the tables of a run on one kind of database."""
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    parts = [
        f"### {NAMES[tally.kind]}",
        f"`{command}`, on {day}; {machine}.",
        _table(["what", "how many"], _counts(tally)),
        _table(["fault", "how often"], [[name, f"{tally.faults[name]:,}"] for name in sorted(tally.faults)]),
        "Requests: done / refused by a rule or by who was faster / without an answer (killed, or the database away).",
        _table(["request", "how often"], _operations(tally.operations)),
    ]
    if tally.left_out:
        parts.append(f"Left out: {', '.join(sorted(tally.left_out))}.")
    if tally.anomalies:
        parts.append("Anomalies:\n\n" + "\n".join(f"- {one}" for one in tally.anomalies[:50]))
    return "\n\n".join(parts)


def marks(kind: str) -> tuple[str, str]:
    """Return the two marker lines around the figures of a kind of database."""
    return f"<!-- {kind}: begin -->", f"<!-- {kind}: end -->"


def write(page: Path, kind: str, section: str) -> None:
    """Write the section between the markers of the page. Raise ValueError if there are none."""
    text = page.read_text("utf-8")
    begin, end = marks(kind)
    head, tail = text.index(begin) + len(begin), text.index(end)
    page.write_text(f"{text[:head]}\n\n{section}\n\n{text[tail:]}", "utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", "---:"], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _counts(tally: Tally) -> list[list[str]]:
    return [
        ["minutes", f"{tally.seconds / 60:.1f}"],
        ["requests", f"{sum(tally.operations.values()):,}"],
        *([name, f"{count:,}"] for name, count in tally.counts.items()),
        ["**anomalies**", f"**{len(tally.anomalies)}**"],
    ]


def _operations(operations: "Counter[tuple[str, str]]") -> list[list[str]]:
    names = sorted({name for name, _ in operations})
    return [[f"`{name}`", " / ".join(f"{operations[name, one]:,}" for one in OUTCOMES)] for name in names]
