"""What the rounds came to, as Markdown: a section that stands between two marks of a page, and is written anew."""

import os
import platform
from collections import Counter
from pathlib import Path

from faults.conductor import Tally

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
OUTCOMES = ("done", "refused", "unknown")


def markdown(tallies: list[Tally], command: str, day: str) -> str:
    """The tables of a run: one column a kind of database."""
    kinds = [NAMES[tally.kind] for tally in tallies]
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    parts = [
        f"`{command}`, on {day}; {machine}.",
        _table(["", *kinds], [_line("minutes", [f"{tally.seconds / 60:.1f}" for tally in tallies]), *_counts(tallies)]),
        "Faults:",
        _table(["fault", *kinds], _faults(tallies)),
        "Requests: done / refused by a rule or by who was faster / without an answer (killed, or the database away).",
        _table(["request", *kinds], _operations(tallies)),
    ]
    parts += [f"Left out on {NAMES[one.kind]}: {', '.join(sorted(one.left_out))}." for one in tallies if one.left_out]
    found = [f"- {NAMES[tally.kind]}: {one}" for tally in tallies for one in tally.anomalies[:50]]
    if found:
        parts.append("Anomalies:\n\n" + "\n".join(found))
    return "\n\n".join(parts)


def write(page: Path, section: str) -> None:
    """Puts the section between the marks of the page; raises ValueError where there are none."""
    text = page.read_text("utf-8")
    head, tail = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text(f"{text[:head]}\n\n{section}\n\n{text[tail:]}", "utf-8")


def _line(name: str, cells: list[str]) -> list[str]:
    return [name, *cells]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _counts(tallies: list[Tally]) -> list[list[str]]:
    names = list(dict.fromkeys(name for tally in tallies for name in tally.counts))
    rows = [_line(name, [f"{tally.counts[name]:,}" for tally in tallies]) for name in names]
    requests = [f"{sum(tally.operations.values()):,}" for tally in tallies]
    anomalies = [f"**{len(tally.anomalies)}**" for tally in tallies]
    return [_line("requests", requests), *rows, _line("**anomalies**", anomalies)]


def _faults(tallies: list[Tally]) -> list[list[str]]:
    names = sorted({name for tally in tallies for name in tally.faults})
    return [
        _line(name, [f"{tally.faults[name]:,}" if tally.faults[name] else "–" for tally in tallies]) for name in names
    ]


def _operations(tallies: list[Tally]) -> list[list[str]]:
    names = sorted({name for tally in tallies for name, _ in tally.operations})
    return [_line(f"`{name}`", [_outcomes(tally.operations, name) for tally in tallies]) for name in names]


def _outcomes(operations: "Counter[tuple[str, str]]", name: str) -> str:
    return " / ".join(f"{operations[name, outcome]:,}" for outcome in OUTCOMES)
